"""From a run to a checkpoint that is published: thresholds chosen again, a model card with measured figures."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

from eval.samples import data_folder, wrinkle_samples
from eval.thresholds import best_threshold
from train.card import LICENCE, card
from train.card import figures as read_figures
from train.validation import Validation
from wrinkleseg import checkpoint, models
from wrinkleseg.inference import DEVICES, Runtime

JUDGE = "A"
"""Annotator whose validation photos choose the thresholds: people don't agree, and A's habits were asked for."""


def ship(best: Path, output: Path, data: Path, figures: Path | None, device: str = "auto") -> Path:
    """Write the checkpoint of a run's `best` folder to `output`.

    The thresholds are chosen on the validation photos as the whole method sees them now, with today's skin mask.
    figures: rows.csv of `python -m eval run`, for the card; None leaves the card without figures and says so.
    """
    config, model = checkpoint.load(best)
    rows = None if figures is None else read_figures(figures, config.model, [output, best])
    tasks = config.settings["tasks"]
    runtime = Runtime.choose(device)
    validation = Validation.load(wrinkle_samples(data), tasks, data, JUDGE)
    sweeps = validation.sweep(runtime.place(model), config.preprocess, runtime)
    chosen = {task: best_threshold(sweep) for task, sweep in sweeps.items()}
    training = config.training | {"validation_f1": {task: round(value, 4) for task, (_, value) in chosen.items()}}
    config = dataclasses.replace(
        config,
        thresholds={task: round(threshold, 5) for task, (threshold, _) in chosen.items()},
        licence=LICENCE,
        source=models.SOURCES[config.model],
        training=training,
    )
    checkpoint.save(output, config, model, card(config, model, rows))
    return output


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command `ship`."""
    command = commands.add_parser("ship", help="make a published checkpoint of a run", description=ship.__doc__)
    command.add_argument("best", type=Path, help="a run's folder best/")
    command.add_argument("output", type=Path, help="where the checkpoint goes, such as assets/models/unetpp")
    command.add_argument("--figures", type=Path, help="rows.csv of python -m eval run, for the model card")
    command.add_argument("--data", help="folder with wrinkle/manifest.csv and pore/ (WRINKLESEG_DATA, ../shared/data)")
    command.add_argument("--device", choices=DEVICES, default="auto", help="where to compute (%(default)s)")
    command.set_defaults(command=_command)


def _command(options: argparse.Namespace) -> str:
    return f"written: {ship(options.best, options.output, data_folder(options.data), options.figures, options.device)}"
