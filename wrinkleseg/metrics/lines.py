"""Scores of centrelines: a line drawn a little beside the other, or thinner, still counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from wrinkleseg.masks import skeleton
from wrinkleseg.metrics.distances import check_tolerance, distances
from wrinkleseg.metrics.hits import Hits
from wrinkleseg.metrics.pixels import check_pair, check_zone

SCORED_WIDTH = 500
"""Lines are compared at this width of the photo, px, so that a tolerance means the same on all of them."""
LINE_TOLERANCE = 3
"""Tolerance of the centreline scores that are reported first, px at `SCORED_WIDTH`."""
# Distances are square roots: a tolerance of sqrt(2) px, however it was computed, must hold a step of sqrt(2) px.
_SLACK = 1e-9


@dataclass(frozen=True)
class Line:
    """One mask's centreline, N pixels, seen from the other mask.

    at: int (N,), places in the flattened picture. distance: float64 (N,), px to the other's centreline, inf where
    there is none. inside: bool (N,), lies in the other mask.
    """

    at: np.ndarray
    distance: np.ndarray
    inside: np.ndarray

    def within(self, zone: np.ndarray | None) -> Line:
        """The part of the line that lies in a zone, bool (H, W); all of it for None."""
        if zone is None:
            return self
        here = zone.ravel()[self.at]
        return Line(self.at[here], self.distance[here], self.inside[here])


@dataclass(frozen=True)
class Centrelines:
    """The centrelines of a mask pair, from which every score of lines follows without further search.

    In a zone the pixels that lie in it are counted, each against the whole other line: its border cuts nothing.
    """

    pred: Line
    truth: Line

    def within(self, zone: np.ndarray | None) -> Centrelines:
        """Both lines where they lie in a zone, bool (H, W) of the masks' size; all of them for None."""
        return Centrelines(self.pred.within(zone), self.truth.within(zone))

    def hits(self, tolerance_px: float) -> Hits:
        """Pixels of each centreline with a pixel of the other within `tolerance_px` (Euclidean)."""
        check_tolerance(tolerance_px)
        near_truth = self.pred.distance <= tolerance_px + _SLACK
        near_pred = self.truth.distance <= tolerance_px + _SLACK
        return _hits(near_truth, near_pred)

    def cldice_hits(self) -> Hits:
        """Pixels of each centreline that lie in the other mask."""
        return _hits(self.pred.inside, self.truth.inside)


def centrelines(pred: np.ndarray, truth: np.ndarray) -> Centrelines:
    """Thin two bool (H, W) masks of one size and measure how far the lines lie from one another."""
    check_pair(pred, truth)
    pred_line, true_line = skeleton(pred), skeleton(truth)
    return Centrelines(_line(pred_line, true_line, truth), _line(true_line, pred_line, pred))


def cldice(pred: np.ndarray, truth: np.ndarray) -> float:
    """Centreline Dice, 0..1 (Shit et al., "clDice", CVPR 2021, equations 1 and 2).

    Harmonic mean of the share of the predicted centreline inside the true mask and of the true centreline inside the
    predicted mask.
    """
    return cldice_hits(pred, truth).f1


def cldice_hits(pred: np.ndarray, truth: np.ndarray) -> Hits:
    """What `cldice` is made of, in centreline pixels."""
    check_pair(pred, truth)
    return _hits(truth[skeleton(pred)], pred[skeleton(truth)])


def centreline_f1(pred: np.ndarray, truth: np.ndarray, tolerance_px: float) -> float:
    """F1 of the centrelines, 0..1: a pixel of one hits if the other has one within `tolerance_px` (Euclidean).

    Precision is the share of the predicted centreline that hits, recall that of the true one. Width does not matter,
    and a line drawn a little beside the other still counts.
    """
    return centreline_hits(pred, truth, tolerance_px).f1


def centreline_hits(pred: np.ndarray, truth: np.ndarray, tolerance_px: float) -> Hits:
    """What `centreline_f1` is made of, in centreline pixels."""
    check_tolerance(tolerance_px)
    return centrelines(pred, truth).hits(tolerance_px)


def centreline_hits_within(
    pred: np.ndarray, truth: np.ndarray, tolerances: Iterable[float], zone: np.ndarray | None = None
) -> dict[float, Hits]:
    """`centreline_hits` at several tolerances in px at once, {tolerance: Hits}, in a zone where one is given."""
    lines = centrelines(pred, truth)
    if zone is not None:
        check_zone(zone, truth)
    here = lines.within(zone)
    return {tolerance: here.hits(tolerance) for tolerance in tolerances}


def _line(own: np.ndarray, other: np.ndarray, other_mask: np.ndarray) -> Line:
    at = np.flatnonzero(own)
    return Line(at, distances(own, other), other_mask.ravel()[at])


def _hits(pred: np.ndarray, truth: np.ndarray) -> Hits:
    """Hits from which pixels of each line hit, bool (N,) and bool (M,)."""
    return Hits(int(np.count_nonzero(pred)), len(pred), int(np.count_nonzero(truth)), len(truth))
