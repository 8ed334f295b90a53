"""Scores of a probability map at every threshold at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from wrinkleseg.masks import check_mask
from wrinkleseg.stopwatch import least_seconds

# How far above 1 a mean of ones may come out in float32, when a map was made smaller.
_ROUNDING = 1e-5


@dataclass(frozen=True)
class Ranking:
    """The values of a probability map in order, all of them and those of the true pixels.

    every, true: uint32 (N,), (M,), rising: the bits of float32 values from 0 up, which rise as the values do and sort
    faster. Zeros are only counted, in `zeros`: they are half the pixels of a face cut out of its photo.
    """

    every: np.ndarray
    true: np.ndarray
    zeros: int
    true_zeros: int

    @property
    def positives(self) -> int:
        """How many pixels are true."""
        return len(self.true) + self.true_zeros

    def at_or_above(self, thresholds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of how many pixels, and of how many true ones, the value is at or above each threshold, float (K,), above 0.

        Returns two int (K,) arrays.
        """
        keys = _bits(_not_below(np.asarray(thresholds, float)))
        return _above(self.every, keys), _above(self.true, keys)

    def average_precision(self) -> float:
        """See `average_precision`."""
        if not self.positives:
            return 0.0 if len(self.every) else 1.0
        found, marked = _above(self.true, self.true), _above(self.every, self.true)
        share_of_all = self.positives / (len(self.every) + self.zeros)
        return float((np.sum(found / marked) + self.true_zeros * share_of_all) / self.positives)


def ranking(probability: np.ndarray, truth: np.ndarray) -> Ranking:
    """Sort the values of a map, float32 0..1, together with a bool mask of the same shape, (H, W).

    Raises ValueError for another type or shape and for values that are below 0, above 1 or no number.
    """
    _check_map(probability, truth)
    marked = probability > 0
    values, true_values = _picked(probability, marked), _picked(probability, marked & truth)
    true_zeros = int(np.count_nonzero(truth)) - len(true_values)
    return Ranking(_sorted(_bits(values)), _sorted(_bits(true_values)), probability.size - len(values), true_zeros)


def average_precision(probability: np.ndarray, truth: np.ndarray) -> float:
    """Average precision (AP), 0..1: mean over the true pixels of the precision at the threshold of their own value.

    The same as the sum over thresholds of precision times the gain in recall, without interpolation between them. A
    map of one value only ranks nothing: its AP is the share of the true pixels, as for a random order. Without a true
    pixel it is 1 for a map of zeros and 0 for any other.

    Args:
        probability: float32 (H, W), 0..1.
        truth: bool (H, W).
    """
    return ranking(probability, truth).average_precision()


def _picked(values: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """`values[mask]`, in two thirds of the time where the mask is as ragged as noise."""
    return values.ravel()[np.flatnonzero(mask)]


def _above(rising: np.ndarray, keys: np.ndarray) -> np.ndarray:
    return len(rising) - np.searchsorted(rising, keys, side="left")


def _sorted(keys: np.ndarray) -> np.ndarray:
    """uint32 (N,) rising."""
    return np.sort(keys) if _plain_sort_pays() else _sorted_by_halves(keys)


def _sorted_by_halves(keys: np.ndarray) -> np.ndarray:
    """`np.sort`. NumPy sorts 16 bits by counting them, so that the two halves may take less time than the whole."""
    by_low = keys[np.argsort(keys.astype(np.uint16), kind="stable")]
    return by_low[np.argsort((by_low >> 16).astype(np.uint16), kind="stable")]


@cache
def _plain_sort_pays() -> bool:
    """Whether this processor sorts 32 bits faster at once: with AVX-512 it takes a fifth of the time, without it twice.

    Tried for a few milliseconds, once in a process; both ways give the same.
    """
    keys = np.random.default_rng(0).integers(0, 2**32, 50_000, np.uint32)
    return least_seconds(lambda: np.sort(keys), 3) < least_seconds(lambda: _sorted_by_halves(keys), 3)


def _bits(values: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(values).view(np.uint32)


def _not_below(thresholds: np.ndarray) -> np.ndarray:
    """The smallest float32 values that are not below float64 thresholds: no value may cross one by rounding."""
    near = thresholds.astype(np.float32)
    return np.where(near < thresholds, np.nextafter(near, np.float32(2)), near)


def _check_map(probability: np.ndarray, truth: np.ndarray) -> None:
    check_mask(truth)
    if probability.dtype != np.float32 or probability.shape != truth.shape:
        raise ValueError(
            f"expected a float32 probability map of the mask's shape {truth.shape}, "
            f"got {probability.dtype} {probability.shape}"
        )
    if probability.size and not (probability.min() >= 0 and probability.max() <= 1 + _ROUNDING):
        raise ValueError(
            f"probabilities must lie within 0..1, got {probability.min():g}..{probability.max():g}; clip them first"
        )
