"""`python -m eval report`: the tables of a results folder as Markdown, CSV and one page of HTML that needs nothing else."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from html import escape
from pathlib import Path

import pandas as pd

from eval import results
from eval.published import MARK
from eval.samples import DataError
from eval.sections import COLUMNS, INTRODUCTION, Section, sections
from eval.shown import csv, shown
from eval.tables import REFERENCE

MARKDOWN, PAGE = "report.md", "report.html"
TITLE = "Wrinkles and pores: which method sees them best, and how sure that is"
_FIGURE = re.compile(r"(under |-)?\d[\d.]*( M)?( \[[-\d., ]*\])?$|–$")  # what a cell of figures looks like
_MARKUP = re.compile(r"[\\`*_\[\]!|]")
_WORD = ' class="word"'


def main(argv: list[str]) -> int:
    """Run the command line; gives the exit status."""
    options = _parser().parse_args(argv)
    try:
        rows = results.read(options.results, COLUMNS)
        told, found = about(options.results), sections(rows)
        write(found, told, options.output or _default_output(options.results))
    except (DataError, OSError) as error:
        print(f"eval report: {error}", file=sys.stderr)
        return 2
    print(markdown(found, told))
    return 0


def about(where: str) -> str:
    """One line on what was measured: from meta.json where there is one."""
    if where.startswith(results.PREFIX):
        return f"Results: {where}."
    try:
        meta = results.read_meta(Path(where))
    except DataError:
        return f"Results: {Path(where).name}."
    source = meta.get("source") or {}
    told = {
        "data": source.get("layout") if isinstance(source, dict) else source,
        "photos": meta.get("split"),
        "measured": meta.get("created"),
    }
    return f"{', '.join(f'{name}: {value}' for name, value in told.items() if value)}.".capitalize()


def write(found: Sequence[Section], told: str, folder: Path) -> list[Path]:
    """Write report.md, report.html and a CSV file for each section; gives their paths. Raises OSError."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    files = {MARKDOWN: f"{markdown(found, told)}\n", PAGE: html(found, told)}
    files |= {f"{results.safe_name(section.name)}.csv": csv(section.table) for section in found}
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in files]


def markdown(found: Sequence[Section], told: str = "") -> str:
    """The whole report as Markdown."""
    blocks = [f"# {TITLE}", *(_markdown_text(text) for text in (told, *INTRODUCTION))]
    for section in found:
        blocks += [f"## {_markdown_text(section.title)}", *(_markdown_text(note) for note in section.notes)]
        blocks.append(_markdown_table(_view(section)))
    return "\n\n".join(block for block in blocks if block)


def html(found: Sequence[Section], told: str = "") -> str:
    """The whole report as one page: no script, nothing is loaded, every name escaped, fit for printing."""
    links = "".join(f'<li><a href="#{results.safe_name(s.name)}">{escape(s.title)}</a></li>' for s in found)
    body = "\n".join(_html_section(section) for section in found)
    texts = "".join(f"<p>{escape(text)}</p>" for text in (told, *INTRODUCTION) if text)
    return _PAGE.format(title=escape(TITLE), texts=texts, links=links, body=body)


def _view(section: Section) -> pd.DataFrame:
    return shown(section.table, section.digits) if section.view is None else section.view


def _markdown_table(table: pd.DataFrame) -> str:
    if table.empty:
        return ""
    lines = [[_markdown_text(heading) for heading in table], ["---"] * len(table.columns)]
    lines += [[_markdown_text(cell) for cell in row] for row in table.itertuples(index=False)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _markdown_text(text: str) -> str:
    """Text that no reader of Markdown takes for markup of a table, a link, a picture, or of HTML."""
    plain = escape(" ".join(text.split()), quote=False)
    return plain if _FIGURE.match(plain) else _MARKUP.sub(r"\\\g<0>", plain)


def _html_section(section: Section) -> str:
    notes = "".join(f"<p>{escape(note)}</p>" for note in section.notes)
    view = _view(section)
    table = "" if view.empty else f'<div class="wide">{_html_table(view)}</div>'
    return f'<section id="{results.safe_name(section.name)}"><h2>{escape(section.title)}</h2>{notes}{table}</section>'


def _html_table(view: pd.DataFrame) -> str:
    words = [not all(_FIGURE.match(cell) for cell in view[heading]) for heading in view]
    titles = zip(view, words, strict=True)
    head = "".join(f'<th scope="col"{_WORD if word else ""}>{escape(heading)}</th>' for heading, word in titles)
    lines = "".join(_html_row(row, words) for row in view.itertuples(index=False, name=None))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"


def _html_row(row: tuple[str, ...], words: list[bool]) -> str:
    honest = any(cell.startswith(REFERENCE) for cell in row[1:])
    kind = "published" if MARK in row else "reference" if honest else "ours"
    cells = "".join(_html_cell(cell, word) for cell, word in zip(row[1:], words[1:], strict=True))
    return f'<tr class="{kind}"><th scope="row">{escape(row[0])}</th>{cells}</tr>'


def _html_cell(cell: str, word: bool) -> str:
    """Words stand on the left, figures on the right with their interval below them."""
    if word:
        return f"<td{_WORD}>{escape(cell)}</td>"
    value, bracket, interval = cell.partition(" [")
    return f"<td>{escape(value)}{f'<br><small>[{escape(interval)}</small>' if bracket else ''}</td>"


def _default_output(where: str) -> Path:
    return Path("report") if where.startswith(results.PREFIX) else Path(where) / "report"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m eval report", description=__doc__)
    parser.add_argument("results", help="folder of python -m eval run --output, or hub:OWNER/NAME of a data set")
    parser.add_argument("--output", type=Path, help=f"folder for {MARKDOWN}, {PAGE} and CSV files (RESULTS/report)")
    return parser


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 84rem; margin: 2rem auto; padding: 0 1rem; }}
body {{ color: #222; background: #fff; }}
h2 {{ margin-top: 2.5rem; }} p, li {{ max-width: 50rem; }}
.wide {{ overflow-x: auto; }}
h1 {{ font-size: 1.6rem; line-height: 1.25; }} h2 {{ font-size: 1.25rem; }}
nav ul {{ columns: 20rem; padding-left: 1.2rem; }}
table {{ border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }}
th, td {{ padding: .3rem .5rem; border-bottom: 1px solid #ddd; text-align: right; vertical-align: top; }}
thead th {{ font-weight: 600; vertical-align: bottom; border-bottom: 2px solid #888; }}
tbody th {{ font-weight: 500; }} th:first-child, th.word, td.word {{ text-align: left; }}
small {{ color: #555; white-space: nowrap; }}
.reference th, .reference td {{ font-style: italic; background: #f4f4f4; }}
.published th, .published td {{ background: #eef3fb; }}
@page {{ size: A4 landscape; margin: 12mm; }}
@media print {{
body {{ font-size: 11px; max-width: none; margin: 0; padding: 0; }}
nav {{ display: none; }} .wide {{ overflow: visible; }} tr {{ break-inside: avoid; }} h2 {{ break-after: avoid; }}
table {{ font-size: 9px; }} th, td {{ padding: .15rem .3rem; }} * {{ print-color-adjust: exact; }}
}}
</style>
</head>
<body>
<h1>{title}</h1>
{texts}
<nav><ul>{links}</ul></nav>
{body}
</body>
</html>
"""
