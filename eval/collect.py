"""Rows of many photos: in memory, or in a results folder that several processes fill and that can be stopped and gone on with."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from eval import benchmark, results
from eval.entrants import Entrant
from eval.processes import Team
from eval.samples import DataError
from eval.scenes import Case
from eval.summary import ROWS, flat

Work = list[tuple[Case, list[Entrant]]]
"""Photos, each with those who are scored on it."""


def in_memory(work: Work, place: benchmark.Place, team: Team | None = None) -> pd.DataFrame:
    """Rows as results.read gives them. Raises DataError where several processes would each have some of them."""
    if team and team.count > 1:
        raise DataError(f"{team.count} processes need a folder to meet in: give --output DIR")
    todo = [(case, benchmark.jobs(case, entrants)) for case, entrants in work]
    return pd.DataFrame([row for rows in _scored(todo, place) for row in rows])


def in_folder(work: Work, folder: Path, meta: dict, place: benchmark.Place, team: Team) -> pd.DataFrame | None:
    """Add to a results folder what it lacks; its rows of this work, for the process that leads, None for the others.

    Rows of photos that are no part of the work (taken out of the data or renamed since) stay in the folder and are
    counted on stderr.

    meta: as results.begin takes it. Raises ResultsError.
    """
    if team.leads:
        results.begin(folder, meta)
    team.wait()
    results.check(folder, meta)
    done = results.finished(folder)
    todo = [(case, jobs) for case, entrants in work if (jobs := benchmark.jobs(case, entrants, done, place.masks))]
    team.wait()  # before anybody writes: all have the same list
    with results.Writer(folder) as writer:
        for rows in _scored(team.share(todo), place, folder, quiet=not team.leads):
            writer.add(rows)
    team.wait()
    if not team.leads:
        return None
    results.compact(folder)
    rows = results.read(folder)
    results.write_whole(folder / ROWS, flat(rows).to_csv(index=False).encode())
    return _of_work(rows, work)


def _of_work(rows: pd.DataFrame, work: Work) -> pd.DataFrame:
    asked = {(case.name, drawn.annotator, task) for case, _ in work for task, drawn in case.drawn.items()}
    here = [key in asked for key in zip(rows["photo"], rows["annotator"], rows["task"], strict=True)]
    if left_out := len(rows) - sum(here):
        told = "of photos, annotators or tasks that this run did not look at: left out of the table below"
        print(f"{left_out} rows of the folder are {told}", file=sys.stderr)
    return rows[here].reset_index(drop=True)


def _scored(
    todo: list[tuple[Case, list[tuple[Entrant, tuple[str, ...]]]]],
    place: benchmark.Place,
    folder: Path | None = None,
    quiet: bool = False,
) -> Iterator[list[dict]]:
    """The rows of one photo after the other; each error is a line on stderr."""
    for case, jobs in tqdm(todo, desc="photos", disable=quiet):
        if folder:
            benchmark.forget_masks(case, jobs, folder)
        rows = benchmark.case_rows(case, jobs, place)
        for error in dict.fromkeys(row["error"] for row in rows if row["error"]):
            tqdm.write(f"{case.name}: {error}", file=sys.stderr)
        yield rows
