"""`python -m train speed`: crops a second of a training step beside a plain loop over the same network and crops."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from torch import Tensor, nn
from torch.optim import AdamW
from torch.utils.data import DataLoader, Dataset

from eval.speed.apart import apart
from eval.speed.plain import plain
from eval.speed.timing import Ratio, summed_up
from train.augment import augmented
from train.config import Run
from train.data import Feed
from train.learner import Learner, open_accelerator
from train.loop import train_step
from train.losses import weighted_sum
from train.presets import PRESETS, preset
from train.sources import Scene

ASKED = {"cpu": 2.0, "cuda": 3.0}
_SIDE, _SCENES = 800, 8


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command's options."""
    command = commands.add_parser("speed", help="crops a second beside a plain training loop", description=__doc__)
    command.add_argument(
        "--preset", default="best", choices=PRESETS, help="recipe whose network, crops and loss are taken (best)"
    )
    command.add_argument("--rounds", type=int, default=5, help="how often both are timed in turns (5)")
    command.add_argument("--steps", type=int, default=3, help="training steps in each turn (3)")
    command.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="where to compute (auto)")
    command.add_argument("--output", type=Path, help="file for the figures as JSON")
    command.set_defaults(command=main)


def main(options: argparse.Namespace) -> str:
    """Measure, write, and say it in a line."""
    found = ratio(options.preset, options.device, options.rounds, options.steps)
    if options.output:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(json.dumps(found.to_dict(), indent=1))
    return f"{found.name}: {found.ratio:.2f} times [{found.low:.2f}, {found.high:.2f}] the plain loop's"


def ratio(name: str, device: str = "auto", rounds: int = 5, steps: int = 3) -> Ratio:
    """Seconds for one crop, ours and plainly, on made scenes: no data is needed."""
    run = measured(name)
    ours = _Ours(run, device)
    crops = run.batch["wrinkle"]["human"] * steps
    with apart(_Plain, run, device) as plain:
        ours(steps), plain(steps)
        taken = np.array([[ours(steps) / crops, plain(steps) / crops] for _ in range(rounds)])
    facts = {
        "crops a second": float(1 / np.median(taken[:, 0])),
        "crops a second, plain": float(1 / np.median(taken[:, 1])),
        "share of the time spent waiting for crops": ours.waited / ours.total,
    }
    place = ours.learner.runtime.device.type
    words = "python -m train", "float32, NCHW, changes of each crop on the processor, default loader"
    return summed_up(f"training, a crop on {place}", words, taken, ASKED[place], facts)


def measured(name: str) -> Run:
    """A recipe with all its wrinkle crops from one source, for time doesn't ask where scenes come from, and no teacher."""
    run = preset(name)
    batch = {"wrinkle": {"human": sum(run.batch["wrinkle"].values())}}
    return run.changed({"start": "", "steps": 10_000, "teacher": "", "batch": batch})


def made_scenes(seed: int = 0) -> list[Scene]:
    """Noise with dark lines: what is in a picture doesn't matter for time."""
    rng = np.random.default_rng(seed)
    return [_made_scene(rng) for _ in range(_SCENES)]


def _made_scene(rng: np.random.Generator) -> Scene:
    target = np.zeros((_SIDE, _SIDE), np.uint8)
    target[rng.integers(0, _SIDE, 20)] = 255
    rgb = rng.integers(60, 200, (_SIDE, _SIDE, 3), dtype=np.uint8)
    anchors = rng.uniform(200, _SIDE - 200, (500, 2)).astype(np.float32)
    return Scene(rgb, target, np.full_like(target, 255), anchors)


class _Ours:
    """Steps as `train.loop.fit` takes them; says how long it waited for crops."""

    def __init__(self, run: Run, device: str) -> None:
        self.learner = Learner.first(run, open_accelerator(run, device))
        on_gpu = self.learner.runtime.device.type == "cuda"
        feed = Feed(run, {"wrinkle": {"human": made_scenes()}})
        # On a GPU, other processes cut crops while it computes; on processors they would only take its time.
        workers = 4 if on_gpu else 0
        self.cuts = iter(
            DataLoader(feed, batch_size=None, sampler=range(1, run.steps), num_workers=workers, pin_memory=on_gpu)
        )
        self.step, self.waited, self.total = 0, 0.0, 0.0

    def __call__(self, steps: int) -> float:
        start = time.perf_counter()
        for _ in range(steps):
            before = time.perf_counter()
            cuts = next(self.cuts)
            self.waited += time.perf_counter() - before
            self.step += 1
            loss = train_step(self.learner, cuts, self.step)
        loss.item()
        taken = time.perf_counter() - start
        self.total += taken
        return taken


class _Plain:
    """What a hand-made script does: each crop is changed and made a tensor when the loader asks for it."""

    def __init__(self, run: Run, device: str) -> None:
        learner = Learner.first(run, open_accelerator(run, device))
        self.device = learner.runtime.device
        self.model: nn.Module = plain(run.settings, learner.model).to(self.device).train()
        self.optimiser = AdamW(self.model.parameters(), lr=run.rate)
        self.loss = weighted_sum(run.losses["wrinkle"])
        self.batches = _forever(DataLoader(_Crops(run), batch_size=run.batch["wrinkle"]["human"]))

    def __call__(self, steps: int) -> float:
        start = time.perf_counter()
        for _ in range(steps):
            inputs, target, weight = (part.to(self.device) for part in next(self.batches))
            self.optimiser.zero_grad()
            loss = self.loss(self.model(inputs)["wrinkle"], target, weight)
            loss.backward()
            self.optimiser.step()
            loss.item()
        return time.perf_counter() - start


class _Crops(Dataset):
    """One changed crop an item, as the network takes it: inputs, target and weight."""

    def __init__(self, run: Run) -> None:
        one = run.changed({"batch": {"wrinkle": {"human": 1}}})
        self.run, self.feed = run, Feed(one, {"wrinkle": {"human": made_scenes()}})

    def __len__(self) -> int:
        return 10_000

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor, Tensor]:
        cuts = self.feed[index]["wrinkle"]
        rgb, masks = augmented(cuts.rgb[0], cuts.masks[0], self.run.augment["wrinkle"], cuts.seeds[0])
        width = self.run.preprocess.face_width["wrinkle"]
        inputs = self.run.preprocess.tensor(rgb.permute(1, 2, 0).numpy(), width)
        known = masks.float() / 255
        return inputs, known[0], known[1]


def _forever(loader: DataLoader) -> Iterator:
    while True:
        yield from loader
