"""What a run says while it goes: log.jsonl, and the same numbers for Trackio's page, both in the run's own folder."""

from __future__ import annotations

import json
import math
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from train.state import write_whole

LOG, TRACKIO, PROJECT = "log.jsonl", "trackio", "wrinkleseg"
Show = Callable[[dict], None]


class Log:
    """The lines of a run, in `output`/log.jsonl; Trackio shows them with `TRACKIO_DIR=output/trackio trackio show`."""

    def __init__(self, output: Path, step: int, show: Show | None = None) -> None:
        """Go on after `step`: lines of later steps, which a killed run left, are dropped and will come again."""
        self.path = output / LOG
        lines = [line for line in read(self.path) if line["step"] <= step] if step else []
        write_whole(self.path, "".join(json.dumps(line) + "\n" for line in lines))
        self._show = show or trackio_project(output)
        for line in lines:
            self._show(line)

    def line(self, **values: object) -> None:
        """Add one line; `step` is among the values."""
        with self.path.open("a") as file:
            file.write(json.dumps(values) + "\n")
        self._show(values)


def read(path: Path) -> Iterator[dict]:
    """The lines of a log.jsonl; a last one that a kill cut off is left out."""
    if not path.is_file():
        return
    for text in path.read_text().splitlines():
        try:
            yield json.loads(text)
        except json.JSONDecodeError:
            return


def trackio_project(output: Path) -> Show:
    """What writes a line into `output`/trackio, where Trackio's page finds it; nothing where Trackio is missing.

    Lines go straight into Trackio's local store: its `init` would start threads and ask the Hub who is logged in. The
    store is made anew, for log.jsonl holds all that it shows.
    """
    folder = (output / TRACKIO).resolve()
    shutil.rmtree(folder, ignore_errors=True)
    store = _store(folder)
    if store is None:
        return _nothing
    name = output.resolve().name

    def show(line: dict) -> None:
        if numbers := flat({key: value for key, value in line.items() if key != "step"}):
            store.bulk_log(project=PROJECT, run=name, metrics_list=[numbers], steps=[line["step"]])

    return show


def flat(values: dict, before: str = "") -> dict[str, float]:
    """The finite numbers of nested dicts under names such as "f1/wrinkle"."""
    numbers = {}
    for name, value in values.items():
        if isinstance(value, dict):
            numbers |= flat(value, f"{before}{name}/")
        elif isinstance(value, int | float) and math.isfinite(value):
            numbers[f"{before}{name}"] = value
    return numbers


def _store(folder: Path):
    """Trackio's store, in `folder`; None where Trackio is missing."""
    # Trackio settles its folder when it is imported, for all runs of a process.
    os.environ["TRACKIO_DIR"] = str(folder)
    try:
        from trackio import sqlite_storage
    except ImportError:
        return None
    sqlite_storage.TRACKIO_DIR = folder
    return sqlite_storage.SQLiteStorage


def _nothing(line: dict) -> None:
    pass
