"""Semi-automatic ground truth: a rough thick annotation by a person times a texture map gives crisp, graded masks.

Source: Yoon, Kim, Lee, Yoo, "Deep learning-based wrinkle and pore segmentation", Diagnostics 13(11):1894,
2023. The paper thresholds the product and asks for more coherent curves and for round pores; the steps after the
threshold are ours. The plans' figures were chosen on training photos whose human masks were blown up to thick strokes.
All lengths are shares of the face's width, so that a photo of twice the size gives the same mask at twice the size.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import NamedTuple

import cv2
import numpy as np

from wrinkleseg import texture
from wrinkleseg.filters import curvatures
from wrinkleseg.masks import check_mask, remove_specks, skeleton, widths

_FAINTEST = 1 / 255  # what is marked stays above 0 when it is saved with 8 bits
_GRAIN = 0.5  # pixels of a speck, in shortest lines
_REACH = 0.08  # how far around the annotation the maps see, in face widths
_SMALLEST_RIDGE_PX, _SMALLEST_BLUR_PX = 0.7, 0.5  # thinner kernels fall between the pixels


class TruthError(ValueError):
    """No ground truth can be made of this; the message says what came and how to mend it."""


@dataclass(frozen=True)
class WrinklePlan:
    """How a rough annotation of wrinkles becomes lines.

    ridge: sigma at which the texture must form a ridge, so that the edge of a shadow is no line, in face widths.
    smoothing: sigma of the blur that takes grain off the ridges, in face widths.
    window: sigma of the surroundings whose annotated part gives the local mean and spread, in face widths.
    contrast: standard deviations above the local mean from which a ridge is a wrinkle's.
    faintest: height of a ridge, 0..255, below which nothing is a wrinkle, however even its surroundings.
    gap: longest gap between two ends of lines that is closed, in face widths; 0 closes none.
    turn: largest angle between a line's end and the bridge over the gap, in degrees.
    shortest: shorter lines are specks and go, in face widths.
    full: texture, 0..255, that counts as magnitude 1.
    """

    ridge: float = 0.003
    smoothing: float = 0.004
    window: float = 0.03
    contrast: float = 0.7
    faintest: float = 0.5
    gap: float = 0.08
    turn: float = 30.0
    shortest: float = 0.06
    full: float = 64.0

    def __post_init__(self) -> None:
        _check_plan(self, positive=("window", "full"))
        if self.turn > 90:
            raise TruthError(f"turn must lie within 0..90 degrees, got {self.turn}: 30 lets gentle curves through")


@dataclass(frozen=True)
class PorePlan:
    """How a rough annotation of pores becomes spots.

    threshold: texture in grey levels up to which nothing is a pore.
    smallest: least diameter of a pore, of the smallest circle around it, in face widths.
    largest: largest diameter, in face widths.
    roundness: least share of that circle that the pore fills, 0..1.
    full: texture in grey levels that counts as magnitude 1.
    """

    threshold: float = 3.5
    smallest: float = 0.002
    largest: float = 0.012
    roundness: float = 0.3
    full: float = 16.0

    def __post_init__(self) -> None:
        _check_plan(self, positive=("largest", "full"))
        if self.smallest > self.largest:
            raise TruthError(f"smallest ({self.smallest}) must not lie above largest ({self.largest})")
        if self.roundness > 1:
            raise TruthError(f"roundness must lie within 0..1, got {self.roundness}: 1 keeps perfect discs only")


class _End(NamedTuple):
    """An end of a line: where (x, y), unit vector out of the line, its width in pixels, and the line's number."""

    point: np.ndarray
    outward: np.ndarray
    width: float
    line: int


def wrinkle_truth(
    grey: np.ndarray, rough: np.ndarray, face_width: float, plan: WrinklePlan | None = None
) -> np.ndarray:
    """Crisp wrinkles inside a rough annotation, with graded magnitude: float32 (H, W), 0..1, 0 where there is none.

    `> 0` is the binary mask. Texture map, adaptive threshold against the annotated surroundings, gaps closed along the
    lines' own directions, short lines removed.

    Args:
        grey: (H, W) uint8 or float, 0..255.
        rough: bool (H, W), True where a person painted over wrinkles; nothing outside it is ever marked.
        face_width: width of the face in pixels.

    Raises:
        ValueError: arrays of another shape or dtype, of two sizes, or a width that is not above 0.
    """
    plan = plan or WrinklePlan()
    grey, face_width = _checked(grey, rough, face_width)
    result = np.zeros(grey.shape, np.float32)
    if rough.any():
        near = _surroundings(rough, _REACH * face_width)
        result[near] = _wrinkles(np.ascontiguousarray(grey[near]), rough[near], face_width, plan)
    return result


