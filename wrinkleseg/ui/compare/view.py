"""A comparison as HTML: pictures that zoom and move together, where the methods agree, and their figures in one table."""

from collections.abc import Iterable, Sequence

from wrinkleseg import draw
from wrinkleseg.ui import texts, zoom
from wrinkleseg.ui.cards import escape, legend
from wrinkleseg.ui.compare.comparison import Agreement, Comparison, Entry

LETTERS = "ABCD"
"""Short names of the methods, in their order: a title does not fit over a column on a phone."""


def empty() -> str:
    """What the place of the comparison says before there is one."""
    steps = "".join(
        f'<li><span class="ws-number">{i}</span><div><b>{title}</b><p>{text}</p></div></li>'
        for i, (title, text) in enumerate(texts.COMPARE_EMPTY_STEPS, 1)
    )
    return (
        f'<section class="ws-empty" id="compare-empty"><h2>{texts.COMPARE_EMPTY_TITLE}</h2><ol>{steps}</ol></section>'
    )


def heading(found: Comparison) -> str:
    """Which photo, and which face of it."""
    ground = found.ground
    title = escape(texts.COMPARE_RESULT[ground.task].format(name=ground.shared.name))
    count = ground.shared.face_count
    face = texts.FACE_OF.format(number=ground.face_index + 1, count=count) if count > 1 else ""
    return f'<div class="ws-result-title"><h2>{title}</h2><p>{face}</p></div>'


def ready() -> str:
    """There is a photo, and nothing has been compared yet."""
    return f'<section class="ws-empty" id="compare-ready"><h2>{texts.COMPARE_READY_TITLE}</h2><p>{texts.COMPARE_READY}</p></section>'


def steps(titles: Sequence[str]) -> list[str]:
    """The steps of the work, for `cards.working`: the face, then every method."""
    return [texts.COMPARE_FIND, *map(escape, titles)]


def pictures(found: Comparison) -> str:
    """A picture for each method and the map of agreement, in windows of one size, under one bar of buttons."""
    panes = [_pane(LETTERS[i], entry, found, i == found.running) for i, entry in enumerate(found.entries)]
    panes.append(_agreement_pane(found))
    columns = 3 if len(panes) in (3, 5) else 2
    return (
        f'<div class="ws-compare">{_bar()}<p class="ws-hint">{texts.COMPARE_ZOOM_HINT}</p>'
        f'<div class="ws-panes ws-columns-{columns}" tabindex="0" role="group" aria-label="{texts.COMPARE_PICTURES}">'
        f"{''.join(panes)}</div>{legend((found.ground.task,), 'overlay', zones=False)}</div>"
    )


def agreement(found: Comparison) -> str:
    """How much of the skin is marked by how many methods, in the map's colours; empty until all have run."""
    agreed = found.agreement
    if found.running is not None:
        return ""
    if agreed is None:
        return f'<section class="ws-agreement"><p>{texts.AGREEMENT_LACKING}</p></section>'
    said = texts.AGREEMENT_NONE
    if agreed.share is not None:
        said = texts.AGREEMENT_SHARE.format(share=100 * agreed.share, all=texts.ALL[len(agreed.counts)])
    levels = "".join(_level(agreed, k) for k in range(1, len(agreed.counts) + 1))
    return (
        f'<section class="ws-agreement"><h3>{texts.AGREEMENT}</h3><p>{said}</p>'
        f'<ul class="ws-legend" aria-label="{texts.LEGEND}">{levels}</ul></section>'
    )


def figures(found: Comparison) -> str:
    """One table: a column for each method, a row for each figure; and what the figures mean. Empty until all have run."""
    if found.running is not None:
        return ""
    task, scored = found.ground.task, found.ground.truth is not None
    rows = "".join(_row(name, unit, cells) for name, unit, cells in _figures(found.entries, task))
    if scored:
        span = len(found.entries) + 1
        rows += f'<tr class="ws-part"><th colspan="{span}" scope="colgroup">{texts.SCORES_HEADING}</th></tr>'
        rows += "".join(_row(name, unit, cells) for name, unit, cells in _scores(found.entries, task))
    heads = "".join(f'<th scope="col">{_name(LETTERS[i], entry)}</th>' for i, entry in enumerate(found.entries))
    table = (
        f'<table class="ws-measures ws-side"><caption>{texts.FIGURES}</caption><thead><tr>'
        f'<th scope="col">{texts.FIGURE_COLUMN}</th>{heads}</tr></thead><tbody>{rows}</tbody></table>'
    )
    return table + _meaning(task, scored)


def _pane(letter: str, entry: Entry, found: Comparison, running: bool) -> str:
    title = escape(entry.info.title)
    if entry.failure:
        inside = _told(texts.COMPARE_FAILED.format(message=escape(entry.failure)), "ws-pane-failed")
    elif not entry.picture:
        inside = _told(texts.COMPARE_WORKING if running else texts.COMPARE_WAITING)
    else:
        inside = _sheet(found.ground.original, entry.picture, texts.COMPARE_ALT.format(title=title))
    return _window(_name(letter, entry), inside, found)


