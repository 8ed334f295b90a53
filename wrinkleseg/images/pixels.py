"""From a picture file's bytes to upright pixels in sRGB."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
from PIL import Image, ImageCms

from wrinkleseg.images.files import MAX_PIXELS, MIN_SIDE, PictureError, refusal, size_words

_BAND = 2**22  # pixels
TRANSPARENT = "transparent parts were laid on mid grey"
"""The note on a picture that has some."""
GROUND = (128, 128, 128)
"""Colour under transparent parts: mid grey, which makes no hard edge beside dark or light skin."""
_ORIENTATION, _SUBFILE_TYPE, _DNG_VERSION = 0x0112, 254, 50706  # EXIF and TIFF tags
_EXIF_ERRORS = (OSError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, struct.error)
_TURNS: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: np.rot90(a),
}


def decoded(name: str, data: bytes, kind: str) -> tuple[np.ndarray, list[str]]:
    """Pixels, uint8 (H, W, 3), upright, and what their owner should know. Sizes are checked before anything is decoded.

    kind: one of `files.PICTURE_KINDS`. Raises PictureError.
    """
    with _refusing(name, kind, len(data)), _open(data, kind) as image:
        _check_header(image, name)
        notes = _frames_note(image, kind)
        image.load()
        turn = _turn(image, kind, notes)
        rgb = _rgb(image, notes)
    return np.ascontiguousarray(turn(rgb)), notes


def _open(data: bytes, kind: str) -> Image.Image:
    """Read the header only. Pillow may try no other format than the one that the first bytes tell."""
    if kind != "HEIF":
        return Image.open(io.BytesIO(data), formats=(kind,))
    try:
        from pillow_heif import HeifImageFile
    except ImportError as error:
        raise PictureError("HEIC/HEIF needs the package pillow-heif: install it, or save the photo as JPEG") from error
    return HeifImageFile(io.BytesIO(data))


@contextmanager
def _refusing(name: str, kind: str, size: int) -> Iterator[None]:
    """Turn whatever a decoder raises into a PictureError."""
    try:
        yield
    except PictureError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise refusal(name, "it has too many pixels", "Make the picture smaller.") from error
    except Exception as error:  # decoders fail in a dozen ways: OSError, SyntaxError, struct.error, zlib.error ...
        came = f"it is a {kind} file ({size_words(size)}) that is damaged or incomplete"
        raise refusal(
            name, came, "Copy or download it again, or open it in a photo program and save a copy."
        ) from error


def _check_header(image: Image.Image, name: str) -> None:
    width, height = image.size
    if width * height > MAX_PIXELS:
        came = f"it has {width} x {height} = {width * height / 1e6:.0f} megapixels"
        raise refusal(name, came, "Make the picture smaller.")
    if min(width, height) < MIN_SIDE:
        raise refusal(name, f"it has only {width} x {height} pixels", "Choose a larger picture.")
    tags = getattr(image, "tag_v2", {})
    if _DNG_VERSION in tags or tags.get(_SUBFILE_TYPE, 0) & 1:  # Pillow would show the small preview inside
        raise refusal(name, "it is a raw camera file", "Export it from your photo program as JPEG or TIFF.")


def _frames_note(image: Image.Image, kind: str) -> list[str]:
    """Several frames or pages; not the second picture (depth, gain map) that phones put behind a JPEG."""
    number = getattr(image, "n_frames", 1)
    if number < 2 or kind == "JPEG":
        return []
    if kind == "HEIF":
        return [f"holds {number} pictures: the main one used"]
    return [f"{number} pages: first page used" if kind == "TIFF" else f"animated: first of {number} frames used"]


def _turn(image: Image.Image, kind: str, notes: list[str]) -> Callable[[np.ndarray], np.ndarray]:
    """The function that sets the pixels upright. Only after image.load(): TIFF is turned by then and says so."""
    if kind == "HEIF":  # turned by its own container while it is decoded; its EXIF says the same thing once more
        return lambda array: array
    try:
        orientation = image.getexif().get(_ORIENTATION, 1)
    except _EXIF_ERRORS:  # damaged camera data must not cost the photo
        notes.append("camera data damaged: the photo is shown as it is stored, perhaps on its side")
        orientation = 1
    return _TURNS.get(orientation, lambda array: array)


def _rgb(image: Image.Image, notes: list[str]) -> np.ndarray:
    """uint8 (H, W, 3) of a loaded picture of any mode."""
    colour, alpha = _layers(image, notes)
    colour = _as_srgb(colour, notes)
    if alpha is not None and alpha.getextrema()[0] < 255:
        notes.append(TRANSPARENT)
        colour = Image.composite(colour, Image.new("RGB", colour.size, GROUND), alpha)
    return _pixels(colour)


def _pixels(image: Image.Image) -> np.ndarray:
    """uint8 (H, W, 3) of an RGB picture, band by band: all at once Pillow holds a large one twice more."""
    width, height = image.size
    rgb = np.empty((height, width, 3), np.uint8)
    rows = max(1, _BAND // width)
    for top in range(0, height, rows):
        rgb[top : top + rows] = image.crop((0, top, width, min(top + rows, height)))
    return rgb


def _layers(image: Image.Image, notes: list[str]) -> tuple[Image.Image, Image.Image | None]:
    """Colour with 8 bits a channel, and alpha where there is one."""
    if image.mode == "F" or image.mode.startswith("I"):
        values, hidden = np.asarray(image), image.info.get("transparency")
        notes.append("more than 8 bits: scaled to 8")
        alpha = None if hidden is None else Image.fromarray(np.where(values == hidden, 0, 255).astype(np.uint8))
        return Image.fromarray(_scaled_to_8_bits(values)), alpha
    if not image.has_transparency_data:
        return image, None
    rgba = image.convert("RGBA")
    return rgba.convert("L" if image.mode in ("L", "LA") else "RGB"), rgba.getchannel("A")


def _scaled_to_8_bits(values: np.ndarray) -> np.ndarray:
    """Scale by range: 16-bit integers from 0..65535, or 0..1, as masks are saved; wider ones and floats from the smallest usual range that holds all.

    The usual ranges are 0..1 (floats), 0..255, 0..65535, else 0..maximum. Below 0, and not a number, becomes 0.
    """
    values = np.nan_to_num(values.astype(np.float32), nan=0, posinf=0, neginf=0) if values.dtype.kind == "f" else values
    top = values.max()
    ranges = (1, 65535) if values.dtype.itemsize == 2 else (1, 255, 65535) if values.dtype.kind == "f" else (255, 65535)
    full = next((r for r in ranges if top <= r), float(top))
    return np.clip(np.rint(values * np.float32(255 / full)), 0, 255).astype(np.uint8)


def _as_srgb(image: Image.Image, notes: list[str]) -> Image.Image:
    """RGB in sRGB, by the embedded colour profile (Display P3 of phones, print profiles of CMYK) where there is one."""
    if image.mode not in ("L", "RGB", "CMYK", "LAB"):
        image = image.convert("RGB")
    profile = image.info.get("icc_profile")
    if profile or image.mode == "LAB":
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile)) if profile else ImageCms.createProfile("LAB")
            return _converted(image, source, notes)
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError, ImportError):
            notes.append("colour profile damaged or unfit: colours taken as sRGB")
    elif image.mode == "CMYK":
        notes.append("print colours (CMYK) without a profile: colours are approximate")
    return image if image.mode == "RGB" else image.convert("RGB")  # it would copy


def _converted(
    image: Image.Image, source: ImageCms.ImageCmsProfile | ImageCms.core.CmsProfile, notes: list[str]
) -> Image.Image:
    if image.mode == "RGB" and ImageCms.getProfileDescription(source).startswith("sRGB"):
        return image  # a conversion to itself would only round every pixel once more
    result = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    notes.append("colours converted to sRGB by the embedded profile")
    return result
