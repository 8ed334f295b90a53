"""Two or more photos of one person: laid on one another, compared by light, and told what differs by more than repeat photos do."""

from wrinkleseg.change.alignment import MAX_RESIDUAL, Alignment, ChangeError, align, warp
from wrinkleseg.change.lighting import Light, light, light_differences
from wrinkleseg.change.measured import (
    FIELDS,
    REPEATABILITY,
    Change,
    Occasion,
    Repeatability,
    Shot,
    changes,
    load_repeatability,
    occasions,
    own_spread,
    pooled,
    shot,
)

__all__ = [
    "FIELDS",
    "MAX_RESIDUAL",
    "REPEATABILITY",
    "Alignment",
    "Change",
    "ChangeError",
    "Light",
    "Occasion",
    "Repeatability",
    "Shot",
    "align",
    "changes",
    "light",
    "light_differences",
    "load_repeatability",
    "occasions",
    "own_spread",
    "pooled",
    "shot",
    "warp",
]
