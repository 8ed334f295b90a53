"""Each geometric step against numpy or a hand-worked value, and each beside its inverse."""

import numpy as np
import pytest

from wrinkleseg import geometry
from wrinkleseg.geometry import Box

BOXES = [
    Box(10, 20, 30, 40),  # inside
    Box(-7, -9, 30, 40),  # over the top left corner
    Box(80, 100, 60, 70),  # over the bottom right corner
    Box(-5, -6, 130, 150),  # around the whole picture
    Box(300, 10, 8, 9),  # beside it
    Box(99, 119, 1, 1),  # the last pixel
]


@pytest.fixture
def picture() -> np.ndarray:
    return np.random.default_rng(0).integers(1, 256, (100, 120, 3), dtype=np.uint8)


@pytest.mark.parametrize("box", BOXES, ids=str)
def test_crop_equals_a_slice_of_a_padded_picture(picture, box):
    padded = np.pad(picture, ((400, 400), (400, 400), (0, 0)), constant_values=7)
    expected = padded[400 + box.top :, 400 + box.left :][: box.height, : box.width]
    assert np.array_equal(geometry.crop(picture, box, fill=7), expected)


@pytest.mark.parametrize("box", BOXES, ids=str)
def test_uncrop_brings_each_pixel_home(picture, box):
    back = geometry.uncrop(geometry.crop(picture, box), box, picture.shape[:2])
    inside = geometry.uncrop(np.ones(box.size, bool), box, picture.shape[:2])
    assert back.dtype == picture.dtype
    assert np.array_equal(back[inside], picture[inside])
    assert not back[~inside].any()


def test_crop_is_a_copy_and_keeps_dtype_and_channels(picture):
    grey = picture[..., 0].astype(np.float32)
    cut = geometry.crop(grey, Box(0, 0, 5, 5))
    cut[:] = -1
    assert cut.dtype == np.float32
    assert cut.shape == (5, 5)
    assert grey.min() > 0


def test_fill_may_be_a_colour(picture):
    assert np.array_equal(geometry.crop(picture, Box(-1, 0, 1, 1), fill=(1, 2, 3))[0, 0], (1, 2, 3))


def test_uncrop_refuses_a_crop_of_another_size():
    with pytest.raises(ValueError, match="resize the crop"):
        geometry.uncrop(np.zeros((5, 6)), Box(0, 0, 5, 5), (10, 10))


@pytest.mark.parametrize(("height", "width"), [(0, 5), (5, 0), (-1, 5)])
def test_a_box_has_pixels(height, width):
    with pytest.raises(ValueError, match="at least 1 x 1"):
        Box(0, 0, height, width)


def test_box_arithmetic():
    box = Box(2, 4, 10, 20)
    assert (box.bottom, box.right, box.size) == (12, 24, (10, 20))
    assert box.grown(3) == Box(-1, 1, 16, 26)
    assert box.scaled(2) == Box(4, 8, 20, 40)
    assert box.scaled(0.01).size == (1, 1)
    assert Box(-3, 5, 10, 100).inside((50, 40)) == Box(0, 5, 7, 35)
    with pytest.raises(ValueError, match="wholly outside"):
        Box(60, 0, 5, 5).inside((50, 40))


def test_neighbours_stay_neighbours_when_scaled():
    left, right = Box(0, 0, 7, 7), Box(0, 7, 7, 7)
    for scale in (0.3, 0.77, 1.5, 3.1):
        assert left.scaled(scale).right == right.scaled(scale).left


def test_box_around_holds_every_point_and_no_more():
    points = np.array([[3.2, 10.9, 1.0], [8.0, 4.0, 2.0], [5.5, 6.0, 3.0]])
    assert geometry.box_around(points) == Box(top=4, left=3, height=7, width=6)
    assert geometry.box_around(np.array([[5.0, 6.0]])) == Box(6, 5, 1, 1)
    with pytest.raises(ValueError, match="at least one"):
        geometry.box_around(np.zeros((0, 2)))


@pytest.mark.parametrize("size", [(64, 64), (65, 31), (1, 1), (33, 96)])
@pytest.mark.parametrize("mode", ["reflect", "constant"])
def test_pad_to_multiple_and_back(size, mode):
    array = np.random.default_rng(1).random((*size, 2)).astype(np.float32)
    padded = geometry.pad_to_multiple(array, 32, mode)
    assert padded.shape[0] % 32 == 0
    assert padded.shape[1] % 32 == 0
    assert padded.shape[0] < size[0] + 32
    assert np.array_equal(geometry.unpad(padded, size), array)


def test_pad_and_unpad_refuse_what_cannot_be():
    with pytest.raises(ValueError, match="multiple"):
        geometry.pad_to_multiple(np.zeros((4, 4)), 0)
    with pytest.raises(ValueError, match="smaller"):
        geometry.unpad(np.zeros((4, 4)), (5, 4))


