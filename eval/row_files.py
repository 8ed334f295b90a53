"""Files of rows of scores: what each column holds, sizes told before anything is read, written whole or not at all. Only this file knows Parquet."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from eval.samples import DataError

KEY = ("method", "photo", "annotator", "task", "zone")
"""What names a row: of two with one key the later counts, but none with an error where one is without."""
NEEDED = (*KEY, "weights", "threshold", "code", "digest", "error")
"""What tells which rows count."""
LATER = ("code", "digest")
"""Of these, what older rows lack."""
UNREADABLE = (pa.ArrowException, OSError)
"""What a damaged file raises."""
Table = pa.Table
"""Rows of one file."""

_TEXT = {
    *KEY,
    "kind",
    "photo_path",
    "mask_path",
    "zone_path",
    "weights",
    "code",
    "digest",
    "device",
    "versions",
    "error",
}
_WHOLE = {"tp", "fp", "fn", "tn", "parameters", "count_pred", "count_true"} | {
    f"line_{what}" for what in ("pred_hits_3", "pred_total", "true_hits_3", "true_total")
}
_LISTS = {"f1_sweep", "precision_sweep", "recall_sweep"}
_GROUP = 50_000  # rows that are compressed together


class ResultsError(DataError):
    """A results folder is missing, of other data, or can't be written; the message says how to mend it."""


class TooLarge(ResultsError):
    """A table holds more than was asked to be read."""


@dataclass(frozen=True)
class Limits:
    """What a table may hold: rows, bytes of its files, and bytes of the columns that are read once they are unpacked."""

    rows: int
    file_bytes: int
    column_bytes: int

    def check(self, rows: int, file_bytes: int, column_bytes: int) -> None:
        """Raises TooLarge where so much is more."""
        if rows > self.rows:
            raise TooLarge(f"it holds {rows:,} rows, expected at most {self.rows:,}")
        for size, most in ((file_bytes, self.file_bytes), (column_bytes, self.column_bytes)):
            if size > most:
                raise TooLarge(f"it holds {size / 1e6:,.0f} MB, expected at most {most / 1e6:,.0f} MB")


def table(rows: list[dict]) -> Table:
    """Rows as a table, each column of its kind; what a row lacks is null."""
    names = dict.fromkeys(name for row in rows for name in row)
    return pa.table({name: pa.array([_value(name, row.get(name)) for row in rows], _kind(name)) for name in names})


def schema(paths: Iterable[Path]) -> pa.Schema:
    """The columns of all of these files."""
    return pa.unify_schemas([parquet.read_schema(path) for path in paths], promote_options="permissive")


def write(path: Path, tables: Iterable[Table], columns: pa.Schema) -> None:
    """Replace a file whole or not at all. columns: those of all tables. Raises ResultsError."""
    with _replaced(path) as partial, partial.open("wb") as file:
        with parquet.ParquetWriter(file, columns, compression="zstd") as out:
            for group in _grouped(tables):
                out.write_table(pa.concat_tables([columns.empty_table(), *group], promote_options="permissive"))
        os.fsync(file.fileno())


def write_whole(path: Path, data: bytes) -> None:
    """Replace a small file whole or not at all. Raises ResultsError."""
    with _replaced(path) as partial:
        partial.write_bytes(data)


def read(file: Path | BinaryIO, columns: list[str] | None) -> Table:
    """A file's rows as they are, with these columns and NEEDED as far as it has them; None: all."""
    there = parquet.ParquetFile(file)
    return there.read(columns=_there(there, columns))


def narrowed(rows: Table) -> Table:
    """Of the columns only those that tell which rows count."""
    return rows.select([name for name in rows.column_names if name in NEEDED])


def checked(rows: Table) -> Table:
    """The rows with their columns of the kinds that tell which rows count. Raises pa.ArrowInvalid where there are others."""
    missing = [name for name in NEEDED if name not in rows.column_names and name not in LATER]
    if missing:
        raise pa.ArrowInvalid(f"it has no column {missing[0]}")
    for place, name in enumerate(rows.column_names):
        if name in NEEDED:
            column = rows[name].cast(_kind(name))
            # A null is equal to nothing, not even to another: rows without weights would never be the newest.
            rows = rows.set_column(place, name, column.fill_null("") if name in _TEXT else column)
    return rows


def joined(tables: list[Table]) -> pd.DataFrame:
    """All rows of all parts. Raises ResultsError where a column is text in one and numbers in another."""
    try:
        return pa.concat_tables(tables, promote_options="permissive").to_pandas()
    except pa.ArrowException as error:
        reason = str(error).splitlines()[0]
        raise ResultsError(f"the parts do not fit together ({reason}): take out the one of another kind") from error


def sizes(file: Path | BinaryIO, columns: list[str] | None) -> tuple[int, int]:
    """Rows, and bytes of the columns that `read` would unpack, as the end of the file says."""
    there = parquet.ParquetFile(file)
    about, names = there.metadata, _there(there, columns)
    groups = [about.row_group(number) for number in range(about.num_row_groups)]
    cells = (group.column(number) for group in groups for number in range(group.num_columns))
    wanted = (cell for cell in cells if names is None or cell.path_in_schema.split(".")[0] in names)
    return about.num_rows, sum(cell.total_uncompressed_size for cell in wanted)


def _there(file: parquet.ParquetFile, columns: list[str] | None) -> list[str] | None:
    return None if columns is None else [n for n in file.schema_arrow.names if n in {*columns, *NEEDED}]


def _grouped(tables: Iterable[Table]) -> Iterator[list[Table]]:
    """Small tables are joined: a row group for each would be slow to read."""
    waiting: list[Table] = []
    for table in tables:
        waiting.append(table)
        if sum(map(len, waiting)) >= _GROUP:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


def _kind(name: str) -> pa.DataType:
    if name in _TEXT:
        return pa.string()
    if name in _LISTS:
        return pa.list_(pa.float32())
    return pa.int64() if name in _WHOLE else pa.bool_() if name == "both_empty" else pa.float64()


def _value(name: str, value: object) -> object:
    """A whole number that is missing has no NaN."""
    return None if name in _WHOLE and value is not None and np.isnan(value) else value


@contextmanager
def _replaced(path: Path) -> Iterator[Path]:
    """A place beside a file to write to, which then takes that file's place. Raises ResultsError, and nothing is left there."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield partial
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        told = f"{path} can't be written ({error.strerror or error}): make room, then start again"
        raise ResultsError(told) from error
