"""Many photos in, one zip of results out: one photo at a time in memory, and one bad photo stops nothing.

The zip grows on disk, photo by photo:

    index.html      every photo with its main figures, and links to its files
    photos.csv      a row a photo: measured or skipped and why, the measures of the whole face, what speaks against it
    measures.csv    a row a photo and zone, as `report.csv_bytes`
    STEM/           the files of `report.result_files` of each photo that was measured

Tables are UTF-8 with a mark that says so, which Excel needs; no cell of them is taken for a formula.
"""

from __future__ import annotations

import csv
import io
import os
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wrinkleseg import archive, batch_page, geometry, images, report
from wrinkleseg.analysis import WHOLE, Analysis
from wrinkleseg.images import Picture
from wrinkleseg.measures import UNITS

MAX_PHOTOS = 50
"""Photos at once."""
MAX_TOTAL = 500 * 2**20
"""Bytes of all photos together, unpacked."""
THUMBNAIL = 96
"""px: longer side of the small picture of each photo."""

_ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # the format's earliest: when the zip was made is nobody's business
_TASKS = ("wrinkle", "pore")

Read = Callable[..., Picture]
Analyse = Callable[[Picture, str], Analysis]
Explain = Callable[[Exception], str]


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


@dataclass(frozen=True, eq=False)
class Row:
    """One photo that was looked at, without its pictures.

    error: why there is no result, one line; "" where there is one. about: `Analysis.to_dict()`. table: its rows of
    measures.csv. thumbnail: a PNG file of at most `THUMBNAIL` px a side, b"" for what is no picture. seconds: it took.
    """

    name: str
    stem: str
    error: str = ""
    about: Mapping | None = None
    table: str = ""
    thumbnail: bytes = b""
    seconds: float = 0.0

    @property
    def whole(self) -> Mapping:
        """Measures of the whole face by the names of `measures.UNITS`; empty without a result."""
        return self.about["measures"][WHOLE] if self.about else {}

    def to_dict(self) -> dict:
        """The row for strict JSON: photo, folder, status, error, then what is known of the photo."""
        same = {"photo": self.name, "folder": self.stem, "status": _status(self), "error": self.error}
        if not self.about:
            return same
        kept = ("score_version", "model", "threshold", "picture", "face", "quality", "notes", "measures")
        return same | {key: self.about[key] for key in kept}


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


def run(
    items: Sequence[Item],
    analyse: Analyse,
    path: str | os.PathLike,
    read: Read = images.load,
    explain: Explain | None = None,
) -> Iterator[Row]:
    """A row for each photo as soon as it is there; its files are in the zip at `path` by then.

    Wherever this ends, also when it is closed half-way, the zip is complete with what was done. Raises OSError where
    the zip cannot be written, FileExistsError where a file with something in it is there already.
    """
    if Path(path).is_file() and Path(path).stat().st_size:
        raise FileExistsError(f"{path} is there already: give the results another name, or remove it")
    rows: list[Row] = []
    try:
        for item in items:
            rows.append(one(item, analyse, path, read, explain))
            yield rows[-1]
    finally:
        finish(path, rows)


def one(
    item: Item, analyse: Analyse, path: str | os.PathLike, read: Read = images.load, explain: Explain | None = None
) -> Row:
    """Look at one photo and put its files into the zip at `path`, which is made if it is not there.

    analyse: (picture, name) -> its Analysis. explain: what an error means, for people; by default the error's own text.
    """
    start, small = time.perf_counter(), b""
    try:
        picture = read(_source(item))
        small = _thumbnail(picture.rgb)
        analysis = analyse(picture, item.stem)
        files = report.result_files(analysis, item.stem)
        small = _thumbnail(analysis.rgb, analysis.face.box)
    except Exception as error:  # whatever is wrong with one photo, the others must get their turn
        said = " ".join((explain or _explained)(error).split())
        return Row(item.name, item.stem, said, thumbnail=small, seconds=time.perf_counter() - start)
    _write(path, {f"{item.stem}/{name}": content for name, content in files.items()})
    table = report.csv_bytes(analysis).decode().partition("\r\n")[2]
    seconds = time.perf_counter() - start
    return Row(item.name, item.stem, "", analysis.to_dict(), table, small, seconds)


