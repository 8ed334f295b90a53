"""Results of a benchmark that nobody ran, of any size, and a folder of them with made-up photos and masks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from eval.thresholds import THRESHOLDS
from wrinkleseg import images, zones

SIDE = 320
PIXELS = 500 * 500
TOLERANCES = (1, 2, 3, 5, 8)


@dataclass(frozen=True)
class Made:
    """A method as it would score: mean precision and recall on wrinkles and on pores, seconds, parameters."""

    name: str
    kind: str
    precision: float
    recall: float
    seconds: float
    parameters: int = 0
    tasks: tuple[str, ...] = ("wrinkle",)


METHODS = (
    Made("unetpp", "learned", 0.62, 0.66, 1.9, 26_100_000),
    Made("wrinkle-pore", "learned", 0.50, 0.55, 0.8, 5_200_000, ("wrinkle", "pore")),
    Made("frangi", "classical", 0.17, 0.30, 0.12),
    Made("gabor", "classical", 0.20, 0.26, 0.35),
    Made("pores-dog", "classical", 0.55, 0.60, 0.2, 0, ("pore",)),
    Made("all background", "reference", 0.0, 0.0, 0.0, 0, ("wrinkle", "pore")),
    Made("random at the true rate", "reference", 0.02, 0.02, 0.0, 0, ("wrinkle", "pore")),
    Made("truth moved by 2 px", "reference", 0.61, 0.61, 0.0, 0, ("wrinkle", "pore")),
    Made("second person", "reference", 0.30, 0.27, 0.0),
)
SHARED = 4
"""Photos of annotator A that B drew as well: only there a second person can be scored."""


def rows(
    photos: int = 12,
    methods: tuple[Made, ...] = METHODS,
    zone_names: tuple[str, ...] = ("whole", *zones.NAMES[:3]),
    annotators: tuple[str, ...] = ("A", "B"),
    seed: int = 1,
) -> pd.DataFrame:
    """Rows in the columns of a results folder: wrinkles by each annotator (B: a third of the photos), pores on one face."""
    rng = np.random.default_rng(seed)
    plans = [("wrinkle", who, photos if who == "A" else max(SHARED, photos // 3)) for who in annotators]
    plans.append(("pore", "pores", 1))
    parts = [
        _part(made, task, who, SHARED if made.name == "second person" else count, zone_names, rng)
        for task, who, count in plans
        for made in methods
        if task in made.tasks
    ]
    return pd.concat(parts, ignore_index=True)


def many_methods(count: int) -> tuple[Made, ...]:
    """Learned methods with different scores, and the reference rows."""
    learned = [
        Made(f"network-{i:02d}", "learned", 0.3 + 0.3 * i / count, 0.5, 0.5 + i / 5, 10**6 * (i + 1))
        for i in range(count)
    ]
    return (*learned, *(made for made in METHODS if made.kind == "reference"))


def folder(path: Path, photos: int = 12, kept: int = 3) -> tuple[Path, Path]:
    """(results folder, data folder): rows, and for the first `kept` photos pictures, true masks and masks of each method.

    The last of the kept photos has no picture and no mask in the data folder, as where the data are not at hand.
    """
    from eval.results import mask_path

    results, data = path / "results", path / "data"
    results.mkdir(parents=True)
    table = rows(photos)
    table.to_parquet(results / "rows.parquet", index=False)
    source = {"layout": "pairs", "path": str(data / "images"), "masks": str(data / "masks")}
    meta = {"source": source, "split": "test", "created": "2024-05-06", "versions": {"numpy": np.__version__}}
    (results / "meta.json").write_text(json.dumps(meta))
    for number in range(kept - 1):
        _pictures(results, data, _name("wrinkle", number), number, table, mask_path)
    return results, data


def _part(made: Made, task: str, who: str, photos: int, zone_names, rng: np.random.Generator) -> pd.DataFrame:
    names = [_name(task, i) for i in range(photos)]
    hard = np.linspace(-0.12, 0.12, photos)[:, None]  # the same photos are hard for every method
    shape = (photos, len(zone_names))
    precision = np.clip(made.precision + hard + rng.normal(0, 0.06, shape), 0.01, 0.99) * (made.precision > 0)
    recall = np.clip(made.recall + hard + rng.normal(0, 0.06, shape), 0.01, 0.99) * (made.recall > 0)
    size = np.where(np.array(zone_names) == "whole", 3000, 400) * np.ones(shape)
    table = pd.DataFrame({"photo": np.repeat(names, len(zone_names)), "zone": list(zone_names) * photos})
    table = table.assign(method=made.name, kind=made.kind, annotator=who, task=task, threshold=0.5, error="")
    table = table.assign(**_scores(precision.ravel(), recall.ravel(), size.ravel(), task))
    sweeps = _sweeps(precision.ravel(), recall.ravel())
    whole = (table["zone"] == "whole") & (made.kind != "reference")
    for name, values in sweeps.items():
        table[name] = [list(v) if w else None for v, w in zip(values, whole, strict=True)]
    traits = {name: np.repeat(rng.normal(m, s, photos), len(zone_names)) for name, (m, s) in _TRAITS.items()}
    table = table.assign(**traits, both_empty=False, parameters=made.parameters)
    seconds = made.seconds * rng.uniform(0.9, 1.2, photos)
    table = table.assign(seconds=np.repeat(seconds, len(zone_names)), peak_mb=900.0)
    weights = "0123456789ab" if made.kind == "learned" else ""
    table = table.assign(weights=weights, device="cpu", versions="{}")
    files = {"photo_path": "images/{}.png", "mask_path": "masks/{}.png"}
    return table.assign(**{column: [form.format(n) for n in table["photo"]] for column, form in files.items()})


_TRAITS = {
    "face_width": (285, 40),
    "sharpness": (0.7, 0.1),
    "ita": (35, 2),
    "true_width": (1.2, 0.2),
    "skin_share": (0.3, 0.04),
}


def _scores(precision: np.ndarray, recall: np.ndarray, size: np.ndarray, task: str) -> dict[str, np.ndarray]:
    tp = np.rint(recall * size)
    fp = np.where(precision > 0, tp * (1 - precision) / np.maximum(precision, 0.01), 0).round()
    fn = size - tp
    scores = {"tp": tp, "fp": fp, "fn": fn, "tn": PIXELS - tp - fp - fn, "precision": precision, "recall": recall}
    scores |= {"iou": tp / (tp + fp + fn), "f1": 2 * tp / (2 * tp + fp + fn), "accuracy": 1 - (fp + fn) / PIXELS}
    scores["ap"] = precision * recall + 0.1
    missing = np.full(len(tp), np.nan)
    wrinkle = task == "wrinkle"
    scores["cldice"] = scores["f1"] if wrinkle else missing
    for tolerance in TOLERANCES:
        grown = 1 - (1 - scores["f1"]) ** (1 + tolerance / 3) if wrinkle else missing
        scores |= {f"line_{part}_{tolerance}": grown for part in ("precision", "recall", "f1")}
    scores |= {"line_f1_face": scores["line_f1_3"], "nsd": scores["line_f1_2"], "hd95": 30 * (1 - scores["f1"])}
    hits = scores["line_f1_3"] * 900
    scores |= {"line_pred_hits_3": hits, "line_pred_total": hits * 0 + 900}
    scores |= {"line_true_hits_3": hits, "line_true_total": hits * 0 + 900}
    centre = missing if wrinkle else np.minimum(1, scores["f1"] * 1.4)
    scores |= {"centre_precision": centre, "centre_recall": centre, "centre_f1": centre}
    return scores | {"count_pred": centre * 700, "count_true": centre * 0 + 700}


def _sweeps(precision: np.ndarray, recall: np.ndarray) -> dict[str, np.ndarray]:
    """Curves that pass through the scores at threshold 0.5, float (rows, len(THRESHOLDS))."""
    sure = np.maximum(precision, 1e-3)[:, None] ** (2 * (1 - THRESHOLDS))
    found = np.maximum(recall, 1e-3)[:, None] ** (2 * THRESHOLDS)
    return {"f1_sweep": 2 * sure * found / (sure + found), "precision_sweep": sure, "recall_sweep": found}


def _pictures(results: Path, data: Path, name: str, seed: int, table: pd.DataFrame, mask_path) -> None:
    """A shaded disc with dark lines; each method finds some of them, a little moved, and one line that is not there."""
    rng = np.random.default_rng(seed)
    down, across = np.mgrid[:SIDE, :SIDE]
    skin = np.hypot(down - SIDE / 2, across - SIDE / 2) < SIDE * 0.45
    grey = np.where(skin, 190 - across * 0.15, 90) + rng.normal(0, 4, (SIDE, SIDE))
    truth = lines([(80, 0), (120, 8), (170, -6), (215, 4)])
    rgb = np.clip(np.stack([grey, grey * 0.82, grey * 0.72], axis=2) - 45 * truth[..., None], 0, 255).astype(np.uint8)
    _save(data / "images" / f"{name}.png", rgb)
    _save(data / "masks" / f"{name}.png", truth.astype(np.uint8) * 255)
    for method in table.loc[table["task"] == "wrinkle", "method"].unique():
        found = lines([(80, 0), (122, 8), (250, 3)])
        _save(mask_path(results, method, "wrinkle", name), found.astype(np.uint8) * 255)


def _save(path: Path, array: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    images.save_png(path, array)


def lines(rows_and_slopes: list[tuple[int, int]]) -> np.ndarray:
    """Lines three pixels thick across the middle, bool (SIDE, SIDE)."""
    drawn = np.zeros((SIDE, SIDE), np.uint8)
    for row, slope in rows_and_slopes:
        cv2.line(drawn, (90, row), (SIDE - 90, row + slope), 1, 3)
    return drawn.astype(bool)


def _name(task: str, number: int) -> str:
    return f"{number:05d}" if task == "wrinkle" else "half-face"
