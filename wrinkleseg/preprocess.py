"""From a photo to a network's input and back: one object, born with the model, saved with its weights.

The face is cut out and brought to a fixed width in pixels, so that a wrinkle or a pore is equally large in every photo
that a network sees. A network may look for pores at a larger width than for wrinkles.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from wrinkleseg import geometry, texture
from wrinkleseg.geometry import Box, Size

# ImageNet's channel statistics, so that pretrained encoders see what they were trained on.
_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_SPREAD = np.array([0.229, 0.224, 0.225], np.float32)
_NORMALISED = (np.arange(256, dtype=np.float32)[None, :, None] / 255 - _MEAN) / _SPREAD  # for each level of a channel
# Rough mean and spread of the wrinkle texture (0..255) on skin.
_TEXTURE_MEAN, _TEXTURE_SPREAD = 6.0, 24.0
CELL = 32
"""px of the network that a whole number of the photo's pixels fills: most encoders halve five times, and only from one
cell to the next do they see the same pixels alike."""
_STEPS = 8  # sizes of a cell between one and its double
# Luma of BT.601 in 32768ths, as OpenCV rounds it.
_LUMA = (9798, 19235, 3735)


@dataclass(frozen=True)
class View:
    """A part of a photo as the network sees it: `box` in the photo's pixels, brought to `size` (h, w)."""

    box: Box
    size: Size

    def seen(self, width: float) -> float:
        """A width on the photo in the network's pixels."""
        return width * self.size[1] / self.box.width


