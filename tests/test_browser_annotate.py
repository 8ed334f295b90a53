"""Drawing a data set in a real browser: strokes land where the mouse went, the crisp result follows, and a saved set opens again."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from test_browser import browser, choose_tab, no_sideways_scroll, visit, wait_until  # noqa: F401

from wrinkleseg import images
from wrinkleseg.ui.texts import annotate as texts

pytestmark = pytest.mark.browser

ROW, LEFT, RIGHT = 260, 150, 450
"""Where the dark line of the photo lies, in its pixels."""


@pytest.fixture(scope="module")
def wall(tmp_path_factory) -> Path:
    """A photo without a face, 600 x 400 px: grey, with one dark line of 3 px."""
    rgb = np.full((400, 600, 3), 170, np.uint8)
    rgb[ROW - 1 : ROW + 2, LEFT:RIGHT] = 110
    path = tmp_path_factory.mktemp("photos") / "wall.png"
    images.save_png(path, rgb)
    return path


def open_tab(page) -> None:
    choose_tab(page, texts.TAB)
    page.wait_for_selector("#annotate-empty")


def give(page, path: Path) -> None:
    page.locator("#annotate-files input[type=file]").set_input_files(path)
    page.wait_for_selector(".ws-stage[data-token]")
    page.locator("#annotate-counts li").first.wait_for()
    page.locator(".ws-stage").scroll_into_view_if_needed()
    page.wait_for_timeout(300)


def on_screen(page, x: float, y: float) -> tuple[float, float]:
    """Where a place of the photo, in its pixels, lies on the screen."""
    box = page.locator(".ws-stage").bounding_box()
    view = page.locator(".ws-stage").evaluate("stage => ({...stage.dataset, left: stage.clientLeft})")
    scale = float(view["scale"])
    return (
        box["x"] + view["left"] + float(view["x"]) + scale * x,
        box["y"] + view["left"] + float(view["y"]) + scale * y,
    )


def stroke(page, *places: tuple[float, float]) -> None:
    page.mouse.move(*on_screen(page, *places[0]))
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*on_screen(page, *place), steps=10)
    page.mouse.up()


def told(page, words: str) -> None:
    page.locator("#annotate-counts li", has_text=words).first.wait_for()


def save(page) -> dict[str, np.ndarray]:
    """The pictures of the saved data set by their path inside it, uint8 or bool, and the zip itself under "zip"."""
    with page.expect_download() as download:
        page.locator("#annotate-save").click()
    data = Path(download.value.path()).read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        names = [name for name in file.namelist() if name.endswith(".png")]
        found = {name.partition("/")[2]: images.load_rgb(file.read(name))[..., 0] for name in names}
    return {**found, "zip": data}


def seen(page, x: float, y: float) -> int:
    """Opacity, 0..255, of what is drawn over a place of the photo."""
    look = """(stage, [x, y]) => {
      const canvas = stage.querySelector('canvas'), k = canvas.width / stage.clientWidth, v = stage.dataset;
      return canvas.getContext('2d').getImageData(k * (Number(v.x) + v.scale * x), k * (Number(v.y) + v.scale * y), 1, 1).data[3];
    }"""
    return page.locator(".ws-stage").evaluate(look, [x, y])


def test_a_stroke_becomes_a_crisp_line_is_undone_saved_and_opened_again(visit, wall, tmp_path):  # noqa: F811
    page = visit()
    open_tab(page)
    give(page, wall)
    assert texts.WIDTH_GUESSED in page.locator("#annotate-width-note").inner_text(), (
        "no face: it is said what stands in"
    )
    assert seen(page, 300, ROW) == 0
    stroke(page, (LEFT + 20, ROW), (300, ROW), (RIGHT - 20, ROW))
    told(page, "1 line")
    wait_until(page, lambda: seen(page, 300, ROW) == 255, "the crisp line over the photo")
    page.keyboard.press("Control+z")
    told(page, texts.NOTHING_PAINTED)
    wait_until(page, lambda: page.locator("#annotate-counts li", has_text="1 line").count() == 0, "undo")
    page.locator(".ws-annotate").get_by_role("button", name=texts.REDO).click()
    told(page, "1 line")
    saved = save(page)
    check_masks(saved, float(page.locator(".ws-size input").input_value()))
    (tmp_path / "set.zip").write_bytes(saved["zip"])
    again = visit()
    open_tab(again)
    give(again, tmp_path / "set.zip")
    told(again, "1 line")
    wait_until(again, lambda: seen(again, 300, ROW) == 255 and seen(again, 300, ROW + 4) > 0, "strokes and line")
    assert seen(again, 300, 60) == 0
    back = save(again)
    for name in ("images/wall.png", "rough/wrinkle/wall.png", "wrinkle-masks/wall.png"):
        assert (back[name] == saved[name]).all(), name


def check_masks(saved: dict, width: float) -> None:
    """The strokes lie where the mouse went, to a pixel of the screen, and the line lies under them."""
    rough, crisp = saved["rough/wrinkle/wall.png"] > 0, saved["wrinkle-masks/wall.png"] > 0
    rows, columns = np.mgrid[:400, :600] + 0.5
    away = np.hypot(columns - np.clip(columns, LEFT + 20, RIGHT - 20), rows - ROW)
    assert rough[away <= width / 2 - 2].all() and not rough[away > width / 2 + 2].any()
    assert crisp.any() and not (crisp & ~rough).any() and crisp.sum() < rough.sum() / 2
    assert crisp[ROW, LEFT + 40 : RIGHT - 40].all(), "the dark line is found along its whole length"


def test_zoom_eraser_and_a_second_photo(visit, wall, tmp_path):  # noqa: F811
    page = visit()
    open_tab(page)
    give(page, wall)
    stroke(page, (LEFT + 20, ROW), (RIGHT - 20, ROW))
    told(page, "1 line")
    page.mouse.move(*on_screen(page, 300, ROW))
    page.mouse.wheel(0, -300)
    page.wait_for_timeout(300)
    page.keyboard.press("e")
    stroke(page, (300, ROW - 20), (300, ROW + 20))
    told(page, "2 lines")
    images.save_png(tmp_path / "second.png", np.full((300, 300, 3), 150, np.uint8))
    page.locator("#annotate-files input[type=file]").set_input_files(tmp_path / "second.png")
    page.locator("#annotate-photos button", has_text="second").and_(page.locator("[aria-pressed=true]")).wait_for()
    told(page, texts.NOTHING_PAINTED)
    page.locator("#annotate-previous").click()
    told(page, "2 lines")
    rough = save(page)["rough/wrinkle/wall.png"] > 0
    assert not rough[ROW, 300] and rough[ROW, 250] and rough[ROW, 350]


def test_the_tab_fits_a_phone(visit, wall):  # noqa: F811
    page = visit(390, 844)
    open_tab(page)
    assert no_sideways_scroll(page)
    give(page, wall)
    assert no_sideways_scroll(page)
    for where in (".ws-stage", ".ws-tools", "#annotate-tuning", "#annotate-save"):
        box = page.locator(where).first.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390, f"{where} fits: {box}"
    short = page.eval_on_selector_all(
        ".ws-tools button", "all => all.filter(b => b.offsetHeight < 44 || b.offsetWidth < 44).length"
    )
    assert short == 0, "a finger needs 44 px"
    below_tools = "document.querySelector('.ws-stage').offsetTop - document.querySelector('.ws-tools').offsetTop"
    place, note = page.evaluate(below_tools), page.locator(".ws-zone-note")
    assert not note.is_visible()
    page.get_by_role("button", name=texts.LAYERS["zone"]).click()
    note.wait_for()
    assert page.evaluate(below_tools) == place, "nothing moves under the pen"


def test_a_photo_is_taken_out_only_when_that_is_said_twice(visit, wall):  # noqa: F811
    page = visit()
    open_tab(page)
    give(page, wall)
    stroke(page, (LEFT, ROW), (RIGHT, ROW))
    told(page, "1")
    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    page.get_by_role("button", name=texts.REMOVE).click()
    page.wait_for_timeout(500)
    assert len(asked) == 1 and page.locator(".ws-stage").is_visible(), "nothing is done unless it is meant"
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name=texts.REMOVE).click()
    page.wait_for_selector("#annotate-empty")
