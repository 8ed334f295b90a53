"""How much memory the visitors' results take, and which of them go when that is too much."""

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from gradio.context import LocalContext
from gradio.state_holder import SessionState, StateHolder

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


def make_room(holder: StateHolder, own: str | None, most: int) -> list[str]:
    """Let results go, of the session that was used longest ago first and never of `own`, until all take `most` bytes or less.

    Gives the sessions whose results went. What was made by hand stays, since nothing can make it again, and what takes
    little: a list of files, say.
    """
    gone = []
    for name, session in list(holder.session_data.items()):
        if _taken(holder) <= most:  # measured each time: what two share is still there when one of them has gone
            break
        if name != own and _emptied(session):
            gone.append(name)
    return gone


def _taken(holder: StateHolder) -> int:
    return size_of([list(session.state_data.values()) for session in list(holder.session_data.values())], set())


def _emptied(session: SessionState) -> bool:
    """Put each large result back to what its state began with; says whether there was one.

    No key goes: Gradio looks through them meanwhile, for those whose time is over, and would never do so again.
    """
    large = [number for number, value in list(session.state_data.items()) if _may_go(value)]
    for number in large:
        session.state_data[number] = session.blocks_config.blocks[number].value
    return bool(large)


def _may_go(value: object) -> bool:
    return not getattr(value, "by_hand", False) and size_of(value, set()) > _LITTLE


def size_of(value: object, seen: set[int]) -> int:
    """Bytes of the arrays and files that a state holds, each once for all calls with the same `seen`, which notes them.

    Looks into containers and into what this library made, not into what a mapping would compute when it is asked.
    """
    if isinstance(value, np.ndarray) and isinstance(value.base, np.ndarray):
        return size_of(value.base, seen)
    if id(value) in seen:
        return 0
    seen.add(id(value))
    if isinstance(value, np.ndarray):
        return value.nbytes
    if isinstance(value, bytes):
        return len(value)
    return sum(size_of(part, seen) for part in _parts(value))


def _parts(value: object) -> list:
    if type(value) is dict:
        return list(value.values())
    if isinstance(value, list | tuple | set | frozenset):
        return list(value)
    own = type(value).__module__.partition(".")[0] == _OWN
    return list(vars(value).values()) if own and hasattr(value, "__dict__") else []
