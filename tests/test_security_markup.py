"""Names that others chose are words on every page: with hostile ones a page has the very tags and attributes that it has with plain ones."""

import csv
import datetime
import io
import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import made_results
import numpy as np
import pandas as pd
import pytest
from fakes import BOTH, FakeLibrary, FakeMethod

from eval import figures as eval_figures
from eval import report as eval_report
from eval import shown
from eval.dashboard import board, handlers, opened, plots
from eval.dashboard import view as dashboard_view
from eval.dashboard.view import Choice
from eval.figures.style import Style
from eval.sections import COLUMNS, sections
from wrinkleseg import annotation, archive, batch, batch_page, change, images, report, report_page
from wrinkleseg.analysis import Analysis, Analyzer
from wrinkleseg.face import NoFaceError
from wrinkleseg.methods import MethodInfo
from wrinkleseg.portraits import Portrait
from wrinkleseg.quality import QualityWarning
from wrinkleseg.ui import cards, choices, flow, table, temporary, view
from wrinkleseg.ui.annotate import view as annotate_view
from wrinkleseg.ui.annotate import work as annotate_work
from wrinkleseg.ui.batch import view as batch_view
from wrinkleseg.ui.change import figures as change_figures
from wrinkleseg.ui.change import followup, trend
from wrinkleseg.ui.change import view as change_view
from wrinkleseg.ui.compare import view as compare_view
from wrinkleseg.ui.compare.comparison import Agreement, Comparison, Entry, Ground
from wrinkleseg.ui.models import card_text
from wrinkleseg.ui.models import view as models_view
from wrinkleseg.ui.photo import chart, said, scene
from wrinkleseg.ui.services import Figures

PLAIN = "anna"
HOSTILE = (
    "<img src=x onerror=alert(1)>.png",
    '"><script>alert(1)</script>',
    "' onmouseover='alert(1)",
    '" onfocus="alert(1)" autofocus="',
    "</title></style></textarea><svg/onload=alert(1)>",
    "--><iframe src=javascript:alert(1)>",
    "javascript:alert(1)",
    "&lt;script&gt;&#60;b&#62;",
    "${alert(1)} {{7*7}} {value} {0.__class__} %s %(x)s `x`",
    "a\u2028b\x00c\ud800",
)
RGB = np.full((40, 50, 3), 120, np.uint8)


class _Shape(HTMLParser):
    """Every tag with the names of its attributes, in order; and where its addresses lead."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple] = []
        self.addresses: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append((tag, *(name for name, _ in attrs)))
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src", "action", "xlink:href")]

    def handle_endtag(self, tag) -> None:
        self.tags.append((f"/{tag}",))

    def handle_decl(self, decl) -> None:
        self.tags.append((decl,))

    def handle_comment(self, data) -> None:
        self.tags.append(("comment", data))


def hostile(make: Callable[[str], str], template: bool = True, ordered: bool = True) -> None:
    """`make(name)` has the same tags whatever the name is.

    template: it is put into a template of the page's. ordered: also in the same order, where names do not sort it.
    """
    kept = list if ordered else Counter
    expected = kept(_Shape(make(PLAIN)).tags)
    assert expected and PLAIN in make(PLAIN)
    for name in HOSTILE:
        text = make(name)
        shape = _Shape(text)
        assert kept(shape.tags) == expected, name
        leading = [address for address in shape.addresses if re.match(r"\s*(?!data:image/png)[a-z]+:", address, re.I)]
        assert not leading, name
        if template:
            assert "${" not in text and "{{" not in text and "{value}" not in text, name


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """The page's temporary folder, in the test's own."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    return temporary.claim()


@pytest.fixture(scope="module")
def plain(astronaut) -> Analysis:
    return Analyzer(FakeMethod(BOTH)).analyze(astronaut)


def info(name: str) -> MethodInfo:
    """A method about which everything that a config.json may say is this."""
    return replace(BOTH, name=name, title=name, source=name, licence=name, weights=name)


def told(name: str) -> tuple[QualityWarning, ...]:
    return tuple(QualityWarning(code, name, name) for code in ("blurred", "several_faces", "pores_unresolved"))


