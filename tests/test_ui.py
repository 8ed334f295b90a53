"""The page's parts without a browser: what is drawn, said, kept and thrown away."""

import os
import re
import time
from dataclasses import fields, replace
from pathlib import Path
from urllib.parse import unquote

import gradio as gr
import numpy as np
import pytest
from fakes import BOTH, LINES, FakeLibrary, FakeMethod
from gradio.data_classes import ImageData

from wrinkleseg import draw, images, zones
from wrinkleseg.face import NoFaceError
from wrinkleseg.geometry import Box
from wrinkleseg.measures import Measures
from wrinkleseg.methods import MethodError
from wrinkleseg.ui import cards, choices, flow, head, table, temporary, texts, view
from wrinkleseg.ui import parts as page_parts
from wrinkleseg.ui.photo import layout
from wrinkleseg.ui.photo.handlers import Handlers
from wrinkleseg.ui.texts.scripts import WORDS

CONTROLS = ("overlay", "face", ["wrinkle", "pore"], False, 0.8)
ASKED = ("lines", "both", *CONTROLS, 0.5, 0.6)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    """The page's temporary folder, in the test's own."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    return temporary.claim()


@pytest.fixture
def library() -> FakeLibrary:
    return FakeLibrary()


@pytest.fixture
def handlers(library) -> Handlers:
    services = library.services()
    with gr.Blocks():
        return Handlers(services, layout.build(services, services.methods()))


@pytest.fixture
def portrait(astronaut, tmp_path) -> str:
    path = tmp_path / "portrait.png"
    images.save_png(path, astronaut)
    return str(path)


@pytest.fixture(scope="module")
def analysis(astronaut):
    return FakeLibrary().analyse("both", astronaut, name="portrait")


def pictures(scene: str) -> list[str]:
    """Paths of the two pictures of the result: original, result."""
    return [unquote(path) for path in re.findall(r'src="gradio_api/file=([^"]+)"', scene)]


def run(events) -> dict:
    """What the page shows in the end: later updates over earlier ones."""
    found = {}
    for event in events:
        found |= event
    return found


def test_a_photo_gives_picture_measures_and_session(handlers, portrait):
    parts = handlers.parts
    found = run(handlers.on_file(portrait, None, *ASKED))
    original, drawn = (images.load_rgb(path) for path in pictures(found[parts.picture]))
    assert original.shape == drawn.shape and (original != drawn).any()
    assert found[parts.status] == ""
    assert "Whole face" in found[parts.tables] and "portrait" in found[parts.heading]
    assert found[parts.session].analysis.thresholds == {"wrinkle": 0.5, "pore": 0.6}


def test_the_steps_are_shown_in_order(handlers, portrait):
    shown = [event.get(handlers.parts.status, "") for event in handlers.on_file(portrait, None, *ASKED)]
    now = [re.search(r'ws-now".*?</span>(.*?)</li>', status).group(1) for status in shown if "ws-now" in status]
    assert now == list(texts.STEPS)


def test_controls_only_draw_again(handlers, library, portrait):
    parts = handlers.parts
    first = run(handlers.on_file(portrait, None, *ASKED))
    session = first[parts.session]
    moved = handlers.on_control(session, *CONTROLS, 0.95, 0.6)
    hidden = handlers.on_control(session, "contour", "photo", ["pore"], True, 0.3, 0.5, 0.6)
    assert library.calls == 1
    assert moved[parts.session].analysis.measures["whole"].wrinkle_area_percent == 0
    assert session.analysis.measures["whole"].wrinkle_area_percent > 0
    assert moved[parts.tables] != first[parts.tables]
    assert parts.tables not in hidden, "no threshold moved: nothing to measure"
    assert images.load_rgb(pictures(hidden[parts.picture])[1]).shape[:2] == (800, 800)


def test_reset_gives_the_methods_own_thresholds(handlers):
    found = handlers.usual("lines", "both")
    assert [found[handlers.parts.thresholds[task]] for task in flow.TASKS] == [0.5, 0.6]


def test_a_threshold_as_it_is_shown_is_the_methods_own(library, portrait, monkeypatch):
    """0.37451 stands on the page as 0.375; who does not move it gets what the command line gives."""
    own = {"wrinkle": 95.5 / 255, "pore": 137.5 / 255}
    fine = FakeMethod(replace(BOTH, thresholds=own))
    monkeypatch.setitem(library.methods, "both", fine)
    shown = {task: choices.threshold([fine.info], "both", task) for task in own}
    assert shown == {"wrinkle": 0.375, "pore": 0.539}
    assert choices.meant(shown, own) == own and choices.meant({"wrinkle": 0.38}, own) == {"wrinkle": 0.38}
    services = library.services()
    photo = flow.open_file(services, portrait)
    *_, session = flow.analyse(services, photo, flow.Request("both"))
    assert flow.with_thresholds(session, shown) is session
    assert flow.with_thresholds(session, shown | {"pore": 0.6}).analysis.thresholds == own | {"pore": 0.6}


def test_another_method_looks_again_at_the_same_photo(handlers, library, portrait):
    session = run(handlers.on_file(portrait, None, *ASKED))[handlers.parts.session]
    found = run(handlers.on_method(session, "lines", "both", *CONTROLS, 0.5, 0.6))
    assert found[handlers.parts.photo] == session.originals["photo"], "which is in its box, whatever was there"
    assert library.calls == 2 and found[handlers.parts.session].photo is session.photo
    (nothing,) = handlers.on_method(None, *ASKED)
    assert nothing == {handlers.parts.session: None}, "an event that gives nothing would empty the page"


def test_several_faces_can_be_chosen(handlers, astronaut, tmp_path):
    head = astronaut[:180, 130:310]
    images.save_png(tmp_path / "two.png", np.hstack([head, head[:, ::-1]]))
    parts = handlers.parts
    found = run(handlers.on_file(str(tmp_path / "two.png"), None, *ASKED))
    assert found[parts.faces].count("data-choice") == 2
    event = gr.EventData(None, {"choice": "1"})
    other = run(handlers.on_face(event, found[parts.session], *ASKED))
    assert other[parts.session].analysis.face.box != found[parts.session].analysis.face.box
    assert re.search(r'data-choice="1" aria-pressed="true"', other[parts.faces])


@pytest.mark.parametrize("content", [b"just text", b"", b"\x89PNG\r\n\x1a\n broken"])
def test_a_bad_file_says_so_and_keeps_the_earlier_result(handlers, library, portrait, tmp_path, content):
    parts = handlers.parts
    session = run(handlers.on_file(portrait, None, *ASKED))[parts.session]
    (tmp_path / "notes.jpg").write_bytes(content)
    found = run(handlers.on_file(str(tmp_path / "notes.jpg"), session, *ASKED))
    assert texts.ERROR_TITLE["picture"] in found[parts.status] and "notes.jpg" in found[parts.status]
    assert "portrait" in found[parts.status], "the earlier result is named"
    assert parts.session not in found and parts.picture not in found
    assert library.calls == 1


def test_no_face_is_said_and_nothing_is_shown(handlers, tmp_path):
    images.save_png(tmp_path / "wall.png", np.full((300, 300, 3), 120, np.uint8))
    found = run(handlers.on_file(str(tmp_path / "wall.png"), None, *ASKED))
    assert texts.ERROR_TITLE["face"] in found[handlers.parts.status]
    assert handlers.parts.session not in found


def test_a_photo_that_is_gone_is_said_to_be_gone(handlers):
    assert texts.ERROR_GONE in run(handlers.on_file("/nowhere/face.jpg", None, *ASKED))[handlers.parts.status]


def test_a_mistake_of_ours_is_logged_and_not_shown(caplog):
    found = flow.failure(ZeroDivisionError("inner detail"))
    assert found == flow.Failure("other", texts.ERROR_OTHER)
    assert "inner detail" in caplog.text


def test_after_its_time_a_result_asks_for_the_photo_again(handlers):
    assert texts.EXPIRED in handlers.on_control(None, *CONTROLS, 0.5, 0.5)[handlers.parts.status]
    with pytest.raises(gr.Error, match="removed from memory"):
        handlers.on_download(None)


def test_what_still_draws_an_earlier_result_shows_nothing(handlers, portrait):
    """A slider moved while another photo is looked at: its picture must not come below the other's name."""
    parts = handlers.parts
    first = run(handlers.on_file(portrait, None, *ASKED))[parts.session]
    moved = handlers.on_control(first, *CONTROLS, 0.95, 0.6)[parts.session]
    run(handlers.on_file(portrait, moved, *ASKED))
    nothing = gr.skip()
    assert handlers.on_control(first, *CONTROLS, 0.9, 0.6) == {parts.status: nothing}
    assert handlers.on_control(moved, *CONTROLS, 0.9, 0.6) == {parts.status: nothing}
    event = gr.EventData(None, {"choice": "0.2 0.2 0.4 0.4"})
    assert handlers.on_look(event, moved, *CONTROLS, 0.9, 0.6) == {parts.close: nothing}
    handlers.on_cancel(moved)  # of the second, at its last moment
    assert parts.picture in handlers.on_control(moved, *CONTROLS, 0.9, 0.6), "it is on the page still"


