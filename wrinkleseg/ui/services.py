"""What the page needs from the library, as functions: the real ones are wired in `app.py`, fakes in the tests."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from wrinkleseg import face, images, model_card
from wrinkleseg import methods as known_methods
from wrinkleseg.analysis import Analysis
from wrinkleseg.face import Face, Regions
from wrinkleseg.images import Picture
from wrinkleseg.methods import Method, MethodInfo
from wrinkleseg.portraits import Portrait


@dataclass(frozen=True)
class Figures:
    """How a method did on kept-aside photos. means: over the photos, 0..1, of "iou", "f1", "cldice", "line_f1"."""

    task: str
    annotator: str
    photos: int
    means: Mapping[str, float]


@dataclass(frozen=True)
class Services:
    """Functions behind the page."""

    read: Callable[[str], Picture]
    """Path of a file -> picture, upright. Raises PictureError."""
    find: Callable[[np.ndarray], list[Face]]
    """uint8 RGB (H, W, 3) -> faces, largest first. Raises NoFaceError."""
    analyse: Callable[..., Analysis]
    """(method name, rgb, face_index=, thresholds=, name=, notes=) -> Analysis. Raises FaceError, MethodError.

    Thresholds of tasks that the method lacks are to be left aside."""
    methods: Callable[[], list[MethodInfo]]
    """The methods that work on this machine."""
    zip_bytes: Callable[[Analysis], bytes]
    """One result as a zip archive."""
    default_method: str = ""
    """Name of the method that the page starts with."""
    examples: Sequence[Portrait] = ()
    """Photos to try the page with."""
    method: Callable[[str], Method] = known_methods.load
    """Name of a method -> the method itself, for photos whose face is known. Raises MethodError."""
    regions: Callable[[np.ndarray, Face], Regions] = face.regions
    """(rgb, face) -> where to look. Raises FaceError."""
    read_mask: Callable[[str], np.ndarray] = images.load_mask
    """Path of a mask's file -> bool (H, W). Raises PictureError."""
    add_method: Callable[[str], MethodInfo] | None = None
    """Folder of a model, or "hub:OWNER/NAME[@REVISION]" -> the method, from now on one of `methods`. Raises MethodError.

    None: this page loads none."""
    model_card: Callable[[str], str] = model_card.read
    """Name of a method -> its model card, Markdown; "" where there is none."""
    figures: Callable[[MethodInfo], Sequence[Figures]] = lambda _: ()
    """How a method did where it was measured; empty where it was not."""
