"""The measures as tables that anyone can read, sort and listen to: one for wrinkles, one for pores, the whole face first."""

from wrinkleseg.analysis import SCORE_VERSION, WHOLE, Analysis, Measures
from wrinkleseg.measures import written
from wrinkleseg.ui import choices, texts
from wrinkleseg.ui.cards import escape, swatch

SORT_SCRIPT = """
const sorted = {};  // by table, so that a redraw keeps the order that the reader chose
const sortTable = (table) => {
  const choice = sorted[table.dataset.task];
  if (!choice) return;
  const heads = [...table.tHead.rows[0].cells], body = table.tBodies[0], sign = choice.falling ? -1 : 1;
  const column = heads.findIndex((th) => th.textContent === choice.heading);
  if (column < 0) { delete sorted[table.dataset.task]; return; }  // this table has other columns
  heads.forEach((th) => th.removeAttribute('aria-sort'));
  heads[column].setAttribute('aria-sort', choice.falling ? 'descending' : 'ascending');
  const key = (row) => row.cells[column]?.dataset.value ?? '';
  const rows = [...body.rows].filter((row) => !row.classList.contains('ws-whole'));
  rows.sort((a, b) => {
    const [x, y] = [key(a), key(b)];
    if (x === '' || y === '') return (x === '') - (y === '');
    return sign * (column === 0 ? x.localeCompare(y) : Number(x) - Number(y));
  });
  rows.forEach((row) => body.append(row));
};
element.addEventListener('click', (event) => {
  const head = event.target.closest('thead th');
  if (!head) return;
  const table = head.closest('table'), before = head.getAttribute('aria-sort');
  const falling = head.cellIndex === 0 ? before === 'ascending' : before !== 'descending';
  sorted[table.dataset.task] = { heading: head.textContent, falling };
  sortTable(table);
});
watch('value', () => element.querySelectorAll('table').forEach(sortTable));
"""
"""Sorts by the column whose name was chosen; the whole face stays first, what is not visible stays last."""


def tiles(analysis: Analysis) -> str:
    """The figures of the whole face, large."""
    whole = analysis.measures[WHOLE]
    shown = [
        f'<div class="ws-tile">{swatch(field.split("_")[0])}<strong>{escape(written(getattr(whole, field), form))}</strong>'
        f"<span>{text}</span></div>"
        for field, (text, form) in texts.TILES.items()
        if getattr(whole, field) is not None
    ]
    return f'<section class="ws-tiles" aria-label="{texts.SUMMARY}">{"".join(shown)}</section>'


def tables(analysis: Analysis) -> str:
    """Both tables, what the figures mean, and what they hang on: method, thresholds, version of the score."""
    both = "".join(_table(analysis, task) for task in texts.COLUMNS if task in analysis.maps)
    meaning = "".join(f"<dt>{word}</dt><dd>{text}</dd>" for word, text in texts.EXPLAIN)
    return (
        f'<div class="ws-tables">{both}</div><p class="ws-hint">{texts.SORT_HINT}</p>'
        f'<details class="ws-explain"><summary>{texts.EXPLAIN_TITLE}</summary><dl>{meaning}</dl><p>{texts.NO_SCALE}</p></details>'
        f'<p class="ws-hint">{_footnote(analysis)}</p>'
    )


def _table(analysis: Analysis, task: str) -> str:
    columns = texts.COLUMNS[task]
    heads = "".join(_head(title, unit) for title, unit in [(texts.ZONE_COLUMN, ""), *((c[1], c[2]) for c in columns)])
    rows = "".join(_row(zone, measures, task) for zone, measures in analysis.measures.items())
    return (
        f'<table class="ws-measures" data-task="{task}"><caption>{swatch(task)}{texts.TABLE_HEADING[task]}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _head(title: str, unit: str) -> str:
    small = f"<small>{unit}</small>" if unit else ""
    return f'<th scope="col"><button type="button">{title}{small}</button></th>'


def _row(zone: str, measures: Measures, task: str) -> str:
    columns, name = texts.COLUMNS[task], texts.zone_name(zone)
    button = f'<button type="button" aria-pressed="false">{escape(name)}</button>'
    first = f'<th scope="row" data-value="{escape(name)}">{button}</th>'
    if not getattr(measures, f"{task}_visible"):
        return f'<tr class="ws-hidden-zone" data-zone="{zone}">{first}<td colspan="{len(columns)}">{texts.NOT_VISIBLE}</td></tr>'
    cells = "".join(_cell(getattr(measures, field), form) for field, _, _, form in columns)
    return f'<tr class="{"ws-whole" if zone == WHOLE else ""}" data-zone="{zone}">{first}{cells}</tr>'


def _cell(value: float | None, form: str) -> str:
    if value is None:
        return f'<td data-value="">{texts.NONE_FOUND}</td>'
    return f'<td data-value="{value:.6g}">{escape(written(value, form))}</td>'


def _footnote(analysis: Analysis) -> str:
    thresholds = ", ".join(
        f"{texts.TASKS[task].lower()} {value:.{choices.DIGITS}f}" for task, value in analysis.thresholds.items()
    )
    method = analysis.method.title + (
        f" ({texts.WEIGHTS} {analysis.method.weights})" if analysis.method.weights else ""
    )
    said = texts.FOOTNOTE.format(
        method=method, licence=analysis.method.licence, thresholds=thresholds, version=SCORE_VERSION
    )
    return escape(said)
