"""The dashboard: what may be opened, what its events change, and the tab in a real browser at two widths."""

import os
from pathlib import Path

import fsspec
import gradio as gr
import made_results
import numpy as np
import pandas as pd
import pytest
from test_browser import PATIENCE, browser, no_sideways_scroll, wait_until  # noqa: F401

from eval import dashboard
from eval.dashboard import board, handlers, opened, view, words
from eval.dashboard.opened import CannotOpen
from eval.dashboard.view import Choice
from eval.figure_style import Style
from wrinkleseg.ui import temporary
from wrinkleseg.ui.page import launch_options

CHOICE = Choice("wrinkle", "A", "f1")


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> tuple[Path, Path]:
    return made_results.folder(tmp_path_factory.mktemp("made"))


@pytest.fixture(scope="module")
def there(made) -> opened.Opened:
    return opened.load(*made)


class FakeParts:
    """Any component is its own name, any dict of them a dict of names; what an event gives can then be looked at."""

    def __getattr__(self, name: str):
        if name in ("plots", "sections"):
            return {each: f"{name}.{each}" for each in (*view.NAMES, "groups")}
        return name


@pytest.fixture
def tab(made, monkeypatch, tmp_path) -> handlers.Handlers:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    monkeypatch.setenv(opened.VARIABLE, str(made[0].parent))
    return handlers.Handlers(FakeParts(), *made)


def asked(**changed) -> list:
    """`Parts.chosen` as a visitor left them."""
    usual = {"where": None, "truth": "wrinkle|A", "score": "f1", "kinds": list(words.KINDS), "name": ""}
    return list((usual | changed).values())


class Event:
    """What a click hands over."""

    def __init__(self, **data) -> None:
        self.__dict__.update(data)


def test_only_what_is_shown_is_read(there):
    assert list(there.rows.columns) == list(opened.COLUMNS) and len(there.rows) == len(made_results.rows(12))
    assert there.folder is not None and there.meta["split"] == "test"


def test_the_same_results_are_read_once_and_changed_ones_anew(tmp_path):
    path = tmp_path / "rows.parquet"
    made_results.rows(6).to_parquet(path)
    (tmp_path / "meta.json").write_text("{}")
    first = opened.load(tmp_path, None)
    assert opened.load(tmp_path, None) is first
    made_results.rows(7).to_parquet(path)
    os.utime(path, (1, 1))
    assert len(opened.load(tmp_path, None).rows) > len(first.rows)


def test_a_folder_is_opened_by_its_name_below_an_allowed_one(made, monkeypatch):
    root = made[0].parent
    monkeypatch.setenv(opened.VARIABLE, str(root))
    roots = opened.allowed()
    assert list(opened.choices(roots)) == [f"{root.name}/results"]
    for name in (f"{root.name}/results", "results", str(made[0].resolve())):
        assert opened.find(name, roots) == made[0].resolve()
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    assert opened.find("hub:somebody/wrinkle-results", roots) == "hub:somebody/wrinkle-results"


@pytest.mark.parametrize(
    "name", ["../results", "allowed/../../made", "/etc", "", "a\0b", "x" * 5000, "hub:../..", "hub:a", "link"]
)
def test_nothing_outside_the_allowed_folders_is_opened(made, tmp_path, monkeypatch, name):
    allowed = tmp_path / "allowed"
    allowed.mkdir()
    (allowed / "link").symlink_to(made[0])
    monkeypatch.setenv(opened.VARIABLE, str(allowed))
    assert opened.choices(opened.allowed()) == {}
    with pytest.raises(CannotOpen, match="no results folder of this page|no name of a data set"):
        opened.find(name, opened.allowed())
    with pytest.raises(CannotOpen):
        opened.find(str(made[0]), opened.allowed())