def _agreement_pane(found: Comparison) -> str:
    agreed = found.agreement
    if agreed is not None:
        inside = _sheet(found.ground.original, agreed.picture, texts.AGREEMENT_ALT)
    else:
        inside = _told(texts.COMPARE_WAITING if found.running is not None else texts.AGREEMENT_LACKING)
    return _window(f"<span>{texts.AGREEMENT}</span>", inside, found)


def _window(name: str, inside: str, found: Comparison) -> str:
    """A window of the pictures' own shape, so that all of them have one size and one view."""
    height, width = found.ground.frame
    return (
        f'<figure class="ws-pane"><figcaption>{name}</figcaption>'
        f'<div class="ws-window" style="aspect-ratio: {width} / {height}">{inside}</div></figure>'
    )


def _sheet(original: str, picture: str, words: str) -> str:
    """The marked picture over the photo, which shows when the marks are hidden."""
    return (
        f'<div class="ws-sheet"><img src="{zoom.address(original)}" alt="{texts.COMPARE_ALT_PHOTO}" draggable="false">'
        f'<img class="ws-marked" src="{zoom.address(picture)}" alt="{words}" draggable="false"></div>'
    )


def _told(words: str, kind: str = "") -> str:
    return f'<p class="ws-told {kind}">{words}</p>'


def _name(letter: str, entry: Entry) -> str:
    return f'<b class="ws-letter">{letter}</b><span>{escape(entry.info.title)}</span>'


def _bar() -> str:
    plain = f'<button type="button" data-zoom="plain" aria-pressed="false">{texts.COMPARE_PLAIN}</button>'
    return zoom.bar(texts.COMPARE_ZOOM, texts.COMPARE_ZOOM_BAR, plain)


def _level(agreed: Agreement, k: int) -> str:
    """The colour of what exactly `k` methods mark, in words, with its share of the skin."""
    methods = len(agreed.counts)
    form = texts.AGREEMENT_ONE if k == 1 else texts.AGREEMENT_ALL if k == methods else texts.AGREEMENT_LEVEL
    colour = draw.agreement_colours(methods)[k - 1]
    percent = texts.AGREEMENT_SKIN.format(percent=100 * agreed.counts[k - 1] / max(1, agreed.skin))
    words = form.format(count=texts.NUMBERS[k], methods=texts.NUMBERS[methods], all=texts.ALL[methods])
    return f'<li><span class="ws-swatch" style="background:rgb{colour}"></span>{words}: <b>{percent}</b></li>'


def _figures(entries: Sequence[Entry], task: str) -> Iterable[tuple[str, str, list[str]]]:
    """Name, unit and a cell for each method: the measures of the first tab, then time and size."""
    for field, name, unit, form in texts.COLUMNS[task]:
        yield name, unit, [_cell(getattr(entry.measures, field, None), form) for entry in entries]
    yield *texts.SECONDS_ROW, [_cell(entry.seconds if entry.picture else None, "{:.2f}") for entry in entries]
    yield *texts.PARAMETERS_ROW, [_size(entry) for entry in entries]


def _scores(entries: Sequence[Entry], task: str) -> Iterable[tuple[str, str, list[str]]]:
    for field, name, unit in texts.SCORES[task]:
        yield name, unit, [_cell((entry.scores or {}).get(field), "{:.3f}") for entry in entries]


def _size(entry: Entry) -> str:
    return _cell(entry.info.parameters / 1e6, "{:.1f}") if entry.info.parameters else f"<td>{texts.NO_PARAMETERS}</td>"


def _cell(value: float | None, form: str) -> str:
    return f"<td>{texts.NONE_FOUND if value is None else form.format(value)}</td>"


def _row(name: str, unit: str, cells: list[str]) -> str:
    return f'<tr><th scope="row">{name}<small>{unit}</small></th>{"".join(cells)}</tr>'


def _meaning(task: str, scored: bool) -> str:
    words = {column[1] for column in texts.COLUMNS[task]}
    known = [(word, text) for word, text in texts.EXPLAIN if words & set(word.split(", "))]
    lines = [*known, *texts.COMPARE_EXPLAIN, *(texts.SCORES_EXPLAIN[task] if scored else ())]
    meaning = "".join(f"<dt>{word}</dt><dd>{text}</dd>" for word, text in lines)
    return (
        f'<p class="ws-hint">{texts.ONE_PHOTO}</p><details class="ws-explain"><summary>{texts.EXPLAIN_TITLE}</summary>'
        f"<dl>{meaning}</dl><p>{texts.NO_SCALE}</p></details>"
    )
