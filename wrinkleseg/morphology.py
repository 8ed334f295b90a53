"""Masks grown, opened and closed by a disc. A mask is bool (H, W), a radius is in pixels and rounded to whole ones."""

import cv2
import numpy as np


def grown(mask: np.ndarray, radius: float) -> np.ndarray:
    """The mask and what lies within the radius of it; the mask itself below half a pixel."""
    return cv2.dilate(mask.astype(np.uint8), _disc(radius)) > 0 if radius >= 0.5 else mask


def opened(mask: np.ndarray, radius: float) -> np.ndarray:
    """The mask without what the disc does not fit into."""
    return cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, _disc(radius)) > 0


def closed(mask: np.ndarray, radius: float) -> np.ndarray:
    """The mask with gaps that the disc does not fit into. It doesn't stick to the picture's border."""
    left, top, width, height = cv2.boundingRect(mask.view(np.uint8))
    result = np.zeros_like(mask)
    if width:  # nothing is closed outside the rectangle around it all
        margin, inner = round(radius) + 2, (slice(top, top + height), slice(left, left + width))
        wide = cv2.morphologyEx(np.pad(mask[inner].view(np.uint8), margin), cv2.MORPH_CLOSE, _disc(radius))
        result[inner] = wide[margin:-margin, margin:-margin] > 0
    return result


def _disc(radius: float) -> np.ndarray:
    side = 2 * max(round(radius), 1) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
