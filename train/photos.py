"""Photos with masks as training opens them: one that can't be used costs a warning, not the training."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from tqdm import tqdm

from eval.samples import DataError, Sample
from wrinkleseg.commands import one_line
from wrinkleseg.images import PictureError

NAMED = 5
"""So many of the photos that are left out are named with the reason."""
_log = logging.getLogger(__name__)
Opened = TypeVar("Opened")


def usable(samples: list[Sample], opened: Callable[[Sample], Opened], what: str) -> list[Opened]:
    """What `opened` gives of each photo, in order; those that can't be used (no face, damaged, a mask of another size) are left out and told of.

    what: whose photos they are, for the bar and the warning. Raises DataError where none is left.
    """
    found, left_out = [], {}
    for sample in tqdm(samples, desc=what, leave=False):
        try:
            found.append(opened(sample))
        except (DataError, PictureError) as error:
            left_out[sample.photo] = error
    if left_out and not found:
        raise DataError(f"none of the photos for {what} can be used: {_told(left_out)}")
    if left_out:
        count = len({sample.photo for sample in samples})
        _log.warning("%d of %d photos for %s are left out: %s", len(left_out), count, what, _told(left_out))
    return found


def _told(left_out: dict) -> str:
    reasons = [f"{path.name} ({one_line(error)})" for path, error in list(left_out.items())[:NAMED]]
    return "; ".join(reasons) + (f"; and {len(left_out) - NAMED} more" if len(left_out) > NAMED else "")
