"""Scenes that were made once are read back, and made anew when anything that they come from has changed."""

import dataclasses
import os
import subprocess
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from eval.samples import Sample
from train import cache
from train.sources import Faces, Scene, Supplies
from wrinkleseg.preprocess import Preprocess


class Maker:
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, supplies: Supplies) -> list[Scene]:
        self.calls += 1
        rng = np.random.default_rng(self.calls)
        layers = [rng.integers(0, 256, shape, dtype=np.uint8) for shape in ((9, 7, 3), (9, 7), (9, 7))]
        return [Scene(*layers, np.float32([[1, 2]])), Scene(*layers[::-1][:2], layers[1], np.float32([[3, 4]]))]


@pytest.fixture
def supplies(tmp_path: Path, monkeypatch) -> Supplies:
    monkeypatch.setattr(cache, "ROOT", tmp_path / "cache")
    for name in ("photo.png", "mask.png"):
        (tmp_path / name).write_bytes(b"some bytes")
    sample = Sample("photo", "A", "train", tmp_path / "photo.png", tmp_path / "mask.png")
    return Supplies([sample], tmp_path / "data", Preprocess({"wrinkle": 320, "pore": 900}))


def test_the_second_time_nothing_is_made_and_the_arrays_are_equal(supplies: Supplies) -> None:
    make = Maker()
    first, second = (cache.kept("wrinkle", "human", supplies, make) for _ in range(2))
    assert make.calls == 1 and len(first) == len(second) == 2
    for a, b, wanted in zip(first, second, Maker()(supplies), strict=True):
        for layer in ("rgb", "target", "weight", "anchors"):
            assert np.array_equal(getattr(a, layer), getattr(wanted, layer))
            assert np.array_equal(getattr(b, layer), getattr(wanted, layer))


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 2},
        {"preprocess": Preprocess({"wrinkle": 300, "pore": 900})},
        {"samples": []},
    ],
    ids=str,
)
def test_other_supplies_are_other_scenes(supplies: Supplies, change: dict) -> None:
    make = Maker()
    cache.kept("wrinkle", "human", supplies, make)
    cache.kept("wrinkle", "human", dataclasses.replace(supplies, **change), make)
    cache.kept("wrinkle", "graded", supplies, make)
    assert make.calls == 3


def test_own_faces_are_other_scenes_for_each_that_is_there_or_left_out(supplies: Supplies, tmp_path: Path) -> None:
    make, folder = Maker(), tmp_path / "faces"
    folder.mkdir()
    for own in (None, Faces(folder), Faces(folder, frozenset(["content"]))):
        cache.kept("wrinkle", "weak", dataclasses.replace(supplies, faces=own), make)
    (folder / "new.png").write_bytes(b"some bytes")
    for _ in range(2):
        cache.kept("wrinkle", "weak", dataclasses.replace(supplies, faces=Faces(folder)), make)
    assert make.calls == 4


def test_own_faces_change_only_the_scenes_that_are_of_faces(supplies: Supplies, tmp_path: Path) -> None:
    make = Maker()
    cache.kept("wrinkle", "human", supplies, make)
    cache.kept("wrinkle", "human", dataclasses.replace(supplies, faces=Faces(tmp_path / "nowhere")), make)
    assert make.calls == 1


def test_what_a_killed_process_left_is_swept_when_it_is_old(supplies: Supplies) -> None:
    old, new = (cache.ROOT / f".scenes-{name}" for name in ("old", "new"))
    for folder in (old, new):
        folder.mkdir(parents=True)
        (folder / "rgb").write_bytes(b"unfinished")
    for path in (old / "rgb", old):
        os.utime(path, (0, 0))
    os.utime(new, (0, 0))  # its file was written to a moment ago
    cache.kept("wrinkle", "human", supplies, Maker())
    assert not old.exists() and new.exists()


def test_scenes_are_written_as_they_come(supplies: Supplies) -> None:
    """Of thousands of photos all at once would not fit into memory."""
    alive = []

    def one_by_one(given: Supplies) -> Iterator[Scene]:
        for number in range(20):
            rgb = np.full((4, 4, 3), number, np.uint8)
            alive.append(weakref.ref(rgb))
            assert sum(known() is not None for known in alive) <= 2
            yield Scene(rgb, rgb[..., 0], rgb[..., 1], np.float32([[1, 2]]))
            del rgb

    found = cache.kept("wrinkle", "weak", supplies, one_by_one)
    assert [int(scene.rgb[0, 0, 0]) for scene in found] == list(range(20))


def test_photos_that_are_repeated_or_stand_in_another_order_are_other_scenes(supplies: Supplies) -> None:
    (one,) = supplies.samples
    two = dataclasses.replace(one, photo=one.mask, mask=one.photo)
    for samples in ([one, two], [two, one], [one, one, two]):
        given = dataclasses.replace(supplies, samples=samples)
        assert len(cache.kept("wrinkle", "human", given, lambda s: Maker()(s)[:1] * len(s.samples))) == len(samples)
    assert len(list(cache.ROOT.iterdir())) == 3


def test_a_changed_photo_is_noticed(supplies: Supplies) -> None:
    make = Maker()
    cache.kept("wrinkle", "human", supplies, make)
    supplies.samples[0].mask.write_bytes(b"other bytes, more of them")
    cache.kept("wrinkle", "human", supplies, make)
    assert make.calls == 2


def test_a_failure_leaves_nothing_that_looks_finished(supplies: Supplies) -> None:
    class Torn:
        rgb = np.zeros((2, 2, 3), np.uint8)

    with pytest.raises(AttributeError):
        cache.kept("wrinkle", "human", supplies, lambda given: [Torn()])
    assert not list(cache.ROOT.iterdir())
    make = Maker()
    assert len(cache.kept("wrinkle", "human", supplies, make)) == 2 and make.calls == 1


@pytest.mark.filterwarnings("error")
def test_crops_are_cut_from_mapped_arrays(supplies: Supplies, tmp_path: Path) -> None:
    from train.augment import cut

    big = Scene(
        np.ones((64, 64, 3), np.uint8), *(np.full((64, 64), 7, np.uint8) for _ in range(2)), np.float32([[1, 2]])
    )
    (scene,) = cache.kept("wrinkle", "human", supplies, lambda given: [big])
    assert cache.kept("wrinkle", "graded", supplies, lambda given: []) == []
    rgb, target, _ = cut([scene.rgb, scene.target, scene.weight], (32.0, 32.0), 16)
    rgb += 1
    target += 1
    assert rgb.unique().tolist() == [2] and target.unique().tolist() == [8]
    assert scene.rgb.max() == 1


MANY = """
import resource, sys
from pathlib import Path
import numpy as np
from train import cache
from train.sources import Scene

grey = np.zeros((8, 8), np.uint8)
scenes = [Scene(np.full((8, 8, 3), n, np.uint8), grey, grey, np.float32([[1, 2]])) for n in range(60)]
cache.ROOT, cache._key = Path(sys.argv[1]), lambda *given: "key"
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
found = cache.kept("wrinkle", "human", None, lambda given: scenes)
drawn = [found[n] for n in (3, 59, -1)]
print(len(found), [int(scene.rgb[0, 0, 0]) for scene in drawn], sum(int(scene.rgb.max()) for scene in found))
"""


def test_there_may_be_more_scenes_than_a_process_may_open_files(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", MANY, tmp_path], capture_output=True, text=True)
    assert done.stdout == f"60 [3, 59, 59] {sum(range(60))}\n", done.stderr
