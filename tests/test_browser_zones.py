"""A zone that is chosen, in a real browser: on the picture, on the map of the face and in a table; zoom and handle."""

import io

import cv2
import numpy as np
import pytest
from test_browser import browser, change, give, no_sideways_scroll, portrait, shown, visit, wait_until  # noqa: F401

from wrinkleseg import images
from wrinkleseg.ui import texts
from wrinkleseg.ui.texts import result as words

pytestmark = pytest.mark.browser

SHEETS = "all => all.map(sheet => sheet.style.transform || getComputedStyle(sheet).transform)"
ON_MAP = "figure:visible g[data-zone={zone}]"


def look_at(page, path) -> None:
    give(page, path)
    page.wait_for_selector("#tables table")
    page.wait_for_function("[...document.querySelectorAll('#picture img')].every(i => i.complete && i.naturalWidth)")


def scale(page) -> float:
    """How far the picture is zoomed; both of its sheets alike."""
    return float(page.eval_on_selector("#picture [data-zoomed]", "told => parseFloat(told.textContent)")) / 100


def views(page) -> set[str]:
    page.wait_for_timeout(500)  # a glide takes a moment
    return set(page.eval_on_selector_all("#picture .ws-sheet", SHEETS))


def said(page) -> str:
    return page.locator("#picture [data-said]").inner_text()


def picked(page) -> set[str]:
    """Zones that are marked, each with where it is marked."""
    return set(
        page.eval_on_selector_all(".ws-picked", "all => all.map(n => n.tagName.toLowerCase() + ' ' + n.dataset.zone)")
    )


def everywhere(zone: str) -> set[str]:
    return {f"path {zone}", f"g {zone}", f"tr {zone}"}


def test_a_zone_is_chosen_by_keyboard_by_map_and_on_the_picture(visit, portrait):  # noqa: F811
    page = visit()
    look_at(page, portrait)
    whole = said(page)
    assert whole.startswith(texts.ZONES["whole"]) and scale(page) == 1
    page.locator("#tables tr[data-zone=forehead] th button").first.focus()
    page.keyboard.press("Enter")
    wait_until(page, lambda: said(page).startswith(texts.ZONES["forehead"]), "the forehead's sentence")
    assert picked(page) == everywhere("forehead") and scale(page) > 1 and len(views(page)) == 1
    page.locator("#chart").locator(ON_MAP.format(zone="nose")).focus()
    page.keyboard.press("Enter")
    wait_until(page, lambda: said(page).startswith(texts.ZONES["nose"]), "the nose's sentence")
    assert picked(page) == everywhere("nose")
    page.locator("#picture").get_by_role("button", name=words.ZOOM["whole"]).click()
    assert said(page) == whole and picked(page) == set() and scale(page) == 1
    views(page)
    box = page.locator("#picture path[data-zone=cheek_left]").bounding_box()
    page.mouse.click(box["x"] + 0.6 * box["width"], box["y"] + 0.35 * box["height"])
    wait_until(page, lambda: "Cheek, left" in said(page), "the cheek's sentence")
    assert picked(page) == everywhere("cheek_left") and scale(page) > 1


def test_close_up_handle_and_measures(visit, portrait):  # noqa: F811
    page = visit()
    look_at(page, portrait)
    page.get_by_role("button", name=words.CLOSE_UP).click()
    close = scale(page)
    assert close >= 3 and len(views(page)) == 1, "original and result are zoomed together"
    page.locator("#picture .ws-scene").focus()
    before = views(page)
    page.keyboard.press("ArrowLeft")
    assert views(page) != before and scale(page) == close
    change(page, lambda: page.get_by_label(texts.VIEWS["contour"]).check())
    assert scale(page) == close, "a redraw keeps the place"
    handle = page.locator("#picture input.ws-wipe")
    handle.focus()
    edge = "node => getComputedStyle(node).clipPath"
    clipped = page.locator("#picture .ws-over").evaluate(edge)
    page.keyboard.press("ArrowRight")
    assert page.locator("#picture .ws-over").evaluate(edge) != clipped
    assert page.locator("#chart figure:visible").get_attribute("data-measure") == "wrinkle_area_percent"
    page.locator("#chart").get_by_label(words.CHART_MEASURES["pore_count"][0], exact=True).check()
    assert page.locator("#chart figure:visible").get_attribute("data-measure") == "pore_count"


def test_a_large_photo_is_looked_at_closely_in_its_own_pixels(visit, astronaut, tmp_path):  # noqa: F811
    """The page shows such a photo made smaller; what is zoomed into must be the very pixels that were given."""
    photo = cv2.resize(astronaut, None, fx=10, fy=10, interpolation=cv2.INTER_CUBIC)
    images.save_png(tmp_path / "large.png", photo)
    page = visit()
    look_at(page, tmp_path / "large.png")
    assert page.locator("#picture .ws-look[data-shrunk]").count() == 1 and close_ups(page) == []
    page.get_by_role("button", name=words.CLOSE_UP).click()
    wait_until(page, lambda: len(close_ups(page)) == 2, "the part in the photo's own pixels, original and result")
    original, result = (images.load_rgb(io.BytesIO(page.request.get(address).body())) for address in close_ups(page))
    assert original.shape == result.shape and np.any(original != result), "the result is drawn on the second"
    assert is_part_of(photo, original)
    for again in (page.get_by_label(texts.ZONES_TOGGLE).check, page.get_by_label(texts.ZONES_TOGGLE).uncheck):
        change(page, again)
        wait_until(page, lambda: len(close_ups(page)) == 2, "the same part comes again, though its files are the same")
    page.locator("#picture").get_by_role("button", name=words.ZOOM["whole"]).click()
    change(page, lambda: page.get_by_label(texts.VIEWS["contour"]).check())
    assert close_ups(page) == [], "another drawing is not covered by the last one's part"


def close_ups(page) -> list[str]:
    """Addresses of what is laid over the picture."""
    return page.eval_on_selector_all("#picture img.ws-close", "all => all.map(image => image.src)")


def is_part_of(photo: np.ndarray, part: np.ndarray) -> bool:
    """Whether the part lies in the photo bit by bit, wherever that is."""
    mark = part[:64, :64]
    differences = cv2.matchTemplate(photo, mark, cv2.TM_SQDIFF)
    top, left = np.unravel_index(differences.argmin(), differences.shape)
    return np.array_equal(photo[top : top + part.shape[0], left : left + part.shape[1]], part)
