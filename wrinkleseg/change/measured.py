"""What changed from one date to another, and by how much more than repeat photos differ.

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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wrinkleseg.analysis import SCORE_VERSION, Analysis, Measures
from wrinkleseg.change.alignment import ChangeError
from wrinkleseg.change.lighting import Light, light
from wrinkleseg.face import Face
from wrinkleseg.methods import MethodInfo
from wrinkleseg.quality import QualityWarning

FIELDS = (
    *("wrinkle_area_percent", "wrinkle_length", "wrinkle_count", "wrinkle_mean_width"),
    *("pore_density_percent", "pore_per_eye_area", "pore_mean_size"),
)
"""The measures that are followed: those of `measures.UNITS` that do not count pixels."""
REPEATABILITY = Path(__file__).resolve().parents[2] / "assets" / "repeatability.json"
# Student's t for 95% on both sides, at 1 to 30 degrees of freedom; 1.96 beyond.
_T = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131),
    *(2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042),
)


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
    if field.startswith("pore") and not all(_shows_pores(one) for one in (*before.shots, *after.shots)):
        return Change(zone, field, _mean(first), _mean(last), None)  # how much such figures vary was not measured
    counts = math.sqrt(1 / len(first) + 1 / len(last))
    spreads = []
    if own := own_spread(every, zone, field):
        spreads.append(_factor(own[1]) * own[0])
    if shipped and (sd := shipped.sd(zone, field, _mean(first))) is not None:
        spreads.append(1.96 * sd)
    return Change(zone, field, _mean(first), _mean(last), counts * max(spreads) if spreads else None)


def _shows_pores(one: Shot) -> bool:
    return all(warning.code != "pores_unresolved" for warning in one.quality)


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
