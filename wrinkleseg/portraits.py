"""Portraits in the public domain that packages bring along, for who has no photo at hand."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
from skimage import data

from wrinkleseg import images


class Portrait(NamedTuple):
    """title, credit: for people. load: gives the photo, uint8 RGB (H, W, 3)."""

    title: str
    credit: str
    load: Callable[[], np.ndarray]


def hopper() -> np.ndarray:
    """Grace Hopper by James S. Davis, her face 186 px wide: uint8 RGB (600, 512, 3), from matplotlib."""
    package = Path(find_spec("matplotlib").origin).parent  # found, not imported: that takes a quarter of a second
    return images.load_rgb(package / "mpl-data" / "sample_data" / "grace_hopper.jpg")


PORTRAITS = (
    Portrait("Grace Hopper", "U.S. Navy, public domain", hopper),
    Portrait("Eileen Collins", "NASA, public domain", data.astronaut),
)
