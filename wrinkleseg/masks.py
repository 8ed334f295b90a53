"""From a probability map to a mask, and from a mask to what can be counted: centreline, length, width, number.

Masks are bool (H, W). Pixels that touch by a side or a corner belong together (8-connected).
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

MOST_MARKED = 0.5
"""No mask of wrinkles or pores marks more of a photo: black and white are swapped, or it is another picture."""


def binarise(probability: np.ndarray, threshold: float) -> np.ndarray:
    """True where the probability lies above the threshold (strictly, so that 0 outside the skin is never marked).

    Args:
        probability: float (H, W), 0..1.
        threshold: 0..1.
    """
    if probability.ndim != 2:
        raise ValueError(f"expected a probability map of shape (H, W), got {probability.shape}")
    if not 0 <= threshold <= 1:
        raise ValueError(f"the threshold must lie within 0..1, got {threshold}")
    return probability > threshold


def skeleton(mask: np.ndarray) -> np.ndarray:
    """Centreline of a mask, one pixel wide: bool (H, W), always a part of the mask.

    Guo and Hall, "Parallel thinning with two-subiteration algorithms" (1989), in OpenCV's version, and not the better
    known rule of Zhang and Suen (1984): that one erases 2 x 2 blocks and slanting lines of an even width altogether,
    and a nasolabial fold is such a line. The outermost rows and columns are thinned too. Only pixels whose neighbours
    changed are looked at again, which makes it several times faster than OpenCV's.
    """
    check_mask(mask)
    result = np.zeros_like(mask)
    if mask.any():
        inner = bounds(mask)
        result[inner] = _thin(np.pad(mask[inner], 1))[1:-1, 1:-1]
    return result


def remove_specks(mask: np.ndarray, min_area: float) -> np.ndarray:
    """The mask without the objects of fewer than `min_area` pixels."""
    check_mask(mask)
    _, labels, stats, _ = _objects(mask)
    keep = stats[:, cv2.CC_STAT_AREA] >= min_area
    keep[0] = False
    return keep[labels]


def without_specks(probability: np.ndarray, side: int) -> np.ndarray:
    """A map that marks no speck at any threshold: of its spots only those are left that hold a square of `side` px.

    Their outline stays, up to a pixel beyond the squares that fit in. A grey opening by the square, grown by one pixel
    inside the map: the first step of an opening by reconstruction (Vincent, 1993).

    Args:
        probability: float32 (H, W), 0..1.
        side: 1 or more; 1 changes nothing.

    Returns:
        float32 (H, W), nowhere above `probability`.
    """
    if probability.ndim != 2 or side < 1:
        raise ValueError(f"expected a map of shape (H, W) and a side of 1 px or more, got {probability.shape}, {side}")
    if side == 1:
        return probability
    square = np.ones((side, side), np.uint8)
    # A square of an even side has no middle pixel: what shrinks to its first corner grows from its last one.
    held = cv2.erode(probability, square, anchor=(0, 0), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    opened = cv2.dilate(held, square, anchor=(side - 1, side - 1))
    return np.minimum(cv2.dilate(opened, np.ones((3, 3), np.uint8)), probability)


def crisp(probability: np.ndarray, radius: int, flank: float = 0.55) -> np.ndarray:
    """A map of lines with steep sides: what is low beside a crest is no part of its line, wherever the threshold lies.

    A network that is unsure where a line runs draws a broad hill: a low threshold marks hills too broadly, a high one
    loses the faint ones. Here each pixel that is lower than the share `flank` of the highest within `radius` sinks, by
    its own share of it; the others stay as they are. A soft form of the suppression of non-maxima (Canny, 1986).

    Args:
        probability: float32 (H, W), 0..1.
        radius: px, 0 or more, of the square looked at; 0 changes nothing.
        flank: share of the highest probability near, 0..1; 0 changes nothing.

    Returns:
        float32 (H, W), 0..1, nowhere above `probability`.
    """
    if probability.ndim != 2 or radius < 0:
        raise ValueError(
            f"expected a map of shape (H, W) and a radius of 0 px or more, got {probability.shape}, {radius}"
        )
    if not 0 <= flank <= 1:
        raise ValueError(f"flank must lie within 0..1, got {flank}")
    crest = cv2.dilate(probability, np.ones((2 * radius + 1, 2 * radius + 1), np.uint8))
    low = probability < np.float32(flank) * crest
    sunk = probability * probability / np.maximum(crest, np.finfo(np.float32).tiny)
    return cv2.copyTo(sunk, low.view(np.uint8), probability.copy())  # ten times as fast as numpy's own choice by a mask


def length(skeleton: np.ndarray) -> float:
    """Length of a centreline in pixels: 1 for each straight step, sqrt(2) for each diagonal one.

    A diagonal step counts only where no pixel beside it already joins the two ends, so that no corner is counted
    twice. n pixels in a row are n - 1 steps; a single pixel has length 0. Lines along the rows, the columns and the
    diagonals come out exact; a line between them comes out up to 8% too long, as with every chain of pixels.
    """
    return float(steps(skeleton).sum(dtype=float))


def steps(skeleton: np.ndarray) -> np.ndarray:
    """Length in pixels that each pixel of a centreline stands for, float32 (H, W): half of every step from or to it."""
    check_mask(skeleton)
    s, result = skeleton, np.zeros(skeleton.shape, np.float32)
    upper, lower, left, right, whole = slice(None, -1), slice(1, None), slice(None, -1), slice(1, None), slice(None)
    a, b, c, d = (s[rows, columns] for rows in (upper, lower) for columns in (left, right))
    _share(result, s[:, :-1] & s[:, 1:], (whole, left), (whole, right), 1)
    _share(result, s[:-1] & s[1:], (upper, whole), (lower, whole), 1)
    _share(result, a & d & ~b & ~c, (upper, left), (lower, right), np.sqrt(2))
    _share(result, b & c & ~a & ~d, (upper, right), (lower, left), np.sqrt(2))
    return result


def mean_width(mask: np.ndarray, skeleton: np.ndarray) -> float:
    """Mean of `widths` along the centreline, in pixels; 0.0 for an empty mask."""
    found = widths(mask, skeleton)
    on_line = skeleton & mask
    return float(found[on_line].mean(dtype=float)) if on_line.any() else 0.0


def widths(mask: np.ndarray, skeleton: np.ndarray) -> np.ndarray:
    """Width of the objects at each pixel of their centreline, in pixels: float32 (H, W), 0 elsewhere.

    From the Euclidean distance d between a centreline pixel and the nearest pixel off the mask: an odd width is
    2 d - 1; an even one has two innermost pixels side by side and is 2 d. Exact for straight and about half a pixel
    off for slanting lines.

    Args:
        mask: bool (H, W).
        skeleton: bool (H, W), the mask's own centreline.
    """
    check_mask(mask)
    check_mask(skeleton)
    if mask.shape != skeleton.shape:
        raise ValueError(f"mask {mask.shape} and skeleton {skeleton.shape} must have one size")
    result = np.zeros(mask.shape, np.float32)
    if not (skeleton & mask).any():
        return result
    inner = bounds(mask)
    distance = cv2.distanceTransform(np.pad(mask[inner], 1).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    line = np.pad((skeleton & mask)[inner], 1)
    beside = cv2.dilate(np.where(line, 0, distance), cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3)))
    result[inner] = np.where(line, 2 * distance - (beside < distance), 0)[1:-1, 1:-1]
    return result


def count(mask: np.ndarray) -> int:
    """Number of separate objects."""
    check_mask(mask)
    return cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)[0] - 1


def centres(mask: np.ndarray) -> np.ndarray:
    """Centre of mass of each object: float64 (N, 2) of (x, y) in pixels, in the order of `areas`."""
    check_mask(mask)
    return _objects(mask)[3][1:]


def areas(mask: np.ndarray) -> np.ndarray:
    """Area of each object in pixels: int (N,), in the order of `centres`."""
    check_mask(mask)
    return _objects(mask)[2][1:, cv2.CC_STAT_AREA].astype(int)


def bounds(mask: np.ndarray) -> tuple[slice, slice]:
    """Rows and columns of the smallest rectangle that holds every True pixel of a mask that is not empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def check_mask(mask: np.ndarray) -> None:
    """ValueError unless `mask` is a bool (H, W) array: 0/255 in uint8 would count wrongly and without a word."""
    if not isinstance(mask, np.ndarray) or mask.ndim != 2 or mask.dtype != bool:
        came = f"{mask.dtype} {mask.shape}" if isinstance(mask, np.ndarray) else type(mask).__name__
        raise ValueError(f"expected a bool mask of shape (H, W), got {came}; use `mask > 0` for a picture of 0 and 255")


