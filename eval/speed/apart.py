"""One side of a comparison in a process of its own, so that what ours sets up for its process doesn't help the other."""

from __future__ import annotations

import multiprocessing
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

Call = Callable[..., object]


@contextmanager
def apart(make: Callable[..., Call], *arguments: object) -> Iterator[Call]:
    """`make(*arguments)`, made and called in a fresh process, which ends with the block.

    make: can be pickled, as its arguments and what is given to the call and comes back from it.
    Raises RuntimeError with the other process' traceback where something failed there.
    """
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(there, make, arguments), daemon=True)
    process.start()
    there.close()

    def call(*given: object) -> object:
        here.send(given)
        return _answer(here)

    try:
        _answer(here)
        yield call
    finally:
        here.close()  # the other process reads the end
        process.join()


def _serve(pipe: Connection, make: Callable[..., Call], arguments: tuple) -> None:
    try:
        call = make(*arguments)
        pipe.send((None, ""))
        while True:
            pipe.send((call(*pipe.recv()), ""))
    except (EOFError, BrokenPipeError):  # nobody asks any more
        return
    except Exception:
        pipe.send((None, traceback.format_exc()))


def _answer(pipe: Connection) -> object:
    try:
        value, problem = pipe.recv()
    except EOFError as error:
        raise RuntimeError("the other process ended without an answer") from error
    if problem:
        raise RuntimeError(f"the other process failed:\n{problem}")
    return value
