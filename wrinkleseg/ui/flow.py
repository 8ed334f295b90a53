"""What happens when a photo comes: read, find faces, analyse. Gives the steps as it goes, then a Session or one clear Failure."""

import errno
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from wrinkleseg.analysis import Analysis
from wrinkleseg.face import FaceError
from wrinkleseg.images import PictureError
from wrinkleseg.methods import MethodError
from wrinkleseg.ui import choices, temporary, texts, view
from wrinkleseg.ui.services import Services

QUEUE = "analyse"
"""Analyses wait in one line: two networks at once on the same processor are no faster than one after the other."""
TASKS = tuple(texts.TASKS)
READ, FIND, LOOK, DRAW = range(len(texts.STEPS))
SHOWN_BY_BROWSERS = {"JPEG", "PNG", "WEBP", "GIF"}

_UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES}

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Photo:
    """A photo that was read: uint8 RGB (H, W, 3), its name, notes from the door for pictures, its format, its file's name."""

    rgb: np.ndarray
    name: str
    notes: tuple[str, ...] = ()
    format: str = "PNG"
    file_name: str = ""

    @property
    def called(self) -> str:
        """What the page and the command line call it: its file's name, where it came as one."""
        return self.file_name or self.name


@dataclass(eq=False)
class Turn:
    """A result's time on the page.

    over: another one is on the page; what still draws the old one must not show it. drawn: how it was drawn last.
    """

    over: bool = False
    drawn: view.View | None = None


@dataclass(frozen=True, eq=False)
class Session:
    """What the server keeps for one visitor between two clicks, so that a slider only draws again.

    turn: one for a result, whatever its thresholds are moved to.
    """

    photo: Photo
    thumbnails: tuple[np.ndarray, ...]
    face_index: int
    analysis: Analysis
    originals: Mapping[str, str]
    """Path of the photo as the page shows it, for each of the request's `frames`; see `original`."""
    turn: Turn = field(default_factory=Turn)


@dataclass(frozen=True)
class Step:
    """The step under way: an index into `texts.STEPS`."""

    number: int
    name: str


@dataclass(frozen=True)
class Failure:
    """Why there is no result. `kind`: a key of `texts.ERROR_TITLE`."""

    kind: str
    message: str


@dataclass(frozen=True)
class Request:
    """What to do with a photo.

    thresholds: only those that are not the method's own. frames: those of `texts.FRAMES` in which it will be seen.
    """

    method: str
    face_index: int = 0
    thresholds: Mapping[str, float] | None = None
    frames: tuple[str, ...] = tuple(texts.FRAMES)


def open_file(services: Services, path: str | None) -> Photo | Failure:
    """Read a file that a visitor gave."""
    if not path:
        return Failure("picture", texts.ERROR_NO_PHOTO)
    if not Path(path).is_file():
        return Failure("picture", texts.ERROR_GONE)
    try:
        picture = services.read(path)
    except Exception as error:  # the visitor gets one clear message, the log gets the rest
        return failure(error)
    return Photo(picture.rgb, Path(path).stem, tuple(picture.notes), picture.format, Path(path).name)


def example(services: Services, choice: str) -> Photo:
    """One of the photos to try the page with; `choice` as `cards.examples` numbers them."""
    portrait = services.examples[int(choice)]
    return Photo(portrait.load(), portrait.title)


def analyse(services: Services, photo: Photo, request: Request) -> Iterator[Step | Session | Failure]:
    """Steps, then the Session; a Failure instead where something is wrong with the photo or the choice."""
    try:
        method = choices.check(services.methods(), request.method)
        yield Step(FIND, photo.called)
        thumbnails = _thumbnails(photo.rgb, services.find(photo.rgb))
        yield Step(LOOK, photo.called)
        analysis = services.analyse(
            method,
            photo.rgb,
            face_index=request.face_index,
            thresholds=request.thresholds,
            name=photo.called,
            notes=photo.notes,
        )
        yield Step(DRAW, photo.called)
        seen = {frame: view.original(analysis, frame) for frame in request.frames}
        originals = temporary.write_pngs(seen, f"{photo.name}-original")
        yield Session(photo, thumbnails, request.face_index, analysis, originals)
    except Exception as error:  # the visitor gets one clear message, the log gets the rest
        yield failure(error)


def original(session: Session, frame: str) -> str:
    """Path of the photo as the page shows it. Where the file's time is over and the session's is not, it is written again."""
    path = session.originals[frame]
    if Path(path).is_file():
        return path
    return temporary.write_png(view.original(session.analysis, frame), f"{session.photo.name}-original")


def with_thresholds(session: Session, thresholds: Mapping[str, float]) -> Session:
    """The same session with other thresholds. No method runs again."""
    asked = choices.meant(thresholds, session.analysis.method.thresholds)
    mine = {task: value for task, value in asked.items() if task in session.analysis.maps}
    if mine == dict(session.analysis.thresholds):
        return session
    return replace(session, analysis=session.analysis.with_thresholds(mine))


def shown_by_browsers(photo: Photo) -> bool:
    """False for HEIC, TIFF and others that a browser cannot show as they came."""
    return photo.format.upper() in SHOWN_BY_BROWSERS


def failure(error: Exception) -> Failure:
    """One message for any error. The library's own say what came and how to mend it; the rest are ours to mend, and logged."""
    for kind, known in (("picture", PictureError), ("face", FaceError), ("method", MethodError)):
        if isinstance(error, known):
            return Failure(kind, str(error))
    if isinstance(error, MemoryError):
        return Failure("picture", texts.ERROR_MEMORY)
    log.error("the page failed on a photo", exc_info=error)
    no_room = isinstance(error, OSError) and error.errno in _UNWRITABLE
    return Failure("other", texts.ERROR_DISK if no_room else texts.ERROR_OTHER)


def _thumbnails(rgb: np.ndarray, faces: list) -> tuple[np.ndarray, ...]:
    return tuple(view.thumbnail(rgb, face.box) for face in faces) if len(faces) > 1 else ()
