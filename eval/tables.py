"""From the rows of a results folder to the tables that people read: leaderboard, paired tests, tables of the papers.

Every function takes rows (`eval.results.read`) and gives a new table of plain numbers. Annotators are never mixed. A mean
is over photos (macro); what is called micro is from counts pooled over the photos.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from eval import published, scores, statistics
from eval.published import Figure
from eval.samples import DataError

SCORES = ("iou", "f1", "cldice", "line_f1_3", "centre_f1", "accuracy", "ap")
MICRO = {"iou": "micro_iou", "f1": "micro_f1", "line_f1_3": "micro_line_f1_3"}
TOLERANCE_SCORES = (*(f"line_f1_{tolerance}" for tolerance in scores.TOLERANCES), "line_f1_face")
ENDS = ("", "_low", "_high")
REFERENCE = "reference"
ALPHA = 0.05
TOO_FEW = f"fewer than {statistics.MIN_COMMON} photos in common: no test"


def leaderboard(rows: pd.DataFrame, task: str, annotator: str, by: str = "f1") -> pd.DataFrame:
    """One line a method, on whole photos: the best mean of `by` first, the honest rows (kind "reference") last.

    Columns: method, kind; rank (1 + how many methods are shown to be better in `by`, see `pairs`; NaN for honest rows and
    where nothing could be tested); photos, failed (photos that ended in an error), both_empty (photos where truth and
    prediction are empty, and scores are 1); S, S_low, S_high for each of SCORES (mean and 95% interval by photo; NaN
    where the task lacks it, low and high also where photos are too few); micro_iou, micro_f1, micro_line_f1_3; seconds
    (median of a photo), parameters, threshold.

    Raises DataError where there are no rows of that task and annotator.
    """
    part = whole(rows, task, annotator)
    board = _scored(part, SCORES, by).join(_micro(part))
    board.insert(1, "rank", _ranks(pairs(rows, task, annotator, by), board.index))
    return board.reset_index()


def pairs(rows: pd.DataFrame, task: str, annotator: str, by: str = "f1") -> pd.DataFrame:
    """Every two methods on the photos that both were scored on, honest rows left out; the surest difference first.

    Columns: better, worse (by their means over those photos), photos, difference (of those means), low, high (its 95%
    interval by photo), p (sign-flip test), holm (p corrected for all pairs of this table), told_apart (holm below ALPHA),
    note (why there is no test, else ""). Without a test low to holm are NaN, and told_apart is None.
    """
    part = whole(rows, task, annotator)
    values = statistics.per_photo(part[part["kind"] != REFERENCE], [by])
    names = list(combinations([method for method, _ in values], 2))
    gaps = np.array([values[a, by] - values[b, by] for a, b in names]).reshape(len(names), len(values)).T
    table = pd.DataFrame(names, columns=["better", "worse"]).assign(photos=(~np.isnan(gaps)).sum(axis=0))
    table[["difference", "low", "high"]] = statistics.intervals(gaps)
    table["p"] = statistics.sign_flip(gaps)
    table.loc[table["p"].isna(), ["low", "high"]] = np.nan
    table["holm"] = statistics.holm(table["p"].to_numpy())
    table["told_apart"] = np.where(table["p"].isna(), None, table["holm"] < ALPHA)
    table["note"] = np.where(table["p"].isna(), TOO_FEW, "")
    return _turned(table).sort_values(["holm", "p", "difference"], ascending=[True, True, False], ignore_index=True)


def means(part: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """S, S_low, S_high of each of `columns`, a line a method, its name as index.

    part: rows of one task and annotator, and of one zone or trait's group; a column that they lack gives NaN.
    """
    values = statistics.per_photo(part.reindex(columns=["photo", "method", *columns]), columns)
    found = statistics.intervals(values.to_numpy(float))
    names = pd.MultiIndex.from_tuples(values.columns, names=["method", "score"])
    table = pd.DataFrame(found, names, ENDS).unstack("score")
    table.columns = [score + end for end, score in table.columns]
    return table.reindex(columns=[score + end for score in columns for end in ENDS])


def tolerance(rows: pd.DataFrame, annotator: str) -> pd.DataFrame:
    """Centreline F1 of every method within 1 to 8 px and within 1% of the face's width, with intervals."""
    table = _scored(whole(rows, "wrinkle", annotator), TOLERANCE_SCORES, "line_f1_3")
    return table[["kind", "photos", *_with_ends(TOLERANCE_SCORES)]].reset_index()


