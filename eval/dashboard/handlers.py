"""What the tab's events do: from a choice or a click to what changes on it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path, PurePosixPath

import gradio as gr
import pandas as pd

from eval import figures, gallery, groups, results, shown, tables
from eval.dashboard import board, opened, plots, view, words
from eval.dashboard.layout import Parts
from eval.dashboard.opened import CannotOpen, Opened
from eval.dashboard.view import Choice
from eval.scenes import HALF_FACE
from wrinkleseg.ui import temporary
from wrinkleseg.ui.cards import hint


def _or_notice(handler: Callable[..., dict]) -> Callable[..., dict]:
    """The handler, with a notice on the page where results cannot be opened (any more)."""

    @wraps(handler)
    def answered(self: Handlers, *arguments, **named) -> dict:
        try:
            return handler(self, *arguments, **named)
        except CannotOpen as error:
            return {self.parts.status: board.failed(str(error))}

    return answered


class Handlers:
    """The events of one tab. They keep nothing: which results a visitor looks at is in `gr.State`, as their name.

    The last arguments of most are `Parts.chosen`: that name, what marks are compared with, score, kinds, part of the name.
    """

    def __init__(self, parts: Parts, results: Path | None, data: Path | None) -> None:
        self.parts, self.results, self.data = parts, results, data

    @property
    def redrawn(self) -> list:
        """What a choice may change."""
        parts = self.parts
        picture = [parts.picture_title, parts.photo, parts.legend]
        choices = [parts.score, parts.trait, parts.trait_note, parts.method, parts.worst]
        return [parts.status, parts.board, *parts.sections.values(), *parts.plots.values(), *choices, *picture]

    @property
    def everything(self) -> list:
        """What other results may change."""
        parts = self.parts
        return [parts.where, parts.main, parts.about, parts.truth, parts.kinds, parts.name, *self.redrawn]

    @_or_notice
    def on_seen(self) -> dict:
        """The tab is seen for the first time."""
        if self.results is None or not opened.holds_rows(self.results):
            return {self.parts.status: board.empty()}
        return self._opened(None)

    def on_shown(self) -> dict:
        """The tab comes into sight again: results may have been made since."""
        return {self.parts.other: gr.Dropdown(choices=list(opened.choices(opened.allowed())))}

    @_or_notice
    def on_open(self, name: str | None, *chosen) -> dict:
        """Other results were named."""
        return self._opened(opened.find(name or "", opened.allowed()))

    @_or_notice
    def on_choice(self, where: Path | str | None, *controls) -> dict:
        """Another truth, score, kind or name."""
        there = self._load(where)
        return self._drawn(there, _choice(there, *controls))

    @_or_notice
    def on_trait(self, trait: str, where: Path | str | None, *controls) -> dict:
        """Photos are grouped by something else."""
        there = self._load(where)
        return self._grouped(there, _choice(there, *controls), trait)

    @_or_notice
    def on_method(self, method: str, where: Path | str | None, *controls) -> dict:
        """The worst photos of another method are asked for."""
        there = self._load(where)
        choice = _choice(there, *controls)
        return {self.parts.worst: board.worst(view.worst(there, choice, method), choice.score)}

    @_or_notice
    def on_point(self, event: gr.EventData, where: Path | str | None, *controls) -> dict:
        """A point of the figure of all photos was chosen."""
        there = self._load(where)
        return self._picture(there, _choice(there, *controls), str(event.method), str(event.photo))

    @_or_notice
    def on_worst(self, event: gr.EventData, method: str, where: Path | str | None, *controls) -> dict:
        """One of a method's worst photos was chosen."""
        there = self._load(where)
        return self._picture(there, _choice(there, *controls), method, str(event.choice))

    def on_csv(self, where: Path | str | None, *controls) -> dict:
        """The leaderboard that is shown, as a file, for a script to fetch; none where it cannot be made."""
        try:
            there = self._load(where)
        except CannotOpen as error:  # an earlier file must not be fetched instead
            return {self.parts.status: board.failed(str(error)), self.parts.file: None}
        choice = _choice(there, *controls)
        name = f"leaderboard-{choice.task}-{temporary.safe_name(choice.annotator)}.csv"
        return {self.parts.file: temporary.write_bytes(shown.csv(view.board(there, choice)).encode(), name)}

    def _load(self, where: Path | str | None) -> Opened:
        """None: the results that the page shows first."""
        return opened.load(where or self.results, self.data)

    def _opened(self, where: Path | str | None) -> dict:
        there = self._load(where)
        contests = view.contests(there)
        truths = [(_truth(*contest, photos), "|".join(contest)) for contest, photos in contests.items()]
        real = there.rows[there.rows["kind"] != "reference"]
        methods, masks = real["method"].nunique(), len(there.rows[["photo", "annotator", "task"]].drop_duplicates())
        return {
            self.parts.where: where,
            self.parts.main: gr.Column(visible=True),
            self.parts.about: board.about(there.meta, there.where, masks, methods),
            self.parts.truth: gr.Radio(truths, value=truths[0][1]),
            self.parts.kinds: list(words.KINDS),
            self.parts.name: "",
            **self._drawn(there, _choice(there, truths[0][1], "", list(words.KINDS), "")),
        }

    def _drawn(self, there: Opened, choice: Choice) -> dict:
        ranking = view.board(there, choice)
        drawn = view.drawn(there, choice)
        known = [(figures.SCORES[name], name) for name in view.scores(there, choice.task, choice.annotator)]
        return {
            self.parts.status: "",
            self.parts.score: gr.Dropdown(known, value=choice.score, info=words.SCORE_INFO[choice.score]),
            self.parts.board: board.table(ranking, choice.score, view.look(there), view.ranked(there, choice)),
            **{self.parts.plots[name]: plots.to_json(figure) for name, figure in drawn.items()},
            **{self.parts.sections[name]: gr.Column(visible=figure is not None) for name, figure in drawn.items()},
            **self._traits(there, choice),
            **self._worst(there, choice, ranking),
            **self._no_picture(words.PICTURE, words.PICTURE_EMPTY),
        }

    def _traits(self, there: Opened, choice: Choice) -> dict:
        titles = view.traits(there, choice)
        section, plot, note = self.parts.sections["groups"], self.parts.plots["groups"], self.parts.trait_note
        if not titles:
            return {section: gr.Column(visible=False), plot: "", note: ""}
        first = next(iter(titles.values()))
        return {
            self.parts.trait: gr.Dropdown(list(titles.items()), value=first),
            section: gr.Column(visible=True),
            **self._grouped(there, choice, first),
        }

    def _grouped(self, there: Opened, choice: Choice, trait: str) -> dict:
        figure = view.grouped(there, choice, trait)
        said = words.NO_GROUPS if figure is None else groups.TRAITS[trait].note if trait in groups.TRAITS else ""
        note = hint(board.escape(said)) if said else ""
        return {self.parts.plots["groups"]: plots.to_json(figure), self.parts.trait_note: note}

    def _worst(self, there: Opened, choice: Choice, ranking: pd.DataFrame) -> dict:
        methods = list(ranking.loc[ranking[choice.score].notna(), "method"])
        if not methods:
            return {self.parts.method: gr.Dropdown([], value=None), self.parts.worst: ""}
        listed = board.worst(view.worst(there, choice, methods[0]), choice.score)
        return {self.parts.method: gr.Dropdown(methods, value=methods[0]), self.parts.worst: listed}

    def _picture(self, there: Opened, choice: Choice, method: str, photo: str) -> dict:
        part = tables.whole(there.rows, choice.task, choice.annotator)
        found = part[(part["method"] == method) & (part["photo"] == photo)]
        if found.empty:
            return self._no_picture(words.PICTURE, words.PICTURE_EMPTY)
        row = found.iloc[0]
        try:
            files = _files(there, row)
            painted = gallery.picture(files)
        except gallery.NoPicture as error:
            return self._no_picture(*_said(row), str(error))
        path = temporary.write_png(painted, f"{photo}-{method}")
        return {
            self.parts.picture_title: board.heading(*_said(row)),
            self.parts.photo: gr.Image(path, visible=True),
            self.parts.legend: board.legend(bool(files.zone or files.stripes)),
        }

    def _no_picture(self, title: str, text: str, reason: str = "") -> dict:
        why = hint(board.escape(reason)) if reason else ""
        return {
            self.parts.picture_title: board.heading(title, text),
            self.parts.photo: gr.Image(None, visible=False),
            self.parts.legend: why,
        }


