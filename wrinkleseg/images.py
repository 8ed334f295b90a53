"""The only door for pictures: every photo comes in through `load`, every picture leaves through `save_png` or `png_bytes`.

What comes in is an upright uint8 RGB array and nothing else: place, time and camera never get past this door. What
goes wrong is a `PictureError` that says what came, what was expected and how to mend it.

No setting of Pillow's is changed here (not MAX_IMAGE_PIXELS, not LOAD_TRUNCATED_IMAGES, no opener is registered), and
nothing is kept between calls, so `load` may run in several threads of a server at once.
"""

from __future__ import annotations

import codecs
import io
import os
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageCms

Source = str | os.PathLike | bytes | bytearray | memoryview | BinaryIO

MAX_BYTES = 64 * 2**20
MAX_PIXELS = 64 * 2**20
MIN_SIDE = 32
_BAND = 2**22  # pixels
GROUND = (128, 128, 128)
"""Colour under transparent parts: mid grey, which makes no hard edge beside dark or light skin."""

EXPECTED = (
    "a photo as JPEG, PNG, WebP, TIFF, BMP, GIF, HEIC/HEIF or AVIF, "
    f"up to {MAX_BYTES // 2**20} MiB and {MAX_PIXELS / 1e6:.0f} megapixels, at least {MIN_SIDE} pixels a side"
)

_PICTURE_KINDS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "HEIF", "AVIF")
_MAGIC = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF8", "GIF"),
    (b"BM", "BMP"),
    (b"II*\0\x10\0\0\0CR", "raw camera file"),
    (b"IIRO", "raw camera file"),
    (b"IIU\0", "raw camera file"),
    (b"FUJIFILMCCD-RAW", "raw camera file"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
    (b"%PDF", "PDF document"),
    (b"PK\x03\x04", "ZIP archive or office document"),
    (b"\x1f\x8b", "gzip archive"),
    (b"8BPS", "Photoshop file"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000 picture"),
    (b"\0\0\0\x0cJXL ", "JPEG XL picture"),
    (b"\xff\x0a", "JPEG XL picture"),
    (b"\x1aE\xdf\xa3", "video"),
    (b"\x93NUMPY", "numpy array"),
)
_HEIF_BRANDS = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"}
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


class PictureError(ValueError):
    """The file cannot be used as a photo; the message is for the person who chose it."""


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
    name, data = _read(source)
    kind = file_kind(data)
    if kind not in _PICTURE_KINDS:
        raise _refusal(name, f"it is a {kind} ({_bytes(len(data))})" if data else "it is empty (0 bytes)")
    notes: list[str] = []
    with _refusing(name, kind, len(data)), _open(data, kind) as image:
        _check_header(image, name)
        notes += _frames_note(image, kind)
        image.load()
        turn = _turn(image, kind, notes)
        rgb = _rgb(image, notes)
    return Picture(np.ascontiguousarray(turn(rgb)), tuple(notes), kind)


def load_rgb(source: Source) -> np.ndarray:
    """The photo alone, as `load` reads it: uint8 (H, W, 3)."""
    return load(source).rgb


def load_mask(source: Source) -> np.ndarray:
    """A mask that was saved as a picture: bool (H, W), True above 127, or above 0 where only 0 and 1 occur.

    Raises:
        PictureError: as `load`.
    """
    grey = load(source).rgb.max(axis=2)
    return grey > (0 if grey.max() <= 1 else 127)


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


def file_kind(data: bytes) -> str:
    """What a file is, by its first bytes: one of Picture.format's names, or words for anything else."""
    head = bytes(data[:512])
    if head[4:8] == b"ftyp":
        return _container_kind(head)
    if head[:4] == b"RIFF":
        return "WEBP" if head[8:12] == b"WEBP" else "sound or video file"
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    return "text file" if _is_text(head) else "file of an unknown kind"


def _container_kind(head: bytes) -> str:
    """HEIF, AVIF and video share one container and differ in its brands."""
    length = int.from_bytes(head[:4], "big")
    brands = {head[i : i + 4] for i in (8, *range(16, min(length, len(head)), 4))}
    if brands & {b"avif", b"avis"}:
        return "AVIF"
    return "HEIF" if brands & _HEIF_BRANDS else "video"


def _is_text(head: bytes) -> bool:
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head)  # incremental: a letter may be cut at the end
    except UnicodeDecodeError:
        return False
    return all(letter.isprintable() or letter in "\t\r\n\f\ufeff" for letter in text)


