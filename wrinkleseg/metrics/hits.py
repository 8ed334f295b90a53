"""Items that were met: what the scores of centrelines and of centres are made of."""

from __future__ import annotations

from typing import NamedTuple


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
    def precision(self) -> float:
        """Share of the predicted items that met the truth, 0..1.

        Where nothing is predicted it is the recall: 0 for a truth that was missed, 1 for none. In a part of a photo
        it may lie between: a predicted line just outside meets a true line just inside.
        """
        return _share(self.pred_hits, self.pred_total, self.true_hits, self.true_total)

    @property
    def recall(self) -> float:
        """Share of the true items that met the prediction, 0..1; the precision where there is no true item."""
        return _share(self.true_hits, self.true_total, self.pred_hits, self.pred_total)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall, 0..1."""
        right, found = self.precision, self.recall
        return 2 * right * found / (right + found) if right + found else 0.0


def _share(hits: int, total: int, other_hits: int, other_total: int) -> float:
    if total:
        return hits / total
    return other_hits / other_total if other_total else 1.0