def finish(path: str | os.PathLike, rows: Sequence[Row]) -> None:
    """Add the two tables and the overview to the zip at `path`. To be called once, at the end."""
    _write(
        path,
        {
            "photos.csv": photos_csv(rows),
            "measures.csv": measures_csv(rows),
            "index.html": batch_page.html_bytes([(row.to_dict(), row.thumbnail) for row in rows]),
        },
    )


def photos_csv(rows: Sequence[Row]) -> bytes:
    """A row a photo: what became of it, and the measures of the whole face. Empty: None. UTF-8 with its mark."""
    known = ["weights", "score_version", *(f"{task}_threshold" for task in _TASKS), "faces", "quality", "notes"]
    lines = [["photo", "file", "status", "error", "model", *known, *UNITS], *(_photo_line(row) for row in rows)]
    return _csv(lines)


def measures_csv(rows: Sequence[Row]) -> bytes:
    """A row a photo and zone, with the columns of `report.csv_bytes`. UTF-8 with its mark."""
    tasks = [f"{task}_{what}" for what in ("threshold", "visible") for task in _TASKS]
    head = ["photo", "model", "weights", "score_version", *tasks[:2], "zone", *tasks[2:], *UNITS]
    return _csv([head]) + "".join(row.table for row in rows).encode("utf-8", "replace")


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


def _source(item: Item):
    """What `images.load` takes. A file of a zip keeps its name for the message."""
    if item.problem:
        raise archive.EntryError(item.problem)
    if item.member is None:
        return item.path
    return archive.named_file(archive.read(item.path, item.member), item.name)


def _thumbnail(rgb: np.ndarray, box: geometry.Box | None = None) -> bytes:
    """PNG of the face with a little room around it, or of the whole photo."""
    if box is not None:
        edge = round(1.2 * max(box.height, box.width))
        top, left = box.top + (box.height - edge) // 2, box.left + (box.width - edge) // 2
        rgb = geometry.crop(rgb, geometry.Box(top, left, edge, edge))
    scale = geometry.limited_scale(rgb.shape[:2], THUMBNAIL)
    return images.png_bytes(geometry.resize(rgb, geometry.scaled_size(rgb.shape[:2], scale)))


def _write(path: str | os.PathLike, files: Mapping[str, bytes]) -> None:
    """Add files to a zip. Where that fails, as on a full disk, the zip is as it was."""
    path = Path(path)
    start, end = _end(path)
    try:
        with zipfile.ZipFile(path, "a") as file:
            for name, content in files.items():
                packing = zipfile.ZIP_STORED if name.endswith(".png") else zipfile.ZIP_DEFLATED
                file.writestr(zipfile.ZipInfo(name, _ZIP_DATE), content, packing)
    except OSError:
        _put_back(path, start, end)
        raise


def _end(path: Path) -> tuple[int, bytes]:
    """Where a zip's list of contents begins, and that list: new files are written over it."""
    if not path.is_file() or not path.stat().st_size:
        return 0, b""
    with zipfile.ZipFile(path) as file:
        start = file.start_dir
    with path.open("rb") as file:
        file.seek(start)
        return start, file.read()


def _put_back(path: Path, start: int, end: bytes) -> None:
    with suppress(OSError), path.open("r+b") as file:  # the first error is the one to tell
        file.seek(start)
        file.write(end)
        file.truncate()


def _explained(error: Exception) -> str:
    return str(error) if isinstance(error, ValueError) and str(error) else f"{type(error).__name__}: {error}"


def _status(row: Row) -> str:
    return "skipped" if row.error else "measured"


def _photo_line(row: Row) -> list:
    same = [row.stem, row.name, _status(row), row.error]
    if not row.about:
        return same
    about, model = row.about, row.about["model"]
    thresholds = [about["threshold"].get(task) for task in _TASKS]
    quality = "; ".join(warning["code"] for warning in about["quality"])
    notes = "; ".join(about["notes"])
    known = [model["name"], model["weights"], about["score_version"], *thresholds, about["face"]["count"]]
    return [*same, *known, quality, notes, *(row.whole[field] for field in UNITS)]


def _csv(lines: Sequence[Sequence]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([[_cell(value) for value in line] for line in lines])
    return text.getvalue().encode("utf-8-sig", "replace")


def _cell(value: object) -> object:
    """None is empty; a text that a spreadsheet would take for a formula stays a text."""
    if isinstance(value, str):
        return report.as_text(value)
    return "" if value is None else value