def path(name: str) -> str:
    """A file of that name where the page lays it."""
    return f"/tmp/page/{temporary.safe_name(name)}/{name}".replace("\ud800", "")


def named(plain: Analysis, name: str) -> Analysis:
    """A result in which every text that came from outside is this."""
    return replace(plain, name=name, method=info(name), quality=told(name), notes=(name, name), face_count=2)


def test_the_check_would_see_what_is_not_escaped():
    def ways(name: str) -> list[str]:
        return [
            f"<p>{name}</p>",
            f'<p title="{name}">x</p>',
            f"<p title='{name}'>{name}</p>",
            f'<a href="{name}">a</a>',
        ]

    for way in range(4):
        with pytest.raises(AssertionError):
            hostile(lambda name, way=way: ways(name)[way])
    hostile(lambda name: f'<p title="{cards.escape(name)}">{cards.escape(name)}</p>')


def test_cards_of_the_page(plain):
    hostile(lambda name: cards.working(1, name))
    hostile(lambda name: cards.error("picture", name, name))
    hostile(lambda name: cards.heading(named(plain, name), 0))
    hostile(lambda name: cards.warnings(named(plain, name)))
    hostile(lambda name: cards.examples([Portrait(name, name, lambda: RGB)]))
    hostile(lambda name: choices.describe([info(name)], [name]))


def test_a_photos_result(plain):
    hostile(lambda name: table.tables(named(plain, name)) + table.tiles(named(plain, name)))
    hostile(lambda name: f"<i>{PLAIN}</i>{chart.chart(named(plain, name))}{said.sentences(named(plain, name))}")
    box = view.frame_box(plain, "face")
    hostile(lambda name: scene.scene(named(plain, name), box, path(name), path(name), name))
    hostile(lambda name: scene.close_up(box, box, path(name), path(name)))


def test_a_comparison(plain):
    def made(name: str) -> Comparison:
        ground = Ground(named(plain, name), "wrinkle", (), 0, path(name))
        entries = (Entry(info(name), picture=path(name)), Entry(info(name), failure=name), Entry(info(name)))
        return Comparison(ground, entries, None, Agreement((5, 3), 100, path(name)))

    hostile(lambda name: compare_view.heading(made(name)) + compare_view.agreement(made(name)))
    hostile(lambda name: compare_view.pictures(made(name)) + compare_view.figures(made(name)))
    hostile(lambda name: cards.working(0, name, compare_view.steps([name, name])))


def test_a_comparison_over_time(plain):
    def made(name: str) -> followup.Followed:
        days = [datetime.date(2025, month, 1) for month in (1, 2, 3)]
        shots = [change.shot(named(plain, name), day) for day in days]
        still = change.align(plain.face, plain.face)
        seen = tuple(followup.Seen(shot, name, name, still) for shot in shots)
        return followup.Followed(seen, change.occasions(shots), ((name, name),), None)

    hostile(lambda name: change_view.dates([followup.Given(f"/a/{name.replace('/', '')}.x", name)]))
    hostile(lambda name: change_view.told(name, name) if name == PLAIN else change_view.told(PLAIN, name))
    hostile(lambda name: cards.working(0, name, change_view.steps([name])))
    hostile(lambda name: change_view.heading(made(name), 1) + change_view.notices(made(name)))
    field = change.FIELDS[0]
    hostile(
        lambda name: (
            f"<i>{PLAIN}</i>"
            + change_view.summary(made(name), made(name).changes(1), field)
            + change_view.table(made(name), made(name).changes(1), 1, field)
            + trend.trend(made(name), field, "whole")
        )
    )


def rows_of(plain: Analysis, name: str) -> list[batch.Row]:
    about = replace(named(plain, name), method=plain.method).to_dict()
    about["quality"][0]["code"] = name
    return [
        batch.Row(name, archive.safe_name(name), "", about, thumbnail=images.png_bytes(RGB)),
        batch.Row(name, archive.safe_name(name), error=name),
    ]


def test_many_photos(plain):
    hostile(lambda name: batch_view.working(name, [], 2) + batch_view.failed("x", name))
    hostile(lambda name: batch_view.table(rows_of(plain, name), [path(name), ""]))
    hostile(lambda name: _overview(rows_of(plain, name)), template=False)