def test_what_holds_other_rows_is_refused_in_one_sentence(tmp_path):
    pd.DataFrame({"method": ["a"], "f1": [0.5]}).to_parquet(tmp_path / "rows.parquet")
    (tmp_path / "meta.json").write_text("{}")
    with pytest.raises(CannotOpen, match="no rows of this benchmark"):
        opened.load(tmp_path, None)
    made_results.rows(6).assign(f1="high").to_parquet(tmp_path / "rows.parquet")
    os.utime(tmp_path / "rows.parquet", (2, 2))
    with pytest.raises(CannotOpen):
        opened.load(tmp_path, None)


def test_annotators_are_never_mixed(there):
    contests = view.contests(there)
    assert list(contests) == [("wrinkle", "A"), ("wrinkle", "B"), ("pore", "pores")] and contests["wrinkle", "A"] == 12
    points = [one for one in view.drawn(there, CHOICE)["points"].data if one.meta]
    assert {one.meta["annotator"] for one in points} == {"A"} and {len(one.x) for one in points} == {12, 4}


def test_filters_keep_colours_and_ceiling(there):
    every, few = view.drawn(there, CHOICE), view.drawn(there, Choice("wrinkle", "A", "f1", ("classical",), "Gab"))
    assert [one.meta["method"] for one in few["points"].data if one.meta] == ["gabor"]
    assert few["intervals"].layout.shapes[0].x0 == every["intervals"].layout.shapes[0].x0
    colour = {one.meta["method"]: one.marker.color for one in every["points"].data if one.meta}
    assert few["points"].data[1].marker.color == colour["gabor"]


def test_figures_without_data_are_left_away(there):
    drawn = view.drawn(there, Choice("pore", "pores", "centre_f1"))
    assert [name for name, figure in drawn.items() if figure is None] == ["tolerance", "ablation", "papers"]
    assert view.traits(there, Choice("pore", "pores", "centre_f1")) == {}
    nothing = view.drawn(there, Choice("wrinkle", "A", "f1", (), ""))
    assert {name for name, figure in nothing.items() if figure is not None} <= {"papers", "tolerance"}


def test_an_ablation_in_the_folder_is_drawn(tmp_path):
    results, _ = made_results.folder(tmp_path)
    (results / "ablation" / "losses").mkdir(parents=True)
    rows = pd.DataFrame({"variant": ["dice", "dice", "bce"], "seed": [1, 2, 1], "f1": [0.4, 0.6, 0.3]})
    rows.assign(task="wrinkle", annotator="A").to_csv(results / "ablation" / "losses" / "rows.csv")
    figure = view.drawn(opened.load(results, None), CHOICE)["ablation"]
    assert [text.replace("<br>", " ") for text in figure.layout.yaxis.ticktext] == ["losses: bce", "losses: dice"]


def test_the_worst_photos_come_first(there):
    worst = view.worst(there, CHOICE, "unetpp")
    part = there.rows[
        (there.rows["method"] == "unetpp") & (there.rows["annotator"] == "A") & (there.rows["zone"] == "whole")
    ]
    assert worst["f1"].tolist() == sorted(part["f1"])[: view.WORST]
    assert f'data-choice="{worst["photo"].iloc[0]}"' in board.worst(worst, "f1")


def test_the_leaderboard_shows_interval_and_kind_and_escapes_names(there):
    ranking = view.board(there, CHOICE)
    ranking.loc[0, "method"] = "<img src=x>"
    look = view.look(there) | {"<img src=x>": Style("#000000", "circle", "solid")}
    html = board.table(ranking, "f1", look)
    assert "<img" not in html and "&lt;img" in html
    row = ranking.iloc[0]
    assert f"<b>{row['f1']:.3f}</b><small>{row['f1_low']:.2f} – {row['f1_high']:.2f}</small>" in html
    assert html.count('data-value=""') > 0 and "nan" not in html
    assert words.NOTHING_LEFT in board.table(ranking.iloc[:0], "f1", look)


def test_seen_for_the_first_time_everything_is_filled(tab):
    given = tab.on_seen()
    assert set(given) <= set(tab.everything) and given["status"] == ""
    assert (
        given["plots.points"].startswith("{")
        and "unetpp" in given["board"]
        and "12 photos" in str(given["truth"].choices)
    )
    assert "2024-05-06" in given["about"]


