"""A data set that a person draws: photos, rough strokes over what they see, crisp masks made of the strokes, as files in a zip."""

from wrinkleseg.annotation.files import MAX_BYTES, MAX_PHOTOS, VERSION, read_zip, zip_bytes
from wrinkleseg.annotation.photo import (
    LAYERS,
    MASKS,
    STRICTNESS,
    TASKS,
    ZONE,
    AnnotationError,
    Entry,
    crisp,
    entry,
    free_name,
    mask_png,
)
from wrinkleseg.annotation.strokes import MOST_POINTS, Stroke, paint, strokes_from

__all__ = [
    "LAYERS",
    "MASKS",
    "MAX_BYTES",
    "MAX_PHOTOS",
    "MOST_POINTS",
    "STRICTNESS",
    "TASKS",
    "VERSION",
    "ZONE",
    "AnnotationError",
    "Entry",
    "Stroke",
    "crisp",
    "entry",
    "free_name",
    "mask_png",
    "paint",
    "read_zip",
    "strokes_from",
    "zip_bytes",
]
