"""The mean of weights: by hand, and only of one network."""

import dataclasses
from pathlib import Path

import pytest
import torch

from train import soup
from train.card import card
from train.config import ConfigError
from wrinkleseg import checkpoint
from wrinkleseg.checkpoint import Config
from wrinkleseg.preprocess import Preprocess

CONFIG = Config("unet-reduced", {"tasks": ["wrinkle"]}, Preprocess({"wrinkle": 64}), {"wrinkle": 0.25})


def saved(folder: Path, value: float, **changes) -> Path:
    config = dataclasses.replace(CONFIG, **changes)
    model = config.build()
    for tensor in model.state_dict().values():
        tensor.fill_(value)
    checkpoint.save(folder, config, model)
    return folder


def test_weights_and_thresholds_are_means_and_the_card_tells_of_both_runs(tmp_path: Path) -> None:
    one = {"preset": "best", "steps": 8, "learn_from": ["train", "validation"]}
    two = {"preset": "best", "steps": 4, "learn_from": ["train"], "repeat": {"B": 3}}
    folders = [
        saved(tmp_path / "one", 1.0, training=one),
        saved(tmp_path / "two", 4.0, training=two, thresholds={"wrinkle": 0.75}),
    ]
    config, model = checkpoint.load(soup.soup(folders, tmp_path / "mean"))
    assert all((value == 2.5).all() for value in model.parameters())
    assert config.thresholds == {"wrinkle": 0.5} and config.training["learn_from"] == ["train", "validation"]
    told = card(config, model, None)
    assert "the mean of 2 trainings' weights" in told and "--steps 8" in told and "--steps 4 --repeat B=3" in told


@pytest.mark.parametrize(
    "changes",
    [{"preprocess": Preprocess({"wrinkle": 96})}, {"settings": {"tasks": ["wrinkle", "pore"]}}, {"model": "unet"}],
    ids=lambda changes: next(iter(changes)),
)
def test_other_networks_have_no_mean(tmp_path: Path, changes: dict) -> None:
    folders = [saved(tmp_path / "one", 1.0), saved(tmp_path / "two", 2.0, **changes)]
    with pytest.raises(ConfigError, match="another network"):
        soup.soup(folders, tmp_path / "mean")
    with pytest.raises(ConfigError, match="got 1"):
        soup.soup(folders[:1], tmp_path / "mean")
    assert not (tmp_path / "mean").exists() and torch.is_grad_enabled()
