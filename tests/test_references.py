"""Honest rows: what they mark, by hand."""

import numpy as np
import pytest

from eval import references
from eval.samples import DataError
from wrinkleseg import metrics

TRUTH = np.zeros((60, 80), bool)
TRUTH[10:12, 5:75] = TRUTH[20:50, 40:42] = True
SKIN = np.zeros_like(TRUTH)
SKIN[5:55, 2:78] = True


def test_all_background_marks_nothing_and_has_a_high_accuracy() -> None:
    nothing = references.all_background(TRUTH, SKIN, "photo")
    assert not nothing.any() and nothing.shape == TRUTH.shape and nothing.dtype == bool
    assert metrics.pixel_accuracy(nothing, TRUTH) == 1 - 200 / 4800


def test_random_pixels_lie_in_the_skin_at_the_true_rate_and_are_the_same_every_time() -> None:
    marked = [references.random_at_true_rate(TRUTH, SKIN, f"photo {n}") for n in range(300)]
    assert not any((each & ~SKIN).any() for each in marked)
    assert np.mean([each.sum() for each in marked]) == pytest.approx(TRUTH.sum(), rel=0.02)
    # Expected of independent pixels: precision is the rate, 200 / 3800.
    right = sum((each & TRUTH).sum() for each in marked) / sum(each.sum() for each in marked)
    assert right == pytest.approx(200 / 3800, rel=0.1)
    assert (references.random_at_true_rate(TRUTH, SKIN, "photo 7") == marked[7]).all()
    assert (marked[7] != marked[8]).any()


def test_random_pixels_without_skin_or_truth_are_none() -> None:
    assert not references.random_at_true_rate(TRUTH, np.zeros_like(SKIN), "x").any()
    assert not references.random_at_true_rate(np.zeros_like(TRUTH), SKIN, "x").any()


def test_the_true_rate_is_that_inside_the_skin_alone() -> None:
    half = SKIN.copy()
    half[:, 40:] = False  # 35 columns of the line across are left: 70 of 50 x 38 pixels are true
    marked = [references.random_at_true_rate(TRUTH, half, f"photo {n}") for n in range(300)]
    assert not any((each & ~half).any() for each in marked)
    assert np.mean([each.sum() for each in marked]) == pytest.approx(70, rel=0.03)


def test_the_truth_moves_two_pixels_to_the_right_and_does_not_come_back_on_the_left() -> None:
    moved = references.moved(TRUTH, SKIN, "x")
    assert (moved[:, 2:] == TRUTH[:, :-2]).all() and not moved[:, :2].any()
    assert metrics.centreline_f1(moved, TRUTH, 3) == 1.0
    edge = np.zeros_like(TRUTH)
    edge[:, -2:] = True
    assert not references.moved(edge, SKIN, "x").any()


def test_a_second_person_may_be_a_row_off_but_no_other_shape() -> None:
    assert references.second_person(TRUTH, TRUTH.shape) is TRUTH
    assert references.second_person(TRUTH, (61, 80)).shape == (61, 80)
    with pytest.raises(DataError, match="same picture"):
        references.second_person(TRUTH, (70, 80))
