"""The figures of a comparison over time, for files and programs."""

import csv
import io
from dataclasses import asdict

from wrinkleseg.analysis import SCORE_VERSION
from wrinkleseg.measures import UNITS
from wrinkleseg.report import as_text
from wrinkleseg.ui.change import followup
from wrinkleseg.ui.change.followup import Followed

COLUMNS = (
    *("from", "to", "zone", "measure", "unit", "before", "photos_before", "after", "photos_after", "difference"),
    *("limit", "more_than_repeat_photos", "model", "weights", "score_version"),
)


def rows(found: Followed) -> list[dict]:
    """A row for each later occasion, zone and measure, under the names of `COLUMNS`; None where there is no value."""
    listed = []
    for occasion in found.occasions[1:]:
        later = next(i for i, one in enumerate(found.seen) if one.shot in occasion.shots)
        before, after = found.pair(later)
        same = {
            "from": followup.day(before),
            "to": followup.day(after),
            "photos_before": len(before.shots),
            "photos_after": len(after.shots),
        }
        listed += [_row(found, one, same) for one in found.changes(later)]
    return listed


def csv_bytes(found: Followed) -> bytes:
    """`rows` as a table in UTF-8; empty cells where there is no value."""
    text = io.StringIO()
    table = csv.DictWriter(text, COLUMNS, lineterminator="\r\n")
    table.writeheader()
    table.writerows({name: "" if value is None else value for name, value in row.items()} for row in rows(found))
    return text.getvalue().encode()


def to_dict(found: Followed) -> dict:
    """The comparison for strict JSON: photos in the order of time, what was left out, and the rows."""
    return {
        "photos": [_photo(found, index) for index in range(len(found.seen))],
        "skipped": [{"name": name, "reason": why} for name, why in found.skipped],
        "changes": rows(found),
    }


def _photo(found: Followed, index: int) -> dict:
    shot, alignment = found.seen[index].shot, found.seen[index].alignment
    return {
        "name": shot.name,
        "date": shot.date.isoformat() if shot.date else None,
        "faces": shot.face_count,
        "quality": [asdict(warning) for warning in shot.quality],
        "not_alike": [asdict(warning) for warning in followup.flags(found, index)] if index else [],
        "residual": None if alignment is None else round(alignment.residual, 4),
    }


def _row(found: Followed, one, same: dict) -> dict:
    method = found.seen[0].shot.method
    values = {name: _plain(getattr(one, name)) for name in ("before", "after", "difference", "limit")}
    verdict = {"more": "yes", "within": "no"}.get(one.verdict)
    about = {"model": as_text(method.name), "weights": as_text(method.weights), "score_version": SCORE_VERSION}
    return {
        **same,
        "zone": one.zone,
        "measure": one.field,
        "unit": UNITS[one.field][1],
        **values,
        "more_than_repeat_photos": verdict,
        **about,
    }


def _plain(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
