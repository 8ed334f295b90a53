"""One photo in, one result out: `Analyzer.analyze` finds the face, runs a method on it and measures what was found."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from wrinkleseg import face as faces
from wrinkleseg import methods
from wrinkleseg.masks import binarise, bounds
from wrinkleseg.measures import SCORE_VERSION, WHOLE, Measures, measure
from wrinkleseg.quality import QualityWarning, check

if TYPE_CHECKING:
    from wrinkleseg.methods import Method, MethodInfo

__all__ = ["SCORE_VERSION", "WHOLE", "Analysis", "Analyzer", "Measures", "QualityWarning", "quantise"]

_LEVELS = (np.arange(256) / 255).astype(np.float32)
_BAND = 512  # rows


@dataclass(frozen=True, eq=False)
class Analysis:
    """Everything known of one face of one photo. Arrays have the photo's own size (H, W); treat them as read-only.

    name: of the photo, for titles and files. rgb: uint8 (H, W, 3), upright. face, regions: see `face`.
    maps: float32 (H, W) for each task of the method ("wrinkle", "pore"), probabilities on the 256 levels k / 255,
    0 outside the task's skin: a map saved with 8 bits loses nothing. thresholds: 0..1 for each task; a pixel is marked
    where its probability is above. measures: for "whole" and each zone. seconds: what each step took.
    """

    name: str
    rgb: np.ndarray
    face: faces.Face
    face_count: int
    regions: faces.Regions
    maps: dict[str, np.ndarray]
    thresholds: dict[str, float]
    method: MethodInfo
    quality: tuple[QualityWarning, ...]
    notes: tuple[str, ...]
    measures: dict[str, Measures]
    seconds: dict[str, float]

    def mask(self, task: str) -> np.ndarray:
        """What is marked for a task at its threshold: bool (H, W). ValueError for a task that the method lacks."""
        if task not in self.maps:
            raise ValueError(f"{self.method.name} has no {task!r} map; it has {', '.join(self.maps)}")
        return binarise(self.maps[task], self.thresholds[task])

    def with_thresholds(self, thresholds: Mapping[str, float]) -> Analysis:
        """The same result at other thresholds; tasks that are not named keep theirs. Only the measures are taken again.

        Raises ValueError for a task that the method lacks or a threshold outside 0..1.
        """
        chosen = self.thresholds | check_thresholds(self.method, thresholds)
        start = time.perf_counter()
        measures = _measures(self.face, self.regions, self.maps, chosen)
        seconds = self.seconds | {"measures": time.perf_counter() - start}
        return replace(self, thresholds=chosen, measures=measures, seconds=seconds)

    def to_dict(self) -> dict:
        """The result without its pictures, for strict JSON (no NaN), keys always in the same order. See `report`."""
        info, box, pose = self.method, self.face.box, self.face.pose
        height, width = self.rgb.shape[:2]
        return {
            "name": self.name,
            "score_version": SCORE_VERSION,
            "model": {
                "name": info.name,
                "title": info.title,
                "tasks": list(info.tasks),
                "parameters": int(info.parameters),
                "weights": info.weights,
                "source": info.source,
                "licence": info.licence,
            },
            "threshold": {task: float(value) for task, value in self.thresholds.items()},
            "picture": {"width": int(width), "height": int(height)},
            "face": {
                "count": int(self.face_count),
                "box": {side: int(getattr(box, side)) for side in ("top", "left", "height", "width")},
                "width_px": _plain(self.face.width),
                "eye_distance_px": _plain(self.face.eye_distance),
                "pose": {angle: _plain(getattr(pose, angle)) for angle in ("yaw", "pitch", "roll")},
            },
            "quality": [asdict(warning) for warning in self.quality],
            "notes": list(self.notes),
            "measures": {zone: _measures_dict(values) for zone, values in self.measures.items()},
            "seconds": {step: round(float(value), 4) for step, value in self.seconds.items()},
        }


class Analyzer:
    """A method, loaded once, ready for any number of photos."""

    def __init__(self, method: str | Method = methods.DEFAULT, device: str = "auto") -> None:
        """Load a method by name ("A+B" takes each task from the first that has it), or take a ready one.

        device: "auto", "cpu" or "cuda"; for a ready method it says nothing. Raises methods.MethodError for an unknown
        name, weights that are missing or a device that is not there; TypeError for what is neither name nor method.
        """
        if not isinstance(method, str) and not hasattr(method, "info"):
            raise TypeError(
                f"a method is a name such as 'unetpp', 'frangi+pores-dog' for two, or what methods.load gives; got {method!r}"
            )
        self.method: Method = methods.load(method, device) if isinstance(method, str) else method

    def analyze(
        self,
        rgb: np.ndarray,
        face_index: int = 0,
        thresholds: Mapping[str, float] | None = None,
        name: str = "photo",
        notes: tuple[str, ...] = (),
    ) -> Analysis:
        """Find the face, look for wrinkles and pores, measure them.

        rgb: uint8 (H, W, 3), upright, as `images.load_rgb` gives it. face_index: 0 for the largest face.
        thresholds: for some or all tasks, in place of the method's own. notes: what the reader of the result should
        know of the photo. Raises ValueError for an array of another kind or bad thresholds, face.NoFaceError,
        face.FaceError.
        """
        _check_photo(rgb)
        info = self.method.info
        chosen = {task: float(info.thresholds[task]) for task in info.tasks} | check_thresholds(info, thresholds or {})
        seconds: dict[str, float] = {}
        with _timed(seconds, "face"):
            found = faces.find(rgb)
            face = faces.choose(found, face_index)
        with _timed(seconds, "regions"):
            regions = faces.regions(rgb, face)
        with _timed(seconds, "method"):
            maps = _maps(self.method(rgb, face, regions), regions, info)
        with _timed(seconds, "quality"):
            quality = check(rgb, face, regions.wrinkle_skin, len(found), info.tasks)
        with _timed(seconds, "measures"):
            measures = _measures(face, regions, maps, chosen)
        return Analysis(
            name=name,
            rgb=rgb,
            face=face,
            face_count=len(found),
            regions=regions,
            maps=maps,
            thresholds=chosen,
            method=info,
            quality=quality,
            notes=tuple(notes),
            measures=measures,
            seconds=seconds,
        )


def check_thresholds(info: MethodInfo, thresholds: Mapping[str, float]) -> dict[str, float]:
    """The thresholds as floats. Raises ValueError for a task that the method lacks or a value outside 0..1."""
    for task, value in thresholds.items():
        if task not in info.tasks:
            raise ValueError(f"{info.name} looks for {' and '.join(info.tasks)}; there is no threshold for {task!r}")
        if not 0 <= value <= 1:  # not a number fails here as well
            raise ValueError(f"the {task} threshold must lie within 0..1, got {value}")
    return {task: float(value) for task, value in thresholds.items()}


def quantise(probability: np.ndarray, skin: np.ndarray | None = None) -> np.ndarray:
    """Probabilities float (H, W) in 0..1 on the nearest of the 256 levels k / 255, as float32; 0 outside `skin`, bool (H, W).

    Done once and before anything is measured, so that a map saved with 8 bits gives the very same mask as the one that
    was measured, at any threshold. Raises ValueError where a probability on the skin is not a number, and for a skin of
    another size.
    """
    levels = np.zeros(probability.shape, np.float32)
    if skin is None:
        skin = np.ones(probability.shape, bool)
    if skin.shape != probability.shape:
        raise ValueError(f"the map has size {probability.shape}, the skin {skin.shape}: take both of the same photo")
    if not skin.any():
        return levels
    rows, columns = bounds(skin)
    for top in range(rows.start, rows.stop, _BAND):  # band by band, for the largest photos fill the memory
        band = slice(top, min(top + _BAND, rows.stop)), columns
        levels[band] = _on_levels(np.where(skin[band], probability[band], np.float32(0)).astype(np.float32, copy=False))
    return levels


def _on_levels(probability: np.ndarray) -> np.ndarray:
    if not np.isfinite(probability).all():
        raise ValueError("a probability map holds values that are not numbers; the method's weights are damaged")
    np.clip(probability, 0, 1, out=probability)
    return cv2.LUT(cv2.convertScaleAbs(probability, alpha=255), _LEVELS)  # which rounds


def _maps(raw: Mapping[str, np.ndarray], regions: faces.Regions, info: MethodInfo) -> dict[str, np.ndarray]:
    """The method's maps, one for each of its tasks and in their order, 0 outside the task's skin."""
    skins = {"wrinkle": regions.wrinkle_skin, "pore": regions.pore_skin}
    left = dict(raw)
    del raw  # and each map as soon as it is read: on the largest photos, one has 200 MB
    return {task: quantise(left.pop(task), skins[task]) for task in info.tasks}


def _measures(face, regions, maps, thresholds) -> dict[str, Measures]:
    found = {task: binarise(probability, thresholds[task]) for task, probability in maps.items()}
    skins = regions.wrinkle_skin, regions.pore_skin
    return measure(found.get("wrinkle"), found.get("pore"), *skins, regions.zones, face.eye_distance)


def _measures_dict(values: Measures) -> dict:
    """Fields of `Measures` in their order, with the two flags of visibility under one key."""
    numbers = {name: _plain(value) for name, value in asdict(values).items() if not name.endswith("_visible")}
    return {"visible": {"wrinkle": values.wrinkle_visible, "pore": values.pore_visible}, **numbers}


def _plain(value: float | None) -> float | int | None:
    """A number for JSON: integers stay, others keep six decimals, what is not finite is None."""
    if value is None or isinstance(value, int):
        return value
    return round(float(value), 6) if math.isfinite(value) else None


def _check_photo(rgb: np.ndarray) -> None:
    if not isinstance(rgb, np.ndarray) or rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3:
        came = f"{rgb.dtype} {rgb.shape}" if isinstance(rgb, np.ndarray) else type(rgb).__name__
        raise ValueError(f"expected a photo as uint8 RGB (H, W, 3), got {came}; read files with wrinkleseg.load_rgb")


@contextmanager
def _timed(seconds: dict[str, float], step: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    seconds[step] = time.perf_counter() - start
