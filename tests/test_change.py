"""Change over time: limits against hand-worked figures, light against photos made darker, alignment against a known move."""

import datetime
import json
import math
from dataclasses import replace

import cv2
import numpy as np
import pytest
from fakes import BOTH, FakeLibrary

from wrinkleseg import change
from wrinkleseg.analysis import SCORE_VERSION
from wrinkleseg.change import ChangeError, Light, Occasion, Repeatability, Shot
from wrinkleseg.measures import WHOLE, Measures
from wrinkleseg.quality import QualityWarning

MAY, JUNE, JULY = (datetime.date(2025, month, 1) for month in (5, 6, 7))
EVEN = Light(60.0, 10.0, 15.0, 0.0, 0.0, 0.4, 400.0, 0.0, 0.0)
ZONES = {WHOLE: {"wrinkle_area_percent": {"sd": 0.1, "relative_sd": 0.05}}}
SHIPPED = Repeatability("both", "0123456789ab", BOTH.thresholds, SCORE_VERSION, 10, 5, ZONES)


def taken(area: float | None, date=None, light: Light = EVEN, **changes) -> Shot:
    """A shot whose whole face has that wrinkle area, in per cent."""
    measures = {WHOLE: Measures(1000, 1000, True, True, wrinkle_area_percent=area)}
    plain = Shot("photo", date, measures, light, None, 1, (), (), BOTH, BOTH.thresholds)
    return replace(plain, **changes)


def area_change(*shots: Shot, shipped=None) -> change.Change:
    """Of the first and the last occasion."""
    every = change.occasions(shots)
    found = change.changes(every[0], every[-1], every, shipped)
    return next(one for one in found if one.field == "wrinkle_area_percent")


@pytest.fixture(scope="module")
def portrait(astronaut):
    return FakeLibrary().analyse("both", astronaut, name="portrait")


