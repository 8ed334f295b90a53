"""Losses by hand, augmentation by round trip, and one tiny real training run."""

import dataclasses
import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from train.augment import Augment, recolour, transform, warp
from train.config import PRESETS, ConfigError
from train.data import Batch
from train.loop import WeightMean, _losses, fit, warm_cosine
from train.losses import dice_focal_loss, dice_loss, focal_loss
from wrinkleseg import checkpoint, models

TARGET = torch.tensor([[[1.0, 0.0], [0.0, 1.0]]])
LOGITS = torch.logit(torch.tensor([[[0.8, 0.4], [0.1, 0.5]]]))
ONES = torch.ones_like(TARGET)


def test_dice_by_hand() -> None:
    # sum pq = 1.3, sum p^2 = .64 + .16 + .01 + .25 = 1.06, sum q^2 = 2
    assert dice_loss(LOGITS, TARGET, ONES, smooth=0).item() == pytest.approx(1 - 2 * 1.3 / 3.06, rel=1e-5)


def test_focal_by_hand() -> None:
    terms = [
        0.75 * 0.2**2 * -math.log(0.8),
        0.25 * 0.4**2 * -math.log(0.6),
        0.25 * 0.1**2 * -math.log(0.9),
        0.75 * 0.5**2 * -math.log(0.5),
    ]
    assert focal_loss(LOGITS, TARGET, ONES).item() == pytest.approx(sum(terms) / 4, rel=1e-5)


def test_focal_equals_torchvision() -> None:
    from torchvision.ops import sigmoid_focal_loss

    torch.manual_seed(0)
    logits, target = torch.randn(3, 9, 7), (torch.rand(3, 9, 7) < 0.1).float()
    theirs = sigmoid_focal_loss(logits, target, alpha=0.75, gamma=2.0, reduction="mean")
    assert torch.allclose(focal_loss(logits, target, torch.ones_like(target)), theirs, rtol=1e-5)


def test_sum_is_the_sum() -> None:
    whole = dice_focal_loss(LOGITS, TARGET, ONES, focal_share=3.0)
    assert torch.allclose(whole, dice_loss(LOGITS, TARGET, ONES) + 3 * focal_loss(LOGITS, TARGET, ONES))


@pytest.mark.parametrize("loss", [dice_loss, focal_loss, dice_focal_loss])
def test_pixels_without_annotation_say_nothing(loss) -> None:
    weight = torch.tensor([[[1.0, 0.0], [1.0, 1.0]]])
    logits = LOGITS.clone().requires_grad_()
    loss(logits, TARGET, weight).backward()
    assert logits.grad[0, 0, 1] == 0
    assert logits.grad[0, 0, 0] < 0 < logits.grad[0, 1, 0]


def test_a_task_learns_from_its_own_crops_only() -> None:
    work = {
        task: Batch(torch.zeros(n, 3, 2, 2), torch.ones(n, 2, 2), torch.ones(n, 2, 2))
        for task, n in (("a", 2), ("b", 1))
    }
    maps = {task: torch.zeros(3, 2, 2, requires_grad=True) for task in work}
    sum(_losses(maps, work, torch.device("cpu"))).backward()
    touched = {task: values.grad.abs().sum((1, 2)).gt(0).tolist() for task, values in maps.items()}
    assert touched == {"a": [True, True, False], "b": [False, False, True]}


@pytest.mark.parametrize("loss", [dice_loss, focal_loss])
def test_empty_picture_is_finite(loss) -> None:
    empty = torch.zeros_like(TARGET)
    assert torch.isfinite(loss(LOGITS, empty, ONES))
    assert torch.isfinite(loss(LOGITS, empty, empty))
    assert loss(torch.full_like(LOGITS, -30), empty, ONES) == pytest.approx(0, abs=1e-6)


def test_schedule_warms_up_and_ends_at_zero() -> None:
    values = [warm_cosine(step, 10, 100) for step in range(101)]
    assert values[0] == pytest.approx(0.1) and values[9] == pytest.approx(1.0)
    assert values[100] == pytest.approx(0.0, abs=1e-9)
    assert all(b <= a for a, b in itertools.pairwise(values[9:]))