def test_without_results_the_tab_says_how_to_get_them(made, tmp_path):
    for results in (None, tmp_path):
        given = handlers.Handlers(FakeParts(), results, None).on_seen()
        assert list(given) == ["status"] and "python -m eval run" in given["status"]


def test_a_wrong_name_leaves_what_is_shown(tab):
    given = tab.on_open("no such folder", *asked())
    assert list(given) == ["status"] and "no results folder" in given["status"]


def test_other_results_are_opened_by_name(tab, made):
    given = tab.on_open("results", *asked())
    assert given["where"] == made[0].resolve() and given["plots.points"]


def test_choices_that_these_results_have_not_fall_back(tab):
    given = tab.on_choice(*asked(truth="pore|nobody", score="nonsense"))
    assert given["score"].value == "f1" and set(given) <= set(tab.redrawn)


def test_a_point_shows_its_photo_or_says_why_not(tab):
    shown = tab.on_point(Event(method="unetpp", photo="00000"), *asked())
    assert Path(shown["photo"].value["path"]).is_file() and words.LEGEND["missed"] in shown["legend"]
    assert "00000" in shown["picture_title"] and "F1" in shown["picture_title"]
    absent = tab.on_point(Event(method="unetpp", photo="00009"), *asked())
    assert absent["photo"].value is None and "not in the data folder" in absent["legend"]
    unknown = tab.on_point(Event(method="../..", photo="<b>"), *asked())
    assert words.PICTURE_EMPTY in unknown["picture_title"]
    assert tab.on_worst(Event(choice="00001"), "unetpp", *asked())["legend"] == shown["legend"]


def test_without_a_data_folder_there_are_scores_only(tmp_path):
    results, data = made_results.folder(tmp_path)
    (results / "meta.json").write_text('{"source": {"path": "/"}}')
    tab = handlers.Handlers(FakeParts(), results, None)
    assert "not on this computer" in tab.on_point(Event(method="unetpp", photo="00000"), *asked())["legend"]
    assert data.is_dir()


def test_results_do_not_say_which_folders_are_opened(tmp_path, monkeypatch):
    results, data = made_results.folder(tmp_path)
    (results / "meta.json").write_text('{"source": {"path": "/", "masks": "/"}}')
    rows = made_results.rows(12)
    for column in ("photo_path", "mask_path"):
        rows[column] = str(data) + "/" + rows[column]
    rows.to_parquet(results / "rows.parquet", index=False)
    tab = handlers.Handlers(FakeParts(), results, None)
    closed = tab.on_point(Event(method="unetpp", photo="00000"), *asked())
    assert closed["photo"].value is None and "not on this computer" in closed["legend"]
    monkeypatch.setenv(opened.PICTURES, os.pathsep.join([str(tmp_path / "absent"), str(data)]))
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "page"))
    assert tab.on_point(Event(method="unetpp", photo="00000"), *asked())["photo"].value


@pytest.mark.parametrize("meta", [None, "[1]", "no JSON", '"text"'])
def test_without_a_meta_that_can_be_read_there_are_results_all_the_same(tmp_path, meta):
    made_results.rows(6).to_parquet(tmp_path / "rows.parquet")
    if meta is not None:
        (tmp_path / "meta.json").write_text(meta)
    there = opened.load(tmp_path, None)
    assert there.meta == {} and "unknown date" in board.about(there.meta, there.where, 6, 8)


def test_odd_tables_are_refused_in_one_sentence_without_a_path(tmp_path, monkeypatch):
    rows = made_results.rows(6)
    (tmp_path / "rows.parquet").write_text("no table")
    with pytest.raises(CannotOpen, match="no rows that can be read") as caught:
        opened.load(tmp_path, None)
    assert str(tmp_path.parent) not in str(caught.value) and tmp_path.name in str(caught.value)
    rows[rows["zone"] != "whole"].to_parquet(tmp_path / "rows.parquet")
    os.utime(tmp_path / "rows.parquet", (3, 3))
    with pytest.raises(CannotOpen, match="of a whole photo"):
        opened.load(tmp_path, None)
    rows.to_parquet(tmp_path / "rows.parquet")
    os.utime(tmp_path / "rows.parquet", (4, 4))
    for limit in ("MOST_ROWS", "MOST_METHODS"):
        with monkeypatch.context() as patch, pytest.raises(CannotOpen, match="too large"):
            patch.setattr(opened, limit, 5)
            opened.load(tmp_path, None)


