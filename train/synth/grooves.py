"""Wrinkles as shaded grooves, laid into a photo with their exact mask.

A groove darkens what lies in it (light from all around reaches its floor less), more in blue and green than in red, as
skin does; of its two walls the one turned to the light is brighter, the other darker. All of it multiplies the photo,
so that the skin's own texture and tone stay.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from train.synth.anatomy import anatomical
from train.synth.curves import Curve, length, noise, resampled, smoothed
from train.synth.plan import Synth, SynthError
from train.synth.shapes import Shapes
from wrinkleseg.face import Face, Regions
from wrinkleseg.zones import NAMES

# Change of each channel where luminance changes by 1. Measured on annotated wrinkles: 0.61, 1.13 and 1.36 for red, green
# and blue; part of that is the warm light of those photos, so that less of it is taken here.
DARK_TINT = np.array([0.79, 1.07, 1.17], np.float32)
BRIGHT_TINT = np.array([0.9, 1.03, 1.08], np.float32)
# Depth and width by zone, over the usual ones; with them the measured spreads of real and drawn lines agree.
ZONE_STYLE = {
    "forehead": (0.8, 1.0),
    "cheek": (0.8, 1.0),
    "nasolabial": (1.6, 1.6),
    "nose": (1.1, 1.2),
    "marionette": (1.1, 1.2),
    "under_eye": (1.15, 0.9),
    "crows_feet": (1.05, 0.95),
}
_GROWN = 0.16  # of the face's width: a wrinkle of that length is fully deep
_STEP = 0.6  # px between the points of a drawn line
_FOLD_SHARE, _FOLD_WIDTH = 0.28, 3.2  # the soft hollow around a groove: share of its depth, width in the groove's
_WALLS = (
    (0.65, 1.5),
    (0.45, 4.0),
)  # strength and place, in the groove's standard deviations, of its walls and shoulders
_RIM = 0.008  # of the face's width: within it the change fades out towards the end of the skin


@dataclass(frozen=True)
class Groove:
    """A wrinkle as drawn: points (N, 2), px; depth (N,), log grey; width (N,), standard deviation of its profile,
    px; slope, the walls' strength as a share of the depth."""

    points: np.ndarray
    depth: np.ndarray
    width: np.ndarray
    slope: float


@dataclass(frozen=True)
class Relief:
    """What grooves do to a picture: change of log luminance, float32 (H, W), and share of each pixel that their lines
    cover, float32 (H, W), 0..1."""

    change: np.ndarray
    cover: np.ndarray


