"""A checkpoint is a folder: config.json, model.safetensors and, when published, README.md (the model card)."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from wrinkleseg.models import NamedMaps, build
from wrinkleseg.preprocess import Preprocess

CONFIG, WEIGHTS = "config.json", "model.safetensors"
FORMAT = 1
_OF_MAPS = ("model", "settings", "preprocess")  # of config.json: another one gives other maps by the same weights
_SENSELESS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


class CheckpointError(ValueError):
    """A checkpoint is missing or broken; the message says what and how to mend it."""


@dataclass(frozen=True)
class Config:
    """What must be known to use weights.

    model: a name of `models.BUILDERS`; settings: what its builder takes, `tasks` among them.
    thresholds: probability from which on a pixel counts, by task, chosen on validation photos.
    title, source, licence: for people.
    """

    model: str
    settings: dict
    preprocess: Preprocess
    thresholds: dict[str, float]
    title: str = ""
    source: str = ""
    licence: str = ""
    training: dict = field(default_factory=dict)

    def build(self) -> NamedMaps:
        """The network with random weights."""
        return build(self.model, **self.settings)

    def to_dict(self) -> dict:
        """Plain values for config.json."""
        return {
            "format": FORMAT,
            "model": self.model,
            "settings": self.settings,
            "preprocess": self.preprocess.to_dict(),
            "thresholds": self.thresholds,
            "title": self.title,
            "source": self.source,
            "licence": self.licence,
            "training": self.training,
        }

    @classmethod
    def from_dict(cls, values: dict) -> Config:
        """The inverse of `to_dict`; raises CheckpointError for another format or missing values."""
        if not isinstance(values, dict):
            raise CheckpointError(f"{CONFIG} holds no names and values: fetch or save the checkpoint again")
        if values.get("format") != FORMAT:
            raise CheckpointError(f"{CONFIG} has format {values.get('format')!r}, expected {FORMAT}: save it again")
        rest = {key: value for key, value in values.items() if key != "format"}
        try:
            config = cls(**{**rest, "preprocess": Preprocess.from_dict(rest["preprocess"])})
            return replace(config, settings=dict(config.settings), thresholds=dict(config.thresholds))
        except _SENSELESS as error:
            raise CheckpointError(f"{CONFIG} does not describe a model: {error}") from error


def save(folder: Path, config: Config, model: NamedMaps, card: str = "") -> None:
    """Write a checkpoint whole or not at all: float16 weights, config and, if given, the model card.

    An existing folder of that name is replaced only once the new one is complete. Raises OSError, and CheckpointError for
    weights that float16 can't hold.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _save_file(_half(model.state_dict()), fresh / WEIGHTS)
        (fresh / CONFIG).write_text(json.dumps(config.to_dict(), indent=2) + "\n")
        if card:
            (fresh / "README.md").write_text(card)
        fresh.chmod(0o755)
        _replace(folder, fresh)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise


def load_config(folder: Path) -> Config:
    """Read a checkpoint's config.json. Raises CheckpointError."""
    return Config.from_dict(_values(folder))


