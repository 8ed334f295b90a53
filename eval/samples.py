"""Photos with human masks, and which of them are kept aside.

The layout is that of the shared data folder: `wrinkle/manifest.csv` with `images/` and `masks/`, and `pore/`.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from glob import escape
from pathlib import Path

import numpy as np

from wrinkleseg import geometry, images, masks

SPLITS = Path(__file__).with_name("splits.json")
# Width of the half face's whole face, in pixels: no face finder sees it in half a face.
HALF_FACE_WIDTH = 1590.0


class DataError(ValueError):
    """The data are not where or what they should be; the message says how to mend it."""


@dataclass(frozen=True)
class Sample:
    """One photo with its wrinkle mask.

    split: "train", "validation" or "test"; a photo that two people annotated is on one side. same_photo_as: name of a
    sample of the same photo. zone: a mask of where the annotator looked, None where that is the whole photo. problem: why
    the photo can't be used, as where it is missing, "" for none: `load` raises it, so that it costs no other photo.
    """

    name: str
    annotator: str
    split: str
    photo: Path
    mask: Path
    same_photo_as: str = ""
    zone: Path | None = None
    problem: str = ""

    def load(self) -> tuple[np.ndarray, np.ndarray]:
        """uint8 RGB (H, W, 3) and the mask, bool (H, W). Raises DataError for a problem, and for masks of another size."""
        if self.problem:
            raise DataError(self.problem)
        rgb, mask = images.load_rgb(self.photo), images.load_mask(self.mask)
        if mask.shape != rgb.shape[:2]:
            raise DataError(f"{self.mask.name} is {mask.shape}, its photo {rgb.shape[:2]}: they must be of one size")
        if mask.mean() > masks.MOST_MARKED:
            raise DataError(
                f"{self.mask.name} marks {100 * mask.mean():.0f}% of its photo: save it as white lines or spots on black"
            )
        return rgb, mask

    def load_zone(self) -> np.ndarray:
        """Where the annotator looked, bool (H, W): outside it, no mask does not mean no wrinkle."""
        shape = images.load_mask(self.mask).shape
        if self.zone is None:
            return np.ones(shape, bool)
        zone = images.load_mask(self.zone)
        if zone.shape != shape:
            raise DataError(f"the zone {self.zone.name} is {zone.shape}, its mask {shape}: they must be of one size")
        return zone


@dataclass(frozen=True)
class HalfFace:
    """The half face whose pores are outlined.

    rgb: uint8 (H, W, 3). pores, zone: bool (H, W). split: uint8 (H, W), an index into SPLIT_NAMES.
    """

    rgb: np.ndarray
    pores: np.ndarray
    zone: np.ndarray
    split: np.ndarray
    face_width: float = HALF_FACE_WIDTH


SPLIT_NAMES = ("train", "validation", "test")


def data_folder(given: str | Path | None = None) -> Path:
    """The folder of real photos and masks: as given, else WRINKLESEG_DATA, else shared/data beside the project."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    return Path(given or os.environ.get("WRINKLESEG_DATA", beside))


def wrinkle_samples(data: Path) -> list[Sample]:
    """All photos of `data`/wrinkle in the manifest's order; one whose files are missing has a `problem`.

    Raises DataError where there is no manifest.
    """
    folder = data / "wrinkle"
    manifest = folder / "manifest.csv"
    if not manifest.is_file():
        raise DataError(
            f"no {manifest}: give the folder that holds wrinkle/manifest.csv with --data or WRINKLESEG_DATA"
        )
    held = {name: split for split, names in _splits()["wrinkle"].items() for name in names}
    with manifest.open(newline="") as file:
        return [_sample(folder, row, held.get(row["name"], "train")) for row in csv.DictReader(file)]


def twins(samples: Sequence[Sample]) -> dict[str, str]:
    """Of each sample of a photo that two people annotated, the name of the other, whichever of them names it."""
    names = {sample.name for sample in samples}
    told = {sample.name: sample.same_photo_as for sample in samples if sample.same_photo_as in names}
    return {other: name for name, other in told.items()} | told


def once(samples: Sequence[Sample]) -> list[Sample]:
    """Each photo once: of the samples of one photo the first. For what hangs on the photo and not on who annotated it."""
    other, kept = twins(samples), {}
    for sample in samples:
        if other.get(sample.name) not in kept:
            kept[sample.name] = sample
    return list(kept.values())


def half_face(data: Path) -> HalfFace:
    """The half face of `data`/pore. Raises DataError where it is missing."""
    folder = data / "pore"
    if not (folder / "image.png").is_file():
        raise DataError(
            f"no {folder / 'image.png'}: give the folder that holds pore/image.png with --data or WRINKLESEG_DATA"
        )
    rgb = images.load_rgb(folder / "image.png")
    pores, zone = images.load_mask(folder / "pores.png"), images.load_mask(folder / "zone.png")
    rows = stripes(rgb.shape[0])
    return HalfFace(rgb, pores, zone, np.repeat(rows[:, None], rgb.shape[1], axis=1))


def stripes(height: int) -> np.ndarray:
    """uint8 (height,): to which split each row of the half face belongs (bands that return every few hundred rows)."""
    plan = _splits()["pore"]
    within = np.arange(height) % plan["period_rows"]
    result = np.zeros(height, np.uint8)
    for name in ("validation", "test"):
        first, end = plan[f"{name}_rows"]
        result[(within >= first) & (within < end)] = SPLIT_NAMES.index(name)
    return result


def at_width(array: np.ndarray, width: int) -> np.ndarray:
    """A photo, map or mask (H, W[, C]) brought to `width` pixels, aspect ratio kept; a mask keeps what covers a third of a pixel."""
    size = geometry.scaled_size(array.shape[:2], width / array.shape[1])
    if array.dtype == bool:
        return geometry.resize_lines(array, size)
    return geometry.resize(array, size)


def _sample(folder: Path, row: dict[str, str], split: str) -> Sample:
    name = row["name"]
    (photo, first), (mask, second) = _picture(folder / "images", name), _picture(folder / "masks", name)
    return Sample(name, row["annotator"], split, photo, mask, row["same_photo_as"], problem=first or second)


def _picture(folder: Path, stem: str) -> tuple[Path, str]:
    """The file of that name, whatever its ending, and what is wrong with it."""
    found = sorted(folder.glob(f"{escape(stem)}.*"))
    if not found:
        return folder / stem, f"no picture {stem}.* in {folder}, though the manifest lists it: put it there"
    return found[0], ambiguous(found) if len(found) > 1 else ""


def ambiguous(paths: Sequence[Path]) -> str:
    """The sentence on pictures of one name."""
    return (
        f"{' and '.join(map(str, paths))} have one name without its ending, so it is not known which of them is meant: "
        "rename one, or take it out"
    )


def _splits() -> dict:
    return json.loads(SPLITS.read_text())
