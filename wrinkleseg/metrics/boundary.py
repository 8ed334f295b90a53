"""Scores of boundaries: how far the outlines of two masks lie from one another."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from wrinkleseg.masks import check_mask
from wrinkleseg.metrics.distances import check_tolerance, distances
from wrinkleseg.metrics.pixels import check_pair


@dataclass(frozen=True)
class Boundaries:
    """Distances between the outlines of a mask pair.

    pred, truth: float64 (N,), float64 (M,), px from each edge pixel of one mask to the nearest of the other, inf where
    the other has none. diagonal: of the picture, px: no two pixels lie farther apart.
    """

    pred: np.ndarray
    truth: np.ndarray
    diagonal: float

    def surface_dice(self, tolerance_px: float) -> float:
        """See `surface_dice`."""
        check_tolerance(tolerance_px)
        total = len(self.pred) + len(self.truth)
        near = sum(np.count_nonzero(far <= tolerance_px + 1e-9) for far in (self.pred, self.truth))
        return near / total if total else 1.0

    def hausdorff(self, percent: float = 95) -> float:
        """See `hausdorff95`; `percent` 100 is the Hausdorff distance itself."""
        if not len(self.pred) and not len(self.truth):
            return 0.0
        if not len(self.pred) or not len(self.truth):
            return self.diagonal
        return float(max(np.percentile(self.pred, percent), np.percentile(self.truth, percent)))


def boundaries(pred: np.ndarray, truth: np.ndarray) -> Boundaries:
    """Measure how far the outlines of two bool (H, W) masks of one size lie from one another."""
    check_pair(pred, truth)
    pred_edges, true_edges = edges(pred), edges(truth)
    there, back = distances(pred_edges, true_edges), distances(true_edges, pred_edges)
    return Boundaries(there, back, float(np.hypot(*pred.shape)))


def edges(mask: np.ndarray) -> np.ndarray:
    """Outline of a mask, bool (H, W): its pixels with a side on a pixel off the mask or on the picture's border."""
    check_mask(mask)
    if not mask.any():
        return np.zeros_like(mask)
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    core = cv2.erode(mask.view(np.uint8), cross, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return mask & (core == 0)


def surface_dice(pred: np.ndarray, truth: np.ndarray, tolerance_px: float = 2.0) -> float:
    """Normalised surface Dice (NSD), 0..1: share of both outlines within `tolerance_px` of the other one.

    Nikolov et al., "Deep learning to achieve clinically applicable segmentation of head and neck anatomy" (2018), with
    pixels of the outline (`edges`) instead of lengths, as Seidlitz et al. (2021) and MONAI have it.
    """
    return boundaries(pred, truth).surface_dice(tolerance_px)


def hausdorff95(pred: np.ndarray, truth: np.ndarray) -> float:
    """95% Hausdorff distance (HD95) in px, 0 the best: of 95% of an outline, the farthest from the other outline.

    The greater of the two directions; percentiles are interpolated linearly. Two empty masks lie 0 px apart, an empty
    and another one the picture's diagonal.
    """
    return boundaries(pred, truth).hausdorff()
