"""The only door for pictures: every photo comes in through `load`, every picture leaves through `save_png` or `png_bytes`.

What comes in is an upright uint8 RGB array and nothing else: place, time and camera never get past this door. What
goes wrong is a `PictureError` that says what came, what was expected and how to mend it.

No setting of Pillow's is changed here (not MAX_IMAGE_PIXELS, not LOAD_TRUNCATED_IMAGES, no opener is registered), and
nothing is kept between calls, so `load` may run in several threads of a server at once.
"""

from __future__ import annotations

import io
import os
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from wrinkleseg.images.files import (
    EXPECTED,
    MAX_BYTES,
    PICTURE_KINDS,
    PictureError,
    Source,
    file_kind,
    read,
    refusal,
    size_words,
)
from wrinkleseg.images.pixels import GROUND, TRANSPARENT, decoded

__all__ = [
    "EXPECTED",
    "GROUND",
    "MAX_BYTES",
    "Picture",
    "PictureError",
    "file_kind",
    "load",
    "load_mask",
    "load_rgb",
    "png_bytes",
    "save_png",
]


MOST_BETWEEN = 0.25
"""Largest share of a mask that is neither dark nor bright: soft edges of strokes and what JPEG makes of them are little."""


@dataclass(frozen=True)
class Picture:
    """A photo as the rest of the library takes it.

    Attributes:
        rgb: uint8 (H, W, 3), upright, sRGB, nothing transparent.
        notes: what was done to it that its owner should know, a sentence each ("animated: first of 12 frames used").
        format: "JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "HEIF" or "AVIF", from the content, not from the name.
    """

    rgb: np.ndarray
    notes: tuple[str, ...]
    format: str


def load(source: Source) -> Picture:
    """Read a photo.

    Turned upright by its EXIF orientation, converted to sRGB by its colour profile, scaled to 8 bits, laid on `GROUND`
    where transparent. Of several frames or pages the first is used. Sizes are checked before anything is decoded.

    Args:
        source: a path, the bytes of a file, or an open binary file (rewound first where it can be, left open).

    Raises:
        PictureError: missing, empty, too large, too small, damaged, or not a picture.
    """
    return _picture(*read(source))


def load_rgb(source: Source) -> np.ndarray:
    """The photo alone, as `load` reads it: uint8 (H, W, 3)."""
    return load(source).rgb


def load_mask(source: Source) -> np.ndarray:
    """A mask that was saved as a picture: bool (H, W), True above 127, or above 0 where only 0 and 1 occur.

    Raises:
        PictureError: as `load`; or nobody knows what is meant to be marked: parts are transparent, the brightest value
            is 2 to 127, as in masks that number classes, or much is neither dark nor bright, as in a photo.
    """
    name, data = read(source)
    picture = _picture(name, data)
    grey = picture.rgb.max(axis=2)
    if reason := _no_mask(picture, grey):
        raise PictureError(
            f"{name!r} cannot be used as a mask: {reason}. Expected white on black. "
            "Save what is to be marked as 255 and all else as 0, without transparency."
        )
    return grey > (0 if grey.max() <= 1 else 127)


def _no_mask(picture: Picture, grey: np.ndarray) -> str:
    """Why it can't be told what is marked in a picture with these levels, uint8 (H, W); "" where it can."""
    if TRANSPARENT in picture.notes:
        return "it has transparent parts"
    if 1 < grey.max() <= 127:
        return f"its brightest value is {grey.max()}"
    between = float(((grey > 32) & (grey < 224)).mean())
    if between > MOST_BETWEEN:
        return f"{100 * between:.0f}% of it is neither dark nor bright, as in a photo"
    return ""


def _picture(name: str, data: bytes) -> Picture:
    kind = file_kind(data)
    if kind not in PICTURE_KINDS:
        raise refusal(name, f"it is a {kind} ({size_words(len(data))})" if data else "it is empty (0 bytes)")
    rgb, notes = decoded(name, data, kind)
    return Picture(rgb, tuple(notes), kind)


def save_png(path: str | os.PathLike, array: np.ndarray) -> None:
    """Write `png_bytes` to a file. The folder must exist."""
    data = png_bytes(array)
    Path(path).write_bytes(data)


def png_bytes(array: np.ndarray) -> bytes:
    """The PNG file of a uint8 (H, W) grey or (H, W, 3) RGB array: the pixels only, no metadata.

    Compressed by run lengths: photos take 2 to 8% more room than at zlib's usual level, masks less, and a fifth of the time.

    Raises:
        ValueError: another shape or dtype, or no pixels.
    """
    shape_fits = array.ndim == 2 or (array.ndim == 3 and array.shape[2] == 3)
    if array.dtype != np.uint8 or not shape_fits or array.size == 0:
        raise ValueError(
            f"a PNG takes uint8 (H, W) or (H, W, 3), got {array.dtype} {array.shape}; "
            "a bool mask is saved as `mask.astype(np.uint8) * 255`"
        )
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(array)).save(file, "PNG", compress_type=zlib.Z_RLE)
    return file.getvalue()
