"""Train networks that mark wrinkles and pores, make ground truth for them, compare recipes, publish weights."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from eval.readers import DataSource
from eval.samples import DataError
from train import ablation, labels, push, ship
from train.augment import Augment, AugmentError
from train.config import PRECISIONS, ConfigError, Run
from train.loop import fit
from train.losses import LossError
from train.presets import PRESETS
from train.state import StateError, Stopped
from wrinkleseg.checkpoint import CheckpointError
from wrinkleseg.hub import HubError
from wrinkleseg.inference import DEVICES, DeviceError
from wrinkleseg.methods import MethodError

ERRORS = (
    AugmentError, CheckpointError, ConfigError, DataError, DeviceError, HubError, LossError, MethodError, StateError,
)  # fmt: skip
# Settings that a command line changes most; all others stand in a run.json.
SETTINGS: Mapping[str, tuple[type, str]] = {
    "steps": (int, "steps"),
    "rate": (float, "highest learning rate"),
    "seed": (int, "seed of weights, crops and changes"),
    "start": (str, "checkpoint's folder to start from, or imagenet"),
    "teacher": (str, 'method or folder that the source "taught" learns from'),
    "judge": (str, "annotator whose validation photos choose weights and threshold"),
    "fold": (int, "0 to 4: which of five folds by photo is kept aside for testing"),
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
        print(f"train: {stop}", file=sys.stderr)
        return stop.status
    except ERRORS as error:
        print(f"train: {error}", file=sys.stderr)
        return 2
    return 0


def _fit(options: argparse.Namespace) -> str:
    run = _run(options)
    output = options.output or Path("runs") / options.name
    return f"written: {fit(run, output, options.device, options.resume)}"


def _run(options: argparse.Namespace) -> Run:
    """The preset or saved run, with what the command line changes."""
    run = PRESETS[options.name]() if options.name in PRESETS else Run.load(options.config)
    changes = {name: value for name in SETTINGS if (value := getattr(options, name)) is not None}
    changes |= {"everything": True} if options.everything else {}
    changes |= {"precision": options.precision} if options.precision else {}
    if source := _source(options):
        # Nobody else's annotators are called A and B.
        changes = {"data": source, "judge": ""} | changes
    if options.only:
        changes["batch"] = {task: sources for task, sources in run.batch.items() if task == options.only}
    if options.crop:
        changes["augment"] = {
            task: Augment(**{**vars(plan), "crop": options.crop}) for task, plan in run.augment.items()
        }
    if options.batch:
        changes["batch"] = {task: {options.source: options.batch} for task in changes.get("batch", run.batch)}
    return run.changed(changes)


def _source(options: argparse.Namespace) -> DataSource | None:
    """Where the photos with masks are, if the command line says so."""
    if options.images or options.masks:
        return DataSource("pairs", path=options.images or "", masks=options.masks or "")
    if options.ffhq_wrinkle:
        return DataSource("ffhq-wrinkle", path=options.ffhq_wrinkle)
    if options.dataset:
        return DataSource("hub", path=options.dataset)
    return DataSource("shared", path=options.data) if options.data else None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m train", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, preset in PRESETS.items():
        command = commands.add_parser(name, help=preset.__doc__, description=preset.__doc__)
        _add_training(command, name)
    command = commands.add_parser("repeat", help="train again from a saved run.json", description=Run.__doc__)
    command.add_argument("config", type=Path, help="the run.json that a training wrote into its folder")
    _add_training(command, "repeat")
    for module in (labels, ablation, ship, push):
        module.add(commands)
    return parser


def _add_training(command: argparse.ArgumentParser, name: str) -> None:
    command.set_defaults(command=_fit, name=name)
    command.add_argument("--output", type=Path, help=f"folder of the run (runs/{name})")
    command.add_argument("--resume", action="store_true", help="go on with the run in that folder")
    command.add_argument("--device", choices=DEVICES, default="auto", help="where to compute (%(default)s)")
    _add_data(command.add_argument_group("photos with masks (the shared data, unless said)"))
    group = command.add_argument_group("settings, instead of the preset's")
    for setting, (kind, text) in SETTINGS.items():
        group.add_argument(f"--{setting.replace('_', '-')}", type=kind, help=text)
    group.add_argument("--everything", action="store_true", help="keep nothing aside for testing")
    group.add_argument("--precision", choices=PRECISIONS, help="number format of the network's arithmetic")
    group.add_argument("--crop", type=int, help="side of the crops, px")
    group.add_argument("--batch", type=int, help="crops a step of each task")
    group.add_argument("--source", default="human", help="what --batch draws from (%(default)s)")
    group.add_argument("--only", choices=("wrinkle", "pore"), help="train one of the tasks")


def _add_data(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--data", help="folder with wrinkle/manifest.csv and pore/ (WRINKLESEG_DATA, ../shared/data)")
    group.add_argument("--images", help="folder of photos, with --masks")
    group.add_argument("--masks", help="folder of masks, matched to --images by stem")
    group.add_argument("--ffhq-wrinkle", metavar="ROOT", help="folder with images1024x1024/ and manual_wrinkle_masks/")
    group.add_argument("--dataset", metavar="NAME", help="data set of the Hugging Face Hub with columns image and mask")


if __name__ == "__main__":
    sys.exit(main())
