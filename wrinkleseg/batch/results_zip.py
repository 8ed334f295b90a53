"""The zip of results, which grows on disk and is whole after each addition."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

_ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # the format's earliest: when the zip was made is nobody's business


def add(path: str | os.PathLike, files: Mapping[str, bytes]) -> None:
    """Add files to a zip. Where that fails, as on a full disk, the zip is as it was."""
    path = Path(path)
    start, end = _end(path)
    try:
        with zipfile.ZipFile(path, "a") as file:
            for name, content in files.items():
                packing = zipfile.ZIP_STORED if name.endswith(".png") else zipfile.ZIP_DEFLATED
                file.writestr(zipfile.ZipInfo(name, _ZIP_DATE), content, packing)
    except OSError:
        _put_back(path, start, end)
        raise


def _end(path: Path) -> tuple[int, bytes]:
    """Where a zip's list of contents begins, and that list: new files are written over it."""
    if not path.is_file() or not path.stat().st_size:
        return 0, b""
    with zipfile.ZipFile(path) as file:
        start = file.start_dir
    with path.open("rb") as file:
        file.seek(start)
        return start, file.read()


def _put_back(path: Path, start: int, end: bytes) -> None:
    with suppress(OSError), path.open("r+b") as file:  # the first error is the one to tell
        file.seek(start)
        file.write(end)
        file.truncate()
