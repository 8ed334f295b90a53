"""What a report holds: sections of a title, a table of plain numbers and the sentences without which it would mislead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from eval import groups, published, references, scores, statistics, tables
from eval.references import SECOND_PERSON
from eval.samples import DataError
from eval.shown import MISSING, shown, with_interval

TITLES = {"wrinkle": "Wrinkles", "pore": "Pores"}
COLUMNS = (
    *("method", "kind", "photo", "annotator", "task", "zone", "threshold", "both_empty", "error"),
    *scores.COUNT_COLUMNS,
    *tables.SCORES,
    *(column for column in tables.TOLERANCE_SCORES if column not in tables.SCORES),
    *(trait.column for trait in groups.TRAITS.values()),
    *("seconds", "parameters"),
)
"""What is read of a results folder."""

INTRODUCTION = (
    f"Scores are means over photos (macro), in brackets the {statistics.LEVEL:.0%} interval from {statistics.RESAMPLES:,} "
    "bootstrap resamples of the photos (percentiles at a level widened for few photos); below "
    f"{statistics.MIN_PHOTOS} photos there is none. Micro is from counts pooled over the photos.",
    "Rows of the kind “reference” are no methods: they show what the scores are worth.",
    "Differences are paired by photo: mean difference in F1 with its interval, p of a two-sided sign-flip permutation test, "
    "and p after Holm's correction for all pairs of the table. Told apart: corrected p below "
    f"{tables.ALPHA:g}. With fewer than {statistics.MIN_COMMON} photos in common no p below 0.05 is possible, and no test "
    "is made.",
)
"""What one must know to read any of it."""


@dataclass(frozen=True)
class Section:
    """One table of a report.

    name: of its CSV file and its anchor. title: for people. notes: sentences that go with it. table: plain numbers, as
    the CSV has them. view: the same as people read it, all str; None: `shown` makes it, with so
    many digits behind the point.
    """

    name: str
    title: str
    notes: tuple[str, ...]
    table: pd.DataFrame
    view: pd.DataFrame | None = None
    digits: int = 3


def sections(rows: pd.DataFrame) -> list[Section]:
    """The sections of a report on rows of a results folder, in the order in which they are read.

    Raises DataError where no row is of wrinkles or pores.
    """
    if not rows["task"].isin(TITLES).any():
        raise DataError(
            "no row is of wrinkles or pores, so there is nothing to report: give a folder that python -m eval run "
            "--output wrote"
        )
    contests = list(tables.contests(rows))
    drawn = {task: [name for each, name in contests if each == task] for task in TITLES}
    found = [_leaderboard(rows, *contest) for contest in contests]
    found += [section for contest in contests for section in _pairs(rows, *contest)]
    found += [_paper_w(rows, annotator) for annotator in drawn["wrinkle"]]
    for wrinkle in drawn["wrinkle"] or [None]:
        for pore in drawn["pore"] or [None]:
            found += _paper_p(rows, wrinkle, pore)
    found.append(Section("published", "What others published on wrinkles", (_OTHERS,), tables.others(), digits=4))
    found += [_tolerance(rows, annotator) for annotator in drawn["wrinkle"]]
    found += _groups(rows)
    found.append(_failures(rows))
    return found


def of_contest(task: str, annotator: str) -> str:
    """What is scored against whom, for a title; the pores' only annotator goes without a name."""
    return TITLES[task] if annotator == f"{task}s" else f"{TITLES.get(task, task)}, annotator {annotator}"


def _leaderboard(rows: pd.DataFrame, task: str, annotator: str) -> Section:
    board = tables.leaderboard(rows, task, annotator)
    notes = (*_what(board, task, annotator), *_empty(board), *_left_out(board))
    view = shown(board.drop(columns=["threshold", *(f"accuracy{end}" for end in tables.ENDS)]))
    return Section(f"leaderboard-{task}-{annotator}", of_contest(task, annotator), notes, board, view)


def _what(board: pd.DataFrame, task: str, annotator: str) -> Iterator[str]:
    """What the rows are, and how far the table ranks them."""
    if set(board["kind"]) == {tables.REFERENCE} and not set(board["method"]) & references.REFERENCES.keys():
        yield f"Each row is another annotator's masks scored against {annotator}'s: how far people agree, and no ranking."
    else:
        yield _standing(board)
        yield from _second_person(board, task, annotator)


def _standing(board: pd.DataFrame) -> str:
    """How far the table ranks at all."""
    ranks = board["rank"].dropna()
    if (board["kind"] != tables.REFERENCE).sum() < 2:
        return "One method alone: there is nothing to rank."
    if ranks.empty:
        return f"No ranking: methods need {statistics.MIN_COMMON} photos in common to be tested against each other."
    if (ranks == 1).all():
        return (
            "No ranking: no method is shown to be better than another on these photos; the order is that of the means."
        )
    return _RANKS


def _second_person(board: pd.DataFrame, task: str, annotator: str) -> Iterator[str]:
    found = board[board["method"] == SECOND_PERSON]
    for row in found.itertuples():
        photos = f"{row.photos} photo{'s' if row.photos != 1 else ''}"
        yield (
            f"The row “{SECOND_PERSON}” is another annotator's mask scored against {annotator}'s, on {photos}: F1 "
            f"{row.f1:.3f}. A method near it does as well as another person would."
        )
    if found.empty and task == "wrinkle":
        yield "No photo here was drawn by a second person, so nobody knows how far people would agree."


def _empty(board: pd.DataFrame) -> Iterator[str]:
    if board["both_empty"].any():
        yield (
            "“Both empty” counts photos where nothing is drawn and nothing was marked. They score 1 and are part of the "
            "means."
        )


