"""The components of the tab, from top to bottom: choices, leaderboard, figures with the photo beside them, other results."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import gradio as gr

from eval.dashboard import board, opened, plots, words
from wrinkleseg.ui import parts, table

_STYLE = Path(__file__).with_name("style.css").read_text(encoding="utf-8")
# Whether the tab is first or last, opened at once or never: it asks for its results when it is first seen, and each time
# for the names of those that there are.
_START_SCRIPT = """
let first = true;
const seen = new IntersectionObserver((entries) => {
  if (!entries.some((entry) => entry.isIntersecting)) return;
  if (first) trigger('seen');
  first = false;
  trigger('shown');
});
seen.observe(element);
"""
_SECTIONS = {
    "intervals": words.INTERVALS,
    "curves": words.CURVES,
    "tolerance": words.TOLERANCE,
    "speed": words.SPEED,
    "sweep": words.SWEEP,
    "papers": words.PAPERS,
    "ablation": words.ABLATION,
}
"""Figures that need nothing but themselves, in the order of the page: two of like height beside each other."""


@dataclass(frozen=True, eq=False)
class Parts:
    """The components that the tab's events read or change. sections, plots: by the figure's name."""

    where: gr.State
    start: gr.HTML
    status: gr.HTML
    main: gr.Column
    about: gr.HTML
    truth: gr.Radio
    score: gr.Dropdown
    kinds: gr.CheckboxGroup
    name: gr.Textbox
    board: gr.HTML
    csv: gr.Button
    file: gr.File
    sections: dict[str, gr.Column]
    plots: dict[str, gr.HTML]
    trait: gr.Dropdown
    trait_note: gr.HTML
    picture_title: gr.HTML
    photo: gr.Image
    legend: gr.HTML
    method: gr.Dropdown
    worst: gr.HTML
    other: gr.Dropdown
    open: gr.Button

    @property
    def chosen(self) -> list:
        """What every redraw reads."""
        return [self.where, self.truth, self.score, self.kinds, self.name]


def build(known: list[str]) -> Parts:
    """Lay the tab out, inside `gr.Tab`. known: names of results that can be opened."""
    with gr.Column(elem_id="dashboard"):
        # A style sheet in the page itself, since the page that opens this tab need not know of it.
        parts.fragment(f"<style>{_STYLE}</style>", "dashboard-style")
        where = gr.State(None)
        start = parts.fragment('<span class="ws-start"></span>', "dashboard-start", script=_START_SCRIPT)
        status = parts.fragment(f'<p class="ws-hint">{words.LOADING} ...</p>', "dashboard-status", live=True)
        with gr.Column(visible=False, elem_id="dashboard-main") as main:
            found = {**_choices(), **_leaderboard(), **_figures()}
        other = _other(known)
    return Parts(where=where, start=start, status=status, main=main, **found, **other)


def _choices() -> dict:
    about = parts.fragment("", "dashboard-about")
    with gr.Column(elem_id="dashboard-choices"):
        truth = gr.Radio([], label=words.TRUTH, elem_id="dashboard-truth")
        with gr.Row(elem_classes="ws-row"):
            score = gr.Dropdown([], label=words.SCORE, filterable=False, elem_id="dashboard-score")
            name = gr.Textbox("", label=words.NAME, placeholder=words.NAME_HINT, max_lines=1, elem_id="dashboard-name")
            kinds = gr.CheckboxGroup(
                [(title, kind) for kind, title in words.KINDS.items()],
                value=list(words.KINDS),
                label=words.KINDS_LABEL,
                elem_id="dashboard-kinds",
            )
    return {"about": about, "truth": truth, "score": score, "name": name, "kinds": kinds}


def _leaderboard() -> dict:
    with gr.Column(elem_id="dashboard-board", elem_classes="ws-section"):
        parts.fragment(board.heading(words.BOARD, words.BOARD_HINT), "board-head")
        ranking = parts.fragment("", "board-table", script=table.SORT_SCRIPT)
        csv = gr.Button(words.CSV, variant="secondary", size="sm", elem_id="board-csv")
        parts.fragment(board.explanation(), "board-explained")
        file = gr.File(label="csv", interactive=False, elem_id="board-file")  # hidden by the style: a script fetches it
    return {"board": ranking, "csv": csv, "file": file}


def _figures() -> dict:
    sections, drawn = {}, {}
    with gr.Row(elem_id="dashboard-photos"):
        with gr.Column(elem_classes="ws-section", min_width=280) as sections["points"]:
            parts.fragment(board.heading(*words.POINTS), "points-head")
            drawn["points"] = plots.plot(words.POINTS[0], "plot-points")
        with gr.Column(elem_id="dashboard-picture", elem_classes="ws-section", min_width=280):
            found = _picture()
    with gr.Column(elem_id="dashboard-figures"):
        for name, (title, text) in _SECTIONS.items():
            with gr.Column(elem_classes="ws-section", min_width=280) as sections[name]:
                parts.fragment(board.heading(title, text), f"{name}-head")
                drawn[name] = plots.plot(title, f"plot-{name}")
        with gr.Column(elem_classes="ws-section", min_width=280) as sections["groups"]:
            parts.fragment(board.heading(*words.GROUPS), "groups-head")
            trait = gr.Dropdown([], label=words.GROUP_BY, filterable=False, elem_id="dashboard-trait")
            drawn["groups"] = plots.plot(words.GROUPS[0], "plot-groups")
            note = parts.fragment("", "groups-note")
    return {"sections": sections, "plots": drawn, "trait": trait, "trait_note": note, **found}


def _picture() -> dict:
    title = parts.fragment(board.heading(words.PICTURE, words.PICTURE_EMPTY), "picture-title", live=True)
    photo = gr.Image(
        type="filepath",
        format="png",
        interactive=False,
        show_label=False,
        visible=False,
        buttons=["fullscreen"],
        elem_id="dashboard-photo",
    )
    legend = parts.fragment("", "picture-legend")
    parts.fragment(board.heading(*words.WORST), "worst-head")
    method = gr.Dropdown([], label=words.METHOD, filterable=False, elem_id="dashboard-method")
    worst = parts.picture_buttons("", "dashboard-worst")
    return {"picture_title": title, "photo": photo, "legend": legend, "method": method, "worst": worst}


def _other(known: list[str]) -> dict:
    with gr.Accordion(words.OPEN, open=False, elem_id="dashboard-other"):
        other = gr.Dropdown(
            known,
            value=None,
            label=words.OPEN_LABEL,
            info=words.OPEN_INFO_OFFLINE if opened.offline() else words.OPEN_INFO,
            allow_custom_value=True,
            elem_id="dashboard-where",
        )
        button = gr.Button(words.OPEN_BUTTON, size="sm", elem_id="dashboard-open")
    return {"other": other, "open": button}
