"""Strokes of a brush: as a browser sends them, checked, and drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from wrinkleseg.annotation.photo import LAYERS, SENSELESS, AnnotationError

MOST_POINTS = 400_000
"""Of all strokes that are drawn on one photo between two looks: a day's work has fewer."""
_SHIFT = 4  # strokes are placed to a sixteenth of a pixel


@dataclass(frozen=True)
class Stroke:
    """One movement of the brush.

    layer: one of LAYERS. erase: takes away instead of adding. width: diameter of the brush in pixels of the photo.
    points: (x, y) in pixels of the photo, the left top corner of the first pixel being (0, 0).
    """

    layer: str
    width: float
    points: tuple[tuple[float, float], ...]
    erase: bool = False


def paint(strokes: Sequence[Stroke], layer: str, base: np.ndarray) -> np.ndarray:
    """The strokes of one layer drawn over `base` in their order: bool (H, W). `base` stays as it is."""
    canvas = base.astype(np.uint8)
    for stroke in strokes:
        if stroke.layer == layer:
            _draw(canvas, stroke)
    return canvas > 0


def _draw(canvas: np.ndarray, stroke: Stroke) -> None:
    """Round brush; pixel centres lie at half pixels of the stroke's coordinates, at whole ones of OpenCV's."""
    value, scale = 0 if stroke.erase else 1, 1 << _SHIFT
    at = np.rint((np.array(stroke.points, np.float64) - 0.5) * scale).astype(np.int32)
    radius = max(scale // 2, round(stroke.width / 2 * scale))
    for x, y in (at[0], at[-1]):
        cv2.circle(canvas, (int(x), int(y)), radius, value, cv2.FILLED, cv2.LINE_8, _SHIFT)
    if len(at) > 1:
        thickness = max(1, round(stroke.width))
        cv2.polylines(canvas, [at[:, None]], False, value, thickness, cv2.LINE_8, _SHIFT)


def strokes_from(data: object, size: tuple[int, int]) -> list[Stroke]:
    """Strokes as plain lists and dicts, as a browser sends them, checked. Raises AnnotationError."""
    try:
        found = [_stroke(one, size) for one in data]
    except SENSELESS as error:
        raise AnnotationError(f"the strokes are not as expected ({error}): draw them again") from error
    if sum(len(stroke.points) for stroke in found) > MOST_POINTS:
        raise AnnotationError("there are too many strokes at once: go to another photo and back, then go on")
    return found


def _stroke(one: Mapping, size: tuple[int, int]) -> Stroke:
    """Coordinates far outside the photo are brought nearer: they are drawn nowhere, and OpenCV counts in 32 bits."""
    flat = np.array(one["points"], np.float64)
    if one["layer"] not in LAYERS or flat.ndim != 1 or flat.size < 2 or flat.size % 2 or not np.isfinite(flat).all():
        raise ValueError("layer or points")
    width = float(one["width"])
    if not 0 < width <= 4 * max(size):  # clearing everything is one touch of a huge eraser
        raise ValueError("width")
    points = np.clip(flat.reshape(-1, 2), -4 * max(size), 5 * max(size))
    return Stroke(one["layer"], width, tuple(map(tuple, points.tolist())), bool(one.get("erase")))
