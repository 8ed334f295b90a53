"""Results as Plotly figures: tables in, figures out, nothing read and nothing written.

One method has one colour, mark and dash in every figure; how all of them look is in `style`.
"""

from eval.figures.curves import precision_recall, threshold_curves, tolerance_curves
from eval.figures.means import ablation, groups, intervals, published, speed
from eval.figures.photos import distributions
from eval.figures.style import SCORES

__all__ = [
    "SCORES",
    "ablation",
    "distributions",
    "groups",
    "intervals",
    "precision_recall",
    "published",
    "speed",
    "threshold_curves",
    "tolerance_curves",
]
