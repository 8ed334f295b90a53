"""Data sets of the Hugging Face Hub, as files: photos and masks in two folders, like any other pair of folders."""

from __future__ import annotations

import hashlib
import logging
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from eval.samples import DataError
from wrinkleseg import images
from wrinkleseg.commands import SUFFIXES

if TYPE_CHECKING:
    from datasets import Dataset

PARTS = ("images", "masks")
_log = logging.getLogger(__name__)


def fetch(name: str, cache: Path, columns: tuple[str, str], subset: str = "train", revision: str | None = None) -> Path:
    """The folder in `cache` that holds a data set's pictures: images/000000.png ... and masks/ with the same numbers.

    The files are written once, undecoded, all or none; later calls find them there without asking the Hub. So fix
    `revision` where the data may change, or delete the folder to fetch them anew. A local folder that has changed is
    noticed.

    Args:
        name: on the Hub ("owner/name"), or a local folder of parquet files or pictures in the Hub's form.
        columns: those of photos and of masks.
        subset: as `datasets.load_dataset` takes its split.

    Raises:
        DataError: the package `datasets` is missing, the data set cannot be loaded, or has other columns.
    """
    if columns[0] == columns[1]:
        raise DataError(f"photos and masks must be two columns, got {columns[0]!r} for both")
    wanted = (name, columns, subset, revision or "", *_state(Path(name)))
    digest = hashlib.blake2b(repr(wanted).encode(), digest_size=6).hexdigest()
    folder = cache / f"{re.sub(r'[^A-Za-z0-9.]+', '-', name)[-60:].strip('-.')}-{digest}"
    if not folder.is_dir():
        _write_rows(_table(name, columns, subset, revision), folder)
    return folder


def _state(local: Path) -> list[tuple[str, int, int]]:
    """Names, sizes and times of a local folder's files; empty for a name on the Hub."""
    files = sorted(path for path in local.rglob("*") if path.is_file()) if local.is_dir() else []
    return [(str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns) for path in files]


def _table(name: str, columns: tuple[str, str], subset: str, revision: str | None) -> Dataset:
    """The pictures undecoded, in columns called as PARTS: each cell a dict of bytes and path, or None."""
    try:
        import datasets
    except ImportError as error:
        raise DataError("a Hugging Face data set needs the package datasets: pip install datasets") from error
    try:
        table = datasets.load_dataset(name, split=subset, revision=revision)
    except Exception as error:  # network, builders and readers fail in a dozen ways
        raise DataError(
            f"the data set {name!r} (subset {subset!r}, revision {revision!r}) cannot be loaded: {error}. Give a name on "
            "the Hub such as 'owner/name', or a local folder of parquet files or pictures"
        ) from error
    for column in columns:
        kind = table.features.get(column)
        if not isinstance(kind, datasets.Image) and getattr(kind, "dtype", "") != "binary":
            there = ", ".join(f"{key} ({type(value).__name__})" for key, value in table.features.items())
            raise DataError(f"the data set {name!r} has no column {column!r} of pictures; its columns: {there}")
        table = table.cast_column(column, datasets.Image(decode=False))
    return table.select_columns(list(columns)).rename_columns(dict(zip(columns, PARTS, strict=True)))


def _write_rows(table: Dataset, folder: Path) -> None:
    """Write the pictures of all rows that are complete; the folder appears when it is whole."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".partial-") as partial:
        whole = Path(partial) / "whole"
        for part in PARTS:
            (whole / part).mkdir(parents=True)
        written = sum(_write_row(whole, f"{number:06d}", row) for number, row in enumerate(table))
        if written < len(table):
            _log.warning("%d of %d rows have no photo or no mask: left out", len(table) - written, len(table))
        _put(whole, folder)


def _put(whole: Path, folder: Path) -> None:
    try:
        whole.rename(folder)
    except OSError:
        if not folder.is_dir():  # else another process was quicker, with the same files
            raise


def _write_row(whole: Path, name: str, row: dict) -> bool:
    """Whether the row had a photo and a mask; their bytes are written as they came."""
    contents = {part: data for part in PARTS if (data := _data(row[part]))}
    if len(contents) < len(PARTS):
        return False
    for part, data in contents.items():
        kind = images.file_kind(data)
        suffix = f".{kind.lower()}"
        if suffix not in SUFFIXES:
            raise DataError(f"row {int(name)} holds in {part} no picture but a {kind}: expected {images.EXPECTED}")
        (whole / part / (name + suffix)).write_bytes(data)
    return True


def _data(cell: dict | None) -> bytes | None:
    if cell is None or cell["bytes"] or not cell["path"]:
        return cell and cell["bytes"]
    try:
        return Path(cell["path"]).read_bytes()
    except OSError as error:
        raise DataError(f"the data set's picture {cell['path']} cannot be read ({error.strerror})") from error
