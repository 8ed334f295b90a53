"""The promises about photos, seen from a real browser: nothing is asked for elsewhere, and who closes the page leaves nothing."""

import os
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
from fakes import FakeLibrary
from test_app import free_port
from test_browser import PATIENCE, browser, give, no_sideways_scroll, portrait, set_number, shown, wait_until  # noqa: F401
from test_hosting import Slow

from eval import dashboard
from wrinkleseg import images
from wrinkleseg.portraits import Portrait
from wrinkleseg.ui import head, page, temporary, texts
from wrinkleseg.ui.texts import result as words

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def served(astronaut, tmp_path_factory):
    """The page as built on Spaces, with made-up methods and all tabs: `url`, `folder` of its files, `slow`: a method that waits to be freed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("page")))
        library, slow = FakeLibrary(), Slow()
        slow.free.set()
        library.methods["both"] = slow
        services = library.services(
            examples=[Portrait("Astronaut", "NASA", lambda: astronaut)], method=library.methods.__getitem__
        )
        tabs = [(texts.TAB_DASHBOARD, partial(dashboard.build, ROOT / "assets" / "results", None))]
        with (
            pytest.MonkeyPatch.context() as space
        ):  # there, Gradio would put a header with fonts of another site upon it
            space.setenv("SYSTEM", "spaces")
            space.setenv("SPACE_ID", "somebody/wrinkleseg")
            blocks = page.build(services, tabs)
        options = page.launch_options(images.MAX_BYTES) | {"quiet": True, "prevent_thread_lock": True}
        _, url, _ = blocks.launch(server_name="127.0.0.1", server_port=free_port(), **options)
        yield SimpleNamespace(url=url, folder=Path(os.environ["GRADIO_TEMP_DIR"]), slow=slow)
        slow.free.set()
        blocks.close()


@pytest.fixture
def visit(browser, served):  # noqa: F811
    """Opens the page at a size, light or dark; in the end nothing may have been asked for elsewhere."""
    asked, failed, contexts = [], [], []

    def open_page(width: int = 1280, height: int = 900, scheme: str = "light"):
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        contexts.append(context)
        opened = context.new_page()
        opened.set_default_timeout(PATIENCE)
        opened.on("request", lambda request: asked.append(request.url))
        opened.on("pageerror", lambda error: failed.append(str(error)))
        opened.goto(f"{served.url}?__theme={scheme}")
        opened.wait_for_selector("#empty")
        return opened

    yield open_page
    for context in contexts:
        context.close()
    assert asked and [u for u in asked if not u.startswith((served.url, "data:", "blob:"))] == []
    assert failed == []


def open_tab(opened, name: str) -> None:
    """Open a tab by its name, also where it has moved into the menu of a narrow screen."""
    tab = opened.get_by_role("tab", name=name, exact=True).first
    if not tab.is_visible():
        opened.locator(".overflow-menu > button").first.click()
        opened.locator(".overflow-dropdown").get_by_text(name, exact=True).click()
    else:
        tab.click()
    opened.wait_for_timeout(300)


def tab_names(opened) -> list[str]:
    return opened.locator("#tabs").get_by_role("tab").all_inner_texts()


def files(folder: Path) -> list[Path]:
    # Not rglob: it fails on a folder that is removed meanwhile; walk leaves such a one out.
    return [Path(root) / name for root, _, names in os.walk(folder) for name in names]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_tab_asks_for_anything_elsewhere(visit, portrait, scheme):  # noqa: F811
    opened = visit(scheme=scheme)
    assert opened.evaluate("document.body.classList.contains('dark')") == (scheme == "dark")
    give(opened, portrait)
    opened.wait_for_selector("#tables table")
    names = tab_names(opened)
    assert {texts.TAB_PHOTO, texts.TAB_COMPARE, texts.TAB_DASHBOARD} <= set(names)
    for name in names:
        open_tab(opened, name)
        opened.wait_for_timeout(700)  # the page keeps a connection open, so the network is never idle


def test_closing_the_page_leaves_no_byte_of_the_photo(visit, served, portrait, tmp_path):  # noqa: F811
    opened = visit()
    photo = tmp_path / "my-face.png"
    photo.write_bytes(portrait.read_bytes())
    give(opened, photo)
    opened.wait_for_selector("#tables table")
    made = files(served.folder)
    assert [path for path in made if path.name == photo.name] and len(made) >= 4
    opened.context.close()
    left = lambda: [path for path in files(served.folder) if photo.stem in path.name]  # noqa: E731
    end = 200
    while left() and (end := end - 1):
        temporary.threading.Event().wait(0.05)
    assert left() == []
    temporary.sweep(served.folder, max_age=-1)
    assert files(served.folder) == [], "what other visitors left goes by its age"


def test_who_waits_in_line_is_told_how_many_come_before(visit, served, portrait):  # noqa: F811
    served.slow.free.clear()
    served.slow.entered.clear()  # an earlier visitor may have been looked at
    first, second, third = (visit() for _ in range(3))
    try:
        for number, opened in enumerate((first, second, third)):
            give(opened, portrait)
            if number == 0:
                wait_until(opened, served.slow.entered.is_set, "the first to be looked at")
            else:
                before = "one photo is" if number == 1 else f"{number} photos are"
                opened.locator("#waiting", has_text=before).wait_for()
        assert not first.locator("#waiting").is_visible()
    finally:
        served.slow.free.set()
    for opened in (first, second, third):
        opened.wait_for_selector("#tables table")
        assert not opened.locator("#waiting").is_visible()


def test_cancel_leaves_the_earlier_result(visit, served, portrait, astronaut, tmp_path):  # noqa: F811
    opened = visit(390, 844)
    give(opened, portrait)
    opened.wait_for_selector("#tables table")
    assert no_sideways_scroll(opened)
    before, heading = shown(opened), opened.locator("#heading .html-container").inner_text()
    images.save_png(tmp_path / "another.png", astronaut[:400])
    served.slow.free.clear()
    served.slow.entered.clear()
    try:
        give(opened, tmp_path / "another.png")
        wait_until(opened, served.slow.entered.is_set, "the other photo to be looked at")
        seen = "document.querySelector('#status section').getBoundingClientRect().bottom <= window.innerHeight"
        wait_until(opened, lambda: opened.evaluate(seen), "a phone to show that it is looked at")
        opened.get_by_role("button", name=words.CANCEL).click()
        opened.locator("#status", has_text="Stopped").wait_for()
        opened.locator("#cancel").wait_for(state="hidden")
    finally:
        served.slow.free.set()
    opened.wait_for_timeout(3000)  # longer than what was given up takes to come to its end
    assert shown(opened) == before and opened.locator("#heading .html-container").inner_text() == heading


def test_a_threshold_moved_meanwhile_holds_for_the_result(visit, served, portrait, astronaut, tmp_path):  # noqa: F811
    opened = visit()
    give(opened, portrait)
    opened.wait_for_selector("#tables table")
    images.save_png(tmp_path / "another.png", astronaut[:400])
    tables = opened.locator("#tables")
    served.slow.free.clear()
    served.slow.entered.clear()
    try:
        give(opened, tmp_path / "another.png")
        wait_until(opened, served.slow.entered.is_set, "the other photo to be looked at")
        set_number(opened, "#threshold-wrinkle", 0.93)
        wait_until(opened, lambda: "wrinkles 0.93" in tables.inner_text(), "the earlier result at the new threshold")
    finally:
        served.slow.free.set()
    opened.locator("#heading", has_text="another.png").wait_for()
    wait_until(opened, lambda: "wrinkles 0.93" in tables.inner_text(), "the new result at the threshold on the page")


STREAMS = """
window.streams = {};
window.fetch = async (url) => {
  const body = new ReadableStream({ start: (controller) => (window.streams[url] = controller) });
  return Object.defineProperty(new Response(body), 'url', { value: url });
};
window.say = (url, message) => window.streams[url].enqueue(new TextEncoder().encode(`data: ${JSON.stringify(message)}\\n\\n`));
"""


def test_the_line_is_still_told_when_an_older_stream_ends(browser):  # noqa: F811
    opened = browser.new_page()
    opened.set_content('<div role="tabpanel"><div id="status">here</div></div>')
    opened.add_script_tag(content=STREAMS)
    opened.add_script_tag(content=head.script())
    for stream in "ab":
        opened.evaluate("(name) => { window.fetch(`/queue/data?${name}`); }", stream)
        opened.wait_for_function("(name) => window.streams[`/queue/data?${name}`]", arg=stream)
    told = {"msg": "estimation", "event_id": "mine", "rank": 0}
    opened.evaluate("(told) => window.say('/queue/data?b', told)", told)
    line = opened.locator("#waiting", has_text="one photo is")
    line.wait_for()
    opened.evaluate("window.streams['/queue/data?a'].close()")
    opened.wait_for_timeout(1000)
    assert line.is_visible(), "the older stream knew nothing of this one's place"
    opened.evaluate("window.streams['/queue/data?b'].close()")
    line.wait_for(state="hidden")
    opened.close()
