"""Every method behind one call: a name gives something that turns a photo of a face into probability maps."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
import torch

from wrinkleseg import checkpoint, filters, hub, models
from wrinkleseg.checkpoint import CheckpointError, Config
from wrinkleseg.face import Face, Regions
from wrinkleseg.hub import HubError
from wrinkleseg.inference import DeviceError, Runtime, predict
from wrinkleseg.models import NamedMaps

# Wrinkles by the one that finds them best, pores by the one that knows them.
DEFAULT = "unetpp+wrinkle-pore"
JOINT = "+"
_log = logging.getLogger(__name__)


class MethodError(ValueError):
    """A method is unknown, or can't be had; the message says which can."""


@dataclass(frozen=True)
class MethodInfo:
    """What a method is.

    tasks: the maps that it gives. parameters: 0 for a classical method. weights: the first digits of their SHA-256, ""
    without any. thresholds: probability above which a pixel is marked, by task. ready: whether `load` can give it.
    """

    name: str
    title: str
    tasks: tuple[str, ...]
    parameters: int
    source: str
    licence: str
    weights: str
    thresholds: dict[str, float]
    ready: bool = True

    def to_dict(self) -> dict:
        """Plain values, for JSON: what command line and page say of a method."""
        return {
            "name": self.name,
            "title": self.title,
            "task": "+".join(self.tasks),
            "parameters": self.parameters,
            "source": self.source,
            "licence": self.licence,
            "weights": self.weights,
            "threshold": dict(self.thresholds),
            "ready": self.ready,
        }


class Method(Protocol):
    """Something that sees wrinkles, pores or both."""

    info: MethodInfo

    def __call__(self, rgb: np.ndarray, face: Face, regions: Regions) -> dict[str, np.ndarray]:
        """uint8 RGB (H, W, 3) to {task: float32 (H, W), 0..1}, 0 outside the task's skin."""


