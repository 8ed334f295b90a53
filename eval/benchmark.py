"""Methods and honest references against human masks, photo by photo: rows of scores, one for each task and zone.

`seconds` is that of the method's call on a photo whose face is found already, for all its tasks there. `peak_mb` is no
method's own need: it is the largest memory of the whole process meanwhile, whatever else it holds (see `effort`).
"""

from __future__ import annotations

import json
import logging
import platform
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

import numpy as np

from eval import results, scores
from eval.code_digest import code_digest
from eval.effort import Effort
from eval.entrants import UNMEASURED, Entrant, Ground, Marks
from eval.groups import photo_traits
from eval.samples import DataError, at_width
from eval.scenes import WIDTH, Case, Scene, relative, writable
from eval.scenes import Prepared as Prepared
from eval.scenes import load_face as load_face
from eval.scenes import prepare as prepare
from wrinkleseg import geometry, images, methods, metrics
from wrinkleseg.face import FaceError
from wrinkleseg.images import PictureError

WHOLE = "whole"
_PACKAGES = ("numpy", "opencv-python-headless", "opencv-contrib-python", "torch", "mediapipe", "pillow")
_TOLD = (PictureError, FaceError, DataError)  # their messages are sentences already
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Place:
    """root: what paths in rows are relative to. masks: the results folder that keeps predicted masks, None for none."""

    root: Path
    masks: Path | None = None


@dataclass(frozen=True)
class _Opened:
    case: Case
    scene: Scene
    grounds: dict[str, Ground]
    traits: dict[str, float]


def jobs(
    case: Case, entrants: list[Entrant], done: Collection[tuple] = (), masks: Path | None = None
) -> list[tuple[Entrant, tuple[str, ...]]]:
    """Who has what to do on a photo.

    done: as results.finished. masks: a folder where what is done has left its mask too, of the same weights and threshold,
    else it is done again.
    """
    open_jobs = []
    for entrant in entrants:
        left = [t for t in entrant.tasks(case) if not _is_done(case, entrant, t, done, masks)]
        open_jobs += [(entrant, tuple(left))] if left else []
    return open_jobs


def case_rows(case: Case, asked: list[tuple[Entrant, tuple[str, ...]]], place: Place) -> list[dict]:
    """The rows of one photo, as results.read gives them; where something fails, rows that say so in `error`."""
    tasks = tuple(task for task in case.drawn if any(task in each for _, each in asked))
    try:
        opened = _open(case, tasks)
    except Exception as error:  # a photo can be bad in any way: the others are scored
        if len(tasks) > 1:  # perhaps one mask alone is bad
            return [row for task in tasks for row in case_rows(case, _only(asked, task), place)]
        return [_error_row(case, entrant, task, place, error) for entrant, own in asked for task in own]
    return [row for entrant, own in asked for row in _entrant_rows(opened, entrant, own, place)]


def _only(asked: list[tuple[Entrant, tuple[str, ...]]], task: str) -> list[tuple[Entrant, tuple[str, ...]]]:
    return [(entrant, (task,)) for entrant, tasks in asked if task in tasks]


def zone_scores(ground: Ground, marks: Marks) -> dict[str, dict]:
    """Columns of `scores` by zone, "whole" first; zones of which nothing is to be seen are left out.

    Raises DataError where nothing of the photo counts: everybody would be perfect there.
    """
    inside = np.ones_like(ground.truth) if ground.counted is None else ground.counted
    if not inside.any():
        raise DataError(
            f"the zone in which the {ground.task} mask counts is empty, so there is nothing to score: mark where the "
            "annotator looked, or take the zone's file out where that is the whole photo"
        )
    pair, whole = _pair(ground, marks, inside)
    zones = {name: zone & inside for name, zone in ground.zones.items()}
    return {WHOLE: whole} | {name: pair.within(zone) for name, zone in zones.items() if zone.any()}


def _pair(ground: Ground, marks: Marks, inside: np.ndarray) -> tuple[scores.LinePair | scores.PorePair, dict]:
    if ground.task == "pore":
        pair = scores.pore_scores(marks.mask, ground.truth, inside, marks.probability)
        return pair, pair.whole()
    shown = None if marks.probability is None else marks.probability * inside
    pair = scores.line_scores(marks.mask & inside, ground.truth & inside, ground.face_width, shown)
    if ground.counted is None:
        return pair, pair.whole()
    # Pixels where the annotator did not look are neither right nor wrong.
    counted = {name: pair.within(inside)[name] for name in ("tn", "accuracy")}
    if shown is not None:
        counted["ap"] = metrics.average_precision(shown[inside][None], ground.truth[inside][None])
    return pair, pair.whole() | counted


def _open(case: Case, tasks: tuple[str, ...]) -> _Opened:
    scene = _with_lines(case, tasks)
    lines = scene.truths.get("wrinkle", np.zeros(scene.rgb.shape[:2], bool))
    traits = photo_traits(scene.rgb, scene.face, scene.regions, lines) if scene.face else {}
    return _Opened(case, scene, {task: _ground(scene, task) for task in tasks}, traits)


def _with_lines(case: Case, tasks: tuple[str, ...]) -> Scene:
    """The photo with the masks of these tasks, and that of wrinkles wherever somebody drew them.

    A photo's traits must not hang on what is still to be done there. A bad mask of wrinkles is told in its own rows.
    """
    if "wrinkle" in tasks or "wrinkle" not in case.drawn:
        return case.open(tasks)
    try:
        return case.open((*tasks, "wrinkle"))
    except Exception:  # as bad as any photo may be
        return case.open(tasks)


