"""Methods against human masks, photo by photo: a row of scores for each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

import numpy as np

from eval.samples import SPLIT_NAMES, DataError, HalfFace, Sample, at_width
from wrinkleseg import face, masks, metrics
from wrinkleseg.face import Face, Pose, Regions
from wrinkleseg.geometry import Box
from wrinkleseg.methods import Method

# Lines are compared at this width of the photo, so that 3 px mean the same on all of them.
WIDTH = 500
LINE_TOLERANCE = 3.0
PORE_TOLERANCE = 4.0


@dataclass(frozen=True)
class Row:
    """Scores of one method on one photo, 0..1. For pores `line_f1` is the F1 of their centres, `cldice` is missing."""

    method: str
    task: str
    annotator: str
    name: str
    threshold: float
    iou: float
    f1: float
    cldice: float
    line_f1: float
    marked: float

    def to_dict(self) -> dict:
        """Plain values for a table."""
        return asdict(self)


@dataclass(frozen=True)
class Prepared:
    """A photo with its face and truth, ready for any method."""

    sample: Sample
    rgb: np.ndarray
    truth: np.ndarray
    face: Face
    regions: Regions


def prepare(sample: Sample) -> Prepared:
    """Load a photo and find its face. Raises as `load_face`."""
    rgb, truth, found = load_face(sample)
    return Prepared(sample, rgb, truth, found, face.regions(rgb, found))


def load_face(sample: Sample) -> tuple[np.ndarray, np.ndarray, Face]:
    """A photo, uint8 RGB (H, W, 3), its mask, bool (H, W), and its largest face.

    Raises images.PictureError for a file that is no picture, DataError for a photo without a face.
    """
    rgb, truth = sample.load()
    try:
        return rgb, truth, face.find(rgb)[0]
    except face.NoFaceError as error:
        raise DataError(f"{sample.photo}: {error}") from error


def wrinkle_row(method: Method, photo: Prepared) -> Row:
    """How well a method marks the wrinkles of one photo, at its own frozen threshold."""
    threshold = method.info.thresholds["wrinkle"]
    probability = method(photo.rgb, photo.face, photo.regions)["wrinkle"]
    predicted = masks.binarise(at_width(probability, WIDTH), threshold)
    return _line_row(method.info.name, photo.sample, threshold, predicted, at_width(photo.truth, WIDTH))


def second_person_rows(samples: list[Sample]) -> Iterator[Row]:
    """The other annotator's mask scored as if it were a method's, on the photos that two people annotated."""
    by_name = {sample.name: sample for sample in samples}
    for sample in samples:
        if sample.same_photo_as in by_name:
            other = by_name[sample.same_photo_as].load()[1]
            truth = sample.load()[1]
            predicted = at_width(other, WIDTH)
            yield _line_row("second person", sample, 0.0, predicted, at_width(truth, WIDTH))


def pore_row(method: Method, half: HalfFace, split: str = "test") -> Row:
    """How well a method marks the pores of the half face, in the stripes of `split` inside the measured zone."""
    threshold = method.info.thresholds["pore"]
    probability = method(half.rgb, *_half_face_regions(half))["pore"]
    counted = half.zone & (half.split == SPLIT_NAMES.index(split))
    predicted = masks.binarise(probability, threshold)
    counts = metrics.counts(predicted[counted][None], half.pores[counted][None])
    centres = metrics.centre_f1(_centres(predicted, counted), _centres(half.pores, counted), PORE_TOLERANCE)
    marked = float(predicted[counted].mean())
    name = method.info.name
    return Row(
        name, "pore", "pores", "half face", threshold, metrics.iou(counts), metrics.f1(counts), np.nan, centres, marked
    )


def _line_row(name: str, sample: Sample, threshold: float, predicted: np.ndarray, truth: np.ndarray) -> Row:
    counts = metrics.counts(predicted, truth)
    return Row(
        method=name,
        task="wrinkle",
        annotator=sample.annotator,
        name=sample.name,
        threshold=threshold,
        iou=metrics.iou(counts),
        f1=metrics.f1(counts),
        cldice=metrics.cldice(predicted, truth),
        line_f1=metrics.centreline_f1(predicted, truth, LINE_TOLERANCE),
        marked=float(predicted.mean()),
    )


def _centres(mask: np.ndarray, counted: np.ndarray) -> np.ndarray:
    """Centres (x, y) of whole pores that lie where it counts: a pore on a stripe's edge is not cut in two."""
    centres = masks.centres(mask)
    columns, rows = np.round(centres).astype(int).T
    return centres[counted[rows, columns]]


def _half_face_regions(half: HalfFace) -> tuple[Face, Regions]:
    """A stand-in for what a face finder would say, since none finds half a face."""
    height, width = half.rgb.shape[:2]
    landmarks = np.zeros((478, 3), np.float32)
    found = Face(
        landmarks, (height, width), Box(0, 0, height, width), half.face_width, half.face_width * 0.42, Pose(0, 0, 0)
    )
    return found, Regions(half.zone, half.zone, {})
