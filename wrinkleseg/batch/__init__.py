"""Many photos in, one zip of results out: one photo at a time in memory, and one bad photo stops nothing.

The zip grows on disk, photo by photo:

    index.html      every photo with its main figures, and links to its files
    photos.csv      a row a photo: measured or skipped and why, the measures of the whole face, what speaks against it
    measures.csv    a row a photo and zone, as `report.csv_bytes`
    STEM/           the files of `report.result_files` of each photo that was measured

Tables are UTF-8 with a mark that says so, which Excel needs; no cell of them is taken for a formula.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from wrinkleseg import batch_page, images, report
from wrinkleseg.analysis import Analysis
from wrinkleseg.batch import results_zip
from wrinkleseg.batch.items import MAX_PHOTOS, MAX_TOTAL, BatchError, Item, gather, source
from wrinkleseg.batch.rows import THUMBNAIL, Row, measures_csv, photos_csv, thumbnail
from wrinkleseg.images import Picture

__all__ = [
    "MAX_PHOTOS",
    "MAX_TOTAL",
    "THUMBNAIL",
    "BatchError",
    "Item",
    "Row",
    "finish",
    "gather",
    "measures_csv",
    "one",
    "photos_csv",
    "run",
]

Read = Callable[..., Picture]
Analyse = Callable[[Picture, str], Analysis]
Explain = Callable[[Exception], str]


def run(
    items: Sequence[Item],
    analyse: Analyse,
    path: str | os.PathLike,
    read: Read = images.load,
    explain: Explain | None = None,
) -> Iterator[Row]:
    """A row for each photo as soon as it is there; its files are in the zip at `path` by then.

    Wherever this ends, also when it is closed half-way, the zip is complete with what was done. Raises OSError where
    the zip cannot be written, FileExistsError where a file with something in it is there already.
    """
    if Path(path).is_file() and Path(path).stat().st_size:
        raise FileExistsError(f"{path} is there already: give the results another name, or remove it")
    rows: list[Row] = []
    try:
        for item in items:
            rows.append(one(item, analyse, path, read, explain))
            yield rows[-1]
    finally:
        finish(path, rows)


def one(
    item: Item, analyse: Analyse, path: str | os.PathLike, read: Read = images.load, explain: Explain | None = None
) -> Row:
    """Look at one photo and put its files into the zip at `path`, which is made if it is not there.

    analyse: (picture, name) -> its Analysis. explain: what an error means, for people; by default the error's own text.
    """
    start, small = time.perf_counter(), b""
    try:
        picture = read(source(item))
        small = thumbnail(picture.rgb)
        analysis = analyse(picture, item.stem)
        files = report.result_files(analysis, item.stem)
        small = thumbnail(analysis.rgb, analysis.face.box)
    except Exception as error:  # whatever is wrong with one photo, the others must get their turn
        said = " ".join((explain or _explained)(error).split())
        return Row(item.name, item.stem, said, thumbnail=small, seconds=time.perf_counter() - start)
    results_zip.add(path, {f"{item.stem}/{name}": content for name, content in files.items()})
    table = report.csv_bytes(analysis).decode().partition("\r\n")[2]
    seconds = time.perf_counter() - start
    return Row(item.name, item.stem, "", analysis.to_dict(), table, small, seconds)


def finish(path: str | os.PathLike, rows: Sequence[Row]) -> None:
    """Add the two tables and the overview to the zip at `path`. To be called once, at the end."""
    results_zip.add(
        path,
        {
            "photos.csv": photos_csv(rows),
            "measures.csv": measures_csv(rows),
            "index.html": batch_page.html_bytes([(row.to_dict(), row.thumbnail) for row in rows]),
        },
    )


def _explained(error: Exception) -> str:
    return str(error) if isinstance(error, ValueError) and str(error) else f"{type(error).__name__}: {error}"
