"""Scores of points, such as the centres of pores: each is matched with one of the other side at most."""

from __future__ import annotations

import numpy as np

from wrinkleseg.metrics.distances import check_tolerance
from wrinkleseg.metrics.hits import Hits

CENTRE_TOLERANCE = 4.0
"""Tolerance of reported scores of pores' centres, px of the photo."""


def centre_f1(pred_centres: np.ndarray, true_centres: np.ndarray, tolerance_px: float) -> float:
    """F1 of points (the centres of pores), 0..1: a pair matches if it lies within `tolerance_px` (Euclidean).

    Each point is matched once at most, nearest pairs first.

    Args:
        pred_centres: float (N, 2) of (x, y), pixels; N may be 0.
        true_centres: float (M, 2).
    """
    return centre_hits(pred_centres, true_centres, tolerance_px).f1


def centre_hits(pred_centres: np.ndarray, true_centres: np.ndarray, tolerance_px: float) -> Hits:
    """What `centre_f1` is made of, in points."""
    matched = len(centre_matches(pred_centres, true_centres, tolerance_px))
    return Hits(matched, len(pred_centres), matched, len(true_centres))


def centre_matches(pred_centres: np.ndarray, true_centres: np.ndarray, tolerance_px: float) -> np.ndarray:
    """Which points were matched: int (K, 2), an index into `pred_centres` and one into `true_centres` in each row."""
    check_tolerance(tolerance_px)
    pred, truth = _as_points(pred_centres), _as_points(true_centres)
    free_pred, free_truth = np.ones(len(pred), bool), np.ones(len(truth), bool)
    matched = []
    for i, j in _near_pairs(pred, truth, tolerance_px):
        if free_pred[i] and free_truth[j]:
            free_pred[i] = free_truth[j] = False
            matched.append((i, j))
    return np.array(matched, int).reshape(-1, 2)


def _near_pairs(pred: np.ndarray, truth: np.ndarray, tolerance_px: float) -> list[tuple[int, int]]:
    """Index pairs within the tolerance, the nearest first.

    The truth is sorted by x, so that each predicted point is compared with a narrow strip only and not with all.
    """
    order = np.argsort(truth[:, 0], kind="stable")
    x = truth[order, 0]
    first = np.searchsorted(x, pred[:, 0] - tolerance_px, side="left")
    number = np.searchsorted(x, pred[:, 0] + tolerance_px, side="right") - first
    i = np.repeat(np.arange(len(pred)), number)
    step = np.arange(len(i)) - np.repeat(np.cumsum(number) - number, number)
    j = order[np.repeat(first, number) + step]
    distance = np.hypot(*(pred[i] - truth[j]).T)
    near = np.flatnonzero(distance <= tolerance_px)
    near = near[np.argsort(distance[near], kind="stable")]
    return list(zip(i[near].tolist(), j[near].tolist(), strict=True))


def _as_points(points: np.ndarray) -> np.ndarray:
    points = np.asarray(points, dtype=float)
    if points.size == 0:
        return points.reshape(0, 2)
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(f"expected points of shape (N, 2) as (x, y), got {points.shape}")
    return points
