"""Saving where a run stands, and going on from there to the same end."""

from __future__ import annotations

import json
import os
import signal
import threading
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from torch import Tensor

from train.config import Run
from wrinkleseg import checkpoint
from wrinkleseg.checkpoint import CheckpointError

FOLDER, RUN, PROGRESS = "state", "run.json", "progress.json"


class StateError(ValueError):
    """A run's folder can't be used as asked; the message says why and what to do."""


class Stopped(Exception):
    """A run was asked to stop and has saved where it stands. status: exit status, 128 plus the signal's number."""

    def __init__(self, step: int, number: int) -> None:
        super().__init__(f"stopped after step {step}; go on with --resume")
        self.step, self.status = step, 128 + number


class Diverged(ValueError):
    """A gradient is no finite number, so the run can't go on; what was saved before stays."""

    def __init__(self, step: int, rate: float) -> None:
        super().__init__(
            f"the gradient of step {step} is not finite, weights up to the last save are kept: train anew with a lower"
            f" --rate than {rate:g}, or with --precision float32"
        )
        self.step = step


@dataclass
class Progress:
    """What a run carries from step to step beside tensors.

    step: the last one done. best: highest validation score so far, None before the first. losses: sum of the losses since
    the last line of the log.
    """

    step: int = 0
    best: float | None = None
    losses: float | Tensor = 0.0

    def add(self, step: int, loss: Tensor) -> None:
        """Take in a step's loss, a scalar that stays on its device."""
        self.step, self.losses = step, self.losses + loss

    def take_losses(self) -> float:
        """The sum of the losses, which begins anew."""
        losses, self.losses = float(self.losses), 0.0
        return losses


class Interrupts:
    """While this is open, Ctrl-C and SIGTERM only set `number`, so that a step can end; a second Ctrl-C breaks it off."""

    def __init__(self) -> None:
        self.number = 0
        self._former: dict[int, object] = {}

    def __enter__(self) -> Interrupts:
        # Only the main thread may listen to signals.
        heard = (signal.SIGINT, signal.SIGTERM) if threading.current_thread() is threading.main_thread() else ()
        self._former = {each: signal.signal(each, self._note) for each in heard}
        return self

    def __exit__(self, *_: object) -> None:
        for each, handler in self._former.items():
            signal.signal(each, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.number = number
        signal.signal(signal.SIGINT, signal.default_int_handler)


def check_folder(output: Path, run: Run, resume: bool) -> None:
    """Raise StateError where a run can't be written into `output`, or can't go on there. Changes nothing.

    Raises ConfigError where the run.json there can't be read.
    """
    if output.exists() and not output.is_dir():
        raise StateError(f"{output} is a file: give another --output")
    held = sorted(path.name for path in output.iterdir() if path.name[0] != ".") if output.is_dir() else []
    if not held:
        return
    if not resume:
        raise StateError(f"{output} already holds {held[0]}: go on with --resume, or give another --output")
    if RUN not in held:
        raise StateError(f"{output} holds no {RUN}, so it is no run to resume: give the folder of a run")
    _check_same(_plain(Run.load(output / RUN)), _plain(run), output)


def check_result(result: Path, output: Path, run: Run) -> None:
    """Raise StateError where what is kept in `result` was not made of this very run, whose folder is `output`."""
    if not (output / RUN).is_file():
        raise StateError(
            f"{result} does not say which run it is of, for there is no {output / RUN}: give another --output"
        )
    check_folder(output, run, resume=True)


def write_run(output: Path, run: Run) -> None:
    """Make the run's folder, with what the run is; mend what a kill may have left."""
    output.mkdir(parents=True, exist_ok=True)
    write_whole(output / RUN, json.dumps(run.to_dict(), indent=2) + "\n")
    checkpoint.mend(output / "best")


def save(folder: Path, progress: Progress, tensors: dict[str, Tensor]) -> None:
    """Write where a run stands, so that a kill at any moment leaves this state or the one before, whole.

    Tensors go into a file of their own; the small file that names it is switched over last, in one rename.
    """
    folder.mkdir(parents=True, exist_ok=True)
    fresh = f"step-{progress.step}.safetensors"
    checkpoint.save_tensors(folder / fresh, tensors)
    values = {"step": progress.step, "best": progress.best, "losses": float(progress.losses), "tensors": fresh}
    write_whole(folder / PROGRESS, json.dumps(values) + "\n")
    for left in folder.glob("*.safetensors*"):
        if left.name != fresh:
            left.unlink()


def load(folder: Path) -> tuple[Progress, dict[str, Tensor]] | None:
    """What `save` wrote last, tensors on the CPU; None where nothing was saved yet. Raises CheckpointError."""
    try:
        values = json.loads((folder / PROGRESS).read_text())
        name, progress = values.pop("tensors"), Progress(**values)
    except FileNotFoundError:
        return None
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"{folder / PROGRESS} does not say where the run stands ({error}): train anew in another folder"
        ) from error
    return progress, checkpoint.load_tensors(folder / name)


def write_whole(path: Path, text: str) -> None:
    """Replace a small file whole or not at all; once this returns it outlasts a loss of power."""
    part = path.with_name(f".{path.name}.part")
    with part.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    """Renames, too, must outlast a loss of power; not every system lets a folder be opened."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _plain(run: Run) -> dict:
    """As JSON gives it back, which knows no tuples."""
    return json.loads(json.dumps(run.to_dict()))


def _check_same(before: dict, now: dict, output: Path) -> None:
    names = [name for name in sorted({*before, *now}) if before.get(name) != now.get(name)]
    changes = "; ".join(f"{name} was {_short(before.get(name))}, now {_short(now.get(name))}" for name in names)
    if names:
        raise StateError(
            f"{output} holds another run ({changes}): give another --output, or go on with that one by python -m train"
            f" repeat {output / RUN} --output {output} --resume"
        )


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
