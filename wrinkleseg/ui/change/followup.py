"""The work behind the tab: photos of one person one after the other, each laid on the first; one that fails is named and left out."""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wrinkleseg import change
from wrinkleseg.analysis import Analysis
from wrinkleseg.change import Alignment, Change, ChangeError, Occasion, Repeatability, Shot
from wrinkleseg.quality import QualityWarning
from wrinkleseg.ui import choices, flow, temporary, view
from wrinkleseg.ui.services import Services
from wrinkleseg.ui.texts import change as texts

LEAST, MOST = 2, 12
"""How many photos are compared at once."""
EARLIEST = 1900
"""No photo is older: such a year is half typed."""
SIDE, FRAME = 1200, "face"
"""Longest side in px of a picture of the slider, and what it shows."""


@dataclass(frozen=True)
class Given:
    """A photo that was given: path of its file, and its date as it was written, "" for none."""

    path: str
    date: str = ""

    @property
    def name(self) -> str:
        """What the page calls it."""
        return Path(self.path).stem


@dataclass(frozen=True)
class Progress:
    """The photo under way: a number from 0; all names in the order of the work."""

    number: int
    names: tuple[str, ...]


@dataclass(frozen=True)
class Refusal:
    """Why there is no comparison at all."""

    message: str


@dataclass(frozen=True, eq=False)
class Seen:
    """A photo that was analysed. plain, marked: paths of its pictures on the first one's frame; alignment: None for the first."""

    shot: Shot
    plain: str
    marked: str
    alignment: Alignment | None = None


@dataclass(frozen=True, eq=False)
class Followed:
    """The comparison. seen: in the order of time; skipped: (name, why) of photos left out; shipped: None where none fit."""

    seen: tuple[Seen, ...]
    occasions: tuple[Occasion, ...]
    skipped: tuple[tuple[str, str], ...]
    shipped: Repeatability | None

    @property
    def repeats(self) -> int:
        """Photos that share their date with an earlier one."""
        return len(self.seen) - len(self.occasions)

    def pair(self, later: int) -> tuple[Occasion, Occasion]:
        """First and later occasion for the photo of that index; of two photos of the first date, each alone."""
        first, last = self._occasion(0), self._occasion(later)
        if first is last and later:
            return tuple(Occasion(first.number, first.date, (self.seen[i].shot,)) for i in (0, later))
        return first, last

    def changes(self, later: int) -> list[Change]:
        """Every zone and measure of the photo of that index, with its date's others, against the first date."""
        return change.changes(*self.pair(later), self.occasions, self.shipped)

    def _occasion(self, index: int) -> Occasion:
        shot = self.seen[index].shot
        return next(occasion for occasion in self.occasions if shot in occasion.shots)


@dataclass(frozen=True, eq=False)
class _Frame:
    """The first photo's analysis and the (3, 3) matrix from its pixels to those of its picture of (h, w)."""

    analysis: Analysis
    matrix: np.ndarray
    size: tuple[int, int]


def follow(services: Services, given: Sequence[Given], method: str) -> Iterator[Progress | Followed | Refusal]:
    """Progress photo by photo, then the comparison; a Refusal instead where too little is left or dates do not fit."""
    try:
        ordered = in_time(given)
        choices.check(services.methods(), method)
    except ChangeError as error:
        yield Refusal(str(error))
    except Exception as error:  # the visitor gets one clear message, the log gets the rest
        yield Refusal(flow.failure(error).message)
    else:
        yield from _run(services, ordered, method)


def in_time(given: Sequence[Given]) -> list[tuple[Given, datetime.date | None]]:
    """Photos with their dates, the earliest first. Raises ChangeError: too few or many, no date, dates for some only."""
    if len(given) < LEAST:
        raise ChangeError(texts.TOO_FEW_GIVEN.format(count=len(given)))
    if len(given) > MOST:
        raise ChangeError(texts.TOO_MANY.format(count=len(given), most=MOST))
    dated = [(one, _date(one)) for one in given]
    count = sum(day is not None for _, day in dated)
    if count == 0:
        return dated
    if count < len(dated):
        raise ChangeError(f"{texts.DATE_COUNT.format(dated=count, count=len(dated))} {texts.DATES_ALL}")
    return sorted(dated, key=lambda pair: pair[1])


