"""A run becomes a published checkpoint: same weights, thresholds chosen again on photos that it did not learn from."""

import dataclasses
from pathlib import Path

import pandas as pd
import pytest
import tiny_run
import torch

from eval.samples import DataError
from train import ship
from train.config import ConfigError
from wrinkleseg import checkpoint
from wrinkleseg.checkpoint import Config
from wrinkleseg.preprocess import Preprocess

TAUGHT = {"steps": 5, "learn_from": ["train"]}
CONFIG = Config("unet-reduced", {"tasks": ["wrinkle"]}, Preprocess({"wrinkle": 64}), {"wrinkle": 0.11}, training=TAUGHT)


@pytest.fixture(autouse=True)
def judge(monkeypatch) -> None:
    monkeypatch.setattr(ship, "wrinkle_samples", lambda data: [])
    monkeypatch.setattr(ship.Validation, "load", tiny_run.tiny_judge)


def saved(folder: Path, seed: int, **training) -> Path:
    torch.manual_seed(seed)
    config = dataclasses.replace(CONFIG, training=TAUGHT | training)
    checkpoint.save(folder, config, config.build())
    return folder


def test_weights_stay_and_the_threshold_is_the_best_of_the_sweep(tmp_path: Path) -> None:
    best = saved(tmp_path / "best", 1)
    config, model = checkpoint.load(ship.ship(best, tmp_path / "out", tmp_path, None, device="cpu"))
    _, before = checkpoint.load(best)
    pairs = zip(model.state_dict().values(), before.state_dict().values(), strict=True)
    assert all(torch.equal(a, b.to(torch.bfloat16).to(a.dtype)) for a, b in pairs)
    judge = tiny_run.tiny_judge([], ["wrinkle"], tmp_path)
    runtime = ship.Runtime.choose("cpu")
    sweep = judge.sweep(runtime.place(model), CONFIG.preprocess, runtime)["wrinkle"].mean(axis=0)
    threshold, score = config.thresholds["wrinkle"], config.training["validation_f1"]["wrinkle"]
    assert score == pytest.approx(sweep.max(), abs=1e-3) and threshold != CONFIG.thresholds["wrinkle"]
    card = (tmp_path / "out" / "README.md").read_text()
    assert "Not measured yet" in card and f"wrinkle {threshold:.3f}" in card


def test_weights_that_saw_the_validation_photos_take_another_ones_threshold(tmp_path: Path) -> None:
    sides = ["train", "validation"]
    whole, twin = saved(tmp_path / "whole", 1, learn_from=sides), saved(tmp_path / "twin", 2)
    with pytest.raises(ConfigError, match="--chosen-by"):
        ship.ship(whole, tmp_path / "out", tmp_path, None, device="cpu")
    with pytest.raises(ConfigError, match="whole learnt from"):
        ship.ship(twin, tmp_path / "out", tmp_path, None, whole, device="cpu")
    assert not (tmp_path / "out").exists()
    alone, _ = checkpoint.load(ship.ship(twin, tmp_path / "alone", tmp_path, None, device="cpu"))
    config, model = checkpoint.load(ship.ship(whole, tmp_path / "out", tmp_path, None, twin, device="cpu"))
    assert config.thresholds == alone.thresholds and "validation_f1" not in config.training
    scores = config.training["thresholds_of"]["validation_f1"]  # its weights were not rounded
    assert scores == pytest.approx(alone.training["validation_f1"], abs=3e-4)
    _, before = checkpoint.load(whole)
    assert torch.allclose(next(model.parameters()), next(before.parameters()), rtol=2**-8)


def test_figures_on_photos_that_taught_the_weights_are_refused(tmp_path: Path) -> None:
    best = saved(tmp_path / "best", 1, learn_from=["train", "test"])
    pd.DataFrame({"method": [str(best)]}).to_csv(tmp_path / "rows.csv")
    with pytest.raises(DataError, match="learnt from the photos"):
        ship.ship(best, tmp_path / "out", tmp_path, tmp_path / "rows.csv", device="cpu")
