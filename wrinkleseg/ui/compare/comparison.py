"""Several methods on one photo: the face is found once, each method runs alone, and one that fails does not stop the others."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from wrinkleseg import face, geometry, masks, measures, metrics, quality
from wrinkleseg.analysis import WHOLE, Analysis, Measures, quantise
from wrinkleseg.methods import MethodError, MethodInfo, skin_for
from wrinkleseg.ui import choices, flow, temporary, texts, view
from wrinkleseg.ui.services import Services

LEAST, MOST = 2, 4
"""How many methods are compared at once: as many as there are colours of agreement, and as the eye can hold."""
SIDE, FRAME = 1200, "face"
"""Longest side in px of a picture of the comparison, and what it shows: several are loaded at once."""


class MaskError(ValueError):
    """A mask that does not belong to the photo; the message says what came, what was expected and how to mend it."""


@dataclass(frozen=True, eq=False)
class Question:
    """What to compare. `methods`: 2 to 4 names, each with the task; `truth`: path of a person's mask, if there is one."""

    photo: flow.Photo
    task: str
    methods: tuple[str, ...]
    face_index: int = 0
    truth: str | None = None


@dataclass(frozen=True, eq=False)
class Ground:
    """What all methods share. `shared`: the photo with its face, without maps; `truth`: bool, of its own size."""

    shared: Analysis
    task: str
    thumbnails: tuple[np.ndarray, ...]
    face_index: int
    original: str
    truth: np.ndarray | None = None

    @property
    def frame(self) -> geometry.Size:
        """(H, W) of the part of the photo that the pictures show."""
        return view.frame_box(self.shared, FRAME).size


@dataclass(frozen=True, eq=False)
class Entry:
    """One method's place. `failure` says why it has no result; without it and without a picture it is still to run.

    seconds: of the method's own call. picture: path. measures: of the whole face. scores: against the truth, 0..1.
    """

    info: MethodInfo
    failure: str = ""
    seconds: float = 0.0
    picture: str = ""
    measures: Measures | None = None
    scores: Mapping[str, float] | None = None


@dataclass(frozen=True)
class Agreement:
    """How far the methods agree. `counts`: pixels marked by exactly 1, 2, ... and all of them; `skin`: visible pixels."""

    counts: tuple[int, ...]
    skin: int
    picture: str = ""

    @property
    def share(self) -> float | None:
        """Share, 0..1, of what any method marks that all of them mark; None where none marks anything."""
        marked = sum(self.counts)
        return self.counts[-1] / marked if marked else None


@dataclass(frozen=True, eq=False)
class Comparison:
    """Where the comparison stands. `running`: index of the method at work, None at the end."""

    ground: Ground
    entries: tuple[Entry, ...]
    running: int | None = None
    agreement: Agreement | None = None


@dataclass(frozen=True, eq=False)
class _Found:
    """What one method adds: its place, its marks on the photo and on the picture of the screen, bool (H, W) and (h, w)."""

    entry: Entry
    marks: np.ndarray
    drawn: np.ndarray


def compare(services: Services, question: Question) -> Iterator[Comparison | flow.Failure]:
    """The comparison as it grows, method by method; one Failure instead where the photo, the mask or the choice is unfit."""
    try:
        infos = _chosen(services.methods(), question)
        ground = _ground(services, question)
    except MaskError as error:
        yield flow.Failure("mask", str(error))
    except Exception as error:  # the visitor gets one clear message, the log gets the rest
        yield flow.failure(error)
    else:
        yield from _run(services, ground, tuple(Entry(info) for info in infos))


def votes(marks: Sequence[np.ndarray]) -> np.ndarray:
    """How many of the masks, bool (H, W) each, mark each pixel: uint8 (H, W)."""
    return np.sum(marks, axis=0, dtype=np.uint8)


def agreement(summed: np.ndarray, methods: int, skin: np.ndarray, picture: str = "") -> Agreement:
    """Counted votes, uint8 (H, W) of 0..methods, on a skin of bool (H, W)."""
    counts = np.bincount(summed.ravel(), minlength=methods + 1)[1:]
    return Agreement(tuple(int(count) for count in counts), int(np.count_nonzero(skin)), picture)


def scores(task: str, probability: np.ndarray, threshold: float, truth: np.ndarray) -> dict[str, float]:
    """Scores against a person's mask, 0..1, under the keys of `texts.SCORES`.

    Lines as in the benchmark: the map, float32 (H, W), and the mask, bool of the same shape in any size, are brought
    to `metrics.SCORED_WIDTH` first. Pores at the photo's own size.
    """
    if task == "wrinkle":
        size = geometry.scaled_size(probability.shape, metrics.SCORED_WIDTH / probability.shape[1])
        true = geometry.resize_lines(truth, size)
        found = masks.binarise(np.clip(geometry.resize(probability, size), 0, 1), threshold)
        lines = metrics.centreline_f1(found, true, metrics.LINE_TOLERANCE)
        extra = {"cldice": metrics.cldice(found, true), "line_f1": lines}
    else:
        true, found = geometry.resize_mask(truth, probability.shape), masks.binarise(probability, threshold)
        extra = {"centre_f1": metrics.centre_f1(masks.centres(found), masks.centres(true), metrics.CENTRE_TOLERANCE)}
    return {"iou": metrics.iou(found, true), "f1": metrics.f1(found, true), **extra}


