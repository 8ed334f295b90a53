"""Which photos a command is given: folders of its own, FFHQ-Wrinkle, a data set of the Hub, or the shared data."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass, replace
from pathlib import Path

from eval import readers, splits
from eval.readers import DataSource
from eval.samples import DataError, Sample, data_folder

HUMAN = "human"
_CACHE = Path(".cache/datasets")


@dataclass(frozen=True)
class Data:
    """What was asked for: photos with wrinkle masks and photos with pore masks, of `split` ("all": all).

    pore_masks: their folder, "" for none. root: what paths are relative to.
    """

    source: DataSource
    split: str
    wrinkles: list[Sample]
    pores: list[Sample]
    pore_masks: str
    root: Path


def add_sources(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that `chosen_data` reads."""
    one = parser.add_mutually_exclusive_group()
    one.add_argument("--data", help="folder with wrinkle/manifest.csv and pore/ (WRINKLESEG_DATA, ../shared/data)")
    one.add_argument("--images", metavar="DIR", help="photos; masks are matched to them by the name without its ending")
    one.add_argument("--ffhq-wrinkle", metavar="DIR", help="images1024x1024/ beside manual_wrinkle_masks/")
    one.add_argument(
        "--dataset", metavar="NAME", help="data set of the Hugging Face Hub, or a local folder in its form"
    )
    parser.add_argument("--wrinkle-masks", "--masks", metavar="DIR", help="for --images")
    parser.add_argument("--pore-masks", metavar="DIR", help="for --images")
    parser.add_argument("--zones", metavar="DIR", help="for --images: masks of where the annotator looked")
    parser.add_argument("--annotator", metavar="NAME", help=f"who drew the masks of --images or --dataset ({HUMAN})")
    parser.add_argument("--image-column", metavar="NAME", help="for --dataset (image)")
    parser.add_argument("--mask-column", metavar="NAME", help="for --dataset (mask)")
    parser.add_argument("--subset", metavar="NAME", help="for --dataset: its own split, such as test (train)")
    parser.add_argument("--revision", metavar="NAME", help="for --dataset: a tag or commit")


def chosen_data(options: argparse.Namespace) -> Data:
    """The photos that the arguments name. Raises DataError for arguments that don't go together, and for absent data."""
    _check(options)
    source = _source(options)
    split = options.split or ("test" if source.layout == "shared" else "all")
    pore_masks = _folder(options.pore_masks)
    wrinkles = [] if source.masks == pore_masks != "" else readers.READERS[source.layout](source, _CACHE)
    pores = _pores(source, pore_masks) if pore_masks else []
    if split != "all":
        wrinkles, pores = _of_split(wrinkles, pores, split)
    if not wrinkles + pores:
        raise DataError(f"no photo is for {split}: choose another --split, or all")
    shared = source.path if source.layout == "shared" else None
    return Data(source, split, wrinkles, pores, pore_masks, data_folder(shared or None))


def _source(options: argparse.Namespace) -> DataSource:
    if options.images:
        masks = _folder(options.wrinkle_masks or options.pore_masks)
        annotator = options.annotator or HUMAN
        return DataSource("pairs", _folder(options.images), masks, annotator=annotator, zones=_folder(options.zones))
    if options.ffhq_wrinkle:
        return DataSource("ffhq-wrinkle", _folder(options.ffhq_wrinkle))
    if options.dataset:
        asked = {"image": options.image_column, "mask": options.mask_column, "subset": options.subset}
        given = {name: value for name, value in (asked | {"revision": options.revision}).items() if value}
        return DataSource("hub", options.dataset, annotator=options.annotator or HUMAN, **given)
    return DataSource("shared", _folder(options.data))


def _pores(source: DataSource, pore_masks: str) -> list[Sample]:
    zones = Path(source.zones) if source.zones else None
    return readers.pairs(Path(source.path), Path(pore_masks), source.annotator, zones)


def _of_split(wrinkles: list[Sample], pores: list[Sample], split: str) -> tuple[list[Sample], list[Sample]]:
    """Of data without a split of their own, the side that each photo's content gives it, whatever was drawn on it."""
    samples = wrinkles + pores
    if all(sample.split == "train" for sample in samples):
        samples = _by_content(samples)
    return splits.only(samples[: len(wrinkles)], split), splits.only(samples[len(wrinkles) :], split)


def _by_content(samples: list[Sample]) -> list[Sample]:
    """Of a photo that is missing nobody knows the side: it stays one to learn from."""
    there = [sample for sample in samples if sample.photo.is_file()]
    side_of = {sample: each.split for sample, each in zip(there, splits.by_photo(there), strict=True)}
    return [replace(sample, split=side_of.get(sample, sample.split)) for sample in samples]


def _check(options: argparse.Namespace) -> None:
    of_pairs = ("wrinkle_masks", "pore_masks", "zones")
    of_hub = ("image_column", "mask_column", "subset", "revision")
    for names, owners in ((of_pairs, ("images",)), (of_hub, ("dataset",)), (("annotator",), ("images", "dataset"))):
        alone = [_flag(name) for name in names if getattr(options, name)]
        if alone and not any(getattr(options, owner) for owner in owners):
            raise DataError(f"{', '.join(alone)} goes with {' or '.join(map(_flag, owners))} only")
    if options.images and not (options.wrinkle_masks or options.pore_masks):
        raise DataError("--images needs --wrinkle-masks DIR, --pore-masks DIR or both")


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def _folder(given: str | None) -> str:
    """Written in one way, so that a second start is known as the same data."""
    return os.path.normpath(os.path.expanduser(given)) if given else ""
