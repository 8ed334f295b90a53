"""From opened results and what was chosen to the figures, each counted from rows of one task and one annotator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go

from eval import curves, figures, groups, published, tables
from eval.dashboard import opened as places
from eval.dashboard import words
from eval.dashboard.opened import Opened
from eval.figures.style import Ceiling, Style, styles
from eval.references import SECOND_PERSON
from eval.scores import TOLERANCES
from wrinkleseg.ui import texts

WORST = 8
"""How many of a method's worst photos are listed."""


@dataclass(frozen=True)
class Choice:
    """What a visitor chose. kinds: of `opened.KINDS`; name: a part of the methods' names, "" for all."""

    task: str
    annotator: str
    score: str
    kinds: tuple[str, ...] = places.KINDS
    name: str = ""


def contests(opened: Opened) -> dict[tuple[str, str], int]:
    """Photos of every (task, annotator), the one with most photos of wrinkles first."""
    whole = opened.rows[opened.rows["zone"] == "whole"]
    counted = whole.groupby(["task", "annotator"])["photo"].nunique()
    return dict(sorted(counted.items(), key=lambda item: (item[0][0] != "wrinkle", -item[1])))


def scores(opened: Opened, task: str, annotator: str) -> list[str]:
    """The scores that any method has there, in the order of `figures.SCORES`."""
    part = tables.whole(opened.rows, task, annotator)
    return [name for name in figures.SCORES if part[name].notna().any()]


def board(opened: Opened, choice: Choice) -> pd.DataFrame:
    """The leaderboard by the chosen score: the methods that are shown."""
    return _shown(places.leaderboard(opened, choice.task, choice.annotator, choice.score), choice)


def ranked(opened: Opened, choice: Choice) -> bool:
    """Whether there are photos enough to rank any methods, whichever of them are shown."""
    return places.leaderboard(opened, choice.task, choice.annotator, choice.score)["rank"].notna().any()


def drawn(opened: Opened, choice: Choice) -> dict[str, go.Figure | None]:
    """Every figure by its name; None where the results have nothing for it."""
    seen = _Seen.of(opened, choice)
    return {name: draw(seen) for name, draw in _FIGURES.items()}


def traits(opened: Opened, choice: Choice) -> dict[str, str]:
    """What photos can be grouped by, name by title; empty where there are too few photos for any group."""
    titles = {groups.ZONE: "zone of the face"} | {name: trait.title for name, trait in groups.TRAITS.items()}
    enough = contests(opened)[choice.task, choice.annotator] >= groups.MIN_PHOTOS
    return {title: name for name, title in titles.items()} if enough else {}


def grouped(opened: Opened, choice: Choice, trait: str) -> go.Figure | None:
    """Means by group; None where every group is too small to be shown."""
    table = _grouped(opened, choice, trait)
    every = places.leaderboard(opened, choice.task, choice.annotator, choice.score)
    # Of whole photos: in a zone people agree otherwise, and the second person has points there as every row.
    ceiling = None if trait == groups.ZONE else curves.ceiling_of(every, choice.score)
    return figures.groups(table, choice.score, look(opened), ceiling) if len(table) else None


def _grouped(opened: Opened, choice: Choice, trait: str) -> pd.DataFrame:
    table = places.by_group(opened, choice.task, choice.annotator, trait, choice.score)
    table = _shown(table[~table["hidden"] & (table["group"] != groups.UNKNOWN)], choice)
    return table.assign(group=table["group"].map(texts.zone_name)) if trait == groups.ZONE else table


def look(opened: Opened) -> dict[str, Style]:
    """The style of every method of these results, whatever is shown of them."""
    return styles(opened.rows.drop_duplicates("method").set_index("method")["kind"].to_dict())


def worst(opened: Opened, choice: Choice, method: str) -> pd.DataFrame:
    """The photos with a method's lowest scores, the lowest first: photo and the score."""
    part = tables.whole(opened.rows, choice.task, choice.annotator)
    part = part[part["method"] == method].dropna(subset=[choice.score])
    return part.nsmallest(WORST, choice.score)[["photo", choice.score]]


@dataclass(frozen=True)
class _Seen:
    """What all figures of one choice are drawn from, counted once."""

    opened: Opened
    choice: Choice
    rows: pd.DataFrame
    board: pd.DataFrame
    look: dict[str, Style]
    ceiling: Ceiling | None

    @classmethod
    def of(cls, opened: Opened, choice: Choice) -> _Seen:
        whole = tables.whole(opened.rows, choice.task, choice.annotator)
        every = places.leaderboard(opened, choice.task, choice.annotator, choice.score)
        ceiling = curves.ceiling_of(every, choice.score)
        return cls(opened, choice, _shown(whole, choice), _shown(every, choice), look(opened), ceiling)

    @property
    def ceiling_f1(self) -> Ceiling | None:
        """For the figures that are of F1 whatever score was chosen."""
        choice = self.choice
        return curves.ceiling_of(places.leaderboard(self.opened, choice.task, choice.annotator, choice.score), "f1")


