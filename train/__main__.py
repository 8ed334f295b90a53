"""Train networks that mark wrinkles and pores, make ground truth for them, compare recipes, publish weights."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch

from eval.samples import DataError
from train import ablation, folds, labels, push, ship, soup, speed
from train.augment import AugmentError
from train.config import ConfigError, Run
from train.loop import fit
from train.losses import LossError
from train.options import add_data, add_settings, settled
from train.presets import PRESETS, preset
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
    return settled(preset(options.name) if options.name in PRESETS else Run.load(options.config), options)


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
    add_data(command)
    add_settings(command)


_NO_MEMORY = "the GPU has too little memory for this training: take fewer crops with --batch, smaller ones with --crop"
_EPILOG = """A preset's name trains it: `python -m train best --output runs/best` (hours on a processor); runs/best/best is then
a checkpoint for the page and for `python -m wrinkleseg`. Ctrl-C saves, --resume goes on. `COMMAND --help` tells what can be
changed. Paper W: Bui et al., 2024, UNet++ for wrinkles. Paper P: Yoon et al., 2023, wrinkles and pores in one network."""
_REPEAT = """Train again from the run.json that a training wrote into its folder: the very same run, but for what the command
line changes. train/config.py says what each setting in it means."""


if __name__ == "__main__":
    allocator.keep_freed(most=None)
    sys.exit(main())
