"""Pores as small pits, laid into a photo with their exact mask.

Measured on the annotated half face: pores are 1/500 to 1/200 of the face wide, 9000 to a square as wide as the face
between brows, nose and cheek, and 0.03 to 0.13 darker in log grey, with a rim a tenth of that brighter.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from train.synth.grooves import Relief, check, laid_in
from train.synth.plan import Synth
from wrinkleseg.face import Face, Regions
from wrinkleseg.zones import NAMES

# Number and size of pores by zone over those of the cheeks; zones that are not named have half as many.
ZONE_PORES = {
    "nose": (1.4, 1.0),
    "glabella": (1.0, 0.9),
    "forehead": (0.7, 0.85),
    "cheek_left": (1.0, 1.0),
    "cheek_right": (1.0, 1.0),
    "chin": (0.8, 0.95),
}
_ELSEWHERE = (0.5, 0.85)
_SOFT = 0.36  # standard deviation of a pit's profile over its diameter: half as dark at the edge of its outline
_REACH = 1.6  # diameters from a pit's middle within which it changes the picture
_ROUND = (0.75, 1.0)  # shorter over longer axis
_APART = 1.15  # least distance between two pits, in mean diameters


@dataclass(frozen=True)
class Pits:
    """Pores to draw: places (N, 2) of (x, y) px; diameter (N,) px; depth (N,) log grey; squeeze (N,), shorter over
    longer axis; angle (N,) of the longer one, radians."""

    places: np.ndarray
    diameter: np.ndarray
    depth: np.ndarray
    squeeze: np.ndarray
    angle: np.ndarray


def pored(
    rgb: np.ndarray, face: Face, regions: Regions, rng: np.random.Generator, plan: Synth
) -> tuple[np.ndarray, np.ndarray]:
    """The photo with synthetic pores on its pore skin, and their mask.

    Arguments, results and errors as `wrinkled`: uint8 RGB (H, W, 3) and the share of each pixel that pores cover, uint8
    (H, W), 0..255. Only where a face is some 700 px wide are pores wider than three pixels.
    """
    check(rgb, face)
    pits = _scattered(face, regions, rng, plan)
    skin = cv2.erode(regions.pore_skin.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=0)
    return laid_in(rgb, render(pits, face.size, plan.rim), skin.astype(np.float32))


def render(pits: Pits, size: tuple[int, int], rim: float) -> Relief:
    """The pits' change of log luminance and the share of each pixel that their outlines cover, float32 (H, W) each."""
    change, cover = np.zeros(size, np.float32), np.zeros(size, np.float32)
    for number in range(len(pits.places)):
        (x, y), diameter = pits.places[number], pits.diameter[number]
        reach = int(np.ceil(_REACH * diameter)) + 1
        top, left = max(0, round(y) - reach), max(0, round(x) - reach)
        window = slice(top, min(size[0], round(y) + reach + 1)), slice(left, min(size[1], round(x) + reach + 1))
        down, right = np.arange(top, window[0].stop) - y, np.arange(left, window[1].stop) - x
        distance = _squeezed(right[None, :], down[:, None], pits.squeeze[number], pits.angle[number])
        change[window] += pits.depth[number] * _pit(distance / diameter, rim)
        np.maximum(cover[window], np.clip(diameter / 2 - distance + 0.5, 0, 1), out=cover[window])
    return Relief(change, cover)


def _pit(distance: np.ndarray, rim: float) -> np.ndarray:
    """Change of log grey over distance in diameters, for a depth of 1: a dark spot with a faint bright ring."""
    ring = np.exp(-0.5 * ((distance - 0.95) / 0.2) ** 2)
    return rim * ring - np.exp(-0.5 * (distance / _SOFT) ** 2)


def _squeezed(x: np.ndarray, y: np.ndarray, squeeze: float, angle: float) -> np.ndarray:
    """Distance from the middle in a pit's own round coordinates; its area stays that of a disc."""
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    return np.hypot(along * np.sqrt(squeeze), across / np.sqrt(squeeze))


def _scattered(face: Face, regions: Regions, rng: np.random.Generator, plan: Synth) -> Pits:
    number, size = _by_zone(regions)
    number *= _patchy(face.size, face.width, rng) * regions.pore_skin
    wanted = rng.poisson(rng.uniform(*plan.pores) * float(number.sum(dtype=np.float64)) / face.width**2)
    chance = np.cumsum(number.ravel(), dtype=np.float64)
    if wanted == 0 or chance[-1] <= 0:
        return Pits(np.zeros((0, 2)), *(np.zeros(0) for _ in range(4)))
    pixels = np.searchsorted(chance, rng.random(wanted) * chance[-1], side="right")
    places = np.stack([pixels % face.size[1], pixels // face.size[1]], axis=1) + rng.uniform(-0.5, 0.5, (wanted, 2))
    low, high = plan.pore_size
    # Small pores are many, large ones few.
    diameter = np.clip((low + (high - low) * rng.beta(1.2, 2.5, wanted)) * size.ravel()[pixels], low, high) * face.width
    kept = _apart(places, diameter)
    places, diameter = places[kept], diameter[kept]
    return Pits(places, diameter, *_looks(diameter / face.width, rng, plan))


def _looks(share: np.ndarray, rng: np.random.Generator, plan: Synth) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Depth, squeeze and angle of pits whose diameters are shares of the face's width: large ones are deeper."""
    low, high = plan.pore_depth
    grown = (share - plan.pore_size[0]) / max(plan.pore_size[1] - plan.pore_size[0], 1e-9)
    person = rng.uniform(0.6, 1.2)
    depth = np.clip(
        (low + (high - low) * (0.25 + 0.5 * grown)) * person * np.exp(rng.normal(0, 0.3, len(share))), low, high
    )
    return depth, rng.uniform(*_ROUND, len(share)), rng.uniform(0, np.pi, len(share))


def _by_zone(regions: Regions) -> tuple[np.ndarray, np.ndarray]:
    """Number and size of pores at each pixel over those of the cheeks, float32 (H, W) each."""
    number, size = (np.full(regions.pore_skin.shape, value, np.float32) for value in _ELSEWHERE)
    for name in NAMES:
        if name in ZONE_PORES:
            number[regions.zones[name]], size[regions.zones[name]] = ZONE_PORES[name]
    return number, size


def _patchy(size: tuple[int, int], face_width: float, rng: np.random.Generator) -> np.ndarray:
    """Smooth random density over the picture, float32 (H, W), 0.2..1.8."""
    coarse = [max(2, int(np.ceil(length / (0.12 * face_width)))) for length in size]
    return cv2.resize(rng.uniform(0.2, 1.8, coarse).astype(np.float32), size[::-1], interpolation=cv2.INTER_LINEAR)


def _apart(places: np.ndarray, diameter: np.ndarray) -> np.ndarray:
    """Which pits to keep, bool (N,), so that no two outlines meet: the later of a pair goes."""
    cell = _APART * float(diameter.max())
    taken: dict[tuple[int, int], list[int]] = {}
    kept = np.zeros(len(places), bool)
    for number, (x, y) in enumerate(places):
        column, row = int(x // cell), int(y // cell)
        near = [other for i in (-1, 0, 1) for j in (-1, 0, 1) for other in taken.get((column + i, row + j), ())]
        least = _APART / 2 * (diameter[near] + diameter[number])
        if not near or (np.hypot(*(places[near] - places[number]).T) >= least).all():
            kept[number] = True
            taken.setdefault((column, row), []).append(number)
    return kept
