"""Which pixels of a face are skin: one mask for wrinkles, one for pores, at the photo's full size.

A face mesh ends well below many hairlines and before the outer crow's feet, so its outline alone loses wrinkles, and a wider outline takes in hair and
background. Here the outline is only where the search begins: skin is what looks like this face's own skin nearby (colour, and texture across the head,
which hair strands have and forehead wrinkles have not) rather than like what surrounds the face, and hangs together with the middle of the face.
Everything is measured in widths of the face and computed on a small copy; edges of eyes, lips and nostrils are drawn at full size.
"""

from collections.abc import Callable

import cv2
import numpy as np

from wrinkleseg.geometry import Box, crop_view
from wrinkleseg.mesh import face_width
from wrinkleseg.morphology import grown
from wrinkleseg.side_by_side import another_thread
from wrinkleseg.skin import hair, search
from wrinkleseg.skin.parts import BROWS, EYE_AREAS, EYES, LIPS, NOSTRILS, draw
from wrinkleseg.skin.scene import Scene, log_odds, look, small

__all__ = ["BROWS", "EYES", "LIPS", "NOSTRILS", "draw", "masks", "window"]


def window(landmarks: np.ndarray, size: tuple[int, int]) -> Box | None:
    """The part of a photo of `size` (H, W) that is looked at: the face with a margin. None where the face lies outside the photo."""
    width = face_width(landmarks)
    left, top = landmarks[:468, :2].min(axis=0)
    right, bottom = landmarks[:468, :2].max(axis=0)
    top, left = int(max(0, top - 0.45 * width)), int(max(0, left - 0.3 * width))
    bottom, right = int(min(size[0], bottom + 0.2 * width)), int(min(size[1], right + 0.3 * width))
    return Box(top, left, bottom - top, right - left) if bottom > top and right > left else None


def masks(
    rgb: np.ndarray,
    landmarks: np.ndarray,
    triangles: np.ndarray,
    person: Callable[[], np.ndarray | None] = lambda: None,
) -> tuple[np.ndarray, np.ndarray]:
    """The skin to look for wrinkles on and the skin to look for pores on, both bool (H, W).

    rgb: uint8 (H, W, 3). landmarks: (N, 3) float, N >= 468, pixels. triangles: (M, 3) landmark numbers, the mesh.
    person: called on another thread, while the photo is looked at here, for the probability 0..1 that a pixel of
    `window(landmarks, (H, W))` shows a person, float32 of any size, or None where nothing is known of that.
    """
    size = rgb.shape[:2]
    wrinkle, pore = np.zeros(size, bool), np.zeros(size, bool)
    box = window(landmarks, size)
    if box is None:
        return wrinkle, pore
    landmarks = landmarks - np.array([box.left, box.top, 0], np.float32)
    view = crop_view(rgb, box)
    with another_thread() as begin:
        sure = begin(lambda: log_odds(person(), small(view.shape, landmarks)[1]))
        scene = look(view, landmarks, triangles)
        rest = begin(lambda: (*_hairs(scene), ~_openings(landmarks, box.size)))
        skin = search.face_skin(scene, sure)
        hairs, no_pores, solid = rest()
    rows, columns = slice(box.top, box.bottom), slice(box.left, box.right)
    wrinkle[rows, columns] = _enlarge(skin & ~hairs, box.size) & solid
    pore[rows, columns] = _enlarge(skin & ~no_pores, box.size) & solid
    return wrinkle, pore


def _hairs(scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """Where hair hides wrinkles, and where no pores are looked for: there, in stubble, and near the outline and the face's parts. bool (h, w)."""
    brows, (beard, full) = hair.brows(scene), hair.beard(scene)
    return brows | (beard & full), beard | (scene.within <= 0.02) | _around_parts(scene, brows)


def _openings(landmarks: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Eyeballs, lips with what lies between them, and nostrils: a hair's breadth wider than their landmarks, bool (H, W)."""
    width = face_width(landmarks)
    return grown(draw(landmarks, EYES + NOSTRILS, size), 0.008 * width) | draw(landmarks, LIPS, size)


def _around_parts(scene: Scene, brows: np.ndarray) -> np.ndarray:
    """Lids, lips, brows and nostrils with a margin, where no pores are looked for, bool (h, w)."""
    size, width = scene.outline.shape, scene.width
    parts = grown(draw(scene.landmarks, EYES + EYE_AREAS + NOSTRILS, size), 0.012 * width)
    return parts | grown(draw(scene.landmarks, LIPS, size) | brows, 0.02 * width)


def _enlarge(mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.8)
    return cv2.resize(soft, size[::-1], interpolation=cv2.INTER_LINEAR) > 0.5
