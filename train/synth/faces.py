"""Smooth faces are drawn on; this tells where even they show lines of their own."""

from __future__ import annotations

import cv2
import numpy as np

from wrinkleseg.face import Face, Regions
from wrinkleseg.filters import THRESHOLDS, wrinkles_frangi
from wrinkleseg.morphology import grown

_AROUND = 0.006  # of the face's width: how far around a line of the skin nothing is certain


def certain(rgb: np.ndarray, face: Face, regions: Regions) -> np.ndarray:
    """Where the photo, uint8 RGB (H, W, 3), surely shows no wrinkle of its own: bool (H, W).

    False on and around what Frangi's filter takes for a line inside the wrinkle skin. A loss weighed by this map, with
    the pixels of the synthetic mask added, punishes nobody for finding a real faint line.
    """
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    own = wrinkles_frangi(grey, face.width, regions.wrinkle_skin) > THRESHOLDS["frangi"]
    return ~grown(own, max(1, _AROUND * face.width))
