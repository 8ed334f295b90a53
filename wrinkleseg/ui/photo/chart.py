"""The measures as a map of the face: every zone in the colour of its figure, with the figure in it."""

import math
from collections.abc import Sequence

from wrinkleseg import zones
from wrinkleseg.analysis import Analysis, Measures
from wrinkleseg.ui import texts
from wrinkleseg.ui.cards import escape
from wrinkleseg.ui.photo import outlines, said
from wrinkleseg.ui.photo.outlines import FrontFace, Outline
from wrinkleseg.ui.texts import result as words

RAMP = ((240, 244, 250), (178, 203, 230), (106, 153, 204), (47, 98, 163), (12, 44, 99))
"""One hue from light to dark, RGB 0..255: lightness alone tells the steps apart, so that any eye can."""
ROUND = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
"""Where a scale may end, 1 to 10: near enough to one another that the largest figure has at least two thirds of the scale."""
_DARK, _LIGHT = (0, 0, 0), (255, 255, 255)


def chart(analysis: Analysis) -> str:
    """A map for each measure, of which the page shows one at a time, and the sentences of all zones."""
    fields = [field for field in words.CHART_MEASURES if field.split("_")[0] in analysis.maps]
    front = outlines.from_front(analysis.face)
    figures = "".join(_figure(analysis, field, front, shown=field == fields[0]) for field in fields)
    return (
        f'<section class="ws-chart"><h3>{words.CHART_TITLE}</h3>{_choice(fields)}{figures}'
        f'<p class="ws-hint">{words.CHART_HINT}</p>{said.sentences(analysis)}</section>'
    )


def colour(share: float) -> tuple[int, int, int]:
    """The colour, RGB 0..255, of a figure at this share (0..1) of the scale."""
    place = min(1.0, max(0.0, share)) * (len(RAMP) - 1)
    low = min(int(place), len(RAMP) - 2)
    return tuple(round(a + (b - a) * (place - low)) for a, b in zip(RAMP[low], RAMP[low + 1], strict=True))


def ink(ground: tuple[int, int, int]) -> tuple[int, int, int]:
    """Dark or white, whichever is read better on this colour."""
    return max((_DARK, _LIGHT), key=lambda letters: contrast(letters, ground))


def contrast(one: Sequence[int], other: Sequence[int]) -> float:
    """Contrast of two colours, RGB 0..255, from 1 to 21, after WCAG 2."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def scale_end(values: Sequence[float]) -> float:
    """The end of the scale: the next of `ROUND` times a power of ten at or above the largest value."""
    largest = max(values, default=0)
    if largest <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(largest))
    return next(step * power for step in ROUND if step * power >= largest * (1 - 1e-9))


def _luminance(colour: Sequence[int]) -> float:
    parts = [part / 255 for part in colour]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _choice(fields: Sequence[str]) -> str:
    options = "".join(
        f'<label><input type="radio" name="ws-measure" value="{field}"{" checked" if field == fields[0] else ""}>'
        f"<span>{words.CHART_MEASURES[field][0]}</span></label>"
        for field in fields
    )
    return f'<fieldset class="ws-measure-choice"><legend>{words.CHART_MEASURE}</legend>{options}</fieldset>'


def _figure(analysis: Analysis, field: str, front: FrontFace, shown: bool) -> str:
    title, unit, _, _ = words.CHART_MEASURES[field]
    known = {name: _value(analysis.measures[name], field) for name in zones.NAMES}
    end = scale_end([value for value in known.values() if value is not None])
    pieces = "".join(_zone(name, front.zones[name], known[name], end, field) for name in known if name in front.zones)
    features = "".join(f'<path class="ws-feature" d="{path}"/>' for path in front.features)
    width, height = front.size
    return (
        f'<figure data-measure="{field}"{"" if shown else " hidden"}>'
        f'<svg viewBox="0 0 {width} {height}" role="group" aria-label="{escape(words.CHART_LABEL.format(title=title))}">'
        f"{_hatching(field)}{features}{pieces}</svg>{_legend(title, unit, field, end, None in known.values())}</figure>"
    )


def _value(measures: Measures, field: str) -> float | None:
    visible = getattr(measures, f"{field.split('_')[0]}_visible")
    return getattr(measures, field) if visible else None


def _zone(name: str, outline: Outline, value: float | None, end: float, field: str) -> str:
    """A button: the zone's shape and its figure; hatched and with a dash where there is none."""
    _, _, short, full = words.CHART_MEASURES[field]
    figure = words.CHART_HIDDEN if value is None else full.format(value)
    label = escape(words.ZONE_FIGURE.format(zone=texts.zone_name(name), figure=figure))
    ground = colour(0 if value is None else value / end)
    fill = f"url(#ws-hatched-{field})" if value is None else _rgb(ground)
    letters = ' class="ws-none"' if value is None else f' fill="{_rgb(ink(ground))}"'
    x, y = outline.centre
    return (
        f'<g role="button" tabindex="0" data-zone="{name}" aria-pressed="false" aria-label="{label}"><title>{label}</title>'
        f'<path d="{outline.path}" fill="{fill}"/>'
        f'<text x="{x:.4g}" y="{y:.4g}"{letters}>{texts.NONE_FOUND if value is None else short.format(value)}</text></g>'
    )


def _hatching(field: str) -> str:
    return (
        f'<defs><pattern id="ws-hatched-{field}" width="7" height="7" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><rect class="ws-hatch-ground" width="7" height="7"/>'
        f'<line class="ws-hatch" x1="0" y1="0" x2="0" y2="7"/></pattern></defs>'
    )


def _legend(title: str, unit: str, field: str, end: float, hidden: bool) -> str:
    """The scale with its ends in figures, and what the hatching means where there is any."""
    low, high = "0", f"{end:g}"
    stops = ", ".join(map(_rgb, RAMP))
    label = escape(words.CHART_SCALE.format(title=title, unit=unit, low=low, high=high))
    hatched = f'<li><span class="ws-swatch ws-hatched"></span>{words.CHART_HIDDEN}</li>' if hidden else ""
    return (
        f'<figcaption><span class="ws-scale" role="img" aria-label="{label}"><span>{low}</span>'
        f'<span class="ws-scale-bar" style="background:linear-gradient(to right, {stops})"></span><span>{high}</span></span>'
        f'<span class="ws-unit">{unit}</span>{f"<ul class=ws-legend>{hatched}</ul>" if hatched else ""}</figcaption>'
    )


def _rgb(colour: Sequence[int]) -> str:
    return f"rgb({colour[0]},{colour[1]},{colour[2]})"
