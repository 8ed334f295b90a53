"""How well a predicted mask agrees with a person's mask: pure functions of bool (H, W) arrays.

Two empty masks agree: 1.0. One empty mask agrees with nothing: 0.0. Nothing here is ever NaN.

Scores are made in two steps, so that they can be pooled: a mask pair gives `Counts` (pixels) or `Hits` (centrelines,
centres), which add up over photos (micro), and those give the score. `iou`, `f1`, `precision`, `recall` and
`pixel_accuracy` take either one `Counts` or the two masks.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from wrinkleseg.masks import check_mask, skeleton


class Counts(NamedTuple):
    """Pixels: marked by both, by the prediction only, by the truth only, by none."""

    tp: int
    fp: int
    fn: int
    tn: int

    def __add__(self, other: Counts) -> Counts:  # type: ignore[override]
        """Pooled counts of two photos."""
        return Counts(*(a + b for a, b in zip(self, other, strict=True)))


class Hits(NamedTuple):
    """How many of the predicted items met the truth, and how many of the true items met the prediction."""

    pred_hits: int
    pred_total: int
    true_hits: int
    true_total: int

    def __add__(self, other: Hits) -> Hits:  # type: ignore[override]
        """Pooled hits of two photos."""
        return Hits(*(a + b for a, b in zip(self, other, strict=True)))

    @property
    def f1(self) -> float:
        """Harmonic mean of the hit share of the predicted and of the true items, 0..1."""
        if self.pred_total == 0 and self.true_total == 0:
            return 1.0
        if self.pred_hits == 0 or self.true_hits == 0:
            return 0.0
        right, found = self.pred_hits / self.pred_total, self.true_hits / self.true_total
        return 2 * right * found / (right + found)


def counts(pred: np.ndarray, truth: np.ndarray) -> Counts:
    """Count the pixels of two bool (H, W) masks of one size."""
    _check_pair(pred, truth)
    tp = int(np.count_nonzero(pred & truth))
    fp = int(np.count_nonzero(pred)) - tp
    fn = int(np.count_nonzero(truth)) - tp
    return Counts(tp, fp, fn, pred.size - tp - fp - fn)


def iou(pred: Counts | np.ndarray, truth: np.ndarray | None = None) -> float:
    """Intersection over union (Jaccard), tp / (tp + fp + fn), 0..1."""
    c = _counted(pred, truth)
    return _ratio(c.tp, c.tp + c.fp + c.fn, c)


def f1(pred: Counts | np.ndarray, truth: np.ndarray | None = None) -> float:
    """F1 (the Dice coefficient), 2 tp / (2 tp + fp + fn), 0..1."""
    c = _counted(pred, truth)
    return _ratio(2 * c.tp, 2 * c.tp + c.fp + c.fn, c)


def precision(pred: Counts | np.ndarray, truth: np.ndarray | None = None) -> float:
    """Share of the predicted pixels that are true, tp / (tp + fp), 0..1."""
    c = _counted(pred, truth)
    return _ratio(c.tp, c.tp + c.fp, c)


def recall(pred: Counts | np.ndarray, truth: np.ndarray | None = None) -> float:
    """Share of the true pixels that were predicted, tp / (tp + fn), 0..1."""
    c = _counted(pred, truth)
    return _ratio(c.tp, c.tp + c.fn, c)


def pixel_accuracy(pred: Counts | np.ndarray, truth: np.ndarray | None = None) -> float:
    """Share of all pixels on which both agree, 0..1; an empty prediction reaches about .99 on wrinkles."""
    c = _counted(pred, truth)
    total = sum(c)
    return (c.tp + c.tn) / total if total else 1.0


def cldice(pred: np.ndarray, truth: np.ndarray) -> float:
    """Centreline Dice, 0..1 (Shit et al., "clDice", CVPR 2021, equations 1 and 2).

    Harmonic mean of the share of the predicted centreline inside the true mask and of the true centreline inside the
    predicted mask.
    """
    return cldice_hits(pred, truth).f1


def cldice_hits(pred: np.ndarray, truth: np.ndarray) -> Hits:
    """What `cldice` is made of, in centreline pixels."""
    _check_pair(pred, truth)
    return _line_hits(skeleton(pred), skeleton(truth), near_pred=pred, near_truth=truth)


def centreline_f1(pred: np.ndarray, truth: np.ndarray, tolerance_px: float) -> float:
    """F1 of the centrelines, 0..1: a pixel of one hits if the other has one within `tolerance_px` (Euclidean).

    Precision is the share of the predicted centreline that hits, recall that of the true one. Width does not matter,
    and a line drawn a little beside the other still counts.
    """
    return centreline_hits(pred, truth, tolerance_px).f1


def centreline_hits(pred: np.ndarray, truth: np.ndarray, tolerance_px: float) -> Hits:
    """What `centreline_f1` is made of, in centreline pixels."""
    _check_pair(pred, truth)
    _check_tolerance(tolerance_px)
    pred_line, true_line = skeleton(pred), skeleton(truth)
    near_pred, near_truth = _near(pred_line, tolerance_px), _near(true_line, tolerance_px)
    return _line_hits(pred_line, true_line, near_pred, near_truth)


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
    _check_tolerance(tolerance_px)
    pred, truth = _as_points(pred_centres), _as_points(true_centres)
    free_pred, free_truth = np.ones(len(pred), bool), np.ones(len(truth), bool)
    matched = 0
    for i, j in _near_pairs(pred, truth, tolerance_px):
        if free_pred[i] and free_truth[j]:
            free_pred[i] = free_truth[j] = False
            matched += 1
    return Hits(matched, len(pred), matched, len(truth))


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


def _line_hits(pred_line: np.ndarray, true_line: np.ndarray, near_pred: np.ndarray, near_truth: np.ndarray) -> Hits:
    return Hits(
        pred_hits=int(np.count_nonzero(pred_line & near_truth)),
        pred_total=int(np.count_nonzero(pred_line)),
        true_hits=int(np.count_nonzero(true_line & near_pred)),
        true_total=int(np.count_nonzero(true_line)),
    )


def _near(line: np.ndarray, tolerance_px: float) -> np.ndarray:
    """True within `tolerance_px` of a pixel of the line."""
    if not line.any():  # OpenCV's distance is not defined without a target
        return np.zeros_like(line)
    distance = cv2.distanceTransform((~line).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return distance <= tolerance_px + 1e-3  # distances are float32: sqrt(2) must stay within sqrt(2)


def _counted(pred: Counts | np.ndarray, truth: np.ndarray | None) -> Counts:
    if isinstance(pred, Counts):
        return pred
    if truth is None:
        raise ValueError("give either one Counts or two masks, the prediction and the truth")
    return counts(pred, truth)


def _ratio(part: int, whole: int, c: Counts) -> float:
    if c.tp + c.fp + c.fn == 0:
        return 1.0
    return part / whole if whole else 0.0


def _check_pair(pred: np.ndarray, truth: np.ndarray) -> None:
    check_mask(pred)
    check_mask(truth)
    if pred.shape != truth.shape:
        raise ValueError(
            f"prediction {pred.shape} and truth {truth.shape} must have one size; use geometry.resize_mask"
        )


def _check_tolerance(tolerance_px: float) -> None:
    if not tolerance_px >= 0:
        raise ValueError(f"the tolerance must be 0 px or more, got {tolerance_px}")


def _as_points(points: np.ndarray) -> np.ndarray:
    points = np.asarray(points, dtype=float)
    if points.size == 0:
        return points.reshape(0, 2)
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(f"expected points of shape (N, 2) as (x, y), got {points.shape}")
    return points
