"""What weights have learnt from is told of all trainings that led to them, so that no figure flatters them unseen."""

import dataclasses
import json
from pathlib import Path

import pandas as pd
import pytest
import tiny_run

from eval.readers import DataSource
from eval.samples import SPLITS, DataError, Sample
from eval.summary import COLUMNS
from train import card, loop, ship, soup
from train.ancestry import own_faces, sides, strange
from train.config import ConfigError
from wrinkleseg import checkpoint, methods
from wrinkleseg.checkpoint import Config
from wrinkleseg.preprocess import Preprocess

pytestmark = pytest.mark.usefixtures("tiny_network")

ALL = {"learn_from": ["train", "validation", "test"]}
TRAIN = {"learn_from": ["train"]}
ABROAD = "data of the layout 'pairs'"


@pytest.mark.parametrize(
    ("training", "taught", "other"),
    [
        ({}, [], ""),
        (TRAIN | {"fold": None, "data": "shared"}, ["train"], ""),
        (TRAIN | {"after": TRAIN | {"after": ALL}}, ["train", "validation", "test"], ""),
        ({"mean_of": [TRAIN, TRAIN | {"after": ALL}]}, ["train", "validation", "test"], ""),
        (TRAIN | {"fold": 0}, ["train"], "fold 0"),
        ({"mean_of": [TRAIN, TRAIN | {"after": {"fold": 3}}]}, ["train"], "fold 3"),
        (TRAIN | {"after": {"data": "pairs"}}, ["train"], ABROAD),
        (TRAIN | {"thresholds_of": ALL | {"fold": 2}}, ["train"], ""),  # the twin's weights are not these
    ],
    ids=str,
)
def test_all_that_led_here_counts(training: dict, taught: list, other: str) -> None:
    assert (sides(training), strange(training)) == (taught, other)


@pytest.mark.parametrize("name", ["unetpp", "wrinkle-pore"])
def test_what_is_shipped_learnt_from_no_test_photo_and_its_thresholds_from_no_validation_photo(name: str) -> None:
    if not methods.model_folder(name).is_dir():
        pytest.skip("no weights are shipped")
    training = checkpoint.load_config(methods.model_folder(name)).training
    assert "test" not in sides(training) and not strange(training)
    assert sides(training["thresholds_of"]) == ["train"] and not strange(training["thresholds_of"])


CONFIG = Config("unet-reduced", {"tasks": ["wrinkle"]}, Preprocess({"wrinkle": 64}), {"wrinkle": 0.25})


def saved(folder: Path, training: dict) -> Path:
    config = dataclasses.replace(CONFIG, training=training)
    checkpoint.save(folder, config, config.build())
    return folder


@pytest.mark.parametrize(
    ("training", "told"),
    [
        (TRAIN | {"after": ALL}, "learnt from the photos of"),
        ({"mean_of": [TRAIN, TRAIN | {"fold": 3}], "learn_from": ["train"]}, "learnt from fold 3"),
        (TRAIN | {"data": "pairs"}, ABROAD),
    ],
    ids=str,
)
def test_official_figures_need_the_official_split_all_the_way(tmp_path: Path, training: dict, told: str) -> None:
    folder, name = saved(tmp_path / "best", training), json.loads(SPLITS.read_text())["wrinkle"]["test"][0]
    row = {"method": str(folder), "task": "wrinkle", "annotator": "A", "name": name}
    pd.DataFrame([row | dict.fromkeys(COLUMNS, 0.9)]).to_csv(tmp_path / "rows.csv", index=False)
    with pytest.raises(DataError, match=f"{told}.*publish without --figures"):
        card.figures(tmp_path / "rows.csv", checkpoint.load_config(folder), [folder])
    official = dataclasses.replace(CONFIG, training=TRAIN)
    assert len(card.figures(tmp_path / "rows.csv", official, [folder])) == 1