Filter = Callable[[np.ndarray, float, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class ClassicalMethod:
    """A filter on the grey photo."""

    info: MethodInfo
    filter: Filter

    def __call__(self, rgb: np.ndarray, face: Face, regions: Regions) -> dict[str, np.ndarray]:
        """See `Method`."""
        (task,) = self.info.tasks
        grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
        return {task: self.filter(grey, face.width, skin_for(task, regions))}


@dataclass(frozen=True)
class LearnedMethod:
    """A network with its weights, placed where it runs."""

    info: MethodInfo
    config: Config
    model: NamedMaps
    runtime: Runtime

    def only(self, tasks: tuple[str, ...]) -> LearnedMethod:
        """The same network, asked for some of its tasks; the others cost nothing."""
        return replace(self, info=replace(self.info, tasks=tasks))

    def __call__(self, rgb: np.ndarray, face: Face, regions: Regions) -> dict[str, np.ndarray]:
        """See `Method`."""
        return {task: self._map(rgb, face, task, skin_for(task, regions)) for task in self.info.tasks}

    def _map(self, rgb: np.ndarray, face: Face, task: str, skin: np.ndarray) -> np.ndarray:
        how = self.model, self.config.preprocess, self.runtime
        try:
            found = predict(*how, rgb, face.box, face.steady_width, task, skin)
        except DeviceError as error:
            raise MethodError(str(error)) from error
        found *= skin
        return found


@dataclass(frozen=True)
class JointMethod:
    """Several methods as one: each task from the first that has it. `parts` are the methods and the tasks they serve."""

    info: MethodInfo
    parts: tuple[tuple[Method, tuple[str, ...]], ...]

    def only(self, tasks: tuple[str, ...]) -> JointMethod:
        """The same methods, asked for some of their tasks; those that have none of them are not run."""
        own = [(method, tuple(task for task in served if task in tasks)) for method, served in self.parts]
        parts = tuple((_narrowed(method, served), served) for method, served in own if served)
        return replace(self, info=replace(self.info, tasks=tasks), parts=parts)

    def __call__(self, rgb: np.ndarray, face: Face, regions: Regions) -> dict[str, np.ndarray]:
        """See `Method`."""
        maps = {}
        for method, tasks in self.parts:
            given = method(rgb, face, regions)
            maps |= {task: given[task] for task in tasks}
        return {task: maps[task] for task in self.info.tasks}


def skin_for(task: str, regions: Regions) -> np.ndarray:
    """Where a task is looked for, bool (H, W)."""
    return {"wrinkle": regions.wrinkle_skin, "pore": regions.pore_skin}[task]


def load(name: str, device: str = "auto") -> Method:
    """The method of that name, of that folder (a checkpoint), of a repository of the Hub, or of several joined by "+".

    A repository is "hub:OWNER/NAME" or "hub:OWNER/NAME@REVISION"; see `hub.fetch`. device: "auto", "cpu" or "cuda".
    Raises MethodError for an unknown name, missing or broken weights, a Hub that can't be reached, a device that is not
    there.
    """
    names = name.split(JOINT)
    try:
        runtime = Runtime.choose(device)
        loaded = [_load(each, runtime) for each in names]
    except (DeviceError, CheckpointError, HubError) as error:
        raise MethodError(str(error)) from error
    return loaded[0] if len(loaded) == 1 else join(loaded)


def available() -> list[MethodInfo]:
    """The methods that `load` can give on this machine, networks first."""
    # Networks without weights, which would be left out, are not even built.
    there = [_network_info(name) for name in models.BUILDERS if _has_weights(name)]
    return [info for info in [*there, *_classical_infos()] if info.ready]


def known() -> list[MethodInfo]:
    """All methods; a network without weights is there with `ready` False, so that its size can be read.

    So is one with broken weights, which costs a warning: the others work.
    """
    return [*(_network_info(name) for name in models.BUILDERS), *_classical_infos()]


def join(methods: list[Method]) -> JointMethod:
    """One method of several. Raises MethodError where one of them adds no task."""
    parts, taken = [], set()
    for method in methods:
        tasks = tuple(task for task in method.info.tasks if task not in taken)
        if not tasks:
            raise MethodError(f"{method.info.name!r} adds nothing: {', '.join(method.info.tasks)} is there already")
        taken |= set(tasks)
        parts.append((_narrowed(method, tasks), tasks))
    return JointMethod(_joint_info(methods, parts), tuple(parts))


def _narrowed(method: Method, tasks: tuple[str, ...]) -> Method:
    return method.only(tasks) if hasattr(method, "only") else method


def model_folder(name: str) -> Path:
    """Where a network's shipped weights lie (`WRINKLESEG_MODELS`, else assets/models beside the library)."""
    assets = Path(__file__).resolve().parents[1] / "assets" / "models"
    return Path(os.environ.get("WRINKLESEG_MODELS", assets)) / name


def _load(name: str, runtime: Runtime) -> Method:
    if name in _CLASSICAL:
        return _CLASSICAL[name]
    if name in models.BUILDERS:
        if not _has_weights(name):
            raise MethodError(f"no weights of {name!r} are here; train it (python -m train), or choose {_choices()}")
        return learned(model_folder(name), runtime, name)
    if name.startswith(hub.PREFIX):
        return learned(hub.fetch(*hub.address(name)), runtime, name)
    if (Path(name) / checkpoint.CONFIG).is_file():
        return learned(Path(name), runtime, name)
    raise MethodError(
        f"no method is called {name!r}; choose {_choices()}, two joined by +, a checkpoint's folder, or hub:OWNER/NAME"
    )


def learned(folder: Path, runtime: Runtime, name: str) -> LearnedMethod:
    """The method that a checkpoint's folder holds. Raises CheckpointError."""
    config, model, weights = _opened(folder, _stamp(folder))
    info = _info(name, config, models.parameter_count(model), weights)
    return LearnedMethod(info, config, runtime.place(models.for_evaluation(model)), runtime)


def _network_info(name: str) -> MethodInfo:
    if _has_weights(name):
        folder = model_folder(name)
        try:
            config, model, weights = _opened(folder, _stamp(folder))
            return _info(name, config, models.parameter_count(model), weights)
        except CheckpointError as error:
            _log.warning("%s is left out: %s", name, error)
    with torch.device("meta"):  # its size is all that is asked: no weights are drawn
        model = models.build(name)
    count = models.parameter_count(model)
    return MethodInfo(name, f"{name}, untrained", model.tasks, count, models.SOURCES[name], "", "", {}, ready=False)


def _has_weights(name: str) -> bool:
    return (model_folder(name) / checkpoint.CONFIG).is_file()


def _classical_infos() -> list[MethodInfo]:
    return [method.info for method in _CLASSICAL.values()]


@lru_cache(maxsize=2)
def _opened(folder: Path, stamp: tuple[int, ...]) -> tuple[Config, NamedMaps, str]:
    """A checkpoint as `checkpoint.load_usable` gives it, and its weights' hash. Who asks what is here loads it next.

    The network is not to be changed. stamp: see `_stamp`; other files are read anew. Raises CheckpointError.
    """
    return *checkpoint.load_usable(folder), checkpoint.weights_hash(folder)


def _stamp(folder: Path) -> tuple[int, ...]:
    """Changes with a checkpoint's files; empty where one is missing, which `checkpoint.load` says better."""
    files = [folder / checkpoint.CONFIG, folder / checkpoint.WEIGHTS]
    if not all(file.is_file() for file in files):
        return ()
    return tuple(part for file in files for part in (file.stat().st_mtime_ns, file.stat().st_size, file.stat().st_ino))


def _info(name: str, config: Config, parameters: int, weights: str) -> MethodInfo:
    tasks = tuple(config.settings["tasks"])
    return MethodInfo(
        name, config.title, tasks, parameters, config.source, config.licence, weights, dict(config.thresholds)
    )


def _joint_info(methods: list[Method], parts: list[tuple[Method, tuple[str, ...]]]) -> MethodInfo:
    infos = [method.info for method in methods]
    thresholds = {task: method.info.thresholds[task] for method, tasks in parts for task in tasks}
    return MethodInfo(
        name=JOINT.join(info.name for info in infos),
        title=" + ".join(info.title for info in infos),
        tasks=tuple(sorted(thresholds, reverse=True)),
        parameters=sum(info.parameters for info in infos),
        source="; ".join(info.source for info in infos),
        licence="; ".join(dict.fromkeys(info.licence for info in infos)),
        weights=JOINT.join(info.weights for info in infos if info.weights),
        thresholds=thresholds,
    )


def _choices() -> str:
    return ", ".join(info.name for info in available())


def _classical(name: str, title: str, task: str, run: Filter, source: str) -> ClassicalMethod:
    thresholds = {task: filters.THRESHOLDS[name]}
    return ClassicalMethod(MethodInfo(name, title, (task,), 0, source, "Apache-2.0", "", thresholds), run)


_CLASSICAL: dict[str, ClassicalMethod] = {
    method.info.name: method
    for method in (
        _classical(
            "frangi-plain", "Frangi filter, plain", "wrinkle", filters.wrinkles_frangi_plain, "Frangi et al., 1998"
        ),
        _classical("frangi", "Frangi filter, made robust", "wrinkle", filters.wrinkles_frangi, "Frangi et al., 1998"),
        _classical("gabor", "Oriented Gabor filters", "wrinkle", filters.wrinkles_gabor, "Ng et al., 2014"),
        _classical("pores-kmeans", "k-means on dark spots", "pore", filters.pores_kmeans, "Campiche et al., 2019"),
        _classical("pores-dog", "Difference of Gaussians", "pore", filters.pores_dog, "Marr and Hildreth, 1980"),
    )
}
