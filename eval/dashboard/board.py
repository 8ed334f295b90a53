"""The tab's pieces of HTML: leaderboard, list of worst photos, legend, what was opened. What came from outside is escaped."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache

import pandas as pd

from eval import figures, gallery
from eval.dashboard import words
from eval.figures.style import Style
from wrinkleseg import methods
from wrinkleseg.ui.cards import escape, hint

_FEW = "–"


def table(board: pd.DataFrame, score: str, look: Mapping[str, Style], ranked: bool) -> str:
    """The leaderboard: the chosen score with its interval first, other scores, then counts and costs.

    look: the methods' styles in the figures, so that their colours are found again. ranked: whether any method of these
    results could be ranked, shown or not.
    """
    if board.empty:
        return hint(words.NOTHING_LEFT)
    others = [name for name in figures.SCORES if name != score and board[name].notna().any()]
    heads = [(words.METHOD, ""), (words.RANK, "ws-small"), (words.SHORT[score], "ws-small")]
    heads += [(words.SHORT[name], "ws-wide") for name in others]
    heads += [(words.COUNT, "ws-small"), (words.SECONDS, "ws-wide"), (words.PARAMETERS, "ws-wide")]
    cells = "".join(
        f'<th scope="col" class="{kind}"><button type="button">{text}</button></th>' for text, kind in heads
    )
    rows = "".join(_row(row, score, others, look) for row in board.to_dict("records"))
    few = "" if ranked else hint(words.FEW)
    return (
        f'{few}<table class="ws-measures ws-board" data-task="board"><thead><tr>{cells}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def explanation() -> str:
    """What the rows and columns mean, folded away."""
    lines = "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in words.EXPLAIN)
    return f'<details class="ws-explain"><summary>{words.EXPLAIN_TITLE}</summary><dl>{lines}</dl></details>'


def heading(title: str, text: str) -> str:
    """A section's title and the sentence on how to read what follows."""
    return f'<div class="ws-read"><h3>{title}</h3><p>{text}</p></div>'


def about(meta: dict, where: str, masks: int, methods: int) -> str:
    """Of what and when the results are. masks: what methods are compared with; of one photo two people may have drawn one."""
    date = str(meta.get("created") or "")[:10] or "unknown date"
    said = words.ABOUT.format(date=escape(date), source=escape(where), masks=masks, methods=methods)
    return f'<div class="ws-lead"><h2>{words.TITLE}</h2><p>{words.LEAD}</p><p class="ws-hint">{said}</p></div>'


def empty() -> str:
    """The tab before there are results."""
    return f'<section class="ws-empty"><h2>{words.EMPTY_TITLE}</h2><p>{words.EMPTY}</p></section>'


def failed(message: str) -> str:
    """Why results could not be opened."""
    return f'<section class="ws-failed" role="alert"><h2>{words.FAILED}</h2><p>{escape(message)}</p></section>'


def worst(photos: pd.DataFrame, score: str) -> str:
    """The worst photos as buttons; the choice is the photo's name."""
    buttons = "".join(
        f'<button type="button" data-choice="{escape(photo)}"><b>{words.WORST_ROW.format(photo=escape(photo))}</b>'
        f"<small>{words.SHORT[score]} {value:.3f}</small></button>"
        for photo, value in photos[["photo", score]].itertuples(index=False)
    )
    return f'<div class="ws-choices ws-worst">{buttons}</div>'


def legend(in_part: bool = False) -> str:
    """What the colours on the picture mean, in the very colours that `gallery` paints. in_part: not all of it counts."""
    chips = "".join(
        f'<li><span class="ws-swatch" style="background:rgb{tuple(colour)}"></span>{words.LEGEND[name]}</li>'
        for name, colour in gallery.COLOURS.items()
    )
    return f'<ul class="ws-legend">{chips}</ul>{hint(words.PICTURE_IN_PART if in_part else words.PICTURE_GREY)}'


def _row(row: dict, score: str, others: list[str], look: Mapping[str, Style]) -> str:
    name = escape(row["method"])
    spot = f'<span class="ws-swatch" style="background:{look[row["method"]].colour}"></span>'
    known = escape(_titles().get(row["method"], words.KINDS.get(row["kind"], "")))
    first = f'<th scope="row" data-value="{name}">{spot}{name}<small>{known}</small></th>'
    cells = [_cell(row["rank"], "{:.0f}", "ws-small"), _interval(row, score)]
    cells += [_cell(row[other], "{:.3f}", "ws-wide") for other in others]
    cells += [_cell(row["photos"], "{:.0f}", "ws-small"), _cell(_positive(row["seconds"]), "{:.2f}", "ws-wide")]
    cells.append(_cell(_positive(row["parameters"] / 1e6), "{:.1f} M", "ws-wide"))
    return f'<tr class="ws-{row["kind"]}">{first}{"".join(cells)}</tr>'


@cache
def _titles() -> dict[str, str]:
    """What the page's other tabs call the methods that come with it, by name."""
    return {info.name: info.title for info in methods.known()}


def _interval(row: dict, score: str) -> str:
    low, high = row[f"{score}_low"], row[f"{score}_high"]
    between = "" if math.isnan(low) else f"<small>{low:.2f} – {high:.2f}</small>"
    return _cell(row[score], f"<b>{{:.3f}}</b>{between}", "ws-small")


def _cell(value: float, form: str, kind: str) -> str:
    if math.isnan(value):
        return f'<td class="{kind}" data-value="">{_FEW}</td>'
    return f'<td class="{kind}" data-value="{value:.6g}">{form.format(value)}</td>'


def _positive(value: float) -> float:
    """A filter has no parameters, a row for comparison takes no time: nothing to show."""
    return value if value > 0 else math.nan
