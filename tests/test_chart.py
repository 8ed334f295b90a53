"""The map of the face, its sentences and outlines: what is coloured, written and said."""

import re
from dataclasses import replace

import numpy as np
import pytest
from fakes import FakeLibrary

from wrinkleseg import zones
from wrinkleseg.geometry import Box
from wrinkleseg.measures import Measures
from wrinkleseg.ui.photo import chart, outlines, said
from wrinkleseg.ui.texts import result as words

BOTH = ("wrinkle", "pore")
MEASURED = Measures(
    skin_px=1000,
    pore_skin_px=1000,
    wrinkle_visible=True,
    pore_visible=True,
    wrinkle_area_percent=2.1,
    wrinkle_length=1.3,
    wrinkle_count=7,
    pore_count=123,
    pore_density_percent=0.84,
)


@pytest.fixture(scope="module")
def analysis(astronaut):
    return FakeLibrary().analyse("both", astronaut, name="portrait")


@pytest.fixture(scope="module")
def drawn(analysis) -> str:
    return chart.chart(analysis)


def figure(html: str, field: str) -> str:
    return re.search(rf'<figure data-measure="{field}".*?</figure>', html).group()


def zone(html: str, name: str) -> str:
    return re.search(rf'<g [^>]*data-zone="{name}".*?</g>', html).group()


@pytest.mark.parametrize("field", words.CHART_MEASURES)
def test_every_zone_is_a_button_with_its_figure(analysis, drawn, field):
    shown = figure(drawn, field)
    for name in zones.NAMES:
        piece, measures = zone(shown, name), analysis.measures[name]
        assert 'role="button" tabindex="0"' in piece
        if getattr(measures, f"{field.split('_')[0]}_visible"):
            assert f">{words.CHART_MEASURES[field][2].format(getattr(measures, field))}</text>" in piece
        else:
            assert words.CHART_HIDDEN in piece and "url(#ws-hatched" in piece


def test_one_measure_is_shown_first(drawn):
    assert re.findall(r'<figure data-measure="(\w+)">', drawn) == [next(iter(words.CHART_MEASURES))]
    assert drawn.count(" checked>") == 1 and drawn.count('type="radio"') == len(words.CHART_MEASURES)


def test_a_method_without_pores_has_no_map_of_pores(astronaut):
    assert 'data-measure="pore_count"' not in chart.chart(FakeLibrary().analyse("lines", astronaut))


def test_a_zone_that_is_not_visible_is_hatched_and_says_so(analysis):
    measures = dict(analysis.measures)
    measures["chin"] = replace(measures["chin"], wrinkle_visible=False)
    shown = figure(chart.chart(replace(analysis, measures=measures)), "wrinkle_area_percent")
    assert "url(#ws-hatched-wrinkle_area_percent)" in zone(shown, "chin") and words.CHART_HIDDEN in zone(shown, "chin")
    assert "ws-swatch ws-hatched" in shown, "the legend says what the hatching means"


def test_more_is_darker_and_every_figure_is_readable():
    steps = [chart.colour(share) for share in np.linspace(0, 1, 101)]
    light = [sum(step) for step in steps]
    assert light == sorted(light, reverse=True) and steps[0] == chart.RAMP[0] and steps[-1] == chart.RAMP[-1]
    assert min(chart.contrast(chart.ink(step), step) for step in steps) >= 4.5
    assert chart.colour(-1) == chart.RAMP[0] and chart.colour(7) == chart.RAMP[-1]


def test_contrast_is_that_of_wcag():
    assert chart.contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert chart.contrast((118, 118, 118), (255, 255, 255)) == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize(
    ("values", "end"),
    [
        ([], 1),
        ([0.0], 1),
        ([0.3], 0.3),
        ([0.31], 0.4),
        ([1.0], 1),
        ([2.1, 0.4], 2.5),
        ([7], 8),
        ([9], 10),
        ([130, 20], 150),
    ],
)
def test_the_scale_ends_at_a_round_number(values, end):
    assert chart.scale_end(values) == pytest.approx(end)


def test_the_largest_figure_has_most_of_the_scale():
    assert all(value / chart.scale_end([value]) > 0.66 for value in np.geomspace(0.01, 1000, 997))


def test_a_turned_or_hidden_face_still_has_every_zone_on_its_map(analysis):
    front = outlines.from_front(analysis.face)
    assert set(front.zones) == set(zones.NAMES)
    width, height = front.size
    for outline in front.zones.values():
        left, top, right, bottom = outline.bounds
        assert 0 <= left < right <= width and 0 <= top < bottom <= height
        assert left <= outline.centre[0] <= right and top <= outline.centre[1] <= bottom
    assert front.zones["forehead"].centre[1] < front.zones["nose"].centre[1] < front.zones["chin"].centre[1]
    assert front.zones["cheek_right"].centre[0] < front.zones["cheek_left"].centre[0], (
        "the person's right is on the left"
    )
    assert outlines.from_front(analysis.face) is front, "drawn once for a face"


def test_outlines_on_the_photo_lie_where_the_zones_are(analysis):
    mask = np.zeros(analysis.rgb.shape[:2], bool)
    mask[100:200, 150:350] = True
    regions = replace(analysis.regions, zones={name: mask & (name == "nose") for name in zones.NAMES})
    found, size = outlines.on_photo(replace(analysis, regions=regions), Box(0, 50, 400, 400))
    assert size == (400, 400) and set(found) == {"nose"}
    assert found["nose"].bounds == pytest.approx((100, 100, 299, 199), abs=1)
    assert found["nose"].centre[1] == pytest.approx(150, abs=2)


def test_a_sentence_says_the_figures_in_plain_words():
    assert said.sentence("forehead", MEASURED, BOTH) == (
        "Forehead: 2.1 % of the visible skin is marked as wrinkles, 7 lines; together as long as 1.3 times the distance "
        "between the eyes. 123 pores are marked; they cover 0.8 % of the visible skin."
    )


def test_a_sentence_knows_one_and_none():
    one = replace(MEASURED, wrinkle_count=1, wrinkle_length=0.06, wrinkle_area_percent=0.02, pore_count=0)
    assert said.sentence("nose", one, BOTH) == (
        "Nose: less than 0.1 % of the visible skin is marked as wrinkles, 1 line; together shorter than a tenth of the "
        "distance between the eyes. No pore is marked."
    )
    none = replace(MEASURED, wrinkle_area_percent=0.0, wrinkle_length=0.0, wrinkle_count=0, pore_count=1)
    assert said.sentence("nose", none, BOTH).startswith("Nose: no wrinkle is marked. 1 pore is marked; ")
    assert said.sentence("nose", none, ("wrinkle",)) == "Nose: no wrinkle is marked."


def test_a_sentence_says_what_cannot_be_seen():
    hidden = Measures(skin_px=0, pore_skin_px=0, wrinkle_visible=False, pore_visible=False)
    assert said.sentence("chin", hidden, BOTH) == "Chin: not visible on this photo, so nothing is measured there."
    half = replace(MEASURED, pore_visible=False)
    assert said.sentence("chin", half, BOTH).endswith("Pores cannot be seen here.")


def test_every_zone_of_the_tables_has_its_sentence(analysis, drawn):
    assert set(re.findall(r'data-sentence="(\w+)"', drawn)) == set(analysis.measures)
