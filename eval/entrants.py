"""Who is scored: methods at their frozen thresholds, and references that keep a table honest, behind one call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from eval import references
from eval.code_digest import code_digest
from eval.effort import Effort, measured
from eval.samples import at_width
from eval.scenes import WIDTH, Case, Scene
from wrinkleseg import masks
from wrinkleseg.methods import Method

UNMEASURED = Effort(np.nan, np.nan)


@dataclass(frozen=True)
class Ground:
    """One task of a photo at the size that is scored at; masks bool (h, w), `counted` None for everywhere.

    face_width: px at that size, NaN where it is not known or not needed.
    """

    task: str
    truth: np.ndarray
    counted: np.ndarray | None
    skin: np.ndarray
    zones: dict[str, np.ndarray]
    face_width: float


@dataclass(frozen=True)
class Marks:
    """What was marked, bool at the scored size; its probability, float32, and the mask in the photo's pixels, if any."""

    mask: np.ndarray
    probability: np.ndarray | None = None
    full: np.ndarray | None = None


@dataclass(frozen=True)
class Entrant:
    """Something that is scored: a method, or a reference that keeps the table honest.

    mark: gives the marks of the tasks whose grounds it gets, and what that cost.
    """

    name: str
    kind: str
    thresholds: dict[str, float]
    mark: Callable[[Case, Scene, dict[str, Ground]], tuple[dict[str, Marks], Effort]]
    weights: str = ""
    parameters: int = 0
    device: str = ""

    def tasks(self, case: Case) -> tuple[str, ...]:
        """Those that it marks and that somebody drew on the photo."""
        asked = tuple(task for task in case.drawn if task in self.thresholds)
        if self.mark is _second_person_marks:
            return tuple(task for task in asked if case.drawn[task].other)
        return asked

    def job(self, case: Case, task: str) -> tuple:
        """What names this work in a results folder, as results.JOB."""
        scored = case.name, case.drawn[task].annotator, task, self.thresholds[task]
        return self.name, self.weights, *scored, code_digest(), self.digest(case, task)

    def digest(self, case: Case, task: str) -> str:
        """Of the files that it is scored on, see `Case.digest`."""
        return case.digest(task, other=self.mark is _second_person_marks)


def of_method(method: Method) -> Entrant:
    """A learned or classical method, at its own frozen thresholds."""
    info = method.info
    kind = "learned" if info.parameters else "classical"
    mark = partial(_method_marks, method)
    return Entrant(info.name, kind, info.thresholds, mark, info.weights, info.parameters, _device(method))


def of_references() -> list[Entrant]:
    """The honest rows, see `references`."""
    both = {"wrinkle": 0.0, "pore": 0.0}
    honest = [
        Entrant(name, "reference", both, partial(_reference_marks, mark))
        for name, mark in references.REFERENCES.items()
    ]
    return [*honest, second_person()]


def second_person(name: str = references.SECOND_PERSON) -> Entrant:
    """The other person's mask of a photo (`Drawn.other`), scored as if it were a method's."""
    return Entrant(name, "reference", {"wrinkle": 0.0}, _second_person_marks)


def _method_marks(method: Method, case: Case, scene: Scene, grounds: dict[str, Ground]) -> tuple[dict, Effort]:
    call = partial(method.only(tuple(grounds)), scene.rgb, scene.face, scene.regions)
    maps, effort = measured(call, _device(method).startswith("cuda"))
    return {task: _marks(maps[task], task, method.info.thresholds[task], scene) for task in grounds}, effort


def _marks(probability: np.ndarray, task: str, threshold: float, scene: Scene) -> Marks:
    if probability.shape != scene.rgb.shape[:2]:
        raise ValueError(
            f"the {task} map is {probability.shape}, its photo {scene.rgb.shape[:2]}: they must be of one size"
        )
    full = masks.binarise(probability, threshold)
    if task == "pore":
        return Marks(full, probability, full)
    # The mask that a user gets is what is scored, brought to the width as the truth is; the small map is for the ranking
    # scores alone. Cut by itself, it loses thin lines at high thresholds, even of a perfect map.
    return Marks(at_width(full, WIDTH), at_width(probability, WIDTH), full)


def _reference_marks(
    mark: references.Mark, case: Case, scene: Scene, grounds: dict[str, Ground]
) -> tuple[dict[str, Marks], Effort]:
    drawn = {task: mark(ground.truth, ground.skin, case.name) for task, ground in grounds.items()}
    return {task: Marks(mask) for task, mask in drawn.items()}, UNMEASURED


def _second_person_marks(case: Case, scene: Scene, grounds: dict[str, Ground]) -> tuple[dict[str, Marks], Effort]:
    other = at_width(scene.others["wrinkle"], WIDTH)
    return {"wrinkle": Marks(references.second_person(other, grounds["wrinkle"].truth.shape))}, UNMEASURED


def _device(method: Method) -> str:
    """Where it runs and in what precision; of several joined ones the first that runs elsewhere than a filter."""
    runtime = getattr(method, "runtime", None)
    if runtime is not None:
        return f"{runtime.device.type} {str(runtime.precision).removeprefix('torch.')}"
    inner = [_device(part) for part, _ in getattr(method, "parts", ())]
    return next((each for each in inner if each != "cpu"), "cpu")
