"""From probabilities to a threshold: the whole sweep, then the best one, chosen on validation photos and frozen."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wrinkleseg.metrics import Ranking

# Between the levels of an 8-bit map, so that "above" and "at or above" mean the same and a PNG loses nothing.
THRESHOLDS = (np.arange(5, 251, 3) + 0.5) / 255


class Sweeps(NamedTuple):
    """Scores at each of THRESHOLDS, 0..1: three float (len(THRESHOLDS),) arrays.

    Where nothing is marked and nothing true all are 1; where only one of both is empty all are 0.
    """

    f1: np.ndarray
    precision: np.ndarray
    recall: np.ndarray


def sweeps(probability: np.ndarray, truth: np.ndarray) -> Sweeps:
    """The sweeps of one map, float32 (H, W) 0..1, against a bool mask, from one histogram."""
    bins = np.searchsorted(THRESHOLDS, probability.ravel(), side="right")
    every = _at_or_above(np.bincount(bins, minlength=len(THRESHOLDS) + 1))
    true = _at_or_above(np.bincount(bins[truth.ravel()], minlength=len(THRESHOLDS) + 1))
    return _sweeps(every, true, np.count_nonzero(truth))


def ranked_sweeps(ranking: Ranking) -> Sweeps:
    """The same of a map whose values are in order already: nothing is counted again."""
    return _sweeps(*ranking.at_or_above(THRESHOLDS), ranking.positives)


def f1_sweep(probability: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """F1 at each of THRESHOLDS of one map, float32 (H, W) 0..1, against a bool mask; float (len(THRESHOLDS),)."""
    return sweeps(probability, truth).f1


def best_threshold(sweep: np.ndarray) -> tuple[float, float]:
    """(threshold, macro F1) where the mean over photos, float (photos, len(THRESHOLDS)), is highest."""
    mean = np.asarray(sweep).reshape(-1, len(THRESHOLDS)).mean(axis=0)
    place = int(mean.argmax())
    return float(THRESHOLDS[place]), float(mean[place])


def _sweeps(marked: np.ndarray, found: np.ndarray, positives: int) -> Sweeps:
    """marked, found: pixels and true pixels at or above each threshold, int (len(THRESHOLDS),)."""
    nothing = marked + positives == 0
    f1, precision, recall = (
        np.where(nothing, 1.0, part / np.maximum(whole, 1))
        for part, whole in ((2 * found, marked + positives), (found, marked), (found, positives))
    )
    return Sweeps(f1, precision, recall)


def _at_or_above(histogram: np.ndarray) -> np.ndarray:
    """Pixels at or above each threshold: bin k holds those between threshold k - 1 and k."""
    return histogram[::-1].cumsum()[::-1][1:]
