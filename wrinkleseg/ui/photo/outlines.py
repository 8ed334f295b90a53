"""Outlines as SVG paths: the zones on the photo, and the same person's zones as seen from the front, for a chart."""

import weakref
from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from wrinkleseg import face as faces
from wrinkleseg import geometry, mesh, zones
from wrinkleseg.analysis import Analysis
from wrinkleseg.geometry import Box

SIDE = 400
"""Longest side of a drawing of outlines, in its own units."""
_TOLERANCE = 0.6  # units: how far a simplified outline may leave the true one
_FACE = 300  # units: height of the chart's face oval; above it there is room for the forehead up to the hair
_LEAST = 12  # square units: smaller pieces of a zone are not drawn
_EYES = (
    (33, 160, 158, 133, 153, 144),
    (362, 385, 387, 263, 373, 380),
)
_LIPS = (61, 40, 37, 0, 267, 270, 291, 321, 314, 17, 84, 91)
_kept: dict[
    int, "FrontFace"
] = {}  # by a living face: a threshold that moves draws no face again, and nothing outlives it


@dataclass(frozen=True)
class Outline:
    """A zone as an SVG path, the point (x, y) where its figure is written, and its bounds (left, top, right, bottom)."""

    path: str
    centre: tuple[float, float]
    bounds: tuple[float, float, float, float]


@dataclass(frozen=True)
class FrontFace:
    """A face from the front: every zone, seen on the photo or not; eyes and mouth as paths; (width, height) in units."""

    zones: Mapping[str, Outline]
    features: tuple[str, ...]
    size: tuple[int, int]


def on_photo(analysis: Analysis, box: Box) -> tuple[dict[str, Outline], tuple[int, int]]:
    """Zones that are visible inside `box` of the photo, and the drawing's (width, height) in units.

    The longest side of the box is `SIDE` units long.
    """
    scale = SIDE / max(box.height, box.width)
    size = (max(1, round(box.height * scale)), max(1, round(box.width * scale)))
    cut = {name: geometry.crop(analysis.regions.zones[name], box) for name in zones.NAMES}
    small = {name: cv2.resize(mask.astype(np.uint8), size[::-1]) > 0 for name, mask in cut.items()}
    return _traced(small), size[::-1]


def from_front(face: faces.Face) -> FrontFace:
    """The face of the photo, turned to the camera: its landmarks on the head's own axes. Drawn once for each face."""
    key = id(face)
    if key not in _kept:
        _kept[key] = _drawn(face)
        weakref.finalize(face, _kept.pop, key, None)
    return _kept[key]


def _drawn(face: faces.Face) -> FrontFace:
    landmarks = _turned(face.landmarks[:468].astype(np.float32))
    oval = landmarks[list(mesh.OVAL), :2]
    size = (round(float(oval[:, 1].max())) + 14, round(float(oval[:, 0].max())) + 24)
    ground = np.zeros(size, np.uint8)
    cv2.fillPoly(ground, [np.round(_forehead_up(oval)).astype(np.int32)], 1)
    drawn = zones.draw(landmarks, faces.triangles(), ground > 0)
    features = tuple(_path(landmarks[list(loop), :2]) for loop in (*_EYES, _LIPS))
    return FrontFace(_traced({name: drawn[name] for name in zones.NAMES}), features, size[::-1])


def _turned(landmarks: np.ndarray) -> np.ndarray:
    """Landmarks (N, 3) from the front, in units, with room for the forehead above."""
    across, down, _ = mesh.axes(landmarks)
    forward = np.cross(across, down)  # z away from the camera, as the photo's own
    front = np.stack([landmarks @ across, landmarks @ down, landmarks @ forward], axis=1)
    oval = front[list(mesh.OVAL)]
    low, high = oval.min(axis=0), oval.max(axis=0)
    scale = _FACE / float(high[1] - low[1])
    return ((front - low) * scale + np.array([24, 60, 0])).astype(np.float32)


def _forehead_up(oval: np.ndarray) -> np.ndarray:
    """The oval (N, 2) with its upper third higher: the mesh ends below the hair."""
    top, height = oval[:, 1].min(), np.ptp(oval[:, 1])
    share = np.clip(1 - (oval[:, 1] - top) / (0.3 * height), 0, 1)
    return np.stack([oval[:, 0], oval[:, 1] - 0.15 * height * share], axis=1)


def _traced(masks: Mapping[str, np.ndarray]) -> dict[str, Outline]:
    found = {name: _outline(mask) for name, mask in masks.items()}
    return {name: outline for name, outline in found.items() if outline is not None}


def _outline(mask: np.ndarray) -> Outline | None:
    """None where too little of the zone is seen to draw it."""
    pieces = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[0]
    large = [piece for piece in pieces if cv2.contourArea(piece) >= _LEAST]
    if not large:
        return None
    points = [cv2.approxPolyDP(piece, _TOLERANCE, True)[:, 0, :] for piece in large]
    joined = np.concatenate(points)
    (left, top), (right, bottom) = joined.min(axis=0), joined.max(axis=0)
    bounds = (float(left), float(top), float(right), float(bottom))
    return Outline("".join(map(_path, points)), _innermost(mask), bounds)


def _innermost(mask: np.ndarray) -> tuple[float, float]:
    """The (x, y) that is farthest from the zone's edge: there a figure fits best. Of several, their middle."""
    padded = np.pad(mask.astype(np.uint8), 1)
    distance = cv2.distanceTransform(padded, cv2.DIST_L2, 3)[1:-1, 1:-1]
    rows, columns = np.nonzero(distance >= 0.95 * distance.max())
    best = np.argmin((rows - rows.mean()) ** 2 + (columns - columns.mean()) ** 2)
    return float(columns[best]), float(rows[best])


def _path(points: np.ndarray) -> str:
    return "M" + "L".join(f"{x:.4g} {y:.4g}" for x, y in points) + "Z"
