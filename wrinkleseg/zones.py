"""Zones of the face: forehead to chin, drawn from the landmarks of a 468-point face mesh, each pixel in one zone at most.

The zones are drawn on the face as seen from the front (the head's own axes), carried over to the photo triangle by triangle, nearest last, so that what
is turned away or hidden behind the nose gets no zone. Beyond the mesh, skin takes the zone of the nearest point of the mesh. Left and right are the
person's own.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial

import cv2
import numpy as np

from wrinkleseg.mesh import MIRROR, OVAL, axes, face_width, visible

# Loops of landmarks; a pair stands for the point half-way between the two. Sides are written once, for the person's right (left in the picture).
_Loop = tuple[int | tuple[int, int], ...]
_RIGHT: dict[str, _Loop] = {
    "crows_feet": (226, 113, 46, 70, 71, 21, 162, 127, 234, 116, 111, 31),
    "under_eye": (
        *(31, 226, 130, 33, 7, 163, 144, 145, 153, 154, 155, 133, 243, 244, 128, 114, 47),
        *((100, 120), 119, 118, 117, 111),
    ),
    "nasolabial": (126, 142, 36, 205, 207, (212, 214), 57, 186, 92, 165, 98, 64, 129),
    "marionette": (57, (212, 214), 214, 135, 169, 150, 170, 211, 204, 43),
    "cheek": (
        *(234, 116, 111, 117, 118, 119, (100, 120), 47, 114, 217, 126, 142, 36, 205, 207, (212, 214), 214, 135, 169),
        *(150, 136, 172, 58, 132, 93),
    ),
}
# Zones across the midline: the right half from the top of the midline to its foot; the left half is its mirror picture.
_MIDDLE: dict[str, _Loop] = {
    "forehead": (10, 109, 67, 103, 54, 21, 71, 70, 63, 105, 66, 107, 9),
    "glabella": ((9, 151), (107, 108), 107, 55, 193, 168),
    "nose": (168, 193, 245, 188, 114, 217, 126, 129, 64, 98, 97, 2),
    "chin": (17, 84, 181, 91, 43, 204, 211, 170, 150, 149, 176, 148, 152),
}


NAMES = (
    *("forehead", "glabella", "crows_feet_left", "crows_feet_right", "under_eye_left", "under_eye_right"),
    *(
        "nasolabial_left",
        "nasolabial_right",
        "marionette_left",
        "marionette_right",
        "cheek_left",
        "cheek_right",
        "nose",
        "chin",
    ),
)
# Unions after Yoon et al., Diagnostics 13(11):1894, 2023: the T zone for wrinkles, the butterfly zone for pores.
UNIONS = {
    "t_zone": ("forehead", "glabella"),
    "butterfly_zone": ("nose", "cheek_left", "cheek_right"),
}
_ORDER = (  # later ones lie on top where loops share ground
    *(
        "forehead",
        "cheek_right",
        "cheek_left",
        "crows_feet_right",
        "crows_feet_left",
        "under_eye_right",
        "under_eye_left",
    ),
    *("nasolabial_right", "nasolabial_left", "marionette_right", "marionette_left", "chin", "nose", "glabella"),
)

_LAYOUT = 512  # px: side of the frontal drawing; the face is about 300 px wide in it
_WORK = 480  # px: the zones are carried over on a copy of the face no larger than this, then enlarged
_BEYOND = 0.33  # of the face's width: how far beyond the mesh skin still gets a zone
_SMOOTH = 0.008  # of the face's longer side: rounds off the corners that the mesh's triangles leave


class Drawn(Mapping[str, np.ndarray]):
    """What `draw` gives, drawn when somebody first looks: who only wants to see wrinkles needs no zones.

    Kept as one map of numbers: sixteen masks of a large photo would be most of what is kept of it.
    """

    def __init__(self, landmarks: np.ndarray, triangles: np.ndarray, skin: np.ndarray) -> None:
        self._number = partial(number, landmarks, triangles, skin)

    @cached_property
    def _numbers(self) -> np.ndarray:
        return self._number()

    def __getitem__(self, name: str) -> np.ndarray:
        return _mask(self._numbers, name)

    def __iter__(self) -> Iterator[str]:
        return iter((*NAMES, *UNIONS))

    def __len__(self) -> int:
        return len(NAMES) + len(UNIONS)


def draw(landmarks: np.ndarray, triangles: np.ndarray, skin: np.ndarray) -> dict[str, np.ndarray]:
    """Every zone of NAMES and UNIONS as a mask, bool (H, W), inside the given skin mask, bool (H, W).

    landmarks: (N, 3) pixels of that picture; triangles: (M, 3) int, the mesh. Zones of NAMES do not overlap; a zone that is turned away is empty.
    """
    return dict(Drawn(landmarks, triangles, skin))


def number(landmarks: np.ndarray, triangles: np.ndarray, skin: np.ndarray) -> np.ndarray:
    """As `draw`, one map of all zones: uint8 (H, W), the zone's place in NAMES counted from 1, 0 where there is none."""
    numbers = np.zeros(skin.shape, np.uint8)
    window = _window(skin)
    if window is None:
        return numbers
    top, left, bottom, right = window
    scale = min(1.0, _WORK / max(bottom - top, right - left))
    size = (max(round((bottom - top) * scale), 1), max(round((right - left) * scale), 1))
    local = (landmarks[:468] - np.array([left, top, 0], np.float32)) * np.float32(scale)
    labels = _spread(*_carry(local, triangles, size), _BEYOND * face_width(local))
    inside = slice(top, bottom), slice(left, right)
    for place in range(1, len(NAMES) + 1):
        _enlarge(labels == place, skin[inside], place, numbers[inside])
    return numbers


