"""A photo to a network's input and back, in the photo's own pixels."""

import json

import numpy as np
import pytest

from wrinkleseg.geometry import Box
from wrinkleseg.preprocess import Preprocess, lay_back, look

BOX = Box(30, 40, 160, 120)


def test_face_comes_to_the_asked_width() -> None:
    preprocess = Preprocess({"wrinkle": 240, "pore": 120}, margin=0.25)
    view = preprocess.view(BOX, face_width=120.0, task="wrinkle")
    assert view.box == Box(0, 10, 220, 180)
    assert view.size == (440, 360)
    assert preprocess.view(BOX, 120.0, "pore").size == (220, 180)


def test_a_small_face_is_not_blown_up_for_ever() -> None:
    view = Preprocess({"pore": 1200}, margin=0, largest_enlargement=2).view(BOX, 120.0, "pore")
    assert view.size == (320, 240)


def test_aspect_ratio_is_kept() -> None:
    view = Preprocess({"wrinkle": 333}).view(BOX, 121.0, "wrinkle")
    assert view.size[0] / view.box.height == pytest.approx(view.size[1] / view.box.width, rel=0.01)


@pytest.mark.parametrize("width", [60, 120, 240])
def test_a_map_comes_back_where_it_was(width: int) -> None:
    yy, xx = np.mgrid[:250, :230]
    soft = np.exp(-((yy - 110) ** 2 + (xx - 100) ** 2) / 800).astype(np.float32)
    view = Preprocess({"wrinkle": width}, margin=0.2).view(BOX, 120.0, "wrinkle")
    back = lay_back(look(soft, view), view, soft.shape)
    inside = np.zeros_like(soft, bool)
    inside[30:190, 40:160] = True
    assert np.abs(back - soft)[inside].max() < 0.02
    assert back[240:].max() == 0  # outside the view


def test_look_beyond_the_photo_is_black() -> None:
    view = Preprocess({"wrinkle": 120}, margin=1.0).view(BOX, 120.0, "wrinkle")
    seen = look(np.full((250, 230, 3), 200, np.uint8), view)
    assert seen[0, 0].tolist() == [0, 0, 0]
    assert seen[200, 180].tolist() == [200, 200, 200]


def test_tensor_by_hand() -> None:
    rgb = np.zeros((2, 3, 3), np.uint8)
    rgb[..., 0] = 255
    tensor = Preprocess({"wrinkle": 100}).tensor(rgb, 100.0)
    assert tensor.shape == (3, 2, 3)
    assert tensor[0, 0, 0].item() == pytest.approx((1 - 0.485) / 0.229, rel=1e-5)
    assert tensor[2, 1, 2].item() == pytest.approx(-0.406 / 0.225, rel=1e-5)


def test_texture_is_a_fourth_channel_that_lights_up_on_dark_lines() -> None:
    rgb = np.full((64, 64, 3), 180, np.uint8)
    rgb[32] = 120
    tensor = Preprocess({"wrinkle": 300}, texture=True).tensor(rgb, 300.0)
    assert tensor.shape[0] == 4
    assert tensor[3, 32, 32] > tensor[3, 10, 32] + 0.5


def test_saved_values_give_the_same_object() -> None:
    preprocess = Preprocess({"wrinkle": 300, "pore": 1200}, margin=0.3, texture=True)
    assert Preprocess.from_dict(json.loads(json.dumps(preprocess.to_dict()))) == preprocess


@pytest.mark.parametrize(
    "bad", [{"face_width": {}}, {"face_width": {"pore": 3}}, {"face_width": {"pore": 99}, "margin": -1}]
)
def test_senseless_settings_are_refused(bad: dict) -> None:
    with pytest.raises(ValueError, match="got"):
        Preprocess(**bad)