@dataclass(frozen=True)
class Preprocess:
    """How a photo becomes a network's input.

    face_width: width of the face in the network's pixels, for each task.
    margin: how far beyond the face's box the network looks, as a share of the face's width.
    texture: whether the wrinkle texture map (paper P) goes along as a fourth channel.
    largest_enlargement: a small face is enlarged by this factor at most; more would only invent detail.
    mirrored: tasks for which the picture's mirror image is looked at as well, at twice the time.
    crisp: tasks whose maps are given steep sides (`masks.crisp`) before they are laid back on the photo.
    """

    face_width: Mapping[str, int]
    margin: float = 0.2
    texture: bool = False
    largest_enlargement: float = 2.0
    mirrored: tuple[str, ...] = ("wrinkle",)
    crisp: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.face_width or min(self.face_width.values()) < 32:
            raise ValueError(f"face_width needs 32 px or more for each task, got {dict(self.face_width)}")
        if self.margin < 0 or self.largest_enlargement < 1:
            raise ValueError(
                "margin must be 0 or more and largest_enlargement 1 or more, "
                f"got {self.margin} and {self.largest_enlargement}"
            )

    @property
    def channels(self) -> int:
        """Channels of the input: 3, or 4 with the texture map."""
        return 4 if self.texture else 3

    def view(self, box: Box, face_width: float, task: str) -> View:
        """What the network sees of a face of `face_width` px whose oval fills `box`."""
        scale = min(self.face_width[task] / face_width, self.largest_enlargement)
        wide = box.grown(round(self.margin * face_width))
        return View(wide, geometry.scaled_size(wide.size, scale))

    def steady_view(self, box: Box, face_width: float, task: str, size: Size) -> View:
        """As `view`, on a grid that a landmark half a pixel further on does not move: for a photo of `size` (H, W).

        Thin lines feel by which fraction of a pixel a picture is shifted or enlarged, so the same face would be marked
        otherwise once its photo is saved again. Here the scale is one of few (3% off on average, 7% at most), the view
        is made of whole cells of 32 px, and the grid lies alike in a photo and in its mirror image.
        """
        near = self.view(box, face_width, task)
        cell = _cell_side(CELL * near.box.width / near.size[1])
        (top, bottom), (left, right) = (
            _in_cells(start, stop, length, cell)
            for start, stop, length in zip(
                (near.box.top, near.box.left), (near.box.bottom, near.box.right), size, strict=True
            )
        )
        wide = Box(top, left, bottom - top, right - left)
        return View(wide, (wide.height // cell * CELL, wide.width // cell * CELL))

    def tensor(self, rgb: np.ndarray, face_width: float) -> Tensor:
        """uint8 RGB (h, w, 3), with a face `face_width` px wide, to float32 (channels, h, w)."""
        layers = list(cv2.split(cv2.LUT(rgb, _NORMALISED)))
        if self.texture:
            lines = texture.wrinkle_texture(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), face_width)
            layers.append((lines - _TEXTURE_MEAN) / _TEXTURE_SPREAD)
        return torch.from_numpy(np.stack(layers))

    def tensors(self, rgb: Tensor, face_width: float) -> Tensor:
        """`tensor` for a batch, in torch and on its device: uint8 (N, 3, h, w) to float32 (N, channels, h, w).

        face_width: width of the face in pixels, the same in all pictures. The two agree within 1e-3. Raises ValueError
        for another shape or dtype, or a face width that is not above 0.
        """
        if rgb.ndim != 4 or rgb.shape[1] != 3 or rgb.dtype != torch.uint8:
            raise ValueError(f"expected uint8 (N, 3, h, w), got {rgb.dtype} {tuple(rgb.shape)}: stack RGB pictures")
        mean, spread = (torch.from_numpy(values).to(rgb.device).view(3, 1, 1) for values in (_MEAN, _SPREAD))
        layers = (rgb.float() / 255 - mean) / spread
        if not self.texture:
            return layers
        lines = _wrinkle_textures(_grey(rgb), face_width)
        return torch.cat([layers, (lines - _TEXTURE_MEAN) / _TEXTURE_SPREAD], dim=1)

    def to_dict(self) -> dict:
        """Plain values for a configuration file; `Preprocess.from_dict` is the inverse."""
        lists = {"mirrored": list(self.mirrored), "crisp": list(self.crisp)}
        return {**asdict(self), "face_width": dict(self.face_width), **lists}

    @classmethod
    def from_dict(cls, values: dict) -> Preprocess:
        """The inverse of `to_dict`. TypeError for a name that isn't a setting, ValueError for a senseless value."""
        tuples = {name: tuple(values[name]) for name in ("mirrored", "crisp") if name in values}
        return cls(**{**values, **tuples})


def look(rgb: np.ndarray, view: View) -> np.ndarray:
    """The view's part of a photo or map, (H, W[, C]) uint8 or float32, at the network's size; outside the photo is 0."""
    return geometry.resize(geometry.crop_view(rgb, view.box), view.size)


def lay_back(probability: np.ndarray, view: View, size: Size) -> np.ndarray:
    """The inverse of `look` for a map, float32 (h, w): back to the photo's `size` (H, W), 0 outside the view."""
    return geometry.uncrop(geometry.resize(probability, view.box.size), view.box, size)


def _cell_side(wanted: float) -> int:
    """The side of a cell on the photo: the odd number nearest to the nearest of a few sizes.

    Odd, so that in a photo of any width the grid can be laid alike from left and right.
    """
    few = 2 ** (round(_STEPS * math.log2(wanted)) / _STEPS)
    return max(1, 2 * round((few - 1) / 2) + 1)


def _in_cells(start: int, stop: int, length: int, cell: int) -> tuple[int, int]:
    """The bounds of the cells that hold start..stop on a side of `length` px, with an edge or a cell in its middle."""
    edge = (length - cell * (length % 2)) // 2
    return edge + (start - edge) // cell * cell, edge - (edge - stop) // cell * cell


def _grey(rgb: Tensor) -> Tensor:
    """uint8 (N, 3, h, w) to whole grey levels, float32 (N, 1, h, w), 0..255: what cv2.COLOR_RGB2GRAY gives."""
    red, green, blue = rgb.float().split(1, dim=1)
    # No sum reaches 2**24, so float32 holds each exactly, on every device.
    return ((red * _LUMA[0] + green * _LUMA[1] + blue * _LUMA[2] + 2**14) / 2**15).floor()


def _wrinkle_textures(grey: Tensor, face_width: float) -> Tensor:
    """`texture.wrinkle_texture` of each picture of a batch, float32 (N, 1, h, w), 0..255 in and out."""
    kernel = _kernel(texture.WRINKLE_SIGMA * texture.checked_width(face_width))
    surroundings = _filtered(_filtered(grey, kernel, dim=2), kernel, dim=3)
    return ((1.0 - grey / (1.0 + surroundings)) * 255.0).clamp(0.0, 255.0)


def _kernel(sigma: float) -> list[float]:
    """The Gaussian of texture.gaussian_blur, read off one bright pixel, so that the two cannot drift apart."""
    far = math.ceil(4 * sigma) + 2
    pixel = np.zeros((1, 4 * far + 1), np.float32)
    pixel[0, 2 * far] = 1
    return np.trim_zeros(texture.gaussian_blur(pixel, sigma)[0]).tolist()


def _filtered(pictures: Tensor, kernel: list[float], dim: int) -> Tensor:
    """Float32 (N, 1, h, w) convolved along one dimension; beyond the border the edge pixel comes first, then inwards.

    A sum of shifted pictures: convolutions may be done with fewer digits (TF32, autocast), which would show in the map.
    """
    length, half = pictures.shape[dim], len(kernel) // 2
    # torch has no such padding: its "reflect" leaves the edge pixel out.
    places = torch.arange(-half, length + half, device=pictures.device) % (2 * length)
    padded = pictures.index_select(dim, torch.minimum(places, 2 * length - 1 - places))
    result = torch.zeros_like(pictures)
    for shift, weight in enumerate(kernel):
        result.add_(padded.narrow(dim, shift, length), alpha=weight)
    return result
