"""Crop, pad and resize, each beside its inverse, so that every result leaves in the caller's own pixels.

A size is always (height, width). A point is (x, y): x counts columns to the right, y rows downwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

Size = tuple[int, int]
Fill = float | Sequence[float]


@dataclass(frozen=True)
class Box:
    """A rectangle of whole pixels; it may reach outside the picture.

    `top` and `left` are the first row and column inside it; height and width are at least one pixel.
    """

    top: int
    left: int
    height: int
    width: int

    def __post_init__(self) -> None:
        if self.height < 1 or self.width < 1:
            raise ValueError(f"a box needs at least 1 x 1 pixels, got height {self.height}, width {self.width}")

    @property
    def bottom(self) -> int:
        """First row below the box."""
        return self.top + self.height

    @property
    def right(self) -> int:
        """First column to the right of the box."""
        return self.left + self.width

    @property
    def size(self) -> Size:
        """(height, width) in pixels."""
        return self.height, self.width

    def grown(self, margin: int) -> Box:
        """The box with `margin` pixels more on each side (fewer if negative)."""
        return Box(self.top - margin, self.left - margin, self.height + 2 * margin, self.width + 2 * margin)

    def scaled(self, scale: float) -> Box:
        """The same part of a picture whose sides are `scale` times as long, rounded to whole pixels."""
        top, left = round(self.top * scale), round(self.left * scale)
        bottom, right = round(self.bottom * scale), round(self.right * scale)
        return Box(top, left, max(1, bottom - top), max(1, right - left))

    def inside(self, size: Size) -> Box:
        """The part of the box that lies on a picture of `size`; ValueError where they don't meet."""
        top, left = max(0, self.top), max(0, self.left)
        bottom, right = min(self.bottom, size[0]), min(self.right, size[1])
        if bottom <= top or right <= left:
            raise ValueError(f"{self} lies wholly outside a picture of {size[0]} x {size[1]} (height x width)")
        return Box(top, left, bottom - top, right - left)


def box_around(points: np.ndarray) -> Box:
    """The smallest box that holds every point of an (N, 2 or more) array of (x, y), N at least one."""
    if points.ndim != 2 or points.shape[0] == 0 or points.shape[1] < 2:
        raise ValueError(f"expected (N, 2) points, at least one of them, got an array of shape {points.shape}")
    left, top = np.floor(points[:, :2].min(axis=0)).astype(int)
    right, bottom = np.floor(points[:, :2].max(axis=0)).astype(int) + 1
    return Box(int(top), int(left), int(bottom - top), int(right - left))


def crop(array: np.ndarray, box: Box, fill: Fill = 0) -> np.ndarray:
    """Cut `box` out of an array.

    Args:
        array: (H, W) or (H, W, C), any dtype.
        box: what to cut; what reaches outside the array becomes `fill`.
        fill: one value, or one for each channel.

    Returns:
        (box.height, box.width[, C]), the array's dtype; a copy, never a view.
    """
    result = _ground(array, box.size, fill)
    meeting = _meeting(box, array.shape[:2])
    if meeting is not None:
        whole, part = meeting
        result[part] = array[whole]
    return result


def crop_view(array: np.ndarray, box: Box) -> np.ndarray:
    """As `crop`, to be read only: where the whole box lies inside the array, nothing is copied."""
    inside = box.top >= 0 and box.left >= 0 and box.bottom <= array.shape[0] and box.right <= array.shape[1]
    return array[box.top : box.bottom, box.left : box.right] if inside else crop(array, box)


def uncrop(array: np.ndarray, box: Box, size: Size, fill: Fill = 0) -> np.ndarray:
    """Lay a crop back where it came from: the inverse of `crop`.

    Args:
        array: (box.height, box.width[, C]), any dtype.
        box: the box that it was cut with.
        size: (H, W) of the whole picture.
        fill: value of everything outside the box.

    Returns:
        (H, W[, C]), the array's dtype. What reached outside the picture is dropped.
    """
    if array.shape[:2] != box.size:
        raise ValueError(f"the crop has size {array.shape[:2]}, its box {box.size}: resize the crop to the box first")
    result = _ground(array, size, fill)
    meeting = _meeting(box, size)
    if meeting is not None:
        whole, part = meeting
        result[whole] = array[part]
    return result


def pad_to_multiple(array: np.ndarray, multiple: int, mode: str = "reflect") -> np.ndarray:
    """Pad the bottom and the right until both sides divide by `multiple`; `unpad` is the inverse.

    Args:
        array: (H, W) or (H, W, C), any dtype, at least one pixel.
        multiple: 1 or more (32 for an encoder that halves five times).
        mode: of numpy.pad. "reflect" shows a network no hard edge; "constant" pads with zeros.
    """
    if multiple < 1:
        raise ValueError(f"multiple must be 1 or more, got {multiple}")
    height, width = array.shape[:2]
    pads = [(0, -height % multiple), (0, -width % multiple)] + [(0, 0)] * (array.ndim - 2)
    return np.pad(array, pads, mode=mode)