def test_a_control_moved_while_a_photo_is_looked_at_is_heeded_when_its_result_is_there(handlers, library, portrait):
    parts = handlers.parts
    session = run(handlers.on_file(portrait, None, *ASKED))[parts.session]
    assert handlers.on_settled(session, *ASKED[2:]) == {parts.status: gr.skip()}, "as it was asked for"
    assert handlers.on_settled(None, *ASKED[2:]) == {parts.status: gr.skip()}
    found = handlers.on_settled(session, *CONTROLS, 0.95, 0.6)
    moved = found[parts.session]
    assert moved.analysis.thresholds["wrinkle"] == 0.95 and parts.tiles in found and library.calls == 1
    other = handlers.on_settled(moved, "heat", *CONTROLS[1:], 0.95, 0.6)
    assert parts.picture in other and parts.tiles not in other, "only drawn another way"
    assert handlers.on_settled(moved, "heat", *CONTROLS[1:], 0.95, 0.6) == {parts.status: gr.skip()}


def test_a_photo_taken_away_does_not_come_back_with_a_slider(handlers, portrait):
    session = run(handlers.on_file(portrait, None, *ASKED))[handlers.parts.session]
    handlers.on_clear(session)
    assert handlers.parts.session not in handlers.on_control(session, *CONTROLS, 0.9, 0.6)


