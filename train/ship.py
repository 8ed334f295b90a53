"""From a run to a checkpoint that is published: thresholds chosen again, a model card with measured figures."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from eval.samples import data_folder, wrinkle_samples
from eval.thresholds import THRESHOLDS, best_threshold
from train.card import LICENCE, card
from train.card import figures as read_figures
from train.config import ConfigError
from train.validation import Validation
from wrinkleseg import checkpoint, models
from wrinkleseg.inference import DEVICES, Runtime


class Choice(NamedTuple):
    """A task's threshold, and F1 at it: the mean over the photos of each annotator apart, for people don't agree."""

    threshold: float
    f1: dict[str, float]


def ship(
    best: Path, output: Path, data: Path, figures: Path | None, chosen_by: Path | None = None, device: str = "auto"
) -> Path:
    """Write the checkpoint of a run's `best` folder to `output`.

    The thresholds are chosen on the validation photos as the whole method sees them now, with today's skin mask; for
    weights that learnt from those photos, on the weights of the same recipe that did not. Every annotator has the same
    say, however many photos each drew on: see `halfway`.

    Args:
        figures: rows.csv of `python -m eval run`, for the card; None leaves the card without figures and says so.
        chosen_by: the checkpoint whose thresholds to choose and take; None for this one's own.

    Raises:
        ConfigError: weights that learnt from the validation photos and nothing to choose their thresholds by.
    """
    config, model = checkpoint.load(best)
    rows = None if figures is None else read_figures(figures, config, [output, best])
    judged, network = (config, _rounded(model)) if chosen_by is None else checkpoint.load(chosen_by)
    if "validation" in judged.training.get("learn_from", []):
        raise ConfigError(
            f"{chosen_by or best} learnt from the validation photos, so they can't choose its thresholds: name a"
            " checkpoint of the same recipe that did not with --chosen-by"
        )
    chosen = _choose(judged, network, data, device)
    scores = {"validation_f1": _told(chosen)}
    config = dataclasses.replace(
        config,
        thresholds={task: round(choice.threshold, 5) for task, choice in chosen.items()},
        licence=LICENCE,
        source=models.SOURCES[config.model],
        training=config.training | (scores if chosen_by is None else {"thresholds_of": judged.training | scores}),
    )
    checkpoint.save(output, config, _rounded(model), card(config, model, rows))
    return output


def _rounded(model: models.NamedMaps) -> models.NamedMaps:
    """The network with 8 significant bits a weight, as bfloat16 has them: its file packs a sixth smaller."""
    state = model.state_dict()
    model.load_state_dict({name: v.to(torch.bfloat16) if v.is_floating_point() else v for name, v in state.items()})
    return model


def halfway(sweep: np.ndarray, annotators: list[str]) -> Choice:
    """The threshold where the mean over annotators, of their mean F1 over photos, is highest.

    sweep: F1, float (photos, len(THRESHOLDS)); annotators: who drew each photo's truth.
    """
    names = sorted(set(annotators))
    means = np.stack([sweep[[who == name for who in annotators]].mean(axis=0) for name in names])
    threshold, _ = best_threshold(means)
    at = means[:, THRESHOLDS.searchsorted(threshold)].tolist()
    return Choice(threshold, dict(zip(names, at, strict=True)))


def _choose(config: checkpoint.Config, model: models.NamedMaps, data: Path, device: str) -> dict[str, Choice]:
    """By task, on the validation photos."""
    runtime = Runtime.choose(device)
    validation = Validation.load(wrinkle_samples(data), config.settings["tasks"], data)
    sweeps = validation.sweep(runtime.place(models.for_evaluation(model)), config.preprocess, runtime)
    people = {task: [photo.annotator for photo in photos] for task, photos in validation.photos.items()}
    return {task: halfway(sweep, people[task]) for task, sweep in sweeps.items()}


def _told(chosen: dict[str, Choice]) -> dict[str, float]:
    """F1 for the record: {"wrinkle A": 0.4671, ...}, a task alone where one person drew all."""
    return {
        f"{task} {name}".strip(): round(value, 4)
        for task, choice in chosen.items()
        for name, value in choice.f1.items()
    }


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command `ship`."""
    command = commands.add_parser("ship", help="make a published checkpoint of a run", description=ship.__doc__)
    command.add_argument("best", type=Path, help="a run's folder best/")
    command.add_argument("output", type=Path, help="where the checkpoint goes, such as assets/models/unetpp")
    command.add_argument("--figures", type=Path, help="rows.csv of python -m eval run, for the model card")
    command.add_argument(
        "--chosen-by",
        type=Path,
        metavar="DIR",
        help="best/ of the same recipe that kept validation aside: its thresholds",
    )
    command.add_argument("--data", help="folder with wrinkle/manifest.csv and pore/ (WRINKLESEG_DATA, ../shared/data)")
    command.add_argument("--device", choices=DEVICES, default="auto", help="where to compute (%(default)s)")
    command.set_defaults(command=_command)


def _command(options: argparse.Namespace) -> str:
    data = data_folder(options.data)
    return f"written: {ship(options.best, options.output, data, options.figures, options.chosen_by, options.device)}"
