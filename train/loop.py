"""The training loop: `fit` tells the story, `train_step` and `validate` do the work."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR
from tqdm import tqdm

from eval.thresholds import best_threshold
from train.config import Run
from train.data import Batch, batches, pore_scenes, training_samples, wrinkle_scenes
from train.losses import dice_focal_loss
from train.validation import Validation
from wrinkleseg import checkpoint
from wrinkleseg.inference import Runtime
from wrinkleseg.models import NamedMaps, build


def fit(run: Run, data: Path, output: Path, device: str = "auto") -> Path:
    """Train, keep the weights that did best on the validation photos, and give the folder that holds them."""
    output.mkdir(parents=True, exist_ok=True)
    (output / "run.json").write_text(json.dumps(run.to_dict(), indent=2) + "\n")
    torch.manual_seed(run.seed)
    runtime = Runtime.choose(device)
    streams = _streams(run, data)
    validation = Validation.load(data, run.settings["tasks"])
    model = _first_model(run).to(runtime.device, memory_format=_layout(run))
    mean = WeightMean(model, run.average)
    optimiser = AdamW(_groups(model, run.weight_decay), lr=run.rate)
    schedule = LambdaLR(optimiser, lambda step: warm_cosine(step, run.warm_up, run.steps))
    best = -math.inf
    bar = tqdm(range(1, run.steps + 1), desc=run.model)
    for step in bar:
        work = {task: next(stream) for task, stream in streams.items()}
        loss = train_step(model, optimiser, work, runtime, _layout(run))
        schedule.step()
        mean.update(model, step)
        bar.set_postfix(loss=f"{loss:.3f}", best=f"{best:.3f}")
        if step % run.validate_every == 0 or step == run.steps:
            best = max(best, _keep_if_best(run, mean.model, runtime, validation, best, step, loss, output))
    return output / "best"


def train_step(
    model: NamedMaps, optimiser: AdamW, work: dict[str, Batch], runtime: Runtime, layout: torch.memory_format
) -> float:
    """One step over a batch of every task; gives the loss before it.

    The crops of all tasks go through together, so that batch norm sees the mixture that its running mean will stand for.
    """
    model.train()
    optimiser.zero_grad(set_to_none=True)
    inputs = torch.cat([batch.inputs for batch in work.values()])
    with runtime.autocast():
        maps = model(inputs.to(runtime.device, memory_format=layout))
    loss = sum(_losses(maps, work, runtime.device))
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()
    return loss.item()


def _losses(maps: dict[str, Tensor], work: dict[str, Batch], device: torch.device) -> Iterator[Tensor]:
    """Each task's loss on its own crops; nobody annotated the other tasks' crops for it."""
    first = 0
    for task, batch in work.items():
        logits = maps[task][first : first + len(batch.inputs)].float()
        yield dice_focal_loss(logits, batch.target.to(device), batch.weight.to(device))
        first += len(batch.inputs)


def warm_cosine(step: int, warm_up: int, steps: int) -> float:
    """Share of the highest learning rate: up in a line over `warm_up` steps, then down to 0 along a cosine."""
    if step < warm_up:
        return (step + 1) / warm_up
    return 0.5 * (1 + math.cos(math.pi * min(1.0, (step - warm_up) / max(1, steps - warm_up))))


class WeightMean:
    """Running mean of a model's weights; `model` holds it. Buffers (batch norm's statistics) are averaged too."""

    def __init__(self, model: NamedMaps, decay: float) -> None:
        self.model = copy.deepcopy(model).eval()
        self.decay = decay

    @torch.no_grad()
    def update(self, model: NamedMaps, step: int) -> None:
        """Take in the weights after `step`; early steps weigh more, for the first weights are random."""
        decay = min(self.decay, (1 + step) / (10 + step))
        for mean, now in zip(self.model.state_dict().values(), model.state_dict().values(), strict=True):
            _towards(mean, now, 1 - decay)


def _towards(mean: Tensor, now: Tensor, share: float) -> None:
    if mean.is_floating_point():
        mean.lerp_(now, share)
    else:
        mean.copy_(now)


def _keep_if_best(
    run: Run,
    model: NamedMaps,
    runtime: Runtime,
    validation: Validation,
    best: float,
    step: int,
    loss: float,
    output: Path,
) -> float:
    """Score the mean weights, write a line of the log, save them if they did better than ever; gives the score."""
    sweeps = validation.sweep(model, run.preprocess, runtime)
    chosen = {task: best_threshold(sweep) for task, sweep in sweeps.items()}
    score = sum(value for _, value in chosen.values()) / len(chosen)
    line = {"step": step, "loss": loss, "score": score, "f1": {task: value for task, (_, value) in chosen.items()}}
    with (output / "log.jsonl").open("a") as log:
        log.write(json.dumps(line) + "\n")
    if score > best:
        thresholds = {task: threshold for task, (threshold, _) in chosen.items()}
        checkpoint.save(output / "best", _config(run, thresholds, line), model)
    return score


def _config(run: Run, thresholds: dict[str, float], line: dict) -> checkpoint.Config:
    training = {"steps": run.steps, "rate": run.rate, "seed": run.seed, "kept_step": line["step"]}
    training |= {"validation_f1": line["f1"]}
    if run.start:
        training["after"] = checkpoint.load_config(Path(run.start)).training
    return checkpoint.Config(
        run.model, run.settings, run.preprocess, thresholds, run.title, training=training, **run.notes
    )


def _layout(run: Run) -> torch.memory_format:
    return torch.channels_last if run.channels_last else torch.contiguous_format


def _first_model(run: Run) -> NamedMaps:
    """The network as training finds it: random, or with the weights of an earlier run."""
    model = build(run.model, **run.settings)
    if run.start:
        model.load_state_dict(checkpoint.load(Path(run.start))[1].state_dict())
    return model


def _streams(run: Run, data: Path) -> dict[str, Iterator[Batch]]:
    scenes = {}
    if "wrinkle" in run.batch:
        scenes["wrinkle"] = wrinkle_scenes(training_samples(data), run.preprocess)
    if "pore" in run.batch:
        scenes["pore"] = pore_scenes(data, run.preprocess)
    return {
        task: batches(scenes[task], run.augment[task], size, run.preprocess, task, run.seed)
        for task, size in run.batch.items()
    }


def _groups(model: nn.Module, decay: float) -> list[dict]:
    """Weights of convolutions decay; biases and batch norm's scales don't."""
    decaying = [p for p in model.parameters() if p.ndim > 1]
    plain = [p for p in model.parameters() if p.ndim <= 1]
    return [{"params": decaying, "weight_decay": decay}, {"params": plain, "weight_decay": 0.0}]
