"""Rows that keep a table honest: what scores are worth that nobody has to see a wrinkle for, and what people reach.

Each takes the truth of a photo and gives a mask, both at the width that is scored at.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np

from eval.samples import DataError
from wrinkleseg import geometry

SECOND_PERSON = "second person"
SHIFT = 2  # px at the scored width
Mark = Callable[[np.ndarray, np.ndarray, str], np.ndarray]


def all_background(truth: np.ndarray, skin: np.ndarray, name: str) -> np.ndarray:
    """Nothing marked, bool (H, W): what pixel accuracy rewards most where little is to be found."""
    return np.zeros_like(truth)


def random_at_true_rate(truth: np.ndarray, skin: np.ndarray, name: str) -> np.ndarray:
    """Pixels of the skin, each by itself, so many that as much is marked as is true there; bool (H, W).

    truth, skin: bool (H, W); skin: only where scores count. name: of the photo; the same name gives the same pixels.
    """
    digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
    rate = (truth & skin).sum() / max(skin.sum(), 1)
    return skin & (np.random.default_rng(int.from_bytes(digest, "big")).random(truth.shape) < rate)


def moved(truth: np.ndarray, skin: np.ndarray, name: str) -> np.ndarray:
    """The truth itself, SHIFT px further to the right, bool (H, W): what a small error of the drawing hand costs."""
    result = np.zeros_like(truth)
    result[:, SHIFT:] = truth[:, :-SHIFT]
    return result


def second_person(other: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Another person's mask at the truth's size; a row more or less, which rounding leaves, is taken away or added.

    Raises DataError where the two are of different shapes.
    """
    if abs(other.shape[0] - size[0]) > 1 or other.shape[1] != size[1]:
        raise DataError(
            f"the masks of two people must show the same picture, got {other.shape} and {size} at one width"
        )
    return other if other.shape == size else geometry.resize_mask(other, size)


REFERENCES: dict[str, Mark] = {
    "all background": all_background,
    "random at the true rate": random_at_true_rate,
    f"truth moved by {SHIFT} px": moved,
}
NAMES = (*REFERENCES, SECOND_PERSON)
