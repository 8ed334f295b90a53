"""The training loop: `fit` tells the story, `train_step` and `validate` do the work."""

from __future__ import annotations

import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from accelerate import Accelerator
from torch import Tensor
from torch.utils.data import DataLoader
from tqdm import tqdm

from eval.samples import SPLIT_NAMES, Sample
from train import state
from train.ancestry import sides
from train.config import IMAGENET, Run
from train.data import Cuts, Feed, open_feed, prepare, run_samples, shared_folder
from train.learner import Learner, open_accelerator
from train.logs import Log
from train.losses import by_task
from train.state import Interrupts, Progress, Stopped
from train.validation import Validation, told
from wrinkleseg import checkpoint, models

LINE_EVERY = 10
_NO_CHOICE = "no validation photo chooses: the last weights are kept, thresholds are those of the start, else 0.5"


def fit(run: Run, output: Path, device: str = "auto", resume: bool = False) -> Path:
    """Train, keep the weights that did best on the validation photos, and give the folder that holds them.

    output: holds run.json, log.jsonl, trackio/, state/ and best/. resume: go on with the run there from its last save;
    where there is none yet, begin. On a processor the end is bit for bit the one that the run would have come to
    undisturbed; a GPU does not add up in one order each time, so that there it is only nearly so. Several processes, as
    `accelerate launch --multi_gpu` starts them, share the run's batch; with device "cpu" they do so on processors.

    Raises:
        ConfigError, CheckpointError, DataError, DeviceError, StateError: what the run needs is not as it must be.
        Stopped: Ctrl-C or SIGTERM came; where the run stands is saved.
    """
    accelerator = open_accelerator(run, device)
    state.check_folder(output, run, resume)
    accelerator.wait_for_everyone()
    learner = Learner.first(run, accelerator)
    feed = _open_feed(run, accelerator)
    progress = _restore(learner, output)
    judge = _judge(run) if accelerator.is_main_process else Validation({})
    log = _open_log(output, run, progress, judge) if accelerator.is_main_process else None
    pace = Pace(run, progress.step)
    with Interrupts() as interrupts:
        for step, cuts in _steps(run, feed, progress, accelerator):
            loss, stop = learner.agree(train_step(learner, cuts, step), interrupts.number)
            progress.add(step, loss)
            if log and (step % LINE_EVERY == 0 or step == run.steps):
                _line(log, progress, learner, pace)
            with pace.paused():
                if log and (step % run.validate_every == 0 or step == run.steps):
                    validate(learner, judge, progress, log, output)
                if step % run.save_every == 0 or step == run.steps or stop:
                    _save(learner, progress, output)
            if stop and step < run.steps:
                raise Stopped(step, stop)
    return output / "best"


def train_step(learner: Learner, cuts: dict[str, Cuts], step: int) -> Tensor:
    """One step over crops of every task; gives this process' loss before it.

    The crops of all tasks go through together, so that batch norm sees the mixture that its running mean will stand for.
    """
    learner.begin(step)
    run, device = learner.run, learner.runtime.device
    work = {task: prepare(each, run.augment[task], run.preprocess, task, device) for task, each in cuts.items()}
    maps = learner.forward(torch.cat([batch.inputs for batch in work.values()]))
    loss = by_task(
        _own(maps, {task: len(batch.inputs) for task, batch in work.items()}),
        {task: batch.target for task, batch in work.items()},
        {task: batch.weight for task, batch in work.items()},
        learner.losses,
        {task: run.shares.get(task, 1.0) for task in work},
    )
    learner.improve(loss, step)
    return loss.detach()


def validate(learner: Learner, judge: Validation, progress: Progress, log: Log, output: Path) -> None:
    """Score the mean weights, write a line of the log, keep them if they did better than ever."""
    network = learner.runtime.place(models.for_evaluation(learner.mean.model))
    chosen = judge.choose(network, learner.run.preprocess, learner.runtime)
    thresholds = carried(learner.run) | {task: choice.threshold for task, choice in chosen.items()}
    f1 = told(chosen)
    score = sum(choice.score for choice in chosen.values()) / len(chosen) if chosen else None
    if score is not None:
        log.line(step=progress.step, score=score, f1=f1, thresholds=thresholds)
    if score is None or progress.best is None or score > progress.best:
        config = _config(learner.run, thresholds, progress.step, f1)
        checkpoint.save(output / "best", config, learner.mean.model)
        progress.best = score


class Pace:
    """How many crops a second go through all processes while they train, since it was asked last."""

    def __init__(self, run: Run, step: int) -> None:
        self._crops = sum(count for sources in run.batch.values() for count in sources.values())
        self._step, self._time = step, time.perf_counter()

    def since_last(self, step: int) -> float:
        """Crops a second up to `step`."""
        now = time.perf_counter()
        rate = (step - self._step) * self._crops / (now - self._time)
        self._step, self._time = step, now
        return rate

    @contextmanager
    def paused(self) -> Iterator[None]:
        """What is done inside takes no time."""
        start = time.perf_counter()
        yield
        self._time += time.perf_counter() - start


