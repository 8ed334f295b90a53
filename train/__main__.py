"""`python -m train COMMAND`: train a network on photos with human masks, and make a published checkpoint of it."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from pathlib import Path

from eval.samples import DataError, data_folder
from train.config import PRESETS, ConfigError
from train.loop import fit
from train.ship import ship
from wrinkleseg.checkpoint import CheckpointError
from wrinkleseg.inference import DEVICES, DeviceError


def main(argv: list[str] | None = None) -> int:
    """Run the command line; gives the exit status."""
    options = _parser().parse_args(argv)
    try:
        folder = options.command(options)
    except (CheckpointError, ConfigError, DataError, DeviceError) as error:
        print(f"train: {error}", file=sys.stderr)
        return 2
    print(f"written: {folder}")
    return 0


def _fit(options: argparse.Namespace) -> Path:
    changes = {
        name: getattr(options, name)
        for name in ("steps", "seed", "rate", "start")
        if getattr(options, name) is not None
    }
    run = dataclasses.replace(PRESETS[options.preset](), **changes)
    output = options.output or Path("runs") / options.preset
    return fit(run, data_folder(options.data), output, options.device)


def _ship(options: argparse.Namespace) -> Path:
    return ship(options.best, options.output, data_folder(options.data), options.figures, options.device)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m train", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, preset in PRESETS.items():
        command = commands.add_parser(name, help=f"train: {preset.__doc__}", description=preset.__doc__)
        command.set_defaults(command=_fit, preset=name)
        command.add_argument("--output", type=Path, help=f"folder of the run (runs/{name})")
        command.add_argument("--steps", type=int, help="steps, instead of the preset's")
        command.add_argument("--rate", type=float, help="highest learning rate, instead of the preset's")
        command.add_argument("--seed", type=int, help="seed, instead of the preset's")
        command.add_argument("--start", metavar="FOLDER", help="checkpoint whose weights to start from")
        _add_common(command)
    command = commands.add_parser("ship", help="make a published checkpoint of a run", description=ship.__doc__)
    command.set_defaults(command=_ship)
    command.add_argument("best", type=Path, help="a run's folder best/")
    command.add_argument("output", type=Path, help="where the checkpoint goes, such as assets/models/unetpp")
    command.add_argument("--figures", type=Path, help="rows.csv of python -m eval run, for the model card")
    _add_common(command)
    return parser


def _add_common(command: argparse.ArgumentParser) -> None:
    command.add_argument("--data", help="folder with wrinkle/manifest.csv and pore/ (WRINKLESEG_DATA, ../shared/data)")
    command.add_argument("--device", choices=DEVICES, default="auto", help="where to compute (%(default)s)")


if __name__ == "__main__":
    sys.exit(main())
