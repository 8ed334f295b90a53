"""What became of each photo of a batch: a row, its small picture, and the tables of all of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from wrinkleseg import geometry, images, report
from wrinkleseg.analysis import WHOLE
from wrinkleseg.measures import UNITS

THUMBNAIL = 96
"""px: longer side of the small picture of each photo."""
_TASKS = ("wrinkle", "pore")


@dataclass(frozen=True, eq=False)
class Row:
    """One photo that was looked at, without its pictures.

    error: why there is no result, one line; "" where there is one. about: `Analysis.to_dict()`. table: its rows of
    measures.csv. thumbnail: a PNG file of at most `THUMBNAIL` px a side, b"" for what is no picture. seconds: it took.
    """

    name: str
    stem: str
    error: str = ""
    about: Mapping | None = None
    table: str = ""
    thumbnail: bytes = b""
    seconds: float = 0.0

    @property
    def whole(self) -> Mapping:
        """Measures of the whole face by the names of `measures.UNITS`; empty without a result."""
        return self.about["measures"][WHOLE] if self.about else {}

    def to_dict(self) -> dict:
        """The row for strict JSON: photo, folder, status, error, then what is known of the photo."""
        same = {"photo": self.name, "folder": self.stem, "status": _status(self), "error": self.error}
        if not self.about:
            return same
        kept = ("score_version", "model", "threshold", "picture", "face", "quality", "notes", "measures")
        return same | {key: self.about[key] for key in kept}


def thumbnail(rgb: np.ndarray, box: geometry.Box | None = None) -> bytes:
    """PNG of the face with a little room around it, or of the whole photo."""
    if box is not None:
        edge = round(1.2 * max(box.height, box.width))
        top, left = box.top + (box.height - edge) // 2, box.left + (box.width - edge) // 2
        rgb = geometry.crop(rgb, geometry.Box(top, left, edge, edge))
    scale = geometry.limited_scale(rgb.shape[:2], THUMBNAIL)
    return images.png_bytes(geometry.resize(rgb, geometry.scaled_size(rgb.shape[:2], scale)))


def photos_csv(rows: Sequence[Row]) -> bytes:
    """A row a photo: what became of it, and the measures of the whole face. Empty: None. UTF-8 with its mark."""
    known = ["weights", "score_version", *(f"{task}_threshold" for task in _TASKS), "faces", "quality", "notes"]
    lines = [["photo", "file", "status", "error", "model", *known, *UNITS], *(_photo_line(row) for row in rows)]
    return _csv(lines)


def measures_csv(rows: Sequence[Row]) -> bytes:
    """A row a photo and zone, with the columns of `report.csv_bytes`. UTF-8 with its mark."""
    tasks = [f"{task}_{what}" for what in ("threshold", "visible") for task in _TASKS]
    head = ["photo", "model", "weights", "score_version", *tasks[:2], "zone", *tasks[2:], *UNITS]
    return _csv([head]) + "".join(row.table for row in rows).encode("utf-8", "replace")


def _status(row: Row) -> str:
    return "skipped" if row.error else "measured"


def _photo_line(row: Row) -> list:
    same = [row.stem, row.name, _status(row), row.error]
    if not row.about:
        return same
    about, model = row.about, row.about["model"]
    thresholds = [about["threshold"].get(task) for task in _TASKS]
    quality = "; ".join(warning["code"] for warning in about["quality"])
    notes = "; ".join(about["notes"])
    known = [model["name"], model["weights"], about["score_version"], *thresholds, about["face"]["count"]]
    return [*same, *known, quality, notes, *(row.whole[field] for field in UNITS)]


def _csv(lines: Sequence[Sequence]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([[_cell(value) for value in line] for line in lines])
    return text.getvalue().encode("utf-8-sig", "replace")


def _cell(value: object) -> object:
    """None is empty; a text that a spreadsheet would take for a formula stays a text."""
    if isinstance(value, str):
        return report.as_text(value)
    return "" if value is None else value
