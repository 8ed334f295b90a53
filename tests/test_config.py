"""What a run is: senseless settings are refused, and a saved run reads back as it was."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from eval.samples import DataError
from train.__main__ import _parser, _run, main
from train.config import ConfigError, Run
from train.presets import PRESETS, best, best_joint, preset
from wrinkleseg import images, models


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
        {"seed": -1},
        {"shares": {"wrinkle": 0.0}},
        {"shares": {"wrinkles": 5.0}},
        {"shares": {"wrinkle": "much"}},
        {"steps": 2.5},
        {"steps": True},
        {"steps": "7"},
        {"workers": 0.5},
        {"warm_up": 1.5},
        {"seed": 10**22},
        {"fold": 1.0},
        {"repeat": {"B": 1.5}},
        {"batch": {"wrinkle": {"human": 4.5}}},
        {"rate": float("inf")},
        {"clip": float("inf")},
        {"weight_decay": float("nan")},
        {"weight_decay": -0.1},
        {"average": float("nan")},
        {"settings": {"tasks": ["wrinkle"], "in_channels": 3}},
        {"fold": 1, "learn_from": ("train", "test")},
        {"learn_from": ("validation",)},
        {"learn_from": ("train", "holiday")},
    ],
    ids=str,
)
def test_senseless_runs_are_refused_before_any_work(change: dict) -> None:
    with pytest.raises(ConfigError, match=r"got|called"):
        best().changed(change)


def test_crops_of_all_tasks_are_of_one_size() -> None:
    joint = best_joint()
    with pytest.raises(ConfigError, match="one size"):
        joint.changed({"augment": {**joint.augment, "pore": type(joint.augment["pore"])(crop=96)}})


@pytest.mark.parametrize("name", PRESETS)
def test_presets_survive_the_trip_through_json(name: str) -> None:
    run = preset(name)
    assert run.preset == name
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
    with pytest.raises(ConfigError, match="no .* to read"):
        Run.load(tmp_path)
    (tmp_path / "run.json").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="not JSON"):
        Run.load(tmp_path / "run.json")


def test_a_saved_setting_that_makes_no_sense_is_named() -> None:
    values = best().to_dict()
    values["preprocess"]["face_width"] = {"wrinkle": 3}
    with pytest.raises(ConfigError, match="face_width needs 32 px or more"):
        Run.from_dict(values)


def parsed(*words: str) -> Run:
    return _run(_parser().parse_args(words))


def test_the_command_line_changes_what_it_names_and_nothing_else() -> None:
    run = parsed("best", "--steps", "7", "--rate", "0.01", "--seed", "5", "--fold", "2", "--crop", "96")
    assert (run.steps, run.rate, run.seed, run.fold, run.augment["wrinkle"].crop) == (7, 0.01, 5, 2, 96)
    plan = best().augment["wrinkle"]
    restored = {"steps": best().steps, "rate": 1e-3, "seed": 1, "fold": None, "augment": {"wrinkle": plan}}
    assert run.changed(restored) == preset("best")


@pytest.mark.parametrize(
    ("words", "batch"),
    [
        ("wrinkle-pore --only wrinkle --batch 4", {"wrinkle": {"graded": 4}}),
        ("wrinkle-pore --batch 4", {"wrinkle": {"graded": 4}, "pore": {"graded": 4}}),
        ("weak --batch 3", {"wrinkle": {"weak": 3}}),
        ("best --source graded", {"wrinkle": {"graded": 7}}),
        ("best-joint --source human", {"wrinkle": {"human": 5}, "pore": {"human": 2}}),
        ("best-joint --source human --batch 5", {"wrinkle": {"human": 5}, "pore": {"human": 5}}),
        ("best-joint --only pore", {"pore": {"human": 1, "portraits": 1}}),
        ("best-joint --only wrinkle", {"wrinkle": {"human": 4, "taught": 1}}),
    ],
)
def test_crops_are_narrowed_down(words: str, batch: dict) -> None:
    run = parsed(*words.split())
    assert run.batch == batch and run.tasks == PRESETS[words.split()[0]]().tasks
    assert run.teacher == ("unetpp" if "taught" in batch.get("wrinkle", {}) else "")


@pytest.mark.parametrize(
    ("words", "layout"),
    [
        (["--images", "photos", "--masks", "masks"], "pairs"),
        (["--ffhq-wrinkle", "ffhq"], "ffhq-wrinkle"),
        (["--dataset", "somebody/wrinkles"], "hub"),
    ],
)
def test_own_photos_are_read_in_their_layout(words: list[str], layout: str) -> None:
    assert parsed("best", *words).data.layout == layout


def test_zones_go_with_own_photos() -> None:
    assert parsed("best", "--images", "photos", "--masks", "masks", "--zones", "zones").data.zones == "zones"
    with pytest.raises(DataError, match="needs path"):
        parsed("best", "--zones", "zones")


def test_own_faces_without_masks_are_a_setting_of_the_run() -> None:
    run = parsed("weak", "--faces", "ffhq", "--ffhq-wrinkle", "masks")
    assert (run.faces, run.data.layout) == ("ffhq", "ffhq-wrinkle")
    assert Run.from_dict(json.loads(json.dumps(run.to_dict()))) == run
    with pytest.raises(ConfigError, match="faces must be a folder's name, got 3"):
        run.changed({"faces": 3})
    with pytest.raises(ConfigError, match="faces are for the sources portraits, taught, weak, got human"):
        parsed("best", "--faces", "ffhq")


def test_a_saved_run_is_repeated_as_it_was(tmp_path: Path) -> None:
    run = best().changed({"steps": 3, "seed": 9, "preset": "best"})
    (tmp_path / "run.json").write_text(json.dumps(run.to_dict()))
    assert parsed("repeat", str(tmp_path / "run.json")) == run


@pytest.mark.parametrize("command", [[], ["best"], ["labels"], ["ablation"], ["push"], ["ship"], ["repeat"]])
def test_every_command_has_help(command: list[str], capsys) -> None:
    with pytest.raises(SystemExit) as end:
        _parser().parse_args([*command, "--help"])
    assert end.value.code == 0
    assert len(capsys.readouterr().out) > 200


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("best --data none", "no none/wrinkle/manifest.csv"),
        ("best --images photos", "needs masks"),
        ("best --images photos --masks none", "no folder"),
        ("best --images photos --masks masks", "anna.png: No face was found"),
        ("best --images broken --masks masks", "'anna.png' cannot be used"),
        ("best --only pore", "crops of wrinkle only"),
        ("best --batch 0", "1 or more crops"),
        ("best-joint --batch 4", "--batch needs --source"),
        ("best --rate inf", "rate must be a number above 0, got inf"),
        ("best --seed 12345678901234567890123", "seed must be a whole number, 0 or more and below 2**63"),
        ("best --crop 0", "crop must be 16 or more"),
        ("best --fold 7", "fold must be 0 to 4"),
        ("best --start none", "no config.json in none"),
        ("best --output broken", "broken already holds anna.png"),
        ("best --output broken --resume", "no run to resume"),
        ("best --output cut --resume", "is not JSON"),
        ("best --output file", "file is a file"),
        ("repeat none.json", "no none.json to read"),
        ("repeat other.json", "can't be built with"),
        ("ship none out", "no config.json in none"),
        ("push none --repo me/mine", "give a run's folder"),
        ("labels --images none --rough masks --output out", "none is no folder"),
    ],
)
def test_what_cannot_be_done_costs_one_line(words: str, told: str, tmp_path: Path, monkeypatch, capsys) -> None:
    for name in ("photos", "masks", "broken", "cut"):
        (tmp_path / name).mkdir()
    for name, level in (("photos", 90), ("masks", 0)):
        images.save_png(tmp_path / name / "anna.png", np.full((64, 64), level, np.uint8))
    for name in ("broken/anna.png", "cut/run.json", "file"):
        (tmp_path / name).write_text("{")
    other = best().to_dict()
    other["settings"]["depth_of_sea"] = 3
    (tmp_path / "other.json").write_text(json.dumps(other))
    monkeypatch.chdir(tmp_path)
    assert main([*words.split(), *([] if words.split()[0] in NOT_TRAINING else ["--device", "cpu"])]) == 2
    (line,) = (line for line in capsys.readouterr().err.splitlines() if line.startswith("train: "))
    assert told in line.partition("train: ")[2]
    assert not (tmp_path / "runs").exists()


def test_a_gpu_without_room_costs_one_line_that_says_what_makes_it_fit(monkeypatch, tmp_path: Path, capsys) -> None:
    def full(*given):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB\nSee documentation")

    monkeypatch.setattr("train.__main__.fit", full)
    assert main(["best", "--output", str(tmp_path / "run")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("train: the GPU has too little memory") and "--batch" in line and "--crop" in line


NOT_TRAINING = ("ship", "push", "labels")


def test_only_one_set_of_photos_is_taken(capsys) -> None:
    with pytest.raises(SystemExit) as end:
        parsed("best", "--data", "shared", "--dataset", "somebody/wrinkles")
    assert end.value.code == 2 and "not allowed with" in capsys.readouterr().err
