"""Crops for the network: which ones a step takes follows from the step's number alone, so that a run can go on anywhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from eval.readers import read
from eval.run_data import HUMAN
from eval.samples import DataError, Sample, data_folder
from eval.splits import content, fold, only
from train.augment import Augment, augmented, cut
from train.cache import kept
from train.config import ConfigError, Run
from train.sources import SOURCES, Faces, Scene, Supplies
from wrinkleseg.preprocess import Preprocess


@dataclass(frozen=True)
class Cuts:
    """Squares of photos as they are, not changed yet.

    rgb: uint8 (N, 3, S, S). masks: uint8 (N, 2, S, S), target and weight. seeds: of the change that each will undergo.
    """

    rgb: Tensor
    masks: Tensor
    seeds: list[int]

    def pin_memory(self) -> Cuts:
        """The same in memory that a GPU reads by itself; the loader asks for it."""
        return Cuts(self.rgb.pin_memory(), self.masks.pin_memory(), self.seeds)


@dataclass(frozen=True)
class Batch:
    """inputs: float32 (N, C, s, s); target, weight: float32 (N, s, s), 0..1."""

    inputs: Tensor
    target: Tensor
    weight: Tensor


class Feed(Dataset):
    """What one process of a run sees: item k is the share of step k, {task: Cuts}.

    Crop number i of a task goes to process i modulo their number, so that all together see what one alone would.
    """

    def __init__(self, run: Run, scenes: dict[str, dict[str, list[Scene]]], rank: int = 0, world: int = 1) -> None:
        _check_share(run, world)
        self.run, self.scenes, self.rank, self.world = run, scenes, rank, world

    def __len__(self) -> int:
        """Steps are counted from 1."""
        return self.run.steps + 1

    def __getitem__(self, step: int) -> dict[str, Cuts]:
        return {task: self._cuts(task, step) for task in self.run.batch}

    def _cuts(self, task: str, step: int) -> Cuts:
        order = [source for source, count in self.run.batch[task].items() for _ in range(count)]
        number = list(self.run.batch).index(task)
        parts = [
            _cut(self.scenes[task][source], self.run.augment[task], (self.run.seed, step, number, place))
            for place, source in enumerate(order)
            if place % self.world == self.rank
        ]
        rgb, masks, seeds = zip(*parts, strict=True)
        return Cuts(torch.stack(rgb), torch.stack(masks), list(seeds))


def open_feed(run: Run, rank: int = 0, world: int = 1, device: str = "auto") -> Feed:
    """Read what the run's sources need. device: where a teacher computes.

    Raises DataError and ConfigError where something is missing.
    """
    _check_share(run, world)
    how = run.preprocess, run.teacher, run.seed, device
    supplies = Supplies(training_samples(run), shared_folder(run), *how, _own_faces(run))
    scenes = {task: {name: _scenes(task, name, supplies) for name in sources} for task, sources in run.batch.items()}
    return Feed(run, scenes, rank, world)


def prepare(cuts: Cuts, plan: Augment, preprocess: Preprocess, task: str, device: torch.device) -> Batch:
    """Change the squares at random and bring them into the network's form, on the device."""
    rgb, masks = cuts.rgb.to(device, non_blocking=True), cuts.masks.to(device, non_blocking=True)
    changed = [augmented(a, b, plan, seed) for a, b, seed in zip(rgb, masks, cuts.seeds, strict=True)]
    inputs = preprocess.tensors(torch.stack([picture for picture, _ in changed]), preprocess.face_width[task])
    known = torch.stack([mask for _, mask in changed]).float() / 255
    return Batch(inputs, known[:, 0], known[:, 1])


def run_samples(run: Run, cache: Path = Path(".cache/datasets")) -> list[Sample]:
    """The run's photos with human masks, each with its side of the split."""
    samples = read(run.data, cache)
    return samples if run.fold is None else fold(samples, run.fold)


def training_samples(run: Run) -> list[Sample]:
    """Photos that the run may learn from. Raises ConfigError where it repeats an annotator who drew on none of them."""
    samples = [sample for sample in run_samples(run) if sample.split in run.learn_from]
    known = sorted({sample.annotator for sample in samples})
    if unknown := sorted(run.repeat.keys() - set(known)):
        raise ConfigError(f"repeat names the annotator {unknown[0]!r}; annotators of the photos that teach: {known}")
    return [sample for sample in samples for _ in range(run.repeat.get(sample.annotator, 1))]


def kept_aside(run: Run) -> list[Sample]:
    """The run's photos for testing; who drew masks that name nobody is called as `eval run` calls them.

    Raises DataError where there is none.
    """
    found = [replace(sample, annotator=sample.annotator or HUMAN) for sample in only(run_samples(run), "test")]
    if not found:
        raise DataError("too few photos: none is kept aside to score the trainings on; give 3 or more")
    return found


def _check_share(run: Run, world: int) -> None:
    for task, sources in run.batch.items():
        if sum(sources.values()) % world:
            raise ConfigError(
                f"{world} processes can't share {sum(sources.values())} {task} crops a step: change batch so that it"
                " divides evenly"
            )


def shared_folder(run: Run) -> Path:
    """Where faces/, pore/ and wrinkle_shapes/ lie, beside the run's photos with masks or in the place for shared data."""
    return data_folder(run.data.path if run.data.layout == "shared" and run.data.path else None)


def _own_faces(run: Run) -> Faces | None:
    """The folder of photos without masks, if the run names one, and which files are photos that it may not learn from."""
    if not run.faces:
        return None
    aside = {sample.photo for sample in run_samples(run) if sample.split not in run.learn_from}
    return Faces(Path(run.faces).expanduser(), frozenset(content(photo) for photo in aside))


def _scenes(task: str, source: str, supplies: Supplies) -> list[Scene]:
    scenes = kept(task, source, supplies, SOURCES[task][source])
    if not scenes:
        faces = supplies.faces_for(source)
        searched = faces.folder if faces else supplies.data
        raise ConfigError(f"the source {source!r} of {task}s found no photo in {searched}: take it out of batch")
    return scenes


def _cut(scenes: list[Scene], plan: Augment, key: tuple[int, ...]) -> tuple[Tensor, Tensor, int]:
    rng = np.random.default_rng(key)
    scene = scenes[rng.integers(len(scenes))]
    off = plan.crop / 4
    centre = scene.anchors[rng.integers(len(scene.anchors))] + rng.uniform(-off, off, 2)
    rgb, target, weight = cut([scene.rgb, scene.target, scene.weight], tuple(centre), plan.reach)
    return rgb, torch.cat([target, weight]), int(rng.integers(2**31))
