"""Looking for faces: windows of the photo for the detectors, hits that a mirror image confirms, a mesh for each, upright ones alone."""

from dataclasses import dataclass

import numpy as np

from wrinkleseg import detectors
from wrinkleseg.face.shape import Face, describe, plausible
from wrinkleseg.geometry import Box, crop_view, shrunk

_DETECTOR_SIDE = 640  # the detectors look at 128 or 192 px, the mesh at 192 px: larger copies only cost time
_MESH_SIDE, _CLOSE_SIDE = 512, 256
_TILE_MIN = 160  # smaller tiles hold no face worth measuring
# Of the photo's longer side: beside a face of that width, one that shows only in parts of the photo is a third of it at most.
_LARGE = 0.25
_SURE = 0.8  # a detector's score: real faces beside others had more, badges and folds less


@dataclass(frozen=True)
class _Hit:
    """A face that a detector sees. confirmed: in the mirror image too; score and box are then the means of both."""

    score: float
    box: Box
    confirmed: bool = False


def faces(rgb: np.ndarray) -> list[Face]:
    """The faces of a photo, uint8 RGB (H, W, 3), in no order; none where none is found."""
    size = rgb.shape[:2]
    whole = _faces_in(rgb, _windows(size, 1))
    if any(face.width >= _LARGE * max(size) for face in whole):
        return whole
    for levels in ((1, 2), (4,)):  # quarters are many: only where larger parts show no face
        found = _faces_in(rgb, [window for level in levels for window in _windows(size, level)])
        if found:
            return found
    return []


def _faces_in(rgb: np.ndarray, windows: list[Box]) -> list[Face]:
    found: list[Face] = []
    for hit in _candidates(rgb, windows):
        for landmarks in _meshes(rgb, hit.box):
            face = describe(landmarks, rgb.shape[:2])
            known = any(_overlap(face.box, other.box) > 0.3 for other in found)
            if not known and plausible(face) and _upright(rgb, face, hit):
                found.append(face)
    return found


def _upright(rgb: np.ndarray, face: Face, hit: _Hit) -> bool:
    """Whether the face is not lying on its side or upside down, where the mesh would be laid over it all the same.

    The detector is not clearly surer of the face when it is turned by a quarter, a half or three quarters; of a much
    tilted face, not surer at all. hit: the look that found it.
    """
    doubt = 0.1 if abs(face.pose.roll) < 40 else 0.0
    # No score is above 1: most faces are settled by the look that found them, nearly all others by a closer one.
    if hit.confirmed and _overlap(face.box, hit.box) > 0.5 and hit.score + doubt >= 1:
        return True
    view = _from_close_by(rgb, face)
    upright = detectors.score(view) + doubt
    return upright >= 1 or upright >= max(detectors.score(np.rot90(view, quarter)) for quarter in (1, 2, 3))


def sure(rgb: np.ndarray, face: Face) -> bool:
    """Whether the detector, which looks again from close by, has no doubt that this is an upright face."""
    return detectors.score(_from_close_by(rgb, face)) >= _SURE