def test_pictures_whose_time_is_over_are_written_again(handlers, portrait):
    parts = handlers.parts
    session = run(handlers.on_file(portrait, None, *ASKED))[parts.session]
    for path in session.originals.values():
        Path(path).unlink()
    shown = pictures(handlers.on_control(session, *CONTROLS, 0.9, 0.6)[parts.picture])
    assert all(Path(path).is_file() for path in shown)
    back = handlers.on_cancel(session)[parts.photo]
    assert back == session.originals["photo"] and Path(back).is_file()


def test_taking_the_photo_away_empties_page_and_memory(handlers):
    found = handlers.on_clear(None)
    assert found[handlers.parts.session] is None and found[handlers.parts.picture] is None
    assert found[handlers.parts.tables] == "" and texts.EMPTY_TITLE in found[handlers.parts.status]


def test_heic_is_read_and_shown_as_png(handlers, astronaut, tmp_path):
    heif = pytest.importorskip("pillow_heif")
    heif.from_bytes("RGB", (512, 512), astronaut.tobytes()).save(tmp_path / "phone.heic", quality=90)
    found = run(handlers.on_file(str(tmp_path / "phone.heic"), None, *ASKED))
    assert images.load(found[handlers.parts.photo]).format == "PNG"
    assert found[handlers.parts.session].photo.format == "HEIF"


