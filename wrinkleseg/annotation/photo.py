"""One photo of a data set that a person draws: rough strokes over what they see, crisp masks made of the strokes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from wrinkleseg import images, truth
from wrinkleseg.archive import numbered
from wrinkleseg.report import safe_stem

TASKS = ("wrinkle", "pore")
ZONE = "zone"
LAYERS = (*TASKS, ZONE)
"""What strokes can mean. A zone is kept as it is painted; the others become crisp."""
MASKS = {"wrinkle": "wrinkle-masks", "pore": "pore-masks", ZONE: "zones"}
"""Folder of the masks of each layer."""
STRICTNESS = {"wrinkle": truth.WrinklePlan().contrast, "pore": truth.PorePlan().threshold}
"""How much a mark must stand out, as the maker of the ground truth is tuned: higher keeps fewer."""

SENSELESS = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What reading a made-up manifest or stroke may raise."""


class AnnotationError(ValueError):
    """A data set or a stroke that cannot be used; the message says what came, what was expected and how to mend it."""


@dataclass(frozen=True, eq=False)
class Entry:
    """One photo of a data set. Everything is held as PNG files, so that many photos fit into the memory.

    name: stem of its files. photo: RGB. size: (H, W). rough, crisp: masks of 0 and 255 by layer, absent where nothing
    was painted. face_width: in pixels; `face_found` is False where a person gave it or the picture's width stands in.
    strictness: see STRICTNESS. started_from: by task, whose result the strokes began with ("best at 0.5").
    """

    name: str
    photo: bytes
    size: tuple[int, int]
    face_width: float
    face_found: bool
    rough: Mapping[str, bytes] = field(default_factory=dict)
    crisp: Mapping[str, bytes] = field(default_factory=dict)
    strictness: Mapping[str, float] = field(default_factory=STRICTNESS.copy)
    started_from: Mapping[str, str] = field(default_factory=dict)

    def rgb(self) -> np.ndarray:
        """The photo, uint8 (H, W, 3)."""
        return images.load_rgb(self.photo)

    def strokes(self, layer: str) -> np.ndarray:
        """What is painted, bool (H, W)."""
        return _mask(self.rough.get(layer), self.size)

    def mask(self, layer: str) -> np.ndarray:
        """The crisp mask, bool (H, W)."""
        return _mask(self.crisp.get(layer), self.size)

    def with_layer(self, layer: str, rough: np.ndarray, crisp: np.ndarray) -> Entry:
        """The same photo with other strokes and what they became, bool (H, W) each; without any where nothing is painted."""
        for mask in (rough, crisp):
            if mask.shape != self.size or mask.dtype != bool:
                raise AnnotationError(
                    f"a mask of {self.name} must be bool {self.size}, as its photo, got {mask.dtype} {mask.shape}"
                )
        roughs = {name: data for name, data in self.rough.items() if name != layer}
        crisps = {name: data for name, data in self.crisp.items() if name != layer}
        if rough.any():
            roughs, crisps = roughs | {layer: mask_png(rough)}, crisps | {layer: mask_png(crisp)}
        return replace(self, rough=roughs, crisp=crisps)


def entry(name: str, rgb: np.ndarray, face_width: float | None = None) -> Entry:
    """A photo, uint8 (H, W, 3), with nothing drawn on it. face_width: in pixels; without a face the picture's own width."""
    height, width = rgb.shape[:2]
    found = face_width is not None
    return Entry(safe_stem(f"{name}.png"), images.png_bytes(rgb), (height, width), face_width or width, found)


def made_crisp(grey: np.ndarray, rough: np.ndarray, face_width: float, layer: str, strictness: float) -> np.ndarray:
    """What the strokes mean: the lines or pores under them, bool (H, W); a zone as it is.

    grey: (H, W), 0..255. rough: bool (H, W). strictness: see STRICTNESS. Raises truth.TruthError.
    """
    if layer == ZONE:
        return rough
    if layer == "wrinkle":
        return truth.wrinkle_truth(grey, rough, face_width, truth.WrinklePlan(contrast=strictness)) > 0
    return truth.pore_truth(grey, rough, face_width, truth.PorePlan(threshold=strictness)) > 0


def free_name(name: str, taken: Sequence[str]) -> str:
    """The name itself, or with a number behind it where it is taken; upper and lower case count as one."""
    return numbered(name, {other.casefold() for other in taken})


def _mask(data: bytes | None, size: tuple[int, int]) -> np.ndarray:
    return np.zeros(size, bool) if data is None else images.load_mask(data)


def mask_png(mask: np.ndarray) -> bytes:
    """A bool mask (H, W) as a PNG file of 0 and 255."""
    return images.png_bytes(mask.astype(np.uint8) * 255)