def _objects(mask: np.ndarray) -> tuple[int, np.ndarray, np.ndarray, np.ndarray]:
    """Number of labels, label map, stats and centroids; label 0 is the ground."""
    return cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)


def _thin(mask: np.ndarray) -> np.ndarray:
    """Thin a bool mask whose outermost rows and columns are False.

    Each pixel of the mask carries the code of its eight neighbours: bit k is neighbour k, clockwise from the one above.
    A pixel that stayed is looked at again only where a neighbour went in the last two sub-iterations.
    """
    width, weights = mask.shape[1], np.array([[128, 1, 2], [64, 0, 4], [32, 16, 8]], np.float32)
    around = np.array([-width, 1 - width, 1, width + 1, width, width - 1, -1, -1 - width])
    thin, ones = mask.ravel().copy(), mask.astype(np.uint8)
    code = (cv2.filter2D(ones, cv2.CV_8U, weights, borderType=cv2.BORDER_CONSTANT) * ones).ravel()
    place = np.zeros(mask.size, np.int32)
    rim = np.flatnonzero((code > 0) & (code < 255))
    before, latest, turn = rim[:0], rim, 0
    while len(before) or len(latest):
        looked_at = np.concatenate([before, latest])
        gone = _once(looked_at[_erasable()[turn][code[looked_at]]], place)
        thin[gone], code[gone] = False, 0
        neighbours = gone + around[:, None]
        for k, neighbour in enumerate(neighbours):
            code[neighbour] &= ~np.uint8(1 << (k + 4) % 8)
        before, latest, turn = latest, neighbours[code[neighbours] > 0], 1 - turn
    return thin.reshape(mask.shape)


