"""The files of one result, for command line and page alike: JSON, maps, overlay; the zip adds a table and a page.

`STEM.json`, strict JSON in UTF-8, as `SCHEMA_FILE` (JSON Schema, draft 2020-12) says, keys in this order:

    $schema         str, `SCHEMA`: which format this is
    name            str, of the photo, without its folder
    score_version   str, version of the definitions in `measures`
    model           name, title, tasks, parameters (int, 0: classical), weights (12 hex digits, see `checkpoint.weights_hash`,
                    or ""), source, licence
    threshold       {"wrinkle": t, "pore": t}, 0..1, for the tasks that the model has
    picture         width, height of the upright photo in px
    face            count (faces in the photo); of the one that was measured: box (top, left, height, width; px),
                    width_px, eye_distance_px, pose (yaw, pitch, roll; degrees)
    quality         list of {code, message, advice}: what speaks against the photo
    notes           list of str: what was done to the photo when it was read
    measures        for "whole" and each zone: visible {"wrinkle": bool, "pore": bool}, then the fields of
                    `measures.UNITS`; null where the model lacks the task, the zone is not visible, or there is nothing
                    to average
    seconds         what each step took

`STEM_wrinkle.png`, `STEM_pore.png`: probability 0..1 as 0..255, grey, size of the upright photo. A pixel is marked
where p / 255 > t. No pixel lies exactly on the threshold t of the JSON (one that did is not marked, and is written one
level lower), so p / 255 >= t gives the same mask; at t = 0 only > does.
`STEM_skin.png`: the wrinkle skin mask, 0 or 255.
`STEM_overlay.png`: the photo with both masks in colour. All PNG: nothing lossy, no metadata.
"""

import csv
import io
import json
import os
import secrets
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path, PurePosixPath, PureWindowsPath

import numpy as np

from wrinkleseg.analysis import Analysis
from wrinkleseg.archive import RESERVED
from wrinkleseg.draw import overlay
from wrinkleseg.images import png_bytes
from wrinkleseg.measures import UNITS
from wrinkleseg.report_page import html_bytes
from wrinkleseg.side_by_side import both, each

__all__ = ["csv_bytes", "html_bytes", "json_bytes", "result", "result_files", "write_files", "zip_bytes"]

SCHEMA = "urn:wrinkleseg:result:1"
"""Names the format of the JSON; the number rises where a reader of the former one would misread it."""
SCHEMA_FILE = Path(__file__).with_name("result.schema.json")
"""JSON Schema of the JSON, draft 2020-12; every zip holds a copy as schema.json."""

_TASKS = ("wrinkle", "pore")
_STEM_BYTES = 150  # a name takes 255 at most, and endings come behind it
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # the format's earliest: when the zip was made is nobody's business


def result_files(analysis: Analysis, stem: str | None = None) -> dict[str, bytes]:
    """File name -> content of every file of a result, the JSON last. `stem`: by default from the photo's name."""
    stem = safe_stem(analysis.name) if stem is None else stem
    makers = _pictures(analysis)  # each is made in its turn, so that only two are in memory
    pictures = each(lambda make: png_bytes(make()), makers.values())
    files = {f"{stem}_{kind}.png": content for kind, content in zip(makers, pictures, strict=True)}
    files[f"{stem}.json"] = json_bytes(analysis)
    return files


def write_files(analysis: Analysis, directory: str | os.PathLike, stem: str | None = None) -> list[Path]:
    """Write the files of a result into a folder, made if needed, and give their paths, the JSON last.

    Every file is written under a temporary name first and takes its own only when all are there: a reader never sees
    half a file. Files of that name are replaced, and the map of a task that this result has not goes; the former JSON
    goes first and the new one comes last, so that where there is a JSON, all that belongs to it is there. Raises OSError; on a full disk, before anything is replaced.
    """
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    files = result_files(analysis, stem)
    own = secrets.token_hex(8)  # the files' own names may be as long as names can be
    waiting = {directory / name: directory / f".{own}-{number}.part" for number, name in enumerate(files)}
    try:
        for (path, part), content in zip(waiting.items(), files.values(), strict=True):
            _check_free(path)
            part.write_bytes(content)
        last = list(waiting)[-1]
        last.unlink(missing_ok=True)
        for task in _TASKS:
            if (other := last.with_name(f"{last.stem}_{task}.png")) not in waiting:
                other.unlink(missing_ok=True)
        for path, part in waiting.items():
            part.replace(path)
    finally:
        for part in waiting.values():
            part.unlink(missing_ok=True)
    return list(waiting)


