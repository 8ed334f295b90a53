"""A zone that is chosen: what the page carries for it, and waiting that is given up. The choice itself is a script: see test_browser_zones."""

import re
from dataclasses import replace
from pathlib import Path

import gradio as gr
import numpy as np
import pytest
from fakes import FakeLibrary
from test_ui import ASKED, CONTROLS, pictures, run

from wrinkleseg import images, zones
from wrinkleseg.measures import Measures
from wrinkleseg.ui import temporary, texts, view
from wrinkleseg.ui.photo import layout, scene
from wrinkleseg.ui.photo.handlers import Handlers
from wrinkleseg.ui.texts import result as words


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    """The page's temporary folder, in the test's own."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    return temporary.claim()


@pytest.fixture(scope="module")
def library() -> FakeLibrary:
    return FakeLibrary()


@pytest.fixture(scope="module")
def handlers(library) -> Handlers:
    services = library.services()
    with gr.Blocks():
        return Handlers(services, layout.build(services, services.methods()))


@pytest.fixture
def portrait(astronaut, tmp_path) -> str:
    images.save_png(tmp_path / "portrait.png", astronaut)
    return str(tmp_path / "portrait.png")


@pytest.fixture
def shown(handlers, portrait) -> dict:
    return run(handlers.on_file(portrait, None, *ASKED))


def bounds(html: str, zone: str) -> list[float]:
    found = re.search(rf'<path data-zone="{zone}" data-bounds="([^"]+)"', html).group(1)
    return [float(part) for part in found.split()]


def test_the_pictures_zones_lie_where_the_face_has_them(handlers, shown):
    html, analysis = shown[handlers.parts.picture], shown[handlers.parts.session].analysis
    box = view.frame_box(analysis, "face")
    for zone in ("forehead", "nose", "chin"):
        left, top, right, bottom = bounds(html, zone)
        rows, columns = analysis.regions.zones[zone].nonzero()
        assert left == pytest.approx((columns.min() - box.left) / box.width, abs=0.02)
        assert right == pytest.approx((columns.max() - box.left) / box.width, abs=0.02)
        assert top == pytest.approx((rows.min() - box.top) / box.height, abs=0.02)
        assert bottom == pytest.approx((rows.max() - box.top) / box.height, abs=0.02)


def test_zones_have_one_name_on_picture_map_and_tables(handlers, shown):
    parts = handlers.parts
    on_map = set(re.findall(r'<g role="button" tabindex="0" data-zone="(\w+)"', shown[parts.chart]))
    in_tables = set(re.findall(r'<tr[^>]* data-zone="(\w+)"', shown[parts.tables]))
    assert on_map == set(zones.NAMES) and on_map | {"whole"} <= in_tables
    assert set(re.findall(r'<path data-zone="(\w+)"', shown[parts.picture])) <= on_map


def test_every_row_has_a_button(handlers, shown):
    html = shown[handlers.parts.tables]
    assert html.count('<tr class="') == len(re.findall(r'<th scope="row"[^>]*><button type="button"', html)) > 20


def test_a_threshold_moves_map_and_sentence_and_keeps_the_face(handlers, library, shown):
    parts, calls = handlers.parts, library.calls
    moved = handlers.on_control(shown[parts.session], *CONTROLS, 0.95, 0.6)
    assert library.calls == calls, "no method runs"
    assert moved[parts.chart] != shown[parts.chart] and words.SAID_NO_WRINKLE in moved[parts.picture]
    face = re.search(r'data-face="[^"]+"', shown[parts.picture]).group()
    assert face in moved[parts.picture], "so the script keeps zone and zoom"
    assert parts.chart not in handlers.on_control(shown[parts.session], "heat", *CONTROLS[1:], 0.5, 0.6)


def test_the_zoom_reaches_twice_the_photos_pixels_on_a_phone(handlers, shown):
    html = shown[handlers.parts.picture]
    most, pixels = (int(re.search(rf'data-{name}="(\d+)"', html).group(1)) for name in ("most", "pixels"))
    assert most * 300 >= 2 * pixels and most >= 8
    assert 'data-act="close"' in html


def test_a_look_at_the_pores_goes_to_the_zone_that_has_most(astronaut):
    analysis = FakeLibrary().analyse("both", astronaut)
    html = scene.scene(analysis, view.frame_box(analysis, "photo"), "a.png", "b.png", "a.png")
    (zone,) = re.findall(r'data-pores="(\w+)"', html)
    counts = {name: analysis.measures[name].pore_count or 0 for name in zones.NAMES}
    assert counts[zone] == max(counts.values()) > 0
    turned = replace(analysis, measures=analysis.measures | {zone: Measures(0, 0, False, False)})
    assert f'data-pores="{zone}"' not in scene.scene(turned, view.frame_box(turned, "photo"), "a.png", "b.png", "a.png")
    none = FakeLibrary().analyse("both", astronaut, thresholds={"pore": 1.0})
    assert 'data-pores=""' in scene.scene(none, view.frame_box(none, "photo"), "a.png", "b.png", "a.png")


def test_names_of_zones_lie_above_the_picture_and_not_in_it(astronaut, handlers, shown):
    analysis = FakeLibrary().analyse("both", astronaut)
    box = view.frame_box(analysis, "face")
    plain, named = (scene.scene(analysis, box, "a.png", "b.png", "a.png", drawn) for drawn in (False, True))
    assert "ws-named" not in plain and "<text" not in plain
    outlined = plain.count('<path data-zone="')
    assert named.count("<text") == named.count('<path data-zone="') == outlined > 8
    assert ">forehead</text>" in named and ">crow&#x27;s feet</text>" in named
    parts = handlers.parts
    drawn = [
        handlers.on_control(shown[parts.session], "overlay", "face", ["wrinkle", "pore"], on, 0.8, 0.5, 0.6)
        for on in (False, True)
    ]
    first, second = (images.load_rgb(pictures(each[parts.picture])[1]) for each in drawn)
    assert np.array_equal(first, second), "the pixels are the photo's and the marks' alone"
    assert "ws-named" in drawn[1][parts.picture]


def test_a_method_without_pores_offers_no_look_at_them(astronaut):
    analysis = FakeLibrary().analyse("lines", astronaut)
    html = scene.scene(analysis, view.frame_box(analysis, "photo"), "a.png", "b.png", "a.png")
    assert 'data-act="close"' not in html and words.ZOOM_WHOLE_PHOTO in html
    assert pictures(html) == ["a.png", "b.png"]


def test_giving_up_leaves_the_earlier_result(handlers, shown):
    parts = handlers.parts
    found = handlers.on_cancel(shown[parts.session])
    session = shown[parts.session]
    assert words.CANCELLED.format(name=session.analysis.name) in found[parts.status]
    assert found[parts.photo] == session.originals["photo"], "the photo that it is of is in its box again"
    assert "ws-working" not in found[parts.status] and found[parts.notices] == shown[parts.notices]
    assert not {parts.session, parts.picture, parts.tables} & set(found), "nothing of it is touched"


def test_giving_up_the_first_photo_leaves_the_empty_page(handlers):
    found = handlers.on_cancel(None)
    status = found[handlers.parts.status]
    assert words.CANCELLED_EMPTY in status and texts.EMPTY_TITLE in status
    assert found[handlers.parts.photo] is None, "no photo is left that nothing would look at"


def test_a_name_from_outside_is_escaped(astronaut):
    analysis = FakeLibrary().analyse("lines", astronaut)
    html = scene.scene(analysis, view.frame_box(analysis, "face"), '"><script>.png', "b.png", '"><script>')
    assert "<script" not in html
