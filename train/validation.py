"""Validation photos, loaded once, each with its face and truth at full resolution; they choose weights and thresholds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from eval import benchmark
from eval.samples import SPLIT_NAMES, HalfFace, Sample, half_face
from eval.splits import only
from eval.thresholds import THRESHOLDS, best_threshold, f1_sweep
from train.photos import usable
from wrinkleseg.geometry import Box
from wrinkleseg.inference import Runtime, predict
from wrinkleseg.models import NamedMaps
from wrinkleseg.preprocess import Preprocess


@dataclass(frozen=True)
class Scored:
    """A photo to score on: uint8 RGB (H, W, 3), the face's box and width, truth and where it counts, bool (H, W).

    annotator: who drew the truth, "" where one person drew all.
    """

    rgb: np.ndarray
    box: Box
    face_width: float
    truth: np.ndarray
    counts: np.ndarray
    annotator: str = ""


class Choice(NamedTuple):
    """A task's threshold, and F1 at it: the mean over the photos of each annotator apart, for people don't agree."""

    threshold: float
    f1: dict[str, float]

    @property
    def score(self) -> float:
        """Mean F1 over the annotators."""
        return float(np.mean(list(self.f1.values())))


@dataclass(frozen=True)
class Validation:
    """What is scored, by task."""

    photos: dict[str, list[Scored]]

    @classmethod
    def load(cls, samples: list[Sample], tasks: list[str], data: Path) -> Validation:
        """Validation photos inside the wrinkle skin where their annotator looked, and the half face's validation stripes inside the zone.

        samples: photos with wrinkle masks, of which those that can't be used are left out and told of; data: folder that
        holds pore/. Raises DataError where none of the validation photos can be used.
        """
        photos = {}
        if "wrinkle" in tasks:
            aside = only(samples, "validation")
            photos["wrinkle"] = usable(aside, lambda one: _scored_wrinkles(benchmark.prepare(one)), "validation")
        if "pore" in tasks:
            photos["pore"] = [_pores(half_face(data))]
        return cls(photos)

    def choose(self, model: NamedMaps, preprocess: Preprocess, runtime: Runtime) -> dict[str, Choice]:
        """By task, the threshold halfway between its annotators; `model` as `Runtime.place` gives it."""
        sweeps = self.sweep(model, preprocess, runtime)
        return {task: halfway(each, [photo.annotator for photo in self.photos[task]]) for task, each in sweeps.items()}

    def sweep(self, model: NamedMaps, preprocess: Preprocess, runtime: Runtime) -> dict[str, np.ndarray]:
        """F1 by task at every threshold, float (photos, thresholds)."""
        model.eval()
        return {
            task: np.stack([_score(model, preprocess, runtime, photo, task) for photo in photos])
            for task, photos in self.photos.items()
        }


def halfway(sweep: np.ndarray, annotators: list[str]) -> Choice:
    """The threshold where the mean over annotators, of their mean F1 over photos, is highest.

    Every annotator has the same say, however many photos each drew on.

    sweep: F1, float (photos, len(THRESHOLDS)); annotators: who drew each photo's truth.
    """
    names = sorted(set(annotators))
    means = np.stack([sweep[[who == name for who in annotators]].mean(axis=0) for name in names])
    threshold, _ = best_threshold(means)
    at = means[:, THRESHOLDS.searchsorted(threshold)].tolist()
    return Choice(threshold, dict(zip(names, at, strict=True)))


def told(chosen: dict[str, Choice]) -> dict[str, float]:
    """F1 for the record: {"wrinkle A": 0.4671, ...}, a task alone where one person drew all."""
    return {
        f"{task} {name}".strip(): round(value, 4)
        for task, choice in chosen.items()
        for name, value in choice.f1.items()
    }


def _score(model: NamedMaps, preprocess: Preprocess, runtime: Runtime, photo: Scored, task: str) -> np.ndarray:
    place = (photo.rgb, photo.box, photo.face_width)
    probability = predict(model, preprocess, runtime, *place, task, skin=photo.counts)
    if task == "pore":
        return f1_sweep(probability[photo.counts], photo.truth[photo.counts])
    # Wrinkles outside the skin mask are missed by the whole method, and must cost.
    return f1_sweep(probability * photo.counts, photo.truth)


def _scored_wrinkles(photo: benchmark.Prepared) -> Scored:
    """Where the annotator did not look, marks are neither right nor wrong."""
    looked = photo.sample.load_zone() if photo.sample.zone else np.ones_like(photo.truth)
    truth, counts = photo.truth & looked, photo.regions.wrinkle_skin & looked
    return Scored(photo.rgb, photo.face.box, photo.face.steady_width, truth, counts, photo.sample.annotator)


def _pores(half: HalfFace) -> Scored:
    whole = Box(0, 0, *half.rgb.shape[:2])
    counts = half.zone & (half.split == SPLIT_NAMES.index("validation"))
    return Scored(half.rgb, whole, half.face_width, half.pores, counts)
