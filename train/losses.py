"""Losses on logits, each with a weight for every pixel: 0 where nobody annotated."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def dice_loss(logits: Tensor, target: Tensor, weight: Tensor, smooth: float = 1.0) -> Tensor:
    """1 - 2 sum(p q) / (sum(p^2) + sum(q^2)) over the pixels of a picture (paper W), mean over pictures.

    Args:
        logits: float (N, H, W).
        target: float (N, H, W), 0..1; graded masks are allowed.
        weight: float (N, H, W), 0 where a pixel doesn't count.
        smooth: added above and below, so that an empty picture has a finite loss.
    """
    p = torch.sigmoid(logits)
    overlap = (weight * p * target).flatten(1).sum(1)
    total = (weight * (p * p + target * target)).flatten(1).sum(1)
    return (1 - (2 * overlap + smooth) / (total + smooth)).mean()


def focal_loss(logits: Tensor, target: Tensor, weight: Tensor, alpha: float = 0.75, gamma: float = 2.0) -> Tensor:
    """-a (1-p)^g log p on wrinkle pixels, -(1-a) p^g log(1-p) elsewhere (paper W, a = 0.75, g = 2), weighted mean.

    Shapes as in `dice_loss`. A graded target q takes both terms, with the shares q and 1 - q.
    """
    p = torch.sigmoid(logits)
    on = -alpha * (1 - p) ** gamma * functional.logsigmoid(logits)
    off = -(1 - alpha) * p**gamma * functional.logsigmoid(-logits)
    loss = target * on + (1 - target) * off
    return (weight * loss).sum() / weight.sum().clamp(min=1)


def dice_focal_loss(logits: Tensor, target: Tensor, weight: Tensor, focal_share: float = 10.0) -> Tensor:
    """Dice plus `focal_share` times focal. Paper W adds the two without giving weights; 10 makes them of one size."""
    return dice_loss(logits, target, weight) + focal_share * focal_loss(logits, target, weight)