def pore_truth(grey: np.ndarray, rough: np.ndarray, face_width: float, plan: PorePlan | None = None) -> np.ndarray:
    """Crisp pores inside a rough annotation, with graded magnitude: float32 (H, W), 0..1, 0 where there is none.

    `> 0` is the binary mask. Texture map with its hard threshold, times the annotation; a spot stays where its diameter
    and roundness are a pore's. Arguments and errors as in `wrinkle_truth`.
    """
    plan = plan or PorePlan()
    grey, face_width = _checked(grey, rough, face_width)
    magnitude = texture.pore_texture(grey, face_width, plan.threshold)
    labels, diameter, roundness = _circles((magnitude > 0) & rough)
    fits = (diameter > 0) & (diameter >= plan.smallest * face_width) & (diameter <= plan.largest * face_width)
    return _graded(magnitude, (fits & (roundness >= plan.roundness))[labels], plan.full)


def _wrinkles(grey: np.ndarray, rough: np.ndarray, face_width: float, plan: WrinklePlan) -> np.ndarray:
    magnitude = texture.wrinkle_texture(grey, face_width)
    lines = _above_surroundings(_ridges(magnitude, face_width, plan), rough, face_width, plan)
    # Grain would offer ends that no line has.
    lines = remove_specks(lines, _GRAIN * plan.shortest * face_width)
    whole = _bridged(lines, rough, face_width, plan)
    # A bridge is as strong as the lines that it joins: in the gap itself there is no texture.
    nearby, _ = texture.local_mean(magnitude, lines, max(1.0, plan.gap * face_width / 2))
    magnitude = np.where(whole & ~lines, nearby, magnitude)
    return _graded(magnitude, _without_short(whole, plan.shortest * face_width), plan.full)


def _surroundings(rough: np.ndarray, reach: float) -> tuple[slice, slice]:
    """The smallest rectangle that holds the annotation and `reach` px around it: a person paints a part of a photo."""
    sides = []
    for axis in (1, 0):
        painted = np.flatnonzero(rough.any(axis=axis))
        sides.append(slice(max(0, painted[0] - int(reach)), painted[-1] + int(reach) + 1))
    return sides[0], sides[1]


def _ridges(magnitude: np.ndarray, face_width: float, plan: WrinklePlan) -> np.ndarray:
    """Height of the texture's ridges, float32 (H, W): curvature across, where it is stronger than that along."""
    sigma = max(_SMALLEST_RIDGE_PX, plan.ridge * face_width)
    across, along = curvatures(-magnitude, sigma)
    height = np.where(across > np.abs(along), sigma**2 * across, np.float32(0.0))
    blur = max(_SMALLEST_BLUR_PX, plan.smoothing * face_width)
    return cv2.GaussianBlur(height, (0, 0), blur, borderType=cv2.BORDER_REFLECT)


def _above_surroundings(ridges: np.ndarray, rough: np.ndarray, face_width: float, plan: WrinklePlan) -> np.ndarray:
    """Where the ridges inside the annotation are above the local mean by so many local standard deviations: bool."""
    mean, _ = texture.local_mean(ridges, rough, plan.window * face_width)
    square, _ = texture.local_mean(ridges**2, rough, plan.window * face_width)
    spread = np.sqrt(np.maximum(square - mean**2, 0.0))
    return rough & (ridges > np.maximum(mean + plan.contrast * spread, plan.faintest))


def _without_short(lines: np.ndarray, shortest: float) -> np.ndarray:
    """The lines whose box has a diagonal of `shortest` px or more."""
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(lines.astype(np.uint8), connectivity=8)
    long = np.hypot(boxes[:, cv2.CC_STAT_WIDTH], boxes[:, cv2.CC_STAT_HEIGHT]) >= shortest
    long[0] = False  # label 0 is the ground
    return long[labels]


def _bridged(lines: np.ndarray, rough: np.ndarray, face_width: float, plan: WrinklePlan) -> np.ndarray:
    """The lines, with ends that look at one another joined by a stroke of their width, inside the annotation.

    Shortest gaps come first, and each end is joined once.
    """
    ends = _ends(lines, plan.gap * face_width)
    joined = lines.astype(np.uint8)
    taken: set[int] = set()
    for _, a, b in sorted(_facing(ends, plan.gap * face_width, plan.turn)):
        if a in taken or b in taken or not _runs_inside(ends[a].point, ends[b].point, rough):
            continue
        taken |= {a, b}
        thickness = max(1, round((ends[a].width + ends[b].width) / 2))
        cv2.line(joined, ends[a].point.tolist(), ends[b].point.tolist(), 1, thickness)
    return (joined > 0) & rough


