"""`python -m eval run`: the scores of methods on photos that were kept aside, as one table."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from eval import benchmark
from eval.samples import SPLIT_NAMES, DataError, Sample, data_folder, half_face, wrinkle_samples
from wrinkleseg import methods
from wrinkleseg.face import FaceError
from wrinkleseg.images import PictureError
from wrinkleseg.inference import DEVICES
from wrinkleseg.methods import Method, MethodError

COLUMNS = ["iou", "f1", "cldice", "line_f1"]
HEADINGS = {"iou": "IoU", "f1": "F1", "cldice": "clDice", "line_f1": "centre F1"}


def main(argv: list[str]) -> int:
    """Run the command line; gives the exit status."""
    options = _parser().parse_args(argv)
    data = data_folder(options.data)
    try:
        chosen = [methods.load(name, options.device) for name in _names(options.methods)]
        samples = [sample for sample in wrinkle_samples(data) if options.split in ("all", sample.split)]
        rows = score(chosen, samples, data, options.split)
    except (DataError, MethodError) as error:
        print(f"eval run: {error}", file=sys.stderr)
        return 2
    table = pd.DataFrame([row.to_dict() for row in rows])
    print(text(table))
    if options.output:
        options.output.mkdir(parents=True, exist_ok=True)
        table.to_csv(options.output / "rows.csv", index=False)
    return 0


def score(chosen: list[Method], samples: list[Sample], data: Path, split: str) -> list[benchmark.Row]:
    """A row for each method and photo. A photo that can't be read or has no face is named on stderr and left out."""
    rows = list(benchmark.second_person_rows(samples))
    lines = [method for method in chosen if "wrinkle" in method.info.tasks]
    for sample in tqdm(samples, desc="photos", disable=not lines):
        try:
            photo = benchmark.prepare(sample)
        except (PictureError, FaceError) as error:
            print(f"{sample.name}: {error}", file=sys.stderr)
            continue
        rows += [benchmark.wrinkle_row(method, photo) for method in lines]
    if split in SPLIT_NAMES:
        half = half_face(data)
        rows += [benchmark.pore_row(method, half, split) for method in chosen if "pore" in method.info.tasks]
    return rows


def text(table: pd.DataFrame) -> str:
    """Means over photos (macro), by task, annotator and method, as Markdown."""
    blocks = []
    for (task, annotator), part in table.groupby(["task", "annotator"], sort=False):
        means = part.groupby("method")[COLUMNS].mean().sort_values("iou", ascending=False)
        photos = part.groupby("method").size()
        blocks.append(f"{_title(task, annotator)}\n\n{_markdown(means, photos)}")
    return "\n\n".join(blocks)


def _title(task: str, annotator: str) -> str:
    if task == "pore":
        return f"Pores of the half face, kept-aside stripes inside the zone (centres within {benchmark.PORE_TOLERANCE:g} px)"
    width, tolerance = benchmark.WIDTH, benchmark.LINE_TOLERANCE
    return (
        f"Wrinkles, annotator {annotator}, macro over photos (centrelines within {tolerance:g} px at {width} px width)"
    )


def _markdown(means: pd.DataFrame, photos: pd.Series) -> str:
    lines = [
        "| method | photos | " + " | ".join(HEADINGS[c] for c in COLUMNS) + " |",
        "| --- " * (len(COLUMNS) + 2) + "|",
    ]
    for name, values in means.iterrows():
        figures = ["-" if pd.isna(values[c]) else f"{values[c]:.3f}" for c in COLUMNS]
        lines.append(f"| {name} | {photos[name]} | " + " | ".join(figures) + " |")
    return "\n".join(lines)


def _names(given: str) -> list[str]:
    if given == "all":
        return [info.name for info in methods.available()]
    return [name.strip() for name in given.split(",") if name.strip()]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m eval run", description=__doc__)
    parser.add_argument("--data", help="folder with wrinkle/manifest.csv and pore/ (../shared/data)")
    parser.add_argument("--methods", default="all", help="names joined by commas, or all (%(default)s)")
    parser.add_argument("--split", choices=(*SPLIT_NAMES, "all"), default="test", help="which photos (%(default)s)")
    parser.add_argument("--device", choices=DEVICES, default="auto")
    parser.add_argument("--output", type=Path, help="folder for rows.csv, a row for each method and photo")
    return parser
