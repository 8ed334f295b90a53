"""Sources on real photos: what a network is taught, and where nobody says anything."""

from pathlib import Path

import numpy as np
import pytest

from eval.samples import wrinkle_samples
from train import sources
from train.sources import SOURCES, Scene, Supplies
from wrinkleseg.preprocess import Preprocess

WIDTHS = {"wrinkle": 240, "pore": 900}


@pytest.fixture(scope="module")
def supplies(data_dir: Path) -> Supplies:
    samples = [sample for sample in wrinkle_samples(data_dir) if sample.split == "train"][:2]
    return Supplies(samples, data_dir, Preprocess(face_width=WIDTHS, largest_enlargement=1.0), teacher="frangi")


@pytest.fixture
def few(monkeypatch) -> None:
    """Two portraits of each kind, of any size, are enough here."""
    whole = sources._read
    monkeypatch.setattr(sources, "_read", lambda paths, smallest: whole(list(paths)[:2], 0))


@pytest.mark.parametrize(("task", "name"), [(task, name) for task in SOURCES for name in SOURCES[task]])
def test_every_source_gives_scenes_that_teach(task: str, name: str, supplies: Supplies, few) -> None:
    scenes = SOURCES[task][name](supplies)
    assert scenes
    for scene in scenes:
        check(scene)
    taught = [scene for scene in scenes if (scene.target > 127).any()]
    assert not taught if name == "portraits" else taught


def check(scene: Scene) -> None:
    height, width = scene.target.shape
    assert scene.rgb.shape == (height, width, 3) and scene.weight.shape == (height, width)
    assert {scene.rgb.dtype, scene.target.dtype, scene.weight.dtype} == {np.dtype(np.uint8)}
    assert (scene.weight > 0).any()
    assert scene.anchors.min() >= 0 and (scene.anchors < (width, height)).all()


def test_rows_of_the_half_face_that_are_kept_aside_do_not_count(supplies: Supplies) -> None:
    (scene,) = SOURCES["pore"]["human"](supplies)
    rows = scene.weight.max(axis=1) > 127
    first, last = np.flatnonzero(rows)[[0, -1]]
    assert 0.55 < rows[first : last + 1].mean() < 0.7  # 180 of 300 rows
    bands = np.count_nonzero(np.diff(rows.astype(int)) == 1)
    assert 5 <= bands <= 7  # 1801 rows, a band every 300


def test_graded_masks_are_darker_versions_of_the_drawn_ones(supplies: Supplies) -> None:
    drawn, graded = (SOURCES["wrinkle"][name](supplies)[0].target for name in ("human", "graded"))
    assert len(np.unique(graded)) > 20
    assert (graded > 0).sum() < (drawn > 0).sum()


def test_a_face_lies_in_the_middle_at_the_wanted_width(supplies: Supplies) -> None:
    scene = SOURCES["wrinkle"]["human"](supplies)[0]
    # 20% of the face's width goes around it twice: once for what the network sees, once for turns.
    assert scene.rgb.shape[1] == pytest.approx(WIDTHS["wrinkle"] * 1.8, rel=0.1)