def test_notes_and_warnings_are_shown_with_their_advice(analysis):
    noted = cards.warnings(replace(analysis, notes=("animated: first of 12 frames used",)))
    assert "first of 12 frames" in noted
    assert all(cards.escape(w.advice) in noted for w in analysis.quality) and analysis.quality
    assert cards.warnings(replace(analysis, quality=(), notes=())) == ""


def test_everything_from_outside_is_escaped(analysis):
    nasty = replace(analysis, name="<script>${alert(1)}{{x}}</script>")
    for piece in (cards.heading(nasty, 0), cards.error("face", nasty.name, nasty.name), cards.working(1, nasty.name)):
        assert "<script" not in piece and "${" not in piece and "{{" not in piece


def test_every_file_is_in_the_pages_folder(handlers, portrait, folder):
    parts = handlers.parts
    found = run(handlers.on_file(portrait, None, *ASKED))
    paths = [*pictures(found[parts.picture]), handlers.on_download(found[parts.session])]
    assert all(Path(path).is_relative_to(folder) and Path(path).is_file() for path in paths)
    assert folder.stat().st_mode & 0o077 == 0, "nobody else may look into it"


def test_the_folder_is_emptied_within_the_hour(folder):
    assert temporary.MAX_AGE + temporary.SWEEP_EVERY < 3600
    old, new = (Path(temporary.write_bytes(name.encode(), name)) for name in ("old.zip", "new.zip"))
    past = time.time() - temporary.MAX_AGE - 1
    os.utime(old, (past, past))
    assert temporary.sweep(folder) == 1
    assert not old.exists() and new.exists()
    os.utime(old.parent, (past, past))
    temporary.sweep(folder)
    assert not old.parent.exists()


def test_file_names_are_safe():
    assert temporary.safe_name("../../etc/päss wort") == "etc-päss-wort"
    assert temporary.safe_name("///") == "photo"


def test_the_picture_is_what_draw_gives(analysis):
    how = view.View(opacity=0.4)
    assert (view.picture(analysis, how) == draw.overlay(analysis.rgb, analysis.maps, analysis.thresholds, 0.4)).all()
    assert (view.picture(analysis, view.View(tasks=())) == analysis.rgb).all()


@pytest.mark.parametrize("kind", texts.VIEWS)
@pytest.mark.parametrize("frame", texts.FRAMES)
def test_the_screen_shows_original_and_result_alike(analysis, kind, frame):
    drawn = view.on_screen(analysis, view.View(kind, frame=frame, zones=True))
    original = view.original(analysis, frame)
    assert drawn.shape == original.shape and drawn.dtype == np.uint8
    assert view.SMALLEST <= max(drawn.shape) <= view.LARGEST
    assert (drawn != original).any()


def test_the_frame_stays_inside_the_photo(analysis):
    close = replace(analysis, face=replace(analysis.face, box=Box(-50, -50, 700, 700)))
    box = view.frame_box(close, "face")
    assert (box.top, box.left, box.height, box.width) == (0, 0, 512, 512)


def test_a_large_picture_is_made_fit_for_the_screen():
    assert view.for_screen(np.zeros((3200, 1000, 3), np.uint8)).shape == (1600, 500, 3)
    assert view.for_screen(np.zeros((1, 1, 3), np.uint8)).shape == (1, 1, 3)


def test_the_legend_has_the_colours_that_are_drawn():
    shown = cards.legend(("wrinkle", "pore"), "overlay", True)
    for task in ("wrinkle", "pore"):
        assert f"rgb{draw.COLOURS[task]}" in shown
    assert "rgb" + str(tuple(int(c) for c in draw.heat_colours()[255])) in cards.legend(("wrinkle",), "heat", False)


def test_the_table_has_the_whole_face_first_and_says_what_is_not_visible(analysis):
    measures = dict(analysis.measures)
    measures["chin"] = replace(measures["chin"], wrinkle_visible=False)
    shown = table.tables(replace(analysis, measures=measures))
    rows = re.findall(r'data-zone="(\w+)"', shown)
    assert rows[0] == "whole" and len(rows) == 2 * len(measures)
    assert re.search(r'ws-hidden-zone" data-zone="chin".*?' + texts.NOT_VISIBLE, shown)
    area = analysis.measures["nose"].wrinkle_area_percent
    assert f'data-value="{area:.6g}">{area:.2f}<' in shown


