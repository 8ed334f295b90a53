"""The 468-point face mesh: its oval, its two sides, the head's own axes, and what of it faces the camera.

Landmarks are (N, 3) float, N >= 468: x to the right, y down, z away from the camera, all in pixels.
"""

import numpy as np

OVAL = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377),
    *(152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)
EYE_CORNERS = (33, 133, 362, 263)
_MIDLINE = (0, 1, 2, 4, 5, 6, *range(8, 20), 94, 151, 152, 164, 168, 175, 195, 197, 199, 200)


def _other_side() -> np.ndarray:
    """Each landmark's number on the other side of the face, int (478,).

    Those of the right half have numbers below 248, those of the left half come in the same order; then the irises'
    centres with four points each, by turns. (Held against landmarks of mirrored photos.)
    """
    other = np.arange(478)
    right = [number for number in range(248) if number not in _MIDLINE]
    other[right], other[248:468] = range(248, 468), right
    other[468:478] = 473, 476, 475, 474, 477, 468, 471, 470, 469, 472
    other.setflags(write=False)
    return other


MIRROR = _other_side()
"""Each landmark's number on the other side of the face, int (478,); its own on the midline."""


def face_width(landmarks: np.ndarray) -> float:
    """Pixels between the face's sides at the cheekbones, measured in 3D, so that a turned face keeps its width; 1 at least."""
    return max(float(np.linalg.norm(landmarks[454] - landmarks[234])), 1.0)


def axes(landmarks: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The head's own axes as unit vectors (3,) in the photo's (x, y, z away from the camera): across to the person's left, down, forward.

    landmarks: (N, 3), N >= 468.
    """
    across = landmarks[[454, 263, 291]].sum(axis=0) - landmarks[[234, 33, 61]].sum(axis=0)
    across = across / max(float(np.linalg.norm(across)), 1e-6)
    down = landmarks[152] - landmarks[10]
    down = down - across * float(down @ across)
    down = down / max(float(np.linalg.norm(down)), 1e-6)
    return across, down, -np.cross(across, down)


def visible(landmarks: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Which triangles face the camera, bool (M,). landmarks (N, 3), triangles (M, 3) landmark numbers in any winding."""
    corners = landmarks[triangles]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    _, _, forward = axes(landmarks)
    inside = landmarks[[234, 454]].mean(axis=0) - forward * 0.1 * face_width(landmarks)
    outward = np.sum(normals * (corners.mean(axis=1) - inside), axis=1)
    return normals[:, 2] * np.sign(outward) < 0
