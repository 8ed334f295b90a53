"""A later photo laid onto an earlier one, by the points of the face that no expression moves."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from wrinkleseg.face import Face

MAX_RESIDUAL = 0.045
"""Of `Alignment.residual`. Of 14 people in studio photos: simulated re-takes 0.011 at most, relaxed against smiling 0.011 to
0.079 (median 0.02), two persons 0.013 to 0.12 (median 0.065)."""
# Points on bone rather than on muscle: corners of the eyes, bridge of the nose, hairline, temples and cheekbones.
_STABLE = (
    *(33, 133, 362, 263, 168, 6, 197, 195, 5, 10, 151, 338, 109, 297, 67, 332, 103),
    *(284, 54, 251, 21, 389, 162, 356, 127, 454, 234),
)


class ChangeError(ValueError):
    """Photos that cannot be compared; the message says why and how to mend it."""


@dataclass(frozen=True, eq=False)
class Alignment:
    """How a later photo lies on the first. matrix: (2, 3) float, later (x, y, 1) to first (x, y), a similarity.

    residual: root mean square distance of the stable landmarks after that, in inter-eye distances of the first.
    """

    matrix: np.ndarray
    residual: float

    @property
    def unsure(self) -> bool:
        """The faces do not lie on one another: one is turned, or it is another person."""
        return self.residual > MAX_RESIDUAL


def align(before: Face, after: Face) -> Alignment:
    """Lay the later face on the first one: turn, scale and shift, by the landmarks that stay when the face moves.

    Robust: points that do not agree with the others count for the residual only. Raises ChangeError where nothing fits.
    """
    first, later = (face.landmarks[list(_STABLE), :2].astype(np.float64) for face in (before, after))
    reach = 0.04 * before.eye_distance
    matrix, _ = cv2.estimateAffinePartial2D(later, first, method=cv2.RANSAC, ransacReprojThreshold=reach)
    if matrix is None or not np.isfinite(matrix).all():
        raise ChangeError(
            "The two faces cannot be laid on one another: use photos of one person, taken from the front."
        )
    off = np.linalg.norm(later @ matrix[:, :2].T + matrix[:, 2] - first, axis=1)
    return Alignment(matrix, float(np.sqrt(np.mean(off**2)) / before.eye_distance))


def warp(rgb: np.ndarray, matrix: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A picture, uint8 (H, W, 3), moved by a (2, 3) matrix onto one of `size` (h, w); mid grey where it shows nothing.

    Bring it to about its new scale first: nothing is averaged here.
    """
    ground = (128, 128, 128)
    return cv2.warpAffine(
        rgb, matrix, size[::-1], flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=ground
    )
