"""Methods side by side in a real browser: one view for all pictures, by wheel, pinch, drag, keys and buttons."""

import numpy as np
import pytest
from test_browser import browser, choose_tab, give, no_sideways_scroll, portrait, visit, wait_until  # noqa: F401

from wrinkleseg import images
from wrinkleseg.ui import texts

pytestmark = pytest.mark.browser

SHEETS = "all => all.map(sheet => getComputedStyle(sheet).transform)"
WHOLE = "matrix(1, 0, 0, 1, 0, 0)"


def open_tab(page) -> None:
    choose_tab(page, texts.TAB_COMPARE)
    page.wait_for_selector("#compare-run")


def choose(page, *titles: str) -> None:
    for box in page.locator("#compare-methods input").all():
        box.uncheck()
    for title in titles:
        page.locator("#compare-methods").get_by_label(title, exact=True).check()
    page.locator("#compare-chosen", has_text=f"{len(titles)} of").wait_for()


def compare(page) -> None:
    page.locator("#compare-run").click()
    page.wait_for_selector("#compare-figures table")
    page.wait_for_function("[...document.querySelectorAll('.ws-sheet img')].every(i => i.complete && i.naturalWidth)")


def side_by_side(page, *titles: str) -> None:
    """The last example's photo, 512 x 512 px, compared."""
    open_tab(page)
    page.locator("#compare-examples button").last.click()
    page.wait_for_selector("#compare-ready")
    choose(page, *titles)
    compare(page)


def views(page) -> set[str]:
    """The transforms of all pictures: one, if they move together."""
    return set(page.eval_on_selector_all(".ws-sheet", SHEETS))


def scale(page) -> float:
    (view,) = views(page)
    return float(view.removeprefix("matrix(").split(",")[0])


def middle(page, pane: int) -> tuple[float, float]:
    page.locator(".ws-window").nth(pane).scroll_into_view_if_needed()
    page.wait_for_timeout(350)  # a page that is being scrolled keeps the wheel
    box = page.locator(".ws-window").nth(pane).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


FILTERS = ("Frangi filter, plain", "Frangi filter, made robust", "Oriented Gabor filters")


def test_all_pictures_zoom_and_move_together(visit):  # noqa: F811
    page = visit()
    side_by_side(page, *FILTERS)
    assert page.locator(".ws-sheet").count() == 4 and views(page) == {WHOLE}
    x, y = middle(page, 1)
    page.mouse.move(x, y)
    page.mouse.wheel(0, -300)
    wait_until(page, lambda: len(views(page)) == 1 and scale(page) > 1.3, "all pictures larger by the wheel")
    before = views(page)
    page.mouse.down()
    page.mouse.move(x - 40, y - 30, steps=4)
    page.mouse.up()
    assert len(views(page)) == 1 and views(page) != before, "dragged in one window, moved in all"
    before = views(page)
    page.keyboard.press("+")
    larger = views(page)
    page.keyboard.press("ArrowRight")
    assert len(larger) == len(views(page)) == 1 and before != larger != views(page)
    page.get_by_role("button", name=texts.COMPARE_ZOOM["whole"]).click()
    assert views(page) == {WHOLE}
    page.get_by_role("button", name=texts.COMPARE_ZOOM["in"]).click()
    assert scale(page) == 1.5 and "150 %" in page.locator(".ws-zoom").inner_text()
    page.get_by_role("button", name=texts.COMPARE_PLAIN).click()
    assert not page.locator(".ws-marked").first.is_visible()
    compare(page)
    assert scale(page) == 1.5, "another comparison is seen at the same place"


