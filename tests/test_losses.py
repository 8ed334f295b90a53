"""Losses by hand, against torch, torchvision, segmentation_models_pytorch and MONAI, and where nobody annotated."""

import math
from functools import partial

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from train.losses import (
    LOSSES,
    LossError,
    bce_loss,
    by_task,
    cldice_loss,
    dice_loss,
    focal_loss,
    mse_loss,
    named_loss,
    soft_skeleton,
    weighted_sum,
)

TARGET = torch.tensor([[[1.0, 0.0], [0.0, 1.0]]])
LOGITS = torch.logit(torch.tensor([[[0.8, 0.4], [0.1, 0.5]]]))
ONES = torch.ones_like(TARGET)
EVERY = [*LOSSES.values(), weighted_sum({"dice": 1.0, "focal": 10.0, "cldice": 0.5})]
every_loss = pytest.mark.parametrize("loss", EVERY, ids=[*LOSSES, "sum"])


def scene(count: int = 4, side: int = 12, seed: int = 0, graded: bool = False) -> tuple[Tensor, Tensor, Tensor]:
    """Random logits, thin crossing lines as target, all annotated."""
    random = torch.Generator().manual_seed(seed)
    logits = 2 * torch.randn(count, side, side, generator=random)
    target = torch.zeros(count, side, side)
    for picture in target:
        row, column = torch.randint(side, (2,), generator=random).tolist()
        picture[row], picture[:, column : column + 3] = 1, 1
    if graded:
        target = target * torch.rand(target.shape, generator=random)
    return logits, target, torch.ones_like(target)


def some_weight(like: Tensor, seed: int = 1) -> Tensor:
    """About a third of the pixels without annotation, a different number in each picture."""
    return (torch.rand(like.shape, generator=torch.Generator().manual_seed(seed)) > 0.35).to(like.dtype)


def test_dice_by_hand() -> None:
    # sum pq = 1.3, sum p^2 = .64 + .16 + .01 + .25 = 1.06, sum q^2 = 2
    assert dice_loss(LOGITS, TARGET, ONES, smooth=0).item() == pytest.approx(1 - 2 * 1.3 / 3.06, rel=1e-5)
    assert dice_loss(LOGITS, TARGET, ONES).item() == pytest.approx(1 - 3.6 / 4.06, rel=1e-5)


def test_focal_by_hand() -> None:
    terms = [
        0.75 * 0.2**2 * -math.log(0.8),
        0.25 * 0.4**2 * -math.log(0.6),
        0.25 * 0.1**2 * -math.log(0.9),
        0.75 * 0.5**2 * -math.log(0.5),
    ]
    assert focal_loss(LOGITS, TARGET, ONES).item() == pytest.approx(sum(terms) / 4, rel=1e-5)


def test_mse_by_hand_on_a_graded_map() -> None:
    target = torch.tensor([[[1.0, 0.2], [0.0, 0.5]]])
    assert mse_loss(LOGITS, target, ONES).item() == pytest.approx((0.04 + 0.04 + 0.01 + 0) / 4, rel=1e-5)
    halves = torch.tensor([[[1.0, 0.5], [0.0, 0.5]]])
    assert mse_loss(LOGITS, target, halves).item() == pytest.approx((0.04 + 0.02) / 2, rel=1e-5)


@pytest.mark.parametrize(("pos_weight", "factor"), [(None, 1), (3.0, 3)])
def test_bce_by_hand(pos_weight: float | None, factor: float) -> None:
    on, off = -math.log(0.8) - math.log(0.5), -math.log(0.6) - math.log(0.9)
    loss = bce_loss(LOGITS, TARGET, ONES, pos_weight=pos_weight)
    assert loss.item() == pytest.approx((factor * on + off) / 4, rel=1e-5)


