"""How much memory the visitors' results take, and which of them go when that is too much."""

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from gradio.context import LocalContext
from gradio.state_holder import StateHolder

Read = TypeVar("Read")

MOST_BYTES = 2 << 30
"""What results may take before the next photo is read: those of some 150 selfies, or of three photos of 48 megapixels."""
_LITTLE = 1 << 20
_OWN = __name__.partition(".")[0]


def making_room(read: Callable[..., Read], most: int = MOST_BYTES) -> Callable[..., Read]:
    """The same function, which first lets results of other visitors go, while all together take more than `most` bytes.

    Those that were used longest ago go first; their visitors are told to choose the photo again.
    """

    def with_room(source) -> Read:
        blocks, request = LocalContext.blocks.get(None), LocalContext.request.get(None)
        if blocks is not None:
            make_room(blocks.state_holder, getattr(request, "session_hash", None), most)
        return read(source)

    return with_room


def make_room(holder: StateHolder, own: str | None, most: int) -> int:
    """Let states go, of the session that was used longest ago first and never of `own`, until all take `most` bytes or less.

    Gives the bytes that went. What takes little stays: a list of files, say, whose pictures are still looked at.
    """
    seen: set[int] = set()
    sizes = [
        (name, number, size_of(value, seen))
        for name, session in list(holder.session_data.items())
        for number, value in list(session.state_data.items())
    ]
    total = before = sum(size for _, _, size in sizes)
    for name, number, size in sizes:
        if total > most and name != own and size > _LITTLE and (session := holder.session_data.get(name)):
            session.state_data.pop(number, None)
            total -= size
    return before - total


def size_of(value: object, seen: set[int]) -> int:
    """Bytes of the arrays that a state holds, each once for all calls with the same `seen`, which notes them.

    Looks into containers and into what this library made, not into what a mapping would compute when it is asked.
    """
    if isinstance(value, np.ndarray) and isinstance(value.base, np.ndarray):
        return size_of(value.base, seen)
    if id(value) in seen:
        return 0
    seen.add(id(value))
    if isinstance(value, np.ndarray):
        return value.nbytes
    return sum(size_of(part, seen) for part in _parts(value))


def _parts(value: object) -> list:
    if type(value) is dict:
        return list(value.values())
    if isinstance(value, list | tuple | set | frozenset):
        return list(value)
    own = type(value).__module__.partition(".")[0] == _OWN
    return list(vars(value).values()) if own and hasattr(value, "__dict__") else []
