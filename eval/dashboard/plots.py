"""Figures on the page: Plotly drawn by the page itself, since a click on a point of Gradio's own plot tells nobody."""

from __future__ import annotations

from pathlib import Path

import gradio as gr
import plotly
import plotly.graph_objects as go

from wrinkleseg.ui.cards import escape

LIBRARY = Path(plotly.__file__).resolve().parent / "package_data" / "plotly.min.js"
"""Plotly for the browser, as the package brings it along: nothing is fetched from outside."""
_SCRIPT = Path(__file__).with_name("plot.js").read_text(encoding="utf-8")
_TEMPLATE = '<div class="ws-plot" role="img" aria-label="{said}"></div>'


def serve_library() -> None:
    """Let the page fetch Plotly from this server. To be called before the page is launched."""
    gr.set_static_paths([LIBRARY])


def plot(said: str, elem_id: str) -> gr.HTML:
    """An empty figure; its value is `to_json` of one. `.click` has photo, method, annotator and task in its event.

    said: for a screen reader; the figures themselves are in the leaderboard's table.
    """
    return gr.HTML(
        "",
        html_template=_TEMPLATE.format(said=escape(said)),
        js_on_load=_SCRIPT,
        apply_default_css=False,
        elem_id=elem_id,
        library=LIBRARY.as_posix(),
    )


def to_json(figure: go.Figure | None) -> str:
    """The value of a `plot`; "" for no figure."""
    return "" if figure is None else figure.to_json()
