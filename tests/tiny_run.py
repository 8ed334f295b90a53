"""A run so small that tests can start, stop and kill it many times: a tiny network on made-up scenes.

As a program it is run by tests: `tiny_run.py fit OUTPUT` as one of several processes, `tiny_run.py stops FOLDER` to have
the same run stopped and killed in many ways, each in a process of its own that is forked after the slow imports.
"""

import functools
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from train import batchnorm, logs, loop
from train.augment import Augment
from train.config import Run
from train.data import Feed
from train.sources import Scene
from train.state import Stopped
from train.validation import Scored, Validation
from wrinkleseg import checkpoint, models
from wrinkleseg.geometry import Box
from wrinkleseg.models import NamedMaps
from wrinkleseg.preprocess import Preprocess


class Tiny(NamedMaps):
    """Two convolutions with batch norm and dropout between: 300 numbers."""

    def __init__(self, tasks=("wrinkle", "pore"), drop: float = 0.0, in_channels: int = 3, width: int = 8) -> None:
        super().__init__(tasks, multiple=2)
        self.body = nn.Sequential(
            nn.Conv2d(in_channels, width, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Dropout(drop),
        )
        self.head = nn.Conv2d(width, len(tasks), 3, padding=1)

    def logits(self, pictures: Tensor) -> Tensor:
        """float (N, C, H, W) to (N, tasks, H, W)."""
        small = self.head(self.body(pictures))
        return nn.functional.interpolate(small, size=pictures.shape[-2:], mode="bilinear")


def tiny_run(**changes) -> Run:
    """16 steps over both tasks, saved every 3 and looked at every 4."""
    plain = Run(
        model="tiny",
        settings={"tasks": ["wrinkle", "pore"]},
        preprocess=Preprocess({"wrinkle": 64, "pore": 64}, mirrored=()),
        augment={task: Augment(crop=32) for task in ("wrinkle", "pore")},
        batch={"wrinkle": {"human": 4}, "pore": {"human": 2}},
        losses={task: {"dice": 1.0, "focal": 1.0} for task in ("wrinkle", "pore")},
        steps=16,
        rate=1e-2,
        warm_up=4,
        average=0.8,
        precision="float32",
        validate_every=4,
        save_every=3,
    )
    return plain.changed(changes)


def scene(seed: int) -> Scene:
    """Dark lines on noise, which are the truth; their lower quarter is not annotated."""
    rng = np.random.default_rng(seed)
    rgb = rng.integers(120, 200, (96, 96, 3)).astype(np.uint8)
    target = np.zeros((96, 96), np.uint8)
    target[rng.integers(8, 88, 4)] = 255
    rgb[target > 0] //= 2
    weight = np.full((96, 96), 255, np.uint8)
    weight[72:] = 0
    return Scene(rgb, target, weight, np.argwhere(target)[:, ::-1].astype(np.float32))


def tiny_feed(run: Run, rank: int = 0, world: int = 1, device: str = "cpu") -> Feed:
    """Three scenes for each source."""
    scenes = {
        task: {name: [scene(10 * place + number) for number in range(3)] for name in sources}
        for place, (task, sources) in enumerate(run.batch.items())
    }
    return Feed(run, scenes, rank, world)


def tiny_judge(samples, tasks, data) -> Validation:
    """One photo for each task."""
    seen = scene(77)
    photo = Scored(seen.rgb, Box(0, 0, 96, 96), 64.0, seen.target > 0, seen.weight > 0)
    return Validation({task: [photo] for task in tasks})


def install(patch=setattr) -> None:
    """Put the made-up scenes in place of the real ones."""
    patch(loop, "open_feed", tiny_feed)
    patch(loop, "run_samples", lambda run: [])
    patch(loop.Validation, "load", tiny_judge)
    # Trackio has a test of its own; importing it takes longer than the run.
    patch(loop, "Log", functools.partial(logs.Log, show=lambda line: None))


def fit(output: Path, resume: bool = False, **changes) -> int:
    """One run; gives the exit status as `python -m train` does."""
    try:
        loop.fit(tiny_run(**changes), output, "cpu", resume)
    except Stopped as stop:
        print(stop, file=sys.stderr)
        return stop.status
    return 0


def several(output: Path) -> None:
    """The share of one process in a run, and in one call of batch norm over the crops of all."""
    fit(output)
    rank = torch.distributed.get_rank()
    checkpoint.save_tensors(output / f"norm-{rank}.safetensors", normalised(rank, batchnorm.share))


def normalised(rank: int, change=lambda model: model) -> dict[str, Tensor]:
    """Batch norm of three of four pictures (rank 0), the fourth (1) or all (2): output, gradients and running values."""
    torch.manual_seed(5)
    pictures, goal = torch.randn(4, 3, 6, 5) * 4 + 30, torch.randn(4, 3, 6, 5)
    model = nn.Sequential(nn.BatchNorm2d(3), nn.ReLU())
    model[0].weight.data.uniform_(0.5, 2)
    model = change(model)
    own = (slice(0, 3), slice(3, 4), slice(0, 4))[rank]
    mine = pictures[own].clone().requires_grad_()
    out = model(mine)
    (out * goal[own]).sum().backward()
    norm = model[0]
    gradients = {"slope": mine.grad, "weight": norm.weight.grad, "bias": norm.bias.grad}
    return {"out": out.detach(), **gradients, **{name: value.clone() for name, value in norm.named_buffers()}}


def stops(folder: Path) -> None:
    """The same run undisturbed, stopped by signals, killed at random and killed in the midst of saving."""
    status = {"plain": child(folder / "plain")}
    for name, number in (("term", signal.SIGTERM), ("int", signal.SIGINT)):
        status[name] = [child(folder / name, number), child(folder / name)]
    rng = random.Random(7)
    # By count, not by the clock: a fast machine would be done before it is killed.
    moments = [(rng.randint(1, 5), loop, "train_step", rng.random() < 0.5) for _ in range(4)]
    status["killed"] = [child(folder / "killed", deadly=moment) for moment in [*moments, None]]
    for name, deadly in DEADLY.items():
        status[name] = [child(folder / name, deadly=deadly), child(folder / name)]
    (folder / "status.json").write_text(json.dumps(status))


# Where a process is killed: by the number of a rename. The first two of a run write run.json and log.jsonl, then come two
# for each save: its tensors and the small file that names them.
DEADLY = {
    "before the tensors": (5, Path, "replace", False),
    "after the tensors": (5, Path, "replace", True),
    "before the switch": (6, Path, "replace", False),
    "after the switch": (6, Path, "replace", True),
    "no best": (2, Path, "rename", True),
    "after a log line": (3, logs.Log, "line", True),
}


def child(output: Path, number: int = 0, deadly: tuple | None = None) -> int:
    """One run in a forked process; its exit status. The signal is sent once the run has saved, for it listens then."""
    pid = os.fork()
    if not pid:
        if deadly:
            kill_at(*deadly)
        os._exit(fit(output, resume=output.exists(), settings={"tasks": ["wrinkle", "pore"], "drop": 0.2}))
    if number:
        while not (output / "state" / "progress.json").exists():
            time.sleep(0.02)
        os.kill(pid, number)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def kill_at(call: int, owner: object, name: str, after: bool = False) -> None:
    """Make the process kill itself with SIGKILL just before (or after) the call number `call` of `owner.name`."""
    inner, count = getattr(owner, name), iter(range(1, 10**6))

    def deadly(*args, **kwargs):
        mine = next(count) == call
        if mine and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = inner(*args, **kwargs)
        if mine:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, deadly)


if __name__ == "__main__":
    models.BUILDERS["tiny"] = Tiny
    install()
    torch.set_num_threads(1)
    {"fit": several, "stops": stops}[sys.argv[1]](Path(sys.argv[2]))