def carried(run: Run) -> dict[str, float]:
    """Thresholds for tasks that no validation photo chooses one for: those of the checkpoint started from, else 0.5."""
    before = {} if run.start in ("", IMAGENET) else checkpoint.load_config(Path(run.start)).thresholds
    return {task: before.get(task, 0.5) for task in run.tasks}


def _own(maps: dict[str, Tensor], counts: dict[str, int]) -> dict[str, Tensor]:
    """Each task's logits on its own crops; nobody annotated the other tasks' crops for it."""
    own, first = {}, 0
    for task, count in counts.items():
        own[task] = maps[task][first : first + count].float()
        first += count
    return own


def _steps(run: Run, feed: Feed, progress: Progress, accelerator: Accelerator) -> Iterator[tuple[int, dict[str, Cuts]]]:
    """The steps that are left, with what they learn from; a bar shows the time left."""
    left = range(progress.step + 1, run.steps + 1)
    loader = DataLoader(
        feed,
        batch_size=None,
        sampler=left,
        num_workers=run.workers,
        pin_memory=accelerator.device.type == "cuda",
        worker_init_fn=_deaf,
    )
    quiet = not accelerator.is_main_process
    with tqdm(total=run.steps, initial=progress.step, desc=run.model, disable=quiet) as bar:
        for step, cuts in zip(left, loader, strict=True):
            yield step, cuts
            if progress.best is not None:
                bar.set_postfix(best=f"{progress.best:.3f}", refresh=False)
            bar.update()


def _deaf(worker: int) -> None:
    """Ctrl-C reaches workers as well; the step that is under way still needs them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _open_feed(run: Run, accelerator: Accelerator) -> Feed:
    if accelerator.num_processes > 1:
        # What has to be fetched is fetched once.
        with accelerator.main_process_first():
            run_samples(run)
    device = "cpu" if accelerator.device.type == "cpu" else "cuda"
    return open_feed(run, accelerator.process_index, accelerator.num_processes, device)


def _judge(run: Run) -> Validation:
    """Photos that took no part in training, nor in that of the weights started from; none where they did."""
    if "validation" in [*run.learn_from, *sides(_before(run), run.data.layout)]:
        return Validation({})
    samples = run_samples(run)
    _tell_split(samples)
    photos = Validation.load(samples, list(run.batch), shared_folder(run)).photos
    return Validation({task: each for task, each in photos.items() if each})


def _tell_split(samples: list[Sample]) -> None:
    """Who brings photos of their own has to know that some of them are kept aside."""
    if not samples:
        return
    count = Counter(sample.split for sample in samples)
    told = "photos with masks: {train} to learn from, {validation} to choose by, {test} kept aside for testing"
    tqdm.write(told.format_map({side: count[side] for side in SPLIT_NAMES}), file=sys.stderr)


def _open_log(output: Path, run: Run, progress: Progress, judge: Validation) -> Log:
    """Nothing is written before all that a run needs is there, so that a failed start leaves no folder behind."""
    state.write_run(output, run)
    log = Log(output, progress.step)
    if not judge.photos and not progress.step:
        log.line(step=0, note=_NO_CHOICE)
    return log


def _line(log: Log, progress: Progress, learner: Learner, pace: Pace) -> None:
    rate = max(group["lr"] for group in learner.optimiser.param_groups)
    speed = round(pace.since_last(progress.step), 2)
    count = (progress.step - 1) % LINE_EVERY + 1
    log.line(step=progress.step, loss=progress.take_losses() / count, rate=rate, samples_per_second=speed)


def _restore(learner: Learner, output: Path) -> Progress:
    saved = state.load(output / state.FOLDER)
    if saved is None:
        return Progress()
    progress, tensors = saved
    learner.take(tensors)
    return progress


def _save(learner: Learner, progress: Progress, output: Path) -> None:
    """Others wait until it is done: the first process that ends takes the rest with it."""
    if learner.accelerator.is_main_process:
        state.save(output / state.FOLDER, progress, learner.tensors())
    learner.accelerator.wait_for_everyone()


def _config(run: Run, thresholds: dict[str, float], step: int, f1: dict[str, float]) -> checkpoint.Config:
    training = {
        name: getattr(run, name) for name in ("preset", "steps", "rate", "seed", "batch", "learn_from", "repeat")
    }
    training |= {"fold": run.fold, "data": run.data.layout} | ({"faces": "own"} if run.faces else {})
    training |= {"crop": max(run.augment[task].crop for task in run.batch), "kept_step": step, "validation_f1": f1}
    if run.start == IMAGENET:
        training["start"] = IMAGENET
    elif run.start:
        training["after"] = _before(run)
    return checkpoint.Config(run.model, run.settings, run.preprocess, thresholds, run.title, training=training)


def _before(run: Run) -> dict:
    """The record of the training that the run starts from; empty where it starts from none."""
    return {} if run.start in ("", IMAGENET) else checkpoint.load_config(Path(run.start)).training
