"""A results folder: a row of scores for each (method, photo, annotator, task, zone), written as photos finish and read back whole.

`meta.json` says of what; `parts/` holds the rows as they came, each file whole or not at all; `rows.parquet` holds all
of them once a run has ended; `masks/` the predicted masks where they were kept, a note of weights and threshold beside each.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from pathlib import Path

import numpy as np
import pandas as pd

from eval import row_files
from eval.counting import all_known, counting
from eval.row_files import KEY as KEY
from eval.row_files import Limits as Limits
from eval.row_files import ResultsError as ResultsError
from eval.row_files import TooLarge as TooLarge
from eval.row_files import write_whole as write_whole

ROWS, PARTS, META, MASKS = "rows.parquet", "parts", "meta.json", "masks"
PREFIX = "hub:"
JOB = ("method", "weights", "photo", "annotator", "task", "threshold", "code", "digest")
"""What is done once. code: see `code_digest`. digest: of the photo's, mask's and zone's bytes. "" in rows of before they were kept."""

_SAME = ("source", "pores", "split")  # of meta.json: another one is another run
# A part after this many seconds, or after this share of the time so far, whichever is longer: a kill costs little, and
# days of work still leave some hundred parts.
_PAUSE, _SHARE = 5.0, 0.01
_log = logging.getLogger(__name__)


class Writer:
    """Rows on their way into a folder that `begin` made; as a context, what still waits is written however it ends.

    Of all rows given to one `add` either all or none are written. Several processes may write to one folder.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.folder, self._clock = Path(folder), clock
        self._rows: list[dict] = []
        self._number, self._began, self._written = 0, clock(), clock()

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, *_: object) -> None:
        self.flush()

    def add(self, rows: list[dict]) -> None:
        """Take the finished rows of a photo. Raises ResultsError where they can't be written."""
        self._rows += rows
        now = self._clock()
        if now - self._written >= max(_PAUSE, _SHARE * (now - self._began)):
            self.flush()

    def flush(self) -> None:
        """Write what waits. Raises ResultsError; the rows are then lost, and what is there stays as it was."""
        rows, self._rows, self._written = self._rows, [], self._clock()
        if rows:
            self._number += 1
            # Names in the order of time, so that later rows come last.
            name = f"{time.time_ns():020d}-{os.getpid()}-{self._number:06d}.parquet"
            table = row_files.table(rows)
            row_files.write(self.folder / PARTS / name, [table], table.schema)


def begin(folder: Path, meta: dict) -> None:
    """Make a results folder, or go on with one of the same source and split.

    meta: plain values, among them "source" and "split"; meta.json keeps those of the first run, of paths from this
    machine's root their last two names.

    Raises:
        ResultsError: the folder was made of other data, or can't be written.
    """
    folder = Path(folder)
    try:
        (folder / PARTS).mkdir(parents=True, exist_ok=True)
        if not (folder / META).is_file():
            if next(_files(folder), None):
                raise ResultsError(
                    f"{folder} holds rows but no {META}, so it is not known of what: give another folder"
                )
            write_whole(folder / META, (json.dumps(_portable(meta), indent=2) + "\n").encode())
    except OSError as error:
        raise ResultsError(f"{folder} can't be written ({error.strerror}): give another folder") from error
    check(folder, meta)


def check(folder: Path, meta: dict) -> None:
    """Raises ResultsError where a results folder is of other data than `meta` says."""
    there, asked = _portable(read_meta(folder)), _portable(json.loads(json.dumps(meta)))
    differing = [name for name in _SAME if there.get(name) != asked.get(name)]
    if differing:
        told = "; ".join(f"{name} {_plain(there.get(name))}, not {_plain(asked.get(name))}" for name in differing)
        raise ResultsError(f"{folder} holds results of other data: {told}. Give another folder with --output")


def read_meta(folder: Path) -> dict:
    """meta.json of a results folder. Raises ResultsError where there is none."""
    try:
        meta = json.loads((Path(folder) / META).read_text())
    except (OSError, RecursionError, ValueError) as error:
        raise ResultsError(f"{folder} is no results folder: no {META} can be read there ({error})") from error
    if not isinstance(meta, dict):
        raise ResultsError(f"{folder} is no results folder: its {META} holds no names and values")
    return meta


def read(where: str | Path, columns: Iterable[str] | None = None, limits: Limits | None = None) -> pd.DataFrame:
    """All rows of a results folder, compacted or not, or of a data set of the Hub; the newest ones where rows came twice.

    Where a method was run again with other weights, another threshold or other code, or on a photo whose files had changed,
    only its newest rows are given. A damaged part is named in a warning and left out. Counts are float where some are missing, for an error or another task.

    Args:
        where: the folder, or "hub:OWNER/NAME", "hub:OWNER/NAME@REVISION" of a data set that holds rows.parquet.
        columns: only these, in this order; a name that no row has gives a column of NaN.
        limits: checked by what the files say of themselves before anything else of them is read, None for none.

    Raises:
        ResultsError: no rows are there, or TooLarge.
    """
    wanted = None if columns is None else list(columns)
    if str(where).startswith(PREFIX):
        tables = [_from_hub(str(where).removeprefix(PREFIX), wanted, limits)]
    else:
        if limits:
            _check_sizes(Path(where), wanted, limits)
        tables = [table for _, table in _readable(Path(where), wanted)]
    if not tables:
        raise ResultsError(f"{where} holds no rows: give a folder that python -m eval run --output wrote")
    frame = row_files.joined(tables)
    frame = frame[counting(frame)].reset_index(drop=True)
    return frame if wanted is None else frame.reindex(columns=wanted)