def test_cldice_by_hand() -> None:
    # Both maps are a line 1 px thin, which erosion removes whole: each is its own skeleton.
    target = torch.tensor([[[0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [0.0, 0.0, 0.0]]])
    p = torch.tensor([[[0.0, 0.0, 0.0], [0.8, 0.4, 0.5], [0.3, 0.0, 0.0]]])
    precision, sensitivity = (1.7 + 1) / (2.0 + 1), (1.7 + 1) / (3 + 1)
    expected = 1 - 2 * precision * sensitivity / (precision + sensitivity)
    logits = torch.logit(p, eps=1e-9)
    assert cldice_loss(logits, target, torch.ones_like(target)).item() == pytest.approx(expected, rel=1e-5)


def test_soft_skeleton_of_a_bar_is_its_middle_line() -> None:
    bar, line = torch.zeros(1, 9, 11), torch.zeros(1, 9, 11)
    bar[:, 3:6], line[:, 4] = 0.7, 0.7
    assert torch.equal(soft_skeleton(bar, bar >= 0, 1), line)
    assert soft_skeleton(bar, bar >= 0, 0).sum() == 0


@pytest.mark.parametrize("iterations", [0, 1, 3, 5])
def test_widest_line_with_a_skeleton_is_as_the_docstring_says(iterations: int) -> None:
    def found(width: int) -> bool:
        bar = torch.zeros(1, 20, 20)
        bar[:, 3 : 3 + width] = 1
        return bool(soft_skeleton(bar, bar >= 0, iterations).any())

    assert found(2 * iterations + 2) and not found(2 * iterations + 3)


def test_focal_equals_torchvision() -> None:
    from torchvision.ops import sigmoid_focal_loss

    logits, target, ones = scene()
    theirs = sigmoid_focal_loss(logits, target, alpha=0.75, gamma=2.0, reduction="mean")
    assert torch.allclose(focal_loss(logits, target, ones), theirs, rtol=1e-5)


@pytest.mark.parametrize("pos_weight", [None, 7.0])
def test_bce_equals_torch(pos_weight: float | None) -> None:
    logits, target, ones = scene(graded=True)
    theirs = functional.binary_cross_entropy_with_logits(
        logits, target, pos_weight=None if pos_weight is None else torch.tensor(pos_weight)
    )
    assert torch.allclose(bce_loss(logits, target, ones, pos_weight), theirs, rtol=1e-5)


def test_mse_equals_torch() -> None:
    logits, target, ones = scene(graded=True)
    assert torch.allclose(mse_loss(logits, target, ones), functional.mse_loss(logits.sigmoid(), target), rtol=1e-5)


@pytest.mark.parametrize("graded", [False, True])
def test_dice_equals_monai(graded: bool) -> None:
    from monai.losses import DiceLoss

    logits, target, ones = scene(graded=graded)
    theirs = DiceLoss(sigmoid=True, squared_pred=True, smooth_nr=1.0, smooth_dr=1.0)
    assert torch.allclose(dice_loss(logits, target, ones), theirs(logits[:, None], target[:, None]), rtol=1e-5)


def test_dice_of_hard_maps_equals_segmentation_models() -> None:
    # Its denominator has no squares, the same where maps are 0 or 1, and its smooth goes in twice. It pools pictures.
    from segmentation_models_pytorch.losses import DiceLoss

    logits, target, ones = scene()
    hard, theirs = 50 * logits.sign(), DiceLoss("binary", smooth=0.5)
    values = [theirs(x[None, None], q[None, None]) for x, q in zip(hard, target, strict=True)]
    assert torch.allclose(dice_loss(hard, target, ones), torch.stack(values).mean(), rtol=1e-5)


@pytest.mark.parametrize("graded", [False, True])
@pytest.mark.parametrize("iterations", [0, 3, 10])
def test_cldice_equals_monai_but_for_its_last_constant(iterations: int, graded: bool) -> None:
    from monai.losses import SoftclDiceLoss

    logits, target, ones = scene(graded=graded)
    ours = cldice_loss(logits, target, ones, iterations=iterations)
    theirs = SoftclDiceLoss(iter_=iterations, sigmoid=True, smooth=1e-12)
    assert torch.allclose(ours, theirs(logits[:, None], target[:, None]), rtol=1e-5)


def test_a_perfect_centreline_has_no_loss_where_monai_leaves_some() -> None:
    from monai.losses import SoftclDiceLoss

    _, target, ones = scene()
    perfect = 100 * target - 50
    assert cldice_loss(perfect, target, ones) == 0
    assert SoftclDiceLoss(sigmoid=True)(perfect[:, None], target[:, None]).item() == pytest.approx(5e-5, rel=0.01)


@every_loss
def test_gradients_are_what_finite_differences_say(loss) -> None:
    logits, target, _ = scene(count=2, side=5, graded=True)
    weight = some_weight(target).double()
    logits = logits.double().requires_grad_()
    assert torch.autograd.gradcheck(lambda x: loss(x, target.double(), weight), logits)


@every_loss
def test_pixels_without_annotation_say_nothing(loss) -> None:
    logits, target, _ = scene()
    weight = some_weight(target)
    unknown = weight == 0
    logits.requires_grad_()
    before = loss(logits, target, weight)
    before.backward()
    assert (logits.grad[unknown] == 0).all() and logits.grad[~unknown].any()
    other = torch.where(unknown, -3 * logits - 1, logits), torch.where(unknown, 1 - target, target)
    assert torch.equal(loss(*other, weight), before)


@every_loss
def test_an_unannotated_edge_is_as_if_the_picture_ended_there(loss) -> None:
    logits, target, weight = scene(graded=True)
    weight[:, :, 8:], weight[:, :2] = 0, 0
    inner = (slice(None), slice(2, None), slice(0, 8))
    assert torch.allclose(loss(logits, target, weight), loss(logits[inner], target[inner], weight[inner]), rtol=1e-5)


@every_loss
def test_loss_is_the_mean_over_pictures(loss) -> None:
    logits, target, _ = scene(graded=True)
    weight = some_weight(target)
    weight[1] = 0
    weight[2, 3:] = 0  # pictures count the same, however much of them is annotated
    halves = [loss(logits[part], target[part], weight[part]) for part in (slice(0, 2), slice(2, 4))]
    assert torch.allclose(loss(logits, target, weight), torch.stack(halves).mean(), rtol=1e-6)


@every_loss
def test_a_picture_without_annotation_adds_nothing(loss) -> None:
    logits, target, weight = scene(count=2)
    weight[1] = 0
    logits.requires_grad_()
    both = loss(logits, target, weight)
    both.backward()
    assert torch.allclose(both, loss(logits[:1], target[:1], weight[:1]) / 2, rtol=1e-6)
    assert logits.grad[0].any() and not logits.grad[1].any()
    assert loss(logits, target, torch.zeros_like(weight)) == 0


@every_loss
@pytest.mark.parametrize("filled", [0.0, 1.0])
@pytest.mark.parametrize("level", [-50.0, 0.0, 50.0])
def test_flat_maps_far_out_are_finite_in_value_and_gradient(loss, filled: float, level: float) -> None:
    logits = torch.full((2, 6, 6), level, requires_grad=True)
    target = torch.full((2, 6, 6), filled)
    value = loss(logits, target, torch.ones_like(target))
    value.backward()
    assert torch.isfinite(value) and value >= 0 and torch.isfinite(logits.grad).all()
    if level == (50.0 if filled else -50.0):
        assert value.item() == pytest.approx(0, abs=1e-6)


@every_loss
def test_a_perfect_map_has_no_loss_and_the_opposite_much(loss) -> None:
    _, target, ones = scene()
    perfect = 100 * target - 50
    assert loss(perfect, target, ones) == pytest.approx(0, abs=1e-6)
    assert loss(-perfect, target, ones) > 0.5


@every_loss
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_computed_in_single(loss, dtype: torch.dtype) -> None:
    logits, target, ones = scene(side=32)
    logits = (20 * logits).to(dtype)
    value = loss(logits, target.to(dtype), ones.to(dtype))
    assert value.dtype == torch.float32
    assert torch.equal(value, loss(logits.float(), target, ones))


@every_loss
def test_wrong_shapes_are_refused(loss) -> None:
    logits, target, ones = scene()
    with pytest.raises(LossError, match=r"\(4, 1, 12, 12\).*give all three as \(N, H, W\)"):
        loss(logits[:, None], target, ones)
    with pytest.raises(LossError, match=r"\(4, 12, 12\), \(1, 12, 12\)"):
        loss(logits, target[:1], ones)
    with pytest.raises(LossError, match="none empty"):
        loss(logits[:0], target[:0], ones[:0])


def test_small_exponents_of_focal_keep_their_gradient() -> None:
    logits = torch.tensor([[[50.0, -50.0]]], requires_grad=True)
    focal_loss(logits, torch.tensor([[[1.0, 0.0]]]), torch.ones(1, 1, 2), gamma=0.5).backward()
    assert torch.isfinite(logits.grad).all()


@pytest.mark.parametrize("call", [named_loss, lambda name: weighted_sum({"dice": 1.0, name: 1.0})])
def test_an_unknown_name_is_answered_with_all_names(call) -> None:
    with pytest.raises(LossError, match="'lovasz'; choose one of dice, focal, mse, bce, cldice"):
        call("lovasz")


def test_names_give_their_losses() -> None:
    assert [named_loss(name) for name in ("dice", "focal", "mse", "bce", "cldice")] == [
        dice_loss, focal_loss, mse_loss, bce_loss, cldice_loss,
    ]  # fmt: skip


def test_weighted_sum_is_the_sum() -> None:
    whole = weighted_sum({"dice": 1, "focal": 3.0})(LOGITS, TARGET, ONES)
    assert torch.allclose(whole, dice_loss(LOGITS, TARGET, ONES) + 3 * focal_loss(LOGITS, TARGET, ONES))


@pytest.mark.parametrize("factor", [0, -1.0, math.nan, math.inf, "1", True, None])
def test_a_senseless_factor_is_refused_with_what_came(factor) -> None:
    with pytest.raises(LossError, match=f"the factor of 'focal' is {factor!r}; give a finite number above 0"):
        weighted_sum({"dice": 1.0, "focal": factor})


def test_senseless_settings_are_refused() -> None:
    with pytest.raises(LossError, match="no parts"):
        weighted_sum({})
    with pytest.raises(LossError, match="pos_weight is -1"):
        bce_loss(LOGITS, TARGET, ONES, pos_weight=-1.0)
    with pytest.raises(LossError, match="iterations is -1"):
        cldice_loss(LOGITS, TARGET, ONES, iterations=-1)


def test_tasks_add_up_by_their_shares() -> None:
    losses = {"wrinkle": dice_loss, "pore": partial(bce_loss, pos_weight=2.0)}
    maps, targets, weights = ({"wrinkle": each, "pore": each.flip(1)} for each in (LOGITS, TARGET, ONES))
    total = by_task(maps, targets, weights, losses, {"wrinkle": 1, "pore": 0.25})
    flipped = bce_loss(LOGITS.flip(1), TARGET.flip(1), ONES, pos_weight=2.0)
    assert torch.allclose(total, dice_loss(LOGITS, TARGET, ONES) + 0.25 * flipped)


def test_a_task_learns_from_its_own_pictures_only() -> None:
    maps = {task: torch.zeros(3, 2, 2, requires_grad=True) for task in ("wrinkle", "pore")}
    targets = {task: torch.ones(3, 2, 2) for task in maps}
    own = {"wrinkle": [1, 1, 0], "pore": [0, 0, 1]}
    weights = {task: torch.tensor(rows).float().view(3, 1, 1).expand(3, 2, 2) for task, rows in own.items()}
    by_task(maps, targets, weights, dict.fromkeys(maps, EVERY[-1]), dict.fromkeys(maps, 1.0)).backward()
    assert {task: each.grad.abs().sum((1, 2)).gt(0).int().tolist() for task, each in maps.items()} == own


def test_tasks_that_do_not_match_are_refused() -> None:
    one, shares = {"wrinkle": LOGITS}, {"wrinkle": 1.0}
    with pytest.raises(LossError, match=r"'maps': \['wrinkle'\].*'losses': \['pore'\]"):
        by_task(one, one, one, {"pore": dice_loss}, shares)
    with pytest.raises(LossError, match="give a map, a target"):
        by_task({}, {}, {}, {}, {})
    with pytest.raises(LossError, match="the share of 'wrinkle' is 0"):
        by_task(one, one, one, {"wrinkle": dice_loss}, {"wrinkle": 0})
