"""The bytes of a picture file: what kind it is by its first ones, read within the limit, refused with a reason."""

from __future__ import annotations

import codecs
import os
from pathlib import Path
from typing import BinaryIO

Source = str | os.PathLike | bytes | bytearray | memoryview | BinaryIO

MAX_BYTES = 64 * 2**20
MAX_PIXELS = 64 * 2**20
MIN_SIDE = 32

EXPECTED = (
    "a photo as JPEG, PNG, WebP, TIFF, BMP, GIF, HEIC/HEIF or AVIF, "
    f"up to {MAX_BYTES // 2**20} MiB and {MAX_PIXELS / 1e6:.0f} megapixels, at least {MIN_SIDE} pixels a side"
)

PICTURE_KINDS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "HEIF", "AVIF")
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


class PictureError(ValueError):
    """The file cannot be used as a photo; the message is for the person who chose it."""


def file_kind(data: bytes) -> str:
    """What a file is, by its first bytes: one of PICTURE_KINDS, or words for anything else."""
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


def read(source: Source) -> tuple[str, bytes]:
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
            raise refusal(name, "it is a folder", "Choose one photo inside it.")
        if not path.is_file():
            raise refusal(name, "there is no such file", "Check the path and its spelling.")
        _within_limit(name, b"", path.stat().st_size)
        with path.open("rb") as file:
            return name, _within_limit(name, file.read(MAX_BYTES + 1))
    except OSError as error:
        raise refusal(name, f"it cannot be read ({error.strerror})", "Check the path and its permissions.") from error


def _read_file(file: BinaryIO) -> tuple[str, bytes]:
    given = getattr(file, "name", None)
    name = Path(given).name if isinstance(given, str) else "picture"
    try:
        if hasattr(file, "seekable") and file.seekable():
            file.seek(0)
        data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: the file is closed, or text that is no UTF-8
        raise refusal(name, f"it cannot be read ({error})", "Open it again in binary mode ('rb').") from error
    if not isinstance(data, bytes):
        raise refusal(name, "it was opened as text", "Open it in binary mode ('rb').")
    return name, _within_limit(name, data)


def _within_limit(name: str, data: bytes, size: int | None = None) -> bytes:
    size = len(data) if size is None else size
    if size > MAX_BYTES:
        raise refusal(
            name, f"the file is too large ({size_words(size)} or more)", "Save it smaller, as JPEG for example."
        )
    return data


def refusal(name: str, came: str, mend: str = "Choose a photo, or save it as JPEG or PNG.") -> PictureError:
    """The error that says what came in this file, what was expected, and how to mend it."""
    shown = name if len(name) <= 80 else f"{name[:77]}..."
    return PictureError(f"{shown!r} cannot be used: {came}. Expected {EXPECTED}. {mend}")


def size_words(size: int) -> str:
    """A size in bytes, for people."""
    if size < 1024:
        return f"{size} bytes"
    return f"{size / 1024:.1f} KiB" if size < 2**20 else f"{size / 2**20:.1f} MiB"
