"""Methods side by side: agreement and scores by hand-worked masks, the tab's events with made-up methods."""

import re
from dataclasses import replace
from pathlib import Path

import gradio as gr
import numpy as np
import pytest
from fakes import BOTH, LINES, FakeLibrary, FakeMethod, pattern

from wrinkleseg import draw, face, images
from wrinkleseg.methods import MethodError
from wrinkleseg.ui import cards, choices, flow, temporary, texts
from wrinkleseg.ui.compare import comparison, layout, view
from wrinkleseg.ui.compare.comparison import Agreement, MaskError, Question
from wrinkleseg.ui.compare.handlers import Given, Handlers

STRICT = replace(LINES, name="strict", title="Strict lines", thresholds={"wrinkle": 0.8})
BROKEN = replace(LINES, name="broken", title="Broken <b>lines</b>")
DOTS = replace(LINES, name="dots", title="Test dots", tasks=("pore",), thresholds={"pore": 0.5})
OFFER = [BOTH, LINES, STRICT, BROKEN, DOTS]


class Broken(FakeMethod):
    """Fails when it is asked to look."""

    def __call__(self, rgb, face, regions):
        raise MethodError("The weights are damaged; download them again.")


class Library(FakeLibrary):
    """The fakes, with methods of their own for a comparison. It counts how often a face was looked for."""

    def __init__(self) -> None:
        super().__init__()
        self.methods = {info.name: FakeMethod(info) for info in OFFER} | {"broken": Broken(BROKEN)}
        self.searches = 0

    def find(self, rgb):
        self.searches += 1
        return face.find(rgb)

    def services(self, **changes):
        wired = {"methods": lambda: OFFER, "method": self.methods.__getitem__, "find": self.find}
        return super().services(**wired | changes)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    """The page's temporary folder, in the test's own."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    return temporary.claim()


@pytest.fixture
def library() -> Library:
    return Library()


@pytest.fixture
def handlers(library) -> Handlers:
    services = library.services()
    with gr.Blocks():
        return Handlers(services, layout.build(services, OFFER))


@pytest.fixture
def photo(astronaut) -> flow.Photo:
    return flow.Photo(astronaut, "portrait")


def compare(library, photo, *names, task="wrinkle", **more):
    return list(comparison.compare(library.services(), Question(photo, task, names, **more)))


def last(library, photo, *names, **more) -> comparison.Comparison:
    return compare(library, photo, *names, **more)[-1]


def run(events) -> dict:
    found = {}
    for event in events:
        found |= event
    return found


def save_mask(folder: Path, mask: np.ndarray) -> str:
    images.save_png(folder / "mask.png", mask.astype(np.uint8) * 255)
    return str(folder / "mask.png")


def test_votes_and_their_shares_by_hand():
    a = np.array([[1, 1, 0, 0, 0]], bool)
    b = np.array([[1, 1, 1, 0, 0]], bool)
    c = np.array([[1, 0, 0, 1, 0]], bool)
    summed = comparison.votes([a, b, c])
    assert summed.tolist() == [[3, 2, 1, 1, 0]] and summed.dtype == np.uint8
    agreed = comparison.agreement(summed, 3, np.ones((1, 5), bool))
    assert agreed == Agreement((2, 1, 1), 5)
    assert agreed.share == 1 / 4, "one of the four marked pixels is marked by all"
    assert comparison.agreement(comparison.votes([a & False] * 2), 2, a).share is None


def test_scores_of_a_made_pair():
    truth, probability = np.zeros((500, 500), bool), np.zeros((500, 500), np.float32)
    truth[100:104, 50:450] = True
    probability[102:106, 50:450] = 0.9
    found = comparison.scores("wrinkle", probability, 0.5, truth)
    assert found["iou"] == pytest.approx(2 / 6) and found["f1"] == pytest.approx(1 / 2)
    assert found["line_f1"] == 1, "the middle lines run 2 px apart"
    assert comparison.scores("wrinkle", np.roll(probability, 3, axis=0), 0.5, truth)["line_f1"] == 0
    same = comparison.scores("wrinkle", truth.astype(np.float32), 0.5, truth)
    assert same == {"iou": 1, "f1": 1, "cldice": 1, "line_f1": 1}


def test_a_small_mask_is_scored_as_the_large_one():
    truth = np.zeros((1000, 800), bool)
    truth[400:410, 100:700] = True
    probability = truth.astype(np.float32)
    assert comparison.scores("wrinkle", probability, 0.5, truth)["f1"] == pytest.approx(1, abs=0.01)
    assert comparison.scores("wrinkle", probability, 0.5, truth[::2, ::2])["f1"] == pytest.approx(1, abs=0.05)


def test_pores_are_scored_by_their_centres():
    truth, probability = np.zeros((60, 60), bool), np.zeros((60, 60), np.float32)
    truth[10:12, 10:12] = truth[40:42, 40:42] = True
    probability[13:15, 10:12] = 0.9  # 3 px beside the first; nothing at the second
    found = comparison.scores("pore", probability, 0.5, truth)
    assert found["centre_f1"] == pytest.approx(2 / 3) and found["iou"] == 0


def test_each_method_marks_at_its_own_threshold_and_the_face_is_found_once(library, photo):
    found = last(library, photo, "lines", "strict", "both")
    assert library.searches == 1 and library.calls == 3
    by_name = {entry.info.name: entry for entry in found.entries}
    areas = {name: entry.measures.wrinkle_area_percent for name, entry in by_name.items()}
    assert areas["lines"] == areas["both"] > areas["strict"] > 0, "lines of .6 and .9 against those of .9 alone"
    skin = found.ground.shared.regions.wrinkle_skin
    drawn = pattern(skin.shape)[0]
    assert by_name["strict"].measures.wrinkle_area_percent == pytest.approx(100 * (drawn > 0.8)[skin].mean())
    some, every = ((drawn > t)[skin].sum() for t in (0.5, 0.8))
    assert found.agreement.counts == (0, some - every, every)
    assert found.agreement.share == pytest.approx(every / some) and found.agreement.skin == skin.sum()
    assert all(0 < entry.seconds < 5 for entry in found.entries)


def test_the_measures_are_those_of_the_first_tab(library, photo, astronaut):
    entry = last(library, photo, "lines", "strict").entries[0]
    assert entry.measures == library.analyse("lines", astronaut).measures["whole"]


def test_all_pictures_show_the_same_part_in_one_size(library, photo):
    found = last(library, photo, "lines", "strict")
    paths = [found.ground.original, *(entry.picture for entry in found.entries), found.agreement.picture]
    shown = [images.load_rgb(path) for path in paths]
    assert len({one.shape for one in shown}) == 1
    assert shown[0].shape[0] / shown[0].shape[1] == pytest.approx(
        found.ground.frame[0] / found.ground.frame[1], abs=0.01
    )
    assert all((one != shown[0]).any() for one in shown[1:])
    colours = {tuple(colour) for colour in shown[-1].reshape(-1, 3)}
    assert set(draw.agreement_colours(2)) <= colours


def test_methods_come_one_by_one(library, photo):
    events = compare(library, photo, "lines", "strict")
    assert [event.running for event in events] == [0, 1, None]
    assert [[bool(entry.picture) for entry in event.entries] for event in events] == [
        [False, False],
        [True, False],
        [True, True],
    ]


def test_one_that_fails_is_told_in_its_place_and_the_others_go_on(library, photo):
    found = last(library, photo, "lines", "broken", "strict")
    assert [bool(entry.picture) for entry in found.entries] == [True, True, False]
    assert found.entries[-1].failure == "The weights are damaged; download them again."
    assert len(found.agreement.counts) == 2
    shown = view.pictures(found)
    assert "weights are damaged" in shown and "<b>lines" not in shown
    assert view.figures(found).count(f"<td>{texts.NONE_FOUND}</td>") == len(texts.COLUMNS["wrinkle"]) + 1


def test_a_single_result_has_nothing_to_agree_with(library, photo):
    found = last(library, photo, "lines", "broken")
    assert found.agreement is None and texts.AGREEMENT_LACKING in view.agreement(found)
    assert texts.AGREEMENT_LACKING in view.pictures(found)


def test_pores_are_compared_by_those_that_see_pores(library, photo):
    found = last(library, photo, "both", "dots", task="pore")
    assert [entry.measures.pore_count > 0 for entry in found.entries] == [True, True]
    assert texts.COLUMNS["pore"][0][1] in view.figures(found)
    (failure,) = compare(library, photo, "both", "lines", task="pore")
    assert failure.kind == "method" and "lines" in failure.message


@pytest.mark.parametrize("names", [(), ("lines",), ("lines", "lines"), ("lines", "strict", "both", "broken", "dots")])
def test_fewer_than_two_or_more_than_four_are_refused(library, photo, names):
    (failure,) = compare(library, photo, *names)
    assert failure == flow.Failure("method", texts.COMPARE_CHOOSE.format(count=len(set(names))))
    assert library.searches == 0


def test_a_visitor_cannot_open_a_folder(library, photo):
    (failure,) = compare(library, photo, "lines", "/etc")
    assert failure.kind == "method" and "/etc" in failure.message


def test_no_face_is_said(library):
    (failure,) = compare(library, flow.Photo(np.full((300, 300, 3), 120, np.uint8), "wall"), "lines", "strict")
    assert failure.kind == "face"


def test_a_persons_mask_gives_scores(library, photo, tmp_path):
    ground = last(library, photo, "lines", "strict").ground
    truth = (pattern((512, 512))[0] > 0.8) & ground.shared.regions.wrinkle_skin
    found = last(library, photo, "lines", "strict", truth=save_mask(tmp_path, truth))
    lines, strict = (entry.scores for entry in found.entries)
    assert strict["line_f1"] > 0.98 and lines["line_f1"] < 0.75, "half of the lines of .5 and more are in the truth"
    assert strict["f1"] > lines["f1"]
    assert f"<td>{strict['f1']:.3f}</td>" in view.figures(found)
    assert texts.SCORES_HEADING not in view.figures(last(library, photo, "lines", "strict"))


@pytest.mark.parametrize("size", [(512, 512), (256, 256), (1025, 1024)])
def test_a_mask_of_the_photos_shape_is_taken(size):
    mask = np.zeros(size, bool)
    assert comparison.check_mask(mask, (512, 512)) is mask


def test_a_mask_of_another_shape_is_refused_in_one_sentence(library, photo, tmp_path):
    (failure,) = compare(library, photo, "lines", "strict", truth=save_mask(tmp_path, np.zeros((400, 300), bool)))
    assert failure.kind == "mask" and "300 × 400" in failure.message and "512 × 512" in failure.message
    assert library.searches == 0
    with pytest.raises(MaskError, match="100 % of the picture"):
        comparison.check_mask(np.ones((512, 512), bool), (512, 512))


def test_a_mask_that_is_no_picture_is_refused(library, photo, tmp_path):
    (tmp_path / "mask.png").write_text("no picture")
    (failure,) = compare(library, photo, "lines", "strict", truth=str(tmp_path / "mask.png"))
    assert failure.kind == "picture" and "mask.png" in failure.message


def test_a_photo_and_a_click_give_pictures_agreement_and_figures(handlers, astronaut, tmp_path, folder):
    parts = handlers.parts
    images.save_png(tmp_path / "portrait.png", astronaut)
    ready = handlers.on_file(str(tmp_path / "portrait.png"))
    assert "compare-ready" in ready[parts.status]
    found = run(handlers.on_compare(ready[parts.given], "wrinkle", ["lines", "strict"], None))
    assert found[parts.status] == "" and "portrait" in found[parts.heading]
    addresses = re.findall(r'src="gradio_api/file=([^"]+)"', found[parts.pictures])
    assert len(addresses) == 6 and all(Path(path).is_relative_to(folder) for path in addresses)
    assert "marked by both" in found[parts.agreement] and "Strict lines" in found[parts.figures]


def test_the_steps_name_the_methods(handlers, photo):
    shown = [
        event[handlers.parts.status] for event in handlers.on_compare(Given(photo), "wrinkle", ["both", "lines"], None)
    ]
    now = [re.search(r'ws-now".*?</span>(.*?)</li>', status).group(1) for status in shown if "ws-now" in status]
    assert now == [texts.COMPARE_FIND, BOTH.title, LINES.title]


def test_without_a_photo_it_asks_for_one(handlers):
    (said,) = handlers.on_compare(None, "wrinkle", ["both", "lines"], None)
    assert texts.COMPARE_NO_PHOTO in said[handlers.parts.status]


def test_a_bad_photo_is_said_and_nothing_of_an_earlier_one_stays(handlers, tmp_path):
    (tmp_path / "notes.jpg").write_text("just text")
    found = handlers.on_file(str(tmp_path / "notes.jpg"))
    assert "notes.jpg" in found[handlers.parts.status]
    assert found[handlers.parts.given] is None and found[handlers.parts.pictures] == ""


def test_the_photo_of_the_first_tab_comes_along_unless_there_is_one(handlers, photo):
    parts = handlers.parts
    session = flow.Session(photo, (), 1, None, {})
    carried = handlers.on_open(session, None)
    assert carried[parts.given].photo is photo and carried[parts.given].face_index == 1
    assert images.load_rgb(carried[parts.photo]).shape == (512, 512, 3)
    assert handlers.on_open(session, carried[parts.given]) == {parts.given: carried[parts.given]}
    other = replace(photo, name="other")
    assert handlers.on_open(replace(session, photo=other), carried[parts.given])[parts.given].photo is other
    own = Given(photo)
    assert handlers.on_open(replace(session, photo=other), own) == {parts.given: own}
    assert handlers.on_open(None, None) == {parts.given: None}


def test_another_face_is_compared_when_it_is_chosen(handlers, astronaut):
    head = astronaut[:180, 130:310]
    two = Given(flow.Photo(np.hstack([head, head[:, ::-1]]), "two"))
    found = run(handlers.on_compare(two, "wrinkle", ["both", "lines"], None))
    assert found[handlers.parts.faces].count("data-choice") == 2
    other = run(handlers.on_face(gr.EventData(None, {"choice": "1"}), two, "wrinkle", ["both", "lines"], None))
    assert other[handlers.parts.given].face_index == 1 and "face 2 of 2" in other[handlers.parts.heading]


def test_a_mask_of_another_photo_or_task_is_forgotten(handlers, tmp_path, astronaut):
    images.save_png(tmp_path / "portrait.png", astronaut)
    for found in (handlers.on_file(str(tmp_path / "portrait.png")), handlers.on_clear(), handlers.on_task("pore")):
        assert found[handlers.parts.truth] is None
    assert handlers.parts.truth in handlers.parts.shown


def test_the_task_offers_its_methods_and_the_choice_is_kept_within_bounds(handlers):
    parts = handlers.parts
    found = handlers.on_task("pore")
    assert found[parts.methods].choices == [(f"{BOTH.title} (trained network)", "both"), ("Test dots", "dots")]
    assert found[parts.methods].value == ["both", "dots"] and found[parts.run].interactive
    assert not handlers.on_methods(["both"])[parts.run].interactive
    five = handlers.on_methods(["a", "b", "c", "d", "e"])
    assert not five[parts.run].interactive and "5 of up to 4" in five[parts.chosen]


def test_a_comparison_starts_with_the_usual_method_another_network_and_a_filter():
    net = replace(BOTH, name="net")
    assert choices.several([BOTH, net, LINES, STRICT], "both", "wrinkle") == ["both", "net", "strict"]
    assert choices.several([BOTH, LINES, STRICT, BROKEN], "lines", "wrinkle") == ["both", "lines", "broken"]
    assert choices.several([LINES, STRICT], "lines", "wrinkle") == ["lines", "strict"]


def test_two_methods_of_one_title_are_told_apart():
    twin = replace(BOTH, name="runs/mine/best")
    assert [label for label, _ in choices.labels([BOTH, twin], "wrinkle")] == [
        "Test network (both, trained network)",
        "Test network (best, trained network)",
    ]


def test_the_legend_has_the_colours_and_figures_of_the_map(library, photo):
    found = last(library, photo, "lines", "strict", "both")
    shown = view.agreement(found)
    for colour, count in zip(draw.agreement_colours(3), found.agreement.counts, strict=True):
        assert f"rgb{colour}" in shown
        assert texts.AGREEMENT_SKIN.format(percent=100 * count / found.agreement.skin) in shown


def test_every_score_has_a_name_and_a_meaning():
    for task in texts.TASKS:
        zeros = np.zeros((40, 40), np.float32)
        named = {field for field, _, _ in texts.SCORES[task]}
        assert set(comparison.scores(task, zeros, 0.5, zeros > 0)) == named
        meant = {word for words, _ in texts.SCORES_EXPLAIN[task] for word in words.split(", ")}
        assert {name for _, name, _ in texts.SCORES[task]} == meant


def test_everything_from_outside_is_escaped(library, photo):
    nasty = replace(photo, name="<script>${alert(1)}{{x}}</script>")
    found = last(library, nasty, "lines", "broken")
    for piece in (view.heading(found), view.pictures(found), view.figures(found)):
        assert "<script" not in piece and "${" not in piece and "{{" not in piece
    assert "<b>lines" not in cards.working(0, "x", view.steps([BROKEN.title]))
