"""The annotating tab without a browser: what its events do with photos, strokes, methods and saved sets."""

import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest
from fakes import FakeLibrary

from wrinkleseg import annotation, images
from wrinkleseg.annotation import AnnotationError
from wrinkleseg.face import NoFaceError
from wrinkleseg.ui import temporary
from wrinkleseg.ui.annotate import api, layout, tab, view, work
from wrinkleseg.ui.annotate.handlers import Handlers
from wrinkleseg.ui.texts import annotate as texts

LINE = {"layer": "wrinkle", "width": 14, "points": [60, 80, 240, 80]}
PORES = {"layer": "pore", "width": 14, "points": [60, 30, 240, 30]}
LEVELS = annotation.STRICTNESS


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    """The page's temporary folder, in the test's own."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    return temporary.claim()


def faceless(rgb):
    raise NoFaceError("No face was found.")


def services():
    """The fakes; no photo here has a face, unless a test says so."""
    library = FakeLibrary()
    return library.services(method=library.methods.__getitem__, find=faceless)


def found_face(rgb):
    return [SimpleNamespace(width=200.0)]


def whole_skin(rgb, face):
    everywhere = np.ones(rgb.shape[:2], bool)
    return SimpleNamespace(wrinkle_skin=everywhere, pore_skin=everywhere)


@pytest.fixture
def wall(tmp_path) -> str:
    """Grey, 300 x 160 px, with one dark line of 3 px from (50, 80) to (250, 80)."""
    rgb = np.full((160, 300, 3), 170, np.uint8)
    rgb[79:82, 50:250] = 110
    images.save_png(tmp_path / "wall.png", rgb)
    return str(tmp_path / "wall.png")


@pytest.fixture
def opened(wall) -> work.Work:
    begun, messages = work.add(services(), None, [wall])
    assert messages == []
    return begun


@pytest.fixture
def page() -> Handlers:
    with gr.Blocks():
        found = layout.build(services(), services().methods())
    return Handlers(services(), found)


def drawn(begun: work.Work | None, *strokes: dict, width: float | None = None) -> list:
    """The last arguments of the events."""
    editor = {**view.opened(begun), "strokes": list(strokes)} if begun else {}
    return [begun, editor, LEVELS["wrinkle"], LEVELS["pore"], width]


def test_a_stroke_over_a_line_becomes_one_crisp_line(opened):
    after = work.draw(opened, [LINE], LEVELS, None)
    crisp, rough = after.bench.crisp["wrinkle"], after.bench.rough["wrinkle"]
    assert crisp[80, 80:220].all() and not (crisp & ~rough).any() and not after.saved
    number, share, of_skin = work.counts(after)["wrinkle"]
    assert (number, of_skin) == (1, False) and share == pytest.approx(crisp.sum() / (160 * 300))
    assert "1 line ·" in view.counts(after) and texts.NOTHING_PAINTED in view.counts(after)
    assert not work.draw(after, [], LEVELS, None).bench.rough["wrinkle"].any(), "undo leaves nothing"


def test_only_what_changed_is_made_again(opened, monkeypatch):
    asked = []
    real = annotation.made_crisp
    monkeypatch.setattr(annotation, "made_crisp", lambda *given: asked.append(given[3]) or real(*given))
    after = work.draw(opened, [LINE], LEVELS, None)
    after = work.draw(after, [LINE, PORES], LEVELS, None)
    assert work.draw(after, [LINE, PORES], LEVELS, None) is after
    work.draw(after, [LINE, PORES], LEVELS | {"wrinkle": 1.5}, None)
    assert asked == ["wrinkle", "pore", "wrinkle"]


def test_strokes_of_a_photo_that_is_not_open_are_left_aside(page, opened):
    late = drawn(opened, LINE)
    late[1]["token"] = "another"
    assert not page.on_stroke(*late)[page.parts.work].bench.rough["wrinkle"].any()
    assert page.on_stroke(*drawn(opened, LINE))[page.parts.work].bench.rough["wrinkle"].any()


def test_going_to_another_photo_keeps_the_last_stroke(page, opened, wall):
    two, _ = work.add(services(), opened, [wall])
    assert [one.name for one in two.entries] == ["wall", "wall-2"] and two.bench.number == 1
    back = page.on_previous(*drawn(two, LINE))[page.parts.work]
    assert back.bench.number == 0 and (back.entries[1].strokes("wrinkle")[80, 100])
    again = page.on_photo(SimpleNamespace(choice="1"), *drawn(back))[page.parts.work]
    assert again.bench.base["wrinkle"][80, 100] and again.bench.crisp["wrinkle"].any()
    left = page.on_remove(*drawn(again))[page.parts.work]
    assert [one.name for one in left.entries] == ["wall"]
    assert page.on_remove(*drawn(left))[page.parts.work] is None


def test_saving_and_opening_gives_the_same_data_set(page, opened, tmp_path):
    result = page.on_save("mine", *drawn(opened, LINE, PORES | {"layer": "zone"}))
    kept, path = result[page.parts.work], result[page.parts.archive]
    assert Path(path).name == "mine.zip" and kept.saved and "mine.zip" in result[page.parts.saved]
    *_, shown = page.on_files([path], *drawn(None))
    back = shown[page.parts.work]
    assert back.saved and texts.SAVED in shown[page.parts.saved]
    for layer in annotation.LAYERS:
        assert (back.bench.rough[layer] == kept.bench.rough[layer]).all()
        assert (back.bench.crisp[layer] == kept.bench.crisp[layer]).all()
    assert (back.entry.rgb() == kept.entry.rgb()).all()


def test_an_example_is_opened_beside_what_is_there(page, opened):
    shown = page.on_example(SimpleNamespace(choice="0"), *drawn(opened))
    first, second = shown[page.parts.work].entries
    assert first.name == "wall" and second.name == "Grey"
    assert (second.rgb() == services().examples[0].load()).all()


def test_a_bad_file_is_told_and_the_others_are_opened(page, wall, tmp_path):
    (tmp_path / "notes.txt").write_text("no photo")
    (tmp_path / "bad.zip").write_bytes(b"PK\x03\x04 and nothing more")
    *_, shown = page.on_files([str(tmp_path / "notes.txt"), wall, str(tmp_path / "bad.zip")], *drawn(None))
    assert len(shown[page.parts.work].entries) == 1
    assert texts.ERROR_SOME in shown[page.parts.status] and shown[page.parts.status].count("<p>") == 2
    *_, none = page.on_files([str(tmp_path / "notes.txt")], *drawn(None))
    assert none[page.parts.work] is None and "text file" in none[page.parts.status]


def test_a_photo_without_a_face_takes_a_width_from_the_visitor(page, opened):
    assert opened.entry.face_width == 300 and not opened.entry.face_found
    assert texts.WIDTH_GUESSED in page.on_stroke(*drawn(opened))[page.parts.width_note]
    given = page.on_stroke(*drawn(opened, LINE, width=500))[page.parts.work]
    assert given.entry.face_width == 500
    wrong = page.on_stroke(*drawn(opened, LINE, width=1))
    assert texts.ERROR_TITLE in wrong[page.parts.status] and wrong[page.parts.work] is opened


def test_a_methods_marks_become_strokes_around_them(opened, page, wall):
    library = FakeLibrary()
    seeing = library.services(method=library.methods.__getitem__, find=found_face, regions=whole_skin)
    begun, _ = work.add(seeing, None, [wall])
    assert begun.entry.face_width == 200 and begun.bench.skin["wrinkle"].all()
    filled = work.start_from(seeing, begun, "lines", "wrinkle")
    marks = library.methods["lines"](begun.entry.rgb(), None, whole_skin(begun.entry.rgb(), None))["wrinkle"] > 0.5
    rough = filled.bench.base["wrinkle"]
    assert rough[marks].all() and marks.sum() < rough.sum() < 6 * marks.sum()
    assert filled.bench.token != begun.bench.token and filled.entry.started_from == {"wrinkle": "lines at 0.5"}
    failed = page.on_start("wrinkle", "lines", *drawn(opened, LINE))
    assert texts.ERROR_NO_FACE in failed[page.parts.status]
    assert failed[page.parts.work].bench.rough["wrinkle"].any(), "the stroke before it is kept"


def test_a_forgotten_data_set_is_said_to_be_gone(page):
    lost = [None, {"token": "old"}, 0.7, 3.5, 300]
    for result in (page.on_stroke(*lost), page.on_next(*lost), page.on_save("x", *lost)):
        assert "forgotten" in result[page.parts.status]


def test_a_data_set_has_limits(opened, wall, monkeypatch):
    monkeypatch.setattr(annotation, "MAX_PHOTOS", 1)
    same, messages = work.add(services(), opened, [wall])
    assert same is opened and "at most 1 photos" in messages[0]


def test_names_are_escaped_and_the_editor_has_words_for_everything(opened):
    odd = replace(opened, entries=(replace(opened.entry, name="<b>${x}</b>"),))
    assert "<b>$" not in view.heading(odd) and "<b>$" not in view.photos(odd)
    for button in re.findall(r"<button.*?</button>", view.editor()):
        assert re.sub(r"<.*?>", "", button).strip() and 'type="button"' in button
    assert "`" not in view.editor() and "{{" not in view.editor() and "${" not in view.editor()


def test_the_tab_and_its_endpoint_are_built_with_one_public_name():
    with gr.Blocks() as blocks:
        tab.build(services())
        api.build(services())
    names = [f.api_name for f in blocks.fns.values() if f.api_visibility == "public"]
    assert names == [api.NAME]


def test_the_endpoint_gives_the_mask_of_the_page(opened, wall, tmp_path):
    after = work.draw(opened, [LINE], LEVELS, None)
    rough = str(tmp_path / "rough.png")
    Path(rough).write_bytes(annotation.mask_png(after.bench.rough["wrinkle"]))
    mask, width = api.crisp_mask(services(), wall, rough, "wrinkle", None, 300)
    assert (mask == after.bench.crisp["wrinkle"]).all() and width == 300
    with pytest.raises(AnnotationError, match="Give face_width"):
        api.crisp_mask(services(), wall, rough, "wrinkle", None, None)
    images.save_png(tmp_path / "small.png", np.zeros((50, 50), np.uint8))
    with pytest.raises(AnnotationError, match="50 × 50"):
        api.crisp_mask(services(), wall, str(tmp_path / "small.png"), "wrinkle", None, 300)
