"""Photos and masks as a network meets them: faces cut out once, then random crops of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from eval.samples import HalfFace, Sample, half_face, wrinkle_samples
from train.augment import Augment, recolour, transform, warp
from wrinkleseg import face, images
from wrinkleseg.geometry import Box
from wrinkleseg.preprocess import Preprocess, look

# Smooth studio portraits wide enough to show pores: where they are no skin, a pore network must stay silent.
PORTRAITS = ("canada", "us_gov", "synthetic")
SMALLEST_PORTRAIT = 700


@dataclass(frozen=True)
class Scene:
    """One face at the network's width.

    rgb: uint8 (h, w, 3). target: uint8 (h, w), 0..255, graded where a thin line shrank. weight: uint8 (h, w), 255 where
    somebody annotated. anchors: float (N, 2) of (x, y), places worth a crop.
    """

    rgb: np.ndarray
    target: np.ndarray
    weight: np.ndarray
    anchors: np.ndarray


@dataclass(frozen=True)
class Batch:
    """inputs: float32 (N, C, s, s); target, weight: float32 (N, s, s)."""

    inputs: Tensor
    target: Tensor
    weight: Tensor


def wrinkle_scenes(samples: list[Sample], preprocess: Preprocess) -> list[Scene]:
    """The face of each sample with its wrinkle mask. Room is left around it for turns and zooms."""
    return [_wrinkle_scene(sample, preprocess) for sample in tqdm(samples, desc="wrinkles", leave=False)]


def pore_scenes(data: Path, preprocess: Preprocess) -> list[Scene]:
    """The training stripes of the half face, three times for each portrait's worth of what is no pore."""
    positive = _pore_scene(half_face(data), preprocess)
    paths = [path for folder in PORTRAITS for path in sorted((data / "faces" / folder).glob("*.jpg"))]
    scenes = [scene for path in tqdm(paths, desc="no pores", leave=False) if (scene := _no_pores(path, preprocess))]
    return [positive] * (3 * max(1, len(scenes))) + scenes


def batches(
    scenes: list[Scene], plan: Augment, size: int, preprocess: Preprocess, task: str, seed: int
) -> Iterator[Batch]:
    """Random crops for ever; the same seed gives the same crops."""
    rng = np.random.default_rng(seed)
    while True:
        crops = [_random_crop(scenes[rng.integers(len(scenes))], plan, preprocess, task, rng) for _ in range(size)]
        yield Batch(*(torch.stack(parts) for parts in zip(*crops, strict=True)))


def _random_crop(
    scene: Scene, plan: Augment, preprocess: Preprocess, task: str, rng: np.random.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    reach = plan.crop / 4
    centre = scene.anchors[rng.integers(len(scene.anchors))] + rng.uniform(-reach, reach, 2)
    matrix = transform(tuple(centre), plan, rng)
    rgb, target, weight = (warp(layer, matrix, plan.crop) for layer in (scene.rgb, scene.target, scene.weight))
    inputs = preprocess.tensor(recolour(rgb, plan, rng), preprocess.face_width[task])
    return inputs, torch.from_numpy(target / np.float32(255)), torch.from_numpy(weight / np.float32(255))


def _wrinkle_scene(sample: Sample, preprocess: Preprocess) -> Scene:
    rgb, mask = sample.load()
    found = face.find(rgb)[0]
    wide = found.box.grown(round(0.2 * found.width))
    view = preprocess.view(wide, found.width, "wrinkle")
    target = look(mask.astype(np.uint8) * 255, view)
    inside = look(np.full(mask.shape, 255, np.uint8), view)
    return Scene(look(rgb, view), target, inside, _points(target > 127))


def _pore_scene(half: HalfFace, preprocess: Preprocess) -> Scene:
    height, width = half.rgb.shape[:2]
    view = preprocess.view(Box(0, 0, height, width), half.face_width, "pore")
    known = half.split == 0
    target = look(half.pores.astype(np.uint8) * 255, view)
    # Outlines end where skin does, so the whole half face counts, save the rows that are kept aside.
    weight = look(known.astype(np.uint8) * 255, view)
    return Scene(look(half.rgb, view), target, weight, _points((target > 127) & (weight == 255)))


def _no_pores(path: Path, preprocess: Preprocess) -> Scene | None:
    """A portrait on which hair, brows, eyes, lips and background are known not to be pores; its skin is not annotated."""
    rgb = images.load_rgb(path)
    found = face.find(rgb)[0]
    if found.width < SMALLEST_PORTRAIT:
        return None
    skin = face.regions(rgb, found).pore_skin
    view = preprocess.view(found.box, found.width, "pore")
    weight = look((~skin).astype(np.uint8) * 255, view)
    return Scene(look(rgb, view), np.zeros(view.size, np.uint8), weight, _points(weight > 127))


def _points(mask: np.ndarray) -> np.ndarray:
    """(x, y) of a mask's pixels, float (N, 2); the middle where it is empty."""
    points = np.argwhere(mask)[:, ::-1].astype(float)
    return points if len(points) else np.array([[mask.shape[1] / 2, mask.shape[0] / 2]])


def training_samples(data: Path) -> list[Sample]:
    """Photos that are not kept aside."""
    return [sample for sample in wrinkle_samples(data) if sample.split == "train"]
