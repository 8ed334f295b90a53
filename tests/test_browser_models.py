"""The tab about the methods in a real browser: cards, a model card on demand, loading a folder, a phone."""

import socket
from dataclasses import replace

import gradio as gr
import pytest
from fakes import BOTH, LINES, FakeLibrary, FakeMethod
from test_browser import PATIENCE, browser, choose_tab, no_sideways_scroll  # noqa: F401

from wrinkleseg import images
from wrinkleseg.ui import page as whole_page
from wrinkleseg.ui import temporary
from wrinkleseg.ui.models import access, tab
from wrinkleseg.ui.models.offer import Offer
from wrinkleseg.ui.texts import models as texts

pytestmark = pytest.mark.browser
CARD = "# A card\n\nWith ![a picture](https://example.org/p.png) and <script>document.title = 'taken'</script>.\n"


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    """The address of a page with this tab alone, over made-up methods."""
    offer = Offer(lambda: [LINES, BOTH], lambda name: FakeMethod(replace(LINES, name=name, title="Mine")))
    services = FakeLibrary().services(
        methods=offer.methods, add_method=offer.add, model_card=lambda name: CARD if name == "both" else ""
    )
    with pytest.MonkeyPatch.context() as patch, socket.socket() as free:
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("page")))
        for name in ("GRADIO_SERVER_NAME", "SPACE_ID", access.OPEN):
            patch.delenv(name, raising=False)
        temporary.claim()
        with gr.Blocks(analytics_enabled=False, fill_width=True) as blocks, gr.Tabs(elem_id="tabs"):
            with gr.Tab("First"):
                gr.HTML("first")
            with gr.Tab(texts.TAB):
                tab.build(services)
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        options = whole_page.launch_options(images.MAX_BYTES) | {"quiet": True, "prevent_thread_lock": True}
        _, address, _ = blocks.launch(server_name="127.0.0.1", server_port=port, **options)
        yield address
        blocks.close()


@pytest.fixture
def visit(browser, url):  # noqa: F811
    """Opens the tab at a size; in the end, no request may have left this machine and no script may have failed."""
    asked, failed, contexts = [], [], []

    def open_tab(width: int = 1280, height: int = 900):
        contexts.append(browser.new_context(viewport={"width": width, "height": height}))
        page = contexts[-1].new_page()
        page.set_default_timeout(PATIENCE)
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: failed.append(str(error)))
        page.goto(url)
        choose_tab(page, texts.TAB)
        page.wait_for_selector(".ws-model >> visible=true")
        return page

    yield open_tab
    for context in contexts:
        context.close()
    assert asked and [one for one in asked if not one.startswith((url, "data:", "blob:"))] == []
    assert failed == []


def test_a_model_card_unfolds_and_does_nothing(visit):
    page = visit()
    title = page.title()
    card = page.locator(".ws-model", has_text="Test network")
    assert not card.get_by_text("With a picture").is_visible()
    card.get_by_text(texts.CARD).focus()
    page.keyboard.press("Enter")
    card.get_by_text("With a picture").wait_for()
    assert page.title() == title and card.locator("img, script").count() == 0
    assert card.get_by_text(texts.NON_COMMERCIAL).is_visible()


def test_a_model_is_loaded_by_keyboard_and_a_wrong_name_is_told(visit, tmp_path):
    page = visit()
    count = page.locator(".ws-model").count()
    field = page.get_by_label(texts.LOAD_LABEL)
    field.fill(str(tmp_path / "nothing"))
    field.press("Enter")
    page.locator("#models-status").get_by_role("alert").get_by_text("There is no model at").wait_for()
    assert field.input_value() == str(tmp_path / "nothing"), "what was typed stays, to be mended"
    field.fill("hub:somebody/mine")
    page.get_by_role("button", name=texts.LOAD_BUTTON).click()
    page.get_by_text(texts.LOADED.format(title="Mine")).wait_for()
    page.locator('.ws-model[data-method="hub:somebody/mine"]').wait_for()
    assert page.locator(".ws-model").count() == count + 1 and field.input_value() == ""


def test_on_a_phone_nothing_scrolls_sideways_and_targets_are_large(visit):
    page = visit(390, 844)
    page.locator(".ws-model summary").first.click()
    assert no_sideways_scroll(page)
    for target in (page.locator("#models-run"), page.locator(".ws-model summary").first):
        assert target.bounding_box()["height"] >= 44
