"""The guide at the camera: advice by the same limits as `quality`, worked out in the browser before a photo is taken."""

import json
from pathlib import Path

import gradio as gr

from wrinkleseg import quality
from wrinkleseg.ui import parts
from wrinkleseg.ui.cards import escape
from wrinkleseg.ui.texts import capture as texts

FACE_WIDTH, REBLUR, WHITE = 400, 9, 250
"""As `quality.blur` and its light take them: px of a face, px of the second blur, level of a white pixel. A test holds
the browser's blur against `quality.blur`."""
SKIN_SHARE = 0.35
"""Where the browser cannot find faces: with a smaller share of skin colours in the outline, no face fills it. Faces that
fill it have 0.9 and more, one of half the width 0.3."""


def build(photo: str) -> gr.HTML:
    """Add the guide below the photo input of this elem_id, inside `gr.Blocks`; it shows while the camera is chosen."""
    return parts.fragment(markup(photo), f"{photo}-guide", script=script())


def limits() -> dict[str, float]:
    """Limits for the live picture: those of `quality`, under the names that the script reads."""
    return {
        "face_width": FACE_WIDTH,
        "reblur": REBLUR,
        "white": WHITE,
        "skin_share": SKIN_SHARE,
        "max_blur": quality.MAX_BLUR,
        "dark_highlights": quality.DARK_HIGHLIGHTS,
        "dark_median": quality.DARK_MEDIAN,
        "bright_median": quality.BRIGHT_MEDIAN,
        "max_burnt": quality.MAX_BURNT,
        "max_side_light": quality.MAX_SIDE_LIGHT,
        "min_face_share": quality.MIN_FACE_SHARE,
        "wrinkle": quality.MIN_FACE_WIDTH["wrinkle"],
        "pore": quality.MIN_FACE_WIDTH["pore"],
    }


def markup(photo: str) -> str:
    """The guide as HTML, with limits and words for its script. `photo`: elem_id of the photo input."""
    words = {"live": texts.LIVE, "timer": texts.TIMER, "stop": texts.STOP}
    words |= {"no_pores": texts.NO_PORES, "no_lines": texts.NO_LINES}
    return (
        f'<section class="ws-guide" hidden data-guide="{photo}" data-limits="{escape(json.dumps(limits()))}" '
        f'data-words="{escape(json.dumps(words))}">'
        '<div class="ws-said" role="status" aria-live="polite" aria-atomic="true"><b></b><span></span></div>'
        '<p class="ws-hint" data-note></p>'
        f'<button type="button" data-act="timer" hidden>{texts.TIMER}</button>'
        f'<button type="button" data-act="again" hidden>{texts.AGAIN}</button></section>'
    )


def script() -> str:
    """Script of the fragment that holds `markup`."""
    return Path(__file__).with_name("guide.js").read_text(encoding="utf-8")
