"""The classical methods: wrinkles by Frangi's and by oriented filters, pores by k-means and by a difference of Gaussians.

Each method takes grey (H, W) uint8 or float 0..255, the face's width in pixels and the skin, bool (H, W), and gives a
float32 (H, W) response in 0..1 that is 0 outside the skin. Kernels follow the face's width; a large photo is reduced to
the size at which the method works, so that time and result do not grow with the camera.

Three things make one frozen threshold work on all photos, and make these honest baselines:
* Outside the skin the picture is filled with the smoothed skin, so that the mask's edge is no ridge.
* The response to dark structure is divided by the mean response to bright structure nearby. Noise, hair and stubble are
  dark and bright alike and cancel out; a wrinkle or a pore is dark only. A constant of a grey level or so is added to
  the divisor, so that smooth skin is not made noisy.
* A wrinkle is long and a pore is round: short ridges and long spots are thrown away.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np

from wrinkleseg.texture import as_grey, checked_width, fill_outside, local_mean, resize

# Frozen: chosen on validation photos for the best macro F1 (wrinkles), and on the annotated skin outside the measured
# zone for the best IoU + F1 of centres (pores). For pores by k-means .5 is the border of the darkest cluster itself.
THRESHOLDS: dict[str, float] = {
    "frangi-plain": 0.0804,
    "frangi": 0.72,
    "gabor": 0.78,
    "pores-kmeans": 0.5,
    "pores-dog": 0.8,
}

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
PORE_WORK_WIDTH = 1600.0
PORE_SIGMA = 0.00088
PORE_REACH = 0.03
PORE_NOISE = 0.5  # grey levels
PORE_SMOOTHING = 0.0006
SMALLEST_PORE = 0.0022  # diagonal of its box
PORE_BACKGROUND = 0.003
PORE_CLUSTERS = 4
PORE_AREA = (2.4e-6, 8.0e-5)  # in squares of the face's width
PORE_ROUNDNESS = 0.4
SMALLEST_SIGMA_PX = 0.7  # a thinner kernel falls between the pixels

_LINE_LEVELS = np.linspace(0.2, 0.96, 39)
# Rows that are filtered at a time: few enough to stay in a core's own memory.
_STRIP = 256
_PORE_LEVELS = np.linspace(0.6, 0.95, 8)


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
        ridge = _line_likeness(across[rows], along[rows], beta) * structure
        np.maximum(vesselness[rows], ridge, out=vesselness[rows])

    _in_strips(len(vesselness), add)


def _strongest(across: np.ndarray, along: np.ndarray) -> float:
    def of(rows: slice) -> float:
        return float(_strength(across[rows], along[rows]).max())

    return float(np.sqrt(max(_in_strips(len(across), of))))


def _strength(across: np.ndarray, along: np.ndarray) -> np.ndarray:
    """Square of Frangi's "second order structureness", S."""
    return across**2 + along**2


def wrinkles_frangi_plain(grey: np.ndarray, face_width: float, skin: np.ndarray) -> np.ndarray:
    """Frangi's filter as it is mostly used, inside the skin, as a share of its strongest responses there.

    The baseline of the papers (paper P, Table 2): none of this module's three improvements. Arguments, result and
    errors as in the module's text.
    """
    photo = _Photo(grey, face_width, skin, WRINKLE_WORK_WIDTH)
    response = frangi(photo.grey, [_sigma(sigma, photo.width) for sigma in PLAIN_SIGMAS]) * photo.skin
    strongest = np.percentile(response[photo.skin], 99) if photo.skin.any() else 0.0
    return photo.restored(0.5 * response / max(float(strongest), 1e-4))  # below it there is rounding only


def wrinkles_frangi(grey: np.ndarray, face_width: float, skin: np.ndarray) -> np.ndarray:
    """Wrinkles as dark ridges of the Hessian: Frangi's line-likeness times the curvature across, most over the scales.

    Arguments, result and errors as in the module's text. Frangi's own structure term is not used: its gamma depends on
    the strongest edge of the photo, and a frozen threshold needs a response that does not.
    """
    return _wrinkles(grey, face_width, skin, _hessian_ridges)


