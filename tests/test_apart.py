"""One side of a comparison in a process of its own."""

import os

import pytest

from eval.speed.apart import apart


def adder(first: int):
    if first < 0:
        raise ValueError("below zero")
    return lambda second: (first + second, os.getpid())


def test_calls_go_to_one_other_process() -> None:
    with apart(adder, 40) as call:
        (one, there), (two, again) = call(2), call(3)
    assert (one, two) == (42, 43)
    assert there == again != os.getpid()


def test_what_fails_there_is_told_here() -> None:
    with pytest.raises(RuntimeError, match="below zero"), apart(adder, -1):
        pass
    with pytest.raises(RuntimeError, match="unsupported operand"), apart(adder, 1) as call:
        call("two")