def test_a_share_that_is_there_is_not_shown_as_nothing(analysis):
    whole = replace(analysis.measures["whole"], pore_density_percent=0.004, wrinkle_area_percent=0.0)
    shown = table.tiles(replace(analysis, measures=analysis.measures | {"whole": whole}))
    assert f"<strong>&lt; 0.1 %</strong><span>{texts.TILES['pore_density_percent'][0]}" in shown
    assert f"<strong>0.0 %</strong><span>{texts.TILES['wrinkle_area_percent'][0]}" in shown


def test_a_method_with_one_task_has_one_table(astronaut):
    lines = FakeLibrary().analyse("lines", astronaut)
    shown = table.tables(lines) + table.tiles(lines)
    assert texts.TABLE_HEADING["wrinkle"] in shown and texts.TABLE_HEADING["pore"] not in shown
    assert "pores" not in table.tiles(lines)


def test_every_zone_and_measure_has_a_name():
    assert {"whole", *zones.NAMES, *zones.UNIONS} <= set(texts.ZONES)
    known = {field.name for field in fields(Measures)}
    assert {column[0] for columns in texts.COLUMNS.values() for column in columns} | set(texts.TILES) <= known
    assert texts.zone_name("left_ear") == "Left ear"


def test_two_methods_have_one_name():
    infos = [LINES, BOTH]
    assert choices.compose(infos, "lines", "both") == "lines+both"
    assert choices.compose(infos, "both", "both") == "both"
    assert choices.compose([*infos, replace(LINES, name="dots", tasks=("pore",))], "both", "dots") == "dots+both"
    assert choices.default(infos, "lines+both", "pore") == "both"
    assert choices.default([], "lines", "pore") is None


def test_a_visitor_can_only_choose_what_is_offered():
    assert choices.check([LINES, BOTH], "lines+both") == "lines+both"
    with pytest.raises(MethodError, match="/etc"):
        choices.check([LINES], "lines+/etc")


def test_known_errors_keep_their_words():
    assert flow.failure(NoFaceError("Nobody here.")) == flow.Failure("face", "Nobody here.")
    assert flow.failure(MemoryError()).message == texts.ERROR_MEMORY


def test_files_that_are_filled_later_are_nobody_elses(folder):
    one, other = (Path(temporary.empty_file("photos.zip")) for _ in range(2))
    assert one != other and one.read_bytes() == b"" and one.name == other.name == "photos.zip"


def test_only_the_pictures_that_will_be_seen_are_written(astronaut, tmp_path, monkeypatch):
    """A program's answer holds no original; the page's holds one for each frame."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    services, photo = FakeLibrary().services(), flow.Photo(astronaut[:300, 100:400].copy(), "anna")
    *_, bare = flow.analyse(services, photo, flow.Request("both", frames=()))
    assert bare.originals == {} and not list(tmp_path.rglob("*.png"))
    *_, seen = flow.analyse(services, photo, flow.Request("both"))
    assert {Path(path) for path in seen.originals.values()} == set(tmp_path.rglob("*-original*.png"))
    assert set(seen.originals) == set(texts.FRAMES)


def test_a_photo_that_the_page_showed_itself_comes_back_as_none_once_it_is_taken_away():
    """Seen with Gradio 6.31: its value is then a file without path and address."""
    shown = page_parts.photo_input("photo", "hint", "some-photo")
    assert shown.preprocess(None) is None
    assert shown.preprocess(ImageData(path=None, url=None)) is None
    assert shown.preprocess(ImageData(path="photo.png", url=None)) == "photo.png"


def test_the_scripts_find_every_word_and_use_each():
    script = head.script()
    assert set(re.findall(r"\bWORDS\.(\w+)", script)) == set(WORDS)