def load(folder: Path) -> tuple[Config, NamedMaps]:
    """A checkpoint's configuration and its network with weights, float32, on the CPU. Raises CheckpointError."""
    config = load_config(folder)
    try:
        model = config.build()
    except (*_SENSELESS, MemoryError, RuntimeError) as error:  # torch has no memory for a layer of any size
        raise CheckpointError(f"{folder / CONFIG} asks for a network that can't be built: {error}") from error
    try:
        weights = {name: _whole(value) for name, value in load_file(folder / WEIGHTS).items()}
        model.load_state_dict(weights)
        _check_numbers(weights)
    except (*_SENSELESS, OSError, SafetensorError, RuntimeError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise CheckpointError(
            f"{folder / WEIGHTS} does not hold the weights of {config.model!r} ({reason}): fetch or save it again"
        ) from error
    return config, model


def load_usable(folder: Path) -> tuple[Config, NamedMaps]:
    """As `load`; CheckpointError as well where config.json leaves out what each task of the network needs to be used.

    A training may start from such a checkpoint all the same.
    """
    config, model = load(folder)
    tasks = config.settings.get("tasks")
    if not isinstance(tasks, list | tuple) or not all(isinstance(task, str) for task in tasks):
        raise CheckpointError(f"{folder / CONFIG} names no tasks in its settings: save the checkpoint again")
    for task in model.tasks:
        threshold = config.thresholds.get(task)
        if not (isinstance(threshold, int | float) and 0 <= threshold <= 1):
            raise CheckpointError(
                f"{folder / CONFIG} has the threshold {threshold!r} for {task!r}, expected a number from 0 to 1: mend it"
            )
        if task not in config.preprocess.face_width:
            raise CheckpointError(f"{folder / CONFIG} tells no face width for {task!r}: save the checkpoint again")
    return config, model


def save_tensors(path: Path, tensors: dict[str, torch.Tensor]) -> None:
    """Write named tensors as they are, whole or not at all; once this returns they outlast a loss of power.

    Raises OSError.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        _save_file({name: value.contiguous() for name, value in tensors.items()}, part)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)  # on a full disk the half would be in the way
        raise


def load_tensors(path: Path) -> dict[str, torch.Tensor]:
    """What `save_tensors` wrote, on the CPU. Raises CheckpointError."""
    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{path} does not hold tensors ({error}): save it again") from error


def mend(folder: Path) -> None:
    """Clear what a killed `save` left beside `folder`; where it left no folder, put the former one back."""
    for kept in folder.parent.glob(f".{folder.name}-old-*/{folder.name}"):
        if not folder.exists():
            kept.rename(folder)
    for left in folder.parent.glob(f".{folder.name}-*"):
        shutil.rmtree(left)


def weights_hash(folder: Path) -> str:
    """12 hexadecimal digits that tell which weights made a result, and in which way they were used.

    Of a SHA-256 over the weights and over what else of config.json changes the maps: a network that sees larger faces is
    another method. Thresholds are told beside it wherever they count, and titles and cards change nothing. Raises CheckpointError, OSError.
    """
    values = _values(folder)
    used = json.dumps([values.get(name) for name in _OF_MAPS], sort_keys=True)
    return hashlib.sha256(f"{file_hash(folder)}|{used}".encode()).hexdigest()[:12]


def file_hash(folder: Path) -> str:
    """SHA-256 of the weights' file alone, 64 hexadecimal digits, as the Hub names it."""
    return hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()


def _values(folder: Path) -> dict:
    """What config.json holds. Raises CheckpointError where it can't be read or holds no names and values."""
    try:
        values = json.loads((folder / CONFIG).read_text())
    except FileNotFoundError as error:
        inside = f"; take {folder / 'best'}, the run's checkpoint" if (folder / "best" / CONFIG).is_file() else ""
        raise CheckpointError(
            f"no {CONFIG} in {folder}: a checkpoint is a folder of {CONFIG} and {WEIGHTS}{inside}"
        ) from error
    except (RecursionError, ValueError) as error:
        raise CheckpointError(f"{folder / CONFIG} is not JSON ({error}): fetch or save the checkpoint again") from error
    except OSError as error:
        raise CheckpointError(f"{folder / CONFIG} can't be read ({error.strerror}): mend its folder") from error
    if not isinstance(values, dict):
        raise CheckpointError(f"{CONFIG} holds no names and values: fetch or save the checkpoint again")
    return values


def _save_file(tensors: dict[str, torch.Tensor], path: Path) -> None:
    """A full disk is an OSError everywhere else, too."""
    try:
        save_file(tensors, path)
    except SafetensorError as error:
        raise OSError(f"{path} can't be written ({error}): make room, then go on") from error
    path.chmod(0o644)  # safetensors lets its owner alone read it


def _check_numbers(weights: dict[str, torch.Tensor]) -> None:
    """ValueError for weights that make every result empty or senseless without a word."""
    broken = [
        name for name, value in weights.items() if not np.isfinite(value.numpy()).all()
    ]  # numpy's needs no threads
    if broken:
        raise ValueError(f"{broken[0]} holds numbers that are not finite")


def _half(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """float16 in place of other floats. Raises CheckpointError for numbers that it can't hold."""
    halves = {name: (v.half() if v.is_floating_point() else v).contiguous() for name, v in state.items()}
    if broken := [name for name, value in halves.items() if not value.isfinite().all()]:
        largest = state[broken[0]].abs().max().item()
        raise CheckpointError(
            f"{broken[0]} holds numbers up to {largest:g}, but float16, as which weights are kept, ends at 65504: train"
            " anew with a lower rate"
        )
    return halves


def _whole(value: torch.Tensor) -> torch.Tensor:
    return value.float() if value.is_floating_point() else value


def _replace(folder: Path, fresh: Path) -> None:
    """Put `fresh` where `folder` is; the old one is out of the way before, and gone after."""
    if not folder.exists():
        fresh.rename(folder)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
    folder.rename(old / folder.name)
    fresh.rename(folder)
    shutil.rmtree(old)