def wrinkles_gabor(grey: np.ndarray, face_width: float, skin: np.ndarray) -> np.ndarray:
    """Wrinkles by a bank of long oriented even filters times the Hessian's line-likeness, most over the orientations.

    A hybrid after Ng, Yap, Costen and Li, "Automatic wrinkle detection using hybrid Hessian filter" (ACCV 2014), and the
    Gabor banks of Batool and Chellappa (2014). Arguments, result and errors as in the module's text.
    """
    return _wrinkles(grey, face_width, skin, _oriented_ridges)


def pores_dog(grey: np.ndarray, face_width: float, skin: np.ndarray) -> np.ndarray:
    """Pores as dark blobs by a difference of Gaussians. Arguments, result and errors as in the module's text."""
    photo = _Photo(grey, face_width, skin, PORE_WORK_WIDTH)
    sigma = _sigma(PORE_SIGMA, photo.width)
    blobs = cv2.GaussianBlur(photo.grey, (0, 0), 1.6 * sigma) - cv2.GaussianBlur(photo.grey, (0, 0), sigma)
    contrast = _dark_over_bright(blobs, -blobs, photo, PORE_REACH, PORE_NOISE)
    return photo.restored(long_lines(1.0 - np.exp(-contrast), SMALLEST_PORE * photo.width, _PORE_LEVELS))


def pores_kmeans(grey: np.ndarray, face_width: float, skin: np.ndarray) -> np.ndarray:
    """Pores as the darkest of PORE_CLUSTERS clusters of the high-passed skin, kept where of a pore's size and round.

    After Campiche et al. (Skin Research and Technology, 2019), paper P's classical method: high-pass filter, k-means,
    morphology. Response .5 is the cluster's border. Arguments, result and errors as in the module's text.
    """
    photo = _Photo(grey, face_width, skin, PORE_WORK_WIDTH)
    background, _ = local_mean(photo.grey, photo.skin, PORE_BACKGROUND * photo.width)
    darkness = background - cv2.GaussianBlur(photo.grey, (0, 0), _sigma(PORE_SIGMA, photo.width))
    border = darkest_border(darkness[photo.skin], PORE_CLUSTERS)
    pores = keep_round((darkness > border) & photo.skin, PORE_AREA, photo.width)
    return photo.restored(np.where(pores, np.clip(0.5 * darkness / max(border, 1e-6), 0.0, 1.0), 0.0))


class _Photo:
    """A photo at the size at which a method works: grey filled outside the skin, skin, width of the face."""

    def __init__(self, grey: np.ndarray, face_width: float, skin: np.ndarray, work_width: float):
        grey, face_width = as_grey(grey), checked_width(face_width)
        if skin.shape != grey.shape:
            raise ValueError(f"The skin mask is {skin.shape}, the picture {grey.shape}: give both at the same size.")
        self.full_skin = skin.astype(bool)
        scale = min(1.0, work_width / face_width)
        size = tuple(max(1, round(length * scale)) for length in grey.shape)
        self.width = face_width * scale
        self.skin = resize(self.full_skin.astype(np.float32), size) > 0.5
        self.grey = fill_outside(resize(grey, size), self.skin, self.width)

    def restored(self, response: np.ndarray) -> np.ndarray:
        """A response laid back on the photo's own size, float32, 0 outside the skin."""
        response = resize(response.astype(np.float32), self.full_skin.shape)
        return np.where(self.full_skin, np.clip(response, 0.0, 1.0), np.float32(0.0))


