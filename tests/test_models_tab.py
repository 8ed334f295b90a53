"""The tab about the methods: what is said of each, what may be loaded and by whom, and that a card can do nothing."""

import json
import shutil
from dataclasses import replace
from types import SimpleNamespace

import gradio as gr
import pytest
from fakes import BOTH, LINES, FakeLibrary, FakeMethod
from torch import nn

from wrinkleseg import checkpoint, hub, methods, model_card, models
from wrinkleseg.methods import MethodError
from wrinkleseg.models import NamedMaps
from wrinkleseg.preprocess import Preprocess
from wrinkleseg.ui import choices, flow, tabs
from wrinkleseg.ui.models import access, card_text, layout, tab, view
from wrinkleseg.ui.models.handlers import Handlers
from wrinkleseg.ui.models.offer import MOST, Offer
from wrinkleseg.ui.services import Figures
from wrinkleseg.ui.texts import models as texts

HERE = SimpleNamespace(headers={"host": "127.0.0.1:7860"})
FIGURES = (Figures("wrinkle", "A", 14, {"iou": 0.309, "f1": 0.469, "line_f1": 0.734}),)


class Dot(NamedMaps):
    """One convolution of a pixel."""

    def __init__(self, tasks, in_channels=3) -> None:
        super().__init__(tasks, multiple=1)
        self.point = nn.Conv2d(in_channels, len(tasks), 1)

    def logits(self, pictures):
        return self.point(pictures)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A checkpoint's folder with a card."""
    monkeypatch.setitem(models.BUILDERS, "dot", Dot)
    monkeypatch.setattr(methods, "known", lambda: [])  # the shipped weights are not read
    settings = {"tasks": ["wrinkle"], "in_channels": 3}
    config = checkpoint.Config("dot", settings, Preprocess({"wrinkle": 64}), {"wrinkle": 0.4}, "Mine", "me", "MIT")
    checkpoint.save(tmp_path / "mine", config, config.build(), "# Mine\n\nFor tests.")
    return tmp_path / "mine"


@pytest.fixture
def offer() -> Offer:
    return Offer(lambda: [LINES, BOTH], methods.load)


@pytest.fixture(autouse=True)
def at_home(monkeypatch):
    for name in ("GRADIO_SERVER_NAME", "SPACE_ID", access.OPEN):
        monkeypatch.delenv(name, raising=False)


def run(events) -> dict:
    found = {}
    for event in events:
        found |= event
    return found


def test_a_card_says_what_a_network_is(tmp_path):
    html = view.card(BOTH, FIGURES, "# About\n\nIt *works*.", ("pore",))
    for said in ("Test network", "5.2 million", "Somebody et al., 2001", "CC BY-NC-SA 4.0", "wrinkle 0.4, pore 0.6"):
        assert said in html
    assert (
        texts.NON_COMMERCIAL in html
        and texts.USUAL["pore"] in html
        and texts.USUAL["wrinkle"] not in html
        and "0123456789ab" in html
    )
    assert "<td>14</td><td>0.31</td><td>0.47</td><td>0.73</td>" in html and "clDice" not in html
    assert "<em>works</em>" in html and texts.FINDS["pore"] in html


def test_a_card_says_what_a_filter_is():
    html = view.card(LINES, (), "", ())
    assert texts.FILTER in html and texts.NO_PARAMETERS in html and texts.NO_FIGURES in html
    for absent in (texts.NON_COMMERCIAL, *texts.USUAL.values(), texts.WEIGHTS, texts.NO_CARD, texts.FINDS["pore"]):
        assert absent not in html


@pytest.mark.parametrize(
    ("licence", "forbidden"),
    [
        ("CC BY-NC-SA 4.0 (non-commercial)", True),
        ("cc-by-nc-4.0", True),
        ("noncommercial use", True),
        ("for research only", True),
        ("Apache-2.0", False),
        ("MIT, Inc.", False),
        ("CC BY 4.0", False),
        ("", False),
    ],
)
def test_a_licence_that_forbids_commercial_use_is_seen(licence, forbidden):
    assert view.non_commercial(licence) is forbidden


