"""What the wrinkle skin mask keeps and what it lets in, beside the face oval and the oval grown by 8% of the face's width.

Kept: pixels of wrinkles that two people annotated. Let in: eyeballs, lips, brows, nostrils, hair and background. For the first four the landmarks give
a reference on every photo; for all six `reference/skin.json` holds outlines drawn by hand on photos of many kinds (fractions of the photo's sides).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np

from eval.samples import DataError, data_folder, once, wrinkle_samples
from wrinkleseg import face as faces
from wrinkleseg import images, mesh, skin
from wrinkleseg.images import PictureError
from wrinkleseg.morphology import grown

REFERENCE = Path(__file__).with_name("reference") / "skin.json"
MASKS = ("ours", "oval", "oval + 8%")
PARTS = {"eyeballs": skin.EYES, "lips": skin.LIPS, "brows": skin.BROWS, "nostrils": skin.NOSTRILS}
_GROWN = 0.08  # of the face's width
_NEARBY = 0.15  # hair and background count up to this far beyond the oval, in widths of the face
_Picture = TypeVar("_Picture")
_PICTURES = {".jpg", ".jpeg", ".png", ".webp"}


@dataclass
class Figures:
    """What was counted: kept[annotator][mask] lists (kept, all) wrinkle pixels an annotated photo; areas and leaks list
    shares, each photo once. missed: photos without a face. damaged: what could not be read of the rest, in words."""

    kept: dict[str, dict[str, list[tuple[int, int]]]] = field(default_factory=dict)
    areas: dict[str, list[float]] = field(default_factory=dict)
    leaks: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    found: int = 0
    photos: int = 0
    missed: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)


def three_masks(rgb: np.ndarray, face: faces.Face) -> dict[str, np.ndarray]:
    """The wrinkle skin mask, the oval, and the oval grown by 8% of the face's width, each bool (H, W)."""
    oval = skin.draw(face.landmarks, (mesh.OVAL,), face.size)
    return dict(
        zip(MASKS, (faces.regions(rgb, face).wrinkle_skin, oval, grown(oval, _GROWN * face.width)), strict=True)
    )


def count_wrinkles(figures: Figures, annotator: str, masks: dict[str, np.ndarray], truth: np.ndarray) -> None:
    """Add the wrinkle pixels that are kept of one annotated photo."""
    for name, mask in masks.items():
        pair = (int((mask & truth).sum()), int(truth.sum()))
        figures.kept.setdefault(annotator, {}).setdefault(name, []).append(pair)


def count_area(figures: Figures, masks: dict[str, np.ndarray]) -> None:
    """Add one photo's areas over the oval's."""
    for name, mask in masks.items():
        figures.areas.setdefault(name, []).append(mask.sum() / max(masks["oval"].sum(), 1))


def count_leak(figures: Figures, part: str, masks: dict[str, np.ndarray], reference: np.ndarray) -> None:
    """Add the share of a reference's pixels that each mask takes in; a reference without pixels is passed over."""
    if not reference.any():
        return
    for name, mask in masks.items():
        share = (mask & reference).sum() / reference.sum()
        figures.leaks.setdefault(part, {}).setdefault(name, []).append(float(share))


def outlines(polygons: list[list[list[float]]], size: tuple[int, int]) -> np.ndarray:
    """Hand-drawn polygons in fractions of the photo's width and height as a mask, bool (H, W)."""
    mask = np.zeros(size, np.uint8)
    for polygon in polygons:
        cv2.fillPoly(mask, [np.round(np.array(polygon) * (size[1], size[0])).astype(np.int32)], 1)
    return mask > 0


def table(figures: Figures) -> str:
    """All figures as one table of plain text."""
    rows = [("", *MASKS)]
    kept = {**figures.kept, "all": _joined(figures.kept)}
    for annotator, pairs in kept.items():
        rows.append((f"wrinkle pixels kept, {annotator}, pooled", *(_percent(_pooled(pairs[name])) for name in MASKS)))
        rows.append(
            (
                f"wrinkle pixels kept, {annotator}, mean of photos",
                *(_percent(_mean_share(pairs[name])) for name in MASKS),
            )
        )
    rows.append(("area over the oval's, mean", *(f"{np.mean(figures.areas[name]):.3f}" for name in MASKS)))
    rows.append(("area over the oval's, largest", *(f"{np.max(figures.areas[name]):.3f}" for name in MASKS)))
    for part, shares in figures.leaks.items():
        label = f"let in: {part}, {len(shares['ours'])} photos"
        rows.append((label, *(_percent(float(np.mean(shares[name]))) for name in MASKS)))
    rows.append(("photos with a face found", f"{figures.found} of {figures.photos}", "", ""))
    width = max(len(row[0]) for row in rows)
    return "\n".join(f"{row[0]:<{width}}  {row[1]:>10}  {row[2]:>10}  {row[3]:>10}" for row in rows)


