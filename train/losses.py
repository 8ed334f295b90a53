"""Losses on logits, by name, by weighted sum and by task.

Every loss takes `(logits, target, weight)`, each float (N, H, W), and gives a scalar of at least 0:

* logits: any range; up to 50 either way, value and gradient stay finite in float32. Half and bfloat16 are computed in
  float32, double stays double.
* target: 0..1; graded masks are allowed.
* weight: 0..1, 0 where nobody annotated. Such a pixel changes neither value nor gradient.

Every loss is the mean over pictures of a value of each picture alone. So the mean over several processes with equally
many pictures is what one process would have got. A picture with weight 0 everywhere adds 0, yet counts in the mean.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.nn import functional

Loss = Callable[[Tensor, Tensor, Tensor], Tensor]


class LossError(ValueError):
    """A loss was asked for that cannot be computed. Says what came, what was expected, how to mend it."""


def dice_loss(logits: Tensor, target: Tensor, weight: Tensor, smooth: float = 1.0) -> Tensor:
    """1 - 2 sum(p q) / (sum(p^2) + sum(q^2)) over the pixels of a picture (paper W), mean over pictures.

    smooth is added above and below, so that an empty picture has a finite loss; 0 leaves that undefined.
    """
    logits, target, weight = _checked(logits, target, weight)
    p = torch.sigmoid(logits)
    overlap = _sums(weight * p * target)
    total = _sums(weight * (p * p + target * target))
    return (1 - (2 * overlap + smooth) / (total + smooth)).mean()


def focal_loss(logits: Tensor, target: Tensor, weight: Tensor, alpha: float = 0.75, gamma: float = 2.0) -> Tensor:
    """-a (1-p)^g log p on wrinkle pixels, -(1-a) p^g log(1-p) elsewhere (paper W, a = 0.75, g = 2), weighted mean.

    A graded target q takes both terms, with the shares q and 1 - q. torchvision's `sigmoid_focal_loss` weighs a graded
    pixel once for both terms instead; on a target of 0 and 1 the two are equal.
    """
    logits, target, weight = _checked(logits, target, weight)
    # 1 - p by its own sigmoid: as a difference it is 0 from a logit of 17 on, and powers below 1 lose their gradient.
    p, rest = torch.sigmoid(logits), torch.sigmoid(-logits)
    on = -alpha * rest**gamma * functional.logsigmoid(logits)
    off = -(1 - alpha) * p**gamma * functional.logsigmoid(-logits)
    return _mean(target * on + (1 - target) * off, weight)


def mse_loss(logits: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """(p - q)^2 with p the sigmoid of the logits, weighted mean: paper P's loss on graded maps."""
    logits, target, weight = _checked(logits, target, weight)
    return _mean((torch.sigmoid(logits) - target) ** 2, weight)


def bce_loss(logits: Tensor, target: Tensor, weight: Tensor, pos_weight: float | None = None) -> Tensor:
    """-(c q log p + (1 - q) log(1 - p)), weighted mean; c is pos_weight, above 0, or 1 where it is None."""
    logits, target, weight = _checked(logits, target, weight)
    factor = None if pos_weight is None else logits.new_tensor(_positive(pos_weight, "pos_weight"))
    values = functional.binary_cross_entropy_with_logits(logits, target, pos_weight=factor, reduction="none")
    return _mean(values, weight)


def cldice_loss(logits: Tensor, target: Tensor, weight: Tensor, iterations: int = 3, smooth: float = 1.0) -> Tensor:
    """Soft clDice, 1 - 2 T_prec T_sens / (T_prec + T_sens) (Shit et al., CVPR 2021, equations 1 and 2, algorithm 2).

    T_prec is the share of the prediction's soft skeleton that lies on the target, T_sens the share of the target's that
    lies on the prediction; smooth, above 0, is added above and below in both. Graded targets have graded skeletons.
    iterations: see `soft_skeleton`. Differs from MONAI's `SoftclDiceLoss` in this: pixels without annotation are left
    out, and no 1e-4 is added to the harmonic mean, which smooth keeps off 0 / 0; so a perfect map has a loss of 0.
    """
    logits, target, weight = _checked(logits, target, weight)
    p = torch.sigmoid(logits)
    known = weight > 0
    thin, thin_target = soft_skeleton(p, known, iterations), soft_skeleton(target, known, iterations)
    precision = (_sums(weight * thin * target) + smooth) / (_sums(weight * thin) + smooth)
    sensitivity = (_sums(weight * thin_target * p) + smooth) / (_sums(weight * thin_target) + smooth)
    return (1 - 2 * precision * sensitivity / (precision + sensitivity)).mean()


