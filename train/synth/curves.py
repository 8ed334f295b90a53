"""Curves in a picture: smooth paths, and paths traced from a mask of lines."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from wrinkleseg.masks import skeleton

_STEPS = [(0, 1), (1, 0), (0, -1), (-1, 0), (1, 1), (1, -1), (-1, -1), (-1, 1)]


@dataclass(frozen=True)
class Curve:
    """One line. points: float32 (N, 2) of (x, y), N >= 2. strength: its depth among the lines beside it.

    fades: whether it grows shallow towards its first and its last point; an end at a branching does not.
    """

    points: np.ndarray
    strength: float = 1.0
    fades: tuple[bool, bool] = (True, True)


def length(points: np.ndarray) -> float:
    """Length of a path (N, 2) in its own units."""
    return float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())


def resampled(points: np.ndarray, step: float) -> np.ndarray:
    """The path (N, 2) with points about `step` apart, float32 (M, 2), M >= 2; its ends stay."""
    walked = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    places = np.linspace(0.0, walked[-1], max(2, round(walked[-1] / step) + 1))
    return np.stack([np.interp(places, walked, points[:, axis]) for axis in (0, 1)], axis=1).astype(np.float32)


def smoothed(points: np.ndarray, sigma: float) -> np.ndarray:
    """The path (N, 2) blurred along itself by `sigma` points, reflected through its ends, which stay where they are."""
    half = min(int(np.ceil(3 * sigma)), len(points) - 1)
    if half < 1:
        return points
    before, after = 2 * points[0] - points[half:0:-1], 2 * points[-1] - points[-2 : -half - 2 : -1]
    long = np.concatenate([before, points, after]).astype(np.float64)
    kernel = np.exp(-(np.arange(-half, half + 1) ** 2) / (2 * sigma**2))
    blurred = [np.convolve(long[:, axis], kernel / kernel.sum(), mode="valid") for axis in (0, 1)]
    return np.stack(blurred, axis=1).astype(np.float32)


def noise(count: int, reach: float, rng: np.random.Generator) -> np.ndarray:
    """Smooth random numbers along a line, float64 (count,), about standard normal, alike over `reach` points."""
    knots = rng.normal(size=int(np.ceil(count / max(reach, 1.0))) + 3)
    places = np.linspace(0, len(knots) - 1.001, count)
    near, part = places.astype(int), places % 1
    part = part * part * (3 - 2 * part)
    return knots[near] * (1 - part) + knots[near + 1] * part


def trace(mask: np.ndarray, shortest: float, smooth: float = 5.0) -> list[Curve]:
    """The middle lines of a mask, bool (H, W), as curves in its pixels, cut where they branch; those under `shortest` px go."""
    lines = np.pad(skeleton(mask), 1)
    neighbours = cv2.filter2D(lines.astype(np.uint8), -1, np.ones((3, 3), np.uint8)) - 1
    branching = lines & (neighbours > 2)
    pieces = {(int(y), int(x)) for y, x in np.argwhere(lines & ~branching)}
    near_branching = cv2.dilate(branching.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    found = []
    while pieces:
        path = _walk(pieces)
        fades = tuple(not near_branching[end] for end in (path[0], path[-1]))
        points = np.array(path, np.float32)[:, ::-1] - 1
        if len(path) > 2 and length(points) >= shortest:
            found.append(Curve(resampled(smoothed(points, smooth), 1.0), 1.0, fades))
    return found


def joined(curves: list[Curve], gap: float) -> list[Curve]:
    """Curves whose ends lie within `gap` of each other and point the same way become one, the nearest first."""
    curves = list(curves)
    while (pair := _closest(curves, gap)) is not None:
        first, second = pair
        one, other = curves.pop(max(first[0], second[0])), curves.pop(min(first[0], second[0]))
        ends = (first[1], second[1]) if first[0] > second[0] else (second[1], first[1])
        curves.append(_linked(_turned(one, ends[0] == 0), _turned(other, ends[1] == 1)))
    return curves


def _closest(curves: list[Curve], gap: float) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """Two ends (number of the curve, 0 for its first and 1 for its last point) that belong together; None for none."""
    names = [(number, end) for number in range(len(curves)) for end in (0, 1)]
    if not names:
        return None
    ends = [_end(curves[number].points, end) for number, end in names]
    places, headings = np.array([place for place, _ in ends]), np.array([heading for _, heading in ends])
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    onward = (places[None] - places[:, None]) / np.maximum(apart, 1e-6)[..., None]
    ahead = (headings[:, None] * onward).sum(axis=2)
    straight = (headings @ headings.T < -0.6) & ((apart < 3) | ((ahead > 0.5) & (ahead.T > 0.5)))
    owner = np.array([number for number, _ in names])
    cost = np.where(straight & (owner[:, None] != owner[None]) & (apart <= gap), apart, np.inf)
    best = np.unravel_index(int(cost.argmin()), cost.shape)
    return (names[best[0]], names[best[1]]) if np.isfinite(cost[best]) else None


def _end(points: np.ndarray, end: int) -> tuple[np.ndarray, np.ndarray]:
    """An end of a path and the unit vector in which the path leaves there."""
    points = points if end else points[::-1]
    heading = points[-1] - points[max(0, len(points) - 9)]
    return points[-1], heading / max(float(np.linalg.norm(heading)), 1e-6)


def _turned(curve: Curve, turn: bool) -> Curve:
    return Curve(curve.points[::-1], curve.strength, curve.fades[::-1]) if turn else curve


def _linked(one: Curve, other: Curve) -> Curve:
    points = resampled(np.concatenate([one.points, other.points]), 1.0)
    return Curve(smoothed(points, 3.0), max(one.strength, other.strength), (one.fades[0], other.fades[1]))


def _walk(pieces: set[tuple[int, int]]) -> list[tuple[int, int]]:
    """Take one path out of the set of pixels (y, x): from any pixel to one end, then to the other."""
    start = min(pieces)
    pieces.remove(start)
    halves = []
    for _ in range(2):
        path, here = [], start
        while (after := _next(here, pieces)) is not None:
            pieces.remove(after)
            path.append(after)
            here = after
        halves.append(path)
    return [*halves[0][::-1], start, *halves[1]]


def _next(here: tuple[int, int], pieces: set[tuple[int, int]]) -> tuple[int, int] | None:
    for down, right in _STEPS:
        if (other := (here[0] + down, here[1] + right)) in pieces:
            return other
    return None
