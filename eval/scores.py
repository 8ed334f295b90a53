"""Every score of one photo as one flat dict: prepared once, then read for the whole photo and for any zone.

`line_scores` prepares a pair of wrinkle masks, `pore_scores` a pair of pore masks. Both give the columns COLUMNS, so that
their rows make one table: a score that a task has not is NaN, a sweep None. Masks that are both empty score 1 (0 px in
`hd95`) and say so in `both_empty`; one empty mask scores 0 (the picture's diagonal in `hd95`).

Macro is the mean of such rows over photos, micro is `pooled` of their counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from eval.thresholds import ranked_sweeps
from wrinkleseg import masks, metrics
from wrinkleseg.metrics import Boundaries, Centrelines, Counts, Hits, Ranking
from wrinkleseg.side_by_side import both

# Tolerances in px: of centrelines, of outlines and of the centres of pores; and of centrelines in face widths.
TOLERANCES = (1, 2, 3, 5, 8)
POOLED_TOLERANCE = metrics.LINE_TOLERANCE
NSD_TOLERANCE = 2.0
CENTRE_TOLERANCE = metrics.CENTRE_TOLERANCE
FACE_TOLERANCE = 0.01

PIXEL_COUNTS = ("tp", "fp", "fn", "tn")
LINE_COUNTS = tuple(f"line_{name}" for name in ("pred_hits_3", "pred_total", "true_hits_3", "true_total"))
COUNT_COLUMNS = PIXEL_COUNTS + LINE_COUNTS
SWEEPS = ("f1_sweep", "precision_sweep", "recall_sweep")
COLUMNS = (
    *PIXEL_COUNTS,
    *("iou", "f1", "precision", "recall", "accuracy", "ap", "cldice"),
    *(f"line_{name}_{tolerance}" for tolerance in TOLERANCES for name in ("precision", "recall", "f1")),
    *("line_f1_face", "nsd", "hd95"),
    *LINE_COUNTS,
    *("centre_precision", "centre_recall", "centre_f1", "count_pred", "count_true"),
    *SWEEPS,
    "both_empty",
)


@dataclass(frozen=True)
class LinePair:
    """A wrinkle mask beside the truth: see `line_scores`."""

    predicted: np.ndarray
    truth: np.ndarray
    face_width: float | None
    lines: Centrelines
    outlines: Boundaries
    ranked: Ranking | None

    def whole(self) -> dict:
        """Every score of the whole photo: COLUMNS."""
        far = {"nsd": self.outlines.surface_dice(NSD_TOLERANCE), "hd95": self.outlines.hausdorff()}
        return self._within(None) | far | _ranked(self.ranked)

    def within(self, zone: np.ndarray) -> dict:
        """The scores of a zone, bool (H, W): COLUMNS without those that belong to the whole photo (NaN and None).

        Pixels of the centrelines that lie in the zone are counted, each against the whole other line or mask, so that
        a line just inside still meets its twin just outside.
        """
        return self._within(zone)

    def _within(self, zone: np.ndarray | None) -> dict:
        pixels = _pixel_scores(metrics.counts(self.predicted, self.truth, zone))
        return missing() | pixels | _line_columns(self.lines.within(zone), self.face_width)


@dataclass(frozen=True)
class PorePair:
    """A pore mask beside the truth, both empty where it does not count: see `pore_scores`.

    pred_centres, true_centres: int (N,), int (M,), places of the centres in the flattened picture. pred_met, true_met:
    bool (N,), bool (M,), which of them were matched.
    """

    predicted: np.ndarray
    truth: np.ndarray
    counted: np.ndarray
    pred_centres: np.ndarray
    true_centres: np.ndarray
    pred_met: np.ndarray
    true_met: np.ndarray
    ranked: Ranking | None

    def whole(self) -> dict:
        """Every score of the pixels that count: COLUMNS."""
        return self.within(self.counted) | _ranked(self.ranked)

    def within(self, zone: np.ndarray) -> dict:
        """The scores of a zone, bool (H, W), where it counts: COLUMNS without `ap` and the sweeps.

        Centres that lie in the zone are counted; the partner of one may lie outside the zone, where it counts.
        """
        zone = zone & self.counted
        pixels = _pixel_scores(metrics.counts(self.predicted, self.truth, zone))
        pred = self.pred_met[zone.ravel()[self.pred_centres]]
        true = self.true_met[zone.ravel()[self.true_centres]]
        hits = Hits(int(pred.sum()), len(pred), int(true.sum()), len(true))
        return missing() | pixels | _centre_columns(hits)


def line_scores(
    predicted: np.ndarray, truth: np.ndarray, face_width: float | None, probability: np.ndarray | None = None
) -> LinePair:
    """Prepare every score of a wrinkle mask; what is costly is done here and once.

    predicted, truth: bool (H, W), already at the width that is scored at. face_width: in px at that width, None or NaN
    where there is no face (`line_f1_face` is then NaN). probability: float32 (H, W), 0..1, or None (`ap` is then NaN).
    Raises ValueError for arrays of another type or of different sizes.
    """
    lines, (outlines, ranked) = both(
        lambda: metrics.centrelines(predicted, truth),
        lambda: (metrics.boundaries(predicted, truth), _ranking(probability, truth)),
    )
    return LinePair(predicted, truth, face_width, lines, outlines, ranked)


def pore_scores(
    predicted: np.ndarray,
    truth: np.ndarray,
    counted: np.ndarray | None = None,
    probability: np.ndarray | None = None,
) -> PorePair:
    """Prepare every score of a pore mask.

    predicted, truth: bool (H, W), at the photo's own size. counted: bool (H, W), where pores were annotated and are to
    be judged, None for everywhere; a pore counts where its centre does, so that the border cuts none in two. What does
    not count is no partner either: it may not have been annotated, or it may have taught the network.
    probability: float32 (H, W), 0..1, or None. Raises ValueError as `line_scores`.
    """
    counted = np.ones_like(truth) if counted is None else counted
    metrics.counts(predicted, truth, counted)  # sizes and types are checked before the costly part
    pred, pred_at = _centres(predicted, counted)
    true, true_at = _centres(truth, counted)
    matches = metrics.centre_matches(pred, true, CENTRE_TOLERANCE)
    pred_met, true_met = np.zeros(len(pred), bool), np.zeros(len(true), bool)
    pred_met[matches[:, 0]], true_met[matches[:, 1]] = True, True
    ranked = None if probability is None else _ranking(probability[counted][None], truth[counted][None])
    return PorePair(predicted & counted, truth & counted, counted, pred_at, true_at, pred_met, true_met, ranked)


def missing() -> dict:
    """COLUMNS of a row without scores: NaN, None for a sweep, False for `both_empty`."""
    return dict.fromkeys(COLUMNS, float("nan")) | dict.fromkeys(SWEEPS) | {"both_empty": False}


def pooled(sums: Mapping[str, float | np.ndarray]) -> dict[str, np.ndarray]:
    """Micro scores: of counts that were added up over photos, 0..1; NaN unless every sum that a score needs is known.

    sums: the sums of COUNT_COLUMNS, those that there are: numbers or arrays of one shape, such as one sum for each
    bootstrap sample. Gives iou, f1, precision, recall, accuracy from pixels and line_precision_3, line_recall_3,
    line_f1_3 from the hits of centrelines, each float64 of that shape.
    """
    result = {}
    if all(column in sums for column in PIXEL_COUNTS):
        result |= _where_known(_pooled_pixels, [np.asarray(sums[column], float) for column in PIXEL_COUNTS])
    if all(column in sums for column in LINE_COUNTS):
        result |= _where_known(_pooled_lines, [np.asarray(sums[column], float) for column in LINE_COUNTS])
    return result


def _pixel_scores(counts: Counts) -> dict:
    return counts._asdict() | {
        "iou": metrics.iou(counts),
        "f1": metrics.f1(counts),
        "precision": metrics.precision(counts),
        "recall": metrics.recall(counts),
        "accuracy": metrics.pixel_accuracy(counts),
        "both_empty": counts.tp + counts.fp + counts.fn == 0,
    }


def _line_columns(lines: Centrelines, face_width: float | None) -> dict:
    scores: dict = {"cldice": lines.cldice_hits().f1}
    for tolerance in TOLERANCES:
        hits = lines.hits(tolerance)
        named = {"precision": hits.precision, "recall": hits.recall, "f1": hits.f1}
        scores |= {f"line_{name}_{tolerance}": value for name, value in named.items()}
    scores |= zip(LINE_COUNTS, lines.hits(POOLED_TOLERANCE), strict=True)
    if face_width is not None and np.isfinite(face_width):
        scores["line_f1_face"] = lines.hits(FACE_TOLERANCE * face_width).f1
    return scores


def _centre_columns(hits: Hits) -> dict:
    return {
        "centre_precision": hits.precision,
        "centre_recall": hits.recall,
        "centre_f1": hits.f1,
        "count_pred": hits.pred_total,
        "count_true": hits.true_total,
    }


def _ranking(probability: np.ndarray | None, truth: np.ndarray) -> Ranking | None:
    return None if probability is None else metrics.ranking(probability, truth)


def _ranked(ranked: Ranking | None) -> dict:
    if ranked is None:
        return {}
    lists = (sweep.tolist() for sweep in ranked_sweeps(ranked))
    return {"ap": ranked.average_precision(), **dict(zip(SWEEPS, lists, strict=True))}


def _centres(mask: np.ndarray, counted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Centres (x, y) of whole pores that lie where it counts, and their places in the flattened picture."""
    centres = masks.centres(mask)
    columns, rows = np.round(centres).astype(int).T
    at = rows * mask.shape[1] + columns
    here = counted.ravel()[at]
    return centres[here], at[here]


