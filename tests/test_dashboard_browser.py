"""The dashboard in a real browser at two widths."""

import shutil

import gradio as gr
import numpy as np
import pandas as pd
import pytest
from test_browser import PATIENCE, browser, no_sideways_scroll, wait_until  # noqa: F401

from eval import dashboard
from eval.dashboard import opened, words
from eval.figures.style import GREY, PALETTE, css
from wrinkleseg.ui import temporary
from wrinkleseg.ui.page import launch_options

pytest_plugins = ("made_dashboard",)


@pytest.fixture(scope="module")
def url(made, tmp_path_factory):
    """The address of a page with this tab as its second, that runs for these tests only."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("page")))
        patch.setenv(opened.VARIABLE, str(made[0].parent))
        temporary.claim()
        with gr.Blocks(analytics_enabled=False, fill_width=True) as blocks, gr.Tabs():
            with gr.Tab("First"):
                gr.Markdown("another tab")
            with gr.Tab("Dashboard"):
                dashboard.build(*made)
        _, address, _ = blocks.launch(
            prevent_thread_lock=True, quiet=True, server_name="127.0.0.1", **launch_options(10**7)
        )
        yield address
        blocks.close()


def see(page, figure: str) -> None:
    """Scroll to a figure; it is drawn when it is near."""
    page.locator(f"#plot-{figure}").scroll_into_view_if_needed()
    page.wait_for_selector(f"#plot-{figure} .ws-plot[data-ready]")


@pytest.fixture
def visit(browser, url):  # noqa: F811
    """Opens the tab at a size; in the end, no request may have left this machine and no script may have failed."""
    outside, failed, contexts = [], [], []

    def open_tab(width: int = 1280, height: int = 900, scheme: str = "light"):
        size = {"width": width, "height": height}
        contexts.append(browser.new_context(viewport=size, accept_downloads=True, color_scheme=scheme))
        page = contexts[-1].new_page()
        page.set_default_timeout(PATIENCE)
        page.on("request", lambda one: None if one.url.startswith((url, "data:", "blob:")) else outside.append(one.url))
        page.on("pageerror", lambda error: failed.append(str(error)))
        page.goto(f"{url}?__theme={scheme}")
        page.get_by_role("tab", name="Dashboard").click()
        see(page, "points")
        return page

    yield open_tab
    for context in contexts:
        context.close()
    assert outside == [] and failed == []


def methods(page) -> list[str]:
    return page.locator("#board-table tbody th").evaluate_all("all => all.map(th => th.dataset.value)")


def choose_point(page, method: str, photo: str) -> None:
    """Click where the point of a photo is drawn."""
    place = page.evaluate(
        """([method, photo]) => {
          const plot = document.querySelector('#plot-points .ws-plot');
          plot.scrollIntoView({ block: 'center' });
          const drawn = plot.calcdata.find((one) => one[0].trace.meta?.method === method);
          const point = drawn.find((one) => drawn[0].trace.customdata[one.i] === photo);
          const { xaxis, yaxis } = plot._fullLayout, box = plot.getBoundingClientRect();
          return [box.left + xaxis._offset + xaxis.c2p(point.x), box.top + yaxis._offset + yaxis.c2p(point.y)];
        }""",
        [method, photo],
    )
    page.mouse.move(*place)
    page.mouse.click(*place)


@pytest.mark.browser
def test_filter_sort_click_and_download_in_a_browser(visit, tmp_path):
    page = visit()
    assert methods(page)[0] == "unetpp" and len(methods(page)) == 8
    page.locator("#board-table thead button", has_text="Method").click()
    assert methods(page) == sorted(methods(page))
    page.get_by_label(words.KINDS["reference"]).uncheck()
    wait_until(page, lambda: len(methods(page)) == 4, "the rows of real methods only")
    page.locator("#dashboard-name input, #dashboard-name textarea").first.fill("unet")
    wait_until(page, lambda: methods(page) == ["unetpp"], "one method")
    with page.expect_download() as download:
        page.get_by_role("button", name=words.CSV).click()
    download.value.save_as(tmp_path / "board.csv")
    assert pd.read_csv(tmp_path / "board.csv")["method"].tolist() == ["unetpp"]
    page.wait_for_function("document.querySelector('#plot-points .ws-plot').data.length === 2")
    choose_point(page, "unetpp", "00001")
    page.wait_for_selector("#dashboard-photo img")
    assert "00001" in page.locator("#picture-title").inner_text()
    assert page.locator("#picture-legend li").count() == 3
    page.locator("#dashboard-truth").get_by_text("drawn by B").click()
    wait_until(page, lambda: not page.locator("#dashboard-photo img").is_visible(), "the photo to go")


@pytest.mark.browser
def test_the_order_goes_with_the_column_and_not_with_its_place(visit):
    """Another score moves the columns, and pores have fewer of them."""
    page = visit()
    board = page.locator("#board-table")
    board.locator("thead button", has_text="clDice").click()
    before = methods(page)
    page.locator("#dashboard-score input").click()
    page.get_by_role("option", name="IoU").click()
    first = board.locator("thead th").nth(2)
    wait_until(page, lambda: first.inner_text() == "IoU", "the score to come first")
    assert board.locator("th[aria-sort]").inner_text() == "clDice" and methods(page) == before
    page.locator("#dashboard-truth").get_by_text(words.TRUTHS["pores"].partition(" ")[0]).click()
    wait_until(page, lambda: board.locator("thead th", has_text="clDice").count() == 0, "the pores")
    assert board.locator("th[aria-sort]").count() == 0


@pytest.mark.browser
def test_phone_width_in_a_browser(visit, made):
    page = visit(390, 844)
    assert no_sideways_scroll(page)
    choose_point(page, "unetpp", "00000")
    page.wait_for_selector("#dashboard-photo img")
    see(page, "speed")
    for where in ("#board-table table", "#plot-points .main-svg", "#plot-speed .main-svg", "#dashboard-photo img"):
        box = page.locator(where).first.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390, f"{where} fits: {box}"
    assert no_sideways_scroll(page)
    page.locator("#dashboard-worst button").last.click()
    wait_until(page, lambda: "not in the data folder" in page.locator("#picture-legend").inner_text(), "a reason")
    # The page is still scrolling to the picture: a click may fall beside.
    still = (
        "async () => { const y = scrollY; await new Promise((done) => setTimeout(done, 500)); return y === scrollY; }"
    )
    wait_until(page, lambda: page.evaluate(still), "the page to stand still")
    later = made[0].parent / "later"
    shutil.copytree(made[0], later)
    page.get_by_role("tab", name="First").click()
    page.get_by_role("tab", name="Dashboard").click()
    page.locator("#dashboard-other button").first.click()
    page.locator("#dashboard-where input").click()
    page.get_by_role("option", name="later").wait_for()
    page.locator("#dashboard-where input").fill("../secrets")
    page.locator("#dashboard-where input").press("Enter")
    page.locator("#dashboard-open").click()
    page.get_by_role("alert").get_by_text(words.FAILED).wait_for()


def channels(colour: str) -> np.ndarray:
    """Of "#rrggbb" or "rgb(r, g, b)", 0..255."""
    if colour.startswith("#"):
        return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], float)
    return np.array(colour[4:-1].split(","), float)


def light(rgb: np.ndarray) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = rgb / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def test_by_day_methods_have_their_colours_and_by_night_lighter_ones_that_stand_out(visit):
    seen = {}
    for scheme in ("light", "dark"):
        page = visit(scheme=scheme)
        points = page.evaluate(
            """() => document.querySelector('#plot-points .ws-plot').data.filter((one) => one.meta)
                 .map((one) => [one.meta.method, one.marker.color, one.marker.opacity])"""
        )
        paper = page.evaluate(
            "getComputedStyle(document.querySelector('#board-table')).getPropertyValue('--paper').trim()"
        )
        seen[scheme] = {name: (colour, opacity) for name, colour, opacity in points}, channels(paper)
    by_day, by_night = seen["light"][0], seen["dark"][0]
    assert {colour for colour, _ in by_day.values()} <= {css(each) for each in PALETTE} | {GREY}
    ground = seen["dark"][1]
    for name, (colour, opacity) in by_night.items():
        drawn = opacity * channels(colour) + (1 - opacity) * ground
        assert (light(drawn) + 0.05) / (light(ground) + 0.05) >= 2.95, f"{name} is too dark: {colour}"
