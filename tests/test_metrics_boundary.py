"""Outlines against MONAI, SciPy and scikit-image, and against distances worked out by hand."""

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from monai.metrics import compute_hausdorff_distance, compute_surface_dice
from scipy.ndimage import binary_erosion, distance_transform_edt
from skimage.metrics import hausdorff_distance

from wrinkleseg import images, metrics
from wrinkleseg.metrics.distances import distances

SHAPES = hnp.array_shapes(min_dims=2, max_dims=2, max_side=14)
EMPTY = np.zeros((30, 40), bool)
FULL = np.ones((30, 40), bool)
ONE = EMPTY.copy()
ONE[5, 7] = True


def wrinkles(seed: int, size: int = 300) -> np.ndarray:
    """Bent lines of 1 to 7 px, some cut off by the picture's border."""
    rng, picture = np.random.default_rng(seed), np.zeros((size, size + 40), np.uint8)
    for _ in range(14):
        points = np.cumsum(rng.normal(0, 4, (20, 2)) + rng.normal(0, 5, 2), axis=0) + rng.uniform(0, size, 2)
        cv2.polylines(picture, [points.astype(np.int32)], False, 1, int(rng.integers(1, 8)))
    return picture > 0


def blobs(share: float, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random((60, 50)) < share


PAIRS = {
    "shifted": (np.roll(wrinkles(0), 2, axis=0), wrinkles(0)),
    "other lines": (wrinkles(1), wrinkles(2)),
    "thicker": (cv2.dilate(wrinkles(3).astype(np.uint8), np.ones((5, 5))) > 0, wrinkles(3)),
    "noise": (blobs(0.3, 0), blobs(0.6, 1)),
    "rare noise": (blobs(0.01, 2), blobs(0.004, 3)),
    "one pixel": (ONE, np.roll(ONE, (4, 3), axis=(0, 1))),
    "one in all": (ONE, FULL),
    "full": (FULL, FULL),
}


def batch(mask: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(mask)[None, None]


def monai_nsd(pred: np.ndarray, truth: np.ndarray, tolerance: float) -> float:
    return float(compute_surface_dice(batch(pred), batch(truth), [tolerance], include_background=True))


def monai_hd95(pred: np.ndarray, truth: np.ndarray) -> float:
    return float(compute_hausdorff_distance(batch(pred), batch(truth), include_background=True, percentile=95))


@pytest.mark.parametrize("name", PAIRS)
def test_nsd_and_hd95_equal_monai(name):
    pred, truth = PAIRS[name]
    assert metrics.hausdorff95(pred, truth) == pytest.approx(monai_hd95(pred, truth), rel=1e-6, abs=1e-6)
    for tolerance in (0, 1, 2**0.5, 2, 5):
        found = metrics.surface_dice(pred, truth, tolerance)
        assert found == pytest.approx(monai_nsd(pred, truth, tolerance), abs=1e-6), tolerance


def test_nsd_and_hd95_of_real_masks_equal_monai(data_dir):
    """Each mask against itself, moved by 2 px down and 5 px across."""
    paths = sorted((data_dir / "wrinkle" / "masks").iterdir())[::30]
    for path in paths:
        truth = images.load_mask(path)
        pred = np.roll(truth, (2, 5), axis=(0, 1))
        assert metrics.hausdorff95(pred, truth) == pytest.approx(monai_hd95(pred, truth), rel=1e-6, abs=1e-6)
        assert metrics.surface_dice(pred, truth) == pytest.approx(monai_nsd(pred, truth, 2), abs=1e-6)
    assert paths


@pytest.mark.parametrize("name", PAIRS)
def test_the_farthest_edge_pixel_equals_scikit_image(name):
    pred, truth = PAIRS[name]
    expected = hausdorff_distance(metrics.edges(pred), metrics.edges(truth))
    assert metrics.boundaries(pred, truth).hausdorff(100) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("name", PAIRS)
def test_edges_and_distances_equal_scipy(name):
    pred, truth = PAIRS[name]
    assert np.array_equal(metrics.edges(pred), pred & ~binary_erosion(pred))
    assert distances(pred, truth) == pytest.approx(distance_transform_edt(~truth)[pred], abs=1e-12)


def test_distances_over_a_large_picture_are_exact():
    pred, truth = np.zeros((2, 1500, 1500), bool)
    pred[::97, ::89] = truth[0, 0] = truth[1499, 700] = True
    assert distances(pred, truth) == pytest.approx(distance_transform_edt(~truth)[pred], rel=1e-12)


def test_edges_by_hand():
    block = np.pad(np.ones((4, 5), bool), 2)
    assert metrics.edges(block).sum() == 2 * 5 + 2 * 2
    assert metrics.edges(FULL).sum() == 2 * 30 + 2 * 38  # the picture's border is an edge too
    assert np.array_equal(metrics.edges(ONE), ONE)
    assert not metrics.edges(EMPTY).any()


def test_distances_of_a_moved_line_by_hand():
    truth, pred = np.zeros((2, 40, 100), bool)
    truth[10, 10:90] = pred[13, 10:90] = True  # 80 pixels, 3 px apart
    assert metrics.hausdorff95(pred, truth) == 3
    assert metrics.surface_dice(pred, truth, 2.9) == 0
    assert metrics.surface_dice(pred, truth, 3) == 1
    pred[30, 10:50] = True  # a false line of 40 px, 20 px away: a third of 120, above the 95th percentile
    assert metrics.hausdorff95(pred, truth) == 20
    assert metrics.surface_dice(pred, truth, 3) == pytest.approx(160 / 200)


def test_corner_cases():
    assert metrics.hausdorff95(EMPTY, EMPTY) == 0
    assert metrics.surface_dice(EMPTY, EMPTY) == 1
    for other in (ONE, FULL):
        assert metrics.hausdorff95(EMPTY, other) == metrics.hausdorff95(other, EMPTY) == 50  # 30, 40, 50
        assert metrics.surface_dice(EMPTY, other) == metrics.surface_dice(other, EMPTY) == 0
        assert metrics.hausdorff95(other, other) == 0
        assert metrics.surface_dice(other, other, 0) == 1


@settings(deadline=None, max_examples=50)
@given(st.data())
def test_outlines_keep_their_bounds_and_do_not_care_who_is_first(data):
    shape = data.draw(SHAPES)
    pred, truth = data.draw(hnp.arrays(bool, shape)), data.draw(hnp.arrays(bool, shape))
    found, back = metrics.boundaries(pred, truth), metrics.boundaries(truth, pred)
    shares = [found.surface_dice(tolerance) for tolerance in (0, 1, 2, 5, 100)]
    assert shares == sorted(shares) and shares[0] >= 0 and shares[-1] <= 1
    assert shares == [back.surface_dice(tolerance) for tolerance in (0, 1, 2, 5, 100)]
    assert 0 <= found.hausdorff() == back.hausdorff() <= found.diagonal
    if pred.any() and truth.any():
        assert found.hausdorff() == pytest.approx(monai_hd95(pred, truth), rel=1e-6, abs=1e-6)  # float32 there


def test_masks_and_tolerances_are_checked_at_the_door():
    with pytest.raises(ValueError, match="one size"):
        metrics.boundaries(EMPTY, EMPTY.T)
    with pytest.raises(ValueError, match="bool mask"):
        metrics.edges(EMPTY.astype(np.uint8))
    with pytest.raises(ValueError, match="tolerance"):
        metrics.surface_dice(ONE, ONE, -1)
