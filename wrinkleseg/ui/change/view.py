"""A comparison over time as HTML: what was not alike, the table by zone, and what it says. Nothing is called better or worse."""

from collections.abc import Sequence

from wrinkleseg import change
from wrinkleseg.analysis import WHOLE
from wrinkleseg.change import Change
from wrinkleseg.quality import QualityWarning
from wrinkleseg.ui import texts as page
from wrinkleseg.ui.cards import escape, hint
from wrinkleseg.ui.change import followup
from wrinkleseg.ui.change.followup import Followed, Given, Seen
from wrinkleseg.ui.texts import change as texts
from wrinkleseg.zones import UNIONS

_SIGNS = {"more": "●", "within": "○", "unknown": "?", "missing": ""}

DATE_SCRIPT = """
element.addEventListener('change', (event) => {
  const fields = [...element.querySelectorAll('input[data-photo]')];
  if (fields.includes(event.target)) trigger('input', { dates: fields.map((field) => field.value) });
});
"""
"""Tells the page all dates as they stand: a browser says "changed" at every digit of a year, and some of it may be lost
on the way. The fields themselves are not drawn again."""


def empty() -> str:
    """What the place of the result says before there is a photo."""
    steps = "".join(
        f'<li><span class="ws-number">{i}</span><div><b>{title}</b><p>{text}</p></div></li>'
        for i, (title, text) in enumerate(texts.EMPTY_STEPS, 1)
    )
    return f'<section class="ws-empty" id="change-empty"><h2>{texts.EMPTY_TITLE}</h2><ol>{steps}</ol></section>'


def ready(count: int) -> str:
    """There are photos, and nothing has been compared yet."""
    title, text = (texts.READY_ONE_TITLE, texts.READY_ONE) if count == 1 else (texts.READY_TITLE, texts.READY)
    return f'<section class="ws-empty" id="change-ready"><h2>{title.format(count=count)}</h2><p>{text}</p></section>'


def told(title: str, message: str) -> str:
    """One clear message."""
    return f'<section class="ws-failed" role="alert"><h2>{title}</h2><p>{escape(message)}</p></section>'


def dates(given: Sequence[Given]) -> str:
    """A date field for every photo; empty where there are no photos."""
    if not given:
        return ""
    rows = "".join(_date(number, one) for number, one in enumerate(given))
    return f'<section class="change-dates"><h3>{texts.DATES}</h3><p class="ws-hint">{texts.DATES_HINT}</p><ol>{rows}</ol></section>'


def steps(names: Sequence[str]) -> list[str]:
    """The steps of the work, for `cards.working`: every photo, then the comparison."""
    said = [
        texts.STEP.format(name=escape(name), number=number, count=len(names)) for number, name in enumerate(names, 1)
    ]
    return [*said, texts.STEP_LAST]


def heading(found: Followed, later: int) -> str:
    """From when to when, how many photos, by which method."""
    before, after = (escape(followup.label(found, i)) for i in (0, later))
    method = escape(found.seen[0].shot.method.title)
    facts = texts.RESULT_FACTS.format(count=len(found.seen), method=method)
    title = texts.RESULT.format(before=before, after=after)
    return f'<div class="ws-result-title"><h2>{title}</h2><p>{facts}</p></div>'


def sides(found: Followed, later: int) -> str:
    """Which photo is on which side of the slider's handle."""
    before, after = (escape(followup.label(found, i)) for i in (0, later))
    return (
        f'<p class="change-sides"><b>{texts.LEFT.format(label=before)}</b><b>{texts.RIGHT.format(label=after)}</b></p>'
    )


def notices(found: Followed) -> str:
    """What was left out, what was not taken alike, and what speaks against each photo."""
    cards = [_notice(texts.SKIPPED_TITLE, [(escape(name), escape(why)) for name, why in found.skipped], "warn")]
    flags = [followup.flags(found, index) for index in range(1, len(found.seen))]
    cards += [_flagged(one, lines) for one, lines in zip(found.seen[1:], flags, strict=True)]
    cards += [_quality(one) for one in found.seen]
    alike = "" if any(flags) else hint(texts.ALIKE)
    return alike + "".join(cards)


def summary(found: Followed, changes: Sequence[Change], field: str) -> str:
    """How many zones differ by more than chance, and where the figures of chance come from."""
    mine = [one for one in changes if one.field == field and one.zone not in UNIONS and one.zone != WHOLE]
    judged = [one for one in mine if one.verdict in ("more", "within")]
    more = [page.zone_name(one.zone) for one in judged if one.verdict == "more"]
    said = texts.SUMMARY["some" if more else "none"] if judged else texts.SUMMARY["unknown"]
    said = escape(said.format(more=len(more), all=len(judged), zones="; ".join(more)))
    return f'<section class="change-summary"><p><b>{said}</b></p>{hint(texts.COUNTED)}{hint(_source(found))}{hint(texts.CHANCE)}</section>'


