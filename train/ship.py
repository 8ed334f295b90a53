"""From a run to a checkpoint that is published: thresholds chosen again, a model card with measured figures."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

import torch

from eval.samples import data_folder, wrinkle_samples
from train.ancestry import sides, strange
from train.card import card, licence
from train.card import figures as read_figures
from train.config import ConfigError
from train.validation import Choice, Validation, told
from wrinkleseg import checkpoint, models
from wrinkleseg.inference import DEVICES, Runtime


def ship(
    best: Path, output: Path, data: Path, figures: Path | None, chosen_by: Path | None = None, device: str = "auto"
) -> Path:
    """Write the checkpoint of a run's `best` folder to `output`.

    The thresholds are chosen on the validation photos as the whole method sees them now, with today's skin mask; for
    weights that learnt from those photos, on the weights of the same recipe that did not.

    Args:
        figures: rows.csv of `python -m eval run`, for the card; None leaves the card without figures and says so.
        chosen_by: the checkpoint whose thresholds to choose and take; None for this one's own.

    Raises:
        ConfigError: weights that learnt from the validation photos, or may have, and nothing to choose their thresholds by.
    """
    config, model = checkpoint.load(best)
    rows = None if figures is None else read_figures(figures, config, [output, best])
    judged, network = (config, _rounded(model)) if chosen_by is None else checkpoint.load(chosen_by)
    taught = "the validation photos" if "validation" in sides(judged.training) else strange(judged.training)
    if taught:
        raise ConfigError(
            f"{chosen_by or best} learnt from {taught}, so the validation photos can't choose its thresholds: name a"
            " checkpoint of the same recipe that did not with --chosen-by"
        )
    chosen = _choose(judged, network, data, device)
    scores = {"validation_f1": told(chosen)}
    config = dataclasses.replace(
        config,
        thresholds={task: round(choice.threshold, 5) for task, choice in chosen.items()},
        licence=licence(config.training),
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


def _choose(config: checkpoint.Config, model: models.NamedMaps, data: Path, device: str) -> dict[str, Choice]:
    """By task, on the validation photos."""
    runtime = Runtime.choose(device)
    validation = Validation.load(wrinkle_samples(data), config.settings["tasks"], data)
    return validation.choose(runtime.place(models.for_evaluation(model)), config.preprocess, runtime)


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command `ship`."""
    command = commands.add_parser("ship", help="make a published checkpoint of a run", description=_DESCRIPTION)
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


_DESCRIPTION = """Write a run's checkpoint as it is published: thresholds chosen again on the shared validation photos as the whole
method sees them now, weights rounded to pack smaller, and a model card. Weights that learnt from those photos need a
checkpoint of the same recipe that did not (--chosen-by)."""