def test_figures_and_agreement_stand_below_the_pictures(visit):  # noqa: F811
    page = visit()
    side_by_side(page, *FILTERS[1:])
    heads = page.locator("#compare-figures thead th").all_inner_texts()
    assert [head.split("\n")[-1] for head in heads] == [texts.FIGURE_COLUMN, *FILTERS[1:]]
    seconds = page.locator("#compare-figures tr", has_text=texts.SECONDS_ROW[0]).locator("td").all_inner_texts()
    assert all(0 < float(value) < 60 for value in seconds)
    assert texts.ALL[2] in page.locator("#compare-agreement").inner_text()
    colour = page.locator(".ws-compare > .ws-legend li")
    assert colour.all_inner_texts() == [texts.TASKS["wrinkle"]], "what the colour on the photos means"


def test_the_photo_of_the_first_tab_comes_along_and_stays_there(visit, portrait):  # noqa: F811
    page = visit()
    give(page, portrait)
    page.wait_for_selector("#tables table")
    figures = page.locator("#tables .html-container").inner_text()
    open_tab(page)
    page.wait_for_selector("#compare-ready")
    page.wait_for_selector("#compare-photo img")
    choose(page, *FILTERS[1:])
    compare(page)
    assert "astronaut" in page.locator("#compare-heading").inner_text()
    choose_tab(page, texts.TAB_PHOTO)
    assert page.locator("#tables .html-container").inner_text() == figures
    assert page.locator("#picture img").count() == 2


def test_a_persons_mask_is_scored_or_refused(visit, tmp_path):  # noqa: F811
    page = visit()
    mask = np.zeros((512, 512), np.uint8)
    mask[150:152, 190:250] = 255
    images.save_png(tmp_path / "mask.png", mask)
    images.save_png(tmp_path / "other.png", mask[:, :300])
    side_by_side(page, *FILTERS[1:])
    page.get_by_text(texts.COMPARE_TRUTH).click()
    page.locator("#compare-truth input[type=file]").set_input_files(tmp_path / "mask.png")
    page.locator("#compare-truth", has_text="mask.png").wait_for()
    page.locator("#compare-run").click()
    page.get_by_text(texts.SCORES_HEADING).wait_for()
    assert page.locator("#compare-figures tr", has_text="clDice").locator("td").count() == 2
    page.locator("#compare-truth").get_by_role("button").first.click()
    page.locator("#compare-truth input[type=file]").set_input_files(tmp_path / "other.png")
    page.locator("#compare-truth", has_text="other.png").wait_for()
    page.locator("#compare-run").click()
    said = page.locator("#compare-status").get_by_role("alert")
    said.get_by_text("300 × 512").wait_for()
    assert not page.locator("#compare-result").is_visible()


def test_one_method_or_five_cannot_be_compared(visit):  # noqa: F811
    page = visit()
    open_tab(page)
    choose(page, FILTERS[0])
    wait_until(page, page.locator("#compare-run").is_disabled, "the button to refuse one method")
    page.locator("#compare-methods").get_by_label(FILTERS[1], exact=True).check()
    wait_until(page, page.locator("#compare-run").is_enabled, "the button to take two")
    page.locator("#compare-run").click()
    page.get_by_text(texts.COMPARE_NO_PHOTO).wait_for()


def test_on_a_phone_two_stand_beside_each_other_and_fingers_zoom(visit):  # noqa: F811
    page = visit(390, 844)
    side_by_side(page, *FILTERS[1:])
    assert no_sideways_scroll(page)
    # Both at one moment, for the page may still be on its way to the result.
    boxes = "all => all.map(one => one.getBoundingClientRect()).map(({ top, right }) => ({ top, right }))"
    first, second, *_ = page.locator(".ws-window").evaluate_all(boxes)
    assert first["top"] == second["top"] and second["right"] <= 390
    x, y = middle(page, 0)
    touch = page.context.new_cdp_session(page)
    for step, apart in enumerate((15, 25, 35, 45)):
        points = [{"x": x - apart, "y": y, "id": 0}, {"x": x + apart, "y": y, "id": 1}]
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove" if step else "touchStart", "touchPoints": points})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    wait_until(page, lambda: len(views(page)) == 1 and 2 < scale(page) < 4, "all pictures three times as large")
    box = page.locator("#compare-figures table").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390
