"""A network at work on one face: where it runs and how exactly is chosen once, then photo to probability map."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from wrinkleseg.geometry import Box
from wrinkleseg.masks import crisp, without_specks
from wrinkleseg.models import NamedMaps
from wrinkleseg.preprocess import CELL, Preprocess, lay_back, look
from wrinkleseg.stopwatch import least_seconds
from wrinkleseg.tiling import Network, run_tiled

DEVICES = ("auto", "cpu", "cuda")
TILE, OVERLAP = 768, 64  # px, multiples of CELL
SMALLEST_TILE = 192
"""px: where the device's memory is too small for `TILE`, tiles are halved down to this."""
SMALLEST = {"pore": 1 / 600}
"""By task, the side of the square that a spot must hold to be one, as a share of the face's width: a smaller pore is
noise. Chosen on the stripes of the half face that the shipped network learnt from."""
CREST = 1 / 96
"""How far around a line's crest its sides are made steep, as a share of the face's width. Chosen, with `masks.crisp`'s
share, on photos that took no part in testing: five folds of training photos, and the validation photos."""
_BFLOAT16_FROM = (8, 0)  # compute capability: older cards convolve in bfloat16 without cuDNN
_PAYS = 1.3  # times faster that a coarser number format must be

_NO_ROOM = (
    "the graphics card has too little memory free for this network, even in small tiles: close what else uses it, or "
    "choose the processor (--device cpu)"
)


class DeviceError(ValueError):
    """The wanted device is not there, or has too little memory; the message says what to use instead."""


@dataclass(frozen=True)
class Runtime:
    """Where networks run: the device, and the number format that is fast on it without being coarse."""

    device: torch.device
    precision: torch.dtype

    @classmethod
    def choose(cls, device: str = "auto") -> Runtime:
        """ "auto" takes CUDA where there is a card that torch has kernels for. bfloat16 on cards and processors that are
        faster in it, else float32."""
        if device not in DEVICES:
            raise DeviceError(f"no device is called {device!r}; choose one of: {', '.join(DEVICES)}")
        lacking = "" if device == "cpu" else _lacking()
        if device == "cuda" and lacking:
            raise DeviceError(lacking)
        if device != "cpu" and not lacking:
            return cls(torch.device("cuda"), torch.bfloat16 if _capability() >= _BFLOAT16_FROM else torch.float32)
        return cls(torch.device("cpu"), torch.bfloat16 if _bfloat16_pays() else torch.float32)

    def place(self, model: NamedMaps) -> NamedMaps:
        """The model on this device, ready to predict; channels-last, which convolutions are faster in.

        Raises DeviceError where the device has no room for it.
        """
        with _room_wanted():
            return model.to(self.device, memory_format=torch.channels_last).eval()

    def autocast(self) -> torch.autocast:
        """Context in which convolutions run in `precision`."""
        return torch.autocast(self.device.type, self.precision, enabled=self.precision != torch.float32)


def _capability() -> tuple[int, int]:
    """The card's compute capability; of a card that is only lent later, and can't be asked yet, the newest."""
    try:
        return torch.cuda.get_device_capability()
    except RuntimeError:
        return 99, 0


def _lacking() -> str:
    """Why CUDA can't be used; "" where it can. For cards older than the oldest that torch was built for it has no kernels."""
    if not torch.cuda.is_available():
        return "no CUDA device was found; use --device cpu, or auto to take what there is"
    built = [int(name.removeprefix("sm_")) for name in torch.cuda.get_arch_list() if name.removeprefix("sm_").isdigit()]
    major, minor = _capability()
    if built and 10 * major + minor < min(built):
        return "this torch has no kernels for so old a graphics card; use --device cpu"
    return ""


@contextmanager
def _room_wanted() -> Iterator[None]:
    """Raises DeviceError where the card has no room. One that is full from the start says so in another type of error."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise DeviceError(_NO_ROOM) from error
    except torch.AcceleratorError as error:
        if "out of memory" not in str(error):
            raise
        raise DeviceError(_NO_ROOM) from error


@cache
def _bfloat16_pays() -> bool:
    """Whether this processor convolves clearly faster in bfloat16: tried for a tenth of a second at most, once in a process.

    By much or not at all: a processor without the instructions emulates them ten times slower than float32 (measured on
    AVX2), so the same one always chooses alike.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # several wait for one another, and on a busy machine that is all that would be measured
    try:
        return _check_seconds(torch.bfloat16) * _PAYS < _check_seconds(torch.float32)
    finally:
        torch.set_num_threads(threads)


