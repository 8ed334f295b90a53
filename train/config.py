"""What a run is: one frozen dataclass, checked before any work, saved with the run and read back to repeat it."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from eval.readers import DataSource
from eval.samples import SPLIT_NAMES
from eval.splits import FOLDS
from train.augment import Augment
from train.losses import LOSSES
from train.sources import OF_FACES, SOURCES, source_names
from wrinkleseg.models import BUILDERS
from wrinkleseg.preprocess import Preprocess

IMAGENET = "imagenet"
# Seeds and counts go into torch, which knows 64 bits.
_ENDLESS = 2**63
PRECISIONS = ("auto", "float32", "bfloat16")


class ConfigError(ValueError):
    """A setting makes no sense; the message says which and what would."""


@dataclass(frozen=True)
class Run:
    """One training run.

    model, settings: which network, and what its builder takes, `tasks` among them.
    preprocess: how photos become its input.
    augment: how crops are changed, a plan for each task.
    batch: crops a step over all processes, by task and source, such as {"wrinkle": {"human": 6, "synthetic": 2}}.
    losses: what is added up for each task, such as {"wrinkle": {"dice": 1, "focal": 10}}.
    shares: weight of each task in the whole loss; a task that is not named weighs 1.
    data: where photos with human masks come from. faces: folder of photos without masks, its subfolders included, which the
        sources "weak", "taught" and "portraits" take in place of the shared portraits; "" for those.
    fold: None for the data's own split, else which of five folds by photo is the test part.
    learn_from: sides of the split whose photos teach; ("train", "validation") and all three are for a recipe whose steps
        and threshold are settled, since nothing is left to choose them on.
    repeat: how many times each photo of an annotator stands among the photos to draw from, such as {"B": 3}; others once.
    steps: how many. rate: the highest learning rate, reached after `warm_up` steps; the encoder's is `encoder_rate`
        times that. weight_decay: of convolutions' weights. clip: largest norm of the gradient.
    average: decay of the running mean of the weights, which is what is saved.
    start: folder of a checkpoint of the same network whose weights to start from, "imagenet" for an encoder that has seen
        ImageNet, "" for random ones.
    teacher: name or folder of the method that the source "taught" learns from.
    precision: "bfloat16", "float32", or "auto" for what is fast on the device.
    channels_last: memory layout while training.
    validate_every, save_every: steps between looks at the validation photos, and between saves to resume from.
    workers: processes that cut crops; 0 cuts them in the training process. seed: of weights, crops and changes.
    title: for people. preset: the name of the recipe that the run was made from.
    """

    model: str
    settings: dict
    preprocess: Preprocess
    augment: dict[str, Augment]
    batch: dict[str, dict[str, int]]
    losses: dict[str, dict[str, float]]
    shares: dict[str, float] = field(default_factory=dict)
    data: DataSource = field(default_factory=lambda: DataSource("shared"))
    faces: str = ""
    fold: int | None = None
    learn_from: tuple[str, ...] = ("train",)
    repeat: dict[str, int] = field(default_factory=dict)
    steps: int = 2000
    rate: float = 1e-3
    encoder_rate: float = 1.0
    warm_up: int = 100
    weight_decay: float = 1e-2
    clip: float = 1.0
    average: float = 0.995
    start: str = ""
    teacher: str = ""
    precision: str = "auto"
    channels_last: bool = True
    validate_every: int = 250
    save_every: int = 50
    workers: int = 0
    seed: int = 1
    title: str = ""
    preset: str = ""

    def __post_init__(self) -> None:
        self._check_names()
        self._check_numbers()
        self._check_batch()

    @property
    def tasks(self) -> list[str]:
        """The maps that the network gives, in order."""
        return list(self.settings["tasks"])

    def to_dict(self) -> dict:
        """Plain values, for run.json."""
        return {**asdict(self), "preprocess": self.preprocess.to_dict()}

    @classmethod
    def from_dict(cls, values: Mapping) -> Run:
        """The inverse of `to_dict`. Raises ConfigError for unknown or missing settings."""
        try:
            return cls(
                **{
                    **values,
                    "preprocess": Preprocess.from_dict(values["preprocess"]),
                    "augment": {task: _augment(plan) for task, plan in values["augment"].items()},
                    "data": DataSource(**values["data"]),
                    "learn_from": tuple(values.get("learn_from", ("train",))),
                }
            )
        except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
            raise ConfigError(f"this does not describe a run ({error}): expected the run.json of a training") from error

    @classmethod
    def load(cls, path: Path) -> Run:
        """Read a run.json. Raises ConfigError."""
        try:
            values = json.loads(path.read_text())
        except OSError as error:
            raise ConfigError(f"no {path} to read ({error.strerror}): give the run.json of a training") from error
        except (RecursionError, ValueError) as error:
            raise ConfigError(f"{path} is not JSON ({error}): give the run.json of a training") from error
        return cls.from_dict(values)

    def changed(self, changes: Mapping) -> Run:
        """The same run with some settings changed, checked again."""
        return dataclasses.replace(self, **changes)

    def _check_names(self) -> None:
        _known("network", [self.model], BUILDERS)
        _known("precision", [self.precision], PRECISIONS)
        _known("side of the split", self.learn_from, SPLIT_NAMES)
        _known("task of this network", self.shares, self.tasks)
        for task, sources in self.batch.items():
            _known("task of this network", [task], self.tasks)
            _known(f"source of {task}s", sources, SOURCES.get(task, {}))
            _known("task with a loss", [task], self.losses)
            _known("task with an augmentation", [task], self.augment)
            _known("task with a face width", [task], self.preprocess.face_width)
        for parts in self.losses.values():
            _known("loss", parts, LOSSES)
        if not isinstance(self.faces, str):
            raise ConfigError(f"faces must be a folder's name, got {self.faces!r}")
        drawn = source_names(self.batch)
        if self.faces and not drawn & OF_FACES:
            raise ConfigError(
                f"faces are for the sources {', '.join(sorted(OF_FACES))}, got {', '.join(sorted(drawn))}"
            )

    def _check_numbers(self) -> None:
        for name in ("steps", "validate_every", "save_every"):
            _whole(name, getattr(self, name), 1)
        for name in ("warm_up", "workers", "seed"):
            _whole(name, getattr(self, name), 0)
        for annotator, times in self.repeat.items():
            _whole(f"repeat of annotator {annotator}", times, 1)
        positive = {name: getattr(self, name) for name in ("rate", "encoder_rate", "clip")}
        for name, value in (positive | {f"the share of {task}s": share for task, share in self.shares.items()}).items():
            if not (_is_number(value) and value > 0):
                raise ConfigError(f"{name} must be a number above 0, got {value!r}")
        if not (_is_number(self.weight_decay) and self.weight_decay >= 0):
            raise ConfigError(f"weight_decay must be a number, 0 or more, got {self.weight_decay!r}")
        if not (_is_number(self.average) and 0 <= self.average < 1):
            raise ConfigError(f"average must be from 0 to below 1, got {self.average}")
        if "train" not in self.learn_from:
            raise ConfigError(f"learn_from must have train in it, got {self.learn_from}")
        if self.fold is not None:
            _whole("fold", self.fold, 0)
        if self.fold is not None and ("test" in self.learn_from or self.fold not in range(FOLDS)):
            raise ConfigError(
                f"fold must be 0 to {FOLDS - 1} and goes without learning from test, got fold {self.fold}"
            )
        if self.settings.get("in_channels", 3) != self.preprocess.channels:
            raise ConfigError(
                f"in_channels must be {self.preprocess.channels}, as many as preprocess gives, got {self.settings}"
            )

    def _check_batch(self) -> None:
        counts = [count for sources in self.batch.values() for count in sources.values()]
        if not counts or not all(_is_whole(count) and count >= 1 for count in counts):
            raise ConfigError(f"batch must give 1 or more crops for each source of each task, got {self.batch}")
        if bool(self.teacher) != any("taught" in sources for sources in self.batch.values()):
            raise ConfigError(f"the source 'taught' and a teacher go together, got teacher {self.teacher!r}")
        if len({self.augment[task].crop for task in self.batch}) > 1:
            raise ConfigError(f"all tasks need crops of one size to go through together, got {self.augment}")


def _known(what: str, names, choices) -> None:
    for name in names:
        if name not in choices:
            raise ConfigError(f"no {what} is called {name!r}; choose one of: {', '.join(choices)}")


def _whole(name: str, value: object, least: int) -> None:
    if not _is_whole(value) or not least <= value < _ENDLESS:
        raise ConfigError(f"{name} must be a whole number, {least} or more and below 2**63, got {value!r}")


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    """No text, as JSON may hold it, no NaN, nothing endless."""
    return (isinstance(value, float) and math.isfinite(value)) or _is_whole(value)


def _augment(values: Mapping) -> Augment:
    """JSON has no tuples."""
    return Augment(**{key: tuple(value) if isinstance(value, list) else value for key, value in values.items()})