def zip_bytes(analysis: Analysis, stem: str | None = None) -> bytes:
    """One zip: the files of `result_files`, `STEM_measures.csv`, `STEM_report.html`, which needs nothing else, `schema.json`."""
    stem = safe_stem(analysis.name) if stem is None else stem
    files, page = both(lambda: result_files(analysis, stem), lambda: html_bytes(analysis))
    files[f"{stem}_measures.csv"] = csv_bytes(analysis)
    files[f"{stem}_report.html"] = page
    files["schema.json"] = SCHEMA_FILE.read_bytes()
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for name, content in files.items():
            packing = zipfile.ZIP_STORED if name.endswith(".png") else zipfile.ZIP_DEFLATED
            file.writestr(zipfile.ZipInfo(name, _ZIP_DATE), content, packing)
    return archive.getvalue()


def _pictures(analysis: Analysis) -> dict[str, Callable[[], np.ndarray]]:
    """What makes the picture of each file."""
    maps = {
        task: partial(probability_levels, probability, analysis.thresholds[task])
        for task, probability in analysis.maps.items()
    }
    return {
        **maps,
        "skin": lambda: analysis.regions.wrinkle_skin.astype(np.uint8) * 255,
        "overlay": lambda: overlay(analysis.rgb, analysis.maps, analysis.thresholds),
    }


def probability_levels(probability: np.ndarray, threshold: float) -> np.ndarray:
    """Probabilities k / 255, float (H, W), as uint8 0..255; what lies exactly on the threshold, one level lower."""
    levels = np.rint(probability * 255).astype(np.uint8)
    tie = round(threshold * 255)
    if tie > 0 and abs(tie - threshold * 255) < 1e-6:
        levels[levels == tie] = tie - 1
    return levels


def result(analysis: Analysis) -> dict:
    """What the JSON file holds, as plain values."""
    return {"$schema": SCHEMA, **analysis.to_dict()}


def json_bytes(analysis: Analysis) -> bytes:
    """The JSON file, as described above."""
    text = json.dumps(result(analysis), indent=2, ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode("utf-8", "replace")  # a file name may hold bytes that are no text


def csv_bytes(analysis: Analysis) -> bytes:
    """The measures as a table, a row a zone; on every row what they were measured with. Empty: None. UTF-8."""
    head = ["photo", "model", "weights", "score_version", *(f"{task}_threshold" for task in _TASKS)]
    about = analysis.to_dict()
    same = [
        as_text(about["name"]),
        as_text(about["model"]["name"]),
        as_text(about["model"]["weights"]),
        about["score_version"],
    ]
    same += [about["threshold"].get(task, "") for task in _TASKS]
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow([*head, "zone", *(f"{task}_visible" for task in _TASKS), *UNITS])
    for zone, values in about["measures"].items():
        visible = ["yes" if values["visible"][task] else "no" for task in _TASKS]
        table.writerow([*same, zone, *visible, *("" if values[field] is None else values[field] for field in UNITS)])
    return text.getvalue().encode("utf-8", "replace")


def safe_stem(name: str) -> str:
    """A photo's name without folder and ending, fit for a file name on every system."""
    base = PurePosixPath(PureWindowsPath(name).name).name
    path = PurePosixPath(base)
    stem = base if len(path.suffix) > 5 else path.stem  # ".jpeg" is an ending, ". Robinson smiling" is not
    kept = "".join(c if c.isprintable() and c not in '<>:"/\\|?*' else "_" for c in stem)
    short = kept.strip(" .")[:100].encode("utf-8", "replace")[:_STEM_BYTES].decode("utf-8", "ignore").strip(" .")
    return f"_{short}" if RESERVED.match(short) else short or "photo"


def _check_free(path: Path) -> None:
    if path.is_dir():
        raise IsADirectoryError(f"a folder stands where the result {path} should go; choose another output folder")


def as_text(name: str) -> str:
    """A name as one cell of a table: on one line, and no spreadsheet takes it for a formula."""
    line = " ".join(name.splitlines()).strip() if "\r" in name or "\n" in name else name
    return f"'{line}" if line[:1] in ("=", "+", "-", "@", "\t") else line
