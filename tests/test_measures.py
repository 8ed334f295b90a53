"""Measures by zone against values worked out by hand and against the plain functions of `masks`."""

import math
from dataclasses import asdict, fields

import numpy as np
import pytest

from wrinkleseg import masks
from wrinkleseg.measures import MIN_LENGTH, UNITS, WHOLE, Measures, lines, measure, spots, written

SIZE = (60, 80)
EYES = 40.0


def blank() -> np.ndarray:
    return np.zeros(SIZE, bool)


def full() -> np.ndarray:
    return np.ones(SIZE, bool)


def halves() -> dict[str, np.ndarray]:
    left = blank()
    left[:, :40] = True
    return {"left": left, "right": ~left}


def bar() -> np.ndarray:
    """A straight line 3 px wide and 41 px long, from column 20 to 60: area 123; its skeleton runs from 21 to 59."""
    mask = blank()
    mask[30:33, 20:61] = True
    return mask


def measured(wrinkle=None, pore=None, skin=None, zones=None) -> dict[str, Measures]:
    skin = full() if skin is None else skin
    return measure(wrinkle, pore, skin, skin, zones or {}, EYES)


def test_straight_bar_by_hand():
    whole = measured(bar())[WHOLE]
    assert whole.skin_px == 4800
    assert whole.wrinkle_area_percent == pytest.approx(100 * 123 / 4800)
    assert whole.wrinkle_length == pytest.approx(38 / EYES)
    assert whole.wrinkle_count == 1
    assert whole.wrinkle_mean_width_px == pytest.approx(3)
    assert whole.wrinkle_mean_width == pytest.approx(3 / EYES)


def test_diagonal_by_hand():
    mask = blank()
    mask[np.arange(10, 31), np.arange(10, 31)] = True
    whole = measured(mask)[WHOLE]
    assert whole.wrinkle_length == pytest.approx(20 * math.sqrt(2) / EYES)
    assert whole.wrinkle_area_percent == pytest.approx(100 * 21 / 4800)
    assert whole.wrinkle_mean_width_px == pytest.approx(1)


def test_line_over_two_zones_is_shared_and_counts_in_both():
    by_zone = measured(bar(), zones=halves())
    left, right = by_zone["left"], by_zone["right"]
    assert left.wrinkle_count == right.wrinkle_count == 1
    # columns 21 to 39 and half of the step from 39 to 40; then the other half and 40 to 59
    assert left.wrinkle_length == pytest.approx(18.5 / EYES)
    assert right.wrinkle_length == pytest.approx(19.5 / EYES)
    assert left.wrinkle_area_percent == pytest.approx(100 * 60 / 2400)
    assert right.wrinkle_area_percent == pytest.approx(100 * 63 / 2400)
    assert left.wrinkle_mean_width_px == right.wrinkle_mean_width_px == pytest.approx(3)


def test_two_crossing_lines_are_one_wrinkle():
    mask = bar()
    mask[10:51, 40] = True
    assert measured(mask)[WHOLE].wrinkle_count == 1


def test_shorter_than_the_least_length_is_measured_but_not_counted():
    mask = blank()
    mask[10, 10:13] = True  # two steps: exactly the least length of 0.05 * 40
    mask[20, 10:12] = True  # one step
    mask[40, 40] = True  # a lone pixel
    assert MIN_LENGTH * EYES == 2
    whole = measured(mask)[WHOLE]
    assert whole.wrinkle_count == 1
    assert whole.wrinkle_length == pytest.approx(3 / EYES)
    assert whole.wrinkle_area_percent == pytest.approx(100 * 6 / 4800)


def test_a_tail_that_reaches_into_a_zone_is_not_a_wrinkle_of_it():
    mask = blank()
    mask[30, 10:42] = True  # its last two pixels lie to the right of the border
    by_zone = measured(mask, zones=halves())
    assert by_zone["left"].wrinkle_count == 1
    assert by_zone["right"].wrinkle_count == 0
    assert by_zone["right"].wrinkle_length == pytest.approx(1.5 / EYES)


def test_pores_by_hand():
    mask = blank()
    mask[10:12, 10:12] = True  # 4 px
    mask[20:23, 39:42] = True  # 9 px over the border of the zones, centre at column 40: belongs to the right
    mask[50, 70] = True  # 1 px
    by_zone = measured(pore=mask, zones=halves())
    whole = by_zone[WHOLE]
    sizes = [math.sqrt(4 * area / math.pi) for area in (4, 9, 1)]
    assert whole.pore_count == 3
    assert whole.pore_density_percent == pytest.approx(100 * 14 / 4800)
    assert whole.pore_per_eye_area == pytest.approx(3 * EYES**2 / 4800)
    assert whole.pore_mean_size_px == pytest.approx(sum(sizes) / 3)
    assert whole.pore_mean_size == pytest.approx(sum(sizes) / 3 / EYES)
    assert (by_zone["left"].pore_count, by_zone["right"].pore_count) == (1, 2)
    assert by_zone["left"].pore_density_percent == pytest.approx(100 * 7 / 2400)


