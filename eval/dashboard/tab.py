"""The tab itself: lays it out and connects its events. Nothing is read before it is seen."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

from eval.dashboard import layout, opened, plots
from eval.dashboard.handlers import Handlers
from wrinkleseg.ui.parts import DOWNLOAD_SCRIPT
from wrinkleseg.ui.tabs import QUIET

_SHOW_PICTURE = """() => {
  if (window.innerWidth > 900) return;
  const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  const target = document.querySelector('#dashboard-picture');
  if (target) target.scrollIntoView({ behavior: still ? 'auto' : 'smooth', block: 'start' });
}"""


def build(results: Path | None, data: Path | None) -> None:
    """Build the tab, inside an open `gr.Tab`, before the page is launched.

    Args:
        results: the results folder that is shown first; None or a folder without rows: the tab says that there is none.
        data: folder that photos and masks lie in; None or missing: a sentence stands in the picture's place.
    """
    plots.serve_library()
    found = layout.build(list(opened.choices(opened.allowed())))
    handlers = Handlers(found, results, data if data and data.is_dir() else None)
    found.start.seen(handlers.on_seen, None, handlers.everything, concurrency_limit=2, **QUIET)
    found.start.shown(handlers.on_shown, None, found.other, **QUIET)
    found.open.click(handlers.on_open, [found.other, *found.chosen], handlers.everything, concurrency_limit=2, **QUIET)
    _connect_choices(found, handlers)
    _connect_pictures(found, handlers)
    made = found.csv.click(handlers.on_csv, found.chosen, [found.file, found.status], **QUIET)
    made.success(None, found.file, js=DOWNLOAD_SCRIPT, **QUIET)


def _connect_choices(found: layout.Parts, handlers: Handlers) -> None:
    """One event for all choices, so that the last state is what is drawn."""
    redraw = {"trigger_mode": "always_last", "concurrency_limit": 2, **QUIET}
    # A text box gives no input event for what is pasted with the mouse.
    starts = [found.truth.input, found.score.input, found.kinds.input, found.name.change]
    gr.on(starts, handlers.on_choice, found.chosen, handlers.redrawn, **redraw)
    asked, shown = [found.trait, *found.chosen], [found.plots["groups"], found.trait_note, found.status]
    found.trait.input(handlers.on_trait, asked, shown, **redraw)


def _connect_pictures(found: layout.Parts, handlers: Handlers) -> None:
    shown = [found.picture_title, found.photo, found.legend, found.status]
    quick = {"trigger_mode": "always_last", "concurrency_limit": 2, **QUIET}
    starts = [
        found.plots["points"].click(handlers.on_point, found.chosen, shown, **quick),
        found.worst.click(handlers.on_worst, [found.method, *found.chosen], shown, **quick),
    ]
    for start in starts:
        start.then(None, js=_SHOW_PICTURE, **QUIET)
    asked, listed = [found.method, *found.chosen], [found.worst, found.status]
    found.method.input(handlers.on_method, asked, listed, **quick)
