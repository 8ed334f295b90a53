"""What is measured on a face, zone by zone: wrinkles as lines, pores as spots, both against the skin that is visible.

Skeleton and connected components are computed once for a photo (`lines`, `spots`); a zone then only sums what it holds.

Definitions, all of them part of `SCORE_VERSION`:

* The *centreline* is the skeleton of the wrinkle mask (`masks.skeleton`). Its length is the sum of its steps, 1 for a
  straight and sqrt(2) for a diagonal one; a step belongs half to each of the two pixels that it joins, so lengths of
  zones that tile the skin add up to the length of the whole.
* *Mean width* is the mean over the centreline's pixels of the line's width there, from the Euclidean distance to the
  line's border (the same rule as `masks.mean_width`, which gives one number for a whole mask).
* A wrinkle counts in a zone where at least `MIN_LENGTH` eye distances of its centreline run inside that zone: a line
  that crosses from one zone to the next counts in both, a speck counts in none. Its area counts everywhere.
* A *pore* is an 8-connected spot of the pore mask, and belongs to the zone that its centre lies in; its size is the
  diameter of the disc of the same area. The share of covered skin is by pixels.
* Lengths are over the inter-eye distance, the distance between the centres of the two eyes, so that photos of
  different resolution can be compared. Nothing is in millimetres: a photo has no scale.
* A zone that shows less than `MIN_SKIN` square eye distances of skin is not visible: its measures are None, not 0.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from wrinkleseg import masks

SCORE_VERSION = "1"
WHOLE = "whole"
MIN_LENGTH = 0.05
"""Shortest centreline that counts as one wrinkle, in inter-eye distances (about 3 mm on an adult)."""
MIN_SKIN = 0.0025
"""Least skin that makes a zone visible, in squared inter-eye distances (a square of 0.05 by 0.05)."""

UNITS = {
    "skin_px": ("Visible skin for wrinkles", "px"),
    "pore_skin_px": ("Visible skin for pores", "px"),
    "wrinkle_area_percent": ("Wrinkle area", "% of visible skin"),
    "wrinkle_length": ("Wrinkle length", "eye distances"),
    "wrinkle_count": ("Wrinkles", "lines"),
    "wrinkle_mean_width_px": ("Mean wrinkle width", "px"),
    "wrinkle_mean_width": ("Mean wrinkle width", "eye distances"),
    "pore_count": ("Pores", "spots"),
    "pore_density_percent": ("Pore area", "% of visible skin"),
    "pore_per_eye_area": ("Pore density", "pores in a square eye distance of skin"),
    "pore_mean_size_px": ("Mean pore diameter", "px"),
    "pore_mean_size": ("Mean pore diameter", "eye distances"),
}
"""Field of `Measures` -> (what to call it, its unit), in the order in which results are shown."""


@dataclass(frozen=True)
class Measures:
    """Measures of one zone. None: the method lacks the task, the zone is not visible, there is nothing to average."""

    skin_px: int
    pore_skin_px: int
    wrinkle_visible: bool
    pore_visible: bool
    wrinkle_area_percent: float | None = None
    wrinkle_length: float | None = None
    wrinkle_count: int | None = None
    wrinkle_mean_width_px: float | None = None
    wrinkle_mean_width: float | None = None
    pore_count: int | None = None
    pore_density_percent: float | None = None
    pore_per_eye_area: float | None = None
    pore_mean_size_px: float | None = None
    pore_mean_size: float | None = None


def written(value: float, form: str) -> str:
    """A figure of at least 0 as people read it: "{:.2f}" gives "0.31", and "< 0.01" for what is there but rounds to nothing."""
    said = form.format(value)
    if value <= 0 or re.search("[1-9]", said):
        return said
    return "< " + re.sub(r"0(?=\D*$)", "1", said)


@dataclass(frozen=True)
class Lines:
    """Every wrinkle of one photo. `pixels` and `centreline` are flat indices into the (H, W) mask."""

    pixels: np.ndarray  # (N,) int: all wrinkle pixels
    centreline: np.ndarray  # (M,) int: pixels of the skeleton
    length: np.ndarray  # (M,) float: length in px that each of them stands for
    width: np.ndarray  # (M,) float: width of the line there, px
    line: np.ndarray  # (M,) int: number of the connected line, from 1


@dataclass(frozen=True)
class Spots:
    """Every pore of one photo. `pixels` and `centres` are flat indices into the (H, W) mask."""

    pixels: np.ndarray  # (N,) int: all pore pixels
    centres: np.ndarray  # (K,) int: the pixel that holds each pore's centre
    diameter: np.ndarray  # (K,) float: diameter in px of the disc of the same area


def measure(
    wrinkle: np.ndarray | None,
    pore: np.ndarray | None,
    wrinkle_skin: np.ndarray,
    pore_skin: np.ndarray,
    zones: Mapping[str, np.ndarray],
    eye_distance: float,
) -> dict[str, Measures]:
    """Measures of the whole face, under "whole", and of every zone, in the order of `zones`.

    All masks are bool (H, W) of one size; `wrinkle` and `pore` count inside their skin only, and are None where the
    method does not look for them. `eye_distance` is in px. Raises ValueError on sizes that differ or no eye distance.
    """
    _check(wrinkle, pore, wrinkle_skin, pore_skin, zones, eye_distance)
    part = _window(wrinkle_skin | pore_skin)
    skins = [np.ascontiguousarray(skin[part]) for skin in (wrinkle_skin, pore_skin)]
    found_lines = None if wrinkle is None else lines(wrinkle[part] & skins[0])
    found_spots = None if pore is None else spots(pore[part] & skins[1])
    whole = np.ones(skins[0].shape, bool)
    found = {WHOLE: _zone(whole, skins, found_lines, found_spots, eye_distance)}
    for name, zone in zones.items():  # one at a time: all of a large photo's zones would take much memory
        found[name] = _zone(np.ascontiguousarray(zone[part]), skins, found_lines, found_spots, eye_distance)
    return found


def lines(mask: np.ndarray) -> Lines:
    """The wrinkles of a bool (H, W) mask: skeleton, its steps and the connected line that each pixel belongs to."""
    skeleton = masks.skeleton(mask)
    _, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    at = np.flatnonzero(skeleton)
    length, width = masks.steps(skeleton), masks.widths(mask, skeleton)
    return Lines(np.flatnonzero(mask), at, length.ravel()[at], width.ravel()[at], labels.ravel()[at])


def spots(mask: np.ndarray) -> Spots:
    """The pores of a bool (H, W) mask: centre and diameter of each 8-connected spot."""
    _, _, stats, centroids = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    x, y = np.rint(centroids[1:]).astype(int).reshape(-1, 2).T
    diameter = np.sqrt(4 * stats[1:, cv2.CC_STAT_AREA] / np.pi)
    return Spots(np.flatnonzero(mask), y * mask.shape[1] + x, diameter)


def _zone(zone, skins, found_lines, found_spots, eye_distance) -> Measures:
    """Measures of one bool (H, W) zone from the photo's lines and spots (None: not looked for)."""
    skin_px, pore_skin_px = (int(np.count_nonzero(zone & skin)) for skin in skins)
    least = MIN_SKIN * eye_distance**2
    wrinkle_visible, pore_visible = skin_px >= max(1, least), pore_skin_px >= max(1, least)
    values = {}
    if found_lines is not None and wrinkle_visible:
        values |= _wrinkles(zone, skin_px, found_lines, eye_distance)
    if found_spots is not None and pore_visible:
        values |= _pores(zone, pore_skin_px, found_spots, eye_distance)
    return Measures(skin_px, pore_skin_px, wrinkle_visible, pore_visible, **values)