def _mask(numbers: np.ndarray, name: str) -> np.ndarray:
    """One zone of NAMES or UNIONS, bool (H, W)."""
    members = UNIONS.get(name, (name,))
    if not set(members) <= set(NAMES):
        raise KeyError(name)
    member = np.zeros(256, np.uint8)
    member[[NAMES.index(one) + 1 for one in members]] = 1
    return cv2.LUT(numbers, member).view(bool)  # as an index, numpy would make eight bytes of each


def _window(skin: np.ndarray) -> tuple[int, int, int, int] | None:
    """Bounds (top, left, bottom, right) of the skin; None where there is none."""
    rows, columns = np.flatnonzero(skin.any(axis=1)), np.flatnonzero(skin.any(axis=0))
    if rows.size == 0:
        return None
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1


def _layout(landmarks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The face from the front: landmark positions (N, 2) and the drawing of zone numbers, uint8 (512, 512), 0 where there is none."""
    across, down, _ = axes(landmarks)
    flat = np.stack([landmarks @ across, landmarks @ down], axis=1)
    low, high = flat.min(axis=0), flat.max(axis=0)
    flat = (flat - (low + high) / 2) * (0.95 * _LAYOUT / float((high - low).max())) + _LAYOUT / 2
    drawing = np.zeros((_LAYOUT, _LAYOUT), np.uint8)
    loops = _loops()
    for name in _ORDER:
        points = np.array([_point(flat, item) for item in loops[name]])
        cv2.fillPoly(drawing, [np.round(points * 16).astype(np.int32)], NAMES.index(name) + 1, shift=4)
    return flat, drawing


def _loops() -> dict[str, _Loop]:
    loops: dict[str, _Loop] = {}
    for name, loop in _RIGHT.items():
        loops[f"{name}_right"] = loop
        loops[f"{name}_left"] = _mirrored(loop)
    for name, half in _MIDDLE.items():
        loops[name] = (*half, *_mirrored(half[1:-1])[::-1])
    return loops


def _mirrored(loop: _Loop) -> _Loop:
    return tuple(
        (int(MIRROR[item[0]]), int(MIRROR[item[1]])) if isinstance(item, tuple) else int(MIRROR[item]) for item in loop
    )


def _point(flat: np.ndarray, item: int | tuple[int, int]) -> np.ndarray:
    return flat[list(item)].mean(axis=0) if isinstance(item, tuple) else flat[item]


def _carry(landmarks: np.ndarray, triangles: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Zone numbers uint8 (h, w) and where the mesh lies, bool (h, w): the frontal drawing carried over by small triangles, the nearest drawn last."""
    flat, drawing = _layout(landmarks)
    facing = triangles[visible(landmarks, triangles)]
    pieces, numbers = _pieces(landmarks[facing], flat[facing], drawing)
    labels, cover = np.zeros(size, np.uint8), np.zeros(size, np.uint8)
    corners = np.round(pieces[:, :, :2] * 16).astype(np.int32)
    for index in np.argsort(-pieces[:, :, 2].mean(axis=1)):
        cv2.fillConvexPoly(labels, corners[index], int(numbers[index]), shift=4)
    cv2.fillPoly(cover, [np.round(landmarks[list(OVAL), :2] * 16).astype(np.int32)], 1, shift=4)
    return labels, (cover > 0) | (labels > 0)


def _pieces(corners: np.ndarray, flat: np.ndarray, drawing: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Triangles (M, 3, 3), each with its zone's number (M,): as they are inside a zone, in sixteen where an edge runs through.

    corners: (N, 3, 3) on the photo. flat: (N, 3, 2), the same on the frontal drawing.
    """
    seen = _quarter(_quarter(flat)).mean(axis=1).astype(int)
    numbers = drawing[seen[:, 1], seen[:, 0]].reshape(-1, 16)
    one = (numbers == numbers[:, :1]).all(axis=1)
    small = _quarter(_quarter(corners[~one]))
    return np.concatenate([corners[one], small]), np.concatenate([numbers[one, 0], numbers[~one].ravel()])


def _quarter(corners: np.ndarray) -> np.ndarray:
    """Each triangle as four: (M, 3, d) -> (4 M, 3, d), the four side by side."""
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    ab, bc, ca = (a + b) / 2, (b + c) / 2, (c + a) / 2
    four = np.stack([np.stack(t, axis=1) for t in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))], axis=1)
    return four.reshape(-1, 3, corners.shape[2])


def _spread(labels: np.ndarray, cover: np.ndarray, farthest: float) -> np.ndarray:
    """Zone numbers up to `farthest` pixels beyond the mesh: those of the nearest point a little inside it, for its rim is ragged."""
    inner = (
        cv2.erode(cover.astype(np.uint8), np.ones((7, 7), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=1) > 0
    )
    if inner.all() or not inner.any():
        return labels
    ground = np.where(inner, 0, 1).astype(np.uint8)
    distance, nearest = cv2.distanceTransformWithLabels(ground, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    of_source = np.zeros(int(nearest.max()) + 1, np.uint8)
    of_source[nearest[inner]] = labels[inner]
    return np.where((labels > 0) | (distance > farthest), labels, of_source[nearest])


def _enlarge(mask: np.ndarray, skin: np.ndarray, place: int, large: np.ndarray) -> None:
    """Write a zone's number into `large`, uint8 (H, W), on the skin that lies in its smaller mask, whose edges are rounded.

    More than half of a pixel can be one zone's only, so zones stay apart.
    """
    left, top, width, height = cv2.boundingRect(mask.astype(np.uint8))
    sigma = _SMOOTH * max(mask.shape)
    margin = int(np.ceil(4 * sigma)) + 2
    # Only where the zone lies: fourteen masks of the whole face would take several times as long.
    rows = _Reach.of(top, height, margin, mask.shape[0], large.shape[0])
    columns = _Reach.of(left, width, margin, mask.shape[1], large.shape[1])
    if width:
        soft = mask[rows.small, columns.small].astype(np.uint8) * 255  # whole numbers are enough for an edge
        soft = cv2.GaussianBlur(soft, (0, 0), sigma) if sigma > 0.3 else soft
        there = rows.large, columns.large
        np.copyto(large[there], np.uint8(place), where=(_placed(soft, rows, columns) > 128) & skin[there])


@dataclass(frozen=True)
class _Reach:
    """Where a zone lies along one axis, on the small drawing and on the photo. The pixel `large.start + i` of the photo
    lies at `first + i * step` of the small part."""

    small: slice
    large: slice
    first: float
    step: float

    @classmethod
    def of(cls, start: int, length: int, margin: int, small: int, large: int) -> "_Reach":
        step = small / large
        low = max(0, math.floor((start - margin) / step))
        high = min(large, math.ceil((start + length + margin) / step))
        begin = max(0, start - 2 * margin)
        return cls(slice(begin, start + length + 2 * margin), slice(low, high), (low + 0.5) * step - 0.5 - begin, step)


def _placed(soft: np.ndarray, rows: _Reach, columns: _Reach) -> np.ndarray:
    """The small part as the photo sees it, uint8, bilinear."""
    matrix = np.array([[columns.step, 0, columns.first], [0, rows.step, rows.first]])
    size = columns.large.stop - columns.large.start, rows.large.stop - rows.large.start
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(soft, matrix, size, flags=how, borderMode=cv2.BORDER_REPLICATE)