@pytest.mark.parametrize(
    ("training", "told"),
    [
        (TRAIN | {"after": ALL}, "learnt from the validation photos"),
        (TRAIN | {"fold": 3}, "learnt from fold 3"),
        ({"mean_of": [TRAIN | {"data": "pairs"}]}, ABROAD),
    ],
    ids=str,
)
def test_official_thresholds_need_the_official_split_all_the_way(
    tmp_path: Path, monkeypatch, training: dict, told: str
) -> None:
    monkeypatch.setattr(ship, "wrinkle_samples", lambda data: [])
    monkeypatch.setattr(ship.Validation, "load", tiny_run.tiny_judge)
    best, twin = saved(tmp_path / "best", training), saved(tmp_path / "twin", TRAIN)
    with pytest.raises(ConfigError, match=f"{told}.*--chosen-by"):
        ship.ship(best, tmp_path / "out", tmp_path, None, device="cpu")
    assert ship.ship(best, tmp_path / "out", tmp_path, None, twin, device="cpu").is_dir()


def test_a_mean_tells_of_all_that_its_parts_came_from(tmp_path: Path) -> None:
    parts = [saved(tmp_path / "one", TRAIN), saved(tmp_path / "two", TRAIN | {"after": ALL})]
    assert checkpoint.load_config(soup.soup(parts, tmp_path / "mean")).training["learn_from"] == ALL["learn_from"]


def test_a_run_records_its_fold_and_its_kind_of_data_and_the_card_tells_of_them() -> None:
    run = tiny_run.tiny_run(fold=3, data=DataSource("pairs", path="/home/anna/photos", masks="/home/anna/masks"))
    training = loop._config(run, {}, 8, {}).training
    assert training["fold"] == 3 and training["data"] == "pairs" and "anna" not in json.dumps(training)
    told = card._history(dataclasses.replace(CONFIG, training=training))
    assert "--fold 3" in told and "photos of other data, of the layout pairs" in told


def test_validation_photos_that_taught_the_weights_started_from_choose_nothing(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(loop, "run_samples", lambda run: [])
    monkeypatch.setattr(loop.Validation, "load", tiny_run.tiny_judge)
    for name, training in (("seen", TRAIN | {"after": ALL}), ("unseen", TRAIN)):
        run = tiny_run.tiny_run(start=str(saved(tmp_path / name, training)))
        assert bool(loop._judge(run).photos) is (name == "unseen")


def test_ones_own_validation_photos_choose_whatever_taught_the_weights_started_from(tmp_path, monkeypatch) -> None:
    """The shipped weights learnt from all sides of the shared data, of which no photo is among one's own."""
    monkeypatch.setattr(loop, "run_samples", lambda run: [])
    monkeypatch.setattr(loop.Validation, "load", tiny_run.tiny_judge)
    own = DataSource("pairs", path="photos", masks="masks")
    run = tiny_run.tiny_run(start=str(saved(tmp_path / "shipped", ALL)), data=own)
    assert loop._judge(run).photos
    assert not loop._judge(
        tiny_run.tiny_run(start=str(saved(tmp_path / "own", ALL | {"data": "pairs"})), data=own)
    ).photos


def test_how_many_photos_are_kept_aside_is_told(tmp_path, monkeypatch, capsys) -> None:
    sides = ["train", "train", "test", "validation", "train"]
    samples = [Sample(str(i), "", side, tmp_path / "a.png", tmp_path / "b.png") for i, side in enumerate(sides)]
    monkeypatch.setattr(loop, "run_samples", lambda run: samples)
    monkeypatch.setattr(loop.Validation, "load", tiny_run.tiny_judge)
    loop._judge(tiny_run.tiny_run())
    assert "3 to learn from, 1 to choose by, 1 kept aside for testing" in capsys.readouterr().err


@pytest.mark.parametrize(
    "training", [{"faces": "own"}, {"after": {"faces": "own"}}, {"mean_of": [{}, {"faces": "own"}]}]
)
def test_own_faces_may_be_the_official_photos_saved_again(training: dict) -> None:
    assert strange(training) == "faces without masks of one's own" and own_faces(training)
    assert not own_faces({"after": {"data": "pairs"}})