def test_what_a_model_says_of_itself_is_escaped():
    evil = replace(BOTH, name='x"><script>', title="<b>{value}", source="${1}", licence="<i>", weights="<u>")
    html = view.card(evil, (), "", ())
    assert not {"<script", "<b>", "<i>", "<u>", "${", "{value"} & {
        piece for piece in ("<script", "<b>", "<i>", "<u>", "${", "{value") if piece in html
    }


def test_every_shipped_method_has_words_of_its_own():
    assert {info.name for info in methods.available()} <= set(texts.ABOUT)


def test_the_usual_methods_come_first():
    services = FakeLibrary().services(methods=lambda: [LINES, BOTH], default_method="both")
    html = view.listing(services, services.methods())
    assert html.index("Test network") < html.index("Test lines")
    assert texts.COUNT.format(count=2, networks=1, filters=1) in html
    assert (
        html.index(texts.NETWORKS) < html.index("Test network") < html.index(texts.FILTERS) < html.index("Test lines")
    )
    for once in (texts.MEANT_FOR, texts.FIGURES_HINT, texts.LIMITS_FILTER):
        assert html.count(once) == 1, "what holds for several methods is said once"


def test_the_page_says_for_what_a_method_is_the_usual_one():
    services = FakeLibrary().services(methods=lambda: [LINES, BOTH], default_method="lines+both")
    html = view.listing(services, services.methods())
    assert html.count(texts.USUAL["wrinkle"]) == html.count(texts.USUAL["pore"]) == 1
    assert html.index(texts.USUAL["pore"]) < html.index("Test lines") < html.index(texts.USUAL["wrinkle"])


MARKDOWN = """---
license: mit
---
# Title
Two lines
of <b>text</b> with `co*de*`, **bold**, a [link](https://example.org/x) and ![a picture](https://example.org/p.png).

* one
  and more
* two

| a | b |
| --- | :-: |
| 1 | <script>alert(1)</script> |

```
<img src=x onerror=alert(1)>
```
<!-- hidden -->
[bad](javascript:alert(1))
"""


def test_a_model_card_is_readable():
    html = card_text.html(MARKDOWN)
    assert "<h5>Title</h5>" in html and "license" not in html and "hidden" not in html
    assert "<code>co*de*</code>" in html and "<strong>bold</strong>" in html
    assert "<li>one and more</li><li>two</li>" in html
    assert '<th scope="col">a</th><th scope="col">b</th>' in html and html.count("<tr>") == 2
    assert "link (https://example.org/x)" in html and "a picture" in html


def test_a_model_card_can_do_nothing():
    html = card_text.html(MARKDOWN)
    for danger in ("<script", "<img", "<b>", "href", 'src="', "p.png"):
        assert danger not in html
    assert "&lt;script&gt;" in html


@pytest.mark.parametrize("markdown", ["", "---", "```", "|", "# ", "* ", "a" * 3000, "`" * 7, "![](", "|\n|-|\n"])
def test_a_broken_model_card_is_shown_as_it_is(markdown):
    assert "<script" not in card_text.html(markdown)


def test_the_shipped_cards_are_shown_whole():
    cards = [model_card.read(info.name) for info in methods.available() if info.parameters]
    if not cards:
        pytest.skip("no weights are shipped")
    for markdown in cards:
        html = card_text.html(markdown)
        assert "Use and limits</h" in html and "<table>" in html and "**" not in html and "model-index" not in html


def test_a_loaded_folder_is_offered_everywhere(offer, folder):
    info = offer.add(f" {folder} ")
    assert (info.title, info.tasks, info.licence) == ("Mine", ("wrinkle",), "MIT") and info.weights
    assert [one.name for one in offer.methods()] == ["lines", "both", str(folder)]
    assert offer.add(str(folder)) == info and len(offer.methods()) == 3
    assert choices.check(offer.methods(), f"both+{folder}") == f"both+{folder}"
    events = tabs.Events(FakeLibrary().services(methods=offer.methods), None)
    assert str(folder) in [value for _, value in choices.for_task(events.infos, "wrinkle")]
    assert str(folder) in [value for _, value in choices.labels(events.infos, "wrinkle")]


def test_what_is_offered_already_is_not_loaded_again(offer):
    assert offer.add("lines") is LINES


