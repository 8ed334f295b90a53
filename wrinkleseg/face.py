"""Faces of a photo: landmarks, size, pose, and the skin and zones that follow from them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from wrinkleseg import detectors, skin, zones
from wrinkleseg.detectors import triangles as triangles
from wrinkleseg.geometry import Box, crop, crop_view, limited_scale, shrunk

_DETECTOR_SIDE = 640  # the detectors look at 128 or 192 px, the mesh at 192 px: larger copies only cost time
_MESH_SIDE = 512
_SELFIE_SIDE = 256
_TILE_MIN = 160  # smaller tiles hold no face worth measuring
# Of the photo's longer side: beside a face of that width, one that shows only in parts of the photo is a third of it at most.
_LARGE = 0.25
_SURE = 0.8  # a detector's score: real faces beside others had more, badges and folds less
_MIN_WIDTH = 16  # px; below that a mesh is a guess
_WIDTH_OF_SPREAD = 8 / 3  # median of a face's width over its landmarks' spread: 2.65 to 2.69 in three sets of photos


class FaceError(ValueError):
    """Something is wrong with the faces of a photo; the message says what and how to mend it."""


class NoFaceError(FaceError):
    """No face was found."""


@dataclass(frozen=True)
class Pose:
    """Turn of the head in degrees. All 0: straight into the camera.

    yaw > 0: the face looks to the right side of the picture; pitch > 0: it looks up; roll > 0: it is tilted clockwise in the picture.
    """

    yaw: float
    pitch: float
    roll: float


@dataclass(frozen=True)
class Face:
    """One face of an upright photo.

    landmarks: (478, 3) float32, pixels: x to the right, y down, z away from the camera, pixel centres at whole numbers.
    size: (H, W) of the photo. box: the face oval's bounds in pixels; may reach outside the photo.
    width: pixels between the face's sides at the cheekbones, measured in 3D, so that a turned face keeps its width.
    steady_width: the width, px, as the spread of all landmarks tells it: some 3% off from one face to another, but of one
    face less noisy when its photo is saved again, lighter or darker. For choosing a scale, not for measuring.
    eye_distance: pixels between the centres of the two eyes (means of their corners), measured in 3D as well.
    """

    landmarks: np.ndarray
    size: tuple[int, int]
    box: Box
    width: float
    steady_width: float
    eye_distance: float
    pose: Pose


@dataclass(frozen=True)
class Regions:
    """Where to look: masks bool (H, W) at the photo's full size; `zones` holds every name of `zones.NAMES` and `zones.UNIONS`."""

    wrinkle_skin: np.ndarray
    pore_skin: np.ndarray
    zones: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class _Hit:
    """A face that a detector sees. confirmed: in the mirror image too; score and box are then the means of both."""

    score: float
    box: Box
    confirmed: bool = False


def find(rgb: np.ndarray) -> list[Face]:
    """All faces of a photo, uint8 RGB (H, W, 3), the largest first. Raises NoFaceError, which says how to mend it."""
    _check(rgb)
    faces = _faces(rgb)
    if not faces:
        raise NoFaceError(_no_face_message(rgb))
    return sorted(faces, key=lambda face: -face.width)


def choose(faces: list[Face], index: int = 0) -> Face:
    """The face of that number (0: the largest). Raises FaceError when there is no such face."""
    if not 0 <= index < len(faces):
        found = "1 face was" if len(faces) == 1 else f"{len(faces)} faces were"
        raise FaceError(
            f"There is no face number {index}: {found} found. Choose a number from 0 (the largest) to {len(faces) - 1}."
        )
    return faces[index]


def regions(rgb: np.ndarray, face: Face) -> Regions:
    """Skin masks and zones of one face of that photo (uint8 RGB (H, W, 3)). Raises FaceError when the photo has another size than the face's."""
    _check(rgb)
    if rgb.shape[:2] != face.size:
        raise FaceError(
            f"The face was found on a photo of {face.size} pixels, this one has {rgb.shape[:2]}: pass the same photo to both."
        )
    wrinkle_skin, pore_skin = skin.masks(rgb, face.landmarks, triangles(), lambda: _person(rgb, face))
    return Regions(wrinkle_skin, pore_skin, zones.Drawn(face.landmarks, triangles(), wrinkle_skin))


def _check(rgb: np.ndarray) -> None:
    if not isinstance(rgb, np.ndarray) or rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3 or 0 in rgb.shape:
        came = f"{rgb.dtype} {rgb.shape}" if isinstance(rgb, np.ndarray) else type(rgb).__name__
        raise FaceError(f"A photo must be uint8 RGB (H, W, 3); this is {came}. Load it with images.load_rgb.")


def _faces(rgb: np.ndarray) -> list[Face]:
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
            face = _describe(landmarks, rgb.shape[:2])
            known = any(_overlap(face.box, other.box) > 0.3 for other in found)
            if not known and _plausible(face) and _upright(rgb, face, hit):
                found.append(face)
    return found


