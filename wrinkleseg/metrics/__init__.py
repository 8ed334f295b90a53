"""How well a predicted mask agrees with a person's mask: pure functions of bool (H, W) arrays.

Two empty masks agree: 1.0, and 0 px apart. One empty mask agrees with nothing: 0.0, and the picture's diagonal apart.
Nothing here is ever NaN.

Scores are made in two steps, so that they can be pooled: a mask pair gives `Counts` (pixels) or `Hits` (centrelines,
centres), which add up over photos (micro), and those give the score. `iou`, `f1`, `precision`, `recall` and
`pixel_accuracy` take either one `Counts` or the two masks. Where many scores of one pair are wanted, `Centrelines`,
`Boundaries` and `Ranking` do the costly part once.
"""

from wrinkleseg.metrics.boundary import Boundaries, boundaries, edges, hausdorff95, surface_dice
from wrinkleseg.metrics.hits import Hits
from wrinkleseg.metrics.lines import (
    LINE_TOLERANCE,
    SCORED_WIDTH,
    Centrelines,
    centreline_f1,
    centreline_hits,
    centreline_hits_within,
    centrelines,
    cldice,
    cldice_hits,
)
from wrinkleseg.metrics.pixels import Counts, counts, f1, iou, pixel_accuracy, precision, recall
from wrinkleseg.metrics.points import CENTRE_TOLERANCE, centre_f1, centre_hits, centre_matches
from wrinkleseg.metrics.ranking import Ranking, average_precision, ranking

__all__ = [
    "CENTRE_TOLERANCE",
    "LINE_TOLERANCE",
    "SCORED_WIDTH",
    "Boundaries",
    "Centrelines",
    "Counts",
    "Hits",
    "Ranking",
    "average_precision",
    "boundaries",
    "centre_f1",
    "centre_hits",
    "centre_matches",
    "centreline_f1",
    "centreline_hits",
    "centreline_hits_within",
    "centrelines",
    "cldice",
    "cldice_hits",
    "counts",
    "edges",
    "f1",
    "hausdorff95",
    "iou",
    "pixel_accuracy",
    "precision",
    "ranking",
    "recall",
    "surface_dice",
]
