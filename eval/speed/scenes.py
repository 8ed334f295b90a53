"""The photo that speed is measured on: one selfie of 1024x1024 px, made of a photo that everyone has."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import cv2
import numpy as np
from skimage import data

from wrinkleseg import face, geometry, images
from wrinkleseg.geometry import Box

SIDE = 1024
_FACE_SHARE = 0.42  # of the picture's width: how large a face is on a selfie at arm's length


@cache
def selfie(path: str = "") -> np.ndarray:
    """uint8 RGB (1024, 1024, 3): the photo at `path`, else scikit-image's astronaut, cut so that the face fills 0.42 of it."""
    rgb = images.load_rgb(path) if path else data.astronaut()
    found = face.find(rgb)[0]
    side = round(found.width / _FACE_SHARE)
    middle = found.box.top + found.box.height // 2, found.box.left + found.box.width // 2
    square = Box(middle[0] - side // 2, middle[1] - side // 2, side, side)
    return geometry.resize(_cut(rgb, square), (SIDE, SIDE))


def as_jpeg(rgb: np.ndarray, folder: Path) -> Path:
    """The photo as a JPEG file, as a camera gives it."""
    path = folder / "selfie.jpg"
    cv2.imwrite(str(path), cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 92])
    return path


def _cut(rgb: np.ndarray, box: Box) -> np.ndarray:
    """The part of the photo, its border pixels repeated where it reaches outside: black would be no selfie."""
    before = max(0, -box.top, -box.left)
    after = max(0, box.bottom - rgb.shape[0], box.right - rgb.shape[1])
    margin = max(before, after)
    wider = cv2.copyMakeBorder(rgb, margin, margin, margin, margin, cv2.BORDER_REFLECT)
    return geometry.crop(wider, Box(box.top + margin, box.left + margin, box.height, box.width))