def moved(rgb: np.ndarray, matrix: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return cv2.warpAffine(rgb, matrix, size[::-1], flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def test_the_spread_within_groups_by_hand():
    sd, freedom = change.pooled([[1.0, 3.0], [5.0, 5.0, 8.0]])
    assert freedom == 3
    assert sd == pytest.approx(math.sqrt((2 + 6) / 3)), "squares about the means: 1 + 1, and 1 + 1 + 4"
    assert change.pooled([]) is None


def test_a_difference_counts_beyond_the_repeatability_coefficient_only():
    limit = 1.96 * math.sqrt(2) * 0.1
    below = area_change(taken(1.0), taken(1.0 + 0.99 * limit), shipped=SHIPPED)
    beyond = area_change(taken(1.0), taken(1.0 - 1.01 * limit), shipped=SHIPPED)
    assert below.limit == pytest.approx(limit)
    assert (below.verdict, beyond.verdict) == ("within", "more")
    assert beyond.difference == pytest.approx(-1.01 * limit)


def test_a_large_measure_varies_more():
    found = area_change(taken(10.0), taken(11.0), shipped=SHIPPED)
    assert found.limit == pytest.approx(1.96 * math.sqrt(2) * 0.05 * 10)


def test_own_repeats_give_the_spread_and_means_vary_less():
    found = area_change(taken(1.0, MAY), taken(1.2, MAY), taken(3.0, JUNE), taken(3.2, JUNE))
    assert (found.before, found.after) == (pytest.approx(1.1), pytest.approx(3.1))
    sd = math.sqrt(0.02)  # each pair has variance 0.02
    assert found.limit == pytest.approx(4.303 * sd * math.sqrt(1 / 2 + 1 / 2)), "Student's t at two degrees of freedom"
    assert found.verdict == "more"


def test_lucky_repeats_do_not_undercut_the_simulated_ones():
    same = [taken(1.0, MAY), taken(1.0, MAY), taken(1.05, JUNE)]
    assert area_change(*same).verdict == "more", "two equal repeats alone would say so"
    assert area_change(*same, shipped=SHIPPED).verdict == "within"


def test_without_figures_of_repeats_nothing_is_said():
    assert area_change(taken(1.0), taken(9.0)).verdict == "unknown"
    other = replace(SHIPPED, method="lines")
    assert area_change(taken(1.0), taken(9.0), shipped=other).verdict == "unknown"
    missing = area_change(taken(1.0), taken(None), shipped=SHIPPED)
    assert (missing.verdict, missing.difference, missing.after) == ("missing", None, None)


def test_nothing_is_said_of_pores_that_a_photo_does_not_resolve():
    zones = {WHOLE: {"pore_mean_size": {"sd": 0.1, "relative_sd": 0.0}}}
    shipped = replace(SHIPPED, zones=zones)
    blurred = (QualityWarning("pores_unresolved", "too small", "come closer"),)
    few, many = (
        replace(taken(1.0), measures={WHOLE: Measures(1000, 1000, True, True, pore_mean_size=size)}) for size in (1, 2)
    )
    for quality, verdict in (((), "more"), (blurred, "unknown")):
        every = change.occasions([few, replace(many, quality=quality)])
        found = change.changes(every[0], every[1], every, shipped)
        assert next(one for one in found if one.field == "pore_mean_size").verdict == verdict


def test_shipped_figures_fit_one_method_at_its_thresholds_only():
    assert SHIPPED.fits(BOTH, BOTH.thresholds)
    assert not SHIPPED.fits(BOTH, {"wrinkle": 0.4, "pore": 0.61})
    assert not SHIPPED.fits(BOTH, {"wrinkle": 0.4})
    assert not SHIPPED.fits(replace(BOTH, weights="fedcba987654"), BOTH.thresholds)


def test_shipped_figures_are_read_from_their_file(tmp_path):
    assert change.load_repeatability(tmp_path / "none.json") is None
    known = {name: getattr(SHIPPED, name) for name in Repeatability.__dataclass_fields__}
    (tmp_path / "some.json").write_text(json.dumps({**known, "kind": "simulated re-takes"}))
    read = change.load_repeatability(tmp_path / "some.json")
    assert read.sd(WHOLE, "wrinkle_area_percent", 1.0) == 0.1 and read.sd("chin", "wrinkle_length", 1.0) is None


def test_a_zone_that_never_varied_takes_the_middle_of_the_others():
    spread = {"whole": 0.2, "chin": 0.0, "nose": 0.4, "forehead": 0.3}
    zones = {zone: {"wrinkle_length": {"sd": sd, "relative_sd": 0.0}} for zone, sd in spread.items()}
    found = replace(SHIPPED, zones=zones)
    assert found.sd("chin", "wrinkle_length", 5.0) == pytest.approx(0.3)
    assert found.sd("nose", "wrinkle_length", 5.0) == 0.4


def test_photos_stand_by_date_and_repeats_together():
    late, early, again = taken(1.0, JULY), taken(2.0, MAY), taken(3.0, JULY)
    found = change.occasions([late, early, again])
    assert [(one.number, one.date, one.shots) for one in found] == [(1, MAY, (early,)), (2, JULY, (late, again))]
    plain = taken(1.0), taken(2.0)
    assert [one.shots for one in change.occasions(plain)] == [plain[:1], plain[1:]], "without dates in the order given"


def test_dates_for_some_other_methods_or_thresholds_are_refused():
    with pytest.raises(ChangeError, match="1 of 2 photos have a date"):
        change.occasions([taken(1.0, MAY), taken(1.0)])
    with pytest.raises(ChangeError, match="Use one method"):
        change.occasions([taken(1.0), taken(1.0, method=replace(BOTH, name="other"))])
    with pytest.raises(ChangeError, match="different thresholds"):
        change.occasions([taken(1.0), taken(1.0, thresholds={"wrinkle": 0.5, "pore": 0.6})])


def test_only_measures_of_the_methods_tasks_are_followed():
    lines = replace(BOTH, tasks=("wrinkle",))
    one = Occasion(1, None, (taken(1.0, method=lines),))
    assert {found.field for found in change.changes(one, one)} == {f for f in change.FIELDS if f.startswith("wrinkle")}


def test_a_moved_photo_lies_on_the_first_again(portrait, astronaut):
    turn = 0.9 * np.array([[math.cos(0.1), -math.sin(0.1)], [math.sin(0.1), math.cos(0.1)]])
    matrix = np.column_stack([turn, [40.0, 10.0]])
    again = FakeLibrary().analyse("both", moved(astronaut, matrix, (500, 520)), name="again")
    found = change.align(portrait.face, again.face)
    back = cv2.invertAffineTransform(matrix)
    eyes = portrait.face.landmarks[[33, 133, 362, 263], :2].astype(float) @ turn.T + matrix[:, 2]
    off = np.linalg.norm(eyes @ (found.matrix - back)[:, :2].T + (found.matrix - back)[:, 2], axis=1)
    assert off.max() < 0.02 * portrait.face.eye_distance
    assert found.residual < 0.02 and not found.unsure
    box = portrait.face.box
    part = slice(box.top, box.top + box.height), slice(box.left, box.left + box.width)
    warped = change.warp(again.rgb, found.matrix, astronaut.shape[:2])
    assert warped.shape == astronaut.shape
    assert np.abs(warped[part].astype(int) - astronaut[part]).mean() < 6


def test_a_face_of_other_proportions_is_flagged(portrait):
    stretched = replace(portrait.face, landmarks=portrait.face.landmarks * np.float32([1.25, 1, 1]))
    assert change.align(portrait.face, stretched).unsure
    assert change.align(portrait.face, portrait.face).residual == pytest.approx(0, abs=1e-6)


def test_a_darker_photo_and_one_of_another_colour_are_flagged(portrait):
    dark = replace(portrait, rgb=(portrait.rgb * 0.7).astype(np.uint8))
    warm = replace(portrait, rgb=np.clip(portrait.rgb * np.array([1.0, 1.0, 0.8]), 0, 255).astype(np.uint8))
    first = change.light(portrait)
    assert change.light_differences(first, change.light(portrait)) == ()
    flags = change.light_differences(first, change.light(dark))
    assert "brightness" in {flag.code for flag in flags} and "darker" in flags[0].message
    (colour,) = [flag for flag in change.light_differences(first, change.light(warm)) if flag.code == "colour"]
    assert "more yellow" in colour.message


def test_light_from_the_side_is_told_by_its_slope(portrait):
    left, right = portrait.face.landmarks[[234, 454], 0]
    across = (np.arange(portrait.rgb.shape[1]) - left) / (right - left)
    lit = portrait.rgb * np.clip(0.6 + 0.4 * across, 0.4, 1.0)[None, :, None]
    first, later = change.light(portrait), change.light(replace(portrait, rgb=lit.astype(np.uint8)))
    assert later.across > first.across + 8
    (side,) = [flag for flag in change.light_differences(first, later) if flag.code == "side"]
    assert "right side" in side.message


def test_each_difference_of_the_camera_has_its_own_flag():
    later = replace(EVEN, blur=0.5, face_width=200.0, yaw=12.0, down=10.0)
    flags = {flag.code: flag for flag in change.light_differences(EVEN, later)}
    assert set(flags) == {"height", "sharpness", "size", "pose"}
    assert "200 pixels wide, 400 in the first" in flags["size"].message
    assert "below" in flags["height"].message and "turned by 12 degrees" in flags["pose"].message
    assert all(flag.advice for flag in flags.values())


def test_a_shot_keeps_figures_and_no_picture(portrait):
    kept = change.shot(portrait, MAY)
    assert kept.value(WHOLE, "wrinkle_length") == portrait.measures[WHOLE].wrinkle_length
    assert kept.value("nowhere", "wrinkle_length") is None
    assert not [value for value in vars(kept).values() if isinstance(value, np.ndarray)]
