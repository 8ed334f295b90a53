"""Masks grown, opened and closed by a disc."""

import cv2
import numpy as np
import pytest
from scipy import ndimage

from wrinkleseg.morphology import closed, grown, opened


def point(size: int = 21) -> np.ndarray:
    mask = np.zeros((size, size), bool)
    mask[size // 2, size // 2] = True
    return mask


def test_a_point_grows_to_a_disc():
    y, x = np.mgrid[-10:11, -10:11]
    disc = grown(point(), 5)
    assert disc.dtype == bool and disc[np.hypot(x, y) <= 4.5].all() and not disc[np.hypot(x, y) > 5.6].any()
    np.testing.assert_array_equal(grown(point(), 0.4), point())


def test_what_the_disc_does_not_fit_into_goes():
    mask = grown(point(), 6)
    thin = mask.copy()
    thin[10] = True  # a line across
    np.testing.assert_array_equal(opened(thin, 3)[:, [0, 20]], np.zeros((21, 2), bool))
    assert (opened(thin, 3) & mask).sum() > 0.9 * mask.sum()


def test_gaps_close_but_nothing_sticks_to_the_border():
    mask = np.zeros((21, 21), bool)
    mask[:, 2], mask[:, 10], mask[:, 13] = True, True, True
    result = closed(mask, 3)
    assert result[3:-3, 11:13].all(), "a gap of two columns"
    assert not result[:, :2].any(), "the two columns between the first line and the border"


@pytest.mark.parametrize("radius", [1, 2.4, 5])
def test_closing_is_that_of_the_whole_picture(radius):
    """By SciPy's closing by the same disc, with ground all around."""
    side = 2 * round(radius) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)) > 0
    rng = np.random.default_rng(3)
    for _ in range(20):
        mask = np.zeros((40, 50), bool)
        top, left = rng.integers(0, 25, 2)
        mask[top : top + 15, left : left + 25] = rng.random((15, 25)) < rng.choice([0.02, 0.2, 0.6])
        wanted = ndimage.binary_closing(np.pad(mask, 20), disc)[20:-20, 20:-20]
        np.testing.assert_array_equal(closed(mask, radius), wanted)


def test_empty_and_full_masks_stay():
    for mask in (np.zeros((9, 9), bool), np.ones((9, 9), bool)):
        for change in (grown, opened):
            np.testing.assert_array_equal(change(mask, 2), mask)
    assert not closed(np.zeros((9, 9), bool), 2).any() and closed(np.ones((9, 9), bool), 2).all()
