"""Intervals, tests and Holm's correction against SciPy, hand-worked values and simulation."""

from __future__ import annotations

import made_rows
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as draws
from scipy import stats

from eval import statistics

NAN = np.nan


@pytest.fixture(scope="module")
def scores() -> np.ndarray:
    return np.random.default_rng(1).beta(2, 4, (14, 3))


def test_interval_is_scipys_percentile_bootstrap_at_the_widened_level(scores):
    tail = statistics.tail_share(14)
    found = statistics.intervals(scores)
    for column, (mean, low, high) in zip(scores.T, found, strict=True):
        reference = stats.bootstrap(
            (column,), np.mean, confidence_level=1 - 2 * tail, n_resamples=30_000, method="percentile", random_state=0
        ).confidence_interval
        assert mean == pytest.approx(column.mean(), abs=1e-12)
        # Two bootstraps differ by chance: by less than a tenth of the standard error.
        assert (low, high) == pytest.approx(tuple(reference), abs=0.1 * column.std() / np.sqrt(14))


def test_level_is_widened_as_students_t_asks():
    # n = 14: t(0.975, 13) = 2.1604, times sqrt(14 / 13) = 2.2419, and the normal tail beyond is 0.01248.
    assert statistics.tail_share(14) == pytest.approx(0.01248, abs=2e-5)
    assert statistics.tail_share(1_000_000) == pytest.approx(0.025, abs=1e-6)


@pytest.mark.parametrize("photos", [6, 14, 40])
def test_intervals_cover_the_true_mean_about_as_often_as_they_say(photos):
    samples = np.random.default_rng(photos).beta(2, 4, (photos, 1000))
    _, low, high = statistics.intervals(samples).T
    covered = np.mean((low <= 1 / 3) & (high >= 1 / 3))
    assert 0.91 <= covered <= 0.97


def test_photos_without_a_score_are_left_out_of_their_column_only(scores):
    holed = scores.copy()
    holed[[2, 5], 1] = NAN
    found = statistics.intervals(holed)
    assert found[[0, 2]] == pytest.approx(statistics.intervals(scores)[[0, 2]])
    assert found[1] == pytest.approx(statistics.intervals(np.delete(scores[:, 1], [2, 5]))[0])


def test_few_photos_have_a_mean_and_no_interval():
    found = statistics.intervals(np.array([0.2, 0.4, 0.6, NAN]))
    assert found[0, 0] == pytest.approx(0.4)
    assert np.isnan(found[0, 1:]).all()
    assert np.isnan(statistics.intervals(np.full((8, 1), NAN))).all()
    assert statistics.intervals(np.empty((5, 0))).shape == (0, 3)


def test_equal_scores_have_an_interval_of_no_width():
    assert statistics.intervals(np.full(9, 0.25))[0] == pytest.approx([0.25, 0.25, 0.25])


def test_large_tables_come_out_the_same_in_blocks(scores, monkeypatch):
    whole = statistics.intervals(scores)
    assert (whole == statistics.intervals(scores)).all()
    monkeypatch.setattr(statistics, "_CELLS", 14 * 999)
    assert statistics.intervals(scores) == pytest.approx(whole)


def test_scores_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"\(2, 3, 4\)"):
        statistics.intervals(np.zeros((2, 3, 4)))


def test_rows_that_one_photo_has_twice_are_no_two_photos():
    once = made_rows.table({"a": np.linspace(0.2, 0.6, 8)})
    twice = once.iloc[np.r_[:8, :8]].reset_index(drop=True)
    one, two = (statistics.intervals(statistics.per_photo(rows, ["f1"]).to_numpy()) for rows in (once, twice))
    assert (one == two).all()


def test_p_of_six_gains_is_two_in_sixty_four():
    gains = np.array([0.01, 0.02, 0.05, 0.03, 0.01, 0.04])
    assert statistics.sign_flip(gains)[0] == pytest.approx(2 / 64)
    gains[0] = -0.01  # as far out: no sign flipped, or that of either 0.01, and the same on the other side
    assert statistics.sign_flip(gains)[0] == pytest.approx(6 / 64)


@pytest.mark.parametrize("photos", [6, 10])
def test_small_tests_are_scipys_exact_ones(photos):
    gaps = np.random.default_rng(photos).normal(0.02, 0.05, (photos, 4))
    for column, p in zip(gaps.T, statistics.sign_flip(gaps), strict=True):
        reference = stats.permutation_test((column,), np.mean, permutation_type="samples", n_resamples=np.inf)
        assert p == pytest.approx(reference.pvalue, abs=1e-9)


def test_large_tests_agree_with_scipys_random_ones():
    gaps = np.random.default_rng(3).normal(0.02, 0.05, (30, 3))
    for column, p in zip(gaps.T, statistics.sign_flip(gaps), strict=True):
        reference = stats.permutation_test(
            (column,), np.mean, permutation_type="samples", n_resamples=20_000, random_state=0
        )
        assert p == pytest.approx(reference.pvalue, abs=0.015)


def test_random_flips_come_close_to_all_of_them(monkeypatch):
    gaps = np.random.default_rng(5).normal(0.02, 0.05, (13, 5))
    exact = statistics.sign_flip(gaps)
    monkeypatch.setattr(statistics, "FLIPS", 8000)
    sampled = statistics.sign_flip(gaps)
    assert (sampled != exact).any()
    assert sampled == pytest.approx(exact, abs=0.02)


def test_no_difference_is_found_where_there_is_none():
    assert statistics.sign_flip(np.zeros(8))[0] == 1
    noise = np.random.default_rng(7).normal(0, 1, (9, 2000))
    assert np.mean(statistics.sign_flip(noise) < 0.05) == pytest.approx(0.05, abs=0.015)


def test_five_photos_are_too_few_for_a_test():
    assert np.isnan(statistics.sign_flip(np.array([0.1, 0.2, 0.1, 0.3, 0.2]))).all()
    assert np.isnan(statistics.sign_flip(np.array([0.1, 0.2, 0.1, 0.3, 0.2, NAN]))).all()


def test_holm_by_hand():
    # Sorted: .005 x 4 = .02, .01 x 3 = .03, .03 x 2 = .06, .04 x 1 = .04, which may not fall below .06.
    assert statistics.holm(np.array([0.01, 0.04, 0.03, 0.005])) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert statistics.holm(np.array([0.6, 0.7])) == pytest.approx([1, 1])


def test_holm_does_not_count_what_was_not_tested():
    found = statistics.holm(np.array([NAN, 0.02, NAN, 0.01]))
    assert found[[1, 3]] == pytest.approx([0.02, 0.02])
    assert np.isnan(found[[0, 2]]).all()
    assert np.isnan(statistics.holm(np.array([NAN]))).all()


@given(draws.lists(draws.floats(0, 1), min_size=1, max_size=12))
def test_holm_keeps_the_order_and_lies_between_p_and_bonferroni(values):
    p = np.array(values)
    corrected = statistics.holm(p)
    assert (corrected >= p).all() and (corrected <= np.minimum(1, p * len(p)) + 1e-12).all()
    assert (np.diff(corrected[np.argsort(p, kind="stable")]) >= 0).all()


def test_methods_that_are_not_told_apart_share_a_rank():
    wins = np.array([[0, 0, 1, 0], [0, 0, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0]], bool)
    tested = np.array([[0, 1, 1, 0], [1, 0, 1, 0], [1, 1, 0, 0], [0, 0, 0, 0]], bool)
    assert statistics.ranks(wins, tested)[:3].tolist() == [1, 1, 3]
    assert np.isnan(statistics.ranks(wins, tested)[3])
