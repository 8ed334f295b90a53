"""Ground truth of rough annotations: drawn lines and dots that are known, and masks that people drew."""

import cv2
import numpy as np
import pytest

from eval import samples
from wrinkleseg import face, masks, metrics, truth
from wrinkleseg.truth import PorePlan, TruthError, WrinklePlan, pore_truth, wrinkle_truth

FACE = 300.0


def picture(*strokes, size=(200, 300), scale=1, thickness=3):
    """Skin of grey 160 with softened dark strokes ((x, y), (x, y)), the strokes themselves, and thick annotations."""
    dark = np.zeros([side * scale for side in size], np.uint8)
    rough = np.zeros_like(dark)
    for stroke in strokes:
        start, stop = (tuple(scale * value for value in point) for point in stroke)
        cv2.line(dark, start, stop, 1, thickness * scale)
        cv2.line(rough, start, stop, 1, 20 * scale)
    soft = cv2.GaussianBlur(dark.astype(np.float32), (0, 0), scale)
    return 160 - 50 * soft, dark > 0, rough > 0


def dots(*places, radius=3, size=(120, 160)):
    grey = np.full(size, 160, np.uint8)
    for place in places:
        cv2.circle(grey, place, radius, 110, -1)
    return cv2.GaussianBlur(grey, (0, 0), 1)