def _where_known(pooled_of: Callable[..., dict[str, np.ndarray]], counts: list[np.ndarray]) -> dict[str, np.ndarray]:
    known = np.isfinite(counts).all(axis=0)
    return {name: np.where(known, score, np.nan) for name, score in pooled_of(*counts).items()}


def _pooled_pixels(tp: np.ndarray, fp: np.ndarray, fn: np.ndarray, tn: np.ndarray) -> dict[str, np.ndarray]:
    marked = tp + fp + fn
    ratios = {
        "iou": _ratio(tp, marked),
        "f1": _ratio(2 * tp, 2 * tp + fp + fn),
        "precision": _ratio(tp, tp + fp),
        "recall": _ratio(tp, tp + fn),
    }
    scores = {name: np.where(marked > 0, ratio, 1.0) for name, ratio in ratios.items()}
    total = marked + tn
    return scores | {"accuracy": np.where(total > 0, _ratio(tp + tn, total), 1.0)}


def _pooled_lines(pred_hits: np.ndarray, pred: np.ndarray, true_hits: np.ndarray, true: np.ndarray) -> dict:
    """As `Hits`: where one side has no line at all, its share is that of the other side."""
    right, found = _ratio(pred_hits, pred), _ratio(true_hits, true)
    empty = (pred == 0) & (true == 0)
    precision = np.where(empty, 1.0, np.where(pred > 0, right, found))
    recall = np.where(empty, 1.0, np.where(true > 0, found, right))
    f1 = _ratio(2 * precision * recall, precision + recall)
    return {"line_precision_3": precision, "line_recall_3": recall, "line_f1_3": f1}


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """part / whole, 0 where the whole is 0."""
    return np.divide(part, whole, out=np.zeros(np.broadcast_shapes(part.shape, whole.shape)), where=whole > 0)