def _choice(there: Opened, truth: str, score: str, kinds: list[str], name: str) -> Choice:
    """What was chosen, or the first of its kind where these results have it not."""
    contests = view.contests(there)
    asked = tuple((truth or "").split("|", 1))
    task, annotator = asked if asked in contests else next(iter(contests))
    known = view.scores(there, task, annotator) or ["f1"]
    return Choice(task, annotator, score if score in known else known[0], tuple(kinds), name or "")


def _truth(task: str, annotator: str, photos: int) -> str:
    count = words.PHOTOS[photos != 1].format(count=photos)
    return words.TRUTHS.get(annotator, words.TRUTHS[task]).format(who=annotator, photos=count)


def _files(there: Opened, row: pd.Series) -> gallery.Files:
    if there.folder is None:
        raise gallery.NoPicture(words.HUB_PICTURES)
    predicted = results.mask_path(there.folder, row["method"], row["task"], row["photo"])
    paths = row["photo_path"], row["mask_path"], predicted, there.folder
    half = row["photo"] == HALF_FACE and row["task"] == "pore"
    zone = row["zone_path"]
    if half and not zone:  # rows of before zones were named
        zone = (PurePosixPath(row["mask_path"]).parent / "zone.png").as_posix()
    return gallery.Files.of(there.pictures, *paths, zone, str(there.meta.get("split")) if half else "")


def _said(row: pd.Series) -> tuple[str, str]:
    """Title and scores of one photo."""
    title = words.PICTURE_TITLE.format(photo=board.escape(row["photo"]), method=board.escape(row["method"]))
    scores = [f"{words.SHORT[name]} {row[name]:.3f}" for name in figures.SCORES if pd.notna(row[name])]
    return title, " · ".join(scores)