def label(followed: Followed, index: int) -> str:
    """What the page calls a photo: its name and date, or its number."""
    shot = followed.seen[index].shot
    if shot.date:
        return texts.LABEL.format(name=shot.name, date=shot.date.isoformat())
    return texts.LABEL_PLAIN.format(name=shot.name, number=index + 1)


def day(occasion: Occasion) -> str:
    """What the page calls an occasion."""
    return occasion.date.isoformat() if occasion.date else texts.DAY_PLAIN.format(number=occasion.number)


def flags(followed: Followed, index: int) -> list[QualityWarning]:
    """What was not alike when that photo and the first were taken."""
    first, later = followed.seen[0], followed.seen[index]
    found = list(change.light_differences(first.shot.light, later.shot.light))
    if later.alignment is not None and later.alignment.unsure:
        found.append(QualityWarning("unsure", texts.UNSURE, texts.UNSURE_ADVICE))
    return found


def _date(given: Given) -> datetime.date | None:
    written = given.date.strip()
    if not written:
        return None
    try:
        day = datetime.date.fromisoformat(written)
    except ValueError:
        day = datetime.date.min
    if day.year < EARLIEST:
        raise ChangeError(texts.BAD_DATE.format(date=given.date, name=given.name))
    return day


def _run(services, ordered, method: str) -> Iterator[Progress | Followed | Refusal]:
    """One photo after the other; of each, only figures and two pictures are kept: a dozen analyses would fill the memory."""
    names = tuple(given.name for given, _ in ordered)
    seen, skipped, frame = [], [], None
    for number, (given, date) in enumerate(ordered):
        yield Progress(number, names)
        try:
            analysis = _analyse(services, given, method)
            frame = frame or _first(analysis)
            seen.append(_seen(analysis, date, frame))
        except Exception as error:  # told on the page; the others go on
            skipped.append((given.name, _why(error)))
    yield Progress(len(names), names)
    if len(seen) < LEAST:
        reasons = " ".join(f"{name}: {why}" for name, why in skipped)
        yield Refusal(texts.TOO_FEW.format(count=len(seen), reasons=reasons))
        return
    first = seen[0].shot
    shipped = change.load_repeatability()
    known = shipped if shipped and shipped.fits(first.method, first.thresholds) else None
    yield Followed(tuple(seen), change.occasions([one.shot for one in seen]), tuple(skipped), known)


class _Unreadable(Exception):
    """A file that the door for pictures refused; the message is for the visitor."""


def _analyse(services: Services, given: Given, method: str) -> Analysis:
    photo = flow.open_file(services, given.path)
    if isinstance(photo, flow.Failure):
        raise _Unreadable(photo.message)
    return services.analyse(method, photo.rgb, name=photo.name, notes=photo.notes)


def _why(error: Exception) -> str:
    return str(error) if isinstance(error, _Unreadable | ChangeError) else flow.failure(error).message


def _first(analysis: Analysis) -> _Frame:
    size = view.original(analysis, FRAME, SIDE).shape[:2]
    return _Frame(analysis, _to_screen(analysis, size), size)


def _seen(analysis: Analysis, date: datetime.date | None, frame: _Frame) -> Seen:
    """The photo's figures and its two pictures, laid on the first."""
    pictures = view.original(analysis, FRAME, SIDE), view.on_screen(analysis, view.View(frame=FRAME), SIDE)
    alignment = None
    if analysis is not frame.analysis:
        alignment = change.align(frame.analysis.face, analysis.face)
        moved = np.vstack([alignment.matrix, [0, 0, 1]])
        matrix = frame.matrix @ moved @ np.linalg.inv(_to_screen(analysis, pictures[0].shape[:2]))
        pictures = tuple(change.warp(picture, matrix[:2], frame.size) for picture in pictures)
    plain, marked = (
        temporary.write_png(picture, f"{analysis.name}-{kind}")
        for picture, kind in zip(pictures, ("aligned", "marked"), strict=True)
    )
    return Seen(change.shot(analysis, date), plain, marked, alignment)


def _to_screen(analysis: Analysis, size: tuple[int, int]) -> np.ndarray:
    """(3, 3) matrix from pixels of the photo to those of its picture of `size`; centres of pixels lie at whole numbers."""
    box = view.frame_box(analysis, FRAME)
    x, y = size[1] / box.width, size[0] / box.height
    return np.array([[x, 0, (0.5 - box.left) * x - 0.5], [0, y, (0.5 - box.top) * y - 0.5], [0, 0, 1]])
