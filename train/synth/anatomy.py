"""Procedural wrinkles: smooth random curves along the lines in which skin folds, laid out by landmarks.

The families are those of Batool and Chellappa (2014): forehead, glabella, crow's feet, under the eyes, nasolabial and
marionette lines. A family is a ladder of landmark paths; its lines run along between two rungs of the ladder.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from train.synth.curves import Curve, noise, resampled, smoothed
from wrinkleseg.face import Face

# Paths of landmarks; a pair stands for the point half-way. Right is the person's own.
_Path = tuple[int | tuple[int, int], ...]


@dataclass(frozen=True)
class _Family:
    """ladder: paths of equal length, from the lowest rung to the highest. rungs, spans: where lines lie and how long
    they are, as shares. lines: most of them; only families of several are broken and branch. often: chance that an old
    face has the family. strength: see Curve.
    """

    ladder: tuple[_Path, ...]
    rungs: tuple[float, float]
    span: tuple[float, float]
    lines: int
    often: float
    strength: float = 1.0


_FOREHEAD = (
    (63, 105, 66, 107, 9, 336, 296, 334, 293),
    (68, 104, 69, 108, 151, 337, 299, 333, 298),
    (54, 103, 67, 109, 10, 338, 297, 332, 284),
)
_LID = {
    "right": ((25, 110, 24, 23, 22, 26, 112), (31, 228, 229, 230, 231, 232, 233)),
    "left": ((255, 339, 254, 253, 252, 256, 341), (261, 448, 449, 450, 451, 452, 453)),
}
_FOLD = {
    "right": ((129, 203, 206, 216, 212), (142, 36, 205, 207, 214)),
    "left": ((358, 423, 426, 436, 432), (371, 266, 425, 427, 434)),
}
_MOUTH = {
    "right": ((57, (43, 212), (204, 214), (211, 135)), (212, 214, 135, 169)),
    "left": ((287, (273, 432), (424, 434), (431, 364)), (432, 434, 364, 394)),
}
_CHIN = (
    (43, 106, 182, 83, 18, 313, 406, 335, 273),
    (204, (204, 194), 201, (201, 200), 200, (200, 421), 421, (418, 424), 424),
)
_CANTHI = ((133, 33, 234), (362, 263, 454))  # inner and outer corner of the eye, side of the face
_INNER_BROWS = ((107, 55), (336, 285))

_FAMILIES = (
    _Family(_FOREHEAD, (0.28, 1.05), (0.25, 0.95), 6, 0.85),
    *(_Family(_LID[side], (-0.1, 1.7), (0.3, 0.9), 4, 0.85, 0.9) for side in _LID),
    *(_Family(_FOLD[side], (-0.03, 0.08), (0.6, 1.0), 1, 0.85, 1.0) for side in _FOLD),
    *(_Family(_FOLD[side], (0.35, 1.1), (0.4, 0.75), 1, 0.2, 0.45) for side in _FOLD),
    *(_Family(_MOUTH[side], (-0.05, 0.25), (0.45, 0.9), 1, 0.6) for side in _MOUTH),
    _Family(_CHIN, (-0.1, 0.4), (0.3, 0.7), 1, 0.25),
)


def anatomical(face: Face, rng: np.random.Generator) -> list[Curve]:
    """Random wrinkles of one person: curves in the photo's pixels. The older the drawn person, the more lines."""
    age = rng.uniform(0.45, 1.0)
    curves = [
        line for family in _FAMILIES if rng.random() < family.often * age for line in _lines(family, face, age, rng)
    ]
    for canthus in _CANTHI:
        curves += _fan(face, canthus, age, rng)
    curves += _frown(face, age, rng)
    return curves


def _lines(family: _Family, face: Face, age: float, rng: np.random.Generator) -> list[Curve]:
    count = int(rng.integers(1, 1 + max(1, round(family.lines * age)), endpoint=True)) if family.lines > 1 else 1
    low, high = family.rungs
    rungs = low + (np.arange(count) + rng.uniform(0.15, 0.85, count)) / count * (high - low)
    return [line for rung in rungs for line in _broken(_along(family, face, rung, rng), family, face, rng)]


def _along(family: _Family, face: Face, rung: float, rng: np.random.Generator) -> np.ndarray:
    """A path (N, 2) along the ladder near that rung: a random stretch of it, waving and slanting a little."""
    ladder = np.array([[_point(face, item) for item in path] for path in family.ladder])
    span = rng.uniform(*family.span)
    start = rng.uniform(0, 1 - span)
    places = np.linspace(start, start + span, 60)
    slant, wave = rng.normal(0, 0.03), noise(60, 15, rng) * 0.05
    heights = rung + slant * (places - places.mean()) + wave * (family.rungs[1] - family.rungs[0])
    return smoothed(_on(ladder, heights * (len(ladder) - 1), places), 5.0)


