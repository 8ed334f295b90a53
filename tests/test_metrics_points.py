"""Matching of points against SciPy's best assignment and by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from scipy.spatial import distance

from wrinkleseg import metrics
from wrinkleseg.metrics import Hits


def test_centre_f1_by_hand():
    truth = np.array([[10.0, 10.0], [20.0, 10.0], [30.0, 10.0], [100.0, 100.0]])
    pred = np.array([[11.0, 10.0], [12.0, 10.0], [20.0, 14.0]])  # two for the first: one of them counts
    hits = metrics.centre_hits(pred, truth, 4)
    assert hits == Hits(2, 3, 2, 4)
    assert metrics.centre_f1(pred, truth, 4) == pytest.approx(2 * 2 / (3 + 4))
    assert metrics.centre_f1(pred, truth, 3.9) == pytest.approx(2 * 1 / (3 + 4))


def test_matches_name_the_points():
    truth = np.array([[30.0, 10.0], [10.0, 10.0], [20.0, 10.0]])
    pred = np.array([[12.0, 10.0], [20.0, 13.0], [11.0, 10.0], [90.0, 90.0]])
    assert sorted(metrics.centre_matches(pred, truth, 4).tolist()) == [[1, 2], [2, 1]]
    assert metrics.centre_matches(pred, [], 4).shape == (0, 2)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(*[st.floats(0, 20)] * 2)), st.lists(st.tuples(*[st.floats(0, 20)] * 2)))
def test_no_point_is_matched_twice_or_too_far(pred, truth):
    matches = metrics.centre_matches(pred, truth, 4)
    assert len(set(matches[:, 0])) == len(set(matches[:, 1])) == len(matches)
    assert all(np.hypot(*np.subtract(pred[i], truth[j])) <= 4 for i, j in matches)


def test_centre_f1_corner_cases():
    none, one = np.zeros((0, 2)), np.array([[3.0, 4.0]])
    assert metrics.centre_f1(none, none, 4) == 1
    assert metrics.centre_f1(none, one, 4) == 0
    assert metrics.centre_f1(one, none, 4) == 0
    assert metrics.centre_f1(one, one, 0) == 1
    assert metrics.centre_f1([], [], 4) == 1


def test_each_point_is_matched_once():
    same = np.zeros((5, 2))
    assert metrics.centre_hits(same, np.zeros((1, 2)), 4) == Hits(1, 5, 1, 1)


@pytest.mark.parametrize("crowd", [0.5, 2, 6])
def test_centre_matching_is_close_to_the_best_possible(crowd):
    """`crowd`: how far the points stray, in px; at 6 px most have several candidates. SciPy gives the optimum."""
    rng = np.random.default_rng(5)
    truth = rng.uniform(0, 200, (300, 2))
    pred = np.concatenate([truth[40:] + rng.normal(0, crowd, (260, 2)), rng.uniform(0, 200, (50, 2))])
    cost = (distance.cdist(pred, truth) > 4).astype(float)
    best = len(pred) - cost[linear_sum_assignment(cost)].sum() - max(0, len(pred) - len(truth))
    found = metrics.centre_hits(pred, truth, 4).pred_hits
    assert 0.93 * best <= found <= best


def test_five_thousand_centres():
    """As many as a whole face has: the shifted copy is found again, and the order of the points does not matter."""
    rng = np.random.default_rng(6)
    grid = np.stack(np.meshgrid(np.arange(71), np.arange(71)), axis=-1).reshape(-1, 2) * 20.0
    pred = rng.permutation(grid + rng.uniform(-2, 2, grid.shape))
    assert metrics.centre_f1(pred, grid, 4) == 1
    assert metrics.centre_f1(pred + 10, grid, 4) < 0.01
