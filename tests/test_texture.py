"""Texture maps against hand-worked values, and the traps that public code fell into."""

import cv2
import numpy as np
import pytest

from wrinkleseg import texture


@pytest.fixture
def grey(astronaut):
    return cv2.cvtColor(astronaut, cv2.COLOR_RGB2GRAY)


def correlation(a, b):
    return np.corrcoef(a.ravel(), b.ravel())[0, 1]


def test_wrinkle_texture_of_flat_skin_is_what_the_formula_says():
    flat = np.full((40, 50), 99, np.uint8)
    assert np.allclose(texture.wrinkle_texture(flat, 300), (1 - 99 / 100) * 255, atol=1e-3)


def test_wrinkle_texture_does_not_wrap_on_bright_lines():
    grey = np.full((41, 41), 100, np.uint8)
    grey[20], grey[10] = 250, 40
    result = texture.wrinkle_texture(grey, 365)
    assert result.dtype == np.float32
    assert result[20, 20] == 0  # 1 - I / (1 + G * I) is below 0 here: as uint8 it would be near 255
    assert result[10, 20] > 100


def test_uint8_and_float_pictures_give_the_same_maps(grey):
    for work in (texture.wrinkle_texture, texture.pore_texture):
        assert np.array_equal(work(grey, 200), work(grey.astype(np.float64), 200))


def test_reference_sigma_is_5_px_on_a_640_px_photo():
    assert pytest.approx(5, abs=0.01) == texture.WRINKLE_SIGMA * 0.57 * 640


def test_blur_at_the_reference_is_a_21x21_kernel():
    spot = np.zeros((41, 41), np.float32)
    spot[20, 20] = 1
    assert np.argwhere(texture.gaussian_blur(spot, 5.0) > 0).ptp(axis=0).tolist() == [20, 20]


@pytest.mark.parametrize("name", ["wrinkle_texture", "pore_texture"])
def test_map_of_a_photo_at_twice_the_size_is_the_map_at_twice_the_size(grey, name):
    work = getattr(texture, name)
    width = 800.0
    twice = cv2.resize(grey.astype(np.float32), None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    expected = cv2.resize(work(grey, width), None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR)
    assert correlation(work(twice, 2 * width), expected) > 0.97
    # The control: kernels that ignore the size of the face do worse.
    assert correlation(work(twice, width), expected) < correlation(work(twice, 2 * width), expected)


def test_pore_texture_is_above_0_on_dark_spots_and_thresholded_hard():
    grey = np.full((64, 64), 128, np.uint8)
    grey[16:20, 16:20], grey[40:44, 40:44] = 90, 170
    result = texture.pore_texture(grey, texture.PORE_FACE_WIDTH, threshold=8.0)
    assert result[18, 18] > 8 and result[42, 42] < -8
    assert np.abs(result[result != 0]).min() > 8
    assert result[0, 63] == 0


def test_pore_texture_is_minus_the_two_finest_levels(grey):
    finest, second, _ = texture.laplacian_pyramid(grey, 3)
    expected = -(finest + cv2.pyrUp(second))
    assert np.allclose(texture.pore_texture(grey, texture.PORE_FACE_WIDTH, threshold=0.0), expected, atol=1e-4)


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (2, 3), (64, 64), (501, 333)])
def test_pyramid_gives_the_picture_back(size):
    picture = np.random.default_rng(0).uniform(0, 255, size).astype(np.float32)
    levels = texture.laplacian_pyramid(picture, 4)
    assert [level.shape for level in levels[:2]] == [size, (-(-size[0] // 2), -(-size[1] // 2))]
    assert np.abs(texture.reconstruct(levels) - picture).max() < 1e-4


def test_pyramid_of_one_level_is_the_picture(grey):
    assert np.array_equal(texture.laplacian_pyramid(grey, 1)[0], grey)


def test_fill_keeps_the_skin_and_gives_the_ground_its_tone():
    skin = np.zeros((80, 80), bool)
    skin[20:60, 20:60] = True
    grey = np.where(skin, np.float32(150), np.float32(0))
    assert np.allclose(texture.fill_outside(grey, skin, 60), 150, atol=0.5)


def test_local_mean_over_all_skin_is_the_gaussian_blur(grey):
    mean, share = texture.local_mean(grey.astype(np.float32), np.ones(grey.shape, bool), 3.0)
    assert np.allclose(share, 1)
    assert np.allclose(mean, cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 3.0, borderType=cv2.BORDER_REFLECT))


def test_bad_input_says_what_came_and_what_to_do(astronaut):
    with pytest.raises(ValueError, match=r"\(512, 512, 3\).*grey"):
        texture.wrinkle_texture(astronaut, 200)
    with pytest.raises(ValueError, match="above 0 px, but 0 came"):
        texture.pore_texture(astronaut[..., 0], 0)
    with pytest.raises(ValueError, match="levels is 0"):
        texture.laplacian_pyramid(astronaut[..., 0], 0)