def table(found: Followed, changes: Sequence[Change], later: int, field: str) -> str:
    """One measure, a row for each zone: before, after, difference, limit and verdict."""
    name, unit, _ = texts.MEASURES[field]
    before, after = found.pair(later)
    zone, _, _, *rest = texts.COLUMNS
    heads = [_head(zone), _head(_column(before)), _head(_column(after)), *map(_head, rest)]
    rows = "".join(_row(one) for one in changes if one.field == field)
    caption = texts.TABLE.format(measure=name, unit=unit)
    return (
        f'<table class="ws-measures change-table"><caption>{caption}</caption><thead><tr>{"".join(heads)}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def number(field: str, value: float | None, sign: bool = False) -> str:
    """A value as the page writes it; with its sign where it is a difference."""
    if value is None:
        return page.NONE_FOUND
    form = texts.MEASURES[field][2]
    said = form.format(abs(value) * (100 if field in texts.HUNDREDS else 1))
    minus = value < 0 and float(said) > 0
    return ("−" if minus else "+" if sign and float(said) > 0 else "") + said


def _date(number: int, given: Given) -> str:
    label = escape(texts.DATE.format(name=given.name))
    return (
        f"<li><span>{escape(given.name)}</span>"
        f'<input type="date" data-photo="{number}" value="{escape(given.date)}" aria-label="{label}"></li>'
    )


def _flagged(seen: Seen, flags: list[QualityWarning]) -> str:
    title = texts.FLAGS_TITLE.format(name=escape(seen.shot.name))
    meaning = hint(texts.FLAGS_MEANING)
    return _notice(title, [(escape(one.message), escape(one.advice)) for one in flags], "warn", meaning)


def _quality(seen: Seen) -> str:
    """Warnings of one photo. The page's own words for several faces: here the largest is taken."""
    shot = seen.shot
    lines = [(escape(w.message), escape(w.advice)) for w in shot.quality if w.code != "several_faces"]
    if shot.face_count > 1:
        lines.insert(0, (texts.LARGEST.format(count=shot.face_count), texts.LARGEST_ADVICE))
    lines += [(escape(note), "") for note in shot.notes]
    return _notice(texts.QUALITY_TITLE.format(name=escape(shot.name)), lines, "note")


def _notice(title: str, lines: list[tuple[str, str]], kind: str, more: str = "") -> str:
    if not lines:
        return ""
    items = "".join(
        f"<li><b>{message}</b>{f'<span>{advice}</span>' if advice else ''}</li>" for message, advice in lines
    )
    folded = kind == "note"  # what speaks against the comparison itself stands open
    body = f"<ul>{items}</ul>{more}"
    if folded:
        count = texts.NOTES[min(2, len(lines))].format(count=len(lines))
        return f'<details class="ws-notice ws-note change-note"><summary>{title}: {count}</summary>{body}</details>'
    return f'<section class="ws-notice ws-{kind}"><h3>{title}</h3>{body}</section>'


def _source(found: Followed) -> str:
    if found.shipped is None:
        return texts.SOURCE["own_only" if found.repeats else "none"].format(repeats=found.repeats)
    if found.repeats:
        return texts.SOURCE["own"].format(repeats=found.repeats)
    return texts.SOURCE["shipped"].format(photos=found.shipped.photos, retakes=found.shipped.retakes)


def _column(occasion: change.Occasion) -> tuple[str, str]:
    count = len(occasion.shots)
    return followup.day(occasion), texts.MEAN_OF.format(count=count) if count > 1 else ""


def _head(words: str | tuple[str, str]) -> str:
    text, small = (words, "") if isinstance(words, str) else words
    return f'<th scope="col">{escape(text)}{f"<small>{small}</small>" if small else ""}</th>'


def _row(one: Change) -> str:
    values = [number(one.field, one.before), number(one.field, one.after), number(one.field, one.difference, sign=True)]
    cells = "".join(f"<td>{value}</td>" for value in (*values, number(one.field, one.limit)))
    kind = "ws-whole" if one.zone == WHOLE else ""
    verdict = f'<td class="change-{one.verdict}"><span aria-hidden="true">{_SIGNS[one.verdict]}</span> {texts.VERDICTS[one.verdict]}</td>'
    name = escape(page.zone_name(one.zone))
    return f'<tr class="{kind}" data-zone="{one.zone}"><th scope="row">{name}</th>{cells}{verdict}</tr>'
