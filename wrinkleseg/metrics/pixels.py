"""Scores of pixels: each pixel counts alike and must be in its very place."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wrinkleseg.masks import check_mask


class Counts(NamedTuple):
    """Pixels: marked by both, by the prediction only, by the truth only, by none."""

    tp: int
    fp: int
    fn: int
    tn: int

    def __add__(self, other: Counts) -> Counts:  # type: ignore[override]
        """Pooled counts of two photos."""
        return Counts(*(a + b for a, b in zip(self, other, strict=True)))


def counts(pred: np.ndarray, truth: np.ndarray, zone: np.ndarray | None = None) -> Counts:
    """Count the pixels of two bool (H, W) masks of one size, those in `zone`, bool (H, W), only where it is given."""
    check_pair(pred, truth)
    size = pred.size
    if zone is not None:
        check_zone(zone, truth)
        pred, truth, size = pred & zone, truth & zone, int(np.count_nonzero(zone))
    tp = int(np.count_nonzero(pred & truth))
    fp = int(np.count_nonzero(pred)) - tp
    fn = int(np.count_nonzero(truth)) - tp
    return Counts(tp, fp, fn, size - tp - fp - fn)


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


def check_pair(pred: np.ndarray, truth: np.ndarray) -> None:
    """ValueError unless both are bool (H, W) arrays of one size."""
    check_mask(pred)
    check_mask(truth)
    if pred.shape != truth.shape:
        raise ValueError(
            f"prediction {pred.shape} and truth {truth.shape} must have one size; use geometry.resize_mask"
        )


def check_zone(zone: np.ndarray, truth: np.ndarray) -> None:
    """ValueError unless the zone is a bool (H, W) array of the truth's size."""
    check_mask(zone)
    if zone.shape != truth.shape:
        raise ValueError(f"zone {zone.shape} and truth {truth.shape} must have one size; use geometry.resize_mask")


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
