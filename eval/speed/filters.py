"""Our Frangi filter beside scikit-image's, at equal scales."""

from __future__ import annotations

import cv2
import numpy as np
from skimage.filters import frangi as of_skimage

from eval.speed.scenes import selfie
from eval.speed.timing import ROUNDS, Ratio, compared
from wrinkleseg import filters

SCALES = (1, 2, 3, 4)
ASKED = 10.0


def ratio(photo: str = "", rounds: int = ROUNDS) -> Ratio:
    """On the grey selfie, with how far the two agree."""
    grey = cv2.cvtColor(selfie(photo), cv2.COLOR_RGB2GRAY)
    float_grey = grey.astype(np.float64)
    mine, theirs = filters.frangi(grey, SCALES), of_skimage(float_grey, SCALES)
    return compared(
        "Frangi filter, 1024x1024, four scales",
        ("wrinkleseg.filters.frangi", lambda: filters.frangi(grey, SCALES)),
        ("skimage.filters.frangi", lambda: of_skimage(float_grey, SCALES)),
        ASKED,
        rounds,
        {"correlation": float(np.corrcoef(mine.ravel(), theirs.ravel())[0, 1])},
    )
