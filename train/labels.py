"""Crisp ground truth for a folder of roughly annotated photos: `python -m train labels`.

A person paints thickly over wrinkles or pores; `wrinkleseg.truth` finds the lines and spots under the paint.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from eval.samples import DataError
from wrinkleseg import face, images, masks, truth
from wrinkleseg.commands import SUFFIXES, one_line

MAKERS: dict[str, Callable[[np.ndarray, np.ndarray, float], np.ndarray]] = {
    "wrinkle": truth.wrinkle_truth,
    "pore": truth.pore_truth,
}
TABLE = "labels.csv"


@dataclass(frozen=True)
class Label:
    """A row of labels.csv: one photo.

    status: "ok" or "failed", and then `error` says why. face_width: pixels. marked: share of the photo's pixels, 0..1.
    count: curves or pores.
    """

    name: str
    status: str
    error: str = ""
    face_width: float | None = None
    marked: float | None = None
    count: int | None = None


def make_labels(
    images_dir: Path,
    rough_dir: Path,
    output: Path,
    task: str = "wrinkle",
    graded: bool = False,
    face_width: float | None = None,
) -> Path:
    """Write a crisp mask for every photo that has a rough annotation of the same stem, and labels.csv. Gives `output`.

    Masks are grey 8-bit PNG of the photo's size: 0 and 255, or 0..255 with `graded`. A photo that cannot be used is
    told on stderr, has its row and does not stop the rest. face_width: in pixels, for close-ups without a face; None
    takes the largest face of each photo. Nothing among the inputs is ever replaced.
    Raises DataError where no photo has an annotation or none can be used, a folder is none, or the output is one of the
    inputs' folders.
    """
    _check(task, face_width)
    pairs = _pairs(images_dir, rough_dir)
    _prepare(output, (images_dir, rough_dir))
    rows: list[Label] = []
    try:
        for photo, rough in tqdm(pairs, unit="photo", file=sys.stderr, leave=False, dynamic_ncols=True):
            rows.append(_tried(photo, rough, output / f"{photo.stem}.png", task, graded, face_width))
            if rows[-1].error:
                tqdm.write(f"{photo}: {rows[-1].error}", file=sys.stderr)
    finally:  # stopped, too: what is done is told
        _write_table(output / TABLE, rows)
    if all(row.error for row in rows):
        raise DataError(f"no mask could be made of {len(rows)} photos: {output / TABLE} tells why of each")
    return output


def add(commands: argparse._SubParsersAction) -> None:
    """Add `labels` to the sub-commands of `python -m train`."""
    told = "make crisp masks of rough, thick annotations (photo and annotation have the same stem)"
    command = commands.add_parser("labels", help=told, description=__doc__)
    command.set_defaults(command=_labels)
    command.add_argument("--images", type=Path, required=True, metavar="DIR", help="folder of photos")
    command.add_argument(
        "--rough", type=Path, required=True, metavar="DIR", help="folder of annotations: white on black"
    )
    command.add_argument("--output", type=Path, required=True, metavar="DIR", help=f"folder for masks and {TABLE}")
    command.add_argument("--task", choices=tuple(MAKERS), default="wrinkle", help="what was painted (%(default)s)")
    command.add_argument("--graded", action="store_true", help="magnitude 0..255 instead of 0 and 255")
    command.add_argument("--face-width", type=float, metavar="PX", help="for close-ups that show no whole face")


def _labels(options: argparse.Namespace) -> Path:
    return make_labels(options.images, options.rough, options.output, options.task, options.graded, options.face_width)


def _tried(photo: Path, rough: Path, target: Path, task: str, graded: bool, face_width: float | None) -> Label:
    try:
        return _label(photo, rough, target, task, graded, face_width)
    except Exception as problem:  # whatever is wrong with one photo, the others must get their turn
        return Label(photo.name, "failed", one_line(problem))


def _label(photo: Path, rough: Path, target: Path, task: str, graded: bool, face_width: float | None) -> Label:
    if target.resolve() in (photo.resolve(), rough.resolve()):
        raise DataError(f"its mask {target} is a link to the photo or annotation: give another --output")
    rgb, painted = images.load_rgb(photo), images.load_mask(rough)
    if painted.shape != rgb.shape[:2]:
        raise DataError(f"its annotation is {painted.shape}, the photo {rgb.shape[:2]}: they must be of one size")
    width = _width(rgb) if face_width is None else face_width
    magnitude = MAKERS[task](cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), painted, width)
    found = magnitude > 0
    images.save_png(target, np.rint(255 * (magnitude if graded else found)).astype(np.uint8))
    return Label(photo.name, "ok", "", round(width, 1), round(float(found.mean()), 6), masks.count(found))


def _width(rgb: np.ndarray) -> float:
    try:
        return face.find(rgb)[0].width
    except face.NoFaceError as problem:
        raise DataError(
            f"{problem} For a close-up without a face, give the face's width with --face-width."
        ) from problem


def _pairs(images_dir: Path, rough_dir: Path) -> list[tuple[Path, Path]]:
    """(photo, annotation) of the same stem, by name. Raises DataError for two of one stem, or no pair at all."""
    photos, roughs = _by_stem(images_dir), _by_stem(rough_dir)
    common = sorted(photos.keys() & roughs.keys())
    if not common:
        raise DataError(
            f"no photo of {images_dir} ({len(photos)} pictures) has an annotation of the same name in {rough_dir} "
            f"({len(roughs)} pictures): name them alike, such as anna.jpg and anna.png"
        )
    return [(photos[stem], roughs[stem]) for stem in common]


def _by_stem(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        raise DataError(f"{folder} is no folder: give a folder of pictures")
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if not path.is_file() or path.name.startswith(".") or path.suffix.lower() not in SUFFIXES:
            continue
        if path.stem in found:
            raise DataError(f"{found[path.stem].name} and {path.name} in {folder} have one stem: rename one of them")
        found[path.stem] = path
    return found


def _prepare(output: Path, inputs: tuple[Path, ...]) -> None:
    if output.resolve() in {folder.resolve() for folder in inputs}:
        raise DataError(
            f"--output {output} holds the photos or annotations, which it would replace: give another folder"
        )
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise DataError(f"cannot make the output folder {output}: {problem.strerror}") from problem


def _write_table(path: Path, rows: list[Label]) -> None:
    with path.open("w", newline="", encoding="utf-8", errors="replace") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Label)])
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)


def _check(task: str, face_width: float | None) -> None:
    if task not in MAKERS:
        raise DataError(f"no task is called {task!r}; choose one of: {', '.join(MAKERS)}")
    if face_width is not None and not (np.isfinite(face_width) and face_width > 0):
        raise DataError(f"--face-width must be above 0 px, got {face_width}")
