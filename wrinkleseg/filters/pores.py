"""Pores as dark spots: by a difference of Gaussians, by k-means on the high-passed skin."""

from __future__ import annotations

import cv2
import numpy as np

from wrinkleseg.filters.work import Photo, dark_over_bright, long_lines, sigma_px
from wrinkleseg.texture import local_mean

# Lengths below are in widths of the face, WORK widths in pixels.
PORE_WORK_WIDTH = 1600.0
PORE_SIGMA = 0.00088
PORE_REACH = 0.03
PORE_NOISE = 0.5  # grey levels
SMALLEST_PORE = 0.0022  # diagonal of its box
PORE_BACKGROUND = 0.003
PORE_CLUSTERS = 4
PORE_AREA = (2.4e-6, 8.0e-5)  # in squares of the face's width
PORE_ROUNDNESS = 0.4

_PORE_LEVELS = np.linspace(0.6, 0.95, 8)


def pores_dog(grey: np.ndarray, face_width: float, skin: np.ndarray) -> np.ndarray:
    """Pores as dark blobs by a difference of Gaussians. Arguments, result and errors as in the text of `filters`."""
    photo = Photo(grey, face_width, skin, PORE_WORK_WIDTH)
    sigma = sigma_px(PORE_SIGMA, photo.width)
    blobs = cv2.GaussianBlur(photo.grey, (0, 0), 1.6 * sigma) - cv2.GaussianBlur(photo.grey, (0, 0), sigma)
    contrast = dark_over_bright(blobs, -blobs, photo, PORE_REACH, PORE_NOISE)
    return photo.restored(long_lines(1.0 - np.exp(-contrast), SMALLEST_PORE * photo.width, _PORE_LEVELS))


def pores_kmeans(grey: np.ndarray, face_width: float, skin: np.ndarray) -> np.ndarray:
    """Pores as the darkest of PORE_CLUSTERS clusters of the high-passed skin, kept where of a pore's size and round.

    After Campiche et al. (Skin Research and Technology, 2019), paper P's classical method: high-pass filter, k-means,
    morphology. Response .5 is the cluster's border. Arguments, result and errors as in the text of `filters`.
    """
    photo = Photo(grey, face_width, skin, PORE_WORK_WIDTH)
    background, _ = local_mean(photo.grey, photo.skin, PORE_BACKGROUND * photo.width)
    darkness = background - cv2.GaussianBlur(photo.grey, (0, 0), sigma_px(PORE_SIGMA, photo.width))
    border = darkest_border(darkness[photo.skin], PORE_CLUSTERS)
    pores = keep_round((darkness > border) & photo.skin, PORE_AREA, photo.width)
    return photo.restored(np.where(pores, np.clip(0.5 * darkness / max(border, 1e-6), 0.0, 1.0), 0.0))


def darkest_border(values: np.ndarray, clusters: int) -> float:
    """Border between the darkest (highest) and the next of k-means clusters of values (N,), by Lloyd on a histogram.

    Starts from even quantiles, so that the same picture gives the same clusters. Infinity for no values.
    """
    if values.size == 0:
        return float("inf")
    counts, edges = np.histogram(values, bins=1024)
    middles = (edges[:-1] + edges[1:]) / 2
    centres = np.quantile(values, (np.arange(clusters) + 0.5) / clusters)
    for _ in range(100):
        nearest = np.searchsorted((centres[1:] + centres[:-1]) / 2, middles)
        weight = np.bincount(nearest, counts, clusters)
        moved = np.bincount(nearest, counts * middles, clusters) / np.maximum(weight, 1)
        moved = np.where(weight > 0, moved, centres)
        if np.allclose(moved, centres):
            break
        centres = moved
    return float(centres[-2:].mean())


def keep_round(mask: np.ndarray, area: tuple[float, float], face_width: float) -> np.ndarray:
    """The spots of mask, bool (H, W), whose area (in squares of face_width) and roundness are a pore's.

    Roundness is area / (4 pi times the larger variance of the spot's pixels): 1 for a disc, about 0 for a hair.
    """
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    size = boxes[:, cv2.CC_STAT_AREA]
    roundness = size / (4 * np.pi * _larger_variance(labels, size))
    kept = (size >= area[0] * face_width**2) & (size <= area[1] * face_width**2) & (roundness >= PORE_ROUNDNESS)
    kept[0] = False  # label 0 is the ground
    return kept[labels]


def _larger_variance(labels: np.ndarray, size: np.ndarray) -> np.ndarray:
    """The larger eigenvalue of each label's covariance of pixels, (N,) px^2; 1/12 is the variance within a pixel."""
    y, x = np.indices(labels.shape)
    flat = labels.ravel()
    mean = [np.bincount(flat, v.ravel(), size.size) / size for v in (x, y)]
    x, y = (x - mean[0][labels]).ravel(), (y - mean[1][labels]).ravel()
    xx, xy, yy = (np.bincount(flat, v, size.size) / size for v in (x * x, x * y, y * y))
    return (xx + yy) / 2 + np.hypot((xx - yy) / 2, xy) + 1 / 12