def paper_w(rows: pd.DataFrame, annotator: str) -> pd.DataFrame:
    """Table 1 of paper W: method, F1, IoU, pixel accuracy, photos, data; theirs first, then ours with the honest rows."""
    shown = ("f1", "iou", "accuracy")
    ours = _scored(whole(rows, "wrinkle", annotator), shown, "f1")
    theirs = [{"method": figure.name, **figure.wrinkle} for figure in published.of_table(published.PAPER_W)]
    return _beside(theirs, ours, f"annotator {annotator}", [*_with_ends(shown), "photos"])


def paper_p_2(rows: pd.DataFrame, wrinkle: str | None, pore: str | None) -> pd.DataFrame:
    """Table 2 of paper P: method, IoU of wrinkles, IoU of pores, how many photos of each, data.

    wrinkle, pore: annotators of the two tasks; None where there are no such rows.
    """
    theirs = [_ious(figure) for figure in published.of_table(published.PAPER_P_2)]
    return _beside(theirs, _both_tasks(rows, wrinkle, pore), _by(wrinkle, pore), _BOTH)


def paper_p_3(rows: pd.DataFrame, wrinkle: str | None, pore: str | None) -> pd.DataFrame:
    """Table 3 of paper P: networks with parameters, value of the loss (theirs only), and then as Table 2."""
    figures = published.of_table(published.PAPER_P_3)
    theirs = [_ious(figure) | {"parameters": figure.parameters, "loss": figure.loss} for figure in figures]
    ours = _both_tasks(rows, wrinkle, pore)
    networks = ours[ours["kind"] == "learned"]
    return _beside(theirs, networks, _by(wrinkle, pore), ["parameters", "loss", *_BOTH])


def others() -> pd.DataFrame:
    """What other works published on wrinkles: method, scores, data, source."""
    return pd.DataFrame(
        [
            {"method": figure.name, **figure.wrinkle, "data": figure.data, "source": figure.source, "note": figure.note}
            for table in (published.OTHERS, published.LOSSES)
            for figure in published.of_table(table)
        ]
    )


def failures(rows: pd.DataFrame) -> pd.DataFrame:
    """What was left out: method, task, annotator, photo, error; a line each."""
    failed = rows[_failed(rows)]
    return failed[["method", "task", "annotator", "photo", "error"]].drop_duplicates(ignore_index=True)


