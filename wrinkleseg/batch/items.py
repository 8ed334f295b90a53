"""The photos of a batch: files and zips in, one item a photo out."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from wrinkleseg import archive

MAX_PHOTOS = 50
"""Photos at once."""
MAX_TOTAL = 500 * 2**20
"""Bytes of all photos together, unpacked."""


class BatchError(ValueError):
    """These photos cannot be taken together; the message is for the person who chose them."""


@dataclass(frozen=True)
class Item:
    """One photo that waits. `stem`: the only one of its batch, fit for folders. `problem`: why it cannot be read, or ""."""

    name: str
    stem: str
    path: Path
    member: archive.Member | None = None
    problem: str = ""


def gather(files: Sequence[str | os.PathLike], most: int = MAX_PHOTOS, total: int = MAX_TOTAL) -> tuple[Item, ...]:
    """The photos that files and zips stand for, in order, each with a name of its own. Nothing is unpacked.

    A zip that cannot be used is one item with a problem where other files came with it.

    Raises:
        BatchError: no photos, more than `most`, or more than `total` bytes.
        archive.ArchiveError: the only file is a zip that cannot be used.
    """
    taken: set[str] = set()
    found = tuple(item for file in files for item in _items(Path(file), total, taken, len(files) == 1))
    if not found:
        raise BatchError("No photos came. Give photos, or a zip with photos.")
    if len(found) > most:
        raise BatchError(f"{len(found)} photos came, at most {most} are taken at once. Give them in several parts.")
    size = sum(_size(item) for item in found)
    if size > total:
        raise BatchError(
            f"The photos have {size / 2**20:.0f} MiB together, at most {total / 2**20:.0f} MiB are taken at once. "
            "Give them in several parts, or make them smaller."
        )
    return found


def _items(path: Path, total: int, taken: set[str], alone: bool) -> Iterator[Item]:
    if not archive.is_zip(path):
        yield _item(path.name, path, taken)
        return
    try:
        members = archive.members(path, total)
    except archive.ArchiveError as error:
        if alone:
            raise
        yield _item(path.name, path, taken, problem=str(error))
    else:
        yield from (_item(member.name, path, taken, member) for member in members)


def _item(name: str, path: Path, taken: set[str], member: archive.Member | None = None, problem: str = "") -> Item:
    safe = archive.safe_name(name)
    stem, _ = archive.split_name(archive.free_name(safe, taken))
    return Item(safe, stem, path, member, problem)


def _size(item: Item) -> int:
    if item.member:
        return 0 if item.member.problem else item.member.size
    try:
        return item.path.stat().st_size
    except OSError:  # told in its row
        return 0


def source(item: Item):
    """What `images.load` takes. A file of a zip keeps its name for the message."""
    if item.problem:
        raise archive.EntryError(item.problem)
    if item.member is None:
        return item.path
    return archive.named_file(archive.read(item.path, item.member), item.name)
