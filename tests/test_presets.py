"""Every preset trains: one step of the real network on made-up scenes, through the real loop."""

import dataclasses
from pathlib import Path

import pytest
import tiny_run

from train import loop, speed
from train.__main__ import main
from train.config import IMAGENET
from train.data import Feed
from train.presets import PRESETS, best, preset
from train.validation import Validation
from wrinkleseg import checkpoint, methods, models


@pytest.fixture
def made_up(monkeypatch) -> None:
    """Scenes without photos, and nobody who judges."""
    scenes = [tiny_run.scene(seed) for seed in range(2)]

    def feed(run, rank: int = 0, world: int = 1, device: str = "cpu") -> Feed:
        return Feed(run, {task: dict.fromkeys(sources, scenes) for task, sources in run.batch.items()}, rank, world)

    monkeypatch.setattr(loop, "open_feed", feed)
    monkeypatch.setattr(loop, "run_samples", lambda run: [])
    monkeypatch.setattr(loop.Validation, "load", lambda *given: Validation({}))


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_trains(name: str, made_up, tmp_path: Path) -> None:
    run = preset(name)
    plans = {task: dataclasses.replace(plan, crop=64) for task, plan in run.augment.items()}
    small = run.changed({"steps": 1, "augment": plans, "warm_up": 0, "precision": "float32"})
    folder = loop.fit(small, tmp_path / "run", "cpu")
    config, model = checkpoint.load(folder)
    assert config.model == run.model and config.training["preset"] == name
    assert models.parameter_count(model) == models.parameter_count(models.build(run.model, **run.settings))


def test_pretraining_is_what_the_next_run_starts_from(made_up, tmp_path: Path) -> None:
    small = {"steps": 1, "augment": {"wrinkle": dataclasses.replace(best().augment["wrinkle"], crop=64)}}
    first = loop.fit(preset("weak").changed(small), tmp_path / "weak", "cpu")
    second = loop.fit(preset("best").changed(small | {"start": str(first)}), tmp_path / "best", "cpu")
    training = checkpoint.load_config(second).training
    assert training["after"]["preset"] == "weak" and training["after"]["batch"] == {"wrinkle": {"weak": 7}}
    assert training["after"]["start"] == IMAGENET


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_can_be_timed(name: str) -> None:
    run = speed.measured(name)
    assert run.model == preset(name).model and not run.teacher and not run.start
    assert run.batch == {"wrinkle": {"human": sum(preset(name).batch["wrinkle"].values())}}


def test_a_preset_that_there_is_none_of_is_told_with_those_that_there_are(capsys) -> None:
    with pytest.raises(SystemExit) as end:
        main(["speed", "--preset", "nope"])
    assert end.value.code == 2 and "'best-joint'" in capsys.readouterr().err


@pytest.mark.parametrize(("recipe", "shipped"), [("best", "unetpp"), ("best-joint", "wrinkle-pore")])
def test_the_recipe_is_of_what_is_shipped(recipe: str, shipped: str) -> None:
    if not methods.model_folder(shipped).is_dir():
        pytest.skip("no weights are shipped")
    run, config = preset(recipe), checkpoint.load_config(methods.model_folder(shipped))
    assert (config.model, config.settings, config.preprocess) == (run.model, run.settings, run.preprocess)


def test_a_stop_before_the_first_step_is_one_line(monkeypatch, capsys) -> None:
    def stopped(*_, **__) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("train.__main__.fit", stopped)
    assert main(["best"]) == 130
    assert capsys.readouterr().err == "train: stopped\n"