def _ends(lines: np.ndarray, reach: float) -> list[_End]:
    """Every end of a centreline; its direction is that of the last `reach` px of the line."""
    centreline = skeleton(lines)
    _, labels = cv2.connectedComponents(lines.astype(np.uint8), connectivity=8)
    width = widths(lines, centreline)
    neighbours = cv2.filter2D(
        centreline.astype(np.uint8), -1, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_CONSTANT
    )
    half = max(2, round(reach / 2))
    found = [_end(point, centreline, width, labels, half) for point in np.argwhere(centreline & (neighbours == 2))]
    return [end for end in found if end is not None]


def _end(place: np.ndarray, centreline: np.ndarray, width: np.ndarray, labels: np.ndarray, half: int) -> _End | None:
    """The end at (row, column) `place`, judged by what is joined to it within `half` px; None where that is a dot."""
    first = np.maximum(place - half, 0)
    near = slice(first[0], place[0] + half + 1), slice(first[1], place[1] + half + 1)
    _, pieces = cv2.connectedComponents(centreline[near].astype(np.uint8), connectivity=8)
    own = pieces == pieces[tuple(place - first)]
    back = (place - first - np.argwhere(own).mean(axis=0))[::-1]
    size = float(np.hypot(*back))
    return _End(place[::-1], back / size, float(width[near][own].mean()), int(labels[tuple(place)])) if size else None


def _facing(ends: list[_End], gap: float, turn: float) -> list[tuple[float, int, int]]:
    """(distance in px, one, other) of ends of two lines, at most `gap` px apart, each within `turn` of the other."""
    if not ends:
        return []
    points, outward = np.array([end.point for end in ends]), np.array([end.outward for end in ends])
    lines, least, found = np.array([end.line for end in ends]), np.cos(np.radians(turn)), []
    for one, end in enumerate(ends):
        across = points[one + 1 :] - end.point
        distance = np.hypot(*across.T)
        straight = (across @ end.outward >= least * distance) & (
            -(across * outward[one + 1 :]).sum(1) >= least * distance
        )
        fits = (distance <= gap) & straight & (lines[one + 1 :] != end.line)
        found += [(float(distance[other]), one, one + 1 + int(other)) for other in np.flatnonzero(fits)]
    return found


def _runs_inside(start: np.ndarray, stop: np.ndarray, rough: np.ndarray) -> bool:
    """Whether the straight way between two points (x, y) never leaves the annotation."""
    number = int(np.abs(stop - start).max()) + 1
    x, y = np.rint(np.linspace(start, stop, number)).astype(int).T
    return bool(rough[y, x].all())


def _circles(spots: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Label map, and by label the diameter in pixels of the smallest circle around a spot and the share it fills.

    Both are 0 for the ground and for rings.
    """
    number, labels, stats, _ = cv2.connectedComponentsWithStats(spots.astype(np.uint8), connectivity=8)
    diameter = np.zeros(number)
    borders, kin = cv2.findContours(spots.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    for border, (_, _, hole, outer) in zip(borders, kin[0] if borders else (), strict=True):
        if hole < 0 and outer < 0:  # a ring is the dark seam of a bright spot
            x, y = border[0, 0]
            # Borders run through the middle of pixels: half a pixel is missing on each side.
            diameter[labels[y, x]] = 2 * cv2.minEnclosingCircle(border)[1] + 1
    area = stats[:, cv2.CC_STAT_AREA]
    return labels, diameter, np.divide(4 * area, np.pi * diameter**2, out=np.zeros(number), where=diameter > 0)


def _graded(magnitude: np.ndarray, mask: np.ndarray, full: float) -> np.ndarray:
    return np.where(mask, np.clip(magnitude / full, _FAINTEST, 1.0), 0.0).astype(np.float32)


def _checked(grey: np.ndarray, rough: np.ndarray, face_width: float) -> tuple[np.ndarray, float]:
    grey, face_width = texture.as_grey(grey), texture.checked_width(face_width)
    check_mask(rough)
    if rough.shape != grey.shape:
        raise TruthError(f"the annotation is {rough.shape}, the photo {grey.shape}: paint it at the photo's own size")
    return grey, face_width


def _check_plan(plan: WrinklePlan | PorePlan, positive: tuple[str, ...]) -> None:
    for name in (field.name for field in fields(plan)):
        value = getattr(plan, name)
        if not np.isfinite(value) or value < 0 or (name in positive and value == 0):
            bound = "above 0" if name in positive else "0 or more"
            raise TruthError(f"{name} must be {bound}, got {value}")
