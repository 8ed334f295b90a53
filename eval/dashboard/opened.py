"""Which results a visitor may open, and what is read of them: the columns that the tab shows, nothing else."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import pandas as pd

from eval import figures, groups, results, scores, tables
from eval.curves import sweep_means
from eval.samples import DataError
from eval.thresholds import THRESHOLDS

VARIABLE = "WRINKLESEG_RESULTS"
"""Folders, joined as in PATH, whose results any visitor may open; else results/ and assets/results/ where the page runs."""
PICTURES = "WRINKLESEG_PICTURES"
"""Folders, joined as in PATH, that photos and masks may be shown from, beside the data folder of the page."""
MOST_ROWS, MOST_METHODS = 2_000_000, 500
MOST_FILE_BYTES, MOST_COLUMN_BYTES = 10**9, 3 * 10**9
"""Larger tables are refused before they are read: they would fill the memory of the page and no figure could show them."""
MOST_COUNTED = 64
"""What was counted of one opened table is kept up to this number; the oldest goes first."""

_log = logging.getLogger(__name__)
_HUB = re.compile(r"hub:[\w-][\w.-]*/[\w-][\w.-]*(@[\w.-]+)?")
_TRAITS = ("face_width", "sharpness", "ita", "true_width", "skin_share")
_LINES = tuple(f"line_f1_{tolerance}" for tolerance in scores.TOLERANCES)
_NUMBERS = dict.fromkeys(
    (
        "threshold",
        "precision",
        "recall",
        *figures.SCORES,
        *_LINES,
        *scores.COUNT_COLUMNS,
        *_TRAITS,
        "seconds",
        "parameters",
    )
)
_TEXTS = (*results.KEY, "kind", "photo_path", "mask_path", "zone_path", "error")
COLUMNS = (*_TEXTS, *_NUMBERS, *scores.SWEEPS, "both_empty")
KINDS = ("learned", "classical", "reference")


class CannotOpen(ValueError):
    """What was named is not a place that may be opened, or holds no results; the message is one plain sentence."""


@dataclass(frozen=True, eq=False)
class Opened:
    """Results as they were read.

    where: their name. rows: COLUMNS, rows with a missing key left out. meta: of meta.json, {} where there is none.
    folder: where kept masks and ablations lie, None for results of the Hub. pictures: folders that photos may lie in, as
    the host says; what the results say of it themselves counts for nothing. counted: what `leaderboard` and the like made of
    the rows, kept here so that it goes with them.
    """

    where: str
    rows: pd.DataFrame
    meta: dict
    folder: Path | None
    pictures: tuple[Path, ...]
    counted: dict[tuple, pd.DataFrame] = field(default_factory=dict, repr=False)

    def once(self, key: tuple, count: Callable[[], pd.DataFrame]) -> pd.DataFrame:
        """What `count` gives, made once for a key; of MOST_COUNTED the oldest goes."""
        found = self.counted.get(key)
        if found is None:
            found = self.counted[key] = count()
            for old in list(self.counted)[:-MOST_COUNTED]:
                self.counted.pop(old, None)
        return found


def allowed() -> tuple[Path, ...]:
    """The folders whose results may be opened, as the host says."""
    said = [Path(part).expanduser() for part in os.environ.get(VARIABLE, "").split(os.pathsep) if part]
    return tuple(path.resolve() for path in said or (Path("results"), Path("assets") / "results") if path.is_dir())


def pictures(data: Path | None) -> tuple[Path, ...]:
    """The folders that photos and masks may be shown from: the data folder and those of PICTURES, resolved."""
    named = [Path(part).expanduser() for part in os.environ.get(PICTURES, "").split(os.pathsep) if part]
    return tuple(path.resolve() for path in ([data] if data else []) + named if path.is_dir())


def offline() -> bool:
    """Whether the host keeps this program from the Hub."""
    return os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE")


def choices(roots: tuple[Path, ...]) -> dict[str, Path]:
    """The results folders in the allowed ones, two levels deep, by the name that `find` takes."""
    found = [
        path for root in roots for depth in ("", "*", "*/*") for path in sorted(root.glob(depth) if depth else [root])
    ]
    inside = [(path, root) for path in found for root in roots if path.resolve().is_relative_to(root)]
    return {path.relative_to(root.parent).as_posix(): path for path, root in inside if holds_rows(path)}


def find(name: str, roots: tuple[Path, ...]) -> Path | str:
    """The results folder that a visitor named, or the Hub's name as it is.

    Raises:
        CannotOpen: it is no results folder inside the allowed ones; whether it is anywhere else is not told.
    """
    name = name.strip()
    if name.startswith(results.PREFIX):
        if not _HUB.fullmatch(name):
            raise CannotOpen(f"{_short(name)} is no name of a data set: write it as hub:OWNER/NAME.")
        if offline():
            raise CannotOpen("This page does not ask the Hub: start it with HF_HUB_OFFLINE=0 to open data sets there.")
        return name
    places = [base / name for root in roots for base in (root.parent, root)] if name and "\0" not in name else []
    for place in map(_resolved, places):
        if place and any(place.is_relative_to(root) for root in roots) and holds_rows(place):
            return place
    there = ", ".join(choices(roots)) or "none yet"
    raise CannotOpen(f"{_short(name) or 'Nothing'} is no results folder of this page; there are: {there}.")


def load(where: Path | str, data: Path | None) -> Opened:
    """Read results; the same again from memory while their files stay as they are.

    Args:
        where: a results folder, or "hub:OWNER/NAME".
        data: folder of photos and masks, None for none but those of PICTURES.

    Raises:
        CannotOpen: there are no rows, they are not of this benchmark, or they are too many. The sentence is for visitors:
            it holds no path of the host, the log tells the rest.
    """
    return _load(where, pictures(data), _stamp(where) if isinstance(where, Path) else 0)


@lru_cache(maxsize=4)
def _load(where: Path | str, shown: tuple[Path, ...], stamp: int) -> Opened:
    local = isinstance(where, Path)
    name = where.name if local else where
    try:
        if not local:
            _as_stranger()
        rows = _checked(results.read(where, COLUMNS, results.Limits(MOST_ROWS, MOST_FILE_BYTES, MOST_COLUMN_BYTES)))
    except CannotOpen:
        raise
    except results.TooLarge as error:
        raise CannotOpen(f"{_short(str(name))} is too large for this page: {error}.") from error
    except Exception as error:  # files from anybody are damaged in a dozen ways
        _log.warning("%s cannot be opened: %s", where, error)
        raise CannotOpen(f"{_short(str(name))} holds no rows that can be read as results of this benchmark.") from error
    return Opened(name, rows, _meta(where) if local else {}, where if local else None, shown)


def _as_stranger() -> None:
    """Read the Hub as anybody: a visitor who names a data set must not be shown what only the host may see."""
    import fsspec

    fsspec.config.conf["hf"] = {**fsspec.config.conf.get("hf", {}), "token": False}


def _meta(folder: Path) -> dict:
    """meta.json only tells a date here, so results without one, or with another thing in it, can be shown all the same."""
    try:
        meta = results.read_meta(folder)
    except DataError as error:
        _log.warning("%s", error)
        return {}
    return meta if isinstance(meta, dict) else {}


def leaderboard(opened: Opened, task: str, annotator: str, by: str) -> pd.DataFrame:
    """`eval.tables.leaderboard`, counted once."""
    key = ("leaderboard", task, annotator, by)
    return opened.once(key, lambda: tables.leaderboard(opened.rows, task, annotator, by))


def curves(opened: Opened, task: str, annotator: str) -> pd.DataFrame:
    """`sweep_means`, counted once."""
    key = ("curves", task, annotator)
    return opened.once(key, lambda: sweep_means(tables.whole(opened.rows, task, annotator)))


def by_group(opened: Opened, task: str, annotator: str, trait: str, score: str) -> pd.DataFrame:
    """`eval.groups.by_group` of one task and one annotator, counted once."""
    rows = opened.rows[(opened.rows["task"] == task) & (opened.rows["annotator"] == annotator)]
    key = ("groups", task, annotator, trait, score)
    return opened.once(key, lambda: groups.by_group(rows, trait, score))


def _checked(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of the kinds that the figures take, whoever wrote them."""
    if rows["method"].nunique() > MOST_METHODS:
        raise CannotOpen(f"It is too large for this page: at most {MOST_METHODS} methods.")
    rows = rows.dropna(subset=list(results.KEY))
    rows = rows[rows["task"].isin(["wrinkle", "pore"])].reset_index(drop=True)
    if rows.empty:
        raise CannotOpen("There are no rows of this benchmark in it: python -m eval run --output writes them.")
    if not (rows["zone"] == "whole").any():
        raise CannotOpen('No row in it is of a whole photo (zone "whole"), so there is nothing to compare.')
    texts = {name: rows[name].fillna("").astype(str) for name in _TEXTS}
    texts["kind"] = texts["kind"].where(texts["kind"].isin(KINDS), "classical")
    numbers = {name: pd.to_numeric(rows[name]) for name in _NUMBERS}
    sweeps = {name: _of_full_length(rows[name]) for name in scores.SWEEPS}
    return rows.assign(**texts, **numbers, **sweeps)


def _of_full_length(lists: pd.Series) -> pd.Series:
    lengths = lists.map(lambda value: len(value) if hasattr(value, "__len__") else 0)
    return lists.astype(object).where(lengths == len(THRESHOLDS), None)


def holds_rows(folder: Path) -> bool:
    """Whether it is a results folder with rows."""
    try:
        return (folder / results.ROWS).is_file() or any((folder / results.PARTS).glob("[!.]*.parquet"))
    except (OSError, ValueError):  # a name too long for a file, for one
        return False


def _stamp(folder: Path) -> int:
    files = [folder / results.ROWS, *(folder / results.PARTS).glob("[!.]*.parquet")]
    return hash(tuple((path.name, path.stat().st_mtime_ns) for path in files if path.is_file()))


def _resolved(path: Path) -> Path | None:
    """None for what can be no path here: half a letter (a surrogate), a name too long, a ring of links."""
    try:
        return path.resolve()
    except (OSError, ValueError, RuntimeError):
        return None


def _short(name: str) -> str:
    """Of a length for a message, and of letters that can be sent."""
    name = name.encode("utf-8", "replace").decode()
    return name if len(name) <= 60 else f"{name[:60]}..."
