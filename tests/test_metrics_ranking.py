"""Average precision and counts by threshold against scikit-learn, torchmetrics and values worked out by hand."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import average_precision_score
from torchmetrics.functional.classification import binary_average_precision

from wrinkleseg import metrics
from wrinkleseg.metrics.ranking import _sorted, _sorted_by_halves

SMALL = hnp.array_shapes(min_dims=2, max_dims=2, max_side=12)


def sample(share: float, levels: int | None, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A map that knows something of its truth, half of it 0 as off the skin; `levels`: how many values it may take."""
    rng = np.random.default_rng(seed)
    truth = rng.random((120, 90)) < share
    probability = np.clip(0.3 * truth + rng.normal(0.3, 0.2, truth.shape), 0, 1).astype(np.float32)
    probability[:60] *= rng.random((60, 90)) < 0.3
    return probability if levels is None else np.round(probability * levels).astype(np.float32) / levels, truth


@pytest.mark.parametrize("share", [0.001, 0.02, 0.5, 0.99])
@pytest.mark.parametrize("levels", [None, 255, 4, 1])
def test_average_precision_equals_scikit_learn_and_torchmetrics(share, levels):
    probability, truth = sample(share, levels)
    found = metrics.average_precision(probability, truth)
    theirs = binary_average_precision(torch.from_numpy(probability), torch.from_numpy(truth).long())
    assert found == pytest.approx(average_precision_score(truth.ravel(), probability.ravel()), abs=1e-9)
    assert found == pytest.approx(float(theirs), abs=1e-6)


def test_values_a_hair_apart_are_told_apart():
    """Neighbours among the float32 values, down to the smallest that there is: no rounding, no bins."""
    rng = np.random.default_rng(1)
    near = np.nextafter(np.float32(0.5), np.float32(rng.integers(0, 2, (1, 300))))
    tiny = np.full((1, 300), np.float32(1e-45)) * rng.integers(0, 3, (1, 300)).astype(np.float32)
    probability = np.concatenate([near, tiny])
    truth = rng.random(probability.shape) < 0.4
    expected = average_precision_score(truth.ravel(), probability.ravel())
    assert metrics.average_precision(probability, truth) == pytest.approx(expected, abs=1e-9)


def test_average_precision_by_hand():
    probability = np.array([[0.9, 0.8, 0.7, 0.7, 0.0]], np.float32)
    truth = np.array([[True, False, True, False, True]])
    # at .9: 1 of 1; at .7, reached by four pixels: 2 of 4; at 0, reached by all five: 3 of 5
    assert metrics.average_precision(probability, truth) == pytest.approx((1 + 2 / 4 + 3 / 5) / 3)


def test_average_precision_corner_cases():
    zeros, ones = np.zeros((4, 5), np.float32), np.ones((4, 5), np.float32)
    empty, full, one = np.zeros((4, 5), bool), np.ones((4, 5), bool), np.zeros((4, 5), bool)
    one[2, 3] = True
    assert metrics.average_precision(zeros, empty) == 1
    assert metrics.average_precision(ones, empty) == 0
    assert metrics.average_precision(one.astype(np.float32), empty) == 0
    assert metrics.average_precision(one.astype(np.float32), one) == 1
    assert metrics.average_precision(ones, full) == metrics.average_precision(zeros, full) == 1
    # one value everywhere ranks nothing: the share of true pixels, as in scikit-learn
    assert metrics.average_precision(zeros, one) == metrics.average_precision(ones, one) == pytest.approx(1 / 20)
    assert metrics.average_precision(np.zeros((0, 5), np.float32), np.zeros((0, 5), bool)) == 1


@settings(deadline=None, max_examples=50)
@given(st.data())
def test_average_precision_stays_within_its_bounds(data):
    shape = data.draw(SMALL)
    probability = data.draw(hnp.arrays(np.float32, shape, elements=st.floats(0, 1, width=32)))
    truth = data.draw(hnp.arrays(bool, shape))
    assert 0 <= metrics.average_precision(probability, truth) <= 1
    if truth.any():
        expected = average_precision_score(truth.ravel(), probability.ravel())
        assert metrics.average_precision(probability, truth) == pytest.approx(expected, abs=1e-9)
        assert metrics.average_precision(truth.astype(np.float32), truth) == 1


def test_counts_at_a_threshold_equal_counting():
    """Also at thresholds that are no float32 values, and at those that are the very values of the map."""
    probability, truth = sample(0.1, 50)
    thresholds = np.concatenate([np.linspace(0.01, 1, 60), np.unique(probability)[1:], [1e-30]])
    marked, found = metrics.ranking(probability, truth).at_or_above(thresholds)
    assert marked.tolist() == [np.count_nonzero(probability >= threshold) for threshold in thresholds]
    assert found.tolist() == [np.count_nonzero(truth & (probability >= threshold)) for threshold in thresholds]


def test_a_rounding_error_above_1_passes():
    probability = np.array([[np.nextafter(np.float32(1), np.float32(2)), 0.5]], np.float32)
    assert metrics.average_precision(probability, np.array([[True, False]])) == 1


@pytest.mark.parametrize("bad", [np.nan, -0.1, 1.1, np.inf])
def test_values_that_are_no_probabilities_are_refused(bad):
    probability = np.full((2, 2), 0.5, np.float32)
    probability[1, 1] = bad
    with pytest.raises(ValueError, match=r"within 0\.\.1, got"):
        metrics.ranking(probability, np.ones((2, 2), bool))


def test_another_type_or_shape_is_refused():
    truth = np.ones((2, 2), bool)
    with pytest.raises(ValueError, match="float32 probability map .* got float64"):
        metrics.ranking(np.ones((2, 2)), truth)
    with pytest.raises(ValueError, match=r"shape \(2, 2\), got float32 \(2, 3\)"):
        metrics.ranking(np.ones((2, 3), np.float32), truth)
    with pytest.raises(ValueError, match="bool mask"):
        metrics.ranking(np.ones((2, 2), np.float32), truth.astype(int))


@pytest.mark.parametrize("count", [0, 1, 1000])
def test_both_ways_of_sorting_are_numpys(count: int) -> None:
    keys = np.random.default_rng(count).integers(0, 2**32, count, np.uint32)
    for found in (_sorted(keys), _sorted_by_halves(keys)):
        np.testing.assert_array_equal(found, np.sort(keys))
