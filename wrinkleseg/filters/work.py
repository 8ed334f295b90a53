"""A photo at the size at which a classical method works, and what wrinkles and pores have in common there."""

from __future__ import annotations

import cv2
import numpy as np

from wrinkleseg.geometry import resize, scaled_size
from wrinkleseg.texture import as_grey, checked_width, fill_outside, local_mean

SMALLEST_SIGMA_PX = 0.7  # a thinner kernel falls between the pixels


class Photo:
    """A photo at the size at which a method works: grey filled outside the skin, skin, width of the face."""

    def __init__(self, grey: np.ndarray, face_width: float, skin: np.ndarray, work_width: float):
        grey, face_width = as_grey(grey), checked_width(face_width)
        if skin.shape != grey.shape:
            raise ValueError(f"The skin mask is {skin.shape}, the picture {grey.shape}: give both at the same size.")
        self.full_skin = skin.astype(bool)
        scale = min(1.0, work_width / face_width)
        size = scaled_size(grey.shape, scale)
        self.width = face_width * scale
        self.skin = resize(self.full_skin.astype(np.float32), size) > 0.5
        self.grey = fill_outside(resize(grey, size), self.skin, self.width)

    def restored(self, response: np.ndarray) -> np.ndarray:
        """A response laid back on the photo's own size, float32, 0 outside the skin."""
        response = resize(response.astype(np.float32), self.full_skin.shape)
        return np.where(self.full_skin, np.clip(response, 0.0, 1.0), np.float32(0.0))


def dark_over_bright(dark: np.ndarray, bright: np.ndarray, photo: Photo, reach: float, noise: float) -> np.ndarray:
    """Dark response over (noise + mean bright response within reach): float32 (H, W), 0 or more."""
    nearby, _ = local_mean(np.maximum(bright, 0.0), photo.skin, reach * photo.width)
    return np.maximum(dark, 0.0) / (noise + nearby)


def long_lines(response: np.ndarray, shortest: float, levels: np.ndarray) -> np.ndarray:
    """response, float32 (H, W) 0..1, lowered where no line of `shortest` px goes through the pixel at its level.

    An opening by attribute: at each of a ladder of levels a connected piece stays where the diagonal of its box is long
    enough; what is below the first level is 0. A faint part of a long line stays, a strong speck goes.
    """
    opened = np.zeros_like(response, dtype=np.float32)
    for level, above in zip(levels, [*levels[1:], 1.0], strict=True):
        _, labels, boxes, _ = cv2.connectedComponentsWithStats((response > level).astype(np.uint8), connectivity=8)
        long = np.hypot(boxes[:, cv2.CC_STAT_WIDTH], boxes[:, cv2.CC_STAT_HEIGHT]) >= shortest
        long[0] = False  # label 0 is the ground
        kept = long[labels]
        opened[kept] = np.minimum(response[kept], above)
    return opened


def sigma_px(share: float, face_width: float) -> float:
    """A kernel's sigma in pixels: that share of the face's width, as far as pixels can show it."""
    return max(SMALLEST_SIGMA_PX, share * face_width)
