"""Hair on the face: brows, and beards, in which no pores and at times no wrinkles are looked for."""

import cv2
import numpy as np

from wrinkleseg.morphology import closed, grown, opened
from wrinkleseg.skin.parts import BEARD, BROWS, CHEEKS, LIPS, draw
from wrinkleseg.skin.scene import Scene, small_blur

# Hairiness of the lower face from which its pores, and its wrinkles, are not looked for.
_STUBBLE, _FULL_BEARD = 1.15, 2.4


def brows(scene: Scene) -> np.ndarray:
    """The brows' landmarks and the dark hairs that leave them, bool (h, w)."""
    hull = draw(scene.landmarks, BROWS, scene.outline.shape)
    light = scene.features[0]
    around = grown(hull, 0.06 * scene.width) & ~grown(hull, 0.025 * scene.width)
    if not (hull.any() and around.any()):
        return hull
    middle = (np.median(light[hull]) + np.median(light[around])) / 2
    return hull | (grown(hull, 0.018 * scene.width) & (light < middle))


def beard(scene: Scene) -> tuple[np.ndarray, bool]:
    """Beard and dense stubble, bool (h, w), and whether it is a full beard, in which no wrinkles are looked for either.

    Ground below the nose that is rougher and less red than the cheeks above. Empty where the middle value of that over
    the whole ground is small: a fold or a shadow is not a beard.
    """
    size = scene.outline.shape
    none = np.zeros(size, bool), False
    ground = draw(scene.landmarks, (BEARD,), size) & ~grown(draw(scene.landmarks, LIPS, size), 0.01 * scene.width)
    cheeks = draw(scene.landmarks, CHEEKS, size)
    if not (ground.any() and cheeks.any()):
        return none
    red = cv2.GaussianBlur(scene.features[1], (0, 0), max(0.015 * scene.width, 0.5))
    rough = _roughness(scene.grey, size)
    hairiness = (rough - np.median(rough[cheeks])) - (red - np.median(red[cheeks])) / 10
    middle = np.median(hairiness[ground])
    if middle < _STUBBLE:
        return none
    hairy = opened(closed(ground & (hairiness > 0.6), 0.03 * scene.width), 0.015 * scene.width)
    return hairy, bool(middle >= _FULL_BEARD)


def _roughness(grey: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Log energy of the finest detail relative to brightness, float32 `size` (h, w)."""
    fine = grey - cv2.GaussianBlur(grey, (0, 0), 1.5)
    relative = small_blur(fine * fine, 4, size) / (small_blur(grey, 4, size) + 30) ** 2
    return np.log(relative * np.float32(1e4) + np.float32(0.3))
