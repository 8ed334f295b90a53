"""Classical methods: Frangi against skimage, the rest on drawn lines and dots and on the real pore photo."""

import cv2
import numpy as np
import pytest
from skimage import data
from skimage.filters import frangi as reference_frangi

from wrinkleseg import filters

METHODS = {
    "frangi-plain": filters.wrinkles_frangi_plain,
    "frangi": filters.wrinkles_frangi,
    "gabor": filters.wrinkles_gabor,
    "pores-kmeans": filters.pores_kmeans,
    "pores-dog": filters.pores_dog,
}


def drawn_face(width=300, dark_line=True):
    """Flat noisy skin with one dark and one bright line, each 0.3 face widths long: grey, skin."""
    grey = 150 + np.random.default_rng(0).normal(0, 2, (400, 400)).astype(np.float32)
    if dark_line:
        cv2.line(grey, (150, 150), (240, 160), 115.0, 3)
    cv2.line(grey, (150, 250), (240, 260), 185.0, 3)
    skin = np.zeros(grey.shape, np.uint8)
    cv2.circle(skin, (200, 200), width // 2, 1, -1)
    return grey, skin.astype(bool)


@pytest.mark.parametrize("picture", ["astronaut", "coins"])
def test_frangi_agrees_with_skimage(picture):
    grey = cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2GRAY) if picture == "astronaut" else data.coins()
    mine, theirs = filters.frangi(grey, (1, 3, 5)), reference_frangi(grey.astype(np.float64), (1, 3, 5))
    assert np.corrcoef(mine.ravel(), theirs.ravel())[0, 1] > 0.99
    inner = np.s_[40:-40, 40:-40]  # skimage mirrors between its two passes, which changes the border alone
    assert np.abs(mine[inner] - theirs[inner]).max() < 1e-3


def test_frangi_of_a_flat_picture_is_0():
    assert filters.frangi(np.full((20, 30), 90, np.uint8)).max() < 1e-6


def test_curvature_of_a_parabola_is_its_second_derivative():
    x = np.arange(-40, 41, dtype=np.float32)
    across, along = filters.curvatures(np.tile(3 * x**2, (81, 1)), 2.0)
    assert across[40, 40] == pytest.approx(6, abs=0.01)
    assert along[40, 40] == pytest.approx(0, abs=0.01)


def test_oriented_kernels_ignore_tone_and_peak_along_the_line():
    kernels = filters.oriented_kernels(2.0, 5.0, 12)
    assert all(abs(kernel.sum()) < 1e-4 for kernel in kernels)
    line = np.full((61, 61), 100, np.float32)
    line[:, 30] = 50  # upright, so it is across x: orientation 0
    answers = [cv2.filter2D(line, cv2.CV_32F, kernel)[30, 30] for kernel in kernels]
    assert int(np.argmax(answers)) == 0


@pytest.mark.parametrize("name", METHODS)
def test_response_is_float32_in_0_1_and_0_outside_the_skin(name, astronaut):
    grey = cv2.cvtColor(astronaut, cv2.COLOR_RGB2GRAY)
    skin = np.zeros(grey.shape, bool)
    skin[60:220, 150:300] = True
    response = METHODS[name](grey, 130.0, skin)
    assert response.dtype == np.float32 and response.shape == grey.shape
    assert response.min() >= 0 and 0 < response.max() <= 1
    assert not response[~skin].any()


@pytest.mark.parametrize("name", METHODS)
def test_no_skin_all_skin_and_one_pixel(name):
    grey = np.full((60, 50), 120, np.uint8)
    one = np.zeros(grey.shape, bool)
    one[30, 30] = True
    for skin in (np.zeros_like(one), np.ones_like(one), one):
        response = METHODS[name](grey, 40.0, skin)
        assert np.isfinite(response).all()
        assert not (response > filters.THRESHOLDS[name]).any()  # a flat picture has neither wrinkle nor pore
    assert METHODS[name](grey[:1, :1], 40.0, np.ones((1, 1), bool)).shape == (1, 1)


@pytest.mark.parametrize("name", ["frangi", "gabor"])
def test_a_dark_line_is_a_wrinkle_and_a_bright_line_itself_and_the_edge_are_not(name):
    grey, skin = drawn_face()
    found = METHODS[name](grey, 300.0, skin) > filters.THRESHOLDS[name]
    assert found[155, 195]
    # The two flanks of a bright line are dark to the filter; the line itself is not.
    assert not found[255, 195]
    edge = skin & ~cv2.erode(skin.astype(np.uint8), np.ones((15, 15))).astype(bool)
    assert not found[edge].any()


@pytest.mark.parametrize("name", ["frangi", "gabor"])
def test_a_photo_at_twice_the_size_has_its_wrinkle_in_the_same_place(name):
    grey, skin = drawn_face()
    twice = cv2.resize(grey, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR)
    small = METHODS[name](grey, 300.0, skin)
    large = METHODS[name](twice, 600.0, np.kron(skin, np.ones((2, 2), bool)))
    assert np.corrcoef(cv2.resize(small, None, fx=2, fy=2).ravel(), large.ravel())[0, 1] > 0.9


def test_long_lines_keeps_a_faint_long_line_and_drops_a_strong_speck():
    response = np.zeros((50, 50), np.float32)
    response[10, 5:45], response[30:33, 30:33] = 0.5, 0.9
    opened = filters.long_lines(response, 20, filters.wrinkles.LINE_LEVELS)
    assert opened[10, 5:45].min() > 0.45
    assert opened[30:33, 30:33].max() == 0


def test_darkest_border_lies_between_two_clear_clusters():
    values = np.r_[np.full(900, 1.0), np.full(100, 9.0)] + np.random.default_rng(0).normal(0, 0.3, 1000)
    assert filters.darkest_border(values, 2) == pytest.approx(5, abs=0.2)
    assert filters.darkest_border(np.zeros(0), 2) == np.inf


def test_keep_round_drops_hairs_specks_and_moles():
    mask = np.zeros((100, 100), np.uint8)
    cv2.circle(mask, (20, 20), 3, 1, -1)
    cv2.line(mask, (40, 20), (70, 20), 1, 1)
    cv2.circle(mask, (60, 70), 20, 1, -1)
    mask[90, 5] = 1
    kept = filters.keep_round(mask.astype(bool), (10 / 1e6, 200 / 1e6), 1000.0)
    expected = np.zeros_like(mask)
    cv2.circle(expected, (20, 20), 3, 1, -1)
    assert np.array_equal(kept, expected.astype(bool))


@pytest.mark.parametrize(("name", "known"), [("pores-kmeans", 0.29), ("pores-dog", 0.32)])
def test_pores_of_the_real_photo_reach_the_published_figure(data_dir, name, known):
    grey, truth, zone = (cv2.imread(str(data_dir / "pore" / f"{n}.png"), 0) for n in ("image", "pores", "zone"))
    truth, zone = truth > 127, zone > 127
    found = METHODS[name](grey, 1590.0, zone) > filters.THRESHOLDS[name]
    iou = (found & truth & zone).sum() / ((found | truth) & zone).sum()
    assert iou > known


def test_a_skin_mask_of_another_size_is_refused():
    with pytest.raises(ValueError, match="same size"):
        filters.pores_dog(np.zeros((20, 20), np.uint8), 20.0, np.ones((10, 10), bool))
