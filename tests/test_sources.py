"""Sources on real photos: what a network is taught, and where nobody says anything."""

import dataclasses
import logging
import shutil
from pathlib import Path

import numpy as np
import pytest

from eval.readers import DataSource
from eval.samples import DataError, wrinkle_samples
from eval.splits import content
from train import data, sources
from train.presets import weak
from train.sources import SOURCES, Faces, Scene, Supplies
from wrinkleseg import images
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
    scenes = list(SOURCES[task][name](supplies))
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


def own_faces(folder: Path, astronaut: np.ndarray) -> Path:
    """Two photos of one face, one of them in a folder inside; what is hidden, what shows no face and what is no picture."""
    for inside in ("", "more", ".thumbnails"):
        (folder / inside).mkdir(parents=True, exist_ok=True)
        images.save_png(folder / inside / "face.png", astronaut[:, ::-1] if inside else astronaut)
    images.save_png(folder / "wall.png", np.full((99, 99, 3), 90, np.uint8))
    (folder / "torn.jpg").write_bytes(b"no picture")
    (folder / "notes.txt").write_text("no picture either")
    return folder


def test_own_faces_take_the_place_of_the_shared_ones(tmp_path: Path, astronaut: np.ndarray, caplog) -> None:
    own = Faces(own_faces(tmp_path / "faces", astronaut))
    supplies = Supplies([], tmp_path / "nothing shared", Preprocess(face_width=WIDTHS), teacher="frangi", faces=own)
    with caplog.at_level(logging.WARNING):
        scenes = list(SOURCES["wrinkle"]["weak"](supplies))
    assert "2 of 4 photos of faces are left out: a face is needed" in caplog.text
    assert len(scenes) == len(list(SOURCES["wrinkle"]["taught"](supplies))) == 2
    for scene in scenes:
        check(scene)
        assert (scene.target > 127).any()
    assert not list(SOURCES["pore"]["portraits"](supplies))
    assert "4 of 4 photos of faces are left out: a face of 700 px or more is needed" in caplog.text


def test_of_own_faces_those_kept_aside_are_left_out(tmp_path: Path, astronaut: np.ndarray) -> None:
    folder = own_faces(tmp_path / "faces", astronaut)
    assert [path.name for path in Faces(folder, frozenset([content(folder / "wall.png")])).paths()] == [
        *("face.png", "face.png", "torn.jpg")
    ]
    with pytest.raises(DataError, match="no folder .*nowhere with photos of faces"):
        Faces(tmp_path / "nowhere").paths()


def test_a_run_leaves_out_what_it_may_not_learn_from(tmp_path: Path) -> None:
    photos, masks, faces = (tmp_path / name for name in ("photos", "masks", "faces"))
    for folder in (photos, masks):
        folder.mkdir()
        for number in range(8):
            images.save_png(folder / f"{number}.png", np.full((8, 8), number, np.uint8))
    shutil.copytree(photos, faces)
    images.save_png(faces / "unknown.png", np.full((8, 8), 99, np.uint8))
    run = weak().changed({"data": DataSource("pairs", path=str(photos), masks=str(masks)), "faces": str(faces)})
    own = data._own_faces(run)
    learnt = {sample.photo.name for sample in data.training_samples(run)}
    assert {path.name for path in own.paths()} == learnt | {"unknown.png"} and 0 < len(learnt) < 8
    everything = run.changed({"learn_from": ("train", "validation", "test")})
    assert len(data._own_faces(everything).paths()) == 9
    assert data._own_faces(run.changed({"faces": ""})) is None


def test_shared_faces_are_not_looked_at_beside_own_ones(
    supplies: Supplies, tmp_path: Path, astronaut: np.ndarray
) -> None:
    own = dataclasses.replace(supplies, faces=Faces(own_faces(tmp_path / "faces", astronaut)))
    assert len(list(SOURCES["wrinkle"]["weak"](own))) == 2
