"""A photo to a network's input and back, in the photo's own pixels."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from wrinkleseg import images
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


@pytest.mark.parametrize("width", [60, 120.0, 345.0, 384, 1024, 4000])
@pytest.mark.parametrize("margin", [0.0, 0.2])
def test_a_steady_view_holds_the_view_in_whole_cells(width: float, margin: float) -> None:
    preprocess = Preprocess({"wrinkle": 384}, margin=margin)
    box = Box(round(0.3 * width), round(0.2 * width), round(1.3 * width), round(width))
    near, view = preprocess.view(box, width, "wrinkle"), preprocess.steady_view(box, width, "wrinkle", (3000, 3001))
    assert view.box.top <= near.box.top and view.box.left <= near.box.left
    assert view.box.bottom >= near.box.bottom and view.box.right >= near.box.right
    assert view.size[0] % 32 == view.size[1] % 32 == 0
    scales = view.size[0] / view.box.height, view.size[1] / view.box.width
    assert scales[0] == scales[1], "a whole number of pixels in every cell"
    assert 0.93 < scales[0] / min(384 / width, 2) < 1.07


def test_a_steady_view_by_hand() -> None:
    """scale 2 wants cells of 16 px; the nearest odd one is 17. An even photo has an edge in its middle, an odd one a cell."""
    preprocess = Preprocess({"wrinkle": 200}, margin=0)
    even = preprocess.steady_view(Box(95, 95, 10, 10), 100.0, "wrinkle", (200, 201))
    assert even.box == Box(100 - 17, 92, 34, 17) and even.size == (64, 32)


@pytest.mark.parametrize("size", [(500, 500), (501, 743), (1024, 768)])
def test_the_mirror_image_has_the_mirrored_grid(size: tuple[int, int]) -> None:
    preprocess = Preprocess({"wrinkle": 384})
    for left in range(60, 100, 7):
        box = Box(80, left, 310, 230)
        other = Box(80, size[1] - box.right, 310, 230)
        one, two = (preprocess.steady_view(each, 243.0, "wrinkle", size) for each in (box, other))
        assert one.size == two.size and (one.box.top, one.box.height) == (two.box.top, two.box.height)
        assert two.box.left == size[1] - one.box.right


def test_the_grid_stays_where_landmarks_move_a_little() -> None:
    preprocess = Preprocess({"wrinkle": 384})
    views = [
        preprocess.steady_view(Box(80 + dy, 90 + dx, 310, 230), 243.0 + dw, "wrinkle", (500, 500))
        for dy in (0, 1)
        for dx in (0, 1, 2)
        for dw in (-0.5, 0.0, 0.7)
    ]
    cells = {view.box.height / view.size[0] * 32 for view in views}
    assert cells == {21}  # 384 px for 243 want 20.25, the eighth of an octave next to that is 20.75
    assert len({(view.box.top % 21, view.box.left % 21) for view in views}) == 1


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


def pictures(*arrays: np.ndarray) -> torch.Tensor:
    return torch.stack([torch.from_numpy(array).permute(2, 0, 1) for array in arrays])


def difference(preprocess: Preprocess, arrays: list[np.ndarray], face_width: float) -> float:
    expected = torch.stack([preprocess.tensor(array, face_width) for array in arrays])
    result = preprocess.tensors(pictures(*arrays), face_width)
    assert result.shape == expected.shape and result.dtype == expected.dtype == torch.float32
    return (result - expected).abs().max().item()


@pytest.mark.parametrize("texture", [False, True])
@pytest.mark.parametrize("face_width", [20.0, 240.0, 1200.0])
@pytest.mark.parametrize("size", [(64, 80), (5, 7), (1, 9), (9, 1), (1, 1)])
def test_tensors_agree_with_tensor_up_to_the_border(texture: bool, face_width: float, size: tuple[int, int]) -> None:
    preprocess = Preprocess({"wrinkle": 320}, texture=texture)
    rough = [np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8) for seed in range(3)]
    smooth = [cv2.GaussianBlur(array, (0, 0), 3.0).reshape(array.shape) for array in rough]
    extremes = [np.zeros_like(rough[0]), np.full_like(rough[0], 255)]
    assert difference(preprocess, rough + smooth + extremes, face_width) < 1e-4


@pytest.mark.parametrize("texture", [False, True])
def test_tensors_agree_with_tensor_on_photos(data_dir: Path, astronaut: np.ndarray, texture: bool) -> None:
    preprocess = Preprocess({"wrinkle": 320}, texture=texture)
    photos = [images.load_rgb(path) for path in sorted((data_dir / "wrinkle" / "images").iterdir())[:3]]
    for rgb in [*photos, astronaut]:
        assert difference(preprocess, [rgb], 320.0) < 1e-4


def test_tensors_round_grey_as_opencv_does() -> None:
    """Every 17th colour, flat, so that the texture is 255 / (1 + grey) and shows one grey level too many."""
    levels = np.arange(0, 256, 17, dtype=np.uint8)
    rgb = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(-1, 1, 1, 3)
    result = Preprocess({"wrinkle": 320}, texture=True).tensors(pictures(*rgb), 320.0)[:, 3, 0, 0]
    grey = cv2.cvtColor(rgb[:, 0], cv2.COLOR_RGB2GRAY)[:, 0].astype(float)
    assert np.allclose(result.numpy(), (255 / (1 + grey) - 6) / 24, atol=1e-4)


def test_tensors_keep_their_digits_under_autocast(astronaut: np.ndarray) -> None:
    preprocess = Preprocess({"wrinkle": 320}, texture=True)
    with torch.autocast("cpu", torch.bfloat16):
        assert difference(preprocess, [astronaut[:100, :100]], 320.0) < 1e-4


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_tensors_agree_on_an_accelerator(astronaut: np.ndarray) -> None:
    preprocess = Preprocess({"wrinkle": 320}, texture=True)
    with torch.autocast("cuda", torch.bfloat16):
        result = preprocess.tensors(pictures(astronaut).cuda(), 320.0)
    assert result.is_cuda
    assert (result[0].cpu() - preprocess.tensor(astronaut, 320.0)).abs().max() < 1e-3


@pytest.mark.parametrize("shape", [(3, 8, 8), (1, 4, 8, 8)])
def test_tensors_refuse_other_shapes(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"expected uint8 \(N, 3, h, w\), got torch.uint8"):
        Preprocess({"wrinkle": 320}).tensors(torch.zeros(shape, dtype=torch.uint8), 320.0)


def test_saved_values_give_the_same_object() -> None:
    preprocess = Preprocess({"wrinkle": 300, "pore": 1200}, margin=0.3, texture=True, mirrored=(), crisp=("wrinkle",))
    saved = json.loads(json.dumps(preprocess.to_dict()))
    assert Preprocess.from_dict(saved) == preprocess
    assert Preprocess.from_dict({"face_width": saved["face_width"]}) == Preprocess({"wrinkle": 300, "pore": 1200})


@pytest.mark.parametrize(
    "bad", [{"face_width": {}}, {"face_width": {"pore": 3}}, {"face_width": {"pore": 99}, "margin": -1}]
)
def test_senseless_settings_are_refused(bad: dict) -> None:
    with pytest.raises(ValueError, match="got"):
        Preprocess(**bad)
