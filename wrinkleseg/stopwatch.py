"""How long a call takes, for choices that each processor has to make for itself."""

from __future__ import annotations

import time
from collections.abc import Callable


def least_seconds(call: Callable[[], object], rounds: int) -> float:
    """The least of some tries, in seconds: what disturbs a call only makes it longer."""
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return min(taken)
