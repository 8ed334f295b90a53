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

from wrinkleseg.filters.pores import darkest_border, keep_round, pores_dog, pores_kmeans
from wrinkleseg.filters.ridges import curvatures, frangi, oriented_kernels
from wrinkleseg.filters.work import long_lines
from wrinkleseg.filters.wrinkles import wrinkles_frangi, wrinkles_frangi_plain, wrinkles_gabor

__all__ = [
    "THRESHOLDS",
    "curvatures",
    "darkest_border",
    "frangi",
    "keep_round",
    "long_lines",
    "oriented_kernels",
    "pores_dog",
    "pores_kmeans",
    "wrinkles_frangi",
    "wrinkles_frangi_plain",
    "wrinkles_gabor",
]

# Frozen: chosen on validation photos for the best macro F1 (wrinkles), and on the annotated skin outside the measured
# zone for the best IoU + F1 of centres (pores). For pores by k-means .5 is the border of the darkest cluster itself.
THRESHOLDS: dict[str, float] = {
    "frangi-plain": 0.0804,
    "frangi": 0.72,
    "gabor": 0.78,
    "pores-kmeans": 0.5,
    "pores-dog": 0.8,
}