def finished(folder: Path) -> set[tuple]:
    """The JOBs that have rows and no error."""
    tables = [table for _, table in _readable(Path(folder), list(row_files.NEEDED))]
    if not tables:
        return set()
    frame = all_known(row_files.joined(tables))
    done = frame[counting(frame) & (frame["zone"] == "whole") & (frame["error"] == "")]
    return set(done[list(JOB)].itertuples(index=False, name=None))


def compact(folder: Path) -> None:
    """Make one rows.parquet of all parts; rows that later ones replaced go, and a damaged file becomes NAME.damaged.

    Raises ResultsError where it can't be written; then no row is lost.
    """
    folder = Path(folder)
    there = list(_files(folder))
    # Each is read to its end and let go: all of them at once may not fit the memory.
    kept = [(path, row_files.narrowed(table)) for path, table in _readable(folder, None)]
    if kept and there != [folder / ROWS]:
        counts = counting(row_files.joined([table for _, table in kept]))
        paths, sizes = [path for path, _ in kept], [len(table) for _, table in kept]
        for path in set(there) - set(paths):
            _set_aside(path)
        masks = np.split(counts, np.cumsum(sizes)[:-1])
        tables = (_still_there(path).filter(mask) for path, mask in zip(paths, masks, strict=True))
        row_files.write(folder / ROWS, tables, row_files.schema(paths))
        for path in paths:
            if path.name != ROWS:
                path.unlink(missing_ok=True)


def mask_path(folder: Path, method: str, task: str, photo: str) -> Path:
    """Where the predicted mask of a photo lies: masks/METHOD/TASK/PHOTO.png, made safe for file names."""
    return Path(folder) / MASKS / safe_name(method) / safe_name(task) / f"{safe_name(photo)}.png"


def safe_name(name: str) -> str:
    """The name itself where it is a plain one; else what can be kept of it and a hash, so that two never meet in one file."""
    plain = re.sub(r"[^A-Za-z0-9._+-]+", "-", name).strip("-.")[-80:]
    return plain if name and plain == name else f"{plain}-{hashlib.blake2b(name.encode(), digest_size=4).hexdigest()}"


def _files(folder: Path) -> Iterator[Path]:
    """rows.parquet and the parts, the oldest first."""
    if (folder / ROWS).is_file():
        yield folder / ROWS
    yield from sorted((folder / PARTS).glob("[!.]*.parquet"))


def _readable(folder: Path, columns: list[str] | None) -> Iterator[tuple[Path, row_files.Table]]:
    """The files that can be read, with what `counting` needs and the wanted columns, None for all."""
    for path in _files(folder):
        yield from ((path, table) for table in _whole(path, columns))


def _whole(path: Path, columns: list[str] | None = None) -> Iterator[row_files.Table]:
    """The table of a file, none where that is damaged."""
    try:
        table = row_files.checked(row_files.read(path, columns))
    except row_files.UNREADABLE as error:
        _log.warning("%s is damaged (%s): its rows are left out; run again to have them", path, _reason(error))
    else:
        yield table


def _still_there(path: Path) -> row_files.Table:
    """A file that could be read before. Raises ResultsError where it can't any more: nothing may be written over it."""
    try:
        return row_files.checked(row_files.read(path, None))
    except row_files.UNREADABLE as error:
        raise ResultsError(
            f"{path} can't be read any more ({_reason(error)}): see to the disk, then run again"
        ) from error


def _reason(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]


def _set_aside(path: Path) -> None:
    """Rename what can't be read, under a name that nothing has: perhaps somebody can mend it."""
    names = (f"{path.name}.damaged{'' if number == 1 else f'-{number}'}" for number in count(1))
    aside = next(place for place in map(path.with_name, names) if not place.exists())
    try:
        path.rename(aside)
    except FileNotFoundError:
        return
    except OSError as error:
        raise ResultsError(f"{path} can't be renamed ({error.strerror}): move it out of the folder") from error
    _log.warning("%s is kept as %s", path, aside.name)


def _check_sizes(folder: Path, columns: list[str] | None, limits: Limits) -> None:
    """Raises TooLarge where all files together hold more; damaged ones are left to the reader."""
    rows = file_bytes = column_bytes = 0
    for path in _files(folder):
        try:
            file_bytes += path.stat().st_size
            limits.check(rows, file_bytes, column_bytes)
            more_rows, more_bytes = row_files.sizes(path, columns)
        except row_files.UNREADABLE:
            continue
        rows, column_bytes = rows + more_rows, column_bytes + more_bytes
        limits.check(rows, file_bytes, column_bytes)


def _from_hub(name: str, columns: list[str] | None, limits: Limits | None) -> row_files.Table:
    import fsspec

    address = f"hf://datasets/{name}/{ROWS}"
    try:
        with fsspec.open(address) as file:
            if limits:
                size = file.seek(0, os.SEEK_END)
                limits.check(0, size, 0)
                file.seek(0)
                rows, unpacked = row_files.sizes(file, columns)
                limits.check(rows, size, unpacked)
                file.seek(0)
            return row_files.checked(row_files.read(file, columns))
    except TooLarge:
        raise
    except Exception as error:  # network, refusals and damage come in a dozen kinds
        raise ResultsError(
            f"no results can be read from {address} ({_reason(error)}): give hub:OWNER/NAME of a data set that holds {ROWS}"
        ) from error


def _portable(value: object) -> object:
    """Plain values with the last two names of each path from the root: where this machine keeps its files says nothing."""
    if isinstance(value, dict):
        return {name: _portable(each) for name, each in value.items()}
    if isinstance(value, str) and os.path.isabs(value):
        return "/".join(Path(value).parts[1:][-2:])
    return value


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return " ".join(f"{key}={each}" for key, each in value.items() if each) or "nothing"
    return str(value or "nothing")