def _wrinkles(grey: np.ndarray, face_width: float, skin: np.ndarray, ridges: Callable) -> np.ndarray:
    photo = _Photo(grey, face_width, skin, WRINKLE_WORK_WIDTH)
    dark, bright = ridges(photo.grey, photo.width)
    strength = _dark_over_bright(dark, bright, photo, HAIR_REACH, WRINKLE_NOISE)
    strength *= _not_hair_dark(photo) * _inside(photo.skin, EDGE_MARGIN * photo.width)
    lines = long_lines(1.0 - np.exp(-strength), SHORTEST_WRINKLE * photo.width)
    # A person draws a line over the whole width of a wrinkle, the filter's ridge is its middle.
    reach = 2 * round(LINE_GROWTH * photo.width) + 1
    return photo.restored(cv2.dilate(lines, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))))


def _hessian_ridges(grey: np.ndarray, face_width: float) -> tuple[np.ndarray, np.ndarray]:
    """Strength of dark and of bright ridges, float32 (H, W) in grey levels, the most over WRINKLE_SIGMAS."""
    dark = bright = np.zeros_like(grey)
    for sigma in (_sigma(share, face_width) for share in WRINKLE_SIGMAS):
        across, along = curvatures(grey, sigma)
        dark = np.maximum(dark, sigma**2 * across * _line_likeness(across, along, 0.5))
        bright = np.maximum(bright, -(sigma**2) * np.minimum(across, along))
    return dark, bright


def _oriented_ridges(grey: np.ndarray, face_width: float) -> tuple[np.ndarray, np.ndarray]:
    """As _hessian_ridges, by a bank of oriented filters, most over orientations, times the Hessian's line-likeness."""
    sigma = _sigma(GABOR_SIGMA, face_width)
    bank = oriented_kernels(sigma, max(sigma, GABOR_LENGTH * face_width), GABOR_ORIENTATIONS)
    answers = [cv2.filter2D(grey, cv2.CV_32F, kernel, borderType=cv2.BORDER_REFLECT) for kernel in bank]
    dark, bright = np.maximum.reduce(answers), -np.minimum.reduce(answers)
    return dark * _line_likeness(*curvatures(grey, sigma), 0.5), bright


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


def _line_likeness(across: np.ndarray, along: np.ndarray, beta: float) -> np.ndarray:
    """Frangi's exp(-R^2 / 2 beta^2), R the ratio of the curvatures: 1 on a straight dark line, 0 on a bright one."""
    ratio = along / np.maximum(across, 1e-10)
    return np.where(across > np.abs(along), cv2.exp(ratio**2 / (-2.0 * beta**2)), np.float32(0.0))


def _dark_over_bright(dark: np.ndarray, bright: np.ndarray, photo: _Photo, reach: float, noise: float) -> np.ndarray:
    """Dark response over (noise + mean bright response within reach): float32 (H, W), 0 or more."""
    nearby, _ = local_mean(np.maximum(bright, 0.0), photo.skin, reach * photo.width)
    return np.maximum(dark, 0.0) / (noise + nearby)


def _not_hair_dark(photo: _Photo) -> np.ndarray:
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


def long_lines(response: np.ndarray, shortest: float, levels: np.ndarray = _LINE_LEVELS) -> np.ndarray:
    """response, float32 (H, W) 0..1, lowered where no line of `shortest` px goes through the pixel at its level.

    An opening by attribute: at each of a ladder of levels a connected piece stays where the diagonal of its box is long
    enough; what is below the first level is 0. A faint part of a long line stays, a strong speck goes.
    """
    opened = np.zeros_like(response, dtype=np.float32)
    for level, above in zip(levels, [*levels[1:], 1.0], strict=True):
        _, labels, boxes, _ = cv2.connectedComponentsWithStats((response > level).astype(np.uint8), connectivity=8)
        long = np.hypot(boxes[:, cv2.CC_STAT_WIDTH], boxes[:, cv2.CC_STAT_HEIGHT]) >= shortest
        long[0] = False  # label 0 is the ground
        kept = long[labels]
        opened[kept] = np.minimum(response[kept], above)
    return opened


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


def _sigma(share: float, face_width: float) -> float:
    return max(SMALLEST_SIGMA_PX, share * face_width)
