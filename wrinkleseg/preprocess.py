"""From a photo to a network's input and back: one object, born with the model, saved with its weights.

The face is cut out and brought to a fixed width in pixels, so that a wrinkle or a pore is equally large in every photo
that a network sees. A network may look for pores at a larger width than for wrinkles.
"""

from __future__ import annotations

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
# Rough mean and spread of the wrinkle texture (0..255) on skin.
_TEXTURE_MEAN, _TEXTURE_SPREAD = 6.0, 24.0


@dataclass(frozen=True)
class View:
    """A part of a photo as the network sees it: `box` in the photo's pixels, brought to `size` (h, w)."""

    box: Box
    size: Size


@dataclass(frozen=True)
class Preprocess:
    """How a photo becomes a network's input.

    face_width: width of the face in the network's pixels, for each task.
    margin: how far beyond the face's box the network looks, as a share of the face's width.
    texture: whether the wrinkle texture map (paper P) goes along as a fourth channel.
    largest_enlargement: a small face is enlarged by this factor at most; more would only invent detail.
    mirrored: tasks for which the picture's mirror image is looked at as well, at twice the time.
    """

    face_width: Mapping[str, int]
    margin: float = 0.2
    texture: bool = False
    largest_enlargement: float = 2.0
    mirrored: tuple[str, ...] = ("wrinkle",)

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

    def tensor(self, rgb: np.ndarray, face_width: float) -> Tensor:
        """uint8 RGB (h, w, 3), with a face `face_width` px wide, to float32 (channels, h, w)."""
        layers = (rgb.astype(np.float32) / 255 - _MEAN) / _SPREAD
        if self.texture:
            lines = texture.wrinkle_texture(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), face_width)
            layers = np.dstack([layers, (lines - _TEXTURE_MEAN) / _TEXTURE_SPREAD])
        return torch.from_numpy(np.ascontiguousarray(layers.transpose(2, 0, 1)))

    def to_dict(self) -> dict:
        """Plain values for a configuration file; `Preprocess.from_dict` is the inverse."""
        return {**asdict(self), "face_width": dict(self.face_width), "mirrored": list(self.mirrored)}

    @classmethod
    def from_dict(cls, values: dict) -> Preprocess:
        """The inverse of `to_dict`. TypeError for a name that isn't a setting, ValueError for a senseless value."""
        return cls(**{**values, "mirrored": tuple(values.get("mirrored", ("wrinkle",)))})


def look(rgb: np.ndarray, view: View) -> np.ndarray:
    """The view's part of a photo or map, (H, W[, C]) uint8 or float32, at the network's size; outside the photo is 0."""
    return geometry.resize(geometry.crop(rgb, view.box), view.size)


def lay_back(probability: np.ndarray, view: View, size: Size) -> np.ndarray:
    """The inverse of `look` for a map, float32 (h, w): back to the photo's `size` (H, W), 0 outside the view."""
    return geometry.uncrop(geometry.resize(probability, view.box.size), view.box, size)
