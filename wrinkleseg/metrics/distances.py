"""How far the pixels of one mask lie from another mask."""

from __future__ import annotations

import cv2
import numpy as np

from wrinkleseg import masks


def distances(mask: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Euclidean distance in px from each pixel of a mask to the nearest pixel of a target, both bool (H, W).

    Returns float64 (N,), in the order of `np.flatnonzero(mask)`: 0 for a pixel of both, inf where the target is empty.
    """
    if not mask.any() or not target.any():  # OpenCV's distance is not defined without a target
        return np.full(np.count_nonzero(mask), np.inf)
    inner = masks.bounds(mask | target)
    far = cv2.distanceTransform((~target[inner]).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    # Squares of distances between pixels are whole numbers: what OpenCV lost in float32 comes back by rounding.
    return np.sqrt(np.rint(np.square(far[mask[inner]], dtype=float)))


def check_tolerance(tolerance_px: float) -> None:
    """ValueError unless the tolerance is 0 px or more."""
    if not tolerance_px >= 0:
        raise ValueError(f"the tolerance must be 0 px or more, got {tolerance_px}")
