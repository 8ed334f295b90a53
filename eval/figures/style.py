"""How every figure looks: one colour, mark and dash for a method everywhere, rows for names, frame, line of the second person.

The grounds are transparent and the page sets the colours of text and lines, so that a figure is readable by day and by
night.
"""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from wrinkleseg.draw import OKABE_ITO

_NAMED = ("blue", "vermilion", "bluish green", "orange", "reddish purple", "sky blue")
# Brown and violet are darker than the rest, so that they stay apart for every eye.
PALETTE = [*(OKABE_ITO[name] for name in _NAMED), (128, 70, 27), (84, 39, 136)]
_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "star")
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
GREY = "#7d7d7d"  # readable on white and on black
_REFERENCE_SYMBOLS = ("x", "hourglass", "bowtie", "asterisk-open")
_LINE, _NAME_WIDTH = 2.5, 15  # px, letters
SCORES = {
    "f1": "F1 (Dice)",
    "iou": "IoU",
    "line_f1_3": "Centreline F1 within 3 px",
    "cldice": "clDice",
    "ap": "Average precision",
    "accuracy": "Pixel accuracy",
    "centre_f1": "Pore centres F1 within 4 px",
}
"""Scores with a mean and an interval in the leaderboard, and what they are called."""
ROW, FRAME = 46, 84
"""Height in px of a method's row, and of axis and margins."""


@dataclass(frozen=True)
class Style:
    """How a method is drawn, in Plotly's words."""

    colour: str
    symbol: str
    dash: str


def styles(kinds: Mapping[str, str]) -> dict[str, Style]:
    """One style for each method, by name; `kinds` gives the kind of each. More than eight take another mark and dash too."""
    methods = sorted(name for name, kind in kinds.items() if kind != "reference")
    references = sorted(kinds.keys() - set(methods))
    drawn = {
        name: Style(css(PALETTE[i % 8]), _SYMBOLS[i // 8 % 6], _DASHES[i // 8 % 6]) for i, name in enumerate(methods)
    }
    return drawn | {name: Style(GREY, _REFERENCE_SYMBOLS[i % 4], "dot") for i, name in enumerate(references)}


@dataclass(frozen=True)
class Ceiling:
    """The second person's mean score, and over how many photos: mostly only some were drawn twice."""

    score: float
    photos: int


def ceiling_across(figure: go.Figure, ceiling: Ceiling | None) -> None:
    """The second person's score as a line from top to bottom, with its name; None draws nothing."""
    if ceiling is not None:
        side = "right" if ceiling.score > 0.8 else "center"  # of its line, where there would be no room beyond
        text = {"text": said(ceiling), "yshift": 14, **CEILING_TEXT, "xanchor": side}
        figure.add_vline(ceiling.score, line=CEILING, annotation=text)


def ceiling_named(figure: go.Figure, ceiling: Ceiling | None) -> None:
    """As `ceiling_across`, named in the legend: where other names stand about the line."""
    if ceiling is not None:
        figure.add_vline(ceiling.score, line=CEILING, name=said(ceiling), showlegend=True)


def ceiling_along(figure: go.Figure, ceiling: Ceiling | None) -> None:
    """The second person's score as a line from left to right, named in the legend; None draws nothing."""
    if ceiling is not None:
        figure.add_hline(ceiling.score, line=CEILING, name=said(ceiling), showlegend=True)


CEILING = {"color": GREY, "width": 2, "dash": "dash"}
CEILING_TEXT = {"font": {"size": 12}, "name": "ceiling", "xanchor": "center"}


def said(ceiling: Ceiling) -> str:
    """What the line of the second person is called."""
    return f"second person {ceiling.score:.2f} ({counted(ceiling.photos)})"


def counted(photos: int) -> str:
    """1 photo, 2 photos."""
    return f"{photos} photo{'s' * (photos != 1)}"


def plain(name: str) -> str:
    """A name as Plotly shows it letter by letter: none of it is a tag, an entity or a place to fill in."""
    return escape(name, quote=False).replace("%{", "%\N{ZERO WIDTH SPACE}{")


def spread(count: int) -> np.ndarray:
    """Numbers in -1..1 that keep neighbours apart, the same at every call; float (count,)."""
    return 2 * (np.arange(count) * 0.6180339887 % 1) - 1 if count > 1 else np.zeros(count)


def line(name: str, x: Sequence[float], y: Sequence[float], style: Style) -> go.Scatter:
    """A curve in a method's style."""
    drawn = {"color": style.colour, "dash": style.dash, "width": _LINE}
    return go.Scatter(x=x, y=y, name=plain(name), mode="lines", line=drawn, hovertemplate="%{x:.2f}, %{y:.3f}")


def mark(style: Style, hover: str) -> dict:
    """Arguments of a scatter that marks one point in a method's style. hover: what it says, in Plotly's words."""
    marker = {"color": style.colour, "symbol": style.symbol, "size": 11, "line": {"color": "white", "width": 1}}
    return {"mode": "markers", "marker": marker, "hovertemplate": hover}


def whiskers(board: pd.DataFrame, score: str) -> dict:
    """Intervals from `score`_low to `score`_high around `score`; one that is not known has no length."""
    plus, minus = board[f"{score}_high"] - board[score], board[score] - board[f"{score}_low"]
    return {
        "type": "data",
        "symmetric": False,
        "array": plus.fillna(0),
        "arrayminus": minus.fillna(0),
        "color": GREY,
        "thickness": 2.5,
    }


def name_rows(figure: go.Figure, names: Sequence[str], bold: Collection[int] = ()) -> None:
    """A row of the figure for each name, the first at the bottom, long ones on several lines so that a phone has room for
    the bars. bold: numbers of the names that head others."""
    lines = [textwrap.wrap(name, _NAME_WIDTH, break_long_words=False) for name in names]
    texts = ["<br>".join(map(plain, parts)) for parts in lines]
    texts = [f"<b>{text}</b>" if place in bold else text for place, text in enumerate(texts)]
    figure.update_yaxes(tickvals=list(range(len(names))), ticktext=texts, range=[-0.6, len(names) - 0.4])
    figure.update_xaxes(rangemode="tozero")


def framed(figure: go.Figure, across: str, along: str = "", height: int = 360, legend: bool = False) -> go.Figure:
    """The figure with its axes' titles, margins and legend, `height` px high and as wide as there is room."""
    clear = "rgba(0,0,0,0)"
    named = sum(trace.showlegend is not False for trace in figure.data) + 1 if legend else 0
    height += 11 * named  # two names on a line
    figure.update_layout(
        template="none",
        height=height,
        margin={"l": 8, "r": 14, "t": 30, "b": 8},
        paper_bgcolor=clear,
        plot_bgcolor=clear,
        font={"size": 13},
        showlegend=legend,
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0, "font": {"size": 12}},
        dragmode=False,  # a finger scrolls the page, and a drag selects no box
        hovermode="closest",
    )
    figure.update_xaxes(title={"text": across}, automargin=True, zeroline=False, gridcolor="rgba(125,125,125,0.25)")
    figure.update_yaxes(title={"text": along}, automargin=True, zeroline=False, gridcolor="rgba(125,125,125,0.25)")
    return figure


def css(colour: tuple[int, int, int]) -> str:
    """(red, green, blue), 0..255, as the page writes it."""
    return "#{:02x}{:02x}{:02x}".format(*colour)
