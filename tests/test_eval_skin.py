"""`eval skin` counts each photo once, whoever annotated it, and no damaged picture ends it."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from eval import samples, scenes
from eval import skin as measurement
from eval.__main__ import main


@pytest.fixture
def twice(data_dir: Path, tmp_path: Path) -> Path:
    """A data folder of one photo that two people annotated and one damaged picture of each kind."""
    every = {sample.name: sample for sample in samples.wrinkle_samples(data_dir)}
    for folder in ("wrinkle/images", "wrinkle/masks", "faces"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("a_0000173", "b_01017"):
        shutil.copy(every[name].photo, tmp_path / "wrinkle" / "images")
        shutil.copy(every[name].mask, tmp_path / "wrinkle" / "masks")
    for path in ("wrinkle/images/broken.png", "wrinkle/masks/broken.png", "faces/other.jpg"):
        (tmp_path / path).write_text("no picture")
    lines = "a_0000173,A,b_01017\nb_01017,B,\nbroken,A,\n"
    (tmp_path / "wrinkle" / "manifest.csv").write_text(f"name,annotator,same_photo_as\n{lines}")
    return tmp_path


def test_a_photo_that_two_people_annotated_counts_once(twice: Path, capsys) -> None:
    figures = measurement.measure(twice)
    assert {name: len(by["ours"]) for name, by in figures.kept.items()} == {"A": 1, "B": 1}
    assert len(figures.areas["ours"]) == len(figures.leaks["lips (landmarks)"]["ours"]) == 1
    assert figures.found == figures.photos == 1 and not figures.missed


def test_damaged_pictures_are_named_and_end_nothing(twice: Path, capsys) -> None:
    assert main(["skin", "--data", str(twice)]) == 0
    printed = capsys.readouterr().out
    assert "photos with a face found" in printed and "1 of 1" in printed
    assert "left out: broken" in printed and "left out: other.jpg" in printed


def test_samples_of_one_photo_know_one_another_whichever_names_the_other(data_dir: Path) -> None:
    every = {sample.name: sample for sample in samples.wrinkle_samples(data_dir)}
    one, two, alone = every["a_0000173"], replace(every["b_01017"], same_photo_as=""), every["a_0000180"]
    for given in ([one, two, alone], [two, one, alone]):
        assert samples.twins(given) == {one.name: two.name, two.name: one.name}
        assert samples.once(given) == [given[0], alone]
        drawn = {case.name: case.drawn["wrinkle"].other for case in scenes.cases(given)}
        assert drawn == {one.name: two.mask, two.name: one.mask, alone.name: None}
    assert len(samples.once(list(every.values()))) == len(every) - 2