def _upright(rgb: np.ndarray, face: Face, hit: _Hit) -> bool:
    """Whether the face is not lying on its side or upside down, where the mesh would be laid over it all the same.

    The detector is not clearly surer of the face when it is turned by a quarter, a half or three quarters; of a much tilted face, not surer at all.
    """
    doubt = 0.1 if abs(face.pose.roll) < 40 else 0.0
    # No score is above 1: most faces are settled by the look that found them, nearly all others by a closer one.
    if hit.confirmed and _overlap(face.box, hit.box) > 0.5 and hit.score + doubt >= 1:
        return True
    side = int(1.8 * max(face.box.height, face.box.width))
    centre = face.box.top + face.box.height // 2, face.box.left + face.box.width // 2
    view, _ = _view(rgb, Box(centre[0] - side // 2, centre[1] - side // 2, side, side), 256)
    upright = detectors.score(view) + doubt
    return upright >= 1 or upright >= max(detectors.score(np.rot90(view, quarter)) for quarter in (1, 2, 3))


def _describe(landmarks: np.ndarray, size: tuple[int, int]) -> Face:
    oval = landmarks[list(zones.OVAL), :2]
    left, top = np.floor(oval.min(axis=0)).astype(int)
    right, bottom = np.ceil(oval.max(axis=0)).astype(int)
    eyes = landmarks[list(zones.EYE_CORNERS), :].reshape(2, 2, 3).mean(axis=1)
    return Face(
        landmarks=landmarks,
        size=(int(size[0]), int(size[1])),
        box=Box(int(top), int(left), int(bottom - top), int(right - left)),
        width=float(np.linalg.norm(landmarks[454] - landmarks[234])),
        steady_width=_WIDTH_OF_SPREAD * _spread(landmarks),
        eye_distance=float(np.linalg.norm(eyes[1] - eyes[0])),
        pose=_pose(landmarks),
    )


def _spread(landmarks: np.ndarray) -> float:
    """Root mean square of the landmarks' distances from their middle, px."""
    from_middle = landmarks.astype(float) - landmarks.mean(axis=0)
    return float(np.sqrt((from_middle**2).sum(axis=1).mean()))


def _pose(landmarks: np.ndarray) -> Pose:
    """Angles of the head's own axes: across from the face's right side to its left, down from forehead to chin."""
    across, _, forward = zones.axes(landmarks)
    yaw = np.degrees(np.arctan2(forward[0], -forward[2]))
    pitch = np.degrees(np.arcsin(np.clip(-forward[1], -1, 1)))
    roll = np.degrees(np.arctan2(across[1], across[0]))
    return Pose(float(yaw), float(pitch), float(roll))


def _plausible(face: Face) -> bool:
    """Whether the mesh has the proportions of a face: a mesh laid over something else is squeezed or tiny."""
    height = float(np.linalg.norm(face.landmarks[152] - face.landmarks[10]))
    return face.width >= _MIN_WIDTH and 0.9 < height / face.width < 1.8 and 0.3 < face.eye_distance / face.width < 0.65


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
    return [Box(top, left, side, side) for top in _starts(height, side) for left in _starts(width, side)]


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
    view, _ = _view(rgb, window, _DETECTOR_SIDE)
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
        view, _ = _view(rgb, square, _MESH_SIDE)
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


def _view(rgb: np.ndarray, box: Box, longest: int) -> tuple[np.ndarray, float]:
    """That part of the photo, no larger than `longest`, and its scale."""
    part = crop_view(rgb, box)
    return shrunk(part, longest), limited_scale(part.shape[:2], longest)


def _person(rgb: np.ndarray, face: Face) -> np.ndarray | None:
    """Probability that a pixel of `skin.window` shows a person, float32 (h, w) of some smaller size, by selfie segmentation; None outside the photo."""
    box = skin.window(face.landmarks, face.size)
    if box is None:
        return None
    wide = box.grown(box.width // 4).inside(
        face.size
    )  # the model was made for head and shoulders, not for a face alone
    view, scale = _view(rgb, wide, _SELFIE_SIDE)
    inner = Box(box.top - wide.top, box.left - wide.left, box.height, box.width).scaled(scale)
    return crop(detectors.person(view), inner)


def _no_face_message(rgb: np.ndarray) -> str:
    for quarter, advice in ((1, "a quarter anticlockwise"), (3, "a quarter clockwise"), (2, "upside down")):
        turned = _faces(np.ascontiguousarray(np.rot90(rgb, quarter)))
        if any(abs(face.pose.roll) < 30 for face in turned):
            return f"No upright face was found, but there is one when the photo is turned {advice}: turn the photo and try again."
    return (
        "No face was found in the photo. Use a photo that shows one face from the front, in even light, with nothing over it, "
        "and large enough: at least a fifth of the photo's width."
    )