def _shown(table: pd.DataFrame, choice: Choice) -> pd.DataFrame:
    named = table["method"].str.contains(choice.name.strip(), case=False, regex=False)
    return table[table["kind"].isin(choice.kinds) & named]


def _intervals(seen: _Seen) -> go.Figure | None:
    return figures.intervals(seen.board, seen.choice.score, seen.look, seen.ceiling) if len(seen.board) else None


def _points(seen: _Seen) -> go.Figure | None:
    return figures.distributions(seen.rows, seen.choice.score, seen.look, seen.ceiling) if len(seen.rows) else None


def _curves(seen: _Seen) -> go.Figure | None:
    means = _sweeps(seen)
    return figures.precision_recall(means, seen.look, seen.ceiling_f1) if len(means) else None


def _sweep(seen: _Seen) -> go.Figure | None:
    means = _sweeps(seen)
    there = means["f1_curve"].notna().any()
    return figures.threshold_curves(means, seen.look, seen.ceiling_f1) if there else None


def _sweeps(seen: _Seen) -> pd.DataFrame:
    means = places.curves(seen.opened, seen.choice.task, seen.choice.annotator)
    return means[means["method"].isin(seen.board["method"])]


def _tolerance(seen: _Seen) -> go.Figure | None:
    columns = [f"line_f1_{tolerance}" for tolerance in TOLERANCES]
    whole = tables.whole(seen.opened.rows, seen.choice.task, seen.choice.annotator)
    kept = whole[whole["method"].isin({*seen.board["method"], SECOND_PERSON})]
    means = kept.groupby("method")[columns].mean().dropna().reset_index()
    return figures.tolerance_curves(means, seen.look) if len(means) else None


def _speed(seen: _Seen) -> go.Figure | None:
    real = seen.board[(seen.board["kind"] != "reference") & (seen.board["seconds"] > 0)]
    return figures.speed(real, seen.choice.score, seen.look, seen.ceiling) if len(real) else None


def _papers(seen: _Seen) -> go.Figure | None:
    """The highest where papers name one method twice."""
    known: dict[str, float] = {}
    for figure in published.FIGURES:
        value = getattr(figure, seen.choice.task, {}).get(seen.choice.score)
        if value is not None:
            known[f"{figure.name} ({figure.source.split(',')[0]})"] = value
    own = seen.board[seen.board["kind"] != "reference"].dropna(subset=[seen.choice.score])
    best = (own["method"].iloc[0], float(own[seen.choice.score].iloc[0])) if len(own) else None
    return figures.published(known, seen.choice.score, best, seen.ceiling, look(seen.opened)) if known else None


def _ablation(seen: _Seen) -> go.Figure | None:
    """From what `python -m train ablation` wrote, where that lies in the results folder as ablation/FAMILY/rows.csv."""
    rows = _ablation_rows(seen.opened)
    # rows.csv knows one score by line, that of centrelines or of the centres of pores.
    score = {"line_f1_3": "line_f1", "centre_f1": "line_f1"}.get(seen.choice.score, seen.choice.score)
    score = score if score in rows else seen.choice.score
    if not {"variant", "seed", "task", "annotator", score} <= set(rows.columns):
        return None
    part = rows[(rows["task"] == seen.choice.task) & (rows["annotator"].astype(str) == seen.choice.annotator)]
    part = part.dropna(subset=[score])
    if part.empty:
        return None
    return figures.ablation(part.rename(columns={score: seen.choice.score}), seen.choice.score, seen.ceiling)


def _ablation_rows(opened: Opened) -> pd.DataFrame:
    """Rows of every family, its name in "family"; empty where there are none or they cannot be read."""
    found = []
    for path in sorted((opened.folder / "ablation").glob("*/rows.csv")) if opened.folder else []:
        try:
            rows = pd.read_csv(path)
        except (OSError, ValueError):
            continue
        if "variant" in rows:
            found.append(rows.assign(family=words.FAMILIES.get(path.parent.name, path.parent.name)))
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()


_FIGURES: dict[str, Callable[[_Seen], go.Figure | None]] = {
    "intervals": _intervals,
    "points": _points,
    "curves": _curves,
    "sweep": _sweep,
    "tolerance": _tolerance,
    "speed": _speed,
    "ablation": _ablation,
    "papers": _papers,
}
NAMES = tuple(_FIGURES)
