"""How far people agree on what a wrinkle is: masks of the same photos by two or more people, each judged by each other.

A method that reaches the scores of these rows agrees with a person as well as another person does. Scored at 500 px width.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import combinations
from pathlib import Path

import numpy as np

from eval import benchmark
from eval.collect import Work, in_folder, in_memory
from eval.entrants import Entrant, second_person
from eval.processes import Team
from eval.readers import NoMatch, pairs
from eval.samples import DataError, Sample, data_folder
from eval.scenes import Case, Drawn, Scene, writable
from eval.summary import text
from wrinkleseg import face, geometry, images
from wrinkleseg.face import Regions

_log = logging.getLogger(__name__)


def main(argv: list[str]) -> int:
    """Run the command line; gives the exit status."""
    options = _parser().parse_args(argv)
    try:
        people = named(options.masks)
        work, place = compared(people, options.images), benchmark.Place(data_folder())
        if options.output is None:
            rows = in_memory(work, place)
        else:
            rows = in_folder(work, options.output, _meta(people, options.images), place, Team())
    except DataError as error:
        print(f"eval agreement: {error}", file=sys.stderr)
        return 2
    print(text(rows))
    return 0


def named(masks: list[str]) -> dict[str, Path]:
    """Folders of masks by the name of who drew them: "NAME=DIR", or "DIR", which is called as the folder.

    Raises DataError for fewer than two, or for two of one name.
    """
    people: dict[str, Path] = {}
    for given in masks:
        name, _, path = given.rpartition("=") if not Path(given).is_dir() else ("", "", given)
        folder = Path(os.path.expanduser(path))
        name = name or folder.resolve().name
        if name in people:
            raise DataError(f"{people[name]} and {folder} are both called {name}: give NAME=DIR")
        people[name] = folder
    if len(people) < 2:
        raise DataError(f"give two folders of masks or more, each with --masks; got {len(people)}")
    return people


def compared(people: dict[str, Path], photos: Path | None = None) -> Work:
    """Each photo that two people drew on, twice: either one is judged by the other. Masks are matched by stem.

    Two people without a photo in common are named in a warning and left out, and so are photos that nobody drew on.

    photos: folder of the photos, for zones and the traits of faces. Raises DataError where a folder is missing, and where
    no two people have a photo in common.
    """
    photo_of = {judge: _by_name(photos, folder) for judge, folder in people.items()} if photos else {}
    work: Work = []
    for one, two in combinations(people, 2):
        # One mask in place of the photo: what is asked for is two pictures of one name.
        found = _matched(people[one], people[two])
        work += [_judged(one, two, each, photo_of.get(two, {})) for each in found]
        turned = [replace(each, photo=each.mask, mask=each.photo) for each in found]
        work += [_judged(two, one, each, photo_of.get(one, {})) for each in turned]
    if not work:
        raise DataError(f"none of {', '.join(people)} drew on a photo of another: masks are matched by their names")
    return work


def _matched(photos: Path, masks: Path) -> list[Sample]:
    try:
        return pairs(photos, masks)
    except NoMatch as error:
        _log.warning("%s; left out", error)
        return []


def _by_name(photos: Path, masks: Path) -> dict[str, Sample]:
    return {sample.name: sample for sample in _matched(photos, masks)}


def _judged(name: str, judge: str, masks: Sample, photo_of: dict[str, Sample]) -> tuple[Case, list[Entrant]]:
    """One person's mask (the sample's photo) by the judge's (its mask)."""
    drawn = {"wrinkle": Drawn(judge, masks.mask, other=masks.photo)}
    photo = photo_of.get(masks.name)
    case = Case(writable(masks.name), photo and photo.photo, drawn, partial(_scene, photo, masks))
    return case, [second_person(name)]


def _scene(sample: Sample | None, drawn: Sample, tasks: tuple[str, ...]) -> Scene:
    for problem in (drawn.problem, sample.problem if sample else ""):
        if problem:
            raise DataError(problem)
    photo, truth = sample and sample.photo, drawn.mask
    masks = {"wrinkle": images.load_mask(truth)}, None, {"wrinkle": images.load_mask(drawn.photo)}
    shape = masks[0]["wrinkle"].shape
    if photo is None:
        everywhere = np.ones(shape, bool)
        return Scene(np.zeros((*shape, 3), np.uint8), None, Regions(everywhere, everywhere, {}), *masks)
    rgb = _at_size(images.load_rgb(photo), shape, truth.name)
    found = face.find(rgb)[0]
    return Scene(rgb, found, face.regions(rgb, found), *masks)


def _at_size(rgb: np.ndarray, size: tuple[int, int], name: str) -> np.ndarray:
    """The photo in the mask's pixels: people draw on copies of other sizes. Raises DataError for another shape."""
    if abs(rgb.shape[0] * size[1] / rgb.shape[1] - size[0]) > 1:
        raise DataError(f"{name} is {size}, its photo {rgb.shape[:2]}: they must be of one shape")
    return rgb if rgb.shape[:2] == size else geometry.resize(rgb, size)


def _meta(people: dict[str, Path], photos: Path | None) -> dict:
    folders = {name: os.path.normpath(folder) for name, folder in people.items()}
    return {
        "source": {"layout": "agreement", "path": os.path.normpath(photos) if photos else "", "masks": folders},
        "pores": "",
        "split": "all",
        "created": datetime.now(UTC).date().isoformat(),
        "versions": json.loads(benchmark.versions()),
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m eval agreement", description=__doc__)
    parser.add_argument(
        "--masks",
        action="append",
        required=True,
        metavar="[NAME=]DIR",
        help="one person's masks; give it twice or more",
    )
    parser.add_argument("--images", type=Path, metavar="DIR", help="the photos, for scores by zone and traits of faces")
    parser.add_argument("--output", type=Path, help="results folder; what is finished there is not done again")
    return parser
