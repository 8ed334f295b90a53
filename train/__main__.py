"""Train networks that mark wrinkles and pores, make ground truth for them, compare recipes, publish weights."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import torch

from eval.readers import DataSource
from eval.samples import DataError
from eval.splits import FOLDS
from train import ablation, folds, labels, push, ship, soup, speed
from train.augment import AugmentError
from train.config import PRECISIONS, ConfigError, Run
from train.loop import fit
from train.losses import LossError
from train.presets import PRESETS, preset
from train.sources import SOURCES
from train.state import Diverged, StateError, Stopped
from train.synth import SynthError
from wrinkleseg import allocator
from wrinkleseg.checkpoint import CheckpointError
from wrinkleseg.commands import one_line
from wrinkleseg.face import FaceError
from wrinkleseg.hub import HubError
from wrinkleseg.images import PictureError
from wrinkleseg.inference import DEVICES, DeviceError
from wrinkleseg.methods import MethodError
from wrinkleseg.truth import TruthError

# What a run needs is not as it must be: one line, and no traceback, which is for our own mistakes.
ERRORS = (
    AugmentError, CheckpointError, ConfigError, DataError, DeviceError, Diverged, FaceError, HubError, LossError, MethodError,
    OSError, PictureError, StateError, SynthError, TruthError,
)  # fmt: skip
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


def main(argv: list[str] | None = None) -> int:
    """Run the command line; gives the exit status."""
    options = _parser().parse_args(argv)
    try:
        print(options.command(options))
    except Stopped as stop:
        status, told = stop.status, str(stop)
    except ERRORS as error:
        status, told = 2, one_line(error)
    except torch.OutOfMemoryError:
        status, told = 2, _NO_MEMORY
    except KeyboardInterrupt:  # before the first step, or in a command that keeps what it has finished
        status, told = 130, "stopped"
    else:
        return 0
    # Progress bars clear their lines when the error's frames are gone, which is now.
    print(f"train: {told}", file=sys.stderr)
    return status


def _fit(options: argparse.Namespace) -> str:
    run = _run(options)
    output = options.output or Path("runs") / options.name
    return f"written: {fit(run, output, options.device, options.resume)}"


def _run(options: argparse.Namespace) -> Run:
    """The preset or saved run, with what the command line changes."""
    run = preset(options.name) if options.name in PRESETS else Run.load(options.config)
    changes = {name: value for name in SETTINGS if (value := getattr(options, name)) is not None}
    changes |= {"learn_from": tuple(options.learn_from)} if options.learn_from else {}
    changes |= {"precision": options.precision} if options.precision else {}
    changes |= {"repeat": dict(options.repeat)} if options.repeat else {}
    if source := _source(options):
        changes["data"] = source
    if options.crop is not None:
        changes["augment"] = {task: replace(plan, crop=options.crop) for task, plan in run.augment.items()}
    changes["batch"] = batch = _batch(options, run.batch)
    if not any("taught" in sources for sources in batch.values()):
        changes = {"teacher": ""} | changes
    return run.changed(changes)


def _batch(options: argparse.Namespace, batch: Crops) -> Crops:
    """The run's crops by task and source, narrowed down to one task, one source, another number."""
    if options.only:
        if options.only not in batch:
            raise ConfigError(f"--only {options.only}: this run has crops of {' and '.join(batch)} only")
        batch = {options.only: batch[options.only]}
    if options.source:
        batch = {task: {options.source: sum(sources.values())} for task, sources in batch.items()}
    if options.batch is None:
        return batch
    if several := next((sources for sources in batch.values() if len(sources) > 1), None):
        raise ConfigError(f"--batch needs --source, for these crops come from several: {', '.join(several)}")
    return {task: dict.fromkeys(sources, options.batch) for task, sources in batch.items()}


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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m train", description=__doc__, epilog=_EPILOG)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, recipe in PRESETS.items():
        command = commands.add_parser(name, help=recipe.__doc__, description=recipe.__doc__)
        _add_training(command, name)
    command = commands.add_parser("repeat", help="train again from a saved run.json", description=_REPEAT)
    command.add_argument("config", type=Path, help="the run.json that a training wrote into its folder")
    _add_training(command, "repeat")
    for module in (labels, ablation, folds, soup, ship, push, speed):
        module.add(commands)
    return parser