def _wrinkles(zone: np.ndarray, skin_px: int, found: Lines, eye_distance: float) -> dict:
    flat = zone.ravel()
    area = int(np.count_nonzero(flat[found.pixels]))
    inside = flat[found.centreline]
    length = float(found.length[inside].sum())
    by_line = np.bincount(found.line[inside], found.length[inside])
    width = float(found.width[inside].mean()) if inside.any() else None
    return {
        "wrinkle_area_percent": 100 * area / skin_px,
        "wrinkle_length": length / eye_distance,
        "wrinkle_count": int(np.count_nonzero(by_line >= MIN_LENGTH * eye_distance)),
        "wrinkle_mean_width_px": width,
        "wrinkle_mean_width": None if width is None else width / eye_distance,
    }


def _pores(zone: np.ndarray, skin_px: int, found: Spots, eye_distance: float) -> dict:
    flat = zone.ravel()
    diameter = found.diameter[flat[found.centres]]
    size = float(diameter.mean()) if diameter.size else None
    return {
        "pore_count": int(diameter.size),
        "pore_density_percent": 100 * int(np.count_nonzero(flat[found.pixels])) / skin_px,
        "pore_per_eye_area": diameter.size * eye_distance**2 / skin_px,
        "pore_mean_size_px": size,
        "pore_mean_size": None if size is None else size / eye_distance,
    }


def _window(skin: np.ndarray) -> tuple[slice, slice]:
    """The part of the picture that holds all skin, often a small part of the photo; one pixel where there is none."""
    left, top, width, height = cv2.boundingRect(skin.astype(np.uint8))
    return slice(top, top + max(1, height)), slice(left, left + max(1, width))


def _check(wrinkle, pore, wrinkle_skin, pore_skin, zones, eye_distance) -> None:
    named = {"wrinkle": wrinkle, "pore": pore, "wrinkle_skin": wrinkle_skin, "pore_skin": pore_skin}
    sizes = {name: mask.shape for name, mask in named.items() if mask is not None}
    sizes |= {name: zone.shape for name, zone in zones.items()}
    if len(set(sizes.values())) != 1:
        raise ValueError(f"all masks must have one size (H, W), got {sizes}")
    if not (np.isfinite(eye_distance) and eye_distance > 0):
        raise ValueError(f"eye distance must be more than 0 px, got {eye_distance}")
