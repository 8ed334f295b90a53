"""Wrinkles as ridges: by Frangi's filter as it is mostly used, by the Hessian, by a bank of oriented filters."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from wrinkleseg.filters.ridges import curvatures, frangi, line_likeness, oriented_kernels
from wrinkleseg.filters.work import Photo, dark_over_bright, long_lines, sigma_px
from wrinkleseg.texture import local_mean

# Lengths below are in widths of the face, WORK widths in pixels.
WRINKLE_WORK_WIDTH = 300.0
WRINKLE_SIGMAS = (0.0055,)
PLAIN_SIGMAS = (0.0035, 0.007, 0.0105)  # 1, 2 and 3 px in a face of 285 px
GABOR_SIGMA = 0.005
GABOR_LENGTH = 0.012
GABOR_ORIENTATIONS = 12
EDGE_MARGIN = 0.04
HAIR_REACH = 0.08
SHORTEST_WRINKLE = 0.07
LINE_GROWTH = 0.0035
DARKEST_SKIN = 2.0  # in robust standard deviations below the skin's median grey
WRINKLE_NOISE = 1.0  # grey levels

LINE_LEVELS = np.linspace(0.2, 0.96, 39)


def wrinkles_frangi_plain(grey: np.ndarray, face_width: float, skin: np.ndarray) -> np.ndarray:
    """Frangi's filter as it is mostly used, inside the skin, as a share of its strongest responses there.

    The baseline of the papers (paper P, Table 2): none of the three improvements. Arguments, result and
    errors as in the text of `filters`.
    """
    photo = Photo(grey, face_width, skin, WRINKLE_WORK_WIDTH)
    response = frangi(photo.grey, [sigma_px(sigma, photo.width) for sigma in PLAIN_SIGMAS]) * photo.skin
    strongest = np.percentile(response[photo.skin], 99) if photo.skin.any() else 0.0
    return photo.restored(0.5 * response / max(float(strongest), 1e-4))  # below it there is rounding only


def wrinkles_frangi(grey: np.ndarray, face_width: float, skin: np.ndarray) -> np.ndarray:
    """Wrinkles as dark ridges of the Hessian: Frangi's line-likeness times the curvature across, most over the scales.

    Arguments, result and errors as in the text of `filters`. Frangi's own structure term is not used: its gamma depends on
    the strongest edge of the photo, and a frozen threshold needs a response that does not.
    """
    return _wrinkles(grey, face_width, skin, _hessian_ridges)


def wrinkles_gabor(grey: np.ndarray, face_width: float, skin: np.ndarray) -> np.ndarray:
    """Wrinkles by a bank of long oriented even filters times the Hessian's line-likeness, most over the orientations.

    A hybrid after Ng, Yap, Costen and Li, "Automatic wrinkle detection using hybrid Hessian filter" (ACCV 2014), and the
    Gabor banks of Batool and Chellappa (2014). Arguments, result and errors as in the text of `filters`.
    """
    return _wrinkles(grey, face_width, skin, _oriented_ridges)


def _wrinkles(grey: np.ndarray, face_width: float, skin: np.ndarray, ridges: Callable) -> np.ndarray:
    photo = Photo(grey, face_width, skin, WRINKLE_WORK_WIDTH)
    dark, bright = ridges(photo.grey, photo.width)
    strength = dark_over_bright(dark, bright, photo, HAIR_REACH, WRINKLE_NOISE)
    strength *= _not_hair_dark(photo) * _inside(photo.skin, EDGE_MARGIN * photo.width)
    lines = long_lines(1.0 - np.exp(-strength), SHORTEST_WRINKLE * photo.width, LINE_LEVELS)
    # A person draws a line over the whole width of a wrinkle, the filter's ridge is its middle.
    reach = 2 * round(LINE_GROWTH * photo.width) + 1
    return photo.restored(cv2.dilate(lines, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))))


def _hessian_ridges(grey: np.ndarray, face_width: float) -> tuple[np.ndarray, np.ndarray]:
    """Strength of dark and of bright ridges, float32 (H, W) in grey levels, the most over WRINKLE_SIGMAS."""
    dark = bright = np.zeros_like(grey)
    for sigma in (sigma_px(share, face_width) for share in WRINKLE_SIGMAS):
        across, along = curvatures(grey, sigma)
        dark = np.maximum(dark, sigma**2 * across * line_likeness(across, along, 0.5))
        bright = np.maximum(bright, -(sigma**2) * np.minimum(across, along))
    return dark, bright


def _oriented_ridges(grey: np.ndarray, face_width: float) -> tuple[np.ndarray, np.ndarray]:
    """As _hessian_ridges, by a bank of oriented filters, most over orientations, times the Hessian's line-likeness."""
    sigma = sigma_px(GABOR_SIGMA, face_width)
    bank = oriented_kernels(sigma, max(sigma, GABOR_LENGTH * face_width), GABOR_ORIENTATIONS)
    answers = [cv2.filter2D(grey, cv2.CV_32F, kernel, borderType=cv2.BORDER_REFLECT) for kernel in bank]
    dark, bright = np.maximum.reduce(answers), -np.minimum.reduce(answers)
    return dark * line_likeness(*curvatures(grey, sigma), 0.5), bright


def _not_hair_dark(photo: Photo) -> np.ndarray:
    """1 on skin of common brightness, falling to 0 where the surroundings are as dark as hair, brows and nostrils."""
    if not photo.skin.any():
        return np.zeros_like(photo.grey)
    surroundings, _ = local_mean(photo.grey, np.ones_like(photo.skin), 0.015 * photo.width)
    tones = photo.grey[photo.skin]
    # Evenly lit skin has next to no spread: without a floor a wrinkle itself would count as hair.
    spread = max(10.0, 1.4826 * float(np.median(np.abs(tones - np.median(tones)))))
    return np.clip((surroundings - np.median(tones)) / spread + DARKEST_SKIN, 0.0, 1.0)


def _inside(skin: np.ndarray, margin: float) -> np.ndarray:
    """Skin at least margin px from the skin's edge: the edges of hair, eyes and lips are dark lines too."""
    padded = np.pad(skin, 1, mode="edge").astype(np.uint8)
    return cv2.distanceTransform(padded, cv2.DIST_L2, 5)[1:-1, 1:-1] > margin
