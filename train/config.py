"""What a run is: one frozen dataclass, checked before any work, and a preset for each network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field

from train.augment import Augment
from wrinkleseg.models import BUILDERS
from wrinkleseg.preprocess import Preprocess


class ConfigError(ValueError):
    """A setting makes no sense; the message says which and what would."""


@dataclass(frozen=True)
class Run:
    """One training run.

    model, settings: which network, and what its builder takes, `tasks` among them.
    preprocess: how photos become its input. augment: how crops are changed, one plan a task.
    batch: crops a step, by task. steps: how many. rate: the highest learning rate, reached after `warm_up` steps.
    average: decay of the running mean of the weights, which is what is saved.
    start: folder of a checkpoint of the same network whose weights to start from; "" starts from random ones.
    channels_last: memory layout while training; faster for depthwise convolutions, slower for plain ones (on CPU).
    validate_every: steps between looks at the validation photos. seed: of weights, crops and changes.
    """

    model: str
    settings: dict
    preprocess: Preprocess
    augment: dict[str, Augment]
    batch: dict[str, int]
    steps: int = 2000
    rate: float = 1e-3
    warm_up: int = 100
    weight_decay: float = 1e-2
    average: float = 0.995
    start: str = ""
    channels_last: bool = True
    validate_every: int = 250
    seed: int = 1
    title: str = ""
    notes: dict = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.model not in BUILDERS:
            raise ConfigError(f"no network is called {self.model!r}; choose one of: {', '.join(BUILDERS)}")
        if self.steps < 1 or self.validate_every < 1:
            raise ConfigError(f"steps and validate_every must be 1 or more, got {self.steps}, {self.validate_every}")
        if set(self.batch) - set(self.settings["tasks"]) or min(self.batch.values(), default=0) < 1:
            raise ConfigError(
                f"batch must give 1 or more crops for tasks of {self.settings['tasks']}, got {self.batch}"
            )
        if len({self.augment[task].crop for task in self.batch}) > 1:
            raise ConfigError(f"all tasks need crops of one size to go through together, got {self.augment}")

    def to_dict(self) -> dict:
        """Plain values, for run.json."""
        return {**asdict(self), "preprocess": self.preprocess.to_dict()}


def unetpp() -> Run:
    """Paper W's network and losses; small encoder, so that it trains on two processor cores."""
    return Run(
        model="unetpp",
        settings={
            "tasks": ["wrinkle"],
            "encoder": "tu-mobilenetv3_large_100",
            "decoder_channels": [96, 48, 24, 16, 8],
            "in_channels": 4,
        },
        preprocess=Preprocess(face_width={"wrinkle": 320}, texture=True),
        augment={"wrinkle": Augment(crop=224)},
        batch={"wrinkle": 4},
        title="UNet++ for wrinkles",
    )


def wrinkle_pore() -> Run:
    """Paper P's network: wrinkles and pores in one, each at the width of face at which it shows."""
    return Run(
        model="wrinkle-pore",
        settings={"tasks": ["wrinkle", "pore"], "in_channels": 4},
        preprocess=Preprocess(face_width={"wrinkle": 240, "pore": 1200}, texture=True, largest_enlargement=1.0),
        augment={
            "wrinkle": Augment(crop=160, scale=(0.8, 1.3)),
            "pore": Augment(crop=160, scale=(0.7, 1.25), turn=180),
        },
        batch={"wrinkle": 4, "pore": 1},
        steps=700,
        channels_last=False,
        validate_every=100,
        title="Small attention U-Net for wrinkles and pores",
    )


PRESETS: dict[str, Callable[[], Run]] = {"unetpp": unetpp, "wrinkle-pore": wrinkle_pore}