@pytest.mark.parametrize(
    "name", ["", "  ", "/etc", "nowhere", "a\0b", "hub:", "hub:one", "a+b", "hub:a/../b", "x" * 5000]
)
def test_a_name_that_leads_nowhere_is_one_clear_message(offer, name):
    with pytest.raises(MethodError) as told:
        offer.add(name)
    assert "hub:OWNER/NAME" in str(told.value) or "OWNER/NAME" in str(told.value) or "one at a time" in str(told.value)
    assert offer.methods() == [LINES, BOTH]


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("config.json", b"top secret"),
        ("config.json", b'{"format": "top secret"}'),
        ("config.json", b'["top secret"]'),
        ("config.json", b"\xff\xfe secret"),
        ("model.safetensors", b"top secret, and no tensors at all"),
        ("model.safetensors", b""),
    ],
)
def test_a_file_that_is_no_model_is_refused_and_its_content_not_told(offer, folder, file, content):
    (folder / file).write_bytes(content)
    with pytest.raises(MethodError, match="does not hold a model that works here") as told:
        offer.add(str(folder))
    assert "secret" not in str(told.value) and offer.methods() == [LINES, BOTH]


@pytest.mark.parametrize("file", ["config.json", "model.safetensors"])
def test_a_link_to_a_file_elsewhere_is_not_followed(offer, folder, tmp_path, file):
    shutil.move(folder / file, tmp_path / "elsewhere")
    (folder / file).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(MethodError, match="There is no model at"):
        offer.add(str(folder))


def test_a_card_that_is_a_link_or_no_text_is_not_shown(folder, tmp_path):
    assert model_card.read(str(folder)).startswith("# Mine")
    (tmp_path / "other.md").write_text("secret")
    (folder / "README.md").unlink()
    (folder / "README.md").symlink_to(tmp_path / "other.md")
    assert model_card.read(str(folder)) == ""
    (folder / "README.md").unlink()
    (folder / "README.md").write_bytes(b"\xff\xfe\xff")
    assert model_card.read(str(folder)) == model_card.read("frangi") == model_card.read("hub:bad") == ""


def test_pickles_beside_the_weights_are_never_opened(offer, folder):
    (folder / "pytorch_model.bin").write_bytes(b"cos\nsystem\n(S'exit 1'\ntR.")
    (folder / "model.py").write_text("raise SystemExit")
    assert offer.add(str(folder)).title == "Mine"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"tasks": ()}, "does not look for"),
        ({"tasks": ("freckle",)}, "does not look for"),
        ({"thresholds": {}}, "says no threshold"),
        ({"thresholds": {"wrinkle": 2.0}}, "says no threshold"),
    ],
)
def test_a_model_that_the_page_cannot_use_is_refused(folder, change, said):
    odd = Offer(lambda: [], lambda name: FakeMethod(replace(LINES, name=name, **change)))
    with pytest.raises(MethodError, match=said):
        odd.add(str(folder))
    assert odd.methods() == []


def test_the_page_takes_only_so_many(folder):
    full = Offer(lambda: [], lambda name: FakeMethod(replace(LINES, name=name)))
    for i in range(MOST):
        full.add(f"hub:somebody/model-{i}")
    with pytest.raises(MethodError, match=f"{MOST} models have been loaded"):
        full.add(str(folder))


def test_a_repository_is_loaded_under_its_name_and_the_hubs_own_words_are_kept(monkeypatch, folder, offer):
    monkeypatch.setattr(hub, "fetch", lambda name, revision=None: folder)
    assert offer.add("hub:somebody/mine@v1").title == "Mine"
    assert model_card.read("hub:somebody/mine@v1").startswith("# Mine")

    def refuse(name, revision=None):
        raise hub.HubError("hub:somebody/other could not be fetched: no connection")

    monkeypatch.setattr(hub, "fetch", refuse)
    with pytest.raises(MethodError, match="no connection"):
        offer.add("hub:somebody/other")


