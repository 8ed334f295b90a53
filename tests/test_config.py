"""What a run is: senseless settings are refused, and a saved run reads back as it was."""

import json
from pathlib import Path

import pytest
import torch

from train.__main__ import _parser, _run
from train.config import ConfigError, Run
from train.presets import PRESETS, best, best_joint
from wrinkleseg import models


@pytest.mark.parametrize(
    "change",
    [
        {"model": "nonet"},
        {"steps": 0},
        {"save_every": 0},
        {"rate": 0.0},
        {"rate": float("nan")},
        {"average": 1.0},
        {"precision": "float8"},
        {"batch": {}},
        {"batch": {"pore": {"human": 4}}},
        {"batch": {"wrinkle": {"human": 0}}},
        {"batch": {"wrinkle": {"dreams": 4}}},
        {"batch": {"wrinkle": {"taught": 4}}},
        {"teacher": "frangi"},
        {"losses": {}},
        {"losses": {"wrinkle": {"hinge": 1.0}}},
        {"augment": {}},
        {"fold": 5},
        {"fold": 1, "everything": True},
    ],
    ids=str,
)
def test_senseless_runs_are_refused_before_any_work(change: dict) -> None:
    with pytest.raises(ConfigError, match=r"got|called"):
        best().changed(change)


def test_crops_of_all_tasks_are_of_one_size() -> None:
    preset = best_joint()
    with pytest.raises(ConfigError, match="one size"):
        preset.changed({"augment": {**preset.augment, "pore": type(preset.augment["pore"])(crop=96)}})


@pytest.mark.parametrize("name", PRESETS)
def test_presets_survive_the_trip_through_json(name: str) -> None:
    run = PRESETS[name]()
    assert Run.from_dict(json.loads(json.dumps(run.to_dict()))) == run


@pytest.mark.parametrize("name", PRESETS)
def test_presets_build_what_they_describe(name: str) -> None:
    run = PRESETS[name]()
    model = models.build(run.model, **run.settings)
    with torch.inference_mode():
        maps = model.eval()(torch.zeros(1, run.preprocess.channels, 32, 32))
    assert set(maps) == set(run.batch) == set(run.augment) == set(run.preprocess.face_width) == set(run.losses)


def test_a_run_file_that_is_none_gets_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no .*run.json"):
        Run.load(tmp_path / "run.json")
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(ConfigError, match="not JSON"):
        Run.load(tmp_path / "run.json")
    (tmp_path / "run.json").write_text('{"model": "unetpp"}')
    with pytest.raises(ConfigError, match="does not describe a run"):
        Run.load(tmp_path / "run.json")


def parsed(*words: str) -> Run:
    return _run(_parser().parse_args(words))


def test_the_command_line_changes_what_it_names_and_nothing_else() -> None:
    run = parsed("best", "--steps", "7", "--rate", "0.01", "--seed", "5", "--fold", "2", "--crop", "96")
    assert (run.steps, run.rate, run.seed, run.fold, run.augment["wrinkle"].crop) == (7, 0.01, 5, 2, 96)
    plan = best().augment["wrinkle"]
    restored = {"steps": 2600, "rate": 1e-3, "seed": 1, "fold": None, "augment": {"wrinkle": plan}}
    assert run.changed(restored) == best()


def test_one_task_of_a_joint_network_can_be_trained_alone() -> None:
    run = parsed("wrinkle-pore", "--only", "wrinkle", "--batch", "4")
    assert run.batch == {"wrinkle": {"human": 4}} and run.tasks == ["wrinkle", "pore"]


@pytest.mark.parametrize(
    ("words", "layout"),
    [
        (["--images", "photos", "--masks", "masks"], "pairs"),
        (["--ffhq-wrinkle", "ffhq"], "ffhq-wrinkle"),
        (["--dataset", "somebody/wrinkles"], "hub"),
    ],
)
def test_own_photos_are_judged_by_their_own_annotators(words: list[str], layout: str) -> None:
    run = parsed("best", *words)
    assert run.data.layout == layout and run.judge == ""


def test_a_saved_run_is_repeated_as_it_was(tmp_path: Path) -> None:
    run = best().changed({"steps": 3, "seed": 9, "notes": {"why": "a test"}})
    (tmp_path / "run.json").write_text(json.dumps(run.to_dict()))
    assert parsed("repeat", str(tmp_path / "run.json")) == run


@pytest.mark.parametrize("command", [[], ["best"], ["labels"], ["ablation"], ["push"], ["ship"], ["repeat"]])
def test_every_command_has_help(command: list[str], capsys) -> None:
    with pytest.raises(SystemExit) as end:
        _parser().parse_args([*command, "--help"])
    assert end.value.code == 0
    assert len(capsys.readouterr().out) > 200