def _from_close_by(rgb: np.ndarray, face: Face) -> np.ndarray:
    side = int(1.8 * max(face.box.height, face.box.width))
    centre = face.box.top + face.box.height // 2, face.box.left + face.box.width // 2
    return shrunk(crop_view(rgb, Box(centre[0] - side // 2, centre[1] - side // 2, side, side)), _CLOSE_SIDE)


def _overlap(a: Box, b: Box) -> float:
    """Shared area over the smaller box's area: a mesh inside another is the same face."""
    height = min(a.top + a.height, b.top + b.height) - max(a.top, b.top)
    width = min(a.left + a.width, b.left + b.width) - max(a.left, b.left)
    smaller = max(min(a.height * a.width, b.height * b.width), 1)
    return max(height, 0) * max(width, 0) / smaller


def _candidates(rgb: np.ndarray, windows: list[Box]) -> list[_Hit]:
    """Faces that a detector sees in one of the windows, each once: first what the mirror image confirms, then the surest.

    Beside what is confirmed, an unsure hit is a fold or a badge more often than a face.
    """
    found = [hit for window in windows for hit in _detect(rgb, window)]
    least = _SURE if any(hit.confirmed for hit in found) else 0
    sure = [hit for hit in found if hit.confirmed or hit.score >= least]
    kept: list[_Hit] = []
    for hit in sorted(sure, key=lambda hit: (not hit.confirmed, -hit.score)):
        if all(_overlap(hit.box, other.box) < 0.5 for other in kept):
            kept.append(hit)
    return kept


def _windows(size: tuple[int, int], level: int) -> list[Box]:
    """The whole photo (level 1), or squares of that part of its longer side, which overlap by half: small faces are large enough there to be seen."""
    height, width = size
    if level == 1:
        return [Box(0, 0, height, width)]
    side = max(height, width) // level
    if side < _TILE_MIN:
        return []
    squares = [Box(top, left, side, side) for top in _starts(height, side) for left in _starts(width, side)]
    return [square.inside(size) for square in squares]  # of a long strip the rest of a square would only take memory


def _starts(length: int, side: int) -> list[int]:
    if length <= side:
        return [(length - side) // 2]
    count = int(np.ceil((length - side) / (side / 2))) + 1
    return [int(start) for start in np.linspace(0, length - side, count)]


def _detect(rgb: np.ndarray, window: Box) -> list[_Hit]:
    """Every face that the two detectors see in a window of the photo.

    A mesh depends a little on the box that it is looked for in. So the nearer detector, the quicker one, looks at the mirror
    image as well: a photo and its mirror image give the same boxes.
    """
    view = shrunk(crop_view(rgb, window), _DETECTOR_SIDE)
    far, near, mirrored = detectors.boxes(view)
    hits = [_confirmed(score, edges, mirrored, window) for score, edges in near]
    return hits + [_Hit(score, _box(edges, window)) for score, edges in far]


def _confirmed(score: float, edges: np.ndarray, others: detectors.Seen, window: Box) -> _Hit:
    """A detector's hit, and of its hits in the mirror image, laid back, the one of the same face."""
    nowhere = 0.0, edges + 1  # a whole view away
    other, same = min(others, key=lambda hit: np.abs(hit[1] - edges).max(), default=nowhere)
    if np.abs(same - edges).max() >= 0.2 * (edges[2] - edges[0]):
        return _Hit(score, _box(edges, window))
    return _Hit((score + other) / 2, _box((edges + same) / 2, window), confirmed=True)


def _box(edges: np.ndarray, window: Box) -> Box:
    """Edges are rounded, not sides: so a mirror image's box is the mirror image of the box."""
    sides = np.array([window.width, window.height] * 2)
    left, top, right, bottom = (np.array([window.left, window.top] * 2) + np.rint(edges * sides).astype(int)).tolist()
    return Box(top, left, bottom - top, right - left)


def _meshes(rgb: np.ndarray, box: Box) -> list[np.ndarray]:
    """Landmarks (478, 3) of the faces near a detected box. Wider and narrower views are tried: the mesh has a detector of its own to please."""
    for factor in (2.0, 1.5, 3.0, 1.2):
        square = _square(box, factor, rgb.shape[1])
        view = shrunk(crop_view(rgb, square), _MESH_SIDE)
        found = detectors.meshes(view)
        if found:
            offset = np.array([square.left - 0.5, square.top - 0.5, 0], np.float32)
            return [mesh * np.float32(square.width) + offset for mesh in found]
    return []


def _square(box: Box, factor: float, width: int) -> Box:
    """The square around a box, `factor` times as wide; in a photo's mirror image, the mirrored square (`width`: the photo's)."""
    side = int(factor * max(box.height, box.width, 8))
    side += (side - width) % 2
    off_middle = round((box.left + box.right - width) / 2)
    return Box(box.top + (box.height - side) // 2, (width - side) // 2 + off_middle, side, side)
