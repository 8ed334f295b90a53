"""The small copy of a face on which skin is looked for: what the photo looks like, and where the landmarks lie."""

from dataclasses import dataclass

import cv2
import numpy as np

from wrinkleseg.geometry import shrunk
from wrinkleseg.mesh import OVAL, axes, face_width, visible
from wrinkleseg.skin.parts import draw

_WIDTH = 180.0  # px: width of the face on the small copy; colours change slowly enough for that
_TEXTURE_WIDTH = 300.0  # px: strands of hair are gone below this
_UP, _EAR, _JOWL, _UNDER = 0.30, 0.065, 0.08, 0.05  # how far beyond the outline to look, in widths of the face


@dataclass(frozen=True)
class Scene:
    """The small copy: landmarks (N, 3) on it, the face's width in its pixels, and maps (h, w).

    features: float32 (4, h, w), L, a, b and texture. grey: float32, 0..255, a little larger, so that strands of hair show.
    outline: where the visible mesh or its oval lies. beyond, within: distance outside and inside the outline. height:
    above the middle of the brows, along the head's own axis. limit: how far beyond the outline skin is looked for. All
    distances are in widths of the face.
    """

    landmarks: np.ndarray
    width: float
    features: np.ndarray
    grey: np.ndarray
    outline: np.ndarray
    beyond: np.ndarray
    within: np.ndarray
    height: np.ndarray
    limit: np.ndarray


def small(view: tuple[int, ...], landmarks: np.ndarray) -> tuple[float, tuple[int, int]]:
    """Scale and size (h, w) of the small copy of a view of shape (h, w, ...) with landmarks (N, 3) in its pixels."""
    scale = min(1.0, _WIDTH / face_width(landmarks))
    return scale, (max(round(view[0] * scale), 8), max(round(view[1] * scale), 8))


def look(view: np.ndarray, landmarks: np.ndarray, triangles: np.ndarray) -> Scene:
    """The small copy of a view, uint8 (h, w, 3), with landmarks (N, 3) in its pixels."""
    scale, size = small(view.shape, landmarks)
    points = landmarks * np.float32(scale)
    lab, grey = _copies(view, size, scale)
    features = _features(lab, grey, axes(points)[0])
    return Scene(
        landmarks=points,
        width=face_width(points),
        features=features,
        grey=grey,
        **_from_landmarks(points, triangles, size),
    )


def _from_landmarks(points: np.ndarray, triangles: np.ndarray, size: tuple[int, int]) -> dict[str, np.ndarray]:
    """The maps of a scene that come from the landmarks."""
    width = face_width(points)
    outline = draw(points, (OVAL,), size)
    outline |= _beside(points, triangles[visible(points, triangles)], outline)
    height, limit = _reach(points[9], axes(points)[1], size, width)
    return {
        "outline": outline,
        "beyond": cv2.distanceTransform((~outline).astype(np.uint8), cv2.DIST_L2, 5) / width,
        "within": cv2.distanceTransform(np.pad(outline, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1] / width,
        "height": height,
        "limit": limit,
    }


def _beside(points: np.ndarray, triangles: np.ndarray, oval: np.ndarray) -> np.ndarray:
    """The area of the triangles with a corner outside the oval, bool (h, w): on a turned face the mesh reaches beyond it."""
    columns, rows = np.round(points[:, :2]).astype(int).T
    inside = oval[rows.clip(0, oval.shape[0] - 1), columns.clip(0, oval.shape[1] - 1)]
    inside &= (rows >= 0) & (rows < oval.shape[0]) & (columns >= 0) & (columns < oval.shape[1])
    area = np.zeros(oval.shape, np.uint8)
    for corners in np.round(points[triangles[~inside[triangles].all(axis=1)], :2] * 16).astype(np.int32):
        cv2.fillConvexPoly(area, corners, 1, shift=4)
    return area > 0


def _reach(brow: np.ndarray, down: np.ndarray, size: tuple[int, int], width: float) -> tuple[np.ndarray, np.ndarray]:
    """Height above the brows and how far beyond the outline to look, in widths: far up to the hairline, little at the sides, least below the chin."""
    along = down[:2] / max(float(np.linalg.norm(down[:2])), 1e-6)
    y = (np.arange(size[0], dtype=np.float32) - brow[1])[:, None]
    x = np.arange(size[1], dtype=np.float32) - brow[0]
    height = -(x * along[0] + y * along[1])
    upward = height / (np.sqrt(x * x + y * y) + np.float32(1e-3))  # 1: straight up, 0: sideways, -1: straight down
    limit = np.interp(upward, (-0.95, -0.9, -0.6, -0.4, 0.15, 0.65), (_UNDER, _JOWL, _JOWL, _EAR, _EAR, _UP))
    return height / width, limit.astype(np.float32)


def _features(lab: np.ndarray, grey: np.ndarray, across: np.ndarray) -> np.ndarray:
    """L, a, b (0..255 each) and texture: ten times the log energy of brightness changes across the head, relative to brightness."""
    sideways = across[:2] / max(float(np.linalg.norm(across[:2])), 1e-6)
    along_x, along_y = cv2.Scharr(grey, cv2.CV_32F, 1, 0), cv2.Scharr(grey, cv2.CV_32F, 0, 1)
    slope = cv2.addWeighted(along_x, float(sideways[0]) / 32, along_y, float(sideways[1]) / 32, 0)
    energy = small_blur(slope * slope, 2.5, lab.shape[:2])
    brightness = cv2.GaussianBlur(lab[..., 0], (0, 0), 3)
    texture = 10 * np.log1p(1e4 * energy / (brightness + 30) ** 2)
    return np.stack([*cv2.split(cv2.GaussianBlur(lab, (0, 0), 0.7)), texture])


def small_blur(values: np.ndarray, sigma: float, size: tuple[int, int]) -> np.ndarray:
    """A map brought down to `size` (h, w), blurred by `sigma` of its own pixels: after it, which takes less time."""
    small = cv2.resize(values, size[::-1], interpolation=cv2.INTER_LINEAR)
    return cv2.GaussianBlur(small, (0, 0), sigma * max(size) / max(values.shape))


def _copies(view: np.ndarray, size: tuple[int, int], scale: float) -> tuple[np.ndarray, np.ndarray]:
    """The view as float32 Lab at `size`, and as float32 grey a little larger, so that strands of hair still show."""
    finer = max(1.0, min(_TEXTURE_WIDTH / _WIDTH, 1 / scale))
    larger = shrunk(view, round(max(size) * finer))
    lab = cv2.cvtColor(cv2.resize(larger, size[::-1], interpolation=cv2.INTER_LINEAR), cv2.COLOR_RGB2LAB)
    return lab.astype(np.float32), cv2.cvtColor(larger, cv2.COLOR_RGB2GRAY).astype(np.float32)


def log_odds(person: np.ndarray | None, size: tuple[int, int]) -> np.ndarray:
    """Log odds that a pixel of the small copy shows a person at all, float32 `size`, of probabilities (h, w); 0 where there are none."""
    if person is None:
        return np.zeros(size, np.float32)
    sure = cv2.resize(person.astype(np.float32), size[::-1], interpolation=cv2.INTER_LINEAR).clip(0, 1)
    return np.log((sure + 0.02) / (1.02 - sure)).clip(-3, 0.5)