def test_shrinking_takes_the_mean():
    array = np.random.default_rng(2).random((60, 80)).astype(np.float32)
    expected = array.reshape(15, 4, 20, 4).mean(axis=(1, 3))
    assert np.allclose(geometry.resize(array, (15, 20)), expected, atol=1e-6)


def test_growing_a_probability_stays_within_its_range():
    edges = (np.random.default_rng(3).random((20, 20)) > 0.5).astype(np.float32)
    large = geometry.resize(edges, (97, 53))
    assert large.dtype == np.float32
    assert large.min() >= 0
    assert large.max() <= 1


def test_resize_comes_back_close_on_a_real_photo(astronaut):
    large = geometry.resize(astronaut, (900, 700))
    back = geometry.resize(large, (512, 512))
    assert large.shape == (900, 700, 3)
    assert large.dtype == np.uint8
    assert np.abs(back.astype(int) - astronaut).mean() < 2.5


def test_each_axis_goes_its_own_way():
    ramp = np.tile(np.arange(64, dtype=np.float32), (8, 1))
    result = geometry.resize(ramp, (24, 16))  # taller and narrower
    assert result.shape == (24, 16)
    assert np.allclose(result, ramp[:1].reshape(16, 4).mean(axis=1), atol=1e-4)


def test_one_channel_stays_a_channel():
    assert geometry.resize(np.zeros((8, 8, 1), np.uint8), (4, 5)).shape == (4, 5, 1)


@pytest.mark.parametrize("value", [False, True])
def test_resize_mask_keeps_empty_and_full(value):
    result = geometry.resize_mask(np.full((7, 9), value), (20, 5))
    assert result.dtype == bool
    assert (result == value).all()


def test_resize_mask_doubles_each_pixel():
    mask = np.random.default_rng(4).random((9, 7)) > 0.5
    assert np.array_equal(geometry.resize_mask(mask, (18, 14)), np.kron(mask, np.ones((2, 2))) > 0)


def test_resize_refuses_masks_and_empty_sizes():
    with pytest.raises(ValueError, match="resize_mask"):
        geometry.resize(np.zeros((4, 4), bool), (2, 2))
    with pytest.raises(ValueError, match="at least 1 pixel"):
        geometry.resize(np.zeros((4, 4), np.uint8), (0, 2))


def test_scales():
    assert geometry.scaled_size((101, 50), 0.5) == (50, 25)
    assert geometry.scaled_size((3, 3), 0.01) == (1, 1)
    assert geometry.limited_scale((400, 800), 1024) == 1
    assert geometry.limited_scale((400, 2048), 1024) == 0.5
    with pytest.raises(ValueError, match="above 0"):
        geometry.scaled_size((3, 3), 0)


def test_points_follow_the_resized_picture():
    """A bright dot's centre of mass on the resized picture is where scale_points says."""
    dot = np.zeros((40, 40), np.float32)
    dot[10, 25] = 1
    large = geometry.resize(dot, (160, 160))
    rows, columns = np.mgrid[:160, :160]
    measured = np.array([(columns * large).sum(), (rows * large).sum()]) / large.sum()
    points = geometry.scale_points(np.array([[25.0, 10.0, 3.0]], np.float32), 4)
    assert np.allclose(points[0, :2], measured, atol=1e-3)
    assert points[0, 2] == 12
    assert points.dtype == np.float32
    assert np.allclose(geometry.scale_points(points, 0.25), [[25, 10, 3]])


def test_a_view_of_a_crop_is_the_crop() -> None:
    picture = np.arange(5 * 7 * 3, dtype=np.uint8).reshape(5, 7, 3)
    for box in (Box(1, 2, 3, 4), Box(0, 0, 5, 7), Box(-1, 3, 4, 9), Box(20, 20, 2, 2)):
        np.testing.assert_array_equal(geometry.crop_view(picture, box), geometry.crop(picture, box))
    assert np.shares_memory(geometry.crop_view(picture, Box(1, 2, 3, 4)), picture)


@pytest.mark.parametrize(
    ("size", "longest", "expected"),
    [
        ((1024, 768), 512, (512, 384)),
        ((1000, 500), 640, (640, 320)),
        ((90, 60), 640, (90, 60)),
        ((2048, 1535), 256, (256, 192)),
        ((32, 5000), 100, (1, 100)),
    ],
)
def test_a_photo_is_shrunk_to_its_longer_side(size, longest, expected) -> None:
    assert geometry.shrunk(np.zeros((*size, 3), np.uint8), longest).shape == (*expected, 3)


def test_what_is_shrunk_keeps_its_light_and_its_place() -> None:
    y, x = np.mgrid[:700, :900]
    ramp = np.dstack([x * 255 / 899, y * 255 / 699, np.full((700, 900), 77)]).astype(np.uint8)
    exact = geometry.resize(ramp, (280, 360)).astype(int)
    assert np.abs(geometry.shrunk(ramp, 360) - exact).max() <= 1