def soft_skeleton(values: Tensor, known: Tensor, iterations: int = 3) -> Tensor:
    """What opening takes away from a map, gathered over erosions (Shit et al., CVPR 2021, algorithm 1).

    values: float (N, H, W), 0..1. known: bool (N, H, W); where it is False the result means nothing, and elsewhere it
    is as if the picture ended there. iterations: 0 or more; an upright or level line wider than 2 iterations + 2 px has
    no skeleton. Returns float (N, H, W), 0..1. Raises LossError for iterations below 0.
    """
    if iterations < 0:
        raise LossError(
            f"iterations is {iterations}; give 0 or more, about half the width in pixels of the widest line"
        )
    skeleton = torch.zeros_like(values)
    for _ in range(iterations + 1):
        eroded = _eroded(values, known)
        ridge = functional.relu(values - _dilated(eroded, known))
        skeleton = skeleton + (1 - skeleton) * ridge
        values = eroded
    return skeleton


LOSSES: dict[str, Loss] = {
    "dice": dice_loss,
    "focal": focal_loss,
    "mse": mse_loss,
    "bce": bce_loss,
    "cldice": cldice_loss,
}


def named_loss(name: str) -> Loss:
    """The loss of that name. Raises LossError with all names for an unknown one."""
    if name not in LOSSES:
        raise LossError(f"no loss is called {name!r}; choose one of {', '.join(LOSSES)}")
    return LOSSES[name]


def weighted_sum(parts: Mapping[str, float]) -> Loss:
    """The sum of named losses times their factors, such as {"dice": 1, "focal": 10}.

    Paper W adds dice and focal without giving factors; 10 makes them of one size.
    Raises LossError for no parts, an unknown name, or a factor that is no finite number above 0.
    """
    if not parts:
        raise LossError('a weighted sum got no parts; give at least one, such as {"dice": 1.0}')
    terms = [(named_loss(name), _positive(factor, f"the factor of {name!r}")) for name, factor in parts.items()]

    def total(logits: Tensor, target: Tensor, weight: Tensor) -> Tensor:
        return sum(factor * loss(logits, target, weight) for loss, factor in terms)

    return total


def by_task(
    maps: dict[str, Tensor],
    targets: dict[str, Tensor],
    weights: dict[str, Tensor],
    losses: Mapping[str, Loss],
    shares: Mapping[str, float],
) -> Tensor:
    """Scalar: the sum over tasks of the task's share times its loss, on its own map, target and weight.

    maps, targets, weights: float (N, H, W) for each task; N may differ between tasks. shares: above 0; they need not
    add up to 1. A picture without annotation for a task has weight 0 there and still counts in that task's mean: where
    a quarter of the pictures are annotated for a task, a share four times as large makes up for it.
    Raises LossError where the five do not name the same tasks, name none, or a share is no finite number above 0.
    """
    named = {"maps": maps, "targets": targets, "weights": weights, "losses": losses, "shares": shares}
    tasks = {what: sorted(each) for what, each in named.items()}
    if not losses or any(each != tasks["losses"] for each in tasks.values()):
        raise LossError(f"tasks are {tasks}; give a map, a target, a weight, a loss and a share for each of them")
    return sum(
        _positive(shares[task], f"the share of {task!r}") * loss(maps[task], targets[task], weights[task])
        for task, loss in losses.items()
    )


def _checked(logits: Tensor, target: Tensor, weight: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The three in one precision. Shapes that merely broadcast are refused: (N, 1, H, W) would pair all pictures."""
    shapes = [tuple(each.shape) for each in (logits, target, weight)]
    if logits.ndim != 3 or logits.numel() == 0 or len(set(shapes)) > 1:
        raise LossError(
            f"logits, target, weight have shapes {', '.join(map(str, shapes))}; give all three as (N, H, W), none empty"
        )
    precision = torch.promote_types(logits.dtype, torch.float32)
    return logits.to(precision), target.to(precision), weight.to(precision)


def _sums(values: Tensor) -> Tensor:
    return values.flatten(1).sum(1)


def _mean(values: Tensor, weight: Tensor) -> Tensor:
    # Below one whole pixel the divisor stays 1: a picture without annotation gives 0, not 0 / 0.
    return (_sums(weight * values) / _sums(weight).clamp(min=1)).mean()


def _eroded(values: Tensor, known: Tensor) -> Tensor:
    """Least value of the cross of 5 pixels; 1 cannot be the least, so unknown pixels have no say."""
    upside_down = -values.masked_fill(~known, 1.0)
    level = functional.max_pool2d(upside_down, (1, 3), stride=1, padding=(0, 1))
    upright = functional.max_pool2d(upside_down, (3, 1), stride=1, padding=(1, 0))
    return -torch.maximum(level, upright)


def _dilated(values: Tensor, known: Tensor) -> Tensor:
    """Greatest value of the square of 9 pixels; 0 cannot be the greatest, so unknown pixels have no say."""
    return functional.max_pool2d(values.masked_fill(~known, 0.0), 3, stride=1, padding=1)


def _positive(value: float, what: str) -> float:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or value <= 0:
        raise LossError(f"{what} is {value!r}; give a finite number above 0")
    return float(value)
