"""Two or more photos of one person: laid on one another, compared by light, and told what differs by more than repeat photos do.

Two photos of one face on one day differ as well: light, pose and the camera's own processing move every measure. A difference says
something only where it is larger than that: `1.96 sqrt(2) sd`, the repeatability coefficient of Bland and Altman (Lancet 327:307,
1986), where sd is the standard deviation of repeat photos of one face. It comes from the person's own repeats (two or more photos of
one date) and from the shipped figures of simulated re-takes (`Repeatability`); the larger limit holds, for simulated re-takes vary less
than real ones. Where own repeats are few, 1.96 becomes Student's t. A date with n photos counts as their mean, which varies less:
sqrt(2) becomes sqrt(1 / n + 1 / m).
"""

from __future__ import annotations

import datetime
import json
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from wrinkleseg.analysis import SCORE_VERSION, Analysis, Measures
from wrinkleseg.face import Face
from wrinkleseg.methods import MethodInfo
from wrinkleseg.quality import QualityWarning, blur

FIELDS = (
    *("wrinkle_area_percent", "wrinkle_length", "wrinkle_count", "wrinkle_mean_width"),
    *("pore_density_percent", "pore_per_eye_area", "pore_mean_size"),
)
"""The measures that are followed: those of `measures.UNITS` that do not count pixels."""
MAX_RESIDUAL = 0.045
"""Of `Alignment.residual`. Of 14 people in studio photos: simulated re-takes 0.011 at most, relaxed against smiling 0.011 to
0.079 (median 0.02), two persons 0.013 to 0.12 (median 0.065)."""
REPEATABILITY = Path(__file__).resolve().parents[1] / "assets" / "repeatability.json"

# Points on bone rather than on muscle: corners of the eyes, bridge of the nose, hairline, temples and cheekbones.
_STABLE = (
    *(33, 133, 362, 263, 168, 6, 197, 195, 5, 10, 151, 338, 109, 297, 67, 332, 103),
    *(284, 54, 251, 21, 389, 162, 356, 127, 454, 234),
)
_SKIN_SIDE = 400  # px: light changes slowly, so a face of this width says enough
# Differences beyond which two photos were not taken alike; see `light_differences`.
_LIGHTNESS, _SLOPE, _COLOUR, _BLUR, _SIZE, _TURN = 5.0, 8.0, 4.0, 0.06, 1.35, 8.0
# Student's t for 95% on both sides, at 1 to 30 degrees of freedom; 1.96 beyond.
_T = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131),
    *(2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042),
)


class ChangeError(ValueError):
    """Photos that cannot be compared; the message says why and how to mend it."""


@dataclass(frozen=True, eq=False)
class Alignment:
    """How a later photo lies on the first. matrix: (2, 3) float, later (x, y, 1) to first (x, y), a similarity.

    residual: root mean square distance of the stable landmarks after that, in inter-eye distances of the first.
    """

    matrix: np.ndarray
    residual: float

    @property
    def unsure(self) -> bool:
        """The faces do not lie on one another: one is turned, or it is another person."""
        return self.residual > MAX_RESIDUAL


@dataclass(frozen=True)
class Light:
    """How a photo of a face was taken.

    lightness, red, yellow: mean L*, a*, b* of the skin. across: by how much L* rises over one width of the face, from the left of the
    picture to its right; down: the same from forehead to chin. blur: see `quality.blur`. face_width: px. yaw, pitch: degrees.
    """

    lightness: float
    red: float
    yellow: float
    across: float
    down: float
    blur: float
    face_width: float
    yaw: float
    pitch: float


@dataclass(frozen=True, eq=False)
class Shot:
    """What a comparison needs of one analysed photo, without its pictures."""

    name: str
    date: datetime.date | None
    measures: Mapping[str, Measures]
    light: Light
    face: Face
    face_count: int
    quality: tuple[QualityWarning, ...]
    notes: tuple[str, ...]
    method: MethodInfo
    thresholds: Mapping[str, float]

    def value(self, zone: str, field: str) -> float | None:
        """One measure; None where the zone does not show or there is nothing to average."""
        measured = self.measures.get(zone)
        found = None if measured is None else getattr(measured, field)
        return None if found is None else float(found)


