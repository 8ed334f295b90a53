"""What several commands take: where photos with masks lie, and settings that a recipe is given in place of its own."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import replace

from eval.readers import DataSource
from eval.splits import FOLDS
from train.config import PRECISIONS, ConfigError, Run
from train.sources import SOURCES

Crops = dict[str, dict[str, int]]
# Settings that a command line changes most; all others stand in a run.json.
SETTINGS: Mapping[str, tuple[type, str]] = {
    "steps": (int, "training steps"),
    "rate": (float, "highest learning rate"),
    "seed": (int, "seed of weights, crops and changes"),
    "start": (str, "checkpoint's folder to start from, or imagenet"),
    "teacher": (str, 'method or folder that the source "taught" learns from'),
    "fold": (int, f"0 to {FOLDS - 1}: which of {FOLDS} folds by photo is kept aside for testing"),
    "workers": (int, "processes that cut crops"),
    "validate_every": (int, "steps between looks at the validation photos"),
    "save_every": (int, "steps between saves that --resume can go on from"),
}
_METAVARS = {int: "N", float: "X", str: "NAME"}
_SOURCES = ", ".join(dict.fromkeys(name for sources in SOURCES.values() for name in sources))


def add_data(command: argparse.ArgumentParser) -> None:
    """Add the arguments that `data_changes` reads."""
    group = command.add_argument_group("photos (the shared data, unless said)")
    one = group.add_mutually_exclusive_group()
    one.add_argument(
        "--data", metavar="DIR", help="holds wrinkle/manifest.csv and pore/ (WRINKLESEG_DATA, ../shared/data)"
    )
    one.add_argument("--images", metavar="DIR", help="folder of photos, with --masks")
    one.add_argument("--ffhq-wrinkle", metavar="DIR", help="holds images1024x1024/ and manual_wrinkle_masks/")
    one.add_argument("--dataset", metavar="NAME", help="data set of the Hugging Face Hub with columns image and mask")
    group.add_argument("--masks", metavar="DIR", help="folder of masks for --images, matched by stem")
    group.add_argument("--zones", metavar="DIR", help="for --images: masks of where the annotator looked (everywhere)")
    group.add_argument(
        "--faces",
        metavar="DIR",
        help="photos without masks, for the sources weak, taught and portraits (the shared ones)",
    )


def data_changes(options: argparse.Namespace) -> dict:
    """What the command line says of a run's `data` and `faces`. Raises DataError for folders that don't go together."""
    found = {"data": _source(options), "faces": options.faces}
    return {name: value for name, value in found.items() if value}


def _source(options: argparse.Namespace) -> DataSource | None:
    """Where the photos with masks are, if the command line says so."""
    if options.images or options.masks or options.zones:
        folders = {"path": options.images or "", "masks": options.masks or "", "zones": options.zones or ""}
        return DataSource("pairs", **folders)
    if options.ffhq_wrinkle:
        return DataSource("ffhq-wrinkle", path=options.ffhq_wrinkle)
    if options.dataset:
        return DataSource("hub", path=options.dataset)
    return DataSource("shared", path=options.data) if options.data else None


def add_settings(command: argparse.ArgumentParser, without: tuple[str, ...] = ()) -> None:
    """Add the arguments that `settled` reads, but for those named, which the command itself decides."""
    group = command.add_argument_group("settings, instead of the preset's")
    for setting, (kind, text) in SETTINGS.items():
        if setting not in without:
            group.add_argument(f"--{setting.replace('_', '-')}", type=kind, metavar=_METAVARS[kind], help=text)
    if "learn_from" not in without:
        group.add_argument(
            "--learn-from",
            nargs="+",
            metavar="SIDE",
            help="sides of the split that teach: train validation test (train)",
        )
    group.add_argument(
        "--repeat", nargs="+", type=_times, metavar="NAME=N", help="draw an annotator's photos N times as often, as B=3"
    )
    group.add_argument("--precision", choices=PRECISIONS, help="number format of the network's arithmetic")
    group.add_argument("--crop", type=int, metavar="PX", help="side of the crops, px")
    group.add_argument("--batch", type=int, metavar="N", help="crops a step of each task, over all processes")
    group.add_argument("--source", metavar="NAME", help=f"draw all crops from one source: {_SOURCES}")
    group.add_argument("--only", choices=("wrinkle", "pore"), help="train one of the tasks")


def settled(run: Run, options: argparse.Namespace) -> Run:
    """The run with what the command line changes. Raises ConfigError and DataError."""
    given = {name: getattr(options, name, None) for name in (*SETTINGS, "precision")}
    changes = {name: value for name, value in given.items() if value is not None}
    changes |= {"learn_from": tuple(options.learn_from)} if getattr(options, "learn_from", None) else {}
    changes |= {"repeat": dict(options.repeat)} if options.repeat else {}
    changes |= data_changes(options)
    if options.crop is not None:
        changes["augment"] = {task: replace(plan, crop=options.crop) for task, plan in run.augment.items()}
    changes["batch"] = batch = _batch(options, run.batch)
    if not any("taught" in sources for sources in batch.values()):
        changes = {"teacher": ""} | changes
    return run.changed(changes)


def one_task(batch: Crops, task: str) -> Crops:
    """The crops of one task alone. Raises ConfigError where there are none."""
    if task not in batch:
        raise ConfigError(f"--only {task}: this run has crops of {' and '.join(batch)} only")
    return {task: batch[task]}


def _batch(options: argparse.Namespace, batch: Crops) -> Crops:
    """The run's crops by task and source, narrowed down to one task, one source, another number."""
    if options.only:
        batch = one_task(batch, options.only)
    if options.source:
        batch = {task: {options.source: sum(sources.values())} for task, sources in batch.items()}
    if options.batch is None:
        return batch
    if several := next((sources for sources in batch.values() if len(sources) > 1), None):
        raise ConfigError(f"--batch needs --source, for these crops come from several: {', '.join(several)}")
    return {task: dict.fromkeys(sources, options.batch) for task, sources in batch.items()}


def _times(text: str) -> tuple[str, int]:
    name, _, number = text.partition("=")
    if not (name and number.isdecimal()):
        raise argparse.ArgumentTypeError(f"expected NAME=N, such as B=3, got {text!r}")
    return name, int(number)