def _overview(rows: list[batch.Row]) -> str:
    return batch_page.html_bytes([(row.to_dict(), row.thumbnail) for row in rows]).decode()


def test_the_report_of_a_photo(plain):
    hostile(lambda name: report_page.html_bytes(named(plain, name)).decode(), template=False)


def test_models(plain):
    figures = [Figures("wrinkle", "x", 3, {"iou": 0.5})]

    def made(name: str) -> str:
        marked = [replace(one, annotator=name) for one in figures]
        services = FakeLibrary().services(figures=lambda _: marked, model_card=lambda _: "", default_method=name)
        return models_view.listing(services, [info(name)]) + models_view.loaded(info(name)) + models_view.failed(name)

    hostile(made)


def test_annotation(tmp_path):
    images.save_png(tmp_path / "wall.png", np.full((80, 90, 3), 150, np.uint8))

    def faceless(rgb):
        raise NoFaceError("No face was found.")

    services = FakeLibrary().services(find=faceless)
    work, _ = annotate_work.add(services, None, [str(tmp_path / "wall.png")])

    def made(name: str) -> str:
        called = replace(work, entries=tuple(replace(one, name=name) for one in work.entries))
        parts = [annotate_view.heading(called), annotate_view.photos(called), annotate_view.state(called, name)]
        return "".join([*parts, annotate_view.failed([name]), annotate_view.note(name)])

    hostile(made)


@pytest.mark.parametrize(
    "line",
    [
        *HOSTILE,
        "[a](javascript:alert(1))",
        "[a](<javascript:alert(1)>)",
        "![a](x onerror=alert(1))",
        "<a href='javascript:alert(1)'>a</a>",
        "<javascript:alert(1)>",
        "[a]: javascript:alert(1)",
        "`<script>`<script>",
        "**<b onclick=x>**",
        "*<i>*",
        "<!-- <script> -->",
        "<!--<!-- --><script>alert(1)</script>-->",
    ],
)
@pytest.mark.parametrize(
    "form", ["{}", "# {}", "* {}", "| {} | b |\n| --- | --- |\n| {} | {} |", "```\n{}\n```", "> {}"]
)
def test_a_model_card_is_words_and_nothing_that_acts(line, form):
    made = card_text.html(f"---\nlicense: {line}\n---\n" + form.replace("{}", line))
    shape = _Shape(made)
    known = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "li", "code", "pre", "strong", "em"}
    known |= {"div", "table", "thead", "tbody", "tr", "th", "td"}
    assert {tag.removeprefix("/") for tag, *_ in shape.tags} <= known and not shape.addresses
    assert {name for _, *names in shape.tags for name in names} <= {"class", "scope"}
    assert "${" not in made and "{{" not in made


def test_the_dashboards_pieces():
    frame = made_results.rows(6)

    def made(name: str) -> str:
        name = name.replace("\ud800", "")
        there = opened.Opened(**_opened(frame, name))
        ranking = dashboard_view.board(there, Choice("wrinkle", "A", "f1"))
        look = {method: Style("#000000", "circle", "solid") for method in ranking["method"]}
        worst = pd.DataFrame({"photo": [name], "f1": [0.5]})
        parts = [board.table(ranking, "f1", look, True), board.worst(worst, "f1"), board.failed(name)]
        return "".join([*parts, board.about({"created": name}, name, 2, 2)])

    hostile(made)
    row = dict.fromkeys(eval_figures.SCORES, 0.5)
    hostile(
        lambda name: board.heading(
            *handlers._said(pd.Series(row | dict.fromkeys(("photo", "method"), name.replace("\ud800", ""))))
        )
    )


def called(frame: pd.DataFrame, column: str, before: str, name: str) -> pd.DataFrame:
    name = name.replace("\ud800", "")  # no results file can hold it
    return frame.assign(**{column: [name if value == before else value for value in frame[column]]})


def _opened(frame: pd.DataFrame, name: str) -> dict:
    renamed = called(frame, "method", "unetpp", name)
    known = {"rows": renamed, "meta": {}, "where": name, "folder": None, "pictures": ()}
    return known