def wrinkled(
    rgb: np.ndarray, face: Face, regions: Regions, rng: np.random.Generator, plan: Synth, shapes: Shapes | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The photo with synthetic wrinkles on its wrinkle skin, and their mask.

    rgb: uint8 (H, W, 3), the photo that face and regions came from. Returns uint8 (H, W, 3) and uint8 (H, W), 0..255:
    the share of a pixel that lines of `plan.drawn_width` cover. The same state of rng gives the same bits.
    Raises SynthError where the photo has another size than the face's.
    """
    check(rgb, face)
    curves = _curves(face, rng, plan, shapes)
    grooves = [_groove(curve, face, regions, severity, rng, plan) for severity, curve in _severe(curves, rng)]
    relief = render(grooves, face.size, _light(plan, rng), plan.drawn_width * face.width, plan.faintest)
    return laid_in(rgb, relief, _fading(regions.wrinkle_skin, face.width))


def check(rgb: np.ndarray, face: Face) -> None:
    if rgb.dtype != np.uint8 or rgb.shape != (*face.size, 3):
        raise SynthError(
            f"The photo is {rgb.dtype} {rgb.shape}: give the uint8 RGB photo of {face.size} px that the face was found on."
        )


def render(
    grooves: list[Groove], size: tuple[int, int], light: tuple[float, float], line: float, faintest: float
) -> Relief:
    """Grooves lit from `light`, a unit vector (x to the right, y down) towards the light; lines `line` px wide."""
    hollow, walls, cover = (np.zeros(size, np.float32) for _ in range(3))
    for groove in grooves:
        window = _window(groove, size, line)
        if window is None:
            continue
        near, across, away = _nearest(groove.points, window)
        depth, width, normal = groove.depth[near], groove.width[near], _normals(groove.points)[near]
        away_from_line = np.hypot(across, away)
        part = depth * _profile(away_from_line / width)
        np.maximum(hollow[window], part, out=hollow[window])
        towards = normal @ np.array(light, np.float32) * across
        walls[window] -= depth * groove.slope * _slope(towards, away_from_line, width)
        drawn = np.clip(line / 2 - away_from_line + 0.5, 0, 1) * (depth > faintest)
        np.maximum(cover[window], drawn, out=cover[window])
    return Relief(walls - hollow, cover)


def laid_in(rgb: np.ndarray, relief: Relief, skin: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The photo changed by the relief, and the mask, where skin, float32 (H, W) 0..1, lets it."""
    change = relief.change * skin
    touched = change != 0
    part = change[touched][:, None]
    drawn = rgb.copy()
    factor = np.exp(np.minimum(part, 0) * DARK_TINT + np.maximum(part, 0) * BRIGHT_TINT)
    drawn[touched] = np.clip(np.rint(rgb[touched] * factor), 0, 255).astype(np.uint8)
    return drawn, np.rint(relief.cover * (skin > 0.5) * 255).astype(np.uint8)


def _curves(face: Face, rng: np.random.Generator, plan: Synth, shapes: Shapes | None) -> list[Curve]:
    if shapes is None or rng.random() >= plan.from_shapes:
        return anatomical(face, rng)
    return shapes.curves(int(rng.integers(len(shapes))), face)


def _severe(curves: list[Curve], rng: np.random.Generator) -> list[tuple[float, Curve]]:
    severity = float(np.exp(rng.normal(0, 0.3)))
    return [(severity, curve) for curve in curves if len(curve.points) > 1]


def _groove(
    curve: Curve, face: Face, regions: Regions, severity: float, rng: np.random.Generator, plan: Synth
) -> Groove:
    points = _wobbled(resampled(curve.points, _STEP), face.width, rng)
    deeper, wider = _style(points, regions)
    # A short wrinkle is a young one: shallow and thin.
    grown = min(1.0, length(points) / (_GROWN * face.width))
    depth = plan.usual_depth * severity * deeper * grown * curve.strength * np.exp(rng.normal(0, 0.3))
    depth = float(np.clip(depth, *plan.depth))
    share = np.clip(np.log(depth / plan.depth[0]) / np.log(plan.depth[1] / plan.depth[0] + 1e-6), 0, 1)
    wider = 1 + (wider - 1) * grown
    width = wider * plan.groove[0] + wider * (plan.groove[1] - plan.groove[0]) * (0.6 * share + 0.4 * rng.random())
    along = _along(points, curve.fades, face.width, rng)
    # Where a wrinkle grows shallow it grows thin as well.
    widths = width * face.width * (0.5 + 0.5 * np.minimum(along, 1))
    return Groove(points, (depth * along).astype(np.float32), widths.astype(np.float32), rng.uniform(*plan.slope))


def _style(points: np.ndarray, regions: Regions) -> tuple[float, float]:
    """Depth and width of a line by the zone of its middle."""
    x, y = points[len(points) // 2].round().astype(int)
    height, width = regions.wrinkle_skin.shape
    if not (0 <= x < width and 0 <= y < height):
        return 1.0, 1.0
    here = (name for name in NAMES if regions.zones[name][y, x])
    return ZONE_STYLE.get(next(here, "").removesuffix("_left").removesuffix("_right"), (1.0, 1.0))


def _wobbled(points: np.ndarray, face_width: float, rng: np.random.Generator) -> np.ndarray:
    reach = 0.04 * face_width / _STEP
    sway = 0.0014 * face_width * noise(len(points), reach, rng)
    moved = points + _normals(points) * sway[:, None]
    return smoothed(moved.astype(np.float32), max(1.0, 0.15 * reach))


def _along(points: np.ndarray, fades: tuple[bool, bool], face_width: float, rng: np.random.Generator) -> np.ndarray:
    """Depth along the line as a share, (N,): uneven, now and then nearly broken, shallow towards its ends."""
    count = len(points)
    share = np.clip(1 + 0.2 * noise(count, 0.08 * face_width / _STEP, rng), 0.3, 1.5)
    if rng.random() < 0.2:
        place, reach = rng.uniform(0.2, 0.8) * count, 0.012 * face_width / _STEP
        share *= 1 - rng.uniform(0.5, 1.0) * np.exp(-0.5 * ((np.arange(count) - place) / reach) ** 2)
    taper = max(1.0, min(0.45 * length(points), rng.uniform(0.06, 0.16) * face_width) / _STEP)
    for fade, distance in zip(fades, (np.arange(count), np.arange(count)[::-1]), strict=True):
        if fade:
            share *= np.sin(np.pi / 2 * np.clip((distance + 0.5) / taper, 0, 1))
    return share


def _light(plan: Synth, rng: np.random.Generator) -> tuple[float, float]:
    angle = rng.normal(90, 40) if plan.light is None else plan.light
    return float(np.cos(np.deg2rad(angle))), float(-np.sin(np.deg2rad(angle)))


def _fading(skin: np.ndarray, face_width: float) -> np.ndarray:
    """1 well inside the skin, falling to 0 at its edge and outside: float32 (H, W)."""
    inside = cv2.distanceTransform(skin.astype(np.uint8), cv2.DIST_L2, 5)
    return np.clip(inside / max(1.0, _RIM * face_width), 0, 1).astype(np.float32)


def _window(groove: Groove, size: tuple[int, int], line: float) -> tuple[slice, slice] | None:
    margin = int(np.ceil(max(13.0 * float(groove.width.max()), line))) + 2
    left, top = np.floor(groove.points.min(axis=0)).astype(int) - margin
    right, bottom = np.ceil(groove.points.max(axis=0)).astype(int) + margin + 1
    top, left, bottom, right = max(0, top), max(0, left), min(size[0], bottom), min(size[1], right)
    return (slice(top, bottom), slice(left, right)) if bottom > top and right > left else None


def _nearest(points: np.ndarray, window: tuple[slice, slice]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each pixel of the window: number of the nearest point, signed px across the line there, px beyond its end."""
    top, left = window[0].start, window[1].start
    shape = (window[0].stop - top, window[1].stop - left)
    local = points - np.array([left, top], np.float32)
    columns, rows = np.clip(np.rint(local).astype(int), 0, (shape[1] - 1, shape[0] - 1)).T
    free = np.ones(shape, np.uint8)
    free[rows, columns] = 0
    _, labels = cv2.distanceTransformWithLabels(free, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    of_label = np.zeros(int(labels.max()) + 1, int)
    of_label[labels[rows, columns]] = np.arange(len(points))
    near = of_label[labels]
    y, x = np.indices(shape, np.float32)
    off = np.stack([x, y], axis=-1) - local[near]
    normal = _normals(points)[near]
    along = np.abs(off[..., 0] * normal[..., 1] - off[..., 1] * normal[..., 0])
    return near, (off * normal).sum(axis=-1), np.maximum(along - 1.0, 0)


def _normals(points: np.ndarray) -> np.ndarray:
    """Unit vectors across the line at each point, float32 (N, 2)."""
    ahead = np.gradient(points.astype(np.float64), axis=0)
    ahead /= np.maximum(np.linalg.norm(ahead, axis=1, keepdims=True), 1e-6)
    return np.stack([-ahead[:, 1], ahead[:, 0]], axis=1).astype(np.float32)


def _profile(distance: np.ndarray) -> np.ndarray:
    """Darkness over distance in the groove's standard deviations: a narrow groove in a wide soft hollow; 1 at 0."""
    fold = np.exp(-0.5 * (distance / _FOLD_WIDTH) ** 2)
    return (1 - _FOLD_SHARE) * np.exp(-0.5 * distance**2) + _FOLD_SHARE * fold


def _slope(towards: np.ndarray, distance: np.ndarray, width: np.ndarray) -> np.ndarray:
    """Shading of the walls, about -1..1: positive on the side of the light, whose wall is turned away from it."""
    total = np.zeros_like(distance)
    for strength, place in _WALLS:
        reach = place * width
        total += strength * towards / reach * np.exp(0.5 - 0.5 * (distance / reach) ** 2)
    return total
