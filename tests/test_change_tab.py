"""The tab that follows one face over time, with made-up methods: order, spread, failures, table, chart, figures and events."""

import csv
import datetime
import io
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import gradio as gr
import numpy as np
import pytest
from fakes import BOTH, LINES, FakeLibrary

from wrinkleseg import change, images
from wrinkleseg.analysis import SCORE_VERSION
from wrinkleseg.ui import temporary
from wrinkleseg.ui import texts as page_texts
from wrinkleseg.ui.cards import escape
from wrinkleseg.ui.change import api, figures, followup, layout, trend, view
from wrinkleseg.ui.change.followup import Followed, Given, Progress, Refusal
from wrinkleseg.ui.change.handlers import Handlers
from wrinkleseg.ui.texts import change as texts

INFOS = [LINES, BOTH]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    """The page's temporary folder, in the test's own."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    return temporary.claim()


_KNOWN: dict[tuple[str, str], object] = {}


def library(**changes):
    """The fakes; a photo that was looked at once is not looked at again."""
    fakes = FakeLibrary()

    def analyse(method, rgb, name, **options):
        if (method, name) not in _KNOWN:
            _KNOWN[method, name] = fakes.analyse(method, rgb, name=name, **options)
        return _KNOWN[method, name]

    return fakes.services(analyse=analyse, default_method="both", **changes)


@pytest.fixture(scope="module")
def photos(astronaut, tmp_path_factory) -> dict[str, str]:
    """Files: a photo, one of it darker and smaller, one of another size, and one that is no photo."""
    place = tmp_path_factory.mktemp("given")
    pictures = {
        "first": astronaut,
        "later": (astronaut[:480, 20:480] * 0.75).astype(np.uint8),
        "third": astronaut[:460, :470],
    }
    for name, rgb in pictures.items():
        images.save_png(place / f"{name}.png", rgb)
    (place / "notes.txt").write_text("no photo")
    return {path.stem: str(path) for path in place.iterdir()}


@pytest.fixture(scope="module")
def three(photos, tmp_path_factory) -> Followed:
    """Three dates, the file that is no photo among them; the order of time is another than the one given."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("three")))
        dates = {"third": "2025-03-01", "first": "2025-01-01", "notes": "2025-01-20", "later": "2025-02-01"}
        given = [Given(photos[name], date) for name, date in dates.items()]
        return list(followup.follow(library(), given, "both"))[-1]


@pytest.fixture
def handlers() -> Handlers:
    services = library()
    with gr.Blocks():
        return Handlers(services, layout.build(services, INFOS))


def last(given, method="both", **changes):
    return list(followup.follow(library(**changes), given, method))[-1]


def run(events) -> dict:
    found = {}
    for event in events:
        found |= event
    return found


