"""The face's parts as loops of landmarks, and the areas drawn from them."""

import cv2
import numpy as np

EYES = (
    (33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7),
    (263, 466, 388, 387, 386, 385, 384, 398, 362, 382, 381, 380, 374, 373, 390, 249),
)
LIPS = ((61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185),)
BROWS = ((46, 53, 52, 65, 55, 107, 66, 105, 63, 70), (276, 283, 282, 295, 285, 336, 296, 334, 293, 300))
NOSTRILS = ((79, 237, 44, 238, 20, 60, 75, 166), (309, 457, 274, 458, 250, 290, 305, 392))
# From the brows' lower edge to the lower lid: no pores are counted there.
EYE_AREAS = (
    (46, 53, 52, 65, 55, 193, 244, 112, 26, 22, 23, 24, 110, 25, 226),
    (276, 283, 282, 295, 285, 417, 464, 341, 256, 252, 253, 254, 339, 255, 446),
)
CHEEKS = ((117, 119, 100, 36, 205, 50), (346, 348, 329, 266, 425, 280))
# Where a beard can grow: below the nose, along the jaw and up to the ears.
BEARD = (
    *(93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361, 323),
    *(411, 425, 327, 326, 2, 97, 98, 205, 187),
)


def draw(landmarks: np.ndarray, loops: tuple[tuple[int, ...], ...], size: tuple[int, int]) -> np.ndarray:
    """The area inside loops of landmarks, bool (H, W)."""
    mask = np.zeros(size, np.uint8)
    for loop in loops:
        cv2.fillPoly(mask, [np.round(landmarks[list(loop), :2] * 16).astype(np.int32)], 1, shift=4)
    return mask > 0
