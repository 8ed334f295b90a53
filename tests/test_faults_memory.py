"""A graphics card with too little memory: smaller tiles first, then one clear message."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import Tensor

from wrinkleseg import inference, methods
from wrinkleseg.face import Regions
from wrinkleseg.geometry import Box
from wrinkleseg.inference import DeviceError, Runtime, predict
from wrinkleseg.methods import LearnedMethod, MethodError, MethodInfo
from wrinkleseg.preprocess import Preprocess
from wrinkleseg.ui import flow

SIDE = 1000
RUNTIME = Runtime(torch.device("cpu"), torch.float32)
PREPROCESS = Preprocess({"wrinkle": 800}, margin=0.0, texture=False, mirrored=("wrinkle",))
INFO = MethodInfo("net", "", ("wrinkle",), 7, "", "", "0123", {"wrinkle": 0.5})


class Narrow:
    """A mean over 9 x 9 pixels, on a card that holds tiles up to `room` px; `tiles` are those that it was given."""

    def __init__(self, room: int) -> None:
        self.room, self.tiles = room, []

    def __call__(self, pictures: Tensor) -> dict[str, Tensor]:
        self.tiles.append(max(pictures.shape[-2:]))
        if self.tiles[-1] > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return {"wrinkle": torch.nn.functional.avg_pool2d(pictures[:, 0], 9, 1, 4)}


@pytest.fixture(scope="module")
def rgb() -> np.ndarray:
    return np.random.default_rng(3).integers(0, 255, (SIDE, SIDE, 3)).astype(np.uint8)


def look(model: Narrow, rgb: np.ndarray) -> np.ndarray:
    side = len(rgb)
    return predict(model, PREPROCESS, RUNTIME, rgb, Box(0, 0, side, side), 800.0, "wrinkle")


@pytest.mark.parametrize(("room", "largest"), [(768, 768), (767, 384), (192, 192)])
def test_tiles_are_halved_until_they_fit_and_show_the_same(rgb: np.ndarray, room: int, largest: int) -> None:
    whole = Narrow(10**6)
    expected = look(whole, rgb)
    narrow = Narrow(room)
    found = look(narrow, rgb)
    assert max(side for side in narrow.tiles if side <= room) <= largest
    # The pixel sees 4 px around it: tile borders lie at least 64 px further, where weights are small.
    assert np.abs(found - expected).max() < 0.02 and np.abs(found - expected).mean() < 1e-3


def test_a_tile_too_many_is_given_up_at_once(rgb: np.ndarray) -> None:
    narrow = Narrow(384)
    look(narrow, rgb)
    assert [side for side in narrow.tiles if side > 384] == [768]


@pytest.mark.parametrize(("side", "tried"), [(SIDE, [768, 384, 192]), (500, [512, 256, 192]), (150, [192])])
def test_where_nothing_fits_it_is_one_clear_message(rgb: np.ndarray, side: int, tried: list[int]) -> None:
    narrow = Narrow(0)
    with pytest.raises(DeviceError, match="too little memory free .*--device cpu") as caught:
        look(narrow, np.ascontiguousarray(rgb[:side, :side]))
    assert narrow.tiles == tried and "\n" not in str(caught.value)


def test_the_smallest_tile_is_tried_whatever_the_picture(rgb: np.ndarray) -> None:
    """700 px, rounded to cells, halved once more would be less than the smallest tile."""
    narrow = Narrow(192)
    look(narrow, np.ascontiguousarray(rgb[:700, :700]))
    assert min(narrow.tiles) == 192


@pytest.mark.parametrize("error", [torch.OutOfMemoryError, torch.AcceleratorError])
def test_a_card_that_is_full_from_the_start_is_told_alike(rgb: np.ndarray, monkeypatch, error) -> None:
    def full(*_, **__):
        raise error("CUDA error: out of memory")

    monkeypatch.setattr(Tensor, "to", full)
    with pytest.raises(DeviceError, match="too little memory free"):
        look(Narrow(10**6), rgb)


def test_another_fault_of_the_card_is_no_lack_of_memory(rgb: np.ndarray, monkeypatch) -> None:
    def broken(*_, **__):
        raise torch.AcceleratorError("CUDA error: an illegal memory access was encountered")

    monkeypatch.setattr(Tensor, "to", broken)
    with pytest.raises(torch.AcceleratorError, match="illegal"):
        look(Narrow(10**6), rgb)


def test_freed_memory_is_given_back_before_the_next_try(rgb: np.ndarray, monkeypatch) -> None:
    emptied = []
    monkeypatch.setattr(inference.torch.cuda, "empty_cache", lambda: emptied.append(1))
    look(Narrow(200), rgb)
    assert len(emptied) == 2


def test_the_page_and_the_command_show_the_message(rgb: np.ndarray) -> None:
    method = LearnedMethod(INFO, SimpleNamespace(preprocess=PREPROCESS), Narrow(0), RUNTIME)
    everywhere = np.ones(rgb.shape[:2], bool)
    face = SimpleNamespace(box=Box(0, 0, SIDE, SIDE), width=800.0, steady_width=800.0)
    with pytest.raises(MethodError, match="too little memory free") as caught:
        method(rgb, face, Regions(everywhere, everywhere, {}))
    shown = flow.failure(caught.value)
    assert shown.kind == "method" and "CUDA out of memory" not in shown.message


def test_a_network_that_has_no_room_at_all_can_not_be_had(monkeypatch) -> None:
    class Large(torch.nn.Module):
        def to(self, *_, **__):
            raise torch.OutOfMemoryError("CUDA out of memory")

    with pytest.raises(DeviceError, match="choose the processor"):
        RUNTIME.place(Large())
    monkeypatch.setattr(methods, "_load", lambda name, runtime: runtime.place(Large()))
    with pytest.raises(MethodError, match="choose the processor"):
        methods.load("frangi", "cpu")
