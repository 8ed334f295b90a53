"""One face of a photo: its landmarks, size and pose."""

from dataclasses import dataclass

import numpy as np

from wrinkleseg import mesh
from wrinkleseg.geometry import Box

_MIN_WIDTH = 16  # px; below that a mesh is a guess
_WIDTH_OF_SPREAD = 8 / 3  # median of a face's width over its landmarks' spread: 2.65 to 2.69 in three sets of photos


@dataclass(frozen=True)
class Pose:
    """Turn of the head in degrees. All 0: straight into the camera.

    yaw > 0: the face looks to the right side of the picture; pitch > 0: it looks up; roll > 0: it is tilted clockwise in the picture.
    """

    yaw: float
    pitch: float
    roll: float


@dataclass(frozen=True)
class Face:
    """One face of an upright photo.

    landmarks: (478, 3) float32, pixels: x to the right, y down, z away from the camera, pixel centres at whole numbers.
    size: (H, W) of the photo. box: the face oval's bounds in pixels; may reach outside the photo.
    width: pixels between the face's sides at the cheekbones, measured in 3D, so that a turned face keeps its width.
    steady_width: the width, px, as the spread of all landmarks tells it: some 3% off from one face to another, but of one
    face less noisy when its photo is saved again, lighter or darker. For choosing a scale, not for measuring.
    eye_distance: pixels between the centres of the two eyes (means of their corners), measured in 3D as well.
    """

    landmarks: np.ndarray
    size: tuple[int, int]
    box: Box
    width: float
    steady_width: float
    eye_distance: float
    pose: Pose


def describe(landmarks: np.ndarray, size: tuple[int, int]) -> Face:
    """The face that landmarks, float32 (478, 3) in pixels, show on a photo of `size` (H, W)."""
    oval = landmarks[list(mesh.OVAL), :2]
    left, top = np.floor(oval.min(axis=0)).astype(int)
    right, bottom = np.ceil(oval.max(axis=0)).astype(int)
    eyes = landmarks[list(mesh.EYE_CORNERS), :].reshape(2, 2, 3).mean(axis=1)
    return Face(
        landmarks=landmarks,
        size=(int(size[0]), int(size[1])),
        box=Box(int(top), int(left), int(bottom - top), int(right - left)),
        width=mesh.face_width(landmarks),
        steady_width=_WIDTH_OF_SPREAD * _spread(landmarks),
        eye_distance=float(np.linalg.norm(eyes[1] - eyes[0])),
        pose=_pose(landmarks),
    )


def _spread(landmarks: np.ndarray) -> float:
    """Root mean square of the landmarks' distances from their middle, px."""
    from_middle = landmarks.astype(float) - landmarks.mean(axis=0)
    return float(np.sqrt((from_middle**2).sum(axis=1).mean()))


def _pose(landmarks: np.ndarray) -> Pose:
    """Angles of the head's own axes: across from the face's right side to its left, down from forehead to chin."""
    across, _, forward = mesh.axes(landmarks)
    yaw = np.degrees(np.arctan2(forward[0], -forward[2]))
    pitch = np.degrees(np.arcsin(np.clip(-forward[1], -1, 1)))
    roll = np.degrees(np.arctan2(across[1], across[0]))
    return Pose(float(yaw), float(pitch), float(roll))


def plausible(face: Face) -> bool:
    """Whether the mesh has the proportions of a face: a mesh laid over something else is squeezed or tiny."""
    height = float(np.linalg.norm(face.landmarks[152] - face.landmarks[10]))
    return face.width >= _MIN_WIDTH and 0.9 < height / face.width < 1.8 and 0.3 < face.eye_distance / face.width < 0.65
