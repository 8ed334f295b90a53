"""States and table of the tab for many photos, as HTML. Everything that came from outside is escaped."""

import math
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from wrinkleseg.batch import Row
from wrinkleseg.measures import written
from wrinkleseg.ui import texts as page_texts
from wrinkleseg.ui.cards import escape, hint
from wrinkleseg.ui.choices import DIGITS
from wrinkleseg.ui.texts import batch as texts


def empty() -> str:
    """What the place of the table says before there is one."""
    steps = "".join(
        f'<li><span class="ws-number">{i}</span><div><b>{title}</b><p>{text}</p></div></li>'
        for i, (title, text) in enumerate(texts.EMPTY_STEPS, 1)
    )
    good = "".join(f"<li>{line}</li>" for line in texts.GOOD)
    return (
        f'<section class="ws-empty" id="batch-empty"><h2>{texts.EMPTY_TITLE}</h2><ol>{steps}</ol>'
        f'<div class="ws-good"><h3>{texts.GOOD_TITLE}</h3><ul>{good}</ul></div></section>'
    )


def ready(count: int, earlier: bool = False) -> str:
    """The photos are here, nothing has begun. earlier: the table of other photos is still below."""
    title = texts.counted(texts.READY_TITLE, count)
    said = f"{texts.READY} {texts.READY_EARLIER}" if earlier else texts.READY
    return f'<section class="ws-working batch-card" id="batch-ready"><h2>{title}</h2><p>{said}</p></section>'


def working(name: str, rows: Sequence[Row], count: int) -> str:
    """Which photo is looked at, how many are done, how long it will take. `name`: of the photo; `count`: of all."""
    done = len(rows)
    title = texts.WORKING_TITLE.format(number=done + 1, count=count, name=escape(name))
    bar = texts.WORKING_BAR.format(done=done, count=count)
    return (
        f'<section class="ws-working batch-card" role="status"><h2>{title}</h2>'
        f'<progress max="{count}" value="{done}" aria-label="{bar}"></progress>'
        f"<p>{bar}. {left([row.seconds for row in rows], count - done)}</p></section>"
    )


def left(seconds: Sequence[float], waiting: int) -> str:
    """How long the photos that wait will take, in words, by the mean of those that are done."""
    if not seconds:
        return texts.WORKING_FIRST
    expected = waiting * sum(seconds) / len(seconds)
    return texts.LEFT_SECONDS if expected < 50 else texts.counted(texts.LEFT_MINUTES, math.ceil(expected / 60 - 0.2))


def stopping() -> str:
    """The visitor does not want to wait any longer."""
    return f'<section class="ws-working batch-card" role="status"><h2>{texts.STOPPING}</h2></section>'


def finished(rows: Sequence[Row], count: int) -> str:
    """How many photos have a result, and what became of the others. `count`: of all that came."""
    skipped = sum(bool(row.error) for row in rows)
    good, missing = len(rows) - skipped, count - len(rows)
    said = [texts.counted(texts.SKIPPED, skipped)] if skipped else []
    said += [texts.counted(texts.NOT_REACHED, missing)] if missing else []
    if missing:
        title = texts.STOPPED_TITLE.format(good=good, count=count)
    elif good == 0:
        title = texts.NONE_TITLE
    else:
        title = texts.PART_TITLE.format(good=good, count=count) if skipped else texts.counted(texts.DONE_TITLE, good)
    kind = "batch-done" if good else "batch-none"
    said = " ".join(said) or texts.ALL_GOOD
    return f'<section class="ws-working batch-card {kind}" id="batch-finished" role="status"><h2>{title}</h2><p>{said}</p></section>'


def failed(title: str, message: str) -> str:
    """One clear message."""
    return f'<section class="ws-failed" role="alert"><h2>{title}</h2><p>{escape(message)}</p></section>'


def table(rows: Sequence[Row], pictures: Sequence[str]) -> str:
    """A row a photo, with its small picture (paths, "" for none); empty where there are no rows."""
    if not rows:
        return ""
    titles = [(texts.PHOTO, ""), *((column[1], column[2]) for column in texts.COLUMNS)]
    titles.append((texts.QUALITY, texts.QUALITY_UNIT))
    heads = "".join(
        f'<th scope="col"><button type="button">{title}{f"<small>{unit}</small>" if unit else ""}</button></th>'
        for title, unit in titles
    )
    body = "".join(_row(row, picture) for row, picture in zip(rows, pictures, strict=True))
    return (
        f'<table class="ws-measures batch-table" data-task="batch"><caption>{texts.CAPTION}{_found_by(rows)}</caption>'
        f'<thead><tr data-sort="{texts.SORT_BY}">{heads}</tr></thead><tbody>{body}</tbody></table>'
        f"{hint(f'{texts.SORT_HINT} {texts.NO_SCALE}')}"
    )


def _found_by(rows: Sequence[Row]) -> str:
    """Which method and thresholds the figures are of: they are the same for all rows."""
    about = next((row.about for row in rows if row.about), None)
    if about is None:
        return ""
    above = ", ".join(f"{page_texts.TASKS[task]} {value:.{DIGITS}f}" for task, value in about["threshold"].items())
    return f"<small>{texts.FOUND_BY.format(title=escape(about['model']['title']), thresholds=above)}</small>"


def _row(row: Row, picture: str) -> str:
    image = f'<img src="{_address(picture)}" alt="">' if picture else '<span class="batch-blank"></span>'
    name = escape(row.name)
    first = f'<th scope="row" data-value="{name}"><div class="batch-name">{image}<span>{name}</span></div></th>'
    if row.error:
        why = f"<b>{texts.SKIPPED_ROW}</b> {escape(row.error)}"
        return f'<tr class="batch-skipped">{first}<td colspan="{len(texts.COLUMNS) + 1}">{why}</td></tr>'
    cells = "".join(_cell(row.whole[field], form, f"{title}, {unit}") for field, title, unit, form in texts.COLUMNS)
    return f"<tr>{first}{cells}{_quality(row.about)}</tr>"


def _cell(value: float | None, form: str, title: str) -> str:
    if value is None:
        return f'<td data-value="" data-title="{title}">{texts.NONE}</td>'
    return f'<td data-value="{value:.6g}" data-title="{title}">{escape(written(value, form))}</td>'


def _quality(about: Mapping) -> str:
    """What speaks against the photo: short words, which open to what to do about it."""
    warnings, notes = about["quality"], about["notes"]
    short = [texts.QUALITY_SHORT.get(each["code"], each["code"].replace("_", " ")) for each in warnings]
    short += [texts.NOTE_SHORT] if notes else []
    if not short:
        return f'<td class="batch-quality" data-value="0">{texts.QUALITY_GOOD}</td>'
    lines = [f"<b>{escape(each['message'])}</b> {escape(each['advice'])}" for each in warnings]
    lines += [escape(note) for note in notes]
    told = "".join(f"<li>{line}</li>" for line in lines)
    words = ", ".join(short)
    return (
        f'<td class="batch-quality" data-value="{len(warnings)}"><details><summary>{escape(words[0].upper() + words[1:])}</summary>'
        f"<ul>{told}</ul></details></td>"
    )


def _address(path: str) -> str:
    """Where the browser finds a file of the page's temporary folder. Relative: the page may lie below another address."""
    return escape(f"gradio_api/file={quote(path)}")
