"""Masks grown, opened and closed by a disc."""

import numpy as np

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


def test_empty_and_full_masks_stay():
    for mask in (np.zeros((9, 9), bool), np.ones((9, 9), bool)):
        for change in (grown, opened):
            np.testing.assert_array_equal(change(mask, 2), mask)
    assert not closed(np.zeros((9, 9), bool), 2).any() and closed(np.ones((9, 9), bool), 2).all()