def _add_training(command: argparse.ArgumentParser, name: str) -> None:
    command.set_defaults(command=_fit, name=name)
    command.add_argument("--output", type=Path, metavar="DIR", help=f"folder of the run (runs/{name})")
    command.add_argument("--resume", action="store_true", help="go on with the run in that folder")
    command.add_argument("--device", choices=DEVICES, default="auto", help="where to compute (%(default)s)")
    _add_data(command.add_argument_group("photos with masks (the shared data, unless said)"))
    group = command.add_argument_group("settings, instead of the preset's")
    for setting, (kind, text) in SETTINGS.items():
        group.add_argument(f"--{setting.replace('_', '-')}", type=kind, metavar=_METAVARS[kind], help=text)
    group.add_argument(
        "--learn-from", nargs="+", metavar="SIDE", help="sides of the split that teach: train validation test (train)"
    )
    group.add_argument(
        "--repeat", nargs="+", type=_times, metavar="NAME=N", help="draw an annotator's photos N times as often, as B=3"
    )
    group.add_argument("--precision", choices=PRECISIONS, help="number format of the network's arithmetic")
    group.add_argument("--crop", type=int, metavar="PX", help="side of the crops, px")
    group.add_argument("--batch", type=int, metavar="N", help="crops a step of each task, over all processes")
    group.add_argument("--source", metavar="NAME", help=f"draw all crops from one source: {_SOURCES}")
    group.add_argument("--only", choices=("wrinkle", "pore"), help="train one of the tasks")


def _times(text: str) -> tuple[str, int]:
    name, _, number = text.partition("=")
    if not (name and number.isdecimal()):
        raise argparse.ArgumentTypeError(f"expected NAME=N, such as B=3, got {text!r}")
    return name, int(number)


def _add_data(group: argparse._ArgumentGroup) -> None:
    one = group.add_mutually_exclusive_group()
    one.add_argument(
        "--data", metavar="DIR", help="holds wrinkle/manifest.csv and pore/ (WRINKLESEG_DATA, ../shared/data)"
    )
    one.add_argument("--images", metavar="DIR", help="folder of photos, with --masks")
    one.add_argument("--ffhq-wrinkle", metavar="DIR", help="holds images1024x1024/ and manual_wrinkle_masks/")
    one.add_argument("--dataset", metavar="NAME", help="data set of the Hugging Face Hub with columns image and mask")
    group.add_argument("--masks", metavar="DIR", help="folder of masks for --images, matched by stem")
    group.add_argument("--zones", metavar="DIR", help="for --images: masks of where the annotator looked (everywhere)")


_METAVARS = {int: "N", float: "X", str: "NAME"}
_SOURCES = ", ".join(dict.fromkeys(name for sources in SOURCES.values() for name in sources))
_NO_MEMORY = "the GPU has too little memory for this training: take fewer crops with --batch, smaller ones with --crop"
_EPILOG = """A preset's name trains it: `python -m train best --output runs/best` (hours on a processor); runs/best/best is then
a checkpoint for the page and for `python -m wrinkleseg`. Ctrl-C saves, --resume goes on. `COMMAND --help` tells what can be
changed. Paper W: Bui et al., 2024, UNet++ for wrinkles. Paper P: Yoon et al., 2023, wrinkles and pores in one network."""
_REPEAT = """Train again from the run.json that a training wrote into its folder: the very same run, but for what the command
line changes. train/config.py says what each setting in it means."""


if __name__ == "__main__":
    allocator.keep_freed(most=None)
    sys.exit(main())
