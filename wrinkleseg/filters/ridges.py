"""Ridges of a grey picture: curvatures and Frangi's vesselness, in strips on all cores, and kernels for lines of one direction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np

from wrinkleseg.texture import as_grey

# Rows that are filtered at a time: few enough to stay in a core's own memory.
_STRIP = 256


def frangi(
    grey: np.ndarray,
    sigmas: Sequence[float] = (1, 3, 5, 7, 9),
    beta: float = 0.5,
    gamma: float | None = None,
) -> np.ndarray:
    """Vesselness of dark ridges, the most over sigmas (Frangi et al., 1998, equations 13 and 15): float32 (H, W), 0..1.

    sigmas in pixels. gamma: the curvature that counts as structure; None takes half of the strongest one at the first
    scale, as skimage does, with whose `filters.frangi` this agrees to rounding but for a margin at the picture's border.
    """
    grey = as_grey(grey)
    vesselness = np.zeros_like(grey)
    for sigma in sigmas:
        across, along = curvatures(grey, sigma)
        if gamma is None:
            gamma = max(_strongest(across, along) / 2, 1e-3)  # a flat picture leaves rounding only
        _add_ridges(vesselness, across, along, beta, gamma)
    return vesselness


def _add_ridges(vesselness: np.ndarray, across: np.ndarray, along: np.ndarray, beta: float, gamma: float) -> None:
    """One scale's share: `vesselness` becomes the larger of what it was and of Frangi's equation 15."""

    def add(rows: slice) -> None:
        structure = 1.0 - cv2.exp(_strength(across[rows], along[rows]) / (-2.0 * gamma**2))
        ridge = line_likeness(across[rows], along[rows], beta) * structure
        np.maximum(vesselness[rows], ridge, out=vesselness[rows])

    _in_strips(len(vesselness), add)


def _strongest(across: np.ndarray, along: np.ndarray) -> float:
    def of(rows: slice) -> float:
        return float(_strength(across[rows], along[rows]).max())

    return float(np.sqrt(max(_in_strips(len(across), of))))


def _strength(across: np.ndarray, along: np.ndarray) -> np.ndarray:
    """Square of Frangi's "second order structureness", S."""
    return across**2 + along**2


def oriented_kernels(sigma: float, length: float, orientations: int) -> list[np.ndarray]:
    """Even kernels for dark lines, float32 (n, n), one an orientation over half a turn.

    Across the line the second derivative of a Gaussian of `sigma` px, along it a Gaussian of `length` px. Each sums to
    0, so that flat skin of any tone gives 0, and its positive part sums to 1.
    """
    half = int(np.ceil(2.5 * max(length, sigma)))
    y, x = np.mgrid[-half : half + 1, -half : half + 1].astype(np.float64)
    kernels = []
    for angle in np.pi * np.arange(orientations) / orientations:
        across, along = (
            x * np.cos(angle) + y * np.sin(angle),
            y * np.cos(angle) - x * np.sin(angle),
        )
        envelope = np.exp(-(across**2) / (2 * sigma**2) - along**2 / (2 * length**2))
        kernel = (across**2 / sigma**2 - 1.0) * envelope
        kernel -= envelope * (kernel.sum() / envelope.sum())
        kernels.append((kernel / np.abs(kernel).sum() * 2.0).astype(np.float32))
    return kernels


def curvatures(grey: np.ndarray, sigma: float) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues of the Hessian at a scale of sigma px, the larger and the smaller one: float32 (H, W) each.

    On a dark line the larger one, across the line, is above 0 and the smaller one, along it, near 0. Not normalised by
    the scale. The second derivative is two first derivatives of sigma / sqrt(2), whose sampled sum is 0 by symmetry.
    """
    smooth, first = _gaussian_pair(sigma / np.sqrt(2.0))
    kernels = [np.convolve(x, y).astype(np.float32) for x, y in ((smooth, smooth), (smooth, first), (first, first))]
    half, (height, width) = len(kernels[0]) // 2, grey.shape
    wide = cv2.copyMakeBorder(grey, half, half, half, half, cv2.BORDER_REFLECT)
    across, along = np.empty((height, width), np.float32), np.empty((height, width), np.float32)

    def fill(rows: slice) -> None:
        found = _eigenvalues(wide[rows.start : rows.stop + 2 * half], kernels)
        for whole, part in zip((across, along), found, strict=True):
            whole[rows] = part[half:-half, half:-half]

    _in_strips(height, fill)
    return across, along


def _in_strips(height: int, work: Callable[[slice], float | None]) -> list[float | None]:
    """What `work` gives for each strip of rows, on all cores: OpenCV and NumPy use one each and leave Python alone meanwhile."""
    strips = [slice(top, min(top + _STRIP, height)) for top in range(0, height, _STRIP)]
    with ThreadPoolExecutor(max(1, cv2.getNumThreads())) as pool:
        return list(pool.map(work, strips))


def _eigenvalues(grey: np.ndarray, kernels: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Of the Hessian at each pixel, the larger and the smaller one. kernels: of derivative 0, 1 and 2."""
    xx, xy, yy = (cv2.sepFilter2D(grey, cv2.CV_32F, kernels[x], kernels[2 - x]) for x in (2, 1, 0))
    mean, spread = (xx + yy) * 0.5, cv2.magnitude((xx - yy) * 0.5, xy)
    return mean + spread, mean - spread


def _gaussian_pair(sigma: float) -> tuple[np.ndarray, np.ndarray]:
    """Gaussian of sigma px, cut off at four sigma, and its first derivative: float64 (n,)."""
    half = int(np.ceil(4.0 * sigma))
    x = np.arange(-half, half + 1, dtype=np.float64)
    smooth = np.exp(-(x**2) / (2 * sigma**2))
    smooth /= smooth.sum()
    return smooth, -x / sigma**2 * smooth


def line_likeness(across: np.ndarray, along: np.ndarray, beta: float) -> np.ndarray:
    """Frangi's exp(-R^2 / 2 beta^2), R the ratio of the curvatures: 1 on a straight dark line, 0 on a bright one."""
    ratio = along / np.maximum(across, 1e-10)
    return np.where(across > np.abs(along), cv2.exp(ratio**2 / (-2.0 * beta**2)), np.float32(0.0))