def _on(ladder: np.ndarray, heights: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Points (N, 2) of a ladder (R, K, 2): heights in rungs, beyond the ends too, places 0..1 along the paths."""
    along = np.linspace(0, 1, ladder.shape[1])
    rungs = np.stack([[np.interp(places, along, path[:, axis]) for axis in (0, 1)] for path in ladder])
    below = np.clip(np.floor(heights).astype(int), 0, len(ladder) - 2)
    part = heights - below
    each = np.arange(len(places))
    return (rungs[below, :, each] * (1 - part)[:, None] + rungs[below + 1, :, each] * part[:, None]).astype(np.float32)


def _broken(path: np.ndarray, family: _Family, face: Face, rng: np.random.Generator) -> list[Curve]:
    """The line whole or in two that pass each other by a little, sometimes with a fainter branch."""
    strength = family.strength * float(np.exp(rng.normal(0, 0.3)))
    if family.lines > 2 and rng.random() < 0.25:
        cut = int(rng.integers(20, 40))
        shift = rng.normal(0, 0.012 * face.width, 2).astype(np.float32)
        return [Curve(path[: cut + 4], strength), Curve(path[cut - 2 :] + shift, 0.85 * strength)]
    curves = [Curve(path, strength)]
    if family.lines > 2 and rng.random() < 0.12:
        curves.append(_branch(path, strength, rng))
    return curves


def _branch(path: np.ndarray, strength: float, rng: np.random.Generator) -> Curve:
    start = int(rng.integers(10, 40))
    stretch = path[start : start + 18] - path[start]
    angle = rng.choice([-1, 1]) * rng.uniform(0.15, 0.4)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return Curve((path[start] + stretch @ turn.T).astype(np.float32), 0.6 * strength, (False, True))


def _fan(face: Face, canthus: tuple[int, int, int], age: float, rng: np.random.Generator) -> list[Curve]:
    """Crow's feet: lines that leave the outer corner of the eye, bent a little downwards."""
    inner, outer, side = (face.landmarks[number, :2] for number in canthus)
    room = float(np.linalg.norm(side - outer))
    ahead = np.arctan2(*(outer - inner)[::-1])
    down = 1.0 if np.cos(ahead) > 0 else -1.0  # turns from `ahead` towards the chin
    count = int(rng.integers(round(2 * age), round(7 * age), endpoint=True))
    angles = np.sort(rng.uniform(-0.55, 0.95, count))
    return [_ray(outer, ahead + down * angle, room, down * (0.3 + 0.4 * angle), face, rng) for angle in angles]


def _ray(corner: np.ndarray, angle: float, room: float, bend: float, face: Face, rng: np.random.Generator) -> Curve:
    start, reach = rng.uniform(0.05, 0.13) * face.width, rng.uniform(0.3, 0.9) * room
    places = np.linspace(0, 1, 40)
    headings = angle + (bend + rng.normal(0, 0.2)) * places + 0.12 * noise(40, 12, rng)
    steps = np.stack([np.cos(headings), np.sin(headings)], axis=1) * reach / 40
    first = corner + start * np.array([np.cos(angle), np.sin(angle)])
    return Curve((first + np.cumsum(steps, axis=0)).astype(np.float32), float(np.exp(rng.normal(-0.1, 0.35))))


def _frown(face: Face, age: float, rng: np.random.Generator) -> list[Curve]:
    """Up to two vertical lines between the brows, and now and then one across the root of the nose."""
    curves = []
    (right, left), root = (
        ([face.landmarks[list(pair), :2].mean(axis=0) for pair in _INNER_BROWS]),
        face.landmarks[168, :2],
    )
    up = face.landmarks[151, :2] - root
    for share in (rng.uniform(0.12, 0.38), rng.uniform(0.62, 0.88)):
        if rng.random() < 0.6 * age:
            foot = right + (left - right) * share - up * rng.uniform(0.05, 0.25)
            lean = (left - right) * (share - 0.5) * rng.uniform(-0.1, 0.5)
            curves.append(_stroke(foot, foot + up * rng.uniform(0.3, 0.65) + lean, face, rng))
    if rng.random() < 0.35 * age:
        half = (left - right) * rng.uniform(0.2, 0.4)
        level = root + up * rng.uniform(-0.15, 0.15)
        curves.append(_stroke(level - half, level + half, face, rng))
    return curves


def _stroke(first: np.ndarray, last: np.ndarray, face: Face, rng: np.random.Generator) -> Curve:
    places = np.linspace(0, 1, 40)
    across = np.array([first[1] - last[1], last[0] - first[0]])
    bow = rng.normal(0, 0.1) * np.sin(np.pi * places) + 0.03 * noise(40, 12, rng)
    points = first + (last - first) * places[:, None] + across * bow[:, None]
    return Curve(resampled(points, 0.01 * face.width), float(np.exp(rng.normal(0, 0.25))))


def _point(face: Face, item: int | tuple[int, int]) -> np.ndarray:
    return face.landmarks[list(item), :2].mean(axis=0) if isinstance(item, tuple) else face.landmarks[item, :2]