def _check_seconds(kind: torch.dtype, rounds: int = 20) -> float:
    """The least that a convolution of 64x64 px takes, of many tries, since other programs may disturb most of them.

    It convolves ones: to draw numbers would change what training draws.
    """
    maps = torch.ones(1, 32, 64, 64, dtype=kind).contiguous(memory_format=torch.channels_last)
    weight = torch.ones(32, 32, 3, 3, dtype=kind).contiguous(memory_format=torch.channels_last)
    with torch.inference_mode():
        return least_seconds(lambda: functional.conv2d(maps, weight, padding=1), rounds)


def predict(
    model: NamedMaps,
    preprocess: Preprocess,
    runtime: Runtime,
    rgb: np.ndarray,
    box: Box,
    face_width: float,
    task: str,
    skin: np.ndarray | None = None,
) -> np.ndarray:
    """Probability map of one task for one face.

    Args:
        model: placed by `runtime`.
        rgb: uint8 (H, W, 3), the upright photo.
        box: the face oval's bounds; face_width: pixels.
        skin: bool (H, W); only tiles that hold some of it are computed. None: all.

    Returns:
        float32 (H, W), 0..1; 0 outside the view of the face.

    Raises:
        DeviceError: the device has too little memory even for the smallest tiles.
    """
    view = preprocess.steady_view(box, face_width, task, rgb.shape[:2])
    seen = view.seen(face_width)
    with _room_wanted():
        picture = preprocess.tensor(look(rgb, view), seen)[None].to(runtime.device)
    wanted = None if skin is None else torch.from_numpy(look(skin.astype(np.uint8) * np.uint8(255), view) > 0)
    with torch.inference_mode(), runtime.autocast():
        probability = _run_fitting(
            lambda part: _probability(model, part, task, task in preprocess.mirrored), picture, wanted
        )
    found = lay_back(cleaned(probability.cpu().numpy(), preprocess, task, seen), view, rgb.shape[:2])
    return np.clip(found, 0, 1, out=found)


def cleaned(probability: np.ndarray, preprocess: Preprocess, task: str, face_width: float) -> np.ndarray:
    """A network's map, float32 (h, w), on a face `face_width` px wide: no specks, and steep sides where it wants them."""
    smallest = max(1, round(SMALLEST.get(task, 0) * face_width))
    spots = without_specks(probability, smallest)
    return crisp(spots, round(CREST * face_width)) if task in preprocess.crisp else spots


def _run_fitting(network: Network, picture: Tensor, wanted: Tensor | None) -> Tensor:
    """`run_tiled` in the largest tiles that the device has memory for."""
    tile = TILE
    while True:
        try:
            return run_tiled(network, picture, tile, OVERLAP, wanted, CELL)
        except torch.OutOfMemoryError as error:
            tried = min(tile, max(picture.shape[-2:]))
            if tried <= SMALLEST_TILE:
                raise DeviceError(_NO_ROOM) from error
            tile = max(tried // (2 * CELL) * CELL, SMALLEST_TILE)
        torch.cuda.empty_cache()  # only here: until the error is gone, its frames hold what it had taken


def _probability(model: NamedMaps, picture: Tensor, task: str, mirrored: bool) -> Tensor:
    """(1, C, h, w) to (1, h, w); `mirrored` takes the mean with the mirror image's, for a face has no better side."""
    if not mirrored:
        return _map(model, picture, task)
    mirror = picture.flip(-1)
    if picture.device.type == "cpu":  # one by one: twice the memory at once costs a processor more than it saves
        maps = torch.cat([_map(model, picture, task), _map(model, mirror, task)])
    else:
        maps = _map(model, torch.cat([picture, mirror]), task)
    return (maps[:1] + maps[1:].flip(-1)) / 2


def _map(model: NamedMaps, pictures: Tensor, task: str) -> Tensor:
    return torch.sigmoid(model(pictures.contiguous(memory_format=torch.channels_last))[task].float())
