"""Before and after in a real browser: two photos of one face in, slider, table and CSV out."""

import csv

import numpy as np
import pytest
from test_browser import browser, choose_tab, no_sideways_scroll, portrait, visit, wait_until  # noqa: F401

from eval.repeats import retake
from wrinkleseg import images
from wrinkleseg.ui.texts import change as texts

pytestmark = pytest.mark.browser

HANDLE = "#change-picture .icon-wrap"


@pytest.fixture(scope="module")
def again(astronaut, tmp_path_factory):
    """The same face, a little darker, smaller and tilted."""
    path = tmp_path_factory.mktemp("again") / "again.png"
    images.save_png(path, retake((astronaut * 0.75).astype(np.uint8), np.random.default_rng(3)))
    return path


def give(page, *paths) -> None:
    choose_tab(page, texts.TAB)
    page.wait_for_selector("#change-empty")
    page.locator("#change-files input[type=file]").set_input_files(paths)
    page.locator("#change-ready", has_text=texts.READY_TITLE.format(count=len(paths))).wait_for()


def date(page, number: int, day: str) -> None:
    field = page.locator("#change-dates input").nth(number)
    field.fill(day)
    field.dispatch_event("change")
    page.locator("#change-dated", has_text=f"{number + 1} of").wait_for()


def compare(page) -> None:
    page.locator("#change-run").click()
    page.wait_for_selector("#change-table table")
    page.wait_for_function(
        "[...document.querySelectorAll('#change-picture img')].every(i => i.complete && i.naturalWidth)"
    )


def test_two_photos_give_slider_table_and_figures(visit, portrait, again, tmp_path):  # noqa: F811
    page = visit()
    give(page, portrait, again)
    date(page, 0, "2025-01-31")
    date(page, 1, "2025-03-31")
    compare(page)
    assert "2025-01-31" in page.locator("#change-heading").inner_text()
    assert "darker" in page.locator("#change-notices").inner_text()
    cells = page.locator("#change-table tr.ws-whole td").all_inner_texts()
    before, after, difference = (float(cell.replace("−", "-")) for cell in cells[:3])
    assert difference == pytest.approx(after - before, abs=0.011)
    assert cells[-1].split()[-1] in {"yes", "no", "known"}
    assert all(page.locator("#change-picture img").evaluate_all("all => all.map(image => image.alt)")), (
        "both have words"
    )
    assert page.locator('[aria-label="common.upload"]').count() == 0
    assert moved_by_keys(page, "ArrowRight") == 52 and moved_by_keys(page, "PageDown") == 42
    assert moved_by_keys(page, "End") == 100 and moved_by_keys(page, "Home") == 0, "of the picture, not of its room"
    first = move_slider(page)
    assert int(page.locator('#change-picture [role="slider"]').get_attribute("aria-valuenow")) > 5, (
        "the mouse tells too"
    )
    page.get_by_label(texts.MARKS).check()
    wait_until(page, lambda: sources(page) != first, "the pictures with marks")
    with page.expect_download() as download:
        page.get_by_role("button", name=texts.DOWNLOAD).click()
    download.value.save_as(tmp_path / "change.csv")
    rows = list(csv.DictReader((tmp_path / "change.csv").open(newline="", encoding="utf-8")))
    whole = next(row for row in rows if (row["zone"], row["measure"]) == ("whole", "wrinkle_area_percent"))
    assert (whole["from"], whole["to"]) == ("2025-01-31", "2025-03-31")
    assert float(whole["after"]) == pytest.approx(after, abs=0.006)


def test_one_bad_file_is_named_on_a_phone(visit, portrait, tmp_path):  # noqa: F811
    page = visit(390, 844)
    (tmp_path / "notes.txt").write_text("this is no photo")
    give(page, portrait, tmp_path / "notes.txt")
    assert no_sideways_scroll(page)
    page.locator("#change-run").click()
    page.locator("#change-status").get_by_role("alert").get_by_text("notes").wait_for()
    assert no_sideways_scroll(page) and not page.locator("#change-result").is_visible()


def moved_by_keys(page, key: str) -> int:
    """Where the edge between the two photos is after a key, in per cent."""
    handle = page.locator('#change-picture [role="slider"]')
    before = handle.get_attribute("aria-valuenow")
    handle.press(key)
    wait_until(page, lambda: handle.get_attribute("aria-valuenow") != before, f"the edge moves by {key}")
    return int(handle.get_attribute("aria-valuenow"))


def sources(page) -> list[str]:
    return page.eval_on_selector_all("#change-picture img", "all => all.map(image => image.src)")


def move_slider(page) -> list[str]:
    """Drag the handle to the right; the addresses of the two pictures."""
    page.locator("#change-picture").scroll_into_view_if_needed()
    handle = page.locator(HANDLE).first
    before = handle.bounding_box()
    page.mouse.move(before["x"] + before["width"] / 2, before["y"] + before["height"] / 2)
    page.mouse.down()
    page.mouse.move(before["x"] + 90, before["y"] + before["height"] / 2, steps=5)
    page.mouse.up()
    assert handle.bounding_box()["x"] > before["x"] + 40
    return sources(page)
