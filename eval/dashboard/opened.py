"""Which results a visitor may open, and what is read of them: the columns that the tab shows, nothing else."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pandas as pd

from eval import figures, groups, results, tables
from eval.samples import DataError
from eval.thresholds import THRESHOLDS

VARIABLE = "WRINKLESEG_RESULTS"
"""Folders, joined as in PATH, whose results any visitor may open; else results/ and assets/results/ where the page runs."""

_HUB = re.compile(r"hub:[\w-][\w.-]*/[\w-][\w.-]*(@[\w.-]+)?")
_KEY = ("method", "photo", "annotator", "task", "zone")
_SWEEPS = ("f1_sweep", "precision_sweep", "recall_sweep")
_COUNTS = ("tp", "fp", "fn", "tn", "line_pred_hits_3", "line_pred_total", "line_true_hits_3", "line_true_total")
_TRAITS = ("face_width", "sharpness", "ita", "true_width", "skin_share")
_LINES = tuple(f"line_f1_{tolerance}" for tolerance in figures.TOLERANCES)
_NUMBERS = dict.fromkeys(
    ("threshold", "precision", "recall", *figures.SCORES, *_LINES, *_COUNTS, *_TRAITS, "seconds", "parameters")
)
_TEXTS = (*_KEY, "kind", "photo_path", "mask_path", "error")
COLUMNS = (*_TEXTS, *_NUMBERS, *_SWEEPS, "both_empty")
KINDS = ("learned", "classical", "reference")


class CannotOpen(ValueError):
    """What was named is not a place that may be opened, or holds no results; the message is one plain sentence."""


@dataclass(frozen=True, eq=False)
class Opened:
    """Results as they were read.

    where: their name. rows: COLUMNS, rows with a missing key left out. meta: of meta.json, {} where there is none.
    folder: where kept masks and ablations lie, None for results of the Hub. pictures: folders that photos may lie in.
    """

    where: str
    rows: pd.DataFrame
    meta: dict
    folder: Path | None
    pictures: tuple[Path, ...]


def allowed() -> tuple[Path, ...]:
    """The folders whose results may be opened, as the host says."""
    said = [Path(part).expanduser() for part in os.environ.get(VARIABLE, "").split(os.pathsep) if part]
    return tuple(path.resolve() for path in said or (Path("results"), Path("assets") / "results") if path.is_dir())


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
        return name
    places = [base / name for root in roots for base in (root.parent, root)] if name and "\0" not in name else []
    for place in (path.resolve() for path in places):
        if any(place.is_relative_to(root) for root in roots) and holds_rows(place):
            return place
    there = ", ".join(choices(roots)) or "none yet"
    raise CannotOpen(f"{_short(name) or 'Nothing'} is no results folder of this page; there are: {there}.")


def load(where: Path | str, data: Path | None) -> Opened:
    """Read results; the same again from memory while their files stay as they are.

    Args:
        where: a results folder, or "hub:OWNER/NAME".
        data: folder of photos and masks, None for none.

    Raises:
        CannotOpen: there are no rows, or they are not of this benchmark.
    """
    return _load(where, data, _stamp(where) if isinstance(where, Path) else 0)


@lru_cache(maxsize=4)
def _load(where: Path | str, data: Path | None, stamp: int) -> Opened:
    try:
        rows = _checked(results.read(where, COLUMNS))
        meta = results.read_meta(where) if isinstance(where, Path) else {}
    except (DataError, ValueError, TypeError) as error:
        raise CannotOpen(str(error)) from error
    local = isinstance(where, Path)
    pictures = tuple(path.resolve() for path in ([data] if data else []) + (_sources(meta) if local else []))
    return Opened(where.name if local else where, rows, meta, where if local else None, pictures)


@lru_cache(maxsize=32)
def leaderboard(opened: Opened, task: str, annotator: str, by: str) -> pd.DataFrame:
    """`eval.tables.leaderboard`, counted once."""
    return tables.leaderboard(opened.rows, task, annotator, by)


@lru_cache(maxsize=32)
def curves(opened: Opened, task: str, annotator: str) -> pd.DataFrame:
    """`eval.figures.sweep_means`, counted once."""
    return figures.sweep_means(tables.whole(opened.rows, task, annotator))


@lru_cache(maxsize=64)
def by_group(opened: Opened, task: str, annotator: str, trait: str, score: str) -> pd.DataFrame:
    """`eval.groups.by_group` of one task and one annotator, counted once."""
    rows = opened.rows
    return groups.by_group(rows[(rows["task"] == task) & (rows["annotator"] == annotator)], trait, score)


def _checked(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of the kinds that the figures take, whoever wrote them."""
    rows = rows.dropna(subset=list(_KEY))
    rows = rows[rows["task"].isin(["wrinkle", "pore"])].reset_index(drop=True)
    if rows.empty:
        raise CannotOpen("There are no rows of this benchmark in it: python -m eval run --output writes them.")
    texts = {name: rows[name].fillna("").astype(str) for name in _TEXTS}
    texts["kind"] = texts["kind"].where(texts["kind"].isin(KINDS), "classical")
    numbers = {name: pd.to_numeric(rows[name]) for name in _NUMBERS}
    sweeps = {name: _of_full_length(rows[name]) for name in _SWEEPS}
    return rows.assign(**texts, **numbers, **sweeps)


def _of_full_length(lists: pd.Series) -> pd.Series:
    lengths = lists.map(lambda value: len(value) if hasattr(value, "__len__") else 0)
    return lists.astype(object).where(lengths == len(THRESHOLDS), None)


def _sources(meta: dict) -> list[Path]:
    """The folders that the benchmark took photos and masks from; only asked of results that the host keeps himself."""
    source = meta.get("source") if isinstance(meta.get("source"), dict) else {}
    named = [source.get(part) for part in ("path", "masks")]
    return [Path(name).expanduser() for name in named if isinstance(name, str) and name and Path(name).is_dir()]


def holds_rows(folder: Path) -> bool:
    """Whether it is a results folder with rows."""
    try:
        return (folder / results.ROWS).is_file() or any((folder / results.PARTS).glob("[!.]*.parquet"))
    except OSError:  # a name too long for a file, for one
        return False


def _stamp(folder: Path) -> int:
    files = [folder / results.ROWS, *(folder / results.PARTS).glob("[!.]*.parquet")]
    return hash(tuple((path.name, path.stat().st_mtime_ns) for path in files if path.is_file()))


def _short(name: str) -> str:
    return name if len(name) <= 60 else f"{name[:60]}..."