@dataclass(frozen=True, eq=False)
class Occasion:
    """The photos of one date; of photos without dates, each is one. number: from 1, in the order of time."""

    number: int
    date: datetime.date | None
    shots: tuple[Shot, ...]

    def values(self, zone: str, field: str) -> list[float]:
        """One measure of every photo that has it."""
        found = (shot.value(zone, field) for shot in self.shots)
        return [value for value in found if value is not None]


@dataclass(frozen=True)
class Change:
    """One measure of one zone at two occasions: means; None where it was not seen. limit: None where nothing is known."""

    zone: str
    field: str
    before: float | None
    after: float | None
    limit: float | None

    @property
    def difference(self) -> float | None:
        """After minus before."""
        return None if self.before is None or self.after is None else self.after - self.before

    @property
    def verdict(self) -> str:
        """ "more" than repeat photos show, "within" what they show, "unknown" without figures of them, "missing" without a difference."""
        if self.difference is None:
            return "missing"
        if self.limit is None:
            return "unknown"
        return "more" if abs(self.difference) > self.limit else "within"


@dataclass(frozen=True, eq=False)
class Repeatability:
    """Spread over simulated re-takes, as `python -m eval repeats` measures it: `zones` is zone -> field -> {"sd", "relative_sd"}."""

    method: str
    weights: str
    thresholds: Mapping[str, float]
    score_version: str
    photos: int
    retakes: int
    zones: Mapping[str, Mapping[str, Mapping[str, float]]]

    def fits(self, info: MethodInfo, thresholds: Mapping[str, float]) -> bool:
        """Whether it was measured with that very method, at those thresholds."""
        same = (self.method, self.weights, self.score_version) == (info.name, info.weights, SCORE_VERSION)
        return same and self.thresholds.keys() == thresholds.keys() and _near(self.thresholds, thresholds)

    def sd(self, zone: str, field: str, level: float) -> float | None:
        """Standard deviation of re-takes where the measure is about `level`: a larger measure varies more. None: not known.

        A zone where the re-takes showed nothing at all takes the middle of the other zones: that no speck came is chance.
        """
        known = self.zones.get(zone, {}).get(field)
        if known is None:
            return None
        others = [fields[field]["sd"] for fields in self.zones.values() if field in fields and fields[field]["sd"] > 0]
        least = known["sd"] or (float(np.median(others)) if others else 0.0)
        return max(least, known["relative_sd"] * abs(level))


def load_repeatability(path: Path = REPEATABILITY) -> Repeatability | None:
    """The shipped figures; None where there are none."""
    if not path.is_file():
        return None
    known = json.loads(path.read_text(encoding="utf-8"))
    return Repeatability(**{name: known[name] for name in Repeatability.__dataclass_fields__})


def shot(analysis: Analysis, date: datetime.date | None = None) -> Shot:
    """What is kept of an analysis for a comparison."""
    return Shot(
        name=analysis.name,
        date=date,
        measures=analysis.measures,
        light=light(analysis),
        face=analysis.face,
        face_count=analysis.face_count,
        quality=analysis.quality,
        notes=analysis.notes,
        method=analysis.method,
        thresholds=analysis.thresholds,
    )


def align(before: Face, after: Face) -> Alignment:
    """Lay the later face on the first one: turn, scale and shift, by the landmarks that stay when the face moves.

    Robust: points that do not agree with the others count for the residual only. Raises ChangeError where nothing fits.
    """
    first, later = (face.landmarks[list(_STABLE), :2].astype(np.float64) for face in (before, after))
    reach = 0.04 * before.eye_distance
    matrix, _ = cv2.estimateAffinePartial2D(later, first, method=cv2.RANSAC, ransacReprojThreshold=reach)
    if matrix is None or not np.isfinite(matrix).all():
        raise ChangeError(
            "The two faces cannot be laid on one another: use photos of one person, taken from the front."
        )
    off = np.linalg.norm(later @ matrix[:, :2].T + matrix[:, 2] - first, axis=1)
    return Alignment(matrix, float(np.sqrt(np.mean(off**2)) / before.eye_distance))