def _once(items: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Each item once, int (N,), faster than np.unique; `place` is room for an int at each possible item."""
    number = np.arange(len(items))
    place[items] = number
    return items[place[items] == number]


@cache
def _erasable() -> tuple[np.ndarray, np.ndarray]:
    """Guo and Hall's rule for their two sub-iterations: which codes of neighbours let a pixel go, bool (256,) each."""
    n, ne, e, se, s, sw, w, nw = ((np.arange(256) >> k & 1).astype(bool) for k in range(8))
    runs = sum(map(np.int32, (~n & (ne | e), ~e & (se | s), ~s & (sw | w), ~w & (nw | n))))
    pairs = sum(map(np.int32, (nw | n, ne | e, se | s, sw | w)))
    other_pairs = sum(map(np.int32, (n | ne, e | se, s | sw, w | nw)))
    few = np.minimum(pairs, other_pairs)
    spare = (runs == 1) & (few >= 2) & (few <= 3)
    return spare & ~((s | sw | ~nw) & w), spare & ~((n | ne | ~se) & e)


def _share(total: np.ndarray, step: np.ndarray, start: tuple, stop: tuple, size: float) -> None:
    """Give half of every step of `size` px to the pixel that it starts from, and half to the one that it leads to."""
    half = step * np.float32(size / 2)
    total[start] += half
    total[stop] += half