def test_a_name_that_can_be_no_path_is_answered_with_a_notice(tab):
    for name in ("\ud800", "a/" + "x" * 300, "results/\udfff"):
        said = tab.on_open(name, *asked())["status"]
        assert words.FAILED in said and said.encode()


def test_every_event_says_when_results_are_gone(tab, tmp_path):
    gone = asked(where=tmp_path / "gone")
    events = [tab.on_choice(*gone), tab.on_trait("zone", *gone), tab.on_method("unetpp", *gone), tab.on_csv(*gone)]
    events.append(tab.on_point(Event(method="unetpp", photo="00000"), *gone))
    events.append(tab.on_worst(Event(choice="00000"), "unetpp", *gone))
    for given in events:
        assert words.FAILED in given["status"] and str(tmp_path) not in given["status"]


def test_a_results_folder_made_later_is_found(tab, tmp_path, monkeypatch):
    monkeypatch.setenv(opened.VARIABLE, str(tmp_path / "later"))
    assert words.FAILED in tab.on_open("results", *asked())["status"]
    made_results.folder(tmp_path / "later")
    assert tab.on_open("results", *asked())["status"] == ""


def test_without_the_hub_its_names_are_not_asked_for(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(CannotOpen, match="HF_HUB_OFFLINE=0"):
        opened.find("hub:somebody/results", ())


def test_the_hub_is_asked_without_the_token_of_the_host(monkeypatch):
    seen = []
    monkeypatch.setattr(fsspec.config, "conf", {})
    monkeypatch.setattr(
        opened.results, "read", lambda *_: seen.append(dict(fsspec.config.conf)) or made_results.rows(6)
    )
    assert opened.load("hub:somebody/public-results", None).folder is None
    assert seen == [{"hf": {"token": False}}]


def test_a_name_in_the_file_is_no_formula(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "page"))
    made_results.rows(6).replace({"method": {"unetpp": "=1+1"}}).to_parquet(tmp_path / "rows.parquet")
    tab = handlers.Handlers(FakeParts(), tmp_path, None)
    assert "'=1+1" in pd.read_csv(tab.on_csv(*asked())["file"])["method"].tolist()


def test_the_file_holds_the_rows_that_are_shown(tab):
    table = pd.read_csv(tab.on_csv(*asked(kinds=["learned"]))["file"])
    assert table["method"].tolist() == ["unetpp", "wrinkle-pore"]
    assert np.isclose(table["f1"][0], view.board(tab._load(None), CHOICE)["f1"].iloc[0])


def test_a_trait_says_how_to_read_it(tab):
    given = tab.on_trait("skin tone", *asked())
    assert "light" in given["trait_note"]
    assert tab.on_trait("zone", *asked())["plots.groups"]


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

    def open_tab(width: int = 1280, height: int = 900):
        contexts.append(browser.new_context(viewport={"width": width, "height": height}, accept_downloads=True))
        page = contexts[-1].new_page()
        page.set_default_timeout(PATIENCE)
        page.on("request", lambda one: None if one.url.startswith((url, "data:", "blob:")) else outside.append(one.url))
        page.on("pageerror", lambda error: failed.append(str(error)))
        page.goto(url)
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
def test_phone_width_in_a_browser(visit):
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
    page.locator("#dashboard-other button").first.click()
    page.locator("#dashboard-where input").fill("../secrets")
    page.locator("#dashboard-where input").press("Enter")
    page.locator("#dashboard-open").click()
    page.get_by_role("alert").get_by_text(words.FAILED).wait_for()
