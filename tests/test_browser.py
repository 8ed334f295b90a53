"""The real page in a real browser: Chromium drives `app.py` as a visitor would, at desktop and at phone width."""

import io
import json
import os
import shutil
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest

from wrinkleseg import images
from wrinkleseg.ui import texts

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
OPTIONS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
]
PATIENCE = (
    int(os.environ.get("WRINKLESEG_PATIENCE", "180")) * 1000
)  # ms: a network on a slow processor that does other work as well


def lacking(reason: str) -> None:
    """Skip on a machine without a browser; but the build must never skip this."""
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(f"{reason}, and CI=true")
    pytest.skip(reason)


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        lacking("no Chromium on this machine (Debian: apt-get install chromium)")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        lacking("no playwright (pip install -r requirements-dev.txt)")
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield opened
        opened.close()


@pytest.fixture
def visit(browser, url):
    """Opens the page at a size; in the end, no request may have left this machine and no script may have failed."""
    asked, failed, contexts = [], [], []

    def open_page(width: int = 1280, height: int = 900):
        context = browser.new_context(viewport={"width": width, "height": height}, accept_downloads=True)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: failed.append(str(error)))
        page.goto(url)
        page.wait_for_selector("#empty")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert asked and [u for u in asked if not u.startswith((url, "data:", "blob:"))] == []
    assert failed == []


def choose_tab(page, name: str) -> None:
    """Choose a tab; on a narrow screen Gradio puts most of them behind a button with three dots."""
    page.locator("#tabs").get_by_role("tab").first.wait_for()
    page.wait_for_timeout(300)  # until it is settled which tabs have room
    tab = page.locator("#tabs").get_by_role("tab", name=name, exact=True).first
    if tab.count() and tab.is_visible():
        tab.click()
        return
    page.locator("#tabs .overflow-menu > button").click()
    page.locator("#tabs .overflow-dropdown button", has_text=name).click()


