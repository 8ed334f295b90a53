"""The picture of a result: original under result with a handle between them, zones to choose, and one zoom for all."""

import json
import math
import secrets
from pathlib import Path

from wrinkleseg import zones
from wrinkleseg.analysis import Analysis
from wrinkleseg.geometry import Box
from wrinkleseg.ui import texts, view, zoom
from wrinkleseg.ui.cards import escape
from wrinkleseg.ui.photo import outlines, said
from wrinkleseg.ui.photo.outlines import Outline
from wrinkleseg.ui.texts import result as words

_NARROW = 300
"""CSS pixels: width of the picture on a phone. There, too, the zoom reaches twice the photo's own pixels."""
_LEAST_ZOOM = 8
_CORNERS = '<svg viewBox="0 0 20 20" aria-hidden="true"><path d="M2 7V2h5M13 2h5v5M18 13v5h-5M7 18H2v-5"/></svg>'


def script() -> str:
    """Script of the fragment that holds the scene."""
    return zoom.script(Path(__file__).with_name("zones.js")).replace("UNIONS", json.dumps(zones.UNIONS))


def scene(analysis: Analysis, box: Box, original: str, drawn: str, face: str, named: bool = False) -> str:
    """The picture with its buttons and the sentence of what is chosen, as HTML.

    box: the part of the photo that is shown. original, drawn: paths of its two pictures. face: names the face that is
    looked at; while it stays, a redraw keeps zoom and choice. named: edges and names of all zones are to be seen; they are
    as thin and as small at any zoom.
    """
    most = max(_LEAST_ZOOM, math.ceil(2 * box.width / _NARROW))
    return (
        f'<div class="ws-look" data-most="{most}" data-pixels="{box.width}"{" data-shrunk" if max(box.size) > view.LARGEST else ""} data-pores="{_most_pores(analysis)}" data-face="{escape(face)}">{_bar(analysis, box)}'
        f'<div class="ws-panes ws-scene" tabindex="0" role="group" aria-label="{words.SCENE}">{_window(analysis, box, original, drawn, named)}</div>'
        f'<input class="ws-wipe" type="range" min="0" max="100" value="4" step="1" aria-label="{words.WIPE}">'
        f'<p class="ws-figures" data-said aria-live="polite">{escape(said.whole(analysis))}</p>'
        f'<p class="ws-hint">{words.SAID_HINT}</p></div>'
    )


def _most_pores(analysis: Analysis) -> str:
    """The zone with most pores, where a close look at them begins; "" where no zone has any."""
    if "pore" not in analysis.maps:
        return ""
    counts = {zone: analysis.measures[zone].pore_count or 0 for zone in zones.NAMES}  # None: the zone is hidden
    most = max(counts, key=counts.get)
    return most if counts[most] else ""


def close_up(box: Box, frame: Box, original: str, drawn: str) -> str:
    """A part of the photo in its own pixels, for the script to lay over the picture: where it lies in it, and its two files."""
    left, right = (box.left - frame.left) / frame.width, (box.right - frame.left) / frame.width
    top, bottom = (box.top - frame.top) / frame.height, (box.bottom - frame.top) / frame.height
    place = " ".join(f"{value:.5f}" for value in (left, top, right, bottom))
    own = secrets.token_hex(4)  # the same part may be asked for again: its files have the same addresses then
    return f'<i data-close="{place}" data-id="{own}" data-original="{zoom.address(original)}" data-drawn="{zoom.address(drawn)}"></i>'


def _bar(analysis: Analysis, box: Box) -> str:
    rest = f'<button type="button" data-act="full" title="{words.FULL_SCREEN}" aria-label="{words.FULL_SCREEN}">{_CORNERS}</button>'
    if "pore" in analysis.maps:
        label = words.CLOSE_UP_LABEL
        rest = f'<button type="button" data-act="close" aria-label="{label}">{words.CLOSE_UP}</button>{rest}'
    shown_all = box.size == analysis.rgb.shape[:2]
    names = words.ZOOM | ({"whole": words.ZOOM_WHOLE_PHOTO} if shown_all else {})
    return zoom.bar(names, words.ZOOM_BAR, rest)


def _window(analysis: Analysis, box: Box, original: str, drawn: str, named: bool) -> str:
    """Three sheets, one above the other: original, result from the handle to the right, zones."""
    shape = box.width / box.height
    return (
        f'<div class="ws-window" style="--shape: {shape:.4f}">'
        f'<div class="ws-sheet">{_image(original, words.SCENE_ORIGINAL)}</div>'
        f'<div class="ws-over"><div class="ws-sheet">{_image(drawn, words.SCENE_RESULT)}</div></div>'
        f'<div class="ws-sheet">{_zones(analysis, box, named)}</div>'
        f'<div class="ws-divider" aria-hidden="true"><span>{texts.ORIGINAL}</span><i></i><span>{texts.RESULT}</span></div></div>'
    )


def _image(path: str, alt: str) -> str:
    return f'<img src="{zoom.address(path)}" alt="{alt}" draggable="false">'


def _zones(analysis: Analysis, box: Box, named: bool) -> str:
    """The outlines, for the pointer only: by keyboard a zone is chosen on the map or in a table."""
    found, (width, height) = outlines.on_photo(analysis, box)
    pieces = "".join(_zone(name, outline, (width, height)) for name, outline in found.items())
    pieces += "".join(_label(name, outline) for name, outline in found.items()) if named else ""
    kind = "ws-zones ws-named" if named else "ws-zones"
    return f'<svg class="{kind}" viewBox="0 0 {width} {height}" preserveAspectRatio="none" aria-hidden="true">{pieces}</svg>'


def _label(name: str, outline: Outline) -> str:
    x, y = outline.centre
    return f'<text x="{x:.4g}" y="{y:.4g}">{escape(texts.ZONE_LABELS.get(name, name))}</text>'


def _zone(name: str, outline: Outline, size: tuple[int, int]) -> str:
    """`data-bounds`: left, top, right, bottom in parts of the picture's width and height."""
    bounds = " ".join(f"{value / size[i % 2]:.4f}" for i, value in enumerate(outline.bounds))
    title = escape(texts.zone_name(name))
    return (
        f'<path data-zone="{name}" data-bounds="{bounds}" d="{outline.path}" vector-effect="non-scaling-stroke">'
        f"<title>{title}</title></path>"
    )