@pytest.mark.parametrize(
    ("environ", "host", "may"),
    [
        ({}, "127.0.0.1:7860", True),
        ({}, "localhost:7860", True),
        ({}, "[::1]:7860", True),
        ({}, "skin.example.org", False),
        ({}, "127.0.0.1.example.org:7860", False),
        ({}, "", False),
        ({"GRADIO_SERVER_NAME": "0.0.0.0"}, "127.0.0.1:7860", False),
        ({"GRADIO_SERVER_NAME": "localhost"}, "localhost:7860", True),
        ({"SPACE_ID": "somebody/space"}, "127.0.0.1", False),
        ({"GRADIO_SERVER_NAME": "0.0.0.0", access.OPEN: "1"}, "skin.example.org", True),
        ({"GRADIO_SERVER_NAME": "0.0.0.0", access.OPEN: "0"}, "127.0.0.1", False),
    ],
)
def test_only_who_sits_at_the_computer_may_load(environ, host, may):
    assert access.may_load(environ, host) is may


def built(services, may_load=True):
    with gr.Blocks():
        return Handlers(services, layout.build(services, may_load, True))


def test_loading_shows_steps_and_the_new_card(offer, folder):
    services = FakeLibrary().services(methods=offer.methods, add_method=offer.add)
    handlers = built(services)
    events = list(handlers.on_load(str(folder), HERE))
    assert "ws-working" in events[0][handlers.parts.status]
    found = run(events)
    assert texts.LOADED.format(title="Mine") in found[handlers.parts.status]
    assert f'data-method="{folder}"' in found[handlers.parts.listing] and "For tests." in found[handlers.parts.listing]
    assert found[handlers.parts.name] == "" and handlers.on_open() == found[handlers.parts.listing]


def test_a_failed_load_keeps_what_was_typed_and_the_list(offer):
    handlers = built(FakeLibrary().services(methods=offer.methods, add_method=offer.add))
    found = run(handlers.on_load("/etc/<passwd>", HERE))
    assert set(found) == {handlers.parts.status}
    assert texts.ERROR_TITLE in found[handlers.parts.status] and "&lt;passwd&gt;" in found[handlers.parts.status]


def test_a_visitor_from_elsewhere_is_refused_at_the_call_too(offer, folder):
    handlers = built(FakeLibrary().services(methods=offer.methods, add_method=offer.add))
    found = run(handlers.on_load(str(folder), SimpleNamespace(headers={"host": "evil.example.org"})))
    assert "WRINKLESEG_OPEN_MODELS=1" in found[handlers.parts.status] and len(offer.methods()) == 2


def test_on_a_public_host_a_sentence_stands_for_the_field(monkeypatch, offer):
    services = FakeLibrary().services(methods=offer.methods, add_method=offer.add)
    for server, fields in (("0.0.0.0", False), ("127.0.0.1", True)):
        monkeypatch.setenv("GRADIO_SERVER_NAME", server)
        with gr.Blocks() as page, gr.Tab("Models"):
            parts = tab.build(services)
        shown = json.dumps([block["props"].get("value") for block in page.config["components"]])
        assert (parts.load is not None) is fields and ("WRINKLESEG_OPEN_MODELS=1" in shown) is not fields


def test_a_page_without_a_way_to_load_has_no_field():
    with gr.Blocks(), gr.Tab("Models"):
        assert tab.build(FakeLibrary().services()).load is None


def test_our_own_mistakes_are_not_shown(monkeypatch):
    def broken(name):
        raise ZeroDivisionError("inner detail")

    handlers = built(FakeLibrary().services(add_method=broken))
    said = run(handlers.on_load("x", HERE))[handlers.parts.status]
    assert "inner detail" not in said and flow.failure(ZeroDivisionError()).message in said


def test_the_app_offers_loading_cards_and_figures(folder, monkeypatch):
    app = pytest.importorskip("app")
    monkeypatch.setattr(methods, "known", lambda: [methods.load("gabor").info])
    services = app.services()
    before = len(services.methods())
    services.add_method(str(folder))
    assert len(services.methods()) == before + 1 and len(app.services().methods()) == before
    assert services.model_card(str(folder)).startswith("# Mine")
    gabor = next(info for info in services.methods() if info.name == "gabor")
    if (app.RESULTS / "rows.parquet").is_file():
        one = services.figures(gabor)[0]
        assert (one.task, one.annotator) == ("wrinkle", "A") and one.photos == 14 and 0.3 < one.means["f1"] < 0.4
    assert services.figures(replace(gabor, name="other")) == ()
