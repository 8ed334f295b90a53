"""What is said about a photo, and what the guide at the camera is given; the guide itself runs in test_browser_capture.py."""

import html
import json
import re

import pytest

from wrinkleseg import quality
from wrinkleseg.quality import QualityWarning
from wrinkleseg.ui import cards
from wrinkleseg.ui.capture import guide
from wrinkleseg.ui.texts import capture as texts

CODES = [
    "picture_small",
    "face_small",
    "pores_unresolved",
    "face_far",
    "cut_off",
    "turned_sideways",
    "tipped",
    "blurred",
    "too_dark",
    "too_bright",
    "side_light",
    "several_faces",
]


class Judged:
    """As much of an Analysis as the card reads."""

    def __init__(self, *codes: str, notes: tuple[str, ...] = ()) -> None:
        self.quality = tuple(QualityWarning(code, f"message of {code}", f"advice of {code}") for code in codes)
        self.notes = notes


def order(card: str) -> list[str]:
    return re.findall("message of ([a-z_]+)", card)


def test_warnings_stand_by_weight_and_in_two_groups():
    card = cards.warnings(Judged("picture_small", "pores_unresolved", "cut_off", "blurred", "several_faces"))
    assert order(card) == ["blurred", "cut_off", "picture_small", "pores_unresolved", "several_faces"]
    better, known = card.split("</section>")[:2]
    assert texts.RETAKE_TITLE[2].format(count=3) in better and "ws-warn" in better
    assert texts.KNOW_TITLE in known and "ws-warn" not in known and "pores_unresolved" in known


@pytest.mark.parametrize("code", CODES)
def test_every_warning_has_a_sign_its_word_and_its_advice(code):
    card = cards.warnings(Judged(code))
    assert card.count("<svg") == 1 and 'aria-hidden="true"' in card and f"advice of {code}" in card
    word = re.search("<small>(.*?)</small>", card).group(1)
    assert word in texts.SIGNS.values() and word != texts.SIGNS["file"]


def test_what_is_only_good_to_know_asks_for_no_other_photo():
    card = cards.warnings(Judged("pores_unresolved", notes=("first of <12> frames used",)))
    assert texts.KNOW_TITLE in card and "first of &lt;12&gt; frames" in card and "again" not in card
    assert cards.warnings(Judged()) == ""


def test_a_single_reason_is_told_in_the_singular():
    assert texts.RETAKE_TITLE[1] in cards.warnings(Judged("too_dark"))


def attribute(name: str, markup: str) -> dict:
    return json.loads(html.unescape(re.search(f'data-{name}="(.*?)"', markup).group(1)))


def test_the_guide_judges_by_the_limits_of_the_analysis(monkeypatch):
    monkeypatch.setattr(quality, "MAX_BLUR", 0.123)
    limits = attribute("limits", guide.markup("photo"))
    assert limits["max_blur"] == 0.123 and limits["dark_median"] == quality.DARK_MEDIAN
    assert limits["pore"] == quality.MIN_FACE_WIDTH["pore"]
    assert (limits["face_width"], limits["reblur"]) == (quality._FACE_WIDTH, quality._REBLUR)


def test_the_script_reads_only_what_it_is_given():
    given, script = attribute("limits", guide.markup("photo")), guide.script()
    assert set(re.findall(r"limits\.(\w+)", script)) == set(given)
    states = {state for state in texts.LIVE if f"'{state}'" in script}
    assert states == set(texts.LIVE)


def test_the_guides_of_two_tabs_are_told_apart():
    assert 'data-guide="photo"' in guide.markup("photo") and 'data-guide="compare-photo"' in guide.markup(
        "compare-photo"
    )
