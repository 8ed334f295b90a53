"""The full set of scores of one pair of masks beside the same scores from torchmetrics, MONAI, scikit-image and SciPy."""

from __future__ import annotations

import cv2
import numpy as np
import torch

from eval.scores import FACE_TOLERANCE, NSD_TOLERANCE, TOLERANCES, line_scores
from eval.speed.timing import ROUNDS, Ratio, compared
from eval.thresholds import THRESHOLDS

SIDE, FACE_WIDTH = 1024, 600.0
ASKED = 10.0


def ratio(rounds: int = ROUNDS) -> Ratio:
    """On a drawn pair of 1024x1024 px, one process, as many threads as each side takes. Raises ImportError without them."""
    probability, truth = pair()
    predicted = probability > 0.5
    mine, theirs = ours(predicted, truth, probability), others(predicted, truth, probability)
    return compared(
        "all scores of a 1024x1024 pair",
        ("eval.scores", lambda: ours(predicted, truth, probability)),
        ("torchmetrics, MONAI, scikit-image, SciPy", lambda: others(predicted, truth, probability)),
        ASKED,
        rounds,
        {
            "largest difference, pixels and outlines": _apart(mine, theirs, lines=False),
            "largest difference, centrelines (scikit-image thins in another way)": _apart(mine, theirs, lines=True),
        },
    )


def pair(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Wavy lines and the same a little shifted and blurred: probability float32 and truth bool, both (1024, 1024)."""
    rng = np.random.default_rng(seed)
    truth = np.zeros((SIDE, SIDE), np.uint8)
    for row in rng.uniform(40, SIDE - 40, 60):
        start = rng.uniform(0, SIDE - 300)
        x = np.linspace(start, start + rng.uniform(80, 300), 40)
        points = np.column_stack([x, row + 12 * np.sin(x / rng.uniform(20, 60))])
        cv2.polylines(truth, [np.round(points).astype(np.int32)], False, 255, 4)
    moved = cv2.warpAffine(truth, np.float32([[1, 0, 1.5], [0, 1, 1]]), (SIDE, SIDE))
    noisy = cv2.GaussianBlur(moved, (0, 0), 1.5) / 255 + rng.normal(0, 0.05, truth.shape)
    return np.clip(noisy, 0, 1).astype(np.float32), truth > 0


def _apart(mine: dict, theirs: dict, lines: bool) -> float:
    of_lines = {name for name in theirs if name.startswith(("line", "cldice"))}
    return max(abs(mine[name] - theirs[name]) for name in theirs if (name in of_lines) == lines)


def ours(predicted: np.ndarray, truth: np.ndarray, probability: np.ndarray) -> dict:
    """Every score, by name."""
    return line_scores(predicted, truth, FACE_WIDTH, probability).whole()


def others(predicted: np.ndarray, truth: np.ndarray, probability: np.ndarray) -> dict:
    """The same scores, each by the library that has it."""
    return (
        _pixels(predicted, truth)
        | _ranked(probability, truth)
        | _lines(predicted, truth)
        | _outlines(predicted, truth)
        | _swept(probability, truth)
    )


def _pixels(predicted: np.ndarray, truth: np.ndarray) -> dict:
    from torchmetrics.functional import classification

    guess, target = torch.from_numpy(predicted).long(), torch.from_numpy(truth).long()
    names = {
        "iou": "jaccard_index",
        "f1": "f1_score",
        "precision": "precision",
        "recall": "recall",
        "accuracy": "accuracy",
    }
    return {mine: float(getattr(classification, f"binary_{name}")(guess, target)) for mine, name in names.items()}


def _ranked(probability: np.ndarray, truth: np.ndarray) -> dict:
    from torchmetrics.functional.classification import binary_average_precision

    return {"ap": float(binary_average_precision(torch.from_numpy(probability), torch.from_numpy(truth).long()))}


def _swept(probability: np.ndarray, truth: np.ndarray) -> dict:
    """F1 over the same thresholds; only its best is compared, the whole sweep is computed."""
    from torchmetrics.functional.classification import binary_precision_recall_curve

    levels = torch.as_tensor(np.asarray(THRESHOLDS, np.float32))
    precision, recall, _ = binary_precision_recall_curve(
        torch.from_numpy(probability), torch.from_numpy(truth).long(), levels
    )
    _ = 2 * precision * recall / (precision + recall).clamp(min=1e-9)
    return {}


def _lines(predicted: np.ndarray, truth: np.ndarray) -> dict:
    from scipy.ndimage import distance_transform_edt
    from skimage.morphology import skeletonize

    thin, true_thin = skeletonize(predicted), skeletonize(truth)
    precise, found = truth[thin].mean(), predicted[true_thin].mean()
    scores = {"cldice": 2 * precise * found / (precise + found)}
    to_true, to_thin = (distance_transform_edt(~line)[other] for line, other in ((true_thin, thin), (thin, true_thin)))
    for tolerance in TOLERANCES:
        right, met = float((to_true <= tolerance).mean()), float((to_thin <= tolerance).mean())
        f1 = 2 * right * met / (right + met)
        scores |= {f"line_precision_{tolerance}": right, f"line_recall_{tolerance}": met, f"line_f1_{tolerance}": f1}
    reach = FACE_TOLERANCE * FACE_WIDTH
    right, met = float((to_true <= reach).mean()), float((to_thin <= reach).mean())
    return scores | {"line_f1_face": 2 * right * met / (right + met)}


def _outlines(predicted: np.ndarray, truth: np.ndarray) -> dict:
    from monai.metrics import compute_hausdorff_distance, compute_surface_dice

    guess, target = (torch.from_numpy(mask)[None, None].float() for mask in (predicted, truth))
    near = compute_surface_dice(guess, target, [NSD_TOLERANCE], include_background=True)
    far = compute_hausdorff_distance(guess, target, include_background=True, percentile=95)
    return {"nsd": float(near), "hd95": float(far)}