def warp(rgb: np.ndarray, matrix: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A picture, uint8 (H, W, 3), moved by a (2, 3) matrix onto one of `size` (h, w); mid grey where it shows nothing.

    Bring it to about its new scale first: nothing is averaged here.
    """
    ground = (128, 128, 128)
    return cv2.warpAffine(
        rgb, matrix, size[::-1], flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=ground
    )


def light(analysis: Analysis) -> Light:
    """How the photo was taken, read off the visible skin. All zeros for light where no skin is seen."""
    face = analysis.face
    step = max(1, int(face.width // _SKIN_SIDE))
    skin = analysis.regions.wrinkle_skin[::step, ::step]
    y, x = np.nonzero(skin)
    level = across = down = red = yellow = 0.0
    if y.size:
        colours = analysis.rgb[::step, ::step][skin].astype(np.float32)[:, None] / 255
        lab = cv2.cvtColor(colours, cv2.COLOR_RGB2Lab)[:, 0]
        level, red, yellow = (float(mean) for mean in lab.mean(axis=0))
        across, down = _slopes(lab[:, 0], np.stack([x, y], axis=1) * step, face)
    return Light(level, red, yellow, across, down, blur(analysis.rgb, face), face.width, face.pose.yaw, face.pose.pitch)


def light_differences(before: Light, after: Light) -> tuple[QualityWarning, ...]:
    """What was not alike when the two photos were taken, and how to take the next one; empty where all was."""
    return tuple(_differences(before, after))


def occasions(shots: Sequence[Shot]) -> tuple[Occasion, ...]:
    """Photos by date, the earliest first; without any dates, each on its own in the order given.

    Raises ChangeError where some have a date and others none, or where methods or thresholds differ.
    """
    _check_alike(shots)
    dated = [shot for shot in shots if shot.date is not None]
    if dated and len(dated) < len(shots):
        raise ChangeError(
            f"{len(dated)} of {len(shots)} photos have a date. Give every photo a date, or none: then they count in the order given."
        )
    if not dated:
        return tuple(Occasion(number, None, (one,)) for number, one in enumerate(shots, 1))
    days: dict[datetime.date, list[Shot]] = defaultdict(list)
    for one in dated:
        days[one.date].append(one)
    return tuple(Occasion(number, day, tuple(days[day])) for number, day in enumerate(sorted(days), 1))


def changes(
    before: Occasion, after: Occasion, every: Sequence[Occasion] = (), shipped: Repeatability | None = None
) -> list[Change]:
    """Every followed measure of every zone, later against earlier.

    every: all occasions of that person, for their repeats. shipped: figures of simulated re-takes; left aside where they were
    measured with another method or at other thresholds.
    """
    one = before.shots[0]
    known = shipped if shipped and shipped.fits(one.method, one.thresholds) else None
    fields = [field for field in FIELDS if field.split("_")[0] in one.method.tasks]
    return [_change(zone, field, before, after, every, known) for field in fields for zone in one.measures]


def own_spread(every: Sequence[Occasion], zone: str, field: str) -> tuple[float, int] | None:
    """Standard deviation of one measure over photos of one date, pooled over dates, and its degrees of freedom; None without repeats."""
    groups = [occasion.values(zone, field) for occasion in every]
    return pooled([values for values in groups if len(values) > 1])


def pooled(groups: Sequence[Sequence[float]]) -> tuple[float, int] | None:
    """Standard deviation within groups of two or more values each, and its degrees of freedom; None without groups."""
    freedom = sum(len(values) - 1 for values in groups)
    if not freedom:
        return None
    squares = sum((len(values) - 1) * float(np.var(values, ddof=1)) for values in groups)
    return math.sqrt(squares / freedom), freedom


def _change(zone, field, before, after, every, shipped) -> Change:
    first, last = before.values(zone, field), after.values(zone, field)
    if not first or not last:
        return Change(zone, field, _mean(first), _mean(last), None)
    counts = math.sqrt(1 / len(first) + 1 / len(last))
    spreads = []
    if own := own_spread(every, zone, field):
        spreads.append(_factor(own[1]) * own[0])
    if shipped and (sd := shipped.sd(zone, field, _mean(first))) is not None:
        spreads.append(1.96 * sd)
    return Change(zone, field, _mean(first), _mean(last), counts * max(spreads) if spreads else None)


def _factor(freedom: int) -> float:
    return _T[freedom - 1] if freedom <= len(_T) else 1.96


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _near(known: Mapping[str, float], given: Mapping[str, float]) -> bool:
    return all(math.isclose(known[task], given[task], abs_tol=1e-4) for task in known)


def _check_alike(shots: Sequence[Shot]) -> None:
    for one in shots[1:]:
        first = shots[0]
        if (one.method.name, one.method.weights) != (first.method.name, first.method.weights):
            raise ChangeError(
                f"{first.name} was looked at by {first.method.title}, {one.name} by {one.method.title}: their figures cannot be "
                "compared. Use one method for all photos."
            )
        if one.thresholds.keys() != first.thresholds.keys() or not _near(first.thresholds, one.thresholds):
            raise ChangeError(
                f"{first.name} and {one.name} were measured at different thresholds ({dict(first.thresholds)} and "
                f"{dict(one.thresholds)}): use the same for all photos."
            )


def _slopes(lightness: np.ndarray, places: np.ndarray, face: Face) -> tuple[float, float]:
    """Rise of L* (N,) over one face width, along the face's own axes in the picture; places (N, 2) are its (x, y) in px."""
    across = face.landmarks[454, :2] - face.landmarks[234, :2]
    across = across / max(float(np.linalg.norm(across)), 1e-6)
    axes = np.stack([across, [-across[1], across[0]]])
    spots = (places - places.mean(axis=0)) @ axes.T / face.width
    slopes, *_ = np.linalg.lstsq(np.column_stack([spots, np.ones(len(spots))]), lightness, rcond=None)
    return float(slopes[0]), float(slopes[1])


def _differences(before: Light, after: Light) -> Iterator[QualityWarning]:
    yield from _light(before, after)
    yield from _camera(before, after)


def _light(before: Light, after: Light) -> Iterator[QualityWarning]:
    brighter = after.lightness - before.lightness
    if abs(brighter) > _LIGHTNESS:
        message = f"It is {'brighter' if brighter > 0 else 'darker'} than the first: skin lightness {after.lightness:.0f} against {before.lightness:.0f}."
        yield QualityWarning(
            "brightness", message, "Use the same lamp or window at the same time of day, and lock the exposure."
        )
    across, down = after.across - before.across, after.down - before.down
    if abs(across) > _SLOPE:
        message = (
            f"More light comes from the {'right' if across > 0 else 'left'} side of the picture than in the first."
        )
        yield QualityWarning(
            "side", message, "Stand in the same place and face the light; light from the side deepens lines."
        )
    if abs(down) > _SLOPE:
        message = f"More light comes from {'below' if down > 0 else 'above'} than in the first."
        yield QualityWarning("height", message, "Keep the lamp at the same height; light from above deepens lines.")
    if math.hypot(after.red - before.red, after.yellow - before.yellow) > _COLOUR:
        message = f"The colours differ: the light is {_cast(before, after)}."
        yield QualityWarning(
            "colour", message, "Use the same kind of light and no filter; turn automatic white balance off if you can."
        )


def _cast(before: Light, after: Light) -> str:
    red, yellow = after.red - before.red, after.yellow - before.yellow
    if abs(yellow) >= abs(red):
        return "more yellow" if yellow > 0 else "more blue"
    return "more red" if red > 0 else "more green"


def _camera(before: Light, after: Light) -> Iterator[QualityWarning]:
    blurrier = after.blur - before.blur
    if abs(blurrier) > _BLUR:
        message = (
            f"It is {'less sharp' if blurrier > 0 else 'sharper'} than the first: blur hides fine lines and pores."
        )
        yield QualityWarning("sharpness", message, "Use the same camera, wipe the lens and tap on the face to focus.")
    larger = after.face_width / before.face_width
    if max(larger, 1 / larger) > _SIZE:
        message = f"The face is {after.face_width:.0f} pixels wide, {before.face_width:.0f} in the first: a larger face shows finer lines."
        yield QualityWarning(
            "size", message, "Take photos from the same distance with the same camera, and do not shrink them."
        )
    turn, tip = after.yaw - before.yaw, after.pitch - before.pitch
    if max(abs(turn), abs(tip)) > _TURN:
        way = f"turned by {abs(turn):.0f} degrees" if abs(turn) >= abs(tip) else f"tipped by {abs(tip):.0f} degrees"
        yield QualityWarning(
            "pose",
            f"The head is {way} against the first.",
            "Look straight into the camera, held at the height of your eyes.",
        )
