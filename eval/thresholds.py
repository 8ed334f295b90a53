"""From probabilities to a threshold: the whole sweep, then the best one, chosen on validation photos and frozen."""

from __future__ import annotations

import numpy as np

# Between the levels of an 8-bit map, so that "above" and "at or above" mean the same and a PNG loses nothing.
THRESHOLDS = (np.arange(5, 251, 3) + 0.5) / 255


def f1_sweep(probability: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """F1 at each of THRESHOLDS of one map, float32 (H, W) 0..1, against a bool mask; float (len(THRESHOLDS),)."""
    bins = np.searchsorted(THRESHOLDS, probability.ravel(), side="right")
    every = _at_or_above(np.bincount(bins, minlength=len(THRESHOLDS) + 1))
    true = _at_or_above(np.bincount(bins[truth.ravel()], minlength=len(THRESHOLDS) + 1))
    positives = np.count_nonzero(truth)
    return np.where(every + positives > 0, 2 * true / np.maximum(every + positives, 1), 1.0)


def best_threshold(sweep: np.ndarray) -> tuple[float, float]:
    """(threshold, macro F1) where the mean over photos, float (photos, len(THRESHOLDS)), is highest."""
    mean = np.asarray(sweep).reshape(-1, len(THRESHOLDS)).mean(axis=0)
    place = int(mean.argmax())
    return float(THRESHOLDS[place]), float(mean[place])


def _at_or_above(histogram: np.ndarray) -> np.ndarray:
    """Pixels at or above each threshold: bin k holds those between threshold k - 1 and k."""
    return histogram[::-1].cumsum()[::-1][1:]