def measure(data: Path) -> Figures:
    """Run everything over a data folder; progress goes to stderr."""
    figures = Figures()
    _measure_wrinkles(figures, data)
    _measure_reference(figures, data)
    _measure_finding(figures, data)
    return figures


def main(argv: list[str]) -> int:
    """`python -m eval skin [--data DIR]`: print the table; gives the exit status."""
    parser = argparse.ArgumentParser(prog="python -m eval skin", description=__doc__.split("\n")[0])
    parser.add_argument("--data", help="folder with wrinkle/ and faces/ (WRINKLESEG_DATA, ../shared/data)")
    try:
        figures = measure(data_folder(parser.parse_args(argv).data))
    except DataError as error:
        print(f"eval skin: {error}", file=sys.stderr)
        return 1
    print(table(figures))
    if figures.missed:
        print("no face found in: " + ", ".join(figures.missed))
    for told in dict.fromkeys(figures.damaged):
        print(f"left out: {told}")
    return 0


def _measure_wrinkles(figures: Figures, data: Path) -> None:
    samples = wrinkle_samples(data)
    own = {sample.name for sample in once(samples)}
    for number, sample in enumerate(samples, start=1):
        _progress("wrinkles", number, len(samples))
        opened = _read(figures, sample.name, sample.load)
        face = _largest(opened[0]) if opened else None
        if face is None:
            continue
        rgb, truth = opened
        masks = three_masks(rgb, face)
        count_wrinkles(figures, sample.annotator, masks, truth)
        if sample.name not in own:
            continue
        count_area(figures, masks)
        for part, loops in PARTS.items():
            count_leak(figures, f"{part} (landmarks)", masks, skin.draw(face.landmarks, loops, face.size))


def _measure_reference(figures: Figures, data: Path) -> None:
    reference = json.loads(REFERENCE.read_text(encoding="utf-8"))
    for number, (name, parts) in enumerate(reference.items(), start=1):
        _progress("hand-drawn reference", number, len(reference))
        path = data / name
        rgb = _read(figures, name, partial(images.load_rgb, path)) if path.is_file() else None
        face = _largest(rgb) if rgb is not None else None
        if face is None:
            continue
        masks = three_masks(rgb, face)
        nearby = grown(masks["oval"], _NEARBY * face.width)
        for part, polygons in parts.items():
            count_leak(figures, f"{part} (drawn by hand)", masks, outlines(polygons, face.size) & nearby)


def _measure_finding(figures: Figures, data: Path) -> None:
    folders = [data / "wrinkle" / "images", data / "faces"]
    samples = wrinkle_samples(data)
    again = {sample.photo for sample in samples} - {sample.photo for sample in once(samples)}
    every = {path for folder in folders for path in folder.rglob("*") if path.suffix.lower() in _PICTURES}
    paths = sorted(every - again)
    for number, path in enumerate(paths, start=1):
        _progress("faces", number, len(paths))
        rgb = _read(figures, path.name, partial(images.load_rgb, path))
        if rgb is None:
            continue
        figures.photos += 1
        if _largest(rgb) is None:
            figures.missed.append(path.name)
    figures.found = figures.photos - len(figures.missed)


def _read(figures: Figures, name: str, load: Callable[[], _Picture]) -> _Picture | None:
    """What `load` gives; None where that can't be read, which is told and ends nothing."""
    try:
        return load()
    except (DataError, PictureError) as error:
        figures.damaged.append(f"{name}: {error}")
        return None


def _largest(rgb: np.ndarray) -> faces.Face | None:
    try:
        return faces.find(rgb)[0]
    except faces.NoFaceError:
        return None


def _joined(kept: dict[str, dict[str, list[tuple[int, int]]]]) -> dict[str, list[tuple[int, int]]]:
    return {name: [pair for pairs in kept.values() for pair in pairs[name]] for name in MASKS}


def _pooled(pairs: list[tuple[int, int]]) -> float:
    return sum(kept for kept, _ in pairs) / max(sum(total for _, total in pairs), 1)


def _mean_share(pairs: list[tuple[int, int]]) -> float:
    return float(np.mean([kept / total if total else 1.0 for kept, total in pairs]))


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%"


def _progress(what: str, number: int, total: int) -> None:
    if number % 10 == 0 or number == total:
        print(f"{what}: {number} of {total}", file=sys.stderr)
