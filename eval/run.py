"""Score methods on photos with human masks: one table, and with --output a results folder that can be stopped and gone on with.

Under `accelerate launch` or torchrun the photos are shared among the processes.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from eval import benchmark
from eval.collect import in_folder, in_memory
from eval.entrants import Entrant, of_method, of_references
from eval.processes import Team, speaks
from eval.run_data import Data, add_sources, chosen_data
from eval.samples import SPLIT_NAMES, DataError, Sample
from eval.scenes import Case, cases, half_face_case
from eval.summary import flat, text
from wrinkleseg import methods
from wrinkleseg.inference import DEVICES, DeviceError, Runtime
from wrinkleseg.methods import Method, MethodError

STOPPED = 130  # as shells say of a command that was interrupted


def main(argv: list[str]) -> int:
    """Run the command line; gives the exit status."""
    options = _parser().parse_args(argv)
    try:
        return _run(options)
    except (DataError, MethodError, DeviceError) as error:
        if speaks():
            print(f"eval run: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("eval run: stopped; what is finished is kept, and the same command goes on", file=sys.stderr)
        return STOPPED


def score(chosen: list[Method], samples: list[Sample], data: Path, split: str) -> pd.DataFrame:
    """A row of `flat` for each method and photo. A photo that can't be read or has no face is named on stderr and left out.

    data: folder that holds pore/, for methods that know pores.
    """
    entrants = [of_method(method) for method in chosen]
    work = [(case, entrants) for case in cases(samples) + _half_face(entrants, data, split)]
    return flat(in_memory(work, benchmark.Place(data)))


def _run(options: argparse.Namespace) -> int:
    team = Team.join(Runtime.choose(options.device).device.type == "cpu")
    try:
        return _scored(options, team)
    finally:
        team.leave()


def _scored(options: argparse.Namespace, team: Team) -> int:
    entrants = [of_method(methods.load(name, options.device)) for name in _names(options.methods)]
    data = chosen_data(options)
    found = cases(data.wrinkles, data.pores)
    if data.source.layout == "shared":
        found += _half_face(entrants, data.root, data.split)
    if options.keep_masks and options.output is None:
        raise DataError("--keep-masks needs a folder: give --output DIR")
    if not options.no_references:
        entrants += of_references()
    work = [(case, entrants) for case in found]
    place = benchmark.Place(data.root, options.output if options.keep_masks else None)
    if options.output is None:
        rows = in_memory(work, place, team)
    else:
        rows = in_folder(work, options.output, _meta(data), place, team)
    if not team.leads:
        return 0
    print(text(rows, data.split))
    failed = rows["error"].fillna("").astype(bool)
    if len(rows) and failed.all():
        print(f"eval run: nothing could be scored; the first reason: {rows['error'].iloc[0]}", file=sys.stderr)
        return 1
    return 0


def _half_face(entrants: list[Entrant], data: Path, split: str) -> list[Case]:
    """The half face, where a method knows pores."""
    return [half_face_case(data, split)] if any("pore" in entrant.thresholds for entrant in entrants) else []


def _meta(data: Data) -> dict:
    return {
        "source": asdict(data.source),
        "pores": data.pore_masks,
        "split": data.split,
        "created": datetime.now(UTC).date().isoformat(),
        "versions": json.loads(benchmark.versions()),
    }


def _names(given: str) -> list[str]:
    if given == "all":
        return [info.name for info in methods.available()]
    return list(dict.fromkeys(name.strip() for name in given.split(",") if name.strip()))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m eval run", description=__doc__)
    add_sources(parser)
    parser.add_argument(
        "--methods", default="all", help="names, checkpoints' folders or hub:OWNER/NAME joined by commas, or all"
    )
    parser.add_argument(
        "--split",
        choices=(*SPLIT_NAMES, "all"),
        help="which photos; without it test of the shared data, and all photos of any other",
    )
    parser.add_argument("--device", choices=DEVICES, default="auto")
    parser.add_argument("--output", type=Path, help="results folder; what is finished there is not done again")
    parser.add_argument("--keep-masks", action="store_true", help="keep predicted masks in the results folder")
    parser.add_argument(
        "--no-references", action="store_true", help="leave out all background, random, moved truth, ..."
    )
    return parser
