"""One photo without a face doesn't end a training; what else is wrong with a photo does."""

import logging
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


def test_photos_without_a_face_are_left_out_named_and_counted(samples: dict[str, Sample], caplog) -> None:
    given = [samples["wall"], samples["eileen"], samples["wall"]]  # a photo may be repeated
    with caplog.at_level(logging.WARNING):
        assert len(scenes(given)) == len(scenes(given, "graded")) == 1
        assert len(Validation.load(given, ["wrinkle"], Path("none")).photos["wrinkle"]) == 1
    told = [record.message for record in caplog.records if "no face" in record.message]
    assert told == [
        f"no face is found in 1 of 2 photos for {what}: left out (wall.png)"
        for what in ("masks", "graded masks", "validation")
    ]


def test_where_none_is_left_it_is_an_error(samples: dict[str, Sample]) -> None:
    with pytest.raises(DataError, match="wall.png: No face"):
        scenes([samples["wall"]])
    with pytest.raises(DataError, match="wall.png: No face"):
        Validation.load([samples["wall"]], ["wrinkle"], Path("none"))


def test_what_else_is_wrong_with_a_photo_is_an_error(samples: dict[str, Sample]) -> None:
    with pytest.raises(DataError, match="torn-mask.png is"):
        scenes([samples["eileen"], samples["torn"]])
