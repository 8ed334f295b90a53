"""What one call costs: seconds by the clock and peak memory."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeVar

import torch

Result = TypeVar("Result")
_CLEAR, _STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")


class Effort(NamedTuple):
    """What a call cost; NaN where the system does not tell.

    seconds: wall time. peak_mb: MiB, the whole process's largest resident memory during the call, with all that was loaded
    before it, so no measure of the method alone; on CUDA what torch had allocated there.
    """

    seconds: float
    peak_mb: float


def measured(call: Callable[[], Result], cuda: bool = False) -> tuple[Result, Effort]:
    """The call's result and what it cost. cuda: whether it computes on a GPU."""
    known = _reset(cuda)
    start = time.perf_counter()
    result = call()
    if cuda:
        torch.cuda.synchronize()
    seconds = time.perf_counter() - start
    return result, Effort(seconds, _peak(cuda) if known else float("nan"))


def _reset(cuda: bool) -> bool:
    """Forget the peak so far; gives whether that worked."""
    if cuda:
        torch.cuda.reset_peak_memory_stats()
        return True
    try:
        _CLEAR.write_text("5")  # man 5 proc: resets the peak resident set size, VmHWM
    except OSError:
        return False
    return True


def _peak(cuda: bool) -> float:
    return torch.cuda.max_memory_allocated() / 2**20 if cuda else peak_mb()


def peak_mb() -> float:
    """MiB: the most resident memory that this process had, since it began or forgot.

    Its own alone: what getrusage tells begins with what the process that started it held.
    """
    lines = dict(line.split(":", 1) for line in _STATUS.read_text().splitlines())
    return float(lines["VmHWM"].split()[0]) / 1024
