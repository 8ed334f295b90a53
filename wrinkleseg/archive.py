"""Pictures out of a zip that somebody else made: nothing is written to disk, no name is trusted, no size is believed.

What could harm is looked for twice. `members` refuses by what the zip says of itself, before anything is unpacked;
`read` counts while it unpacks, and never unpacks more than the zip said. The sizes that were said are limited together,
so a zip that lies gives damaged pictures and no more bytes.
"""

from __future__ import annotations

import io
import os
import re
import stat
import unicodedata
import zipfile
from collections.abc import Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from wrinkleseg import images

MAX_ENTRIES = 2000
"""Files and folders in one zip, also those that are no pictures."""
MAX_TOTAL = 500 * 2**20
"""Bytes of all pictures of one zip together, unpacked."""
MAX_RATIO = 200
"""An entry of more than `SMALL` bytes that unpacks to more than this many times its size is no photo: those reach 20."""
SMALL = 2**20

_MAX_LIST = 400 * MAX_ENTRIES
"""Bytes of a zip's list of contents. Python reads it in one go and keeps ten times as much of it."""
_CHUNK = 2**18
_MAX_NAME = 60  # Windows takes paths of 260 characters, and a result has the name in its folder and in its file
_LEFT_OUT = {"thumbs.db", "desktop.ini", "__macosx"}
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
"""Names that Windows gives to devices."""


class ArchiveError(ValueError):
    """The zip as a whole cannot be used; the message is for the person who chose it."""


class EntryError(images.PictureError):
    """One picture of a zip cannot be used; the message is for the person who chose the zip."""


@dataclass(frozen=True)
class Member:
    """One picture of a zip, still packed.

    name: safe on every system and the only one of its zip, letter case and ending aside; folders are part of it.
    entry: its number in the zip. size: bytes, by the zip's own word. problem: why it cannot be read; "" where it can.
    """

    name: str
    entry: int
    size: int
    problem: str = ""


def members(path: str | os.PathLike, total: int = MAX_TOTAL) -> tuple[Member, ...]:
    """The files of a zip that may be pictures, in its own order. Nothing is unpacked.

    Folders, hidden files and what macOS and Windows add are left out. total: bytes that may come out of it altogether.

    Raises:
        ArchiveError: missing, no zip, damaged, empty, or more than `MAX_ENTRIES` or `total`.
    """
    name = Path(path).name
    with _opened(path) as file:
        infos = file.infolist()
        if len(infos) > MAX_ENTRIES:
            raise _refusal(name, f"it holds {len(infos)} files, at most {MAX_ENTRIES} are taken", "Make several of it.")
        taken: set[str] = set()
        found = tuple(_member(i, info, taken) for i, info in enumerate(infos) if _may_be_picture(info))
        if not found:
            raise _refusal(name, "there are no files in it", "Choose a zip with photos.")
        _check_sizes(name, [infos[member.entry] for member in found if not member.problem], total, file)
    return found


def read(path: str | os.PathLike, member: Member) -> bytes:
    """One picture of the zip, unpacked: a file's bytes, for `images.load`, `member.size` of them.

    Raises:
        EntryError: it has a problem, is damaged, or is not what the zip said of it.
        ArchiveError: the zip is not there any more, or another one.
    """
    if member.problem:
        raise EntryError(member.problem)
    try:
        with _opened(path) as file, file.open(file.infolist()[member.entry]) as packed:
            data = _unpacked(packed, member)
    except (ArchiveError, EntryError):
        raise
    except Exception as error:  # zipfile and zlib fail in a dozen ways
        raise _damaged(member) from error
    if images.file_kind(data).startswith("ZIP"):
        raise EntryError(f"{member.name!r} is a zip inside the zip. Unpack it, and give its photos.")
    return data


def pictures(path: str | os.PathLike, total: int = MAX_TOTAL) -> Iterator[tuple[str, bytes | EntryError]]:
    """Name and content of every picture of a zip, one in memory at a time; an EntryError in place of one that is bad.

    Raises ArchiveError, as `members`.
    """
    for member in members(path, total):
        try:
            yield member.name, read(path, member)
        except EntryError as error:
            yield member.name, error


def is_zip(path: str | os.PathLike) -> bool:
    """Whether a file is a zip, by its first bytes or by its name. False for one that cannot be read."""
    try:
        with Path(path).open("rb") as file:
            return images.file_kind(file.read(512)).startswith("ZIP") or Path(path).suffix.lower() == ".zip"
    except OSError:
        return False


def safe_name(name: str) -> str:
    """A name for files and folders on every system, its folders joined by "_": "..\\Before/Anna.jpg" -> "Before_Anna.jpg".

    At most 60 characters; the ending stays. "photo" where nothing of the name is left.
    """
    letters = unicodedata.normalize("NFC", name).replace("\\", "/")
    letters = "".join(c if c.isprintable() and c not in '<>:"|?*' else "_" for c in letters)
    joined = "_".join(kept for part in letters.split("/") if (kept := part.strip(" .")))
    stem, ending = split_name(joined)
    stem = stem[: _MAX_NAME - len(ending)].strip(" .") or "photo"
    return f"_{stem}{ending}" if RESERVED.match(stem) else f"{stem}{ending}"


