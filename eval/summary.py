"""The short table of a run: macro means over photos by task and annotator, and pooled (micro) IoU and F1 beside them."""

from __future__ import annotations

import pandas as pd

from eval import scores
from eval.scenes import HALF_FACE, WIDTH

ROWS = "rows.csv"
COLUMNS = ["iou", "f1", "cldice", "line_f1"]
HEADINGS = {"iou": "IoU", "f1": "F1", "cldice": "clDice", "line_f1": "centreline F1"}
_PORE_HEADINGS = HEADINGS | {"line_f1": "F1 of centres"}
_MICRO = {"iou": "micro IoU", "f1": "micro F1"}
_KNOWN = ["method", "task", "annotator", "name", "threshold"]
_COUNTS = [*scores.PIXEL_COUNTS]
LINE_TOLERANCE = 3


def flat(rows: pd.DataFrame) -> pd.DataFrame:
    """One row for each method and photo without an error: rows.csv, what model cards and trainings read.

    rows: as results.read gives them. Columns: method, task, annotator, name (of the photo), threshold, COLUMNS, marked
    (share of the pixels), tp, fp, fn, tn, seconds. `line_f1` is that of centrelines within 3 px, for pores of their centres.
    """
    if rows.empty:
        return pd.DataFrame(columns=[*_KNOWN, *COLUMNS, "marked", *_COUNTS, "seconds"])
    whole = rows[(rows["zone"] == "whole") & (rows["error"] == "")].rename(columns={"photo": "name"})
    lines = whole[f"line_f1_{LINE_TOLERANCE}"].where(whole["task"] == "wrinkle", whole["centre_f1"])
    marked = (whole["tp"] + whole["fp"]) / whole[_COUNTS].sum(axis=1)
    table = whole.assign(line_f1=lines, marked=marked).astype(dict.fromkeys(_COUNTS, int))
    return table[[*_KNOWN, *COLUMNS, "marked", *_COUNTS, "seconds"]].reset_index(drop=True)


def text(rows: pd.DataFrame, split: str = "test") -> str:
    """The table as Markdown, of rows as `results.read` gives them or as `flat` does.

    split: of the photos ("train", "validation", "test" or "all"); the titles name it where it is not the kept-aside one.
    """
    failed = _failed(rows)
    table = flat(rows) if "zone" in rows else rows
    groups = pd.concat([table, failed])[["task", "annotator"]].drop_duplicates().itertuples(index=False)
    blocks = []
    for task, annotator in groups:
        part, errors = _of(table, task, annotator), _of(failed, task, annotator)
        title = _title(task, annotator, set(part["name"]) == {HALF_FACE}, split)
        blocks.append(f"{title}\n\n{_markdown(part, errors, headings(task))}")
    return "\n\n".join(blocks)


def headings(task: str) -> dict[str, str]:
    """What COLUMNS are called: `line_f1` is that of centrelines, for pores of their centres."""
    return _PORE_HEADINGS if task == "pore" else HEADINGS


def _of(table: pd.DataFrame, task: str, annotator: str) -> pd.DataFrame:
    return table[(table["task"] == task) & (table["annotator"] == annotator)]


def _failed(rows: pd.DataFrame) -> pd.DataFrame:
    if "error" not in rows:
        return pd.DataFrame(columns=["method", "task", "annotator"])
    return rows.loc[rows["error"] != "", ["method", "task", "annotator"]]


def _title(task: str, annotator: str, half: bool, split: str) -> str:
    if task == "pore" and half:
        what = f"Pores of the half face, {'kept-aside' if split == 'test' else split} stripes inside the zone"
        return f"{what} (centres within {scores.CENTRE_TOLERANCE:g} px)"
    which = "" if split == "test" else ", all photos" if split == "all" else f", {split} photos"
    if task == "pore":
        return f"Pores, annotator {annotator}{which} (centres within {scores.CENTRE_TOLERANCE:g} px)"
    lines = f"centrelines within {LINE_TOLERANCE} px at {WIDTH} px width"
    return f"Wrinkles, annotator {annotator}{which}, macro over photos ({lines})"


def _markdown(part: pd.DataFrame, failed: pd.DataFrame, named: dict[str, str]) -> str:
    """Methods by mean IoU; counts give micro columns, errors one more."""
    means = part.groupby("method")[COLUMNS].mean().sort_values("iou", ascending=False)
    names = [*means.index, *(name for name in dict.fromkeys(failed["method"]) if name not in means.index)]
    columns = {"photos": part.groupby("method").size().reindex(names, fill_value=0).map(str)}
    columns |= {named[column]: means[column].reindex(names).map(_figure) for column in COLUMNS}
    if set(_COUNTS) <= set(part):
        sums = part.groupby("method")[_COUNTS].sum()
        pooled = pd.DataFrame(scores.pooled(sums), sums.index).reindex(names)
        columns |= {heading: pooled[name].map(_figure) for name, heading in _MICRO.items()}
    if len(failed):
        columns["errors"] = failed.groupby("method").size().reindex(names, fill_value=0).map(str)
    lines = [f"| method | {' | '.join(columns)} |", "| --- " * (len(columns) + 1) + "|"]
    return "\n".join([*lines, *(f"| {name} | {' | '.join(c[name] for c in columns.values())} |" for name in names)])


def _figure(value: float) -> str:
    return "-" if pd.isna(value) else f"{value:.3f}"
