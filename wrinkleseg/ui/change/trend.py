"""One measure of one zone over time, as a drawing that a screen reader can read too, and as a table."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from wrinkleseg.change import Occasion
from wrinkleseg.ui import texts as page
from wrinkleseg.ui.cards import escape, hint
from wrinkleseg.ui.change import followup, view
from wrinkleseg.ui.change.followup import Followed
from wrinkleseg.ui.texts import change as texts

_WIDTH, _HEIGHT = 480, 270
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 462, 16, 218  # of the plot
_APART = 74  # px: least distance of two dates written below


@dataclass(frozen=True)
class _Scale:
    """From days (or numbers) and values to the drawing's own pixels."""

    first: float
    last: float
    low: float
    high: float

    def x(self, when: float) -> float:
        """Across."""
        return _LEFT + 20 + (when - self.first) / max(self.last - self.first, 1e-9) * (_RIGHT - _LEFT - 40)

    def y(self, value: float) -> float:
        """Down."""
        return _BOTTOM - (value - self.low) / (self.high - self.low) * (_BOTTOM - _TOP)


def trend(found: Followed, field: str, zone: str) -> str:
    """The chart with its table; empty for fewer than three occasions, which the table by zone tells already."""
    if len(found.occasions) < 3:
        return ""
    name, unit, _ = texts.MEASURES[field]
    title = texts.CHART.format(measure=name, zone=page.zone_name(zone))
    seen = [one for one in found.occasions if one.values(zone, field)]
    if not seen:
        return f'<section class="change-trend"><h3>{escape(title)}</h3>{hint(texts.CHART_NONE)}</section>'
    limit = _limit(found, seen[0], field, zone)
    said = texts.CHART_NO_BAND if limit is None else texts.CHART_BAND
    return (
        f'<section class="change-trend"><h3>{escape(title)}<small>{unit}</small></h3>{_drawing(seen, field, zone, limit)}'
        f"{hint(said)}{_table(found.occasions, field, zone)}</section>"
    )


def _limit(found: Followed, first: Occasion, field: str, zone: str) -> float | None:
    """By how much a date like the second differs from the first by chance."""
    later = next((i for i, one in enumerate(found.seen) if one.shot not in first.shots), None)
    if later is None:
        return None
    return next(one.limit for one in found.changes(later) if (one.field, one.zone) == (field, zone))


def _drawing(seen: Sequence[Occasion], field: str, zone: str, limit: float | None) -> str:
    means = [_mean(one.values(zone, field)) for one in seen]
    scale = _scaled(seen, field, zone, limit)
    spots = [(scale.x(_when(one)), scale.y(mean)) for one, mean in zip(seen, means, strict=True)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
    dots = "".join(
        f'<circle class="change-dot" cx="{scale.x(_when(one)):.1f}" cy="{scale.y(value):.1f}" r="5"/>'
        for one in seen
        for value in one.values(zone, field)
    )
    words = escape(_words(seen, means, field, zone))
    return (
        f'<svg class="change-chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{words}">'
        f"{_band(scale, means[0], limit)}{_levels(scale, field)}"
        f'<polyline class="change-line" points="{line}"/>{dots}{_dates(scale, seen)}</svg>'
    )


def _scaled(seen: Sequence[Occasion], field: str, zone: str, limit: float | None) -> _Scale:
    """From 0, so that a small difference does not look large; the band fits in."""
    values = [value for one in seen for value in one.values(zone, field)]
    first = _mean(seen[0].values(zone, field))
    top = max(*values, first + (limit or 0), 1e-6)
    return _Scale(_when(seen[0]), _when(seen[-1]), 0.0, 1.08 * top)


def _band(scale: _Scale, middle: float, limit: float | None) -> str:
    if limit is None:
        return ""
    top, bottom = scale.y(middle + limit), scale.y(max(0.0, middle - limit))
    return f'<rect class="change-band" x="{_LEFT}" y="{top:.1f}" width="{_RIGHT - _LEFT}" height="{bottom - top:.1f}"/>'


def _levels(scale: _Scale, field: str) -> str:
    """Lines of equal value, at round numbers."""
    factor = 100 if field in texts.HUNDREDS else 1
    step = _round_step(scale.high * factor / 4) / factor
    lines = []
    for number in range(int(scale.high / step) + 1):
        y, value = scale.y(number * step), f"{number * step * factor:.6g}"
        lines.append(f'<line class="change-level" x1="{_LEFT}" x2="{_RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        lines.append(f'<text x="{_LEFT - 8}" y="{y + 5:.1f}" text-anchor="end">{value}</text>')
    return "".join(lines)


def _round_step(rough: float) -> float:
    """1, 2 or 5 times a power of ten, at least `rough`."""
    power = 10 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)


def _dates(scale: _Scale, seen: Sequence[Occasion]) -> str:
    """Dates below the plot; those that would run into one another are left to the table."""
    last, written = -math.inf, []
    for one in seen:
        x = scale.x(_when(one))
        if x - last >= _APART:
            lines = one.date.isoformat().split("-", 1) if one.date else ["", str(one.number)]
            words = "".join(f'<tspan x="{x:.1f}" dy="{18 * i}">{line}</tspan>' for i, line in enumerate(lines[::-1]))
            written.append(f'<text x="{x:.1f}" y="{_BOTTOM + 22}" text-anchor="middle">{words}</text>')
            last = x
    return "".join(written)


def _words(seen: Sequence[Occasion], means: Sequence[float], field: str, zone: str) -> str:
    name, unit, _ = texts.MEASURES[field]
    points = ", ".join(f"{followup.day(one)} {view.number(field, mean)}" for one, mean in zip(seen, means, strict=True))
    return texts.CHART_ALT.format(measure=name, zone=page.zone_name(zone), unit=unit, points=points)


def _table(occasions: Sequence[Occasion], field: str, zone: str) -> str:
    rows = []
    for one in occasions:
        values = one.values(zone, field)
        mean = view.number(field, _mean(values) if values else None)
        each = ", ".join(view.number(field, value) for value in values)
        rows.append(f'<tr><th scope="row">{escape(followup.day(one))}</th><td>{mean}</td><td>{each}</td></tr>')
    heads = "".join(f'<th scope="col">{head}</th>' for head in texts.CHART_HEADS)
    return (
        f"<details><summary>{texts.CHART_TABLE}</summary>"
        f'<table class="ws-measures"><thead><tr>{heads}</tr></thead><tbody>{"".join(rows)}</tbody></table></details>'
    )


def _when(occasion: Occasion) -> float:
    return occasion.date.toordinal() if occasion.date else occasion.number


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
