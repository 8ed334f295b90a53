"""Photos with masks as training opens them: one without a face costs a warning, not the training."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from tqdm import tqdm

from eval.samples import DataError, Sample
from wrinkleseg.face import NoFaceError

NAMED = 5
_log = logging.getLogger(__name__)
Opened = TypeVar("Opened")


def with_faces(samples: list[Sample], opened: Callable[[Sample], Opened], what: str) -> list[Opened]:
    """What `opened` gives of each photo, in order; those in which no face is found are left out and told of.

    what: whose photos they are, for the bar and the warning. Raises DataError where none is left, and as `opened` for any
    other reason.
    """
    found, left_out = [], {}
    for sample in tqdm(samples, desc=what, leave=False):
        try:
            found.append(opened(sample))
        except DataError as error:
            if not isinstance(error.__cause__, NoFaceError):
                raise
            left_out[sample.photo] = error
    if left_out and not found:
        raise next(iter(left_out.values()))
    if left_out:
        names = ", ".join(path.name for path in list(left_out)[:NAMED]) + (", ..." if len(left_out) > NAMED else "")
        count = len({sample.photo for sample in samples})
        _log.warning("no face is found in %d of %d photos for %s: left out (%s)", len(left_out), count, what, names)
    return found
