"""Texture maps: where the skin is darker than its surroundings, at the size of a wrinkle or of a pore.

Source of both maps: Yoon, Kim, Lee, Yoo, "Deep learning-based wrinkle and pore segmentation", Diagnostics 13(11):1894,
2023. All arithmetic is in float32: `1 - x` on uint8 wraps round and `255 * x` overflows. All kernels follow the width of
the face, so that the same face photographed at twice the size gives the same map at twice the size.
"""

from __future__ import annotations

import cv2
import numpy as np

from wrinkleseg.geometry import resize, scaled_size

# The cited implementation blurs a 640 px wide aligned photo with sigma 5 (21x21: two sigma each side). Faces on such
# photos are .57 of the photo's width, 365 px, which makes sigma 1/73 of the face's width.
REFERENCE_FACE_WIDTH = 365.0
WRINKLE_SIGMA = 5.0 / REFERENCE_FACE_WIDTH
# A pore of the cheek is about 1/250 to 1/150 of the face's width: 6 to 10 px where the face is 1500 px wide. There the
# two finest levels of the pyramid (structure of about 2 to 8 px) are the pores, so that width is the map's own scale.
PORE_FACE_WIDTH = 1500.0
PORE_THRESHOLD = 6.0
# A smaller face is enlarged to that width, but no more than this: beyond it the camera resolved no pores.
LARGEST_ENLARGEMENT = 2.0

# Reaches, in face widths, of the means that fill the ground outside the skin, widest first.
_FILL_REACHES = (0.12, 0.06, 0.03, 0.015, 0.0075)
_HALF_KERNEL_IN_SIGMAS = 2.0


def wrinkle_texture(grey: np.ndarray, face_width: float) -> np.ndarray:
    """Wrinkle texture of paper P, T = (1 - I / (1 + G * I)) x 255, clipped to 0..255.

    grey: (H, W) uint8 or float, 0..255. face_width: width of the face in pixels. Returns float32 (H, W), 0..255: bright
    where the picture is darker than its surroundings. As the 1 in the divisor says, I and G * I are in grey levels, so
    a flat patch of grey value v gives 255 / (1 + v), nearly 0.
    Raises ValueError for a picture that is not (H, W) or a face width that is not above 0.
    """
    grey = as_grey(grey)
    surroundings = gaussian_blur(grey, WRINKLE_SIGMA * checked_width(face_width))
    return np.clip((1.0 - grey / (1.0 + surroundings)) * 255.0, 0.0, 255.0).astype(np.float32)


def pore_texture(grey: np.ndarray, face_width: float, threshold: float = PORE_THRESHOLD) -> np.ndarray:
    """Pore texture of paper P, t = -(L0 + expand(L1)) with L the Laplacian pyramid, and 0 where |t| <= threshold.

    grey: (H, W) uint8 or float, 0..255. face_width: width of the face in pixels; the pyramid is built at the size at
    which the face is PORE_FACE_WIDTH wide (a smaller picture is enlarged by LARGEST_ENLARGEMENT at most).
    Returns float32 (H, W), -255..255 in grey levels, above 0 on dark spots (pores are darker than their surroundings)
    and below 0 on bright ones. Raises ValueError for a bad shape or a face width that is not above 0.
    """
    grey = as_grey(grey)
    size = grey.shape
    scale = min(LARGEST_ENLARGEMENT, PORE_FACE_WIDTH / checked_width(face_width))
    finest, second, _ = laplacian_pyramid(resize(grey, scaled_size(size, scale)), 3)
    texture = resize(-(finest + expand(second, finest.shape)), size)
    return np.where(np.abs(texture) > threshold, texture, np.float32(0.0))


def laplacian_pyramid(grey: np.ndarray, levels: int) -> list[np.ndarray]:
    """Laplacian pyramid (Burt and Adelson, 1983): `levels` float32 arrays, finest first, the last is what stays blurred.

    grey: (H, W) uint8 or float. Level k has ceil(H / 2**k) rows and ceil(W / 2**k) columns, and level k plus the
    expanded rest is the blurred picture of level k: `reconstruct` gives the picture back. levels must be 1 or more.
    """
    if levels < 1:
        raise ValueError(f"A pyramid has 1 level or more, but levels is {levels}: give a number above 0.")
    rest = as_grey(grey)
    pyramid = []
    for _ in range(levels - 1):
        smaller = cv2.pyrDown(rest)
        pyramid.append(rest - expand(smaller, rest.shape))
        rest = smaller
    return [*pyramid, rest]


def reconstruct(pyramid: list[np.ndarray]) -> np.ndarray:
    """The picture, float32 (H, W), from its Laplacian pyramid, finest level first. Exact but for float rounding."""
    picture = pyramid[-1]
    for level in reversed(pyramid[:-1]):
        picture = level + expand(picture, level.shape)
    return picture


def expand(level: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """One pyramid level, float32 (h, w), blown up to the (H, W) of the next finer one, where h = ceil(H / 2)."""
    # pyrUp is told the size because twice ceil(H / 2) is one row too many when H is odd.
    return cv2.pyrUp(level, dstsize=(size[1], size[0])).reshape(size)


def gaussian_blur(grey: np.ndarray, sigma: float) -> np.ndarray:
    """grey, float32 (H, W), blurred by a Gaussian of `sigma` px cut off at two sigma, as 21x21 cuts sigma 5."""
    half = max(1, round(_HALF_KERNEL_IN_SIGMAS * sigma))
    return cv2.GaussianBlur(grey, (2 * half + 1, 2 * half + 1), sigma, borderType=cv2.BORDER_REFLECT)


def fill_outside(grey: np.ndarray, skin: np.ndarray, face_width: float) -> np.ndarray:
    """grey, float32 (H, W), with the smoothed nearby skin in place of all that is not skin."""
    filled = np.full_like(grey, grey[skin].mean() if skin.any() else grey.mean())
    for reach in _FILL_REACHES:
        mean, share = local_mean(grey, skin, reach * face_width)
        filled = np.where(share > 0.02, mean, filled)
    return np.where(skin, grey, filled)


def local_mean(values: np.ndarray, skin: np.ndarray, sigma: float) -> tuple[np.ndarray, np.ndarray]:
    """Gaussian mean of values, float32 (H, W), over the skin alone, and the share of skin under the Gaussian, 0..1."""
    # A wide Gaussian is taken on a smaller picture, where it is four pixels: the same to the eye, and much faster.
    scale = min(1.0, 4.0 / sigma)
    size = scaled_size(values.shape, scale)
    weight = skin.astype(np.float32)
    blurred = [
        cv2.GaussianBlur(resize(part, size), (0, 0), sigma * scale, borderType=cv2.BORDER_REFLECT)
        for part in (weight, values * weight)
    ]
    share, total = (resize(part, values.shape) for part in blurred)
    return total / np.maximum(share, 1e-6), share


def as_grey(grey: np.ndarray) -> np.ndarray:
    """grey as float32 (H, W). Raises ValueError for another shape, such as a colour picture, or an empty one."""
    grey = np.asarray(grey)
    if grey.ndim != 2 or grey.size == 0:
        raise ValueError(
            f"Expected a grey picture (H, W), but an array of shape {grey.shape} came: turn it to grey first."
        )
    return np.ascontiguousarray(grey, dtype=np.float32)


def checked_width(face_width: float) -> float:
    """face_width as a float. Raises ValueError where it cannot scale a kernel (0, negative, not a number)."""
    if not np.isfinite(face_width) or face_width <= 0:
        raise ValueError(f"The face's width must be above 0 px, but {face_width} came: give the width in pixels.")
    return float(face_width)