def test_weight_mean_by_hand() -> None:
    model = models.build("unet-reduced", tasks=("wrinkle",))
    mean = WeightMean(model, decay=0.5)
    before = mean.model.head.bias.clone()
    with torch.no_grad():
        model.head.bias += 1.0
    mean.update(model, step=1000)
    assert torch.allclose(mean.model.head.bias, before + 0.5)


@pytest.mark.parametrize("seed", range(5))
def test_picture_and_mask_move_together(seed: int) -> None:
    rng = np.random.default_rng(seed)
    plan = Augment(crop=96)
    matrix = transform((120.0, 90.0), plan, rng)
    picture = np.zeros((200, 200, 3), np.uint8)
    picture[80:100, 110:130] = 255
    moved, mask = warp(picture, matrix, 96), warp(picture[..., 0].copy(), matrix, 96)
    assert np.array_equal(moved[..., 0], mask)
    rows, columns = np.nonzero(mask > 127)
    assert abs(rows.mean() - 48) < 2 and abs(columns.mean() - 48) < 2  # what was asked for is in the middle
    zoom = math.sqrt(len(rows)) / 20
    assert 0.8 < zoom < 1.6


def test_recolour_keeps_shape_and_range() -> None:
    rgb = np.full((20, 30, 3), (180, 140, 120), np.uint8)
    changed = [recolour(rgb, Augment(), np.random.default_rng(seed)) for seed in range(20)]
    assert all(each.shape == rgb.shape and each.dtype == np.uint8 for each in changed)
    assert len({each.mean().round(1) for each in changed}) > 10


@pytest.mark.parametrize(
    "change", [{"model": "nonet"}, {"steps": 0}, {"batch": {"pore": 4}}, {"batch": {"wrinkle": 0}}]
)
def test_senseless_runs_are_refused_before_any_work(change: dict) -> None:
    with pytest.raises(ConfigError, match=r"got|called"):
        dataclasses.replace(PRESETS["unetpp"](), **change)


def test_crops_of_all_tasks_are_of_one_size() -> None:
    preset = PRESETS["wrinkle-pore"]()
    with pytest.raises(ConfigError, match="one size"):
        dataclasses.replace(preset, augment={**preset.augment, "pore": Augment(crop=96)})


@pytest.mark.parametrize("name", PRESETS)
def test_presets_build_what_they_describe(name: str) -> None:
    run = PRESETS[name]()
    model = models.build(run.model, **run.settings)
    with torch.inference_mode():
        maps = model.eval()(torch.zeros(1, run.preprocess.channels, 32, 32))
    assert set(maps) == set(run.batch) == set(run.augment) == set(run.preprocess.face_width)


def test_a_tiny_run_on_real_photos(data_dir: Path, tmp_path: Path, monkeypatch) -> None:
    import train.loop as loop
    from train.data import training_samples
    from train.validation import Validation

    monkeypatch.setattr(loop, "training_samples", lambda data: training_samples(data)[:2])
    whole = Validation.load(data_dir, ["wrinkle"])
    monkeypatch.setattr(loop.Validation, "load", lambda *_: Validation({"wrinkle": whole.photos["wrinkle"][:1]}))
    preset = PRESETS["unetpp"]()
    small = {**preset.settings, "encoder": "tu-mobilenetv3_small_050", "decoder_channels": [16, 16, 8, 8, 8]}
    augment = {"wrinkle": dataclasses.replace(preset.augment["wrinkle"], crop=64)}
    run = dataclasses.replace(preset, settings=small, augment=augment, steps=3, validate_every=2)
    best = fit(run, data_dir, tmp_path / "run", "cpu")
    config, _ = checkpoint.load(best)
    assert 0 < config.thresholds["wrinkle"] < 1
    lines = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [2, 3]
    assert all(math.isfinite(line["loss"]) and 0 <= line["score"] <= 1 for line in lines)
    assert json.loads((tmp_path / "run" / "run.json").read_text())["steps"] == 3
