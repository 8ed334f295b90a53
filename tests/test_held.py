"""What visitors' results may take together: arrays are counted once, and those used longest ago go first."""

from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest
from fakes import FakeLibrary
from gradio.context import LocalContext
from gradio.state_holder import SessionState, StateHolder

from wrinkleseg import images
from wrinkleseg.ui import flow, held
from wrinkleseg.ui.annotate import work as annotate

LARGE = 4 << 20


def array(size: int = LARGE) -> np.ndarray:
    return np.zeros(size, np.uint8)


@pytest.fixture
def result(astronaut, tmp_path, monkeypatch) -> flow.Session:
    """What the page keeps of a photo that was looked at."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    images.save_png(tmp_path / "photo.png", astronaut)
    services = FakeLibrary().services()
    photo = flow.open_file(services, str(tmp_path / "photo.png"))
    *_, session = flow.analyse(services, photo, flow.Request("both"))
    return session


@pytest.fixture
def page():
    """A page with two states: what each visitor holds in the first is named by `hold`."""
    with gr.Blocks(analytics_enabled=False) as blocks:
        states = gr.State(None, time_to_live=60), gr.State((), time_to_live=60)
    holder = StateHolder()
    holder.set_blocks(blocks)

    def hold(name: str, value: object, place: int = 0) -> SessionState:
        session = holder[name]
        session[states[place]._id] = value
        return session

    def held_by(name: str) -> object:
        return holder.session_data[name][states[0]._id]

    yield SimpleNamespace(blocks=blocks, holder=holder, hold=hold, held_by=held_by, states=states)
    LocalContext.blocks.set(None)
    LocalContext.request.set(None)


def test_of_a_result_its_pixels_are_counted_once(result: flow.Session) -> None:
    analysis = result.analysis
    pixels = analysis.rgb.shape[0] * analysis.rgb.shape[1]
    # Three bytes of the photo, four of each of two maps, one of each of two skins, one of all zones once they are drawn.
    arrays = [analysis.rgb, *analysis.maps.values(), analysis.regions.wrinkle_skin, analysis.regions.pore_skin]
    known = sum(each.nbytes for each in {id(each): each for each in arrays}.values())
    counted = held.size_of(result, set())
    assert known <= counted <= known + pixels + sum(each.nbytes for each in result.thumbnails) + 60_000
    seen: set[int] = set()
    assert held.size_of([result, {"again": result}], seen) == counted
    assert held.size_of(result, seen) == 0


def test_part_of_an_array_holds_the_whole() -> None:
    whole = array()
    assert held.size_of(whole[:5], set()) == LARGE
    assert held.size_of([whole[:5], whole[7:9]], set()) == LARGE
    assert held.size_of(["text", 3, None, object()], set()) == 0


def test_results_used_longest_ago_go_first_and_never_ones_own(page) -> None:
    for name in ("anna", "bert", "carl", "dora"):
        page.hold(name, [array()])
    page.holder.update("anna")  # used again
    assert held.make_room(page.holder, "bert", 3 * LARGE) == ["carl"]
    assert page.held_by("carl") is None
    assert all(page.held_by(name) for name in ("anna", "bert", "dora"))
    assert held.make_room(page.holder, "bert", 0) == ["dora", "anna"]
    assert page.held_by("bert") and page.held_by("anna") is None and page.held_by("dora") is None
    assert held.make_room(page.holder, "bert", 0) == []


def test_what_takes_little_or_was_made_by_hand_stays(page) -> None:
    page.hold("anna", ("photo.jpg", array(99)), place=1)
    page.hold("bert", SimpleNamespace(by_hand=True, strokes=array()))
    assert annotate.Work.by_hand
    assert held.make_room(page.holder, "carl", 0) == []


def test_what_two_share_has_gone_when_both_have(page) -> None:
    """As a photo of the first tab that is compared in another one; or an example that two visitors look at."""
    example = array()
    page.hold("anna", [example])
    page.hold("anna", [example], place=1)
    page.hold("bert", [example])
    assert held.make_room(page.holder, "carl", LARGE) == []
    assert held.make_room(page.holder, "carl", LARGE - 1) == ["anna", "bert"]


def test_files_are_counted_too() -> None:
    assert held.size_of({"photo": bytes(LARGE)}, set()) == LARGE


def test_gradio_may_look_through_the_states_meanwhile(page) -> None:
    """It does so each second for what has expired, and stops for good when a key goes under its eyes."""
    session = page.hold("anna", [array()])
    page.hold("anna", [array()], place=1)
    looking = session.state_components
    next(looking)
    assert held.make_room(page.holder, "bert", 0) == ["anna"]
    assert [value for _, value, _ in looking] == [()]


def test_room_is_made_before_a_photo_is_read(page) -> None:
    page.hold("anna", [array()])
    page.hold("bert", [array()])
    read = held.making_room(lambda path: page.held_by("anna") is None, most=LARGE)
    assert not read("photo.jpg"), "outside of an event nobody is known"
    LocalContext.blocks.set(page.blocks)
    LocalContext.request.set(SimpleNamespace(session_hash="bert"))
    assert read("photo.jpg") and page.held_by("bert")
