"""A results table made of nothing: every score of a row follows from the F1 that is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from eval import scores

PIXELS, TRUE = 250_000, 1000


def row(method: str, photo: str, f1: float, **changes) -> dict:
    """One row, whole photo, annotator A, with as many pixels marked as true. changes: other values of columns."""
    hits = round(TRUE * f1)
    counts = {"tp": hits, "fp": TRUE - hits, "fn": TRUE - hits, "tn": PIXELS - 2 * TRUE + hits}
    lines = {"line_pred_hits_3": hits, "line_pred_total": TRUE, "line_true_hits_3": hits, "line_true_total": TRUE}
    known = {
        **{"method": method, "kind": "learned", "photo": photo, "annotator": "A", "task": "wrinkle", "zone": "whole"},
        **{"photo_path": f"{photo}.png", "mask_path": f"{photo}.png", "weights": "", "versions": "{}", "error": ""},
        **{"threshold": 0.5, "seconds": 1.0, "peak_mb": 100.0, "parameters": 4_320_000, "device": "cpu"},
        **{"iou": f1 / (2 - f1), "f1": f1, "cldice": f1, "ap": f1, "accuracy": 1 - 2 * (TRUE - hits) / PIXELS},
        **{f"line_f1_{tolerance}": min(1.0, f1 + 0.02 * tolerance) for tolerance in scores.TOLERANCES},
        **{"line_f1_face": f1, "centre_f1": np.nan, "both_empty": False},
        **{"face_width": 280.0, "sharpness": 0.62, "ita": 45.0, "true_width": 0.8, "skin_share": 0.3},
    }
    return known | counts | lines | changes


def failed(method: str, photo: str, error: str, **changes) -> dict:
    """A row of a photo that ended in an error: nothing was counted and nothing is known of it."""
    given = row(method, photo, 0.0, error=error, **changes)
    return {
        name: np.nan if type(value) in (int, float) and name != "threshold" else value for name, value in given.items()
    }


def table(f1: Mapping[str, Sequence[float]], **changes) -> pd.DataFrame:
    """A row for each method and photo ("p0", "p1", ...), from the F1 of each method by photo."""
    return pd.DataFrame(
        [row(method, f"p{number}", value, **changes) for method, by in f1.items() for number, value in enumerate(by)]
    )


def three_methods(photos: int = 20, **changes) -> pd.DataFrame:
    """Methods "good", "twin" and "poor": the first two are alike but for noise, the third is 0.1 worse everywhere."""
    random = np.random.default_rng(4)
    ease = random.uniform(0.35, 0.6, photos)
    below = {"good": 0.0, "twin": 0.002, "poor": 0.1}
    return table({name: ease - gap + random.normal(0, 0.02, photos) for name, gap in below.items()}, **changes)
