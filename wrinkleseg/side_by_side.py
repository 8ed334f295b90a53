"""Two pieces of work at once: for work that leaves Python for milliseconds."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

First, Second = TypeVar("First"), TypeVar("Second")
Item, Result = TypeVar("Item"), TypeVar("Result")

Begin = Callable[[Callable[[], Result]], Callable[[], Result]]
"""Has work done on another thread and gives what waits for its result, or raises its error."""


@contextmanager
def another_thread() -> Iterator[Begin]:
    """A thread beside the caller's for as long as the block lasts; one piece of work after the other, in the order given.

    It is a new one each time, which costs some 0.1 ms and leaves nothing behind that a forked process would wait for. The
    block's end waits for what was begun, and raises its errors, whoever asked for the results.
    """
    begun = []

    def begin(work: Callable[[], Result]) -> Callable[[], Result]:
        begun.append(other.submit(work))
        return begun[-1].result

    with ThreadPoolExecutor(1) as other:
        yield begin
        for work in begun:
            work.result()


def both(first: Callable[[], First], second: Callable[[], Second]) -> tuple[First, Second]:
    """What the two give, done side by side: the first on the caller's thread, the second on another.

    An error of either is raised once both have ended, the first one's first.
    """
    with another_thread() as begin:
        seconds = begin(second)
        return first(), seconds()


def each(work: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """`work` of every item, in the items' order, two at a time on two threads.

    An error, the first in that order, is raised once those under way have ended; those that wait are not begun.
    """
    with ThreadPoolExecutor(2) as pair:
        return list(pair.map(work, items))
