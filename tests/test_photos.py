"""One photo that can't be used doesn't end a training."""

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from eval.samples import DataError, Sample
from train.sources import SOURCES, Supplies
from train.validation import Validation
from wrinkleseg import images
from wrinkleseg.preprocess import Preprocess


@pytest.fixture
def samples(tmp_path: Path, astronaut: np.ndarray) -> dict[str, Sample]:
    """A photo with a face, one without, and one whose mask is of another size."""
    mask = np.zeros(astronaut.shape[:2], np.uint8)
    mask[84, 205:225] = 255
    pictures = {"eileen": (astronaut, mask), "wall": (astronaut * 0 + 90, mask), "torn": (astronaut, mask[:99])}
    for name, (photo, drawn) in pictures.items():
        images.save_png(tmp_path / f"{name}.png", photo)
        images.save_png(tmp_path / f"{name}-mask.png", drawn)
    paths = {name: (tmp_path / f"{name}.png", tmp_path / f"{name}-mask.png") for name in pictures}
    return {name: Sample(name, "", "validation", *each) for name, each in paths.items()}


def scenes(samples: list[Sample], source: str = "human") -> list:
    return SOURCES["wrinkle"][source](Supplies(samples, Path("none"), Preprocess({"wrinkle": 64})))


def test_photos_that_cannot_be_used_are_left_out_named_and_counted(samples: dict[str, Sample], caplog) -> None:
    given = [samples["wall"], samples["eileen"], samples["torn"], samples["wall"]]  # a photo may be repeated
    with caplog.at_level(logging.WARNING):
        assert len(scenes(given)) == len(scenes(given, "graded")) == 1
        assert len(Validation.load(given, ["wrinkle"], Path("none")).photos["wrinkle"]) == 1
    told = [record.message for record in caplog.records if "left out" in record.message]
    assert [line[: line.index(" are")] for line in told] == [
        f"2 of 3 photos for {what}" for what in ("masks", "graded masks", "validation")
    ]
    assert all("wall.png (" in line and "No face" in line and "torn-mask.png is" in line for line in told)


def test_where_none_is_left_it_is_an_error(samples: dict[str, Sample]) -> None:
    for bad, reason in (("wall", "No face"), ("torn", "torn-mask.png is")):
        with pytest.raises(DataError, match=f"none of the photos for masks can be used: .*{reason}"):
            scenes([samples[bad]])
        with pytest.raises(DataError, match=f"none of the photos for validation .*{reason}"):
            Validation.load([samples[bad]], ["wrinkle"], Path("none"))


def test_only_some_of_many_are_named(samples: dict[str, Sample]) -> None:
    many = [replace(samples["wall"], name=str(i), photo=samples["wall"].photo.with_name(f"{i}.png")) for i in range(7)]
    with pytest.raises(DataError, match="and 2 more$"):
        scenes(many)


def test_a_mask_in_which_black_and_white_are_swapped_is_told(samples: dict[str, Sample]) -> None:
    path = samples["eileen"].mask
    images.save_png(path, ~images.load_mask(path) * np.uint8(255))
    with pytest.raises(DataError, match=r"eileen-mask\.png marks 100% of its photo: .*white lines"):
        samples["eileen"].load()
