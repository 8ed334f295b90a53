"""What a method is, and its kinds: a filter, a network, several as one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import cv2
import numpy as np

from wrinkleseg.checkpoint import Config
from wrinkleseg.face import Face, Regions
from wrinkleseg.inference import DeviceError, Runtime, predict
from wrinkleseg.models import NamedMaps

JOINT = "+"
"""Between the names of methods that are one."""


class MethodError(ValueError):
    """A method is unknown, or can't be had; the message says which can."""


@dataclass(frozen=True)
class MethodInfo:
    """What a method is.

    tasks: the maps that it gives. parameters: 0 for a classical method. weights: see `checkpoint.weights_hash`, ""
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

    def only(self, tasks: tuple[str, ...]) -> Method:
        """The same method, asked for some of its tasks; the others cost nothing."""

    def __call__(self, rgb: np.ndarray, face: Face, regions: Regions) -> dict[str, np.ndarray]:
        """uint8 RGB (H, W, 3) to {task: float32 (H, W), 0..1}, 0 outside the task's skin."""


Filter = Callable[[np.ndarray, float, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class ClassicalMethod:
    """A filter on the grey photo."""

    info: MethodInfo
    filter: Filter

    def only(self, tasks: tuple[str, ...]) -> ClassicalMethod:
        """See `Method`; it has one task."""
        return self

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
        """See `Method`."""
        return replace(self, info=_narrowed(self.info, tasks))

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
        """See `Method`; those that have none of the tasks are not run."""
        own = [(method, tuple(task for task in served if task in tasks)) for method, served in self.parts]
        parts = tuple((method.only(served), served) for method, served in own if served)
        return replace(self, info=_narrowed(self.info, tasks), parts=parts)

    def __call__(self, rgb: np.ndarray, face: Face, regions: Regions) -> dict[str, np.ndarray]:
        """See `Method`."""
        maps = {}
        for method, tasks in self.parts:
            given = method(rgb, face, regions)
            maps |= {task: given[task] for task in tasks}
        return {task: maps[task] for task in self.info.tasks}


def _narrowed(info: MethodInfo, tasks: tuple[str, ...]) -> MethodInfo:
    """What there is to know of a method that is asked for these tasks alone."""
    thresholds = {task: value for task, value in info.thresholds.items() if task in tasks}
    return replace(info, tasks=tasks, thresholds=thresholds)


def skin_for(task: str, regions: Regions) -> np.ndarray:
    """Where a task is looked for, bool (H, W)."""
    return {"wrinkle": regions.wrinkle_skin, "pore": regions.pore_skin}[task]


def join(methods: list[Method]) -> JointMethod:
    """One method of several. Raises MethodError where one of them adds no task."""
    parts, taken = [], set()
    for method in methods:
        tasks = tuple(task for task in method.info.tasks if task not in taken)
        if not tasks:
            raise MethodError(f"{method.info.name!r} adds nothing: {', '.join(method.info.tasks)} is there already")
        taken |= set(tasks)
        parts.append((method.only(tasks), tasks))
    return JointMethod(_joint_info(methods, parts), tuple(parts))


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