def _ground(scene: Scene, task: str) -> Ground:
    """Wrinkles are scored at WIDTH, pores as they are: smaller, they would vanish."""
    truth, skin = scene.truths[task], methods.skin_for(task, scene.regions)
    if task == "pore":
        inside = skin if scene.counted is None else skin & scene.counted
        return Ground(task, truth, scene.counted, inside, scene.regions.zones, np.nan)
    size = geometry.scaled_size(truth.shape, WIDTH / truth.shape[1])
    small = {name: geometry.resize_mask(zone, size) for name, zone in scene.regions.zones.items()}
    counted = None if scene.counted is None else geometry.resize_mask(scene.counted, size)
    face_width = scene.face.width * WIDTH / truth.shape[1] if scene.face else np.nan
    inside = geometry.resize_mask(skin, size)
    inside = inside if counted is None else inside & counted
    return Ground(task, at_width(truth, WIDTH), counted, inside, small, face_width)


def _entrant_rows(opened: _Opened, entrant: Entrant, tasks: tuple[str, ...], place: Place) -> list[dict]:
    try:
        grounds = {task: opened.grounds[task] for task in tasks}
        marks, effort = entrant.mark(opened.case, opened.scene, grounds)
        return [row for task in tasks for row in _task_rows(opened, entrant, task, place, marks[task], effort)]
    except Exception as error:  # whatever a method does, the others and the other photos are scored
        return [_error_row(opened.case, entrant, task, place, error, opened.traits) for task in tasks]


def _task_rows(opened: _Opened, entrant: Entrant, task: str, place: Place, marks: Marks, effort: Effort) -> list[dict]:
    ground = opened.grounds[task]
    by_zone = zone_scores(ground, marks)
    if place.masks and marks.full is not None:
        _keep(results.mask_path(place.masks, entrant.name, task, opened.case.name), marks.full, entrant, task)
    known = _known(opened.case, entrant, task, place)
    rest = opened.traits | effort._asdict() | {"error": ""}
    return [known | {"zone": zone} | row | rest for zone, row in by_zone.items()]


def _known(case: Case, entrant: Entrant, task: str, place: Place) -> dict:
    """What a row says before anything is scored."""
    drawn = case.drawn[task]
    return {
        "method": entrant.name,
        "kind": entrant.kind,
        "photo": case.name,
        "annotator": drawn.annotator,
        "task": task,
        "zone": WHOLE,
        "photo_path": relative(case.photo, place.root),
        "mask_path": relative(drawn.mask, place.root),
        "zone_path": relative(drawn.zone, place.root),
        "digest": entrant.digest(case, task),
        "code": code_digest(),
        "threshold": float(entrant.thresholds[task]),
        "parameters": entrant.parameters,
        "weights": entrant.weights,
        "device": entrant.device,
        "versions": versions(),
    }


def _error_row(
    case: Case, entrant: Entrant, task: str, place: Place, error: Exception, traits: dict[str, float] | None = None
) -> dict:
    text = writable((str(error) or "no message").splitlines()[0][:300])
    told = text if isinstance(error, _TOLD) else f"{type(error).__name__}: {text}"
    return (
        _known(case, entrant, task, place) | scores.missing() | UNMEASURED._asdict() | (traits or {}) | {"error": told}
    )


def forget_masks(case: Case, asked: list[tuple[Entrant, tuple[str, ...]]], folder: Path) -> None:
    """Delete what is kept in a results folder of work that is to be done now: new scores beside an old mask would lie."""
    for path in (results.mask_path(folder, entrant.name, task, case.name) for entrant, own in asked for task in own):
        try:
            for old in (_note(path), path):  # a mask without its note is done again
                old.unlink(missing_ok=True)
        except OSError as error:
            _log.warning("%s can't be deleted (%s): it is not of the newest scores", path, error)


def _keep(path: Path, mask: np.ndarray, entrant: Entrant, task: str) -> None:
    """A mask that can't be written is a warning: the scores are worth more."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        images.save_png(path, mask.astype(np.uint8) * 255)
        _note(path).write_text(_made_by(entrant, task))
    except OSError as error:
        with suppress(OSError):
            path.unlink(missing_ok=True)  # half a mask is none
        _log.warning("%s can't be written (%s): make room and run again with --keep-masks to have it", path, error)


def _is_done(case: Case, entrant: Entrant, task: str, done: Collection[tuple], masks: Path | None) -> bool:
    if not done or entrant.job(case, task) not in done:  # the digest of a job costs reading its files
        return False
    if masks is None or entrant.kind == "reference":
        return True
    path = results.mask_path(masks, entrant.name, task, case.name)
    try:
        return path.is_file() and _note(path).read_text() == _made_by(entrant, task)
    except (OSError, ValueError):
        return False


def _note(mask: Path) -> Path:
    """The file beside a mask that says whose it is: rows and masks are not written in one step."""
    return mask.with_suffix(".json")


def _made_by(entrant: Entrant, task: str) -> str:
    return json.dumps({"weights": entrant.weights, "threshold": float(entrant.thresholds[task])})


@cache
def versions() -> str:
    """JSON of the versions of Python and of the packages that scores depend on."""
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return json.dumps(found)