def contests(rows: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """Every (task, annotator) that has rows, wrinkles first."""
    found = rows[["task", "annotator"]].drop_duplicates().sort_values(["task", "annotator"], ascending=[False, True])
    yield from found.itertuples(index=False, name=None)


def whole(rows: pd.DataFrame, task: str, annotator: str) -> pd.DataFrame:
    """The rows of whole photos of one task and one annotator. Raises DataError where there are none."""
    part = rows[(rows["zone"] == "whole") & (rows["task"] == task) & (rows["annotator"] == annotator)]
    if part.empty:
        known = "; ".join(f"{task} by {name}" for task, name in contests(rows)) or "none at all"
        raise DataError(f"there are no rows of {task} by annotator {annotator!r}; there are: {known}")
    return part


def _scored(part: pd.DataFrame, columns: Sequence[str], by: str) -> pd.DataFrame:
    """A line a method: kind, photos, means with intervals, costs; the best first, honest rows last."""
    kinds = part.groupby("method", sort=False)["kind"].first().to_frame()
    table = kinds.join(_numbers(part)).join(means(part, columns)).join(_costs(part))
    order = pd.DataFrame({"honest": table["kind"] == REFERENCE, "score": -table[by]})
    return table.loc[order.sort_values(["honest", "score"], kind="stable").index].rename_axis("method")


def _numbers(part: pd.DataFrame) -> pd.DataFrame:
    """How many photos were scored, ended in an error, and were empty in truth and prediction alike."""
    failed = _failed(part)
    empty = part.reindex(columns=["both_empty"])["both_empty"] == True  # noqa: E712 - None and NaN are no True
    counted = {"photos": part[~failed], "failed": part[failed], "both_empty": part[empty & ~failed]}
    table = pd.DataFrame({name: kept.groupby("method")["photo"].nunique() for name, kept in counted.items()})
    return table.reindex(part["method"].unique()).fillna(0).astype(int)


def _failed(rows: pd.DataFrame) -> pd.Series:
    return rows["error"].fillna("").astype(str) != ""


def _micro(part: pd.DataFrame) -> pd.DataFrame:
    """Scores from pooled counts; rows that a photo has twice are averaged first.

    A photo of which one of the counts is missing drops out: a sum without it would be that of other photos.
    """
    counts = part.reindex(columns=["method", "photo", *scores.COUNT_COLUMNS])
    by_photo = counts.groupby(["method", "photo"]).mean()
    for names in (scores.PIXEL_COUNTS, scores.LINE_COUNTS):
        by_photo.loc[by_photo[[*names]].isna().any(axis=1), [*names]] = np.nan
    sums = by_photo.groupby("method").sum(min_count=1)
    pooled = scores.pooled({name: sums[name].to_numpy(float) for name in sums})
    return pd.DataFrame({name: pooled[score] for score, name in MICRO.items()}, sums.index)


def _costs(part: pd.DataFrame) -> pd.DataFrame:
    by_method = part.reindex(columns=["method", "seconds", "parameters", "threshold"]).groupby("method")
    return by_method.agg({"seconds": "median", "parameters": "max", "threshold": "median"})


def _ranks(table: pd.DataFrame, methods: pd.Index) -> np.ndarray:
    place = {method: number for number, method in enumerate(methods)}
    wins, tested = np.zeros((2, len(methods), len(methods)), bool)
    for row in table.itertuples():
        better, worse = place[row.better], place[row.worse]
        wins[better, worse] = bool(row.told_apart)
        tested[better, worse] = tested[worse, better] = not np.isnan(row.p)
    return statistics.ranks(wins, tested)


def _turned(table: pd.DataFrame) -> pd.DataFrame:
    """Pairs turned so that no difference is negative."""
    turned = table["difference"] < 0
    table.loc[turned, ["better", "worse"]] = table.loc[turned, ["worse", "better"]].to_numpy()
    table.loc[turned, ["low", "high"]] = -table.loc[turned, ["high", "low"]].to_numpy()
    return table.assign(difference=table["difference"].abs())


def _both_tasks(rows: pd.DataFrame, wrinkle: str | None, pore: str | None) -> pd.DataFrame:
    """kind, parameters, and IoU and photos of each task: a line a method, NaN where it lacks a task."""
    parts = []
    for task, annotator in (("wrinkle", wrinkle), ("pore", pore)):
        if annotator is not None:
            table = _scored(whole(rows, task, annotator), ["iou"], "iou")
            names = {name: f"{task}_{name}" for name in ("photos", *_with_ends(["iou"]))}
            parts.append(table.rename(columns=names)[["kind", "parameters", *names.values()]])
    return pd.concat(parts).groupby(level=0, sort=False).first()


def _beside(theirs: list[dict], ours: pd.DataFrame, whose: str, columns: list[str]) -> pd.DataFrame:
    """Published lines above ours: method, `columns`, and where the figures are from."""
    lines = pd.DataFrame(theirs).assign(data=published.MARK)
    data = np.where(ours["kind"] == REFERENCE, f"reference, {whose}", f"this run, {whose}")
    mine = ours.assign(data=data).rename_axis("method").reset_index()
    return pd.concat([lines, mine], ignore_index=True).reindex(columns=["method", *columns, "data"])


def _ious(figure: Figure) -> dict:
    return {"method": figure.name, "wrinkle_iou": figure.wrinkle["iou"], "pore_iou": figure.pore["iou"]}


def _by(*annotators: str | None) -> str:
    return "annotator " + " and ".join(name for name in annotators if name is not None)


def _with_ends(columns: Sequence[str]) -> list[str]:
    return [column + end for column in columns for end in ENDS]


_BOTH = [*_with_ends(["wrinkle_iou", "pore_iou"]), "wrinkle_photos", "pore_photos"]
