"""Fragments of the page, as HTML: states, warnings, faces to choose from, legend, figures. Everything that came from outside is escaped."""

import base64
import html
from collections.abc import Sequence
from functools import cache

import numpy as np

from wrinkleseg import draw, images
from wrinkleseg.analysis import Analysis
from wrinkleseg.portraits import Portrait
from wrinkleseg.ui import texts
from wrinkleseg.ui.texts import capture
from wrinkleseg.ui.view import for_screen

_MARK = (
    '<svg class="ws-mark" viewBox="0 0 40 40" aria-hidden="true"><rect width="40" height="40" rx="11"/>'
    '<path d="M10 15c3-2.4 6.5-2.4 9.5-.8M10 20.5c6-3.600 14-3.600 20 0M10 26.5c6-3.600 14-3.600 20 0"/>'
    '<circle cx="27" cy="13" r="1.7"/><circle cx="23.5" cy="15.5" r="1.1"/></svg>'
)

_WEIGHT = (
    *("blurred", "too_dark", "too_bright", "turned_sideways", "side_light", "cut_off", "tipped"),
    *("face_small", "picture_small", "face_far"),
)
"""Codes of quality warnings that speak for another photo, the weightiest first; others are only good to know."""
_SIGN = {
    **dict.fromkeys(("too_dark", "too_bright", "side_light"), "light"),
    **dict.fromkeys(("picture_small", "face_small", "face_far", "pores_unresolved"), "size"),
    **dict.fromkeys(("cut_off", "turned_sideways", "tipped"), "place"),
    **{"blurred": "sharp", "several_faces": "faces"},
}
_DRAWN = {
    "light": "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M5 19l2-2M17 7l2-2",
    "sharp": "M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6M3 8V3h5M16 3h5v5M21 16v5h-5M8 21H3v-5",
    "size": "M14 4h6v6M20 4l-7 7M10 20H4v-6M4 20l7-7",
    "place": "M12 3a6 8 0 1 0 0 16 6 8 0 0 0 0-16M12 1v4M12 17v5M2 11h4M18 11h4",
    "faces": "M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6M2 20c0-8 12-8 12 0M16 6a3 3 0 1 1 0 6M17 14c3 0 5 2 5 6",
    "file": "M6 2h8l5 5v15H6zM14 2v6h5M9 13h7M9 17h7",
}
"""Signs of the warnings: paths in a square of 24."""


def escape(text: object) -> str:
    """Text safe inside HTML, and inside the page's own templates, which read braces and dollars."""
    safe = html.escape(str(text))
    return safe.replace("{", "&#123;").replace("}", "&#125;").replace("$", "&#36;").replace("`", "&#96;")


def header() -> str:
    return f'<header class="ws-top">{_MARK}<div><h1>{texts.TITLE}</h1><p>{texts.TAGLINE}</p></div></header>'


def footer() -> str:
    return f'<footer class="ws-foot"><p>{texts.NOT_MEDICAL}</p><p>{texts.PRIVACY}</p></footer>'


def empty() -> str:
    """What the place of the result says before there is one."""
    steps = "".join(
        f'<li><span class="ws-number">{i}</span><div><b>{title}</b><p>{text}</p></div></li>'
        for i, (title, text) in enumerate(texts.EMPTY_STEPS, 1)
    )
    good = "".join(f"<li>{line}</li>" for line in texts.GOOD_PHOTO)
    return (
        f'<section class="ws-empty" id="empty"><h2>{texts.EMPTY_TITLE}</h2><ol>{steps}</ol>'
        f'<div class="ws-good"><h3>{texts.GOOD_PHOTO_TITLE}</h3><ul>{good}</ul></div></section>'
    )


def working(step: int, name: str, steps: Sequence[str] = texts.STEPS) -> str:
    """The steps of the work, as HTML each; `step` (from 0) is the one under way."""
    states = ["ws-done" if i < step else "ws-now" if i == step else "ws-next" for i in range(len(steps))]
    rows = "".join(
        f'<li class="{state}"{" aria-current=step" if state == "ws-now" else ""}><span class="ws-dot"></span>{text}</li>'
        for state, text in zip(states, steps, strict=True)
    )
    title = texts.WORKING.format(name=escape(name))
    return f'<section class="ws-working" role="status"><h2>{title}</h2><ol>{rows}</ol></section>'


def error(kind: str, message: str, shown: str | None) -> str:
    """One clear message. `shown`: name of the earlier result that stays on the page below it, if any."""
    still = f'<p class="ws-still">{escape(texts.STILL_SHOWN.format(name=shown))}</p>' if shown else ""
    return f'<section class="ws-failed" role="alert"><h2>{texts.ERROR_TITLE[kind]}</h2><p>{escape(message)}</p>{still}</section>'


def heading(analysis: Analysis, face_index: int) -> str:
    """Title of a result: which photo, which face, how it was found and how long that took."""
    facts = [escape(analysis.method.title)]
    if analysis.face_count > 1:
        facts.insert(0, texts.FACE_OF.format(number=face_index + 1, count=analysis.face_count))
    facts.append(texts.SECONDS.format(seconds=sum(analysis.seconds.values())))
    title = escape(texts.RESULT_OF.format(name=analysis.name))
    return f'<div class="ws-result-title"><h2>{title}</h2><p>{" · ".join(facts)}</p></div>'


