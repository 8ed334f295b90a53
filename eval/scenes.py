"""What is scored: photos with what people drew on them, opened with the face, its skin and its zones."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path

import numpy as np

from eval.samples import SPLIT_NAMES, DataError, HalfFace, Sample, half_face, twins
from wrinkleseg import face, images, metrics
from wrinkleseg.face import Face, Pose, Regions
from wrinkleseg.geometry import Box

WIDTH = metrics.SCORED_WIDTH
HALF_FACE = "half face"


@dataclass(frozen=True)
class Prepared:
    """A photo with its face and truth, ready for any method."""

    sample: Sample
    rgb: np.ndarray
    truth: np.ndarray
    face: Face
    regions: Regions


@dataclass(frozen=True)
class Drawn:
    """Where the mask of one task lies, and who drew it.

    other: a second person's mask of the same photo. zone: a mask of where the annotator looked, None for everywhere.
    """

    annotator: str
    mask: Path
    other: Path | None = None
    zone: Path | None = None


@dataclass(frozen=True)
class Scene:
    """An opened photo.

    rgb: uint8 (H, W, 3). face: None where there are masks only, and then no zones either. truths: by task, bool (H, W). counted: where scores count, bool (H, W), None for everywhere.
    others: by task, a second person's mask, bool, of its own size.
    """

    rgb: np.ndarray
    face: Face | None
    regions: Regions
    truths: dict[str, np.ndarray]
    counted: np.ndarray | None = None
    others: dict[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """A photo to score on, not opened yet.

    photo: None where there are masks only. drawn: by task. open: gives the Scene of the tasks named; raises PictureError, FaceError or DataError.
    """

    name: str
    photo: Path | None
    drawn: dict[str, Drawn]
    open: Callable[[tuple[str, ...]], Scene]

    def digest(self, task: str, other: bool = False) -> str:
        """First 16 hex digits of a SHA-256 of the files that a task is scored on: photo, mask and zone.

        other: of the second person's mask too. "" where one of the files can't be read.
        """
        drawn = self.drawn[task]
        paths = [self.photo, drawn.mask, drawn.zone, *([drawn.other] if other else [])]
        contents = ["" if path is None else self._content(path) for path in paths]
        return "" if None in contents else hashlib.sha256("|".join(contents).encode()).hexdigest()[:16]

    def _content(self, path: Path) -> str | None:
        """Read once: the files of a photo are asked for by every method."""
        if path not in self._contents:
            try:
                with path.open("rb") as file:
                    self._contents[path] = hashlib.file_digest(file, "sha256").hexdigest()
            except OSError:
                self._contents[path] = None
        return self._contents[path]

    @cached_property
    def _contents(self) -> dict[Path, str | None]:
        return {}


def prepare(sample: Sample) -> Prepared:
    """Load a photo and find its face. Raises as `load_face`."""
    rgb, truth, found = load_face(sample)
    return Prepared(sample, rgb, truth, found, face.regions(rgb, found))


def load_face(sample: Sample) -> tuple[np.ndarray, np.ndarray, Face]:
    """A photo, uint8 RGB (H, W, 3), its mask, bool (H, W), and its largest face.

    Raises images.PictureError for a file that is no picture, DataError for a photo without a face.
    """
    rgb, truth = sample.load()
    try:
        return rgb, truth, face.find(rgb)[0]
    except face.NoFaceError as error:
        raise DataError(f"{sample.photo}: {error}") from error


def cases(wrinkles: list[Sample], pores: list[Sample] = ()) -> list[Case]:
    """A case for each photo, in the samples' order; a photo with both masks is one case.

    Of samples of one photo (`same_photo_as` of either) each one's mask is the other's second person's.
    """
    by_name, other_of = {sample.name: sample for sample in wrinkles}, twins(wrinkles)
    both = {_place(sample): sample for sample in pores}
    found = []
    for sample in wrinkles:
        other = by_name.get(other_of.get(sample.name))
        other = None if other and other.problem else other
        tasks = {"wrinkle": sample} | ({"pore": both.pop(_place(sample))} if _place(sample) in both else {})
        found.append(_case(tasks, other))
    return found + [_case({"pore": sample}) for sample in both.values()]


def half_face_case(data: Path, split: str) -> Case:
    """The half face whose pores are outlined, scored inside the measured zone in the stripes of `split` ("all": of all).

    Raises DataError where it is missing.
    """
    photo, mask, zone = (data / "pore" / name for name in ("image.png", "pores.png", "zone.png"))
    for path in (photo, mask, zone):
        if not path.is_file():
            raise DataError(f"no {path}: give the folder that holds pore/{path.name} with --data or WRINKLESEG_DATA")
    return Case(
        HALF_FACE, photo, {"pore": Drawn("pores", mask, zone=zone)}, lambda _: _half_scene(half_face(data), split)
    )


def relative(path: Path | None, root: Path) -> str:
    """The path from `root` where it lies inside, else as it is; "" for none."""
    if path is None:
        return ""
    inside = path.is_relative_to(root) or path.resolve().is_relative_to(root.resolve())
    return writable((path if not inside else path.resolve().relative_to(root.resolve())).as_posix())


def writable(text: str) -> str:
    """The text with what is no UTF-8 (bytes of a file name that say nothing) as backslashes and digits: rows are UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode()


def _place(sample: Sample) -> tuple[Path, str]:
    return sample.photo, sample.name


def _case(tasks: dict[str, Sample], other: Sample | None = None) -> Case:
    drawn = {task: Drawn(sample.annotator, sample.mask, zone=sample.zone) for task, sample in tasks.items()}
    if other:
        drawn["wrinkle"] = replace(drawn["wrinkle"], other=other.mask)
    first = next(iter(tasks.values()))
    return Case(writable(first.name), first.photo, drawn, partial(_scene, tasks, other))


def _scene(samples: dict[str, Sample], other: Sample | None, tasks: tuple[str, ...]) -> Scene:
    asked = {task: samples[task] for task in tasks}
    loaded = {task: sample.load() for task, sample in asked.items()}
    rgb = next(iter(loaded.values()))[0]
    found = face.find(rgb)[0]
    first = next(iter(asked.values()))
    return Scene(
        rgb,
        found,
        face.regions(rgb, found),
        {task: truth for task, (_, truth) in loaded.items()},
        first.load_zone() if first.zone else None,
        {"wrinkle": images.load_mask(other.mask)} if other and "wrinkle" in tasks else {},
    )


def _half_scene(half: HalfFace, split: str) -> Scene:
    counted = half.zone & (half.split == SPLIT_NAMES.index(split)) if split in SPLIT_NAMES else half.zone
    return Scene(half.rgb, *_half_face_regions(half), {"pore": half.pores}, counted)


def _half_face_regions(half: HalfFace) -> tuple[Face, Regions]:
    """A stand-in for what a face finder would say, since none finds half a face."""
    height, width = half.rgb.shape[:2]
    landmarks = np.zeros((478, 3), np.float32)
    wide = half.face_width
    found = Face(landmarks, (height, width), Box(0, 0, height, width), wide, wide, wide * 0.42, Pose(0, 0, 0))
    return found, Regions(half.zone, half.zone, {})