def _left_out(board: pd.DataFrame) -> Iterator[str]:
    if board["failed"].any():
        yield "“Failed” counts photos that ended in an error; they are left out of the means and named at the end."


def _pairs(rows: pd.DataFrame, task: str, annotator: str) -> Iterator[Section]:
    table = tables.pairs(rows, task, annotator)
    if len(table):
        yield Section(f"differences-{task}-{annotator}", f"Which differ: {of_contest(task, annotator)}", (), table)


def _paper_w(rows: pd.DataFrame, annotator: str) -> Section:
    title = f"Table 1 of paper W, and ours by annotator {annotator}"
    return Section(
        f"paper-w-table-1-{annotator}", title, (_PAPER_W, _ACCURACY), tables.paper_w(rows, annotator), digits=4
    )


def _paper_p(rows: pd.DataFrame, wrinkle: str | None, pore: str | None) -> Iterator[Section]:
    end = "-".join(name for name in (wrinkle, pore) if name)
    ours = f"and ours by {' and '.join(name for name in (wrinkle, pore) if name)}"
    second, third = tables.paper_p_2(rows, wrinkle, pore), tables.paper_p_3(rows, wrinkle, pore)
    yield Section(f"paper-p-table-2-{end}", f"Table 2 of paper P, {ours}", (_PAPER_P, _ZONE), second, digits=4)
    yield Section(f"paper-p-table-3-{end}", f"Table 3 of paper P, {ours}", (_PAPER_P, _LOSS), third, digits=4)


def _tolerance(rows: pd.DataFrame, annotator: str) -> Section:
    title = f"Centreline F1 by tolerance: {of_contest('wrinkle', annotator)}"
    return Section(f"tolerance-{annotator}", title, (_TOLERANCE,), tables.tolerance(rows, annotator))


def _groups(rows: pd.DataFrame) -> Iterator[Section]:
    every = pd.concat([groups.by_group(rows, trait) for trait in (groups.ZONE, *groups.TRAITS)], ignore_index=True)
    for (trait, task, annotator), part in every.groupby(["trait", "task", "annotator"], sort=False):
        seen = part[~part["hidden"]]
        if len(seen):
            about = groups.TRAITS.get(trait)
            name = f"groups-{trait.replace(' ', '-')}-{task}-{annotator}"
            title = f"F1 by {about.title if about else trait}: {of_contest(task, annotator)}"
            notes = (*([about.note] if about else []), *([_BARE] if seen["bare"].any() else []))
            yield Section(name, title, notes, part, _group_view(seen))
    sizes = every.groupby(["trait", "task", "annotator", "group"], sort=False)["photos"].max().reset_index()
    hidden = sizes[sizes["photos"] < groups.MIN_PHOTOS].reset_index(drop=True)
    note = f"Groups of fewer than {groups.MIN_PHOTOS} photos are hidden: {len(hidden)} of them, with their photos."
    yield Section("groups-hidden", "Hidden groups", (note,), hidden)


def _group_view(part: pd.DataFrame) -> pd.DataFrame:
    """A line a group, a column a method, the best first and honest rows last; all str."""
    sizes = part.groupby("group", sort=False)[["photos", "bare"]].max()
    view = shown((sizes if sizes["bare"].any() else sizes[["photos"]]).reset_index())
    order = part.groupby("method").agg(kind=("kind", "first"), mean=("mean", "mean"))
    order = order.assign(honest=order["kind"] == tables.REFERENCE).sort_values(
        ["honest", "mean"], ascending=[True, False]
    )
    cells = [with_interval(f"{row.mean:.3f}", row.low, row.high) for row in part.itertuples()]
    wide = part.assign(cell=cells).pivot(index="group", columns="method", values="cell")
    wide = wide.reindex(sizes.index, columns=order.index).fillna(MISSING).reset_index(drop=True)
    return pd.concat([view, wide], axis=1)


def _failures(rows: pd.DataFrame) -> Section:
    failed = tables.failures(rows)
    photos = failed["photo"].nunique()
    note = f"{photos} photo{'s' if photos != 1 else ''} ended in an error." if photos else "No photo ended in an error."
    return Section("left-out", "Photos that were left out", (note,), failed)


_RANKS = (
    "Rank: 1 + the number of methods that are shown to be better in F1 (the tests below). Methods that cannot be told "
    "apart share a rank; the order within a rank says nothing."
)
_PAPER_W = (
    f"Paper W: Bui et al., 2024. Lines marked “{published.MARK}” were measured by their authors on other photos with masks "
    "by other people: they stand beside ours and cannot be ranked with them."
)
_ACCURACY = (
    "Pixel accuracy says next to nothing: see the row “all background”, which marks no wrinkle at all. Nearly every pixel is "
    "none."
)
_PAPER_P = (
    f"Paper P: Yoon, Kim, Lee and Yoo, Diagnostics 13(11):1894, 2023. Lines marked “{published.MARK}” are its own, on graded "
    "semi-automatic masks of close device photos."
)
_ZONE = "Its image processing was scored inside a cropped zone, its networks on the whole picture."
_LOSS = "Loss: the value that the paper prints; ours were trained with other losses, so none is given."
_OTHERS = "None of these was measured on our photos."
_TOLERANCE = (
    "Centrelines count as found within so many pixels (photo at the scored width), or within 1% of the face's width. A row "
    "that is low at 1 px and high at 3 px sees the lines and misses their exact place: compare the truth moved by 2 px."
)
_BARE = (
    "Photos are those with something drawn there. Where nothing is drawn a score is 1 or 0 and nothing between, so these "
    "photos are counted apart; the CSV file says on how many of them each method marked nothing."
)
