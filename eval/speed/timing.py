"""Two ways of doing the same thing, timed in turns, so that whatever else the machine does meets both."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

import numpy as np

ROUNDS = 7
_SAMPLES = 2000


@dataclass(frozen=True)
class Ratio:
    """How many times faster ours is.

    name: of the comparison. ours, other: what was timed, in words. ours_seconds, other_seconds: medians over rounds.
    ratio: median over rounds of other / ours, with a 95% interval (bootstrap over rounds). asked: the least that was
    asked for, 0 where nothing was. facts: what else was measured, by name.
    """

    name: str
    ours: str
    other: str
    ours_seconds: float
    other_seconds: float
    ratio: float
    low: float
    high: float
    asked: float = 0.0
    facts: dict[str, float | str] = field(default_factory=dict)

    def to_dict(self) -> dict:
        """Plain values, for JSON."""
        return asdict(self)


def seconds(call: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def in_turns(ours: Callable[[], object], other: Callable[[], object], rounds: int = ROUNDS) -> np.ndarray:
    """Seconds of both, float64 (rounds, 2), after one call of each that is not counted."""
    ours(), other()
    # Each goes first in half of the rounds: the second finds warmer memory.
    turns = [(ours, other) if number % 2 == 0 else (other, ours) for number in range(rounds)]
    taken = [[seconds(first), seconds(second)] for first, second in turns]
    return np.array([pair if number % 2 == 0 else pair[::-1] for number, pair in enumerate(taken)])


def compared(
    name: str,
    ours: tuple[str, Callable[[], object]],
    other: tuple[str, Callable[[], object]],
    asked: float = 0.0,
    rounds: int = ROUNDS,
    facts: dict[str, float | str] | None = None,
) -> Ratio:
    """Time both, each given as (words, call)."""
    return summed_up(name, (ours[0], other[0]), in_turns(ours[1], other[1], rounds), asked, facts)


def summed_up(
    name: str, words: tuple[str, str], taken: np.ndarray, asked: float = 0.0, facts: dict | None = None
) -> Ratio:
    """taken: seconds of ours and the other, (rounds, 2)."""
    ratios = taken[:, 1] / taken[:, 0]
    drawn = np.random.default_rng(0).choice(ratios, (_SAMPLES, len(ratios)))
    low, high = np.percentile(np.median(drawn, axis=1), [2.5, 97.5])
    own, others = np.median(taken, axis=0)
    return Ratio(
        name, *words, float(own), float(others), float(np.median(ratios)), float(low), float(high), asked, facts or {}
    )