@pytest.fixture(scope="module")
def portrait(astronaut, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("photos") / "astronaut.png"
    images.save_png(path, astronaut)
    return path


def give(page, path: Path) -> None:
    page.locator("#photo input[type=file]").set_input_files(path)


def shown(page) -> list[str]:
    """Addresses of the two pictures: original, result."""
    return page.eval_on_selector_all("#picture img", "all => all.map(image => image.src)")


def look(page, address: str) -> np.ndarray:
    return images.load_rgb(page.request.get(address).body())


def whole_face(page) -> list[str]:
    return page.locator("#tables table").first.locator("tr.ws-whole td").all_inner_texts()


def wait_until(page, condition, what: str) -> None:
    end = time.monotonic() + PATIENCE / 1000
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {what}"
        page.wait_for_timeout(50)


def change(page, act) -> None:
    """Do something to the controls and wait for the picture that follows."""
    before = shown(page)
    act()
    wait_until(page, lambda: shown(page) != before, "another picture")


def set_number(page, where: str, value: float) -> None:
    field = page.locator(f"{where} input[type=number]")
    field.fill(str(value))
    field.press("Enter")


def no_sideways_scroll(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_from_upload_to_download(visit, portrait, tmp_path):
    page = visit()
    assert page.get_by_text(texts.NOT_MEDICAL).is_visible()
    give(page, portrait)
    page.wait_for_selector("#tables table")
    original, drawn = (look(page, address) for address in shown(page))
    assert original.shape == drawn.shape and (original != drawn).any(), "something is drawn"
    set_number(page, "#threshold-wrinkle", 0.05)
    wait_until(page, lambda: "wrinkles 0.05" in page.locator("#tables").inner_text(), "measures at the low threshold")
    low, low_picture = whole_face(page), shown(page)
    set_number(page, "#threshold-wrinkle", 0.98)
    wait_until(page, lambda: "wrinkles 0.98" in page.locator("#tables").inner_text(), "measures at the high threshold")
    high = whole_face(page)
    assert float(low[0]) > float(high[0]) and shown(page) != low_picture
    with page.expect_download() as download:
        page.get_by_role("button", name=texts.DOWNLOAD).click()
    download.value.save_as(tmp_path / "result.zip")
    check_archive(tmp_path / "result.zip", shown_area=float(high[0]))


def check_archive(path: Path, shown_area: float) -> None:
    """Figures, masks and the page agree with one another."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    result = json.loads(next(content for name, content in files.items() if name.endswith(".json")))
    assert result["picture"] == {"width": 512, "height": 512} and result["threshold"]["wrinkle"] == 0.98
    masks = {name: images.load_rgb(io.BytesIO(content)) for name, content in files.items() if name.endswith(".png")}
    assert len(masks) >= 3 and all(mask.shape == (512, 512, 3) for mask in masks.values())
    probability = next(mask for name, mask in masks.items() if name.endswith("_wrinkle.png"))[..., 0]
    skin = next(mask for name, mask in masks.items() if name.endswith("_skin.png"))[..., 0] > 0
    whole = result["measures"]["whole"]
    assert whole["skin_px"] == skin.sum()
    area = 100 * ((probability / 255 > 0.98) & skin).sum() / skin.sum()
    assert whole["wrinkle_area_percent"] == pytest.approx(area, abs=1e-4)
    assert shown_area == pytest.approx(area, abs=0.006)


def test_the_view_follows_the_controls(visit, portrait):
    page = visit()
    give(page, portrait)
    page.wait_for_selector("#tables table")
    page.get_by_label(texts.TASKS["pore"]).first.wait_for()
    for label in (texts.VIEWS["contour"], texts.VIEWS["heat"], texts.FRAMES["photo"]):
        change(page, lambda label=label: page.get_by_label(label).check())
    both = " / ".join(texts.TASKS.values())
    assert page.locator("#legend li").inner_text() == texts.LEGEND_HEAT.format(tasks=both)
    page.get_by_label(texts.ZONES_TOGGLE).check()
    page.locator("#picture .ws-named text", has_text="forehead").wait_for()
    assert look(page, shown(page)[1]).shape == (800, 800, 3)
    for task in texts.TASKS.values():
        change(page, lambda task=task: page.locator("#tasks").get_by_label(task).uncheck())
    assert page.locator("#picture .ws-named text").count() > 8, "the zones lie above the picture, not in it"
    original, drawn = (look(page, address) for address in shown(page))
    assert (original == drawn).all(), "with nothing to show it is the photo itself"
    page.get_by_label(texts.ZONES_TOGGLE).uncheck()
    page.locator("#picture .ws-named").wait_for(state="detached")


def test_the_keyboard_reaches_photo_example_and_controls(visit):
    page = visit()
    page.locator("#examples button").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#tables table")
    page.locator("#opacity input[type=range]").focus()
    change(page, lambda: page.keyboard.press("ArrowLeft"))
    page.locator("#tables thead button").first.focus()
    page.keyboard.press("Enter")
    names = page.locator("#tables table").first.locator("tbody th").all_inner_texts()
    assert names[0] == texts.ZONES["whole"] and names[1:] == sorted(names[1:], key=str.casefold)
    assert page.locator("#tables th[aria-sort=ascending]").count() == 1


def test_a_bad_file_and_a_photo_without_a_face_are_said_clearly(visit, portrait, tmp_path):
    page = visit()
    (tmp_path / "notes.txt").write_text("this is no photo")
    give(page, tmp_path / "notes.txt")
    page.get_by_role("alert").get_by_text(texts.ERROR_TITLE["picture"]).wait_for()
    assert "it is a text file" in page.locator("#status").inner_text()
    give(page, portrait)
    page.wait_for_selector("#tables table")
    images.save_png(tmp_path / "wall.png", np.full((300, 300, 3), 120, np.uint8))
    page.locator("#photo").get_by_label("Remove Image").click()
    page.wait_for_selector("#empty")
    assert not page.locator("#result").is_visible(), "a photo that was taken away takes its result along"
    give(page, tmp_path / "wall.png")
    page.get_by_role("alert").get_by_text(texts.ERROR_TITLE["face"]).wait_for()


def test_phone_width(visit, portrait):
    page = visit(390, 844)
    assert no_sideways_scroll(page)
    give(page, portrait)
    page.wait_for_selector("#tables table")
    page.wait_for_function("document.querySelector('#picture img')?.complete")
    assert no_sideways_scroll(page)
    for where in ("#photo", "#picture", "#controls", "#tables table", "#download"):
        box = page.locator(where).first.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390, f"{where} fits: {box}"
    order = ("#picture", "#controls", "#chart", "#tables")
    tops = [page.locator(where).first.bounding_box()["y"] for where in order]
    assert tops == sorted(tops), "the controls follow the picture that they change"
    cut = page.eval_on_selector_all("#tables table", "all => all.filter(t => t.scrollWidth > t.clientWidth + 1).length")
    assert cut == 0, "no column is cut off"