def hint(text: str) -> str:
    """A quiet line."""
    return f'<p class="ws-hint">{text}</p>'


def caption(shape: tuple[int, ...], side: int) -> str:
    """How to use the picture; and where the page shows the photo smaller than it is, that it does."""
    smaller = texts.SHRUNK.format(width=shape[1], height=shape[0]) if max(shape[:2]) > side else ""
    return hint(f"{texts.COMPARE_HINT} {smaller}".strip())


def warnings(analysis: Analysis) -> str:
    """How to retake the photo, and what the door for pictures had to change; empty where all is well.

    First what speaks for another photo, the weightiest on top; then what is only good to know.
    """
    retake = sorted((w for w in analysis.quality if w.code in _WEIGHT), key=lambda w: _WEIGHT.index(w.code))
    title = capture.RETAKE_TITLE[min(2, len(retake))].format(count=len(retake)) if retake else ""
    lines = [_line(_SIGN.get(w.code, "file"), w.message, w.advice) for w in retake]
    known = [_line(_SIGN.get(w.code, "file"), w.message, w.advice) for w in analysis.quality if w not in retake]
    known += [_line("file", note, "") for note in analysis.notes]
    return _notice("warn", title, lines) + _notice("note", capture.KNOW_TITLE, known)


def _line(sign: str, message: str, advice: str) -> str:
    said = f"<b>{escape(message)}</b>" + (f"<span>{escape(advice)}</span>" if advice else "")
    return (
        f'<li class="ws-signed"><svg viewBox="0 0 24 24" aria-hidden="true"><path d="{_DRAWN[sign]}"/></svg>'
        f"<div><small>{capture.SIGNS[sign]}</small>{said}</div></li>"
    )


def _notice(kind: str, title: str, lines: list[str]) -> str:
    if not lines:
        return ""
    return f'<section class="ws-notice ws-{kind}"><h3>{title}</h3><ul>{"".join(lines)}</ul></section>'


def faces(thumbnails: list[np.ndarray], chosen: int) -> str:
    """Buttons with a small picture of each face; empty where there is only one."""
    if len(thumbnails) < 2:
        return ""
    names = [(texts.FACE if i else texts.FACE_LARGEST).format(number=i + 1) for i in range(len(thumbnails))]
    buttons = "".join(
        f'<button type="button" data-choice="{i}" aria-pressed="{str(i == chosen).lower()}">'
        f'<img src="{data_uri(picture)}" alt=""><span>{name}</span></button>'
        for i, (picture, name) in enumerate(zip(thumbnails, names, strict=True))
    )
    title = texts.FACES_HEADING.format(count=len(thumbnails))
    return f'<section class="ws-faces"><h3>{title}</h3><div class="ws-choices">{buttons}</div></section>'


def examples(portraits: Sequence[Portrait]) -> str:
    """Buttons with photos to try the page with; each choice is a place among them. Empty where there are none."""
    if not portraits:
        return ""
    buttons = "".join(
        f'<button type="button" data-choice="{i}"><img src="{_small(one)}" alt="">'
        f"<span><b>{escape(one.title)}</b><small>{escape(one.credit)}</small></span></button>"
        for i, one in enumerate(portraits)
    )
    return f'<section class="ws-examples"><h3>{texts.EXAMPLE_HEADING}</h3><div class="ws-choices">{buttons}</div></section>'


@cache
def _small(portrait: Portrait) -> str:
    """The portrait as a small picture, made once: three tabs show it."""
    return data_uri(for_screen(portrait.load(), 96))


def legend(tasks: tuple[str, ...], kind: str, zones: bool) -> str:
    """What each colour on the picture means, in the very colours that `draw` uses."""
    if kind == "heat":
        said = texts.LEGEND_HEAT.format(tasks=" / ".join(texts.TASKS[task] for task in tasks))
        chips = [f"<li>{ramp()}{said}</li>"] if tasks else []
    else:
        chips = [f"<li>{swatch(task)}{texts.TASKS[task]}</li>" for task in tasks]
    if zones:
        chips.append(f'<li><span class="ws-swatch ws-line"></span>{texts.LEGEND_ZONES}</li>')
    return f'<ul class="ws-legend" aria-label="{texts.LEGEND}">{"".join(chips)}</ul>'


def swatch(task: str) -> str:
    """A spot in the colour that this task is drawn in."""
    return f'<span class="ws-swatch" style="background:rgb{tuple(int(c) for c in draw.COLOURS[task])}"></span>'


def ramp() -> str:
    """The scale of the heat map, from 0 to 1, in the very colours that `draw` uses."""
    stops = ", ".join(f"rgb{tuple(int(c) for c in colour)}" for colour in draw.heat_colours()[::51])
    return f'<span class="ws-ramp" style="background:linear-gradient(to right, {stops})"></span>'


def data_uri(rgb: np.ndarray) -> str:
    """A small picture, uint8 RGB (H, W, 3), inside the page itself: no file is made."""
    return "data:image/png;base64," + base64.b64encode(images.png_bytes(rgb)).decode()
