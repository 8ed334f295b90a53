"""A photo with what a method got right and wrong painted on it, pixel by pixel."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eval.samples import SPLIT_NAMES, stripes
from wrinkleseg import geometry, images
from wrinkleseg.draw import OKABE_ITO, Colour

COLOURS: dict[str, Colour] = {
    "found": (255, 255, 255),
    "wrong": OKABE_ITO["vermilion"],
    "missed": OKABE_ITO["blue"],
}
"""True positive, false positive, false negative. Of all triples of the palette with black and white, no other stays as
far apart for normal, red-, green- and blue-blind eyes while it stands off from skin (tests measure it)."""

LARGEST, SMALLEST = 1200, 800
"""Longest side of the picture in px: a larger photo is shrunk, a smaller one enlarged before anything is painted."""
_KEPT = " Rows for comparison have none; those of methods are kept by the benchmark's --keep-masks."
_DIM = 0.8  # the photo is shown grey and a little darker, so that white and the two colours stand out from it
_FADED, _LEFT = 120.0, 0.25  # where nothing counts: a flat grey, and how much of the photo is left in it


class NoPicture(ValueError):
    """The picture of a row cannot be shown; the message says why, in plain words."""


@dataclass(frozen=True)
class Files:
    """Where one row's pictures lie.

    predicted: the mask that was kept with the results. zone: a mask of where the annotator looked, None for everywhere.
    stripes: the split whose stripes of the photo count (`samples.stripes`), "" for all of it.
    """

    photo: Path
    truth: Path
    predicted: Path
    zone: Path | None = None
    stripes: str = ""

    @classmethod
    def of(
        cls,
        folders: Sequence[Path],
        photo: str,
        truth: str,
        predicted: Path,
        results: Path,
        zone: str = "",
        stripes: str = "",
    ) -> Files:
        """From the paths of a row, as they are or relative to a data folder. results: the folder that keeps `predicted`.

        Raises:
            NoPicture: there is no data folder, the row names files outside them, or the mask is a link out of the
                results folder. A results folder may come from anybody: no path and no link in it leads out of these.
        """
        if not folders:
            raise NoPicture("The photos are not on this computer, so only their scores can be shown.")
        kept = Path(os.path.realpath(predicted))
        if not kept.is_relative_to(results.resolve()):
            raise NoPicture("The method's mask of this point lies outside its results folder, so it is not shown.")
        around = _inside(folders, zone) if zone else None
        return cls(_inside(folders, photo), _inside(folders, truth), kept, around, stripes)


def verdict(
    rgb: np.ndarray,
    truth: np.ndarray,
    predicted: np.ndarray,
    opacity: float = 0.9,
    counted: np.ndarray | None = None,
) -> np.ndarray:
    """The photo in grey, with found, wrong and missed pixels in COLOURS.

    Args:
        rgb: uint8 (H, W, 3).
        truth, predicted: bool (H, W): what a person marked, and what the method marked.
        opacity: of the colours, 0..1.
        counted: bool (H, W), where scores count: all else is faded and nothing is painted there; None for everywhere.

    Returns:
        uint8 RGB (H, W, 3), the input untouched.

    Raises:
        ValueError: sizes differ.
    """
    counted = np.ones_like(truth) if counted is None else counted
    shapes = {rgb.shape[:2], truth.shape, predicted.shape, counted.shape}
    if len(shapes) > 1:
        raise ValueError(f"photo, truth and prediction must be of one size, got {sorted(shapes)}")
    grey = _DIM * (rgb @ np.array([0.299, 0.587, 0.114]))
    grey = np.where(counted, grey, _FADED + _LEFT * (grey - _FADED))
    result = np.repeat(grey[..., None], 3, axis=2)
    parts = {"found": truth & predicted, "wrong": predicted & ~truth, "missed": truth & ~predicted}
    for name, mask in parts.items():
        mask = mask & counted
        result[mask] = (1 - opacity) * result[mask] + opacity * np.array(COLOURS[name])
    return np.rint(result).astype(np.uint8)


def picture(files: Files) -> np.ndarray:
    """`verdict` of the files in a size fit for the screen, uint8 RGB (H, W, 3).

    Raises:
        NoPicture: a file is missing or is no picture, or they are of different sizes.
    """
    rgb = _read(images.load_rgb, files.photo, "photo")
    truth = _read(images.load_mask, files.truth, "person's mask")
    predicted = _read(images.load_mask, files.predicted, "method's mask")
    counted = _counted(files, truth.shape)
    if not rgb.shape[:2] == truth.shape == predicted.shape == counted.shape:
        raise NoPicture("The photo and its masks are not of one size, so they cannot be laid over each other.")
    size = _size(truth.shape)
    inside = geometry.resize_mask(counted, size)
    return verdict(geometry.resize(rgb, size), _scaled(truth, size), _scaled(predicted, size), counted=inside)


def _counted(files: Files, shape: tuple[int, int]) -> np.ndarray:
    """Where the truth counts: in the zone, and of a photo in stripes in those of one split."""
    zone = np.ones(shape, bool) if files.zone is None else _read(images.load_mask, files.zone, "zone")
    if files.stripes not in SPLIT_NAMES:
        return zone
    return zone & (stripes(zone.shape[0]) == SPLIT_NAMES.index(files.stripes))[:, None]


def _read(load, path: Path, what: str) -> np.ndarray:
    if not path.is_file():
        kept = _KEPT if what.startswith("method") else ""
        raise NoPicture(f"The {what} of this point was not kept or is not on this computer.{kept}")
    try:
        return load(path)
    except images.PictureError as error:
        raise NoPicture(f"The {what} of this point cannot be opened: {error}") from error


def _inside(folders: Sequence[Path], name: str) -> Path:
    for folder in folders if name and "\0" not in name else ():
        try:
            path = (folder / name).resolve()
            if path.is_relative_to(folder.resolve()) and path.is_file():
                return path
        except (OSError, ValueError, RuntimeError):  # too long, half a letter, a ring of links
            continue
    raise NoPicture("The photo of this point or the person's mask is not in the data folder of this page.")


def _size(shape: tuple[int, int]) -> tuple[int, int]:
    side = min(LARGEST, max(SMALLEST, max(shape)))
    return geometry.scaled_size(shape, side / max(shape))


def _scaled(mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A thin line must not vanish when it shrinks, nor grow when it is enlarged: a third or half of a pixel counts."""
    share = 1 / 3 if size[0] < mask.shape[0] else 1 / 2
    return geometry.resize(mask.astype(np.float32), size) >= share
