"""Faces of a photo: landmarks, size, pose, and the skin and zones that follow from them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from wrinkleseg import detectors, skin, zones
from wrinkleseg.detectors import triangles
from wrinkleseg.face import search
from wrinkleseg.face.shape import Face, Pose
from wrinkleseg.geometry import Box, crop, crop_view, limited_scale, shrunk

__all__ = ["Face", "FaceError", "NoFaceError", "Pose", "Regions", "choose", "find", "regions", "triangles"]

_SELFIE_SIDE = 256


class FaceError(ValueError):
    """Something is wrong with the faces of a photo; the message says what and how to mend it."""


class NoFaceError(FaceError):
    """No face was found."""


@dataclass(frozen=True)
class Regions:
    """Where to look: masks bool (H, W) at the photo's full size; `zones` holds every name of `zones.NAMES` and `zones.UNIONS`."""

    wrinkle_skin: np.ndarray
    pore_skin: np.ndarray
    zones: Mapping[str, np.ndarray]


def find(rgb: np.ndarray) -> list[Face]:
    """All faces of a photo, uint8 RGB (H, W, 3), the largest first. Raises NoFaceError, which says how to mend it."""
    _check(rgb)
    faces = search.faces(rgb)
    if not faces:
        raise NoFaceError(_no_face_message(rgb))
    return sorted(faces, key=lambda face: -face.width)


def choose(faces: list[Face], index: int = 0) -> Face:
    """The face of that number (0: the largest). Raises FaceError when there is no such face."""
    if not 0 <= index < len(faces):
        found = "1 face was" if len(faces) == 1 else f"{len(faces)} faces were"
        raise FaceError(
            f"There is no face number {index}: {found} found. Choose a number from 0 (the largest) to {len(faces) - 1}."
        )
    return faces[index]


def regions(rgb: np.ndarray, face: Face) -> Regions:
    """Skin masks and zones of one face of that photo (uint8 RGB (H, W, 3)). Raises FaceError when the photo has another size than the face's."""
    _check(rgb)
    if rgb.shape[:2] != face.size:
        raise FaceError(
            f"The face was found on a photo of {face.size} pixels, this one has {rgb.shape[:2]}: pass the same photo to both."
        )
    wrinkle_skin, pore_skin = skin.masks(rgb, face.landmarks, triangles(), lambda: _person(rgb, face))
    return Regions(wrinkle_skin, pore_skin, zones.Drawn(face.landmarks, triangles(), wrinkle_skin))


def _check(rgb: np.ndarray) -> None:
    if not isinstance(rgb, np.ndarray) or rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3 or 0 in rgb.shape:
        came = f"{rgb.dtype} {rgb.shape}" if isinstance(rgb, np.ndarray) else type(rgb).__name__
        raise FaceError(f"A photo must be uint8 RGB (H, W, 3); this is {came}. Load it with images.load_rgb.")


def _person(rgb: np.ndarray, face: Face) -> np.ndarray | None:
    """Probability that a pixel of `skin.window` shows a person, float32 (h, w) of some smaller size, by selfie segmentation; None outside the photo."""
    box = skin.window(face.landmarks, face.size)
    if box is None:
        return None
    # The model was made for head and shoulders, not for a face alone.
    wide = box.grown(box.width // 4).inside(face.size)
    inner = Box(box.top - wide.top, box.left - wide.left, box.height, box.width)
    shows = detectors.person(shrunk(crop_view(rgb, wide), _SELFIE_SIDE))
    return crop(shows, inner.scaled(limited_scale(wide.size, _SELFIE_SIDE)))


def _no_face_message(rgb: np.ndarray) -> str:
    for quarter, advice in ((1, "a quarter anticlockwise"), (3, "a quarter clockwise"), (2, "upside down")):
        turned = np.ascontiguousarray(np.rot90(rgb, quarter))
        if any(abs(face.pose.roll) < 30 and search.sure(turned, face) for face in search.faces(turned)):
            return f"No upright face was found, but there is one when the photo is turned {advice}: turn the photo and try again."
    return (
        "No face was found in the photo. Use a photo that shows one face from the front, in even light, with nothing over it, "
        "and large enough: at least a fifth of the photo's width."
    )