def _read(source: Source) -> tuple[str, bytes]:
    """Name for messages, and content; never more than MAX_BYTES + 1 bytes are read."""
    if isinstance(source, bytes | bytearray | memoryview):
        size = memoryview(source).nbytes
        return "picture", _within_limit("picture", bytes(source) if size <= MAX_BYTES else b"", size)
    if isinstance(source, str | os.PathLike):
        return _read_path(Path(os.fsdecode(source)))
    if hasattr(source, "read"):
        return _read_file(source)
    raise PictureError(f"expected a path, bytes or a binary file, got {type(source).__name__}; it must hold {EXPECTED}")


def _read_path(path: Path) -> tuple[str, bytes]:
    name = path.name or str(path)
    try:
        if path.is_dir():
            raise _refusal(name, "it is a folder", "Choose one photo inside it.")
        if not path.is_file():
            raise _refusal(name, "there is no such file", "Check the path and its spelling.")
        _within_limit(name, b"", path.stat().st_size)
        with path.open("rb") as file:
            return name, _within_limit(name, file.read(MAX_BYTES + 1))
    except OSError as error:
        raise _refusal(name, f"it cannot be read ({error.strerror})", "Check the path and its permissions.") from error


def _read_file(file: BinaryIO) -> tuple[str, bytes]:
    given = getattr(file, "name", None)
    name = Path(given).name if isinstance(given, str) else "picture"
    try:
        if hasattr(file, "seekable") and file.seekable():
            file.seek(0)
        data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: the file is closed, or text that is no UTF-8
        raise _refusal(name, f"it cannot be read ({error})", "Open it again in binary mode ('rb').") from error
    if not isinstance(data, bytes):
        raise _refusal(name, "it was opened as text", "Open it in binary mode ('rb').")
    return name, _within_limit(name, data)


def _within_limit(name: str, data: bytes, size: int | None = None) -> bytes:
    size = len(data) if size is None else size
    if size > MAX_BYTES:
        raise _refusal(name, f"the file is too large ({_bytes(size)} or more)", "Save it smaller, as JPEG for example.")
    return data


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
        raise _refusal(name, "it has too many pixels", "Make the picture smaller.") from error
    except Exception as error:  # decoders fail in a dozen ways: OSError, SyntaxError, struct.error, zlib.error ...
        came = f"it is a {kind} file ({_bytes(size)}) that is damaged or incomplete"
        raise _refusal(
            name, came, "Copy or download it again, or open it in a photo program and save a copy."
        ) from error


def _check_header(image: Image.Image, name: str) -> None:
    width, height = image.size
    if width * height > MAX_PIXELS:
        came = f"it has {width} x {height} = {width * height / 1e6:.0f} megapixels"
        raise _refusal(name, came, "Make the picture smaller.")
    if min(width, height) < MIN_SIDE:
        raise _refusal(name, f"it has only {width} x {height} pixels", "Choose a larger picture.")
    tags = getattr(image, "tag_v2", {})
    if _DNG_VERSION in tags or tags.get(_SUBFILE_TYPE, 0) & 1:  # Pillow would show the small preview inside
        raise _refusal(name, "it is a raw camera file", "Export it from your photo program as JPEG or TIFF.")


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
        notes.append("transparent parts were laid on mid grey")
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
    """Scale by range: 16-bit integers from 0..65535; wider ones and floats from the smallest usual range that holds all.

    The usual ranges are 0..1 (floats), 0..255, 0..65535, else 0..maximum. Below 0, and not a number, becomes 0.
    """
    values = np.nan_to_num(values.astype(np.float32), nan=0, posinf=0, neginf=0) if values.dtype.kind == "f" else values
    top = values.max()
    ranges = (65535,) if values.dtype.itemsize == 2 else (1, 255, 65535) if values.dtype.kind == "f" else (255, 65535)
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


def _refusal(name: str, came: str, mend: str = "Choose a photo, or save it as JPEG or PNG.") -> PictureError:
    shown = name if len(name) <= 80 else f"{name[:77]}..."
    return PictureError(f"{shown!r} cannot be used: {came}. Expected {EXPECTED}. {mend}")


def _bytes(size: int) -> str:
    if size < 1024:
        return f"{size} bytes"
    return f"{size / 1024:.1f} KiB" if size < 2**20 else f"{size / 2**20:.1f} MiB"