def test_figures_show_names_letter_by_letter():
    """Plotly reads a few tags in its texts: none may come from a name."""
    evil = '<a href="javascript:alert(1)">x</a><b>'
    frame = made_results.rows(6).replace({"method": {"unetpp": evil}, "photo": {"00000": evil}})
    there = opened.Opened(**{**_opened(frame, "x"), "rows": frame})
    drawn = dashboard_view.drawn(there, Choice("wrinkle", "A", "f1"))
    texts = [text for figure in drawn.values() if figure for text in _shown_texts(json.loads(plots.to_json(figure)))]
    assert any("&lt;a" in text for text in texts), "the name is there"
    assert not [text for text in texts if re.search(r"<(?!br>|extra>|/extra>|b>\d|/b>)", text)]


def _shown_texts(value, key: str = ""):
    """Every text of a figure that Plotly shows; not what a click hands over, nor its own template."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name not in ("customdata", "meta", "template"):
                yield from _shown_texts(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _shown_texts(inner, key)
    elif isinstance(value, str) and key in ("name", "text", "ticktext", "hovertemplate", "texttemplate", "hovertext"):
        yield value


def test_the_benchmarks_report():
    frame = made_results.rows(6).reindex(columns=COLUMNS)

    def made(name: str) -> str:
        return eval_report.html(sections(called(called(frame, "method", "unetpp", name), "annotator", "A", name)), name)

    hostile(made, template=False, ordered=False)


# --- tables for spreadsheets

FORMULAS = (
    "=1+1",
    "+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    '=HYPERLINK("http://x","y")',
    "=cmd|' /C calc'!A0",
)
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def texts_of(data: bytes) -> list[str]:
    """Cells that are no number."""
    cells = [cell for line in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")) for cell in line]
    return [cell for cell in cells if not re.fullmatch(r"-?[\d.]+(e-?\d+)?", cell)]


@pytest.mark.parametrize("name", [name for name in FORMULAS if name[0] != "\n"])
def test_no_name_of_a_photo_is_a_formula(plain, name):
    check_tables(replace(named(plain, name), method=BOTH), name, {"measures.csv", "photos.csv", "all measures.csv"})


@pytest.mark.parametrize("name", FORMULAS)
def test_no_name_of_a_method_is_a_formula(plain, name):
    check_tables(named(plain, name), name, {"measures.csv", "photos.csv", "all measures.csv", "change.csv"})


@pytest.mark.parametrize("name", [name for name in FORMULAS if name[0] not in "\n\r"])
def test_no_name_in_the_leaderboard_is_a_formula(name):
    found = texts_of(shown.csv(pd.DataFrame({"method": [name], "f1": [-0.5]})).encode())
    assert found == ["method", "f1", f"'{name}"]


def check_tables(analysis: Analysis, name: str, files: set[str]) -> None:
    """No text in the tables of this result is a formula, and the name is in all of them."""
    (measured, skipped), table = rows_of(analysis, name), report.csv_bytes(analysis).decode().partition("\r\n")[2]
    measured = replace(measured, about={**measured.about, "model": analysis.to_dict()["model"]}, table=table)
    shots = [change.shot(analysis, datetime.date(2025, month, 1)) for month in (1, 2)]
    followed = followup.Followed(tuple(followup.Seen(one, "", "") for one in shots), change.occasions(shots), (), None)
    made = {
        "measures.csv": report.csv_bytes(analysis),
        "photos.csv": batch.photos_csv([measured, skipped]),
        "all measures.csv": batch.measures_csv([measured, skipped]),
        "change.csv": change_figures.csv_bytes(followed),
    }
    for file in files:
        found = texts_of(made[file])
        assert any(name.strip() in text for text in found), f"{file} names it"
        assert not [text for text in found if text.startswith(STARTS)], file


def test_a_failure_of_the_page_is_one_message_of_words():
    hostile(lambda name: cards.error(*_failure(images.PictureError(name)), name))


def _failure(error: Exception) -> tuple[str, str]:
    found = flow.failure(error)
    return found.kind, found.message


def test_names_in_a_drawn_data_set_are_file_names_alone():
    for name in HOSTILE:
        made = annotation.entry(name, RGB)
        assert not re.search(r'[<>:"/\\|?*\x00-\x1f]', made.name) and annotation.zip_bytes([made])
