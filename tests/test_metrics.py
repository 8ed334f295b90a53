"""Scores of pixels against scikit-learn, torchmetrics, scikit-image and SciPy, then the corner cases of masks."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.spatial import distance
from skimage.metrics import contingency_table
from sklearn.metrics import accuracy_score, f1_score, jaccard_score, precision_score, recall_score
from test_metrics_lines import lines
from torchmetrics.functional.classification import (
    binary_accuracy,
    binary_f1_score,
    binary_jaccard_index,
    binary_precision,
    binary_recall,
)

from wrinkleseg import metrics
from wrinkleseg.metrics import Counts, Hits

EMPTY = np.zeros((20, 30), bool)
FULL = np.ones((20, 30), bool)
ONE = EMPTY.copy()
ONE[5, 7] = True

MASK_SCORES = {
    "iou": metrics.iou,
    "f1": metrics.f1,
    "precision": metrics.precision,
    "recall": metrics.recall,
    "cldice": metrics.cldice,
    "centreline_f1": lambda pred, truth: metrics.centreline_f1(pred, truth, 3),
    "centreline_precision": lambda pred, truth: metrics.centreline_hits(pred, truth, 3).precision,
    "centreline_recall": lambda pred, truth: metrics.centreline_hits(pred, truth, 3).recall,
}


@pytest.fixture(params=[0.01, 0.3, 0.9])
def pair(request) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    truth = rng.random((60, 70)) < request.param
    return truth ^ (rng.random((60, 70)) < 0.1), truth


THEIRS = {
    "iou": (jaccard_score, binary_jaccard_index),
    "f1": (f1_score, binary_f1_score),
    "precision": (precision_score, binary_precision),
    "recall": (recall_score, binary_recall),
    "pixel_accuracy": (accuracy_score, binary_accuracy),
}


@pytest.mark.parametrize("name", THEIRS)
def test_pixel_scores_equal_scikit_learn_and_torchmetrics(name, pair):
    of_scikit_learn, of_torchmetrics = THEIRS[name]
    for pred, truth in (pair, (np.roll(lines(), 2, axis=0), lines())):
        found = getattr(metrics, name)(pred, truth)
        assert found == pytest.approx(of_scikit_learn(truth.ravel(), pred.ravel()), abs=1e-12)
        theirs = of_torchmetrics(torch.from_numpy(pred).long(), torch.from_numpy(truth).long())
        assert found == pytest.approx(float(theirs), abs=1e-6)


@settings(deadline=None, max_examples=50)
@given(st.data())
def test_pixel_scores_keep_their_bounds_and_pool(data):
    shape = data.draw(hnp.array_shapes(min_dims=2, max_dims=2, max_side=10))
    pred, truth = data.draw(hnp.arrays(bool, shape)), data.draw(hnp.arrays(bool, shape))
    zone = data.draw(hnp.arrays(bool, shape))
    assert all(0 <= getattr(metrics, name)(pred, truth) <= 1 for name in THEIRS)
    for symmetric in (metrics.iou, metrics.f1, metrics.pixel_accuracy):
        assert symmetric(pred, truth) == symmetric(truth, pred)
    assert metrics.precision(pred, truth) == metrics.recall(truth, pred)
    both = metrics.counts(pred, truth, zone) + metrics.counts(pred, truth, ~zone)
    assert both == metrics.counts(pred, truth) and sum(both) == truth.size


@pytest.mark.parametrize(
    ("ours", "unlikeness"),
    [
        (metrics.iou, distance.jaccard),
        (metrics.f1, distance.dice),
        (metrics.pixel_accuracy, distance.hamming),
    ],
)
def test_pixel_scores_equal_scipy(ours, unlikeness, pair):
    pred, truth = pair
    assert ours(pred, truth) == pytest.approx(1 - unlikeness(pred.ravel(), truth.ravel()), abs=1e-12)
    assert ours(metrics.counts(pred, truth)) == ours(pred, truth)


def test_counts_precision_and_recall_equal_scikit_image(pair):
    pred, truth = pair
    (tn, fp), (fn, tp) = contingency_table(truth.astype(int), pred.astype(int)).toarray()
    assert metrics.counts(pred, truth) == Counts(tp, fp, fn, tn)
    assert metrics.precision(pred, truth) == pytest.approx(tp / (tp + fp))
    assert metrics.recall(pred, truth) == pytest.approx(tp / (tp + fn))


def test_pooling_two_photos_equals_laying_them_side_by_side(pair):
    pred, truth = pair
    pooled = metrics.counts(pred, truth) + metrics.counts(truth, pred)
    assert pooled == metrics.counts(np.hstack([pred, truth]), np.hstack([truth, pred]))
    hits = metrics.cldice_hits(lines(), lines()) + metrics.cldice_hits(EMPTY, EMPTY)
    assert isinstance(hits, Hits)
    assert hits.f1 == 1


@pytest.mark.parametrize("score", MASK_SCORES.values(), ids=MASK_SCORES.keys())
def test_corner_cases(score):
    assert score(EMPTY, EMPTY) == 1
    assert score(FULL, FULL) == 1
    assert score(ONE, ONE) == 1
    for other in (FULL, ONE):
        assert score(EMPTY, other) == 0
        assert score(other, EMPTY) == 0
    assert 0 <= score(ONE, FULL) <= 1


def test_pixel_accuracy_praises_an_empty_prediction():
    assert metrics.pixel_accuracy(EMPTY, ONE) == pytest.approx(599 / 600)
    assert metrics.pixel_accuracy(EMPTY, EMPTY) == 1
    assert metrics.pixel_accuracy(EMPTY, FULL) == 0
    assert metrics.pixel_accuracy(Counts(0, 0, 0, 0)) == 1


def test_masks_are_checked_at_the_door():
    with pytest.raises(ValueError, match="bool mask"):
        metrics.iou(EMPTY.astype(np.uint8) * 255, EMPTY)
    with pytest.raises(ValueError, match="one size"):
        metrics.cldice(EMPTY, EMPTY.T)
    with pytest.raises(ValueError, match="two masks"):
        metrics.iou(EMPTY)
    with pytest.raises(ValueError, match="zone .* one size"):
        metrics.counts(EMPTY, EMPTY, FULL.T)
    with pytest.raises(ValueError, match="tolerance"):
        metrics.centreline_f1(EMPTY, EMPTY, -1)
    with pytest.raises(ValueError, match=r"\(N, 2\)"):
        metrics.centre_f1(np.zeros((3, 3)), np.zeros((3, 2)), 4)
