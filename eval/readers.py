"""Photos with masks as people keep them: folder pairs, FFHQ-Wrinkle, data sets of the Hugging Face Hub, the shared data.

Whatever the layout, what comes out is a list of samples that name files; the pictures are opened later, by
`wrinkleseg.images`.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from pathlib import Path

from eval import hub_datasets
from eval.samples import SPLIT_NAMES, DataError, Sample, ambiguous, data_folder, wrinkle_samples
from eval.splits import by_photo
from wrinkleseg.commands import SUFFIXES

_log = logging.getLogger(__name__)
_FFHQ_KINDS = ("manual", "weak")
_FFHQ_PHOTOS = "images1024x1024"
_OPTIONS = {
    "shared": {"path"},
    "pairs": {"path", "masks", "zones", "annotator"},
    "ffhq-wrinkle": {"path", "kind"},
    "hub": {"path", "annotator", "image", "mask", "subset", "revision"},
}
_REQUIRED = {"shared": (), "pairs": ("path", "masks"), "ffhq-wrinkle": ("path",), "hub": ("path",)}


class NoMatch(DataError):
    """No picture of one folder has the name of one in the other."""


@dataclass(frozen=True)
class DataSource:
    """Where photos and masks lie and how; plain values only, so that `dataclasses.asdict` and back is all it takes.

    layout: "shared" (wrinkle/manifest.csv as `eval.samples` reads it), "pairs", "ffhq-wrinkle" or "hub".
    path: the data folder ("" means `eval.samples.data_folder()`), the folder of photos, the root, or the data set's name
        or folder.
    masks, zones: folders, for "pairs"; "" for no zones.
    annotators: whose masks are kept; empty keeps all. annotator: who drew the masks of "pairs" or "hub".
    kind: "manual" or "weak", for "ffhq-wrinkle".
    image, mask: columns; subset: which split of the data set; revision: a tag or commit, "" for the newest; for "hub".

    Raises:
        DataError: an unknown layout, a field that it needs is missing, or one that it does not take is set.
    """

    layout: str
    path: str = ""
    masks: str = ""
    annotators: tuple[str, ...] = ()
    annotator: str = ""
    zones: str = ""
    kind: str = "manual"
    image: str = "image"
    mask: str = "mask"
    subset: str = "train"
    revision: str = ""

    def __post_init__(self) -> None:
        if self.layout not in READERS:
            raise DataError(f"no layout is called {self.layout!r}; choose one of: {', '.join(READERS)}")
        if isinstance(self.annotators, str) or not all(isinstance(name, str) for name in self.annotators):
            raise DataError(f"annotators must be a list of names such as ['A'], got {self.annotators!r}")
        object.__setattr__(self, "annotators", tuple(self.annotators))  # JSON knows lists only
        for field in fields(self):
            self._check(field.name, getattr(self, field.name), field.default)

    def _check(self, name: str, value: object, default: object) -> None:
        if name in ("layout", "annotators"):
            return
        if not isinstance(value, str):
            raise DataError(f"{name} must be text, got {value!r}")
        if not value and name in _REQUIRED[self.layout]:
            raise DataError(f"the layout {self.layout!r} needs {name}: give its folder or name")
        if value != default and name not in _OPTIONS[self.layout]:
            takes = ", ".join(sorted(_OPTIONS[self.layout]))
            raise DataError(f"the layout {self.layout!r} takes no {name}, got {value!r}; it takes {takes}")


def read(source: DataSource, cache: Path) -> list[Sample]:
    """The samples of a source. Where it brings no split of its own, it is split by `splits.by_photo` as that stands.

    cache: folder in which pictures of a "hub" data set are kept.

    Raises:
        DataError: the data are not there, one sample has a problem, or nothing is left of them.
    """
    samples = READERS[source.layout](source, cache)
    for sample in samples:
        if sample.problem:
            raise DataError(sample.problem)
    if all(sample.split == "train" for sample in samples):
        samples = by_photo(samples)
    kept = [sample for sample in samples if not source.annotators or sample.annotator in source.annotators]
    known = sorted({sample.annotator for sample in samples})
    if not samples or set(source.annotators) - set(known):
        asked = list(source.annotators) or "all"
        raise DataError(f"annotators asked for: {asked}; annotators of the {len(samples)} masks there: {known}")
    return kept


def pairs(images: Path, masks: Path, annotator: str = "", zones: Path | None = None) -> list[Sample]:
    """Photos and masks in two folders, sub-folders included, matched by the file's name without its ending.

    Photos without a mask are left out and counted in a warning of this module's logger; masks and zones without a photo
    likewise. A photo without a zone counts as a whole. Of two pictures of one name in a folder the sample's `problem` tells.
    All samples come as "train": see `eval.splits`.

    Raises:
        DataError: a folder is missing, or NoMatch: nothing matches.
    """
    folders = [Path(images).resolve(), Path(masks).resolve(), *([Path(zones).resolve()] if zones else [])]
    if len(set(folders)) < len(folders):
        raise DataError(f"photos, masks and zones must lie in different folders, got {_listed(folders)}")
    photo_of, mask_of, *rest = (_by_stem(folder, folders) for folder in folders)
    zone_of = rest[0] if rest else {}
    names = sorted(photo_of.keys() & mask_of.keys())
    if not names:
        raise _no_match(folders[0], photo_of, folders[1], mask_of)
    if rest and not zone_of.keys() & set(names):
        raise _no_match(folders[0], photo_of, folders[2], zone_of)
    _report(photo_of.keys() - mask_of, photo_of, folders[0], "have no mask")
    _report(mask_of.keys() - photo_of, mask_of, folders[1], "have no photo")
    _report(zone_of.keys() - names, zone_of, folders[-1], "have no photo with a mask")
    return [_pair(name, annotator, photo_of[name], mask_of[name], zone_of.get(name, [])) for name in names]


def _pair(name: str, annotator: str, photos: list[Path], masks: list[Path], zones: list[Path]) -> Sample:
    problem = next((ambiguous(paths) for paths in (photos, masks, zones) if len(paths) > 1), "")
    zone = zones[0] if zones else None
    return Sample(name, annotator, "train", photos[0], masks[0], "", zone, problem)


def ffhq_wrinkle(root: Path, kind: str = "manual") -> list[Sample]:
    """FFHQ-Wrinkle (Moon et al., arXiv 2408.10060) beside the photos of Flickr-Faces-HQ.

    `root` holds images1024x1024/ and manual_wrinkle_masks/ or weak_wrinkle_masks/; the folders of a thousand inside them
    (00000/00000.png) are optional. The annotator is called as `kind`. Weak masks are grey texture maps, not drawn by
    anybody: as any mask, `Sample.load` cuts them at half their range.

    Raises:
        DataError: another kind, or as `pairs`.
    """
    if kind not in _FFHQ_KINDS:
        raise DataError(f"FFHQ-Wrinkle has no masks of kind {kind!r}; choose one of: {', '.join(_FFHQ_KINDS)}")
    return pairs(Path(root) / _FFHQ_PHOTOS, Path(root) / f"{kind}_wrinkle_masks", kind)


def hub_dataset(
    name: str,
    cache: Path,
    image: str = "image",
    mask: str = "mask",
    subset: str = "train",
    revision: str | None = None,
    annotator: str = "",
) -> list[Sample]:
    """A data set of the Hugging Face Hub, or a local folder of parquet files or pictures in its form.

    Its pictures are kept in `cache` by `hub_datasets.fetch`. Rows without photo or mask are left out and counted in a warning.

    Args:
        image, mask: columns of pictures.
        subset: split of the data set as `datasets.load_dataset` takes it ("train", "train[:100]"). "validation" and "test"
            become the samples' split; all others are "train".

    Raises:
        DataError: the package `datasets` is missing, the data set cannot be loaded, has other columns, or is empty.
    """
    folder = hub_datasets.fetch(name, Path(cache), (image, mask), subset, revision)
    base = subset.partition("[")[0]
    samples = pairs(*(folder / part for part in hub_datasets.PARTS), annotator)
    return [replace(sample, split=base if base in SPLIT_NAMES else "train") for sample in samples]


def pictures(folder: Path) -> list[Path]:
    """The pictures of a folder and of the folders inside it, in order; what is hidden, as thumbnails are, is left out."""
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in SUFFIXES
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.is_file()
    ]


def _by_stem(folder: Path, all_folders: list[Path]) -> dict[str, list[Path]]:
    """The pictures of a folder by name without ending, save those of the other folders where they lie inside it.

    A list of more than one: it is not known which of them a mask belongs to.
    """
    if not folder.is_dir():
        raise DataError(f"there is no folder {folder}: check the path and its spelling")
    nested = {other for other in all_folders if folder in other.parents}
    found: dict[str, list[Path]] = {}
    for path in pictures(folder):
        if not nested & set(path.parents):
            found.setdefault(path.stem, []).append(path)
    return found


def _no_match(folder: Path, photos: Iterable[str], other: Path, masks: Iterable[str]) -> NoMatch:
    return NoMatch(
        f"no picture in {folder} ({_listed(photos)}) has the name of one in {other} ({_listed(masks)}): "
        "a photo and its mask must have the same name up to the ending"
    )


def _report(left_out: set[str], every: dict[str, list[Path]], folder: Path, what: str) -> None:
    if left_out:
        _log.warning(
            "%d of %d pictures in %s %s: left out (%s)", len(left_out), len(every), folder, what, _listed(left_out)
        )


def _listed(names: Iterable[object], most: int = 3) -> str:
    texts = sorted(str(name) for name in names)
    return ", ".join(texts[:most]) + (", ..." if len(texts) > most else "") if texts else "no pictures"


READERS: dict[str, Callable[[DataSource, Path], list[Sample]]] = {
    "shared": lambda source, cache: wrinkle_samples(data_folder(source.path or None)),
    "pairs": lambda source, cache: pairs(
        _folder(source.path), _folder(source.masks), source.annotator, _folder(source.zones) if source.zones else None
    ),
    "ffhq-wrinkle": lambda source, cache: ffhq_wrinkle(_folder(source.path), source.kind),
    "hub": lambda source, cache: hub_dataset(
        os.path.expanduser(source.path),
        cache,
        source.image,
        source.mask,
        source.subset,
        source.revision or None,
        source.annotator,
    ),
}


def _folder(text: str) -> Path:
    return Path(os.path.expanduser(text))