def farthest(one, other):
    """Largest distance in pixels from a pixel of one mask to the other mask."""
    return cv2.distanceTransform((~other).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[one].max()


@pytest.mark.parametrize("stroke", [((40, 100), (260, 100)), ((150, 20), (150, 180)), ((60, 40), (240, 160))])
def test_line_under_a_thick_stroke_comes_back_within_1_px(stroke):
    grey, line, rough = picture(stroke)
    found = wrinkle_truth(grey, rough, FACE) > 0
    assert masks.count(found) == 1
    middle = masks.skeleton(line)
    assert farthest(masks.skeleton(found), line) <= 1.0
    assert farthest(middle, found) <= 1.0
    assert metrics.f1(found, line) > 0.75 > 0.4 > metrics.f1(rough, line)


def test_nothing_outside_the_annotation():
    grey, _, rough = picture(((40, 60), (260, 60)), ((40, 140), (260, 140)))
    rough[100:] = False
    result = wrinkle_truth(grey, rough, FACE)
    assert result.dtype == np.float32 and result.shape == grey.shape
    assert result[60, 150] > 0 and not result[~rough].any()
    assert not wrinkle_truth(grey, np.zeros_like(rough), FACE).any()


def test_flat_skin_has_no_wrinkles_and_no_pores():
    grey, painted = np.full((90, 120), 140, np.uint8), np.ones((90, 120), bool)
    assert not wrinkle_truth(grey, painted, FACE).any()
    assert not pore_truth(grey, painted, 1500).any()


def test_darker_line_is_graded_higher():
    faint, _, rough = picture(((40, 100), (260, 100)))
    faint = 160 - (160 - faint) / 4
    strong, _, _ = picture(((40, 100), (260, 100)))
    low, high = (wrinkle_truth(grey, rough, FACE)[100, 150] for grey in (faint, strong))
    assert 0 < low < high <= 1
    assert high > 2 * low


def test_gap_along_a_line_is_closed():
    grey, _, _ = picture(((40, 100), (140, 100)), ((158, 100), (260, 100)))
    _, _, rough = picture(((40, 100), (260, 100)))
    assert masks.count(wrinkle_truth(grey, rough, FACE, WrinklePlan(gap=0)) > 0) == 2
    result = wrinkle_truth(grey, rough, FACE)
    assert masks.count(result > 0) == 1
    assert result[100, 149] > 0.5 * result[100, 100]  # a bridge is as strong as what it joins


def test_gap_stays_where_the_annotation_has_one():
    grey, _, rough = picture(((40, 100), (140, 100)), ((158, 100), (260, 100)))
    rough[:, 147:152] = False
    assert masks.count(wrinkle_truth(grey, rough, FACE) > 0) == 2


def test_long_gap_stays_open():
    grey, _, _ = picture(((30, 100), (120, 100)), ((180, 100), (270, 100)))
    _, _, rough = picture(((30, 100), (270, 100)))
    found = wrinkle_truth(grey, rough, FACE) > 0
    assert masks.count(found) == 2 and not found[:, 140:160].any()


@pytest.mark.parametrize("shift", [0, 10])
def test_parallel_lines_are_not_joined(shift):
    grey, _, rough = picture(((60, 90), (200, 90)), ((60 + shift, 104), (200 + shift, 104)))
    found = wrinkle_truth(grey, rough, FACE) > 0
    assert masks.count(found) == 2
    assert not found[97].any()


def test_line_across_is_not_joined_to_the_end_of_another():
    grey, _, _ = picture(((40, 100), (140, 100)), ((152, 70), (152, 130)))
    found = wrinkle_truth(grey, np.ones(grey.shape, bool), FACE) > 0
    assert masks.count(found) == 2


def test_specks_go():
    grey, _, rough = picture(((40, 60), (260, 60)))
    for place in ((60, 150), (150, 140), (220, 160)):
        cv2.circle(grey, place, 2, 110, -1)
    rough[120:180] = True
    found = wrinkle_truth(grey, rough, FACE) > 0
    assert found[60, 150] and not found[120:].any()


def test_wrinkles_follow_the_size_of_the_face():
    strokes = ((40, 60), (140, 62)), ((155, 62), (260, 60)), ((60, 120), (240, 160)), ((100, 100), (106, 100))
    (grey, _, rough), (grey2, _, rough2) = picture(*strokes), picture(*strokes, scale=2)
    found, found2 = wrinkle_truth(grey, rough, FACE) > 0, wrinkle_truth(grey2, rough2, 2 * FACE) > 0
    assert masks.count(found) == masks.count(found2)
    assert (
        metrics.f1(cv2.resize(found2.astype(np.float32), (300, 200), interpolation=cv2.INTER_AREA) > 0.5, found) > 0.85
    )


def test_round_dark_dots_are_pores():
    places = [(30, 40), (80, 60), (130, 90)]
    result = pore_truth(dots(*places), np.ones((120, 160), bool), 1500)
    centres = masks.centres(result > 0)
    assert result.dtype == np.float32 and result.max() <= 1
    assert metrics.centre_f1(centres, np.array(places), 1) == 1


def test_streaks_bright_dots_and_unpainted_dots_are_no_pores():
    grey, rough = dots((40, 60), (120, 60)), np.ones((120, 160), bool)
    cv2.line(grey, (20, 20), (140, 24), 100, 3)
    cv2.circle(grey, (80, 95), 3, 220, -1)
    rough[:, 100:] = False
    found = pore_truth(grey, rough, 1500) > 0
    assert found[60, 40] and not found[:40].any() and not found[90:100, 75:86].any() and not found[:, 100:].any()


def test_spots_too_small_or_too_large_are_no_pores():
    grey, rough = dots((40, 60), radius=3), np.ones((120, 160), bool)
    found = pore_truth(grey, rough, 1500) > 0
    diameter = 2 * np.sqrt(masks.areas(found)[0] / np.pi) / 1500
    assert not pore_truth(grey, rough, 1500, PorePlan(smallest=2 * diameter)).any()
    assert not pore_truth(grey, rough, 1500, PorePlan(smallest=0, largest=diameter / 2)).any()


def test_pores_follow_the_size_of_the_face():
    places = np.array([(30, 40), (80, 60), (130, 90)])
    grey = cv2.resize(dots(*places.tolist()), None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    found = pore_truth(grey, np.ones(grey.shape, bool), 3000) > 0
    assert metrics.centre_f1(masks.centres(found), 2 * places + 0.5, 2) == 1


def test_circle_around_a_spot_by_hand():
    spots = np.zeros((20, 30), bool)
    spots[3:6, 3:6] = True  # 3 x 3: the circle through its corners' middles is 2 sqrt(2) wide, and half a pixel a side
    spots[10, 5:15] = True  # 1 x 10
    labels, diameter, roundness = truth._circles(spots)
    square, streak = labels[4, 4], labels[10, 8]
    assert diameter[square] == pytest.approx(2 * np.sqrt(2) + 1, abs=1e-3)
    assert roundness[square] == pytest.approx(9 / (np.pi / 4 * (2 * np.sqrt(2) + 1) ** 2), abs=1e-3)
    assert (diameter[streak], roundness[streak]) == pytest.approx((10, 10 / (np.pi / 4 * 100)), abs=1e-3)


@pytest.mark.parametrize("work", [wrinkle_truth, pore_truth])
def test_bad_input_is_told(work):
    grey, rough = np.full((40, 50), 100, np.uint8), np.ones((40, 50), bool)
    with pytest.raises(TruthError, match=r"\(40, 49\).*\(40, 50\)"):
        work(grey, rough[:, 1:], FACE)
    with pytest.raises(ValueError, match="bool mask"):
        work(grey, rough.astype(np.uint8) * 255, FACE)
    with pytest.raises(ValueError, match="face's width"):
        work(grey, rough, 0)
    with pytest.raises(ValueError, match="grey picture"):
        work(np.dstack([grey] * 3), rough, FACE)


@pytest.mark.parametrize(
    ("plan", "bad"),
    [
        (WrinklePlan, {"window": 0}),
        (WrinklePlan, {"turn": 91}),
        (WrinklePlan, {"gap": -0.1}),
        (WrinklePlan, {"full": float("nan")}),
        (PorePlan, {"smallest": 0.02, "largest": 0.01}),
        (PorePlan, {"roundness": 1.5}),
        (PorePlan, {"full": 0}),
    ],
)
def test_plans_that_make_no_sense(plan, bad):
    with pytest.raises(TruthError, match=next(iter(bad))):
        plan(**bad)


def test_truth_is_closer_to_what_people_drew_than_the_rough_annotation(data_dir):
    chosen = [s for s in samples.wrinkle_samples(data_dir) if s.split == "train" and s.annotator == "A"][1:10:2]
    assert len(chosen) == 5
    scores = []
    for sample in chosen:
        rgb, mask = sample.load()
        width = face.find(rgb)[0].width
        reach = 2 * round(0.03 * width) + 1
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
        # A hand does not hit the middle of a line: without the shift the rough annotation's own centreline is perfect.
        by = np.float32([[1, 0, 0.012 * width], [0, 1, 0.012 * width]])
        rough = cv2.warpAffine(cv2.dilate(mask.astype(np.uint8), kernel), by, mask.shape[::-1]) > 0
        found = wrinkle_truth(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), rough, width) > 0
        scores.append([(metrics.f1(m, mask), metrics.centreline_f1(m, mask, 0.01 * width)) for m in (found, rough)])
    made, painted = np.mean(scores, axis=0)
    assert made[0] > 1.4 * painted[0]
    assert made[1] > 1.2 * painted[1]


def test_pores_of_a_painted_zone_are_found(data_dir):
    half = samples.half_face(data_dir)
    grey, train = cv2.cvtColor(half.rgb, cv2.COLOR_RGB2GRAY), half.split == 0
    found = (pore_truth(grey, half.zone, half.face_width) > 0) & train
    true = half.pores & half.zone & train
    assert metrics.iou(found, true) > 0.29 > 3 * metrics.iou(half.zone & train, true)
    assert metrics.centre_f1(masks.centres(found), masks.centres(true), 4) > 0.62
