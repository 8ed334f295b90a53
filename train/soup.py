"""The mean of several trainings' weights, which often does better than each: a "model soup" (Wortsman et al., ICML 2022).

It works where the trainings began with the same weights and stayed near one another, so ask the validation photos.
"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

import torch

from train.ancestry import sides
from train.config import ConfigError
from wrinkleseg import checkpoint
from wrinkleseg.models import NamedMaps


def soup(folders: list[Path], output: Path) -> Path:
    """Write the checkpoint whose weights are the mean of those in `folders`, which are of one network and preprocessing.

    Thresholds are means as well: choose them anew with `python -m train ship`. Raises ConfigError for fewer than two
    checkpoints or for different networks, CheckpointError where one can't be read.
    """
    if len(folders) < 2:
        raise ConfigError(f"a mean needs two checkpoints or more, got {len(folders)}")
    configs, models = zip(*map(checkpoint.load, folders), strict=True)
    for folder, config in zip(folders, configs, strict=True):
        if _network(config) != _network(configs[0]):
            raise ConfigError(f"{folder} is another network than {folders[0]}: their weights have no mean")
    thresholds = {task: sum(c.thresholds[task] for c in configs) / len(configs) for task in configs[0].thresholds}
    training = {"mean_of": [config.training for config in configs]}
    training["learn_from"] = sides(training)
    checkpoint.save(output, dataclasses.replace(configs[0], thresholds=thresholds, training=training), _mean(models))
    return output


def _network(config: checkpoint.Config) -> tuple:
    return config.model, config.settings, config.preprocess


def _mean(models: tuple[NamedMaps, ...]) -> NamedMaps:
    states = [model.state_dict() for model in models]
    mean = {
        name: torch.stack([state[name] for state in states]).mean(0) if value.is_floating_point() else value
        for name, value in states[0].items()
    }
    models[0].load_state_dict(mean)
    return models[0]


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command `soup`."""
    command = commands.add_parser("soup", help="the mean of several checkpoints' weights", description=__doc__)
    command.add_argument("folders", type=Path, nargs="+", metavar="DIR", help="folders best/ of runs of one network")
    command.add_argument("--output", type=Path, required=True, help="where the checkpoint goes")
    command.set_defaults(command=lambda options: f"written: {soup(options.folders, options.output)}")
