"""Crops follow from the step's number alone, and processes share them out."""

from pathlib import Path
from types import SimpleNamespace

import accelerate
import numpy as np
import pytest
import torch

from eval.readers import DataSource
from eval.samples import Sample
from train import cache, data, loop
from train.config import ConfigError
from train.data import Cuts, Feed, prepare
from train.presets import best_joint
from train.sources import Scene, Supplies

CROPS = {"wrinkle": {"human": 2, "taught": 2}, "pore": {"human": 1, "portraits": 1}}
RUN = best_joint().changed({"seed": 4, "steps": 9, "batch": CROPS})


def scene(seed: int) -> Scene:
    """Noise with a diagonal line, annotated on its left two thirds."""
    rng = np.random.default_rng(seed)
    rgb = rng.integers(0, 256, (300, 240, 3), dtype=np.uint8)
    target = np.eye(300, 240, dtype=np.uint8) * 255
    weight = np.zeros((300, 240), np.uint8)
    weight[:, :160] = 255
    return Scene(rgb, target, weight, np.argwhere(target)[:, ::-1].astype(np.float32))


SCENES = {task: {name: [scene(1), scene(2)] for name in sources} for task, sources in RUN.batch.items()}


def equal(a: Cuts, b: Cuts) -> bool:
    return torch.equal(a.rgb, b.rgb) and torch.equal(a.masks, b.masks) and a.seeds == b.seeds


def test_a_step_gives_the_same_crops_whenever_it_is_asked() -> None:
    first, second = Feed(RUN, SCENES), Feed(RUN, SCENES)
    for step in (1, 5):
        second[step + 1]
        assert all(equal(first[step][task], second[step][task]) for task in RUN.batch)


def test_steps_seeds_and_tasks_differ() -> None:
    feed, other = Feed(RUN, SCENES), Feed(RUN.changed({"seed": 5}), SCENES)
    assert not equal(feed[1]["wrinkle"], feed[2]["wrinkle"])
    assert not equal(feed[1]["wrinkle"], other[1]["wrinkle"])
    assert feed[1]["wrinkle"].seeds[:2] != feed[1]["pore"].seeds


def test_two_processes_together_see_what_one_would() -> None:
    whole = Feed(RUN, SCENES)[3]
    parts = [Feed(RUN, SCENES, rank, 2)[3] for rank in range(2)]
    for task in RUN.batch:
        for rank, part in enumerate(parts):
            assert torch.equal(part[task].rgb, whole[task].rgb[rank::2])
            assert part[task].seeds == whole[task].seeds[rank::2]


def test_crops_that_do_not_divide_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"3 processes can't share 4 wrinkle crops"):
        Feed(RUN, SCENES, 0, 3)


def test_a_batch_is_what_the_network_and_the_loss_take() -> None:
    cuts = Feed(RUN, SCENES)[1]["wrinkle"]
    batch = prepare(cuts, RUN.augment["wrinkle"], RUN.preprocess, "wrinkle", torch.device("cpu"))
    side = RUN.augment["wrinkle"].crop
    assert batch.inputs.shape == (4, RUN.preprocess.channels, side, side)
    assert batch.target.shape == batch.weight.shape == (4, side, side)
    assert batch.target.min() >= 0 and batch.target.max() <= 1
    assert batch.target.flatten(1).sum(1).min() > 10  # a crop is cut where there is something to see
    assert set(batch.weight.unique().tolist()) >= {0.0, 1.0}


def test_sources_get_the_crops_that_the_batch_says() -> None:
    marked = {task: {name: [] for name in sources} for task, sources in RUN.batch.items()}
    for number, (task, name) in enumerate((t, n) for t, sources in RUN.batch.items() for n in sources):
        plain = scene(0)
        marked[task][name] = [Scene(np.full_like(plain.rgb, 50 + number), plain.target, plain.weight, plain.anchors)]
    cuts = Feed(RUN, marked)[1]
    assert cuts["wrinkle"].rgb.flatten(1).max(1).values.tolist() == [50, 50, 51, 51]
    assert cuts["pore"].rgb.flatten(1).max(1).values.tolist() == [52, 53]


def test_photos_are_repeated_by_the_names_of_those_who_drew(monkeypatch) -> None:
    drawn = [("a", "A", "train"), ("b", "B", "train"), ("c", "C", "test")]
    samples = [Sample(name, who, split, Path(name), Path(name)) for name, who, split in drawn]
    monkeypatch.setattr(data, "run_samples", lambda run: samples)
    names = [sample.name for sample in data.training_samples(RUN.changed({"repeat": {"B": 3}}))]
    assert names == ["a", "b", "b", "b"]
    for nobody in ("nobody", "C"):
        with pytest.raises(ConfigError, match=rf"repeat names the annotator '{nobody}'.*\['A', 'B'\]"):
            data.training_samples(RUN.changed({"repeat": {nobody: 3}}))


def test_the_teacher_computes_where_the_run_does(monkeypatch, tmp_path: Path) -> None:
    loaded = []

    class Stop(Exception):
        pass

    def load(name: str, device: str = "auto"):
        loaded.append((name, device))
        if len(loaded) > 1:
            raise Stop  # the first call is the cache's, the second the source's
        return SimpleNamespace(info=SimpleNamespace(weights="0123"))

    monkeypatch.setattr("wrinkleseg.methods.load", load)
    monkeypatch.setattr(data, "run_samples", lambda run: [])
    monkeypatch.setattr(cache, "ROOT", tmp_path / "cache")
    run = RUN.changed({"batch": {"wrinkle": {"taught": 2}}, "data": DataSource("shared", path=str(tmp_path))})
    with pytest.raises(Stop):
        loop._open_feed(run, accelerate.Accelerator(cpu=True))
    assert loaded == [("unetpp", "cpu")] * 2


def test_a_teachers_maps_are_kept_for_each_device(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr("wrinkleseg.methods.load", lambda *_: SimpleNamespace(info=SimpleNamespace(weights="0123")))
    each = [Supplies([], tmp_path, RUN.preprocess, "unetpp", device=device) for device in ("cpu", "cuda")]
    assert len({cache._key("wrinkle", "taught", supplies) for supplies in each}) == 2
    assert len({cache._key("wrinkle", "human", supplies) for supplies in each}) == 1
