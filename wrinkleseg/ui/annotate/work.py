"""A visitor's data set while it is drawn: photos come in, strokes become crisp masks, one photo is open at a time.

Everything is a value: each step gives a new `Work`, and an error leaves the old one as it was.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import cv2
import numpy as np

from wrinkleseg import annotation, masks
from wrinkleseg.annotation import AnnotationError, Entry
from wrinkleseg.face import Face, FaceError, NoFaceError, Regions
from wrinkleseg.masks import binarise
from wrinkleseg.methods import skin_for
from wrinkleseg.morphology import grown
from wrinkleseg.truth import TruthError
from wrinkleseg.ui import choices, flow, temporary, view
from wrinkleseg.ui.services import Services
from wrinkleseg.ui.texts import annotate as words

MOST_BYTES = annotation.MAX_BYTES
"""Of all photos of one visitor's data set together: they are kept in memory."""
GROWN = {"wrinkle": 0.012, "pore": 0.004}
"""How far around a method's marks its strokes reach, in face widths: as roughly as a person paints."""


@dataclass(frozen=True, eq=False)
class Bench:
    """The photo that is open. token: new each time a photo is opened, so that late strokes of another one are known.

    grey: uint8 (H, W). base: strokes by layer when it was opened, bool (H, W); rough: with what was drawn since.
    crisp: bool (H, W) by layer. thumbnail of the photo; skin: bool (H, W) by task, {} where there is no face.
    """

    token: str
    number: int
    address: str
    grey: np.ndarray
    base: Mapping[str, np.ndarray]
    rough: Mapping[str, np.ndarray]
    crisp: Mapping[str, np.ndarray]
    skin: Mapping[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Work:
    """The data set. `entries` are as they were when their photo was last left or saved; the open one is in `bench`.

    by_hand: it doesn't go for other visitors' sake, see `held`.
    """

    by_hand: ClassVar[bool] = True

    entries: tuple[Entry, ...]
    bench: Bench
    thumbnails: tuple[np.ndarray, ...] = ()
    saved: bool = True

    @property
    def entry(self) -> Entry:
        """The photo that is open."""
        return self.entries[self.bench.number]


def add(services: Services, work: Work | None, paths: Sequence[str]) -> tuple[Work | None, list[str]]:
    """Photos and data sets from files, then the first new one open; and a message for each file that could not be used."""
    entries, messages = list(work.entries) if work else [], []
    first = len(entries)
    reopened = False
    for path in paths:
        try:
            found, is_set = _read(services, path)
            entries = _joined(entries, found)
            reopened = reopened or is_set
        except Exception as error:  # told by name; the other files go on
            messages.append(told(error))
    if len(entries) == first:
        return work, messages
    before = _settled(work) if work else None
    every = (*(before.entries if before else ()), *entries[first:])
    thumbnails = (*(before.thumbnails if before else ()), *(_thumbnail(one) for one in entries[first:]))
    as_saved = reopened and work is None and len(paths) == 1
    return Work(every, _opened(services, every, first), thumbnails, as_saved), messages


def draw(work: Work, strokes: object, strictness: Mapping[str, float], face_width: float | None) -> Work:
    """The open photo with these strokes over its base. Only what changed is made again. Raises AnnotationError, TruthError."""
    bench, one = work.bench, work.entry
    drawn = annotation.strokes_from(strokes, one.size)
    changed = replace(one, strictness={task: float(strictness[task]) for task in annotation.TASKS})
    if face_width is not None and abs(face_width - one.face_width) >= 1:
        changed = replace(changed, face_width=_checked_width(face_width), face_found=False)
    rough = {layer: annotation.paint(drawn, layer, bench.base[layer]) for layer in annotation.LAYERS}
    stale = [layer for layer in annotation.LAYERS if _differs(layer, rough[layer], bench.rough[layer], one, changed)]
    if not stale and changed.face_width == one.face_width and changed.strictness == dict(one.strictness):
        return work
    crisp = dict(bench.crisp)
    for layer in stale:
        level = changed.strictness.get(layer, 0.0)
        crisp[layer] = annotation.made_crisp(bench.grey, rough[layer], changed.face_width, layer, level)
    entries = _with(work.entries, bench.number, changed)
    return replace(work, entries=entries, bench=replace(bench, rough=rough, crisp=crisp), saved=False)


def go(services: Services, work: Work, number: int) -> Work:
    """Another photo open; what was drawn on the one before stays in the data set."""
    kept = _settled(work)
    if not 0 <= number < len(kept.entries):
        return kept
    return replace(kept, bench=_opened(services, kept.entries, number))


def remove(services: Services, work: Work) -> Work | None:
    """Without the open photo; None when it was the last one."""
    at = work.bench.number
    entries = work.entries[:at] + work.entries[at + 1 :]
    if not entries:
        return None
    thumbnails = work.thumbnails[:at] + work.thumbnails[at + 1 :]
    return Work(entries, _opened(services, entries, min(at, len(entries) - 1)), thumbnails, saved=False)


def start_from(services: Services, work: Work, method: str, task: str) -> Work:
    """A method's marks as strokes of the open photo, instead of those of this task. Raises FaceError, MethodError."""
    info = next(one for one in services.methods() if one.name == choices.check(services.methods(), method))
    kept = _settled(work)
    one = kept.entry
    rgb = one.rgb()
    face, regions = _seen(services, rgb)
    if face is None:
        raise FaceError(words.ERROR_NO_FACE)
    threshold = float(info.thresholds[task])
    probability = np.where(skin_for(task, regions), services.method(info.name)(rgb, face, regions)[task], np.float32(0))
    found = binarise(np.clip(probability, 0, 1).astype(np.float32), threshold)
    rough = grown(found, max(1, GROWN[task] * one.face_width))
    made = annotation.made_crisp(kept.bench.grey, rough, one.face_width, task, one.strictness[task])
    named = {**one.started_from, task: f"{info.name} at {threshold:g}"}
    filled = replace(one.with_layer(task, rough, made), started_from=named)
    entries = _with(kept.entries, kept.bench.number, filled)
    skin = {name: skin_for(name, regions) for name in annotation.TASKS}
    return replace(kept, entries=entries, bench=_benched(filled, kept.bench.number, rgb, skin), saved=False)


def save(work: Work, name: str) -> tuple[Work, bytes]:
    """The data set as a zip, and the work marked as saved. The open photo stays as it is on the page."""
    kept = _settled(work)
    data = annotation.zip_bytes(kept.entries, name or words.NAME_DEFAULT)
    return replace(work, entries=kept.entries, saved=True), data


def counts(work: Work) -> dict[str, tuple[int, float, bool]]:
    """By task: number of crisp marks, the share of skin (of the photo without a face) that they cover, is it skin."""
    found = {}
    for task in annotation.TASKS:
        mask, skin = work.bench.crisp[task], work.bench.skin.get(task)
        seen = mask if skin is None else mask & skin
        room = mask.size if skin is None else max(1, int(skin.sum()))
        found[task] = (masks.count(mask), float(seen.sum() / room), skin is not None)
    return found


def told(error: Exception) -> str:
    """One clear message for any error."""
    if isinstance(error, AnnotationError | TruthError):
        return str(error)
    return flow.failure(error).message


def _read(services: Services, path: str) -> tuple[list[Entry], bool]:
    """The photos of one file, and whether it is a data set."""
    file = Path(path)
    with file.open("rb") as opened:
        is_zip = opened.read(4) == b"PK\x03\x04"
    if is_zip:
        if file.stat().st_size > annotation.MAX_BYTES:
            raise AnnotationError(words.ERROR_LARGE.format(name=file.name, most=annotation.MAX_BYTES // 2**20))
        return annotation.read_zip(file.read_bytes()), True
    picture = services.read(path)
    face = _face(services, picture.rgb)
    return [annotation.entry(file.stem, picture.rgb, face.width if face else None)], False


def _joined(entries: list[Entry], found: list[Entry]) -> list[Entry]:
    """All of them, or none of the new ones where they are too many."""
    result = list(entries)
    for one in found:
        result.append(replace(one, name=annotation.free_name(one.name, [other.name for other in result])))
    size = sum(len(one.photo) for one in result)
    if len(result) > annotation.MAX_PHOTOS or size > MOST_BYTES:
        raise AnnotationError(words.ERROR_MANY.format(most=annotation.MAX_PHOTOS, size=MOST_BYTES // 2**20))
    return result


def _opened(services: Services, entries: Sequence[Entry], number: int) -> Bench:
    one = entries[number]
    rgb = one.rgb()
    _, regions = _seen(services, rgb) if one.face_found else (None, None)
    skin = {task: skin_for(task, regions) for task in annotation.TASKS} if regions else {}
    return _benched(one, number, rgb, skin)


def _benched(one: Entry, number: int, rgb: np.ndarray, skin: Mapping[str, np.ndarray]) -> Bench:
    address = temporary.write_bytes(one.photo, f"{temporary.safe_name(one.name)}.png")
    rough = {layer: one.strokes(layer) for layer in annotation.LAYERS}
    crisp = {layer: one.mask(layer) for layer in annotation.LAYERS}
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    return Bench(uuid.uuid4().hex, number, address, grey, rough, rough, crisp, skin)


def _settled(work: Work) -> Work:
    """With what is drawn on the open photo taken into its entry."""
    one, bench = work.entry, work.bench
    for layer in annotation.LAYERS:
        one = one.with_layer(layer, bench.rough[layer], bench.crisp[layer])
    return replace(work, entries=_with(work.entries, bench.number, one))


def _with(entries: Sequence[Entry], number: int, one: Entry) -> tuple[Entry, ...]:
    return (*entries[:number], one, *entries[number + 1 :])


def _differs(layer: str, rough: np.ndarray, before: np.ndarray, one: Entry, changed: Entry) -> bool:
    """Whether the crisp mask of a layer has to be made again."""
    if not np.array_equal(rough, before):
        return True
    other = layer in annotation.TASKS and (
        changed.face_width != one.face_width or changed.strictness[layer] != one.strictness[layer]
    )
    return other and bool(rough.any())


def _seen(services: Services, rgb: np.ndarray) -> tuple[Face | None, Regions | None]:
    face = _face(services, rgb)
    return face, services.regions(rgb, face) if face else None


def _face(services: Services, rgb: np.ndarray) -> Face | None:
    try:
        return services.find(rgb)[0]
    except NoFaceError:
        return None


def _checked_width(value: float) -> float:
    if not 8 <= value <= 100_000:
        raise AnnotationError(words.ERROR_WIDTH.format(value=value))
    return float(value)


def _thumbnail(one: Entry) -> np.ndarray:
    return view.for_screen(one.rgb(), 96)
