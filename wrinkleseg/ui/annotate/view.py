"""The annotating tab as HTML, and what its script is told: which photo is open, what is painted, what became of it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

import numpy as np

from wrinkleseg import annotation, draw, images, masks
from wrinkleseg.ui import cards, temporary
from wrinkleseg.ui.annotate import work as work_room
from wrinkleseg.ui.annotate.work import Work
from wrinkleseg.ui.cards import escape
from wrinkleseg.ui.texts import annotate as texts

ROUGH = {
    "wrinkle": draw.OKABE_ITO["yellow"],
    "pore": draw.OKABE_ITO["reddish purple"],
    "zone": draw.OKABE_ITO["bluish green"],
}
"""Colours of the strokes; what becomes of them has the colours of all results."""
BRUSH, LARGEST_BRUSH = 0.035, 0.2
"""Diameter of the brush at first and at most, in face widths."""


def script() -> str:
    """Script of the editor."""
    return _beside("annotate.js")


FEED_SCRIPT = """
const tell = () => {
  window.wsAnnotate = props.value;
  document.dispatchEvent(new CustomEvent('ws-annotate', { detail: props.value }));
};
watch('value', tell);
tell();
"""
"""Script of the piece that hands the crisp result over to the editor: the editor's own value is the visitor's."""


def empty() -> str:
    """What the place of the editor says before there is a photo."""
    steps = "".join(
        f'<li><span class="ws-number">{i}</span><div><b>{title}</b><p>{text}</p></div></li>'
        for i, (title, text) in enumerate(texts.EMPTY_STEPS, 1)
    )
    return (
        f'<section class="ws-empty" id="annotate-empty"><h2>{texts.EMPTY_TITLE}</h2><ol>{steps}</ol>'
        f'<p class="ws-hint">{texts.EMPTY_MORE}</p></section>'
    )


def editor() -> str:
    """The drawing area with its tools. It never changes: the script fills it."""
    colours = escape(json.dumps({"rough": ROUGH, "crisp": draw.COLOURS}))
    keys = "".join(f"<dt>{key}</dt><dd>{what}</dd>" for key, what in texts.KEY_LIST)
    return (
        f'<div class="ws-annotate" data-colours="{colours}">{_bar()}'
        f'<div class="ws-stage" tabindex="0" role="application" aria-label="{texts.EDITOR}">'
        '<img alt="" draggable="false"><canvas></canvas><span class="ws-brush" aria-hidden="true"></span>'
        f'<span class="ws-busy" role="status" hidden>{texts.WORKING}</span></div>{legend()}'
        f'<p class="ws-hint ws-zone-note">{texts.ZONE_NOTE}</p>'
        f'<details class="ws-keys"><summary>{texts.KEYS}</summary><dl>{keys}</dl></details></div>'
    )


def legend() -> str:
    """What each colour on the drawing means."""
    chips = [(ROUGH[layer], texts.LEGEND_ROUGH[layer]) for layer in annotation.LAYERS]
    chips += [(draw.COLOURS[task], texts.LEGEND_CRISP[task]) for task in annotation.TASKS]
    items = "".join(
        f'<li><span class="ws-swatch" style="background:rgb{colour}"></span>{text}</li>' for colour, text in chips
    )
    return f'<ul class="ws-legend">{items}</ul>'


def opened(work: Work) -> dict:
    """What the editor is told when a photo is opened."""
    one, bench = work.entry, work.bench
    return {
        "token": bench.token,
        "name": one.name,
        "width": one.size[1],
        "height": one.size[0],
        "photo": _url(bench.address),
        "brush": max(2, round(BRUSH * one.face_width)),
        "most": max(20, min(max(one.size), round(LARGEST_BRUSH * one.face_width))),
        "base": _pieces(bench.base, annotation.LAYERS),
        "strokes": [],
    }


def result(work: Work) -> dict:
    """What became of the strokes, for the editor."""
    return {
        "id": uuid.uuid4().hex,  # a script hears of a value only where it differs from the last
        "token": work.bench.token,
        "crisp": _pieces(work.bench.crisp, annotation.TASKS),
        "saved": work.saved,
    }


def heading(work: Work) -> str:
    """Which photo is open."""
    one = work.entry
    facts = texts.NUMBER.format(
        number=work.bench.number + 1, count=len(work.entries), width=one.size[1], height=one.size[0]
    )
    return f'<div class="ws-result-title"><h2>{escape(one.name)}</h2><p>{facts}</p></div>'


def counts(work: Work) -> str:
    """How many marks there are and how much they cover, a line for each task."""
    found = work_room.counts(work)
    return f'<ul class="ws-counts">{"".join(_count(work, task, *found[task]) for task in annotation.TASKS)}</ul>'


def photos(work: Work) -> str:
    """Buttons with a thumbnail of each photo."""
    buttons = "".join(_photo(work, i, picture) for i, picture in enumerate(work.thumbnails))
    title = texts.LIST.format(count=len(work.entries))
    return f'<section class="ws-faces"><h3>{title}</h3><div class="ws-choices">{buttons}</div></section>'


def state(work: Work, told: str = "") -> str:
    """Whether the data set is saved."""
    line = told or (texts.SAVED if work.saved else texts.UNSAVED)
    return f'<p class="ws-save-state{"" if work.saved else " ws-unsaved"}">{escape(line)}</p>'


def failed(messages: Sequence[str], some: bool = False) -> str:
    """Clear messages; empty without any. `some`: the rest went well."""
    if not messages:
        return ""
    lines = "".join(f"<p>{escape(message)}</p>" for message in messages)
    return f'<section class="ws-failed" role="alert"><h2>{texts.ERROR_SOME if some else texts.ERROR_TITLE}</h2>{lines}</section>'


def note(text: str) -> str:
    """A quiet line that says what was done."""
    return cards.hint(escape(text))


def _count(work: Work, task: str, number: int, share: float, of_skin: bool) -> str:
    one, several = texts.COUNTS[task]
    title = f"{cards.swatch(task)}<span><b>{texts.LAYERS[task]}</b> "
    if not work.bench.rough[task].any():
        return f"<li>{title}{texts.NOTHING_PAINTED}</span></li>"
    if not number:
        return f"<li>{title}{texts.NOTHING_FOUND.format(what=several)}</span></li>"
    covered = (texts.SHARE_SKIN if of_skin else texts.SHARE_PHOTO).format(share=100 * share)
    return f"<li>{title}{number} {one if number == 1 else several} · {covered}</span></li>"


def _photo(work: Work, number: int, picture: np.ndarray) -> str:
    one, chosen = work.entries[number], number == work.bench.number
    layers = work.bench.rough if chosen else None
    painted = any(mask.any() for mask in layers.values()) if layers else bool(one.rough)
    return (
        f'<button type="button" data-choice="{number}" aria-pressed="{str(chosen).lower()}">'
        f'<img src="{cards.data_uri(picture)}" alt=""><span>{escape(one.name)}'
        f"<small>{texts.LIST_DONE if painted else texts.LIST_EMPTY}</small></span></button>"
    )


def _bar() -> str:
    layers = "".join(_button("layer", name, title) for name, title in texts.LAYERS.items())
    tools = "".join(_button("tool", name, title) for name, title in texts.TOOL_NAMES.items())
    shown = "".join(_button("show", name, title) for name, title in texts.SHOWN.items())
    acts = {"undo": texts.UNDO, "redo": texts.REDO, "clear": texts.CLEAR}
    zoom = {"out": ("−", texts.ZOOM_OUT), "in": ("+", texts.ZOOM_IN), "whole": (texts.ZOOM_WHOLE, texts.ZOOM_WHOLE)}
    return (
        f'<div class="ws-tools" role="toolbar" aria-label="{texts.TOOLS}">{_group(texts.LAYER, layers)}'
        f"{_group(texts.TOOL, tools)}"
        f'<label class="ws-size"><span>{texts.SIZE}</span><input type="range" min="1" max="100" value="20">'
        "<output>20 px</output></label>"
        f"{_group(texts.HISTORY, ''.join(_act(name, title, title) for name, title in acts.items()))}"
        f"{_group(texts.ZOOM, ''.join(_act(name, *said) for name, said in zoom.items()))}"
        f'<span class="ws-shown"><span aria-hidden="true">{texts.SHOW}</span>{_group(texts.SHOW, shown)}</span></div>'
    )


def _group(title: str, buttons: str) -> str:
    return f'<div class="ws-tool-group" role="group" aria-label="{title}">{buttons}</div>'


def _button(kind: str, name: str, title: str) -> str:
    spot = ""
    if kind == "layer":
        spot = f'<span class="ws-swatch" style="background:rgb{ROUGH[name]}"></span>'
    return f'<button type="button" data-{kind}="{name}" aria-pressed="false">{spot}{title}</button>'


def _act(name: str, sign: str, title: str) -> str:
    return f'<button type="button" data-act="{name}" aria-label="{title}">{sign}</button>'


def _pieces(layers: Mapping[str, np.ndarray], names: Sequence[str]) -> dict[str, dict | None]:
    return {name: _piece(layers[name], name) for name in names}


def _piece(mask: np.ndarray, name: str) -> dict | None:
    """The part of a mask that holds all its marks, as a picture and its place; None for an empty one."""
    if not mask.any():
        return None
    part = masks.bounds(mask)
    content = images.png_bytes(mask[part].astype(np.uint8) * 255)
    return {
        "url": _url(temporary.write_bytes(content, f"{name}.png")),
        "x": int(part[1].start),
        "y": int(part[0].start),
    }


def _url(path: str) -> str:
    return f"gradio_api/file={quote(path)}"


def _beside(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")
