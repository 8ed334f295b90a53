"""What methods mark on smooth young faces, where there is little to mark: share of the visible skin, photo by photo."""

from __future__ import annotations

import argparse
import csv
import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from eval.samples import DataError, data_folder
from wrinkleseg import face, images, masks, methods
from wrinkleseg.face import FaceError
from wrinkleseg.images import PictureError
from wrinkleseg.inference import DEVICES
from wrinkleseg.methods import Method, MethodError

OLDEST = 30  # years
_FOLDERS = ("london", "canada")


def smooth_faces(data: Path) -> list[Path]:
    """The photos of `data`/faces with smooth skin, in the manifest's order.

    By the manifest alone: studio photos without a smile, of people of up to OLDEST years, noted as without wrinkles or
    with none but those of expression. Raises DataError where there is no manifest.
    """
    manifest = data / "faces" / "manifest.csv"
    if not manifest.is_file():
        raise DataError(f"no {manifest}: give the folder that holds faces/manifest.csv with --data or WRINKLESEG_DATA")
    with manifest.open(newline="") as file:
        return [data / "faces" / row["file"] for row in csv.DictReader(file) if _smooth(row)]


def main(argv: list[str]) -> int:
    """Run the command line; gives the exit status."""
    options = _parser().parse_args(argv)
    try:
        chosen = [methods.load(name.strip(), options.device) for name in options.methods.split(",")]
        paths = spread_out(smooth_faces(data_folder(options.data)), options.photos)
    except (DataError, MethodError) as error:
        print(f"eval smooth: {error}", file=sys.stderr)
        return 2
    print(text(marked(chosen, paths)))
    return 0


def spread_out(paths: list[Path], count: int) -> list[Path]:
    """`count` photos at even steps through the list; all where there are fewer. Raises DataError for a negative number."""
    if count < 0:
        raise DataError(f"{count} photos can't be taken: give --photos 1 or more")
    places = np.unique(np.linspace(0, len(paths) - 1, min(count, len(paths))).round().astype(int))
    return [paths[place] for place in places]


def marked(chosen: list[Method], paths: list[Path]) -> pd.DataFrame:
    """A row for each photo, method and task: `share` of the task's visible skin that is marked at the method's threshold.

    A photo that can't be read or has no face is named on stderr and left out.
    """
    rows = []
    for path in tqdm(paths, desc="smooth faces"):
        try:
            rgb = images.load_rgb(path)
            found = face.find(rgb)[0]
        except (PictureError, FaceError) as error:
            print(f"{path.name}: {error}", file=sys.stderr)
            continue
        regions = face.regions(rgb, found)
        for method in chosen:
            for task, probability in method(rgb, found, regions).items():
                marks = masks.binarise(probability, method.info.thresholds[task])
                share = np.mean(marks[methods.skin_for(task, regions)])
                rows.append({"photo": path.name, "method": method.info.name, "task": task, "share": share})
    return pd.DataFrame(rows, columns=["photo", "method", "task", "share"])


def text(table: pd.DataFrame) -> str:
    """Median, 90th percentile and largest share by task and method, as Markdown."""
    lines = ["| task | method | photos | median | 90th percentile | largest |", "| --- " * 6 + "|"]
    for (task, method), shares in table.groupby(["task", "method"], sort=False)["share"]:
        figures = " | ".join(f"{100 * shares.quantile(level):.2f}%" for level in (0.5, 0.9, 1.0))
        lines.append(f"| {task} | {method} | {len(shares)} | {figures} |")
    return "\n".join(lines)


def _smooth(row: dict[str, str]) -> bool:
    folder, note = row["file"].split("/")[0], row["note"]
    age = re.search(r"\bage (\d+)", note)
    young = age is not None and int(age.group(1)) <= OLDEST
    return folder in _FOLDERS and young and "smile" not in row["file"] and "wrinkles n" in note


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m eval smooth", description=__doc__)
    parser.add_argument("--data", help="folder with faces/manifest.csv (../shared/data)")
    parser.add_argument("--methods", default="unetpp,wrinkle-pore,frangi", help="names joined by commas (%(default)s)")
    parser.add_argument("--photos", type=int, default=40, help="how many photos at most (%(default)s)")
    parser.add_argument("--device", choices=DEVICES, default="auto")
    return parser