def test_only_visible_skin_is_measured():
    skin = blank()
    skin[:, :40] = True
    by_zone = measured(bar(), bar(), skin, halves())
    whole, right = by_zone[WHOLE], by_zone["right"]
    assert whole.skin_px == whole.pore_skin_px == 2400
    assert whole.wrinkle_area_percent == pytest.approx(100 * 60 / 2400)
    assert not right.wrinkle_visible and not right.pore_visible
    assert right.wrinkle_area_percent is None and right.wrinkle_count is None and right.pore_count is None


def test_skin_without_a_find_is_zero_and_not_none():
    whole = measured(blank(), blank())[WHOLE]
    assert whole.wrinkle_visible and whole.pore_visible
    assert (whole.wrinkle_area_percent, whole.wrinkle_length, whole.wrinkle_count) == (0, 0, 0)
    assert (whole.pore_count, whole.pore_density_percent, whole.pore_per_eye_area) == (0, 0, 0)
    assert whole.wrinkle_mean_width_px is None and whole.pore_mean_size_px is None


def test_task_that_the_method_lacks_is_none():
    whole = measured(bar())[WHOLE]
    assert whole.pore_visible
    assert whole.pore_count is None and whole.pore_density_percent is None


def test_no_skin_at_all_and_one_pixel_of_it():
    nothing = measured(full(), full(), blank())[WHOLE]
    assert nothing.skin_px == 0 and nothing.wrinkle_area_percent is None
    one = blank()
    one[5, 5] = True
    assert not measured(full(), full(), one)[WHOLE].wrinkle_visible  # less than 0.0025 * 40**2 = 4 px


def test_everything_marked():
    whole = measured(full(), full())[WHOLE]
    assert whole.wrinkle_area_percent == whole.pore_density_percent == 100
    assert whole.wrinkle_count == whole.pore_count == 1


def test_agrees_with_masks_on_a_real_annotation(data_dir):
    cv2 = pytest.importorskip("cv2")
    path = min((data_dir / "wrinkle" / "masks").iterdir())
    mask = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) > 127
    skeleton = masks.skeleton(mask)
    whole = measure(mask, mask, np.ones_like(mask), np.ones_like(mask), {}, 100.0)[WHOLE]
    assert whole.wrinkle_length * 100 == pytest.approx(masks.length(skeleton), rel=1e-5)
    assert whole.wrinkle_mean_width_px == pytest.approx(masks.mean_width(mask, skeleton), rel=1e-5)
    assert whole.wrinkle_area_percent == pytest.approx(100 * mask.mean())
    assert whole.pore_count == masks.count(mask)


def test_lengths_of_tiles_add_up(data_dir):
    cv2 = pytest.importorskip("cv2")
    path = sorted((data_dir / "wrinkle" / "masks").iterdir())[1]
    mask = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) > 127
    upper = np.zeros_like(mask)
    upper[: len(mask) // 2] = True
    by_zone = measure(mask, None, np.ones_like(mask), np.ones_like(mask), {"upper": upper, "lower": ~upper}, 100.0)
    assert by_zone[WHOLE].wrinkle_length > 0
    assert by_zone["upper"].wrinkle_length + by_zone["lower"].wrinkle_length == pytest.approx(
        by_zone[WHOLE].wrinkle_length
    )


@pytest.mark.parametrize("shape", ["empty", "pixel", "corner", "noise"])
def test_steps_add_up_to_the_length(shape):
    mask = {
        "empty": blank(),
        "pixel": blank(),
        "corner": blank(),
        "noise": np.random.default_rng(0).random(SIZE) > 0.6,
    }[shape]
    if shape == "pixel":
        mask[3, 3] = True
    if shape == "corner":
        mask[5, 5:9] = mask[5:9, 5] = True
    assert masks.steps(mask).sum() == pytest.approx(masks.length(mask), rel=1e-6)


def test_lines_and_spots_of_an_empty_mask():
    assert lines(blank()).centreline.size == 0 and lines(blank()).pixels.size == 0
    assert spots(blank()).centres.size == 0 and spots(blank()).diameter.size == 0


def test_every_field_of_a_result_has_a_name_and_unit():
    numbers = [field.name for field in fields(Measures) if not field.name.endswith("visible")]
    assert list(UNITS) == numbers
    assert all(
        type(value) in (int, float, bool, type(None)) for value in asdict(measured(bar(), bar())[WHOLE]).values()
    )


def test_wrong_input_is_told():
    with pytest.raises(ValueError, match="one size"):
        measure(np.zeros((3, 3), bool), None, full(), full(), {}, EYES)
    with pytest.raises(ValueError, match="one size"):
        measured(bar(), zones={"odd": np.zeros((2, 2), bool)})
    for distance in (0, -1, float("nan")):
        with pytest.raises(ValueError, match="eye distance"):
            measure(bar(), None, full(), full(), {}, distance)


@pytest.mark.parametrize(
    ("value", "form", "said"),
    [
        (0.314, "{:.2f}", "0.31"),
        (0.0042, "{:.2f}", "< 0.01"),
        (0.0, "{:.2f}", "0.00"),
        (0.02, "{:.1f} ×", "< 0.1 ×"),
        (0.3, "{:.0f}", "< 1"),
        (0.004, "{:.2f}%", "< 0.01%"),
        (10, "{:d}", "10"),
    ],
)
def test_what_is_there_is_never_written_as_nothing(value, form, said):
    assert written(value, form) == said
