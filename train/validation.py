"""Validation photos, loaded once: each with its face and truth, at full resolution."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eval import benchmark
from eval.samples import SPLIT_NAMES, DataError, HalfFace, Sample, half_face
from eval.splits import only
from eval.thresholds import f1_sweep
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


@dataclass(frozen=True)
class Validation:
    """What is scored, by task."""

    photos: dict[str, list[Scored]]

    @classmethod
    def load(cls, samples: list[Sample], tasks: list[str], data: Path, judge: str = "") -> Validation:
        """Validation photos inside the wrinkle skin, and the half face's validation stripes inside the zone.

        samples: photos with wrinkle masks; data: folder that holds pore/. judge: the annotator whose photos count, "" for
        all: people don't agree, so that no threshold suits two of them best. Raises DataError for an annotator who drew
        none of the samples' masks.
        """
        photos = {}
        annotators = sorted({sample.annotator for sample in samples})
        if judge and "wrinkle" in tasks and judge not in annotators:
            raise DataError(f"no annotator is called {judge!r}; choose one of: {', '.join(annotators)}")
        if "wrinkle" in tasks:
            photos["wrinkle"] = [
                _scored_wrinkles(benchmark.prepare(s), s.annotator)
                for s in only(samples, "validation")
                if judge in ("", s.annotator)
            ]
        if "pore" in tasks:
            photos["pore"] = [_pores(half_face(data))]
        return cls(photos)

    def sweep(self, model: NamedMaps, preprocess: Preprocess, runtime: Runtime) -> dict[str, np.ndarray]:
        """F1 by task at every threshold, float (photos, thresholds)."""
        model.eval()
        return {
            task: np.stack([_score(model, preprocess, runtime, photo, task) for photo in photos])
            for task, photos in self.photos.items()
        }


def _score(model: NamedMaps, preprocess: Preprocess, runtime: Runtime, photo: Scored, task: str) -> np.ndarray:
    place = (photo.rgb, photo.box, photo.face_width)
    probability = predict(model, preprocess, runtime, *place, task, skin=photo.counts)
    if task == "pore":
        return f1_sweep(probability[photo.counts], photo.truth[photo.counts])
    # Wrinkles outside the skin mask are missed by the whole method, and must cost.
    return f1_sweep(probability * photo.counts, photo.truth)


def _scored_wrinkles(photo: benchmark.Prepared, annotator: str) -> Scored:
    skin = photo.regions.wrinkle_skin
    return Scored(photo.rgb, photo.face.box, photo.face.steady_width, photo.truth, skin, annotator)


def _pores(half: HalfFace) -> Scored:
    whole = Box(0, 0, *half.rgb.shape[:2])
    counts = half.zone & (half.split == SPLIT_NAMES.index("validation"))
    return Scored(half.rgb, whole, half.face_width, half.pores, counts)