def split_name(name: str) -> tuple[str, str]:
    """Stem and ending of a file's name; ". Robinson smiling" is no ending."""
    ending = PurePosixPath(name).suffix
    return (name, "") if len(ending) > 5 else (name.removesuffix(ending), ending)


def free_name(name: str, taken: set[str]) -> str:
    """The name, or NAME-2, NAME-3 ... where another has it, letter case and ending aside. It is added to `taken`."""
    stem, ending = split_name(name)
    free = numbered(stem, taken)
    taken.add(free.casefold())
    return f"{free}{ending}"


def numbered(stem: str, taken: Container[str]) -> str:
    """The stem, or STEM-2, STEM-3 ... where it is among `taken`, which are casefolded: some file systems don't tell case."""
    free, number = stem, 1
    while free.casefold() in taken:
        number += 1
        free = f"{stem}-{number}"
    return free


def named_file(data: bytes, name: str) -> BinaryIO:
    """The bytes as an open file that has a name, so that `images.load` can say which picture is bad."""
    file = _NamedBytes(data)
    file.name = name
    return file


class _NamedBytes(io.BytesIO):
    name = ""


class _ShortReads(io.BufferedReader):
    """A file that gives little at once: a zip may not make Python read a list of millions of entries."""

    def read(self, size: int | None = -1) -> bytes:
        if size is not None and size > _MAX_LIST:
            raise _refusal(self.raw.name, f"its list of contents is too long ({size} bytes)", "Make several of it.")
        return super().read(size)


@contextmanager
def _opened(path: str | os.PathLike) -> Iterator[zipfile.ZipFile]:
    """The zip, open for reading. Raises ArchiveError."""
    name = Path(path).name
    try:
        file = _ShortReads(io.FileIO(path))
    except OSError as error:
        raise _refusal(name, f"it cannot be read ({error.strerror})", "Give it again.") from error
    with file:
        try:
            opened = zipfile.ZipFile(file)
        except ArchiveError:
            raise
        except Exception as error:  # BadZipFile, struct.error, NotImplementedError, UnicodeDecodeError ...
            came = "it is no zip, or it is damaged or incomplete"
            raise _refusal(name, came, "Make or download it again.") from error
        yield opened


def _may_be_picture(info: zipfile.ZipInfo) -> bool:
    parts = [part for part in info.filename.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    hidden = any(part.startswith(".") or part.lower() in _LEFT_OUT for part in parts)
    return bool(parts) and not hidden and not info.filename.endswith(("/", "\\"))


def _member(entry: int, info: zipfile.ZipInfo, taken: set[str]) -> Member:
    name = free_name(safe_name(info.filename), taken)
    problem = _problem(info)
    return Member(name, entry, info.file_size, f"{name!r} cannot be used: {problem}" if problem else "")


def _problem(info: zipfile.ZipInfo) -> str:
    """What the zip itself says against an entry; "" where nothing."""
    if info.flag_bits & 0x1:
        return "it is locked with a password. Make the zip again without one."
    if stat.S_ISLNK(info.external_attr >> 16):
        return "it is a link to another file, not a photo. Put the photo itself into the zip."
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):  # others unpack without a limit
        return "it is packed in a rare way. Make the zip again in the usual way (deflate)."
    if info.file_size > images.MAX_BYTES:
        return f"it is too large ({_mib(info.file_size)}; at most {_mib(images.MAX_BYTES)}). Make the picture smaller."
    if info.file_size > max(SMALL, MAX_RATIO * info.compress_size):
        return f"it would unpack to more than {MAX_RATIO} times its size, as no photo does. Save it as JPEG or PNG."
    return ""


def _check_sizes(name: str, infos: list[zipfile.ZipInfo], total: int, file: zipfile.ZipFile) -> None:
    unpacked = sum(info.file_size for info in infos)
    if unpacked > total:
        came = f"its pictures are {_mib(unpacked)} unpacked, at most {_mib(total)} are taken"
        raise _refusal(name, came, "Make several of it, or make the photos smaller.")
    length = file.fp.seek(0, os.SEEK_END)
    starts = {info.header_offset for info in infos}
    if sum(info.compress_size for info in infos) > length or len(starts) < len(infos):
        raise _refusal(name, "several of its files are said to lie in the same place", "Make it again.")


def _unpacked(packed: BinaryIO, member: Member) -> bytes:
    """Counts what comes: by `members` it may be `member.size`, and not a byte more or less."""
    data = bytearray()
    while chunk := packed.read(_CHUNK):
        data += chunk
        if len(data) > min(member.size, images.MAX_BYTES):
            raise _damaged(member)
    if len(data) != member.size:
        raise _damaged(member)
    return bytes(data)


def _damaged(member: Member) -> EntryError:
    return EntryError(f"{member.name!r} is damaged in the zip. Make the zip again.")


def _refusal(name: str, came: str, mend: str) -> ArchiveError:
    return ArchiveError(f"{Path(str(name)).name!r} cannot be used: {came}. {mend}")


def _mib(size: int) -> str:
    return f"{size / 2**20:.0f} MiB"
