"""Many photos in a real browser: rows come one by one, a bad photo is named, the zip holds the rest."""

import csv
import io
import zipfile
from pathlib import Path

import pytest
from test_browser import browser, choose_tab, no_sideways_scroll, portrait, visit  # noqa: F401

from wrinkleseg.ui.texts import batch as texts

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def photos(portrait, tmp_path_factory) -> list[Path]:  # noqa: F811
    """Three photos of which the second is a text file with the ending of a photo."""
    folder = tmp_path_factory.mktemp("many")
    paths = [folder / name for name in ("anna.png", "notes.jpg", "berta.png")]
    for path, content in zip(paths, (portrait.read_bytes(), b"this is no photo", portrait.read_bytes()), strict=True):
        path.write_bytes(content)
    return paths


def open_tab(page) -> None:
    choose_tab(page, texts.TAB)
    page.wait_for_selector("#batch-empty")


def give(page, photos: list[Path]) -> None:
    page.locator("#batch-files input[type=file]").set_input_files(photos)
    page.wait_for_selector("#batch-ready")


def names(page) -> list[str]:
    return page.locator(".batch-table tbody th").all_inner_texts()


def download(page, folder: Path) -> zipfile.ZipFile:
    with page.expect_download() as started:
        page.locator("#batch-download").click()
    started.value.save_as(folder / "got.zip")
    assert started.value.suggested_filename == texts.DOWNLOAD_NAME
    return zipfile.ZipFile(folder / "got.zip")


def test_a_bad_photo_is_named_and_the_zip_holds_the_others(visit, photos, tmp_path):  # noqa: F811
    page = visit()
    open_tab(page)
    give(page, photos)
    page.locator("#batch-run").click()
    page.locator("#batch-status", has_text="of 3: ").wait_for()
    page.wait_for_selector("#batch-finished")
    assert texts.PART_TITLE.format(good=2, count=3) in page.locator("#batch-status").inner_text()
    assert "notes.jpg' cannot be used: it is a text file" in page.locator(".batch-skipped").inner_text()
    page.wait_for_function(
        "[...document.querySelectorAll('.batch-table img')].every(i => i.complete && i.naturalWidth)"
    )
    assert page.locator(".batch-table img").count() == 2
    with download(page, tmp_path) as file:
        lines = list(csv.DictReader(io.StringIO(file.read("photos.csv").decode("utf-8-sig"))))
        assert {"index.html", "measures.csv", "anna/anna.json", "berta/berta_overlay.png"} <= set(file.namelist())
    assert [line["status"] for line in lines] == ["measured", "skipped", "measured"]
    assert names(page) == ["anna.png", "notes.jpg", "berta.png"]
    for head in (texts.PHOTO, texts.PHOTO):
        page.locator(".batch-table thead button", has_text=head).first.click()
    assert names(page) == ["notes.jpg", "berta.png", "anna.png"]


def test_a_zip_on_a_phone_can_be_stopped_and_what_is_finished_is_kept(visit, photos, tmp_path):  # noqa: F811
    page = visit(390, 844)
    open_tab(page)
    with zipfile.ZipFile(tmp_path / "visit.zip", "w") as file:
        for i in range(6):
            file.write(photos[0], f"visit/{i}.png")
    give(page, [tmp_path / "visit.zip"])
    page.locator("#batch-run").click()
    page.locator(".batch-table tbody tr").first.wait_for()
    page.locator("#batch-stop").click()
    page.wait_for_selector("#batch-finished")
    done = names(page)
    assert 1 <= len(done) < 6 and done[0] == "visit_0.png" and no_sideways_scroll(page)
    with download(page, tmp_path) as file:
        assert "visit_0/visit_0.json" in file.namelist() and "visit_5/visit_5.json" not in file.namelist()
    words = page.evaluate("getComputedStyle(document.querySelector('.batch-table thead tr'), '::before').content")
    assert words == f'"{texts.SORT_BY}"', "the heads are buttons without a table below them"
    assert page.locator("#batch-run").is_enabled() and not page.locator("#batch-stop").is_visible()
