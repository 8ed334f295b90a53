"""What weights have learnt from, all told: in their own training, in those they started from, in those they are the mean of."""

from __future__ import annotations

from collections.abc import Iterator

from eval.samples import SPLIT_NAMES

OFFICIAL = "shared"
"""The layout of data whose sides are those of eval/splits.json; records without one are of it."""


def sides(training: dict, layout: str = "") -> list[str]:
    """Sides of the split whose photos taught any of the trainings that led here, in the split's order.

    layout: of data of that layout alone; another data set's sides are other photos.
    """
    own = [part for part in trainings(training) if layout in ("", part.get("data", OFFICIAL))]
    taught = {side for part in own for side in part.get("learn_from", [])}
    return [side for side in SPLIT_NAMES if side in taught]


def strange(training: dict) -> str:
    """Which training divided its photos in another way than the official split, in words; "" where none did.

    The official photos for validation and test may be among those that taught it.
    """
    for part in trainings(training):
        if part.get("fold") is not None:
            return f"fold {part['fold']}"
        if part.get("data", OFFICIAL) != OFFICIAL:
            return f"data of the layout {part['data']!r}"
        if "faces" in part:
            return "faces without masks of one's own"
    return ""


def layouts(training: dict) -> set[str]:
    """Layouts of all data that taught: OFFICIAL, and those of a user's own."""
    return {part.get("data", OFFICIAL) for part in trainings(training) if "mean_of" not in part}


def own_faces(training: dict) -> bool:
    """Whether a user's own photos without masks taught any of the trainings that led here."""
    return any("faces" in part for part in trainings(training))


def trainings(training: dict) -> Iterator[dict]:
    """A checkpoint's record of its training, and all those inside it that its weights come from."""
    yield training
    for before in [*training.get("mean_of", []), *([training["after"]] if "after" in training else [])]:
        yield from trainings(before)
