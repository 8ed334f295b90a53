"""Every method behind one call: a name gives something that turns a photo of a face into probability maps."""

from __future__ import annotations

import logging
import os
from functools import lru_cache
from pathlib import Path

import torch

from wrinkleseg import checkpoint, hub, models
from wrinkleseg.checkpoint import CheckpointError, Config
from wrinkleseg.hub import HubError
from wrinkleseg.inference import DeviceError, Runtime
from wrinkleseg.methods.classical import CLASSICAL
from wrinkleseg.methods.kinds import (
    JOINT,
    ClassicalMethod,
    JointMethod,
    LearnedMethod,
    Method,
    MethodError,
    MethodInfo,
    join,
    skin_for,
)
from wrinkleseg.models import NamedMaps

__all__ = [
    "DEFAULT",
    "JOINT",
    "ClassicalMethod",
    "JointMethod",
    "LearnedMethod",
    "Method",
    "MethodError",
    "MethodInfo",
    "available",
    "join",
    "known",
    "learned",
    "load",
    "model_folder",
    "skin_for",
]

# Wrinkles by the one that finds them best, pores by the one that knows them.
DEFAULT = "unetpp+wrinkle-pore"
_log = logging.getLogger(__name__)


def load(name: str, device: str = "auto") -> Method:
    """The method of that name, of that folder (a checkpoint), of a repository of the Hub, or of several joined by "+".

    A repository is "hub:OWNER/NAME" or "hub:OWNER/NAME@REVISION"; see `hub.fetch`. device: "auto", "cpu" or "cuda".
    Raises MethodError for an unknown name, missing or broken weights, a Hub that can't be reached, a device that is not
    there.
    """
    names = name.split(JOINT)
    try:
        runtime = Runtime.choose(device)
        loaded = [_load(each, runtime) for each in names]
    except (DeviceError, CheckpointError, HubError) as error:
        raise MethodError(str(error)) from error
    return loaded[0] if len(loaded) == 1 else join(loaded)


def available() -> list[MethodInfo]:
    """The methods that `load` can give on this machine, networks first."""
    # Networks without weights, which would be left out, are not even built.
    there = [_network_info(name) for name in models.BUILDERS if _has_weights(name)]
    return [info for info in [*there, *_classical_infos()] if info.ready]


def known() -> list[MethodInfo]:
    """All methods; a network without weights is there with `ready` False, so that its size can be read.

    So is one with broken weights, which costs a warning: the others work.
    """
    return [*(_network_info(name) for name in models.BUILDERS), *_classical_infos()]


def model_folder(name: str) -> Path:
    """Where a network's shipped weights lie (`WRINKLESEG_MODELS`, else assets/models beside the library)."""
    assets = Path(__file__).resolve().parents[2] / "assets" / "models"
    return Path(os.environ.get("WRINKLESEG_MODELS", assets)) / name


def _load(name: str, runtime: Runtime) -> Method:
    if name in CLASSICAL:
        return CLASSICAL[name]
    if name in models.BUILDERS:
        if not _has_weights(name):
            raise MethodError(f"no weights of {name!r} are here; train it (python -m train), or choose {_choices()}")
        return learned(model_folder(name), runtime, name)
    if name.startswith(hub.PREFIX):
        return learned(hub.fetch(*hub.address(name)), runtime, name)
    if (Path(name) / checkpoint.CONFIG).is_file():
        return learned(Path(name), runtime, name)
    raise MethodError(
        f"no method is called {name!r}; choose {_choices()}, two joined by +, a checkpoint's folder, or hub:OWNER/NAME"
    )


def learned(folder: Path, runtime: Runtime, name: str) -> LearnedMethod:
    """The method that a checkpoint's folder holds. Raises CheckpointError."""
    config, model, weights = _opened(folder, _stamp(folder))
    info = _info(name, config, models.parameter_count(model), weights)
    return LearnedMethod(info, config, runtime.place(models.for_evaluation(model)), runtime)


def _network_info(name: str) -> MethodInfo:
    if _has_weights(name):
        folder = model_folder(name)
        try:
            config, model, weights = _opened(folder, _stamp(folder))
            return _info(name, config, models.parameter_count(model), weights)
        except CheckpointError as error:
            _log.warning("%s is left out: %s", name, error)
    with torch.device("meta"):  # its size is all that is asked: no weights are drawn
        model = models.build(name)
    count = models.parameter_count(model)
    return MethodInfo(name, f"{name}, untrained", model.tasks, count, models.SOURCES[name], "", "", {}, ready=False)


def _has_weights(name: str) -> bool:
    return (model_folder(name) / checkpoint.CONFIG).is_file()


def _classical_infos() -> list[MethodInfo]:
    return [method.info for method in CLASSICAL.values()]


@lru_cache(maxsize=2)
def _opened(folder: Path, stamp: tuple[int, ...]) -> tuple[Config, NamedMaps, str]:
    """A checkpoint as `checkpoint.load_usable` gives it, and its weights' hash. Who asks what is here loads it next.

    The network is not to be changed. stamp: see `_stamp`; other files are read anew. Raises CheckpointError.
    """
    return *checkpoint.load_usable(folder), checkpoint.weights_hash(folder)


def _stamp(folder: Path) -> tuple[int, ...]:
    """Changes with a checkpoint's files; empty where one is missing, which `checkpoint.load` says better."""
    files = [folder / checkpoint.CONFIG, folder / checkpoint.WEIGHTS]
    if not all(file.is_file() for file in files):
        return ()
    return tuple(part for file in files for part in (file.stat().st_mtime_ns, file.stat().st_size, file.stat().st_ino))


def _info(name: str, config: Config, parameters: int, weights: str) -> MethodInfo:
    tasks = tuple(config.settings["tasks"])
    return MethodInfo(
        name, config.title, tasks, parameters, config.source, config.licence, weights, dict(config.thresholds)
    )


def _choices() -> str:
    return ", ".join(info.name for info in available())
