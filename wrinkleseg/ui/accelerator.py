"""Hugging Face's ZeroGPU: a graphics card that is lent for one call at a time. Without the package `spaces` nothing changes.

On ZeroGPU a lent function runs in a forked process of its own: what it takes and gives is copied, no CUDA tensor may come
back, and what it loads is lost with the process. So only a network's own look is lent, arrays in and arrays out; faces are
found before, in the page's process. https://huggingface.co/docs/hub/spaces-zerogpu
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from wrinkleseg.face import Face, Regions
from wrinkleseg.methods import Method, MethodInfo

SECONDS = 20
"""How long one look may hold the card: shorter waits less and spends less of a visitor's daily share; usual are two."""

Maps = dict[str, np.ndarray]
Look = Callable[[str, tuple[str, ...], np.ndarray, Face, Regions], Maps]


def lender() -> Callable | None:
    """`spaces.GPU`, which every Space has and which does nothing on one without ZeroGPU; None elsewhere."""
    try:
        import spaces
    except ImportError:
        return None
    return spaces.GPU


def on_card(function: Callable) -> Callable:
    """The function with the card lent to it while it runs. To be applied when the program starts: Spaces look for it then."""
    lend_card = lender()
    return function if lend_card is None else lend_card(duration=SECONDS)(function)


@dataclass(frozen=True)
class Lent:
    """A network that is used through a lent function, which knows it by `name`: weights are not copied with every call."""

    info: MethodInfo
    name: str
    look: Look

    def only(self, tasks: tuple[str, ...]) -> Lent:
        """The same network, asked for some of its tasks."""
        return replace(self, info=replace(self.info, tasks=tasks))

    def __call__(self, rgb: np.ndarray, face: Face, regions: Regions) -> Maps:
        """As `methods.Method`."""
        return self.look(self.name, self.info.tasks, rgb, face, regions)


def lend(method: Method, name: str, look: Look) -> Method:
    """A network through `look` where the card is lent; filters, and everything elsewhere, as it is."""
    return Lent(method.info, name, look) if method.info.parameters and lender() else method
