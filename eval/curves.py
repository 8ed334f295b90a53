"""What the figures draw besides single scores: the second person's mean, and mean curves over thresholds."""

from __future__ import annotations

import numpy as np
import pandas as pd

from eval.figures.style import Ceiling
from eval.references import SECOND_PERSON


def ceiling_of(table: pd.DataFrame, score: str) -> Ceiling | None:
    """The second person's mean score and photos, None where there is none: as good as that is as good as a person.

    Args:
        table: rows of one task and one annotator, or their leaderboard.
    """
    known = table[table["method"] == SECOND_PERSON].dropna(subset=[score])
    if known.empty:
        return None
    photos = known["photos"].iloc[0] if "photos" in known else len(known)
    return Ceiling(float(known[score].mean()), int(photos))


def sweep_means(rows: pd.DataFrame) -> pd.DataFrame:
    """Macro means for the curves, one row a method: method, threshold, f1, precision, recall (float) and f1_curve,
    precision_curve, recall_curve, float (len(THRESHOLDS),) or None where a method gives no probabilities.

    Args:
        rows: zone "whole" of one task and one annotator, with precision_sweep, recall_sweep and f1_sweep.
    """
    kept = rows.dropna(subset=["f1"])
    means = kept.groupby("method")[["threshold", "f1", "precision", "recall"]].mean().reset_index()
    by_method = dict(tuple(kept.groupby("method")))
    for part in ("f1", "precision", "recall"):
        curves = [_mean_curve(by_method[name][f"{part}_sweep"]) for name in means["method"]]
        means[f"{part}_curve"] = pd.Series(curves, dtype=object, index=means.index)
    return means


def _mean_curve(lists: pd.Series) -> np.ndarray | None:
    there = lists.dropna()
    # A missing value inside a list is a None as it comes from a file, and a gap in the curve.
    return np.vstack([np.asarray(each, float) for each in there]).mean(axis=0) if len(there) else None
