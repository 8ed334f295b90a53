"""Scores of centrelines against scikit-image and SciPy, by hand, and what a small shift does to each."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.ndimage import distance_transform_edt
from skimage.morphology import skeletonize

from wrinkleseg import images, masks, metrics
from wrinkleseg.metrics import Hits


def lines(thickness: int = 3) -> np.ndarray:
    """Twelve gently waving lines across 500 x 500 pixels."""
    rng, picture = np.random.default_rng(3), np.zeros((500, 500), np.uint8)
    x = np.arange(40, 440)
    for y in range(30, 470, 38):
        wave = y + 8 * np.sin(x / 60 + rng.uniform(0, 6))
        for row in range(thickness):
            picture[np.rint(wave).astype(int) + row, x] = 255
    return picture > 0


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


def test_several_tolerances_at_once_equal_scipy_on_the_same_centrelines():
    truth = lines()
    pred = noisy_prediction(np.roll(truth, 1, axis=0))
    pred_line, true_line = masks.skeleton(pred), masks.skeleton(truth)
    from_pred = distance_transform_edt(~true_line)[pred_line]
    from_truth = distance_transform_edt(~pred_line)[true_line]
    for tolerance, hits in metrics.centreline_hits_within(pred, truth, (0, 1, 2**0.5, 2, 3, 5, 8)).items():
        assert hits == metrics.centreline_hits(pred, truth, tolerance)
        assert hits.precision == (from_pred <= tolerance).mean()
        assert hits.recall == (from_truth <= tolerance).mean()


def test_cldice_is_its_definition_on_the_same_centrelines():
    truth = lines()
    pred = noisy_prediction(truth)
    right, found = truth[masks.skeleton(pred)].mean(), pred[masks.skeleton(truth)].mean()
    assert metrics.cldice(pred, truth) == pytest.approx(2 * right * found / (right + found), abs=1e-12)
    assert metrics.centrelines(pred, truth).cldice_hits() == metrics.cldice_hits(pred, truth)


def test_the_border_of_a_zone_cuts_no_line():
    """The zone ends between a line and its twin, 2 px apart: each side is judged by what it holds itself."""
    pred, truth = np.zeros((2, 30, 60), bool)
    pred[10, 10:30] = truth[12, 10:50] = True
    upper = np.zeros((30, 60), bool)
    upper[:11] = True
    hits = metrics.centreline_hits_within(pred, truth, (2, 1), upper)
    assert hits[2] == Hits(20, 20, 0, 0) and hits[1] == Hits(0, 20, 0, 0)
    assert (hits[2].precision, hits[2].recall, hits[2].f1) == (1, 1, 1) and hits[1].f1 == 0
    lower = metrics.centreline_hits_within(pred, truth, (2,), ~upper)[2]
    assert lower == Hits(0, 0, 20, 40) and lower.precision == lower.recall == lower.f1 == 0.5
    with pytest.raises(ValueError, match="zone"):
        metrics.centreline_hits_within(pred, truth, (2,), upper.T)


@settings(deadline=None, max_examples=50)
@given(st.data())
def test_line_scores_keep_their_bounds_and_pool_over_zones(data):
    shape = data.draw(hnp.array_shapes(min_dims=2, max_dims=2, max_side=12))
    pred, truth, zone = (data.draw(hnp.arrays(bool, shape)) for _ in range(3))
    found = metrics.centrelines(pred, truth)
    scores = [found.hits(tolerance).f1 for tolerance in (0, 1, 2, 3, 5, 8)]
    assert scores == sorted(scores) and scores[0] >= 0 and scores[-1] <= 1
    assert scores == [metrics.centreline_f1(truth, pred, tolerance) for tolerance in (0, 1, 2, 3, 5, 8)]
    assert found.within(zone).hits(2) + found.within(~zone).hits(2) == found.hits(2)
    assert metrics.cldice(pred, truth) == metrics.cldice(truth, pred)


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