def check_mask(mask: np.ndarray, photo: tuple[int, int]) -> np.ndarray:
    """The mask itself, bool (h, w), where it can belong to a photo of (H, W). Raises MaskError."""
    height, width = mask.shape
    if abs(width * photo[0] - height * photo[1]) > max(photo):  # more than a pixel's width off, at the photo's size
        raise MaskError(
            texts.ERROR_MASK_SHAPE.format(width=width, height=height, photo_width=photo[1], photo_height=photo[0])
        )
    if mask.mean() > masks.MOST_MARKED:
        raise MaskError(texts.ERROR_MASK_FULL.format(percent=100 * mask.mean()))
    return mask


def _chosen(infos: Sequence[MethodInfo], question: Question) -> list[MethodInfo]:
    """The chosen methods, in the order of the offer. A visitor cannot open a folder by its path."""
    if not LEAST <= len(set(question.methods)) <= MOST:
        raise MethodError(texts.COMPARE_CHOOSE.format(count=len(set(question.methods))))
    able = [info for info in infos if question.task in info.tasks]
    for name in question.methods:
        choices.check(able, name)
    return [info for info in able if info.name in question.methods]


def _ground(services: Services, question: Question) -> Ground:
    """The face, found once. The mask is looked at first: that costs least."""
    photo, task = question.photo, question.task
    truth = None
    if question.truth:
        truth = check_mask(services.read_mask(question.truth), photo.rgb.shape[:2])
    found = services.find(photo.rgb)
    shared = _shared(services, photo, found, question.face_index, task)
    thumbnails = tuple(view.thumbnail(photo.rgb, one.box) for one in found) if len(found) > 1 else ()
    original = temporary.write_png(view.original(shared, FRAME, SIDE), f"{photo.name}-original")
    return Ground(shared, task, thumbnails, question.face_index, original, truth)


def _shared(services: Services, photo: flow.Photo, found: list, index: int, task: str) -> Analysis:
    chosen = face.choose(found, index)
    regions = services.regions(photo.rgb, chosen)
    return Analysis(
        name=photo.name,
        rgb=photo.rgb,
        face=chosen,
        face_count=len(found),
        regions=regions,
        maps={},
        thresholds={},
        method=MethodInfo("", "", (), 0, "", "", "", {}),
        quality=quality.check(photo.rgb, chosen, regions.wrinkle_skin, len(found), (task,)),
        notes=photo.notes,
        measures={},
        seconds={},
    )


def _run(services: Services, ground: Ground, entries: tuple[Entry, ...]) -> Iterator[Comparison]:
    """One method after the other. Of each, only sums are kept: four maps of a large photo would fill the memory."""
    marks = drawn = None
    done = 0
    for i, entry in enumerate(entries):
        yield Comparison(ground, entries, i)
        try:
            found = _look(services, ground, entry.info)
        except Exception as error:  # told in its place; the others go on
            entries = _replaced(entries, i, replace(entry, failure=flow.failure(error).message))
            continue
        entries, done = _replaced(entries, i, found.entry), done + 1
        marks = votes([found.marks]) if marks is None else marks + found.marks
        drawn = votes([found.drawn]) if drawn is None else drawn + found.drawn
    agreed = _agreed(ground, marks, drawn, done) if done >= LEAST else None
    yield Comparison(ground, entries, None, agreed)


def _replaced(entries: tuple[Entry, ...], i: int, entry: Entry) -> tuple[Entry, ...]:
    return *entries[:i], entry, *entries[i + 1 :]


def _look(services: Services, ground: Ground, info: MethodInfo) -> _Found:
    """Load one method, let it look, draw and measure. Only the look itself is timed."""
    task = ground.task
    method = services.method(info.name).only((task,))  # its seconds are of that task alone
    shared = ground.shared
    start = time.perf_counter()
    raw = method(shared.rgb, shared.face, shared.regions)
    seconds = time.perf_counter() - start
    result = _result(shared, info, task, raw[task])
    picture = view.on_screen(result, view.View(tasks=(task,), frame=FRAME), SIDE)
    scored = None if ground.truth is None else scores(task, result.maps[task], result.thresholds[task], ground.truth)
    path = temporary.write_png(picture, f"{shared.name}-{info.name}")
    entry = Entry(info, "", seconds, path, result.measures[WHOLE], scored)
    return _Found(entry, result.mask(task), view.marked(result, task, FRAME))


def _result(shared: Analysis, info: MethodInfo, task: str, raw: np.ndarray) -> Analysis:
    """As an Analyzer makes it of a map, float (H, W); the whole face is measured, without zones."""
    skin, threshold = skin_for(task, shared.regions), float(info.thresholds[task])
    found = quantise(raw, skin)
    marked = {task: masks.binarise(found, threshold)}
    skins = shared.regions.wrinkle_skin, shared.regions.pore_skin
    measured = measures.measure(marked.get("wrinkle"), marked.get("pore"), *skins, {}, shared.face.eye_distance)
    return replace(shared, maps={task: found}, thresholds={task: threshold}, method=info, measures=measured)


def _agreed(ground: Ground, marks: np.ndarray, drawn: np.ndarray, methods: int) -> Agreement:
    picture = view.agreement(ground.shared, drawn, methods, FRAME, SIDE)
    path = temporary.write_png(picture, f"{ground.shared.name}-agreement")
    return agreement(marks, methods, skin_for(ground.task, ground.shared.regions), path)
