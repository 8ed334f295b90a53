"""Scores against scikit-image and SciPy, then the corner cases, then what a small shift does to each."""

import cv2
import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt
from scipy.optimize import linear_sum_assignment
from scipy.spatial import distance
from skimage.metrics import contingency_table
from skimage.morphology import skeletonize

from wrinkleseg import images, metrics
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
}


def lines(thickness: int = 3) -> np.ndarray:
    """Twelve gently waving lines across 500 x 500 pixels."""
    rng, picture = np.random.default_rng(3), np.zeros((500, 500), np.uint8)
    x = np.arange(40, 440)
    for y in range(30, 470, 38):
        wave = y + 8 * np.sin(x / 60 + rng.uniform(0, 6))
        for row in range(thickness):
            picture[np.rint(wave).astype(int) + row, x] = 255
    return picture > 0


@pytest.fixture(params=[0.01, 0.3, 0.9])
def pair(request) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    truth = rng.random((60, 70)) < request.param
    return truth ^ (rng.random((60, 70)) < 0.1), truth


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
    with pytest.raises(ValueError, match="tolerance"):
        metrics.centreline_f1(EMPTY, EMPTY, -1)
    with pytest.raises(ValueError, match=r"\(N, 2\)"):
        metrics.centre_f1(np.zeros((3, 3)), np.zeros((3, 2)), 4)


def test_two_pixels_of_shift_ruin_iou_and_leave_the_centreline():
    """Rows of 3 pixels moved by 2 keep 1 of 5 pixels in common where they are level; five-pixel lines keep 3 of 7."""
    thin, wide = lines(3), lines(5)
    for mask, expected in ((thin, 1 / 5), (wide, 3 / 7)):
        moved = np.roll(mask, 2, axis=0)
        assert metrics.iou(moved, mask) == pytest.approx(expected, abs=0.02)
        assert metrics.f1(moved, mask) == pytest.approx(2 * expected / (1 + expected), abs=0.03)
        assert metrics.centreline_f1(moved, mask, 3) == 1
        assert metrics.centreline_f1(moved, mask, 1) < 0.2


def test_a_shift_of_real_lines(data_dir):
    """Annotator A's lines, moved down by 2 px: about half the IoU and a centreline within 3 px that does not notice."""
    paths = sorted((data_dir / "wrinkle" / "masks").glob("a_*"))[::8]
    truths = [images.load_mask(path) for path in paths]
    moved = [np.roll(mask, 2, axis=0) for mask in truths]
    assert 0.2 < np.mean([metrics.iou(m, t) for m, t in zip(moved, truths, strict=True)]) < 0.5
    assert min(metrics.centreline_f1(m, t, 3) for m, t in zip(moved, truths, strict=True)) > 0.99


def noisy_prediction(truth: np.ndarray) -> np.ndarray:
    """The true lines with gaps, thicker here and there, and with false lines: what a network makes of them."""
    pred = truth.astype(np.uint8)
    pred[:, 100:160] = 0
    pred[:, 300:] = cv2.dilate(pred[:, 300:], np.ones((3, 3), np.uint8))
    pred[200:204, 20:200] = 1
    return pred > 0


def test_cldice_is_close_to_the_definition_with_scikit_image():
    truth = lines()
    for pred in (noisy_prediction(truth), np.roll(truth, 1, axis=0)):
        pred_line, true_line = skeletonize(pred), skeletonize(truth)
        right, found = (pred_line & truth).sum() / pred_line.sum(), (true_line & pred).sum() / true_line.sum()
        # the two thinning rules differ by a pixel where a line steps up or down: 0.045 at most on these
        assert metrics.cldice(pred, truth) == pytest.approx(2 * right * found / (right + found), abs=0.05)


@pytest.mark.parametrize("tolerance", [0, 1, 2**0.5, 3, 10])
def test_centreline_f1_is_close_to_the_definition_with_scipy_and_scikit_image(tolerance):
    truth = lines()
    pred = noisy_prediction(np.roll(truth, 1, axis=0))
    pred_line, true_line = skeletonize(pred), skeletonize(truth)
    right = (distance_transform_edt(~true_line)[pred_line] <= tolerance).mean()
    found = (distance_transform_edt(~pred_line)[true_line] <= tolerance).mean()
    # within 0 px two thinning rules may choose either of two middle pixels; with any slack they agree
    allowed = 0.1 if tolerance < 1 else 0.02
    expected = 2 * right * found / (right + found) if right + found else 0
    assert metrics.centreline_f1(pred, truth, tolerance) == pytest.approx(expected, abs=allowed)


def test_centreline_hits_by_hand():
    pred, truth = np.zeros((2, 30, 60), bool)
    pred[10, 10:30] = True  # 20 pixels
    truth[12, 10:50] = True  # 40 pixels, 2 px below, twice as long
    hits = metrics.centreline_hits(pred, truth, 2)
    assert hits == Hits(pred_hits=20, pred_total=20, true_hits=20, true_total=40)
    assert hits.f1 == pytest.approx(2 / 3)
    assert metrics.centreline_f1(pred, truth, 1.9) == 0


def test_centreline_f1_grows_with_the_tolerance():
    truth = lines()
    pred = noisy_prediction(np.roll(truth, 2, axis=0))
    scores = [metrics.centreline_f1(pred, truth, t) for t in (0, 1, 2, 3, 5, 8)]
    assert scores == sorted(scores)
    assert metrics.centreline_f1(pred, truth, 3) == pytest.approx(metrics.centreline_f1(truth, pred, 3))


def test_centre_f1_by_hand():
    truth = np.array([[10.0, 10.0], [20.0, 10.0], [30.0, 10.0], [100.0, 100.0]])
    pred = np.array([[11.0, 10.0], [12.0, 10.0], [20.0, 14.0]])  # two for the first: one of them counts
    hits = metrics.centre_hits(pred, truth, 4)
    assert hits == Hits(2, 3, 2, 4)
    assert metrics.centre_f1(pred, truth, 4) == pytest.approx(2 * 2 / (3 + 4))
    assert metrics.centre_f1(pred, truth, 3.9) == pytest.approx(2 * 1 / (3 + 4))


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