def unpad(array: np.ndarray, size: Size) -> np.ndarray:
    """The first `size` (H, W) pixels of a padded (H', W'[, C]) array: the inverse of `pad_to_multiple`."""
    if array.shape[0] < size[0] or array.shape[1] < size[1]:
        raise ValueError(f"cannot unpad an array of {array.shape[:2]} to {size}: it is smaller than that")
    return array[: size[0], : size[1]]


def resize(array: np.ndarray, size: Size) -> np.ndarray:
    """Resize a picture or a map to `size` (H, W).

    Smaller: the mean of the pixels that fall together (no moire on pores). Larger: cubic for uint8, linear for floats,
    because cubic overshoots and a probability has to stay within 0..1. Each axis is treated by its own direction.

    Args:
        array: (H, W) or (H, W, C), uint8 or float32. A mask goes through `resize_mask`.
    """
    _check_size(size)
    if array.dtype not in (np.uint8, np.float32):
        raise ValueError(f"resize takes uint8 or float32, got {array.dtype}; use resize_mask for masks")
    smaller = (min(size[0], array.shape[0]), min(size[1], array.shape[1]))
    larger = cv2.INTER_CUBIC if array.dtype == np.uint8 else cv2.INTER_LINEAR
    return _resized(_resized(array, smaller, cv2.INTER_AREA), size, larger)


def shrunk(rgb: np.ndarray, longest: int) -> np.ndarray:
    """A photo, uint8 (H, W, 3), whose longer side is `longest` px at most, in a third of the time that `resize` takes.

    For what looks at still fewer pixels: halved as long as that goes, the rest linearly.
    """
    target = scaled_size(rgb.shape[:2], limited_scale(rgb.shape[:2], longest))
    while max(rgb.shape[:2]) >= 2 * longest:
        half = max(1, rgb.shape[1] // 2), max(1, rgb.shape[0] // 2)
        rgb = cv2.resize(rgb, half, interpolation=cv2.INTER_AREA)
    return cv2.resize(rgb, target[::-1], interpolation=cv2.INTER_LINEAR)


def resize_mask(mask: np.ndarray, size: Size) -> np.ndarray:
    """Resize a bool mask or a label map (H, W) to `size` by the nearest pixel; the dtype stays."""
    _check_size(size)
    plain = mask.astype(np.uint8) if mask.dtype == bool else mask
    return _resized(plain, size, cv2.INTER_NEAREST_EXACT).astype(mask.dtype, copy=False)


def resize_lines(mask: np.ndarray, size: Size) -> np.ndarray:
    """Resize a bool mask (H, W) of thin lines to `size`: a pixel counts from a third covered on.

    From half covered on, more lines would vanish. One that is thinner than two thirds of a pixel of `size` can break or
    vanish all the same where it lies across the border of two, as 1 px of a photo 1024 px wide does at 500 px.
    """
    return resize(mask.astype(np.float32), size) >= 1 / 3


def scaled_size(size: Size, scale: float) -> Size:
    """(H, W) times `scale`, rounded, at least one pixel a side."""
    if not scale > 0:
        raise ValueError(f"scale must be above 0, got {scale}")
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def limited_scale(size: Size, longest_side: int) -> float:
    """The scale, 1 at most, that brings the longer side of (H, W) down to `longest_side` pixels."""
    return min(1.0, longest_side / max(size))


def scale_points(points: np.ndarray, scale: float) -> np.ndarray:
    """(N, 2 or more) points on a picture resized by `scale`; the centre of a pixel stays the centre of its area.

    Pixel centres lie at whole numbers, so that x + 1/2 (and not x) is what grows: x' = (x + 1/2) scale - 1/2.
    A third column (a depth in pixels) is only multiplied.
    """
    result = points * np.asarray(scale, dtype=points.dtype if points.dtype.kind == "f" else float)
    result[:, :2] += (scale - 1) / 2
    return result


def _ground(array: np.ndarray, size: Size, fill: Fill) -> np.ndarray:
    """An array of `size` with the channels and dtype of `array`, all `fill`."""
    if array.ndim not in (2, 3):
        raise ValueError(f"expected (H, W) or (H, W, C), got an array of shape {array.shape}")
    result = np.empty((*size, *array.shape[2:]), array.dtype)
    result[...] = fill
    return result


def _meeting(box: Box, size: Size) -> tuple[tuple[slice, slice], tuple[slice, slice]] | None:
    """Where box and picture meet, as slices of the picture and of the box; None where they don't."""
    top, left = max(0, box.top), max(0, box.left)
    bottom, right = min(box.bottom, size[0]), min(box.right, size[1])
    if bottom <= top or right <= left:
        return None
    whole = (slice(top, bottom), slice(left, right))
    part = (slice(top - box.top, bottom - box.top), slice(left - box.left, right - box.left))
    return whole, part


def _resized(array: np.ndarray, size: Size, interpolation: int) -> np.ndarray:
    if array.shape[:2] == tuple(size):
        return array.copy()
    result = cv2.resize(array, (size[1], size[0]), interpolation=interpolation)
    return result.reshape(*size, *array.shape[2:])  # OpenCV drops a last axis of one channel


def _check_size(size: Size) -> None:
    if len(size) != 2 or min(size) < 1:
        raise ValueError(f"size must be (height, width), at least 1 pixel each, got {tuple(size)}")
