"""A data set that a person draws: photos, rough strokes over what they see, crisp masks made of the strokes, as files in a zip."""

from wrinkleseg.annotation.files import MAX_BYTES, MAX_PHOTOS, read_zip, zip_bytes
from wrinkleseg.annotation.photo import (
    LAYERS,
    MASKS,
    STRICTNESS,
    TASKS,
    AnnotationError,
    Entry,
    entry,
    free_name,
    made_crisp,
    mask_png,
)
from wrinkleseg.annotation.strokes import Stroke, paint, strokes_from

__all__ = [
    "LAYERS",
    "MASKS",
    "MAX_BYTES",
    "MAX_PHOTOS",
    "STRICTNESS",
    "TASKS",
    "AnnotationError",
    "Entry",
    "Stroke",
    "entry",
    "free_name",
    "made_crisp",
    "mask_png",
    "paint",
    "read_zip",
    "strokes_from",
    "zip_bytes",
]
