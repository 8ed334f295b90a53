"""Which photos are learnt from, which tune and which judge: whole photos, never crops, and one side for a photo that
stands there twice.

Photos are known by their files' content, so a split does not depend on names, folders or the order of a list.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from eval.samples import SPLIT_NAMES, DataError, Sample

FOLDS = 5
# Of large files only pieces spread over the whole are read: 50,000 photos are 65 GB.
_PIECES, _PIECE = 16, 4096


@dataclass(frozen=True)
class _Photo:
    """All samples of one photo; identity: a hash that another machine gives too."""

    samples: tuple[Sample, ...]
    identity: str

    @property
    def annotators(self) -> tuple[str, ...]:
        return tuple(sorted({sample.annotator for sample in self.samples}))

    def place(self, seed: int) -> float:
        """Where the photo lies between 0 and 1: at random by the seed, whatever other photos there are."""
        digest = hashlib.blake2b(f"{seed}:{self.identity}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") / 2**64


def by_photo(samples: list[Sample], validation: float = 0.1, test: float = 0.1, seed: int = 0) -> list[Sample]:
    """The samples in their order, each with its new split.

    A photo's side follows from its content and the seed alone, so photos that come later move no other one; only where
    a side would be empty (with three photos or more) does the photo that lies nearest to it change over. One photo
    alone is for training.

    Args:
        validation: share of the photos to expect there, above 0.
        test: likewise, 0 or more; with `validation` below 1.

    Raises:
        DataError: other shares.
    """
    if not (0 < validation < 1 and 0 <= test < 1 and validation + test < 1):
        raise DataError(
            f"validation must be above 0, test 0 or more, both together below 1; got {validation} and {test}"
        )
    photos = sorted(_photos(samples), key=lambda photo: photo.place(seed))
    places = np.array([photo.place(seed) for photo in photos])
    total, least = len(photos), 1 if len(photos) >= 3 else 0
    tests = _within(int((places < test).sum()), least if test else 0, total - 2)
    validations = _within(int((places < test + validation).sum()) - tests, least, total - tests - 1)
    sides = ["test"] * tests + ["validation"] * validations + ["train"] * (total - tests - validations)
    return _divided(samples, photos, sides)


def fold(samples: list[Sample], number: int, folds: int = FOLDS) -> list[Sample]:
    """The samples in their order, split for one round of cross-validation.

    Fold `number` is test, the next one (after the last comes the first) validation, the others train. Over all numbers
    each photo is test once. Each fold holds nearly the same number of each annotator's photos.

    Args:
        number: 0 to `folds` - 1.
        folds: 3 or more, not more than there are photos.

    Raises:
        DataError: other numbers.
    """
    photos = _photos(samples)
    if type(folds) is not int or not 3 <= folds <= len(photos):
        raise DataError(f"folds must be from 3 to the number of photos, {len(photos)}; got {folds!r}")
    if type(number) is not int or not 0 <= number < folds:
        raise DataError(f"the number of a fold must be from 0 to {folds - 1}, got {number!r}")
    named = {number: "test", (number + 1) % folds: "validation"}
    # The photos that two people annotated are dealt first: those of one person then even out the rest.
    photos = sorted(photos, key=lambda photo: (-len(photo.annotators), photo.annotators, photo.place(0)))
    return _divided(samples, photos, [named.get(dealt, "train") for dealt in _dealt(photos, folds)])


def only(samples: list[Sample], split: str) -> list[Sample]:
    """The samples of one split, in their order. Raises DataError where there is no such split."""
    if split not in SPLIT_NAMES:
        raise DataError(f"no split is called {split!r}; choose one of: {', '.join(SPLIT_NAMES)}")
    return [sample for sample in samples if sample.split == split]


def _within(count: int, least: int, most: int) -> int:
    return max(0, min(max(count, least), most))


def _divided(samples: list[Sample], photos: list[_Photo], sides: list[str]) -> list[Sample]:
    side_of = {sample: side for photo, side in zip(photos, sides, strict=True) for sample in photo.samples}
    return [replace(sample, split=side_of[sample]) for sample in samples]


def _dealt(photos: list[_Photo], folds: int) -> Iterator[int]:
    """The fold of each photo: the one that has the fewest of its annotators' photos so far, then the smallest one."""
    by_annotator = [Counter() for _ in range(folds)]
    sizes = [0] * folds
    for photo in photos:
        counts = [sum(fold_counts[name] for name in photo.annotators) for fold_counts in by_annotator]
        chosen = min(range(folds), key=lambda each, counts=counts: (counts[each], sizes[each], each))
        by_annotator[chosen].update(photo.annotators)
        sizes[chosen] += 1
        yield chosen


def _photos(samples: list[Sample]) -> list[_Photo]:
    """The samples grouped by photo: whatever shares a file's content, or a name in `same_photo_as`."""
    contents = {path: content(path) for path in {sample.photo for sample in samples}}
    linked = {sample.same_photo_as for sample in samples} - {""}
    groups: dict[str, list[Sample]] = {}
    for sample in samples:
        met = {id(groups[key]): groups[key] for key in _keys(sample, contents, linked) if key in groups}
        home, *others = [*met.values(), []]
        # A sample that links several groups makes one of them.
        moved = [each for group in others for each in group] + [sample]
        home += moved
        groups |= {key: home for each in moved for key in _keys(each, contents, linked)}
    unique = {id(group): group for group in groups.values()}.values()
    return [_Photo(tuple(group), min(contents[sample.photo] for sample in group)) for group in unique]


def _keys(sample: Sample, contents: dict[Path, str], linked: set[str]) -> set[str]:
    """What tells that two samples show one photo. Equal names alone do not: two data sets may both count from 1."""
    return {contents[sample.photo], *(f"name {name}" for name in {sample.name, sample.same_photo_as} & linked)}


def content(path: Path) -> str:
    """A hash of a file's size and content, 32 hexadecimal digits; of large files, of pieces spread over the whole. Raises DataError where it cannot be read."""
    try:
        size = path.stat().st_size
        digest = hashlib.blake2b(str(size).encode(), digest_size=16)
        with path.open("rb") as file:
            for start in np.linspace(0, max(0, size - _PIECE), _PIECES).astype(int):
                file.seek(int(start))
                digest.update(file.read(_PIECE))
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}): check the path and its permissions") from error
    return digest.hexdigest()