def test_photos_are_followed_in_the_order_of_time_and_a_bad_one_is_named(three):
    assert [one.shot.name for one in three.seen] == ["first", "later", "third"]
    assert [name for name, _ in three.skipped] == ["notes"] and "text file" in three.skipped[0][1]
    assert three.seen[0].alignment is None and three.seen[1].alignment.residual < 0.02
    shapes = {images.load_rgb(path).shape for one in three.seen for path in (one.plain, one.marked)}
    assert len(shapes) == 1, "all pictures lie on the first one's frame"
    first, later = (images.load_rgb(three.seen[i].plain).astype(int) for i in (0, 2))
    middle = tuple(slice(side // 3, 2 * side // 3) for side in first.shape[:2])
    assert np.abs(first[middle] - later[middle]).mean() < 6, "the same place of the face on both"


def test_steps_come_one_by_one(photos):
    events = list(followup.follow(library(), [Given(photos["first"]), Given(photos["later"])], "both"))
    assert [event.number for event in events[:-1]] == [0, 1, 2] and isinstance(events[0], Progress)
    assert isinstance(events[-1], Followed)


def test_what_cannot_be_compared_is_said(photos):
    alone = last([Given(photos["first"])])
    assert isinstance(alone, Refusal) and "at least two" in alone.message
    many = last([Given(photos["first"])] * 13)
    assert "13 photos came" in many.message
    for half in ("last May", "0202-05-01"):
        assert "is no date" in last([Given(photos["first"], half), Given(photos["later"])]).message
    undated = last([Given(photos["first"], "2025-01-01"), Given(photos["later"])]).message
    assert "1 of 2 photos have a date" in undated and undated.endswith(texts.DATES_ALL)
    lost = last([Given(photos["first"]), Given(photos["notes"])])
    assert "1 usable photo is left" in lost.message and "notes: " in lost.message
    assert "There is no method" in last([Given(photos["first"])] * 2, method="/etc").message


def test_the_darker_photo_is_flagged_and_the_same_light_is_not(three):
    said = view.notices(three)
    assert texts.FLAGS_TITLE.format(name="later") in said and "darker" in said
    assert texts.FLAGS_TITLE.format(name="third") not in said
    assert texts.SKIPPED_TITLE in said


def test_the_table_says_what_is_more_than_repeats_show(three):
    field = "wrinkle_area_percent"
    sure = replace(three, shipped=shipped(sd=1e-6))
    rough = replace(three, shipped=shipped(sd=50.0))
    for found, word in ((sure, "yes"), (rough, "no"), (three, "not known")):
        row = cells(view.table(found, found.changes(1), 1, field), "forehead")
        assert row[-1].endswith(word)
    before, after, difference = (float(cell.replace("−", "-")) for cell in row[:3])
    assert difference == pytest.approx(after - before, abs=0.011)
    assert "Forehead" in view.summary(sure, sure.changes(1), field)
    assert texts.SUMMARY["none"] in view.summary(rough, rough.changes(1), field)
    assert texts.SOURCE["none"] in view.summary(three, three.changes(1), field)
    assert "simulated re-takes of 10" in view.summary(rough, rough.changes(1), field)


def test_two_photos_of_a_date_count_as_repeats(photos):
    given = [
        Given(photos["first"], "2025-01-01"),
        Given(photos["third"], "2025-01-01"),
        Given(photos["later"], "2025-02-01"),
    ]
    found = last(given)
    assert found.repeats == 1 and "yours alone" in view.summary(found, found.changes(2), "wrinkle_length")
    assert [len(one.shots) for one in found.pair(2)] == [2, 1]
    assert [one.shots[0].name for one in found.pair(1)] == ["first", "third"], "a repeat stands against the other alone"
    assert "mean of 2" in view.table(found, found.changes(2), 2, "wrinkle_length")
    assert len(figures.rows(found)) == len(found.changes(2)), "one later date"


def test_figures_are_written_without_a_wrong_sign():
    assert view.number("wrinkle_length", -0.5, sign=True) == "−0.50"
    assert view.number("wrinkle_length", 0.5, sign=True) == "+0.50"
    assert view.number("wrinkle_length", -0.001, sign=True) == "0.00"
    assert view.number("wrinkle_mean_width", 0.031) == "3.10", "in per cent of the eye distance"
    assert view.number("wrinkle_length", None) == "–"


def test_the_chart_is_a_drawing_with_words_and_a_table(three):
    found = replace(three, shipped=shipped(sd=0.5))
    drawn = trend.trend(found, "wrinkle_area_percent", "whole")
    svg = ElementTree.fromstring(re.search(r"<svg.*</svg>", drawn, re.S)[0])
    dots = [float(dot.get("cy")) for dot in svg.iter("circle")]
    values = [one.values("whole", "wrinkle_area_percent")[0] for one in found.occasions]
    assert len(dots) == 3 and np.argsort(dots).tolist() == np.argsort(values)[::-1].tolist(), "higher is more"
    (band,) = svg.iter("rect")
    top, height = float(band.get("y")), float(band.get("height"))
    assert top <= dots[0] <= top + height, "the band lies about the first value"
    assert "2025-01-01" in svg.get("aria-label") and svg.get("role") == "img"
    assert drawn.count("<tr>") == 4 and "change-band" not in trend.trend(three, "wrinkle_area_percent", "whole")


def test_two_dates_need_no_chart(photos):
    assert trend.trend(last([Given(photos["first"]), Given(photos["later"])]), "wrinkle_length", "whole") == ""


def test_the_csv_holds_every_later_date_zone_and_measure(three):
    rows = list(csv.DictReader(io.StringIO(figures.csv_bytes(three).decode())))
    zones, fields = len(three.seen[0].shot.measures), len(change.FIELDS)
    assert len(rows) == 2 * zones * fields and tuple(rows[0]) == figures.COLUMNS
    row = next(r for r in rows if (r["to"], r["zone"], r["measure"]) == ("2025-03-01", "whole", "wrinkle_length"))
    values = [one.shot.measures["whole"].wrinkle_length for one in three.seen]
    assert float(row["difference"]) == pytest.approx(values[2] - values[0], abs=1e-5)
    assert row["more_than_repeat_photos"] == "" and row["weights"] == BOTH.weights


def test_names_from_outside_are_escaped():
    bad = Given("/tmp/<script>{x}.png")
    assert "<script>" not in view.dates([bad]) + "".join(view.steps([bad.name]))
    assert "&lt;script&gt;" in view.dates([bad])


def test_dates_stay_with_their_photos(handlers):
    first = handlers.on_files(["/a/one.png", "/a/two.png"], ())
    given = first[handlers.parts.given]
    dated = handlers.on_dates(SimpleNamespace(dates=["", "2025-05-06"]), given)
    assert "1 of 2" in dated[handlers.parts.dated]
    late = handlers.on_dates(SimpleNamespace(dates=["2025-05-06"]), dated[handlers.parts.given])
    assert late[handlers.parts.given] == dated[handlers.parts.given], "of fields that are no longer there"
    again = handlers.on_files(["/a/two.png"], dated[handlers.parts.given])
    assert again[handlers.parts.given] == (Given("/a/two.png", "2025-05-06"),)
    assert 'value="2025-05-06"' in again[handlers.parts.dates]
    assert "change-empty" in handlers.on_files(None, given)[handlers.parts.status]


def test_from_photos_to_result_and_another_view(handlers, photos):
    parts = handlers.parts
    given = (Given(photos["first"]), Given(photos["later"]), Given(photos["third"]))
    shown = run(handlers.on_run(None, given, "both", "both"))
    found = shown[parts.followed]
    assert shown[parts.picture] == (found.seen[0].plain, found.seen[2].plain)
    assert shown[parts.run].interactive and not shown[parts.stop].visible and shown[parts.zone].visible
    moved = handlers.on_view(found, 1, True, "pore_density_percent", "nose")
    left, right = (escape(followup.label(found, index)) for index in (0, 1))
    assert moved[parts.sides].index(f"← {left}") < moved[parts.sides].index(f"{right} →")
    assert moved[parts.picture] == (found.seen[0].marked, found.seen[1].marked)
    assert "Pores: area" in moved[parts.table] and "Nose" in moved[parts.trend]
    assert set(moved) <= set(parts.redrawn) and set(shown) <= set(parts.shown)
    assert Path(handlers.on_download(found)).read_bytes() == figures.csv_bytes(found)


def test_what_is_drawn_on_the_photos_has_a_legend(handlers, three):
    legend = handlers.parts.legend
    assert handlers.on_view(three, 1, False, "wrinkle_length", "whole")[legend] == ""
    drawn = handlers.on_view(three, 1, True, "wrinkle_length", "whole")[legend]
    assert all(task in drawn for task in page_texts.TASKS.values())


def test_a_result_that_ran_out_and_a_stop_are_said(handlers):
    parts = handlers.parts
    assert "removed from memory" in handlers.on_view(None, 1, False, "wrinkle_length", "whole")[parts.status]
    with pytest.raises(gr.Error):
        handlers.on_download(None)
    assert texts.STOPPED_TITLE in handlers.on_stop()[parts.status]
    refused = run(handlers.on_run(None, (), "both", "both"))
    assert texts.FAILED_TITLE in refused[parts.status] and texts.BEFORE not in refused[parts.status]
    assert set(refused) == {parts.status}, "the button waits as before"


def test_what_is_refused_at_once_leaves_an_earlier_result(handlers, photos, three):
    parts = handlers.parts
    half_dated = (Given(photos["first"], "2025-01-01"), Given(photos["later"]))
    refused = run(handlers.on_run(three, half_dated, "both", "both"))
    assert set(refused) == {parts.status}, "the result and its pictures stay as they are"
    assert texts.DATES_ALL in refused[parts.status] and texts.BEFORE in refused[parts.status]
    begun = next(handlers.on_run(three, (Given(photos["first"]), Given(photos["later"])), "both", "both"))
    assert begun[parts.followed] is None and not begun[parts.result].visible, "once it is looked at anew, it goes"


def test_the_endpoint_compares_and_refuses_clearly(photos):
    services = library()
    paths = [photos["later"], photos["first"]]
    found = api._followed(services, paths, "2025-02-01, 2025-01-01", "")
    result = figures.to_dict(found)
    assert [one["name"] for one in result["photos"]] == ["first", "later"]
    assert "brightness" in {flag["code"] for flag in result["photos"][1]["not_alike"]}
    assert result["photos"][0]["date"] == datetime.date(2025, 1, 1).isoformat()
    with pytest.raises(gr.Error, match="1 dates came for 2 photos"):
        api._followed(services, paths, "2025-02-01", "")


def test_every_followed_measure_has_its_words():
    assert tuple(texts.MEASURES) == change.FIELDS


def shipped(sd: float) -> change.Repeatability:
    """Figures of simulated re-takes with one spread for everything."""
    every = {zone: {field: {"sd": sd, "relative_sd": 0.0} for field in change.FIELDS} for zone in ("whole", "forehead")}
    return change.Repeatability("both", BOTH.weights, BOTH.thresholds, SCORE_VERSION, 10, 5, every)


def cells(table: str, zone: str) -> list[str]:
    """Text of the cells of one row."""
    row = re.search(rf'<tr[^>]*data-zone="{zone}">(.*?)</tr>', table, re.S)[1]
    return [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<td.*?</td>", row, re.S)]
