"""Masks against scikit-image and against shapes whose length and width are known."""

import cv2
import numpy as np
import pytest
from scipy.ndimage import binary_dilation
from skimage import measure
from skimage.morphology import remove_small_objects, skeletonize

from wrinkleseg import images, masks


def band(angle: float, width: float, length: float = 120, size: int = 200) -> np.ndarray:
    """A straight band through the middle, `angle` degrees from the horizontal."""
    rows, columns = np.mgrid[:size, :size] - size // 2
    along = columns * np.cos(np.radians(angle)) + rows * np.sin(np.radians(angle))
    across = rows * np.cos(np.radians(angle)) - columns * np.sin(np.radians(angle))
    return (np.abs(along) < length / 2) & (across >= -width / 2 + 1e-9) & (across < width / 2 + 1e-9)


@pytest.fixture
def blobs() -> np.ndarray:
    return np.random.default_rng(0).random((120, 140)) < 0.25


@pytest.fixture(scope="module")
def real_masks(data_dir) -> list[np.ndarray]:
    return [images.load_mask(path) for path in sorted((data_dir / "wrinkle" / "masks").iterdir())[::6]]


def test_binarise_is_strict_so_that_nothing_outside_the_skin_is_marked():
    probability = np.array([[0, 0.2, 0.5, 0.7, 1]], np.float32)
    assert masks.binarise(probability, 0.5).tolist() == [[False, False, False, True, True]]
    assert masks.binarise(probability, 0).tolist() == [[False, True, True, True, True]]
    assert not masks.binarise(probability, 1).any()
    assert masks.binarise(probability, 0.5).dtype == bool


@pytest.mark.parametrize("threshold", [-0.1, 1.1, float("nan")])
def test_binarise_refuses_a_threshold_out_of_range(threshold):
    with pytest.raises(ValueError, match=r"0\.\.1"):
        masks.binarise(np.zeros((2, 2), np.float32), threshold)


@pytest.mark.parametrize("bad", [np.zeros((3, 3), np.uint8), np.zeros((3, 3, 1), bool), [[True]]], ids=str)
@pytest.mark.parametrize("function", [masks.skeleton, masks.count, masks.centres, masks.areas, masks.length])
def test_only_a_bool_mask_is_taken(function, bad):
    with pytest.raises(ValueError, match="expected a bool mask"):
        function(bad)


def test_empty_mask():
    empty = np.zeros((9, 11), bool)
    assert not masks.skeleton(empty).any()
    assert masks.count(empty) == 0
    assert masks.length(empty) == 0
    assert masks.mean_width(empty, empty) == 0
    assert masks.centres(empty).shape == (0, 2)
    assert masks.areas(empty).shape == (0,)
    assert not masks.remove_specks(empty, 3).any()


def test_full_mask():
    full = np.ones((9, 31), bool)
    assert masks.count(full) == 1
    assert masks.areas(full).tolist() == [279]
    assert masks.centres(full).tolist() == [[15, 4]]
    assert masks.skeleton(full)[4, 15]
    assert masks.mean_width(full, masks.skeleton(full)) == pytest.approx(9, abs=0.5)


def test_one_pixel():
    one = np.zeros((9, 11), bool)
    one[8, 3] = True
    assert np.array_equal(masks.skeleton(one), one)
    assert masks.length(one) == 0
    assert masks.mean_width(one, one) == 1
    assert masks.centres(one).tolist() == [[3, 8]]


def test_objects_equal_scikit_image(blobs):
    labels = measure.label(blobs, connectivity=2)
    expected = {(p.area, round(p.centroid[1], 6), round(p.centroid[0], 6)) for p in measure.regionprops(labels)}
    found = {(a, round(x, 6), round(y, 6)) for a, (x, y) in zip(masks.areas(blobs), masks.centres(blobs), strict=True)}
    assert masks.count(blobs) == labels.max()
    assert found == expected


@pytest.mark.parametrize("min_area", [0, 1, 2, 7, 1000])
def test_remove_specks_equals_scikit_image(blobs, min_area):
    expected = remove_small_objects(blobs, max_size=min_area - 1, connectivity=2) if min_area else blobs
    assert np.array_equal(masks.remove_specks(blobs, min_area), expected)


@pytest.mark.parametrize("side", [1, 2, 3, 4])
def test_without_specks_leaves_squares_and_what_touches_them_at_any_threshold(side):
    """Beside the sets themselves: every square that lies in the mask, grown by one pixel inside the mask."""
    probability = cv2.GaussianBlur(np.random.default_rng(3).random((61, 74)).astype(np.float32), (0, 0), 0.8)
    found = masks.without_specks(probability, side)
    assert found.dtype == np.float32
    assert np.array_equal(found, probability) == (side == 1)
    for threshold in np.quantile(probability, [0.1, 0.4, 0.6, 0.8, 0.95]):
        mask = probability > threshold
        squares = np.lib.stride_tricks.sliding_window_view(mask, (side, side)).all(axis=(2, 3))
        held = np.zeros_like(mask)
        for row, column in np.argwhere(squares):
            held[row : row + side, column : column + side] = True
        expected = binary_dilation(held, np.ones((3, 3))) & mask
        assert np.array_equal(found > threshold, expected)


@pytest.mark.parametrize(("shape", "side"), [((4, 4, 1), 2), ((4, 4), 0)])
def test_without_specks_refuses_what_is_no_map_and_no_side(shape, side):
    with pytest.raises(ValueError, match="expected a map"):
        masks.without_specks(np.zeros(shape, np.float32), side)


def test_crisp_by_hand():
    """A hill across, its crest .8: what has 55% of the highest near it stays, what is lower sinks."""
    row = [0.0, 0.1, 0.3, 0.5, 0.7, 0.8, 0.7, 0.5, 0.39, 0.1, 0.0, 0.2]
    hill = np.tile(np.array(row, np.float32), (7, 1))
    before = hill.copy()
    found = masks.crisp(hill, 2)
    # Within 2 px of .3 stands .7, of either .1 stands .5, of .39 stands .7, and .39 is 56% of it; .2 is alone.
    expected = [0, 0.1**2 / 0.5, 0.3**2 / 0.7, 0.5, 0.7, 0.8, 0.7, 0.5, 0.39, 0.1**2 / 0.5, 0, 0.2]
    assert found.dtype == np.float32 and np.allclose(found, np.tile(expected, (7, 1)))
    assert np.array_equal(hill, before), "the map that came is left as it was"
    assert np.array_equal(masks.crisp(hill, 0), hill)
    assert np.array_equal(masks.crisp(hill, 2, flank=0), hill)


def test_a_crisp_line_is_as_wide_at_any_threshold_below_its_flanks():
    rows = np.arange(-20, 21, dtype=np.float32)[:, None]
    hill = np.tile(0.8 * np.exp(-(rows**2) / 18), (1, 60)).astype(np.float32)
    widths = {(masks.crisp(hill, 12) > threshold).sum(axis=0).max() for threshold in (0.25, 0.3, 0.35, 0.4, 0.43)}
    assert widths == {7}, "where the hill has 55% of its height, 3.3 px from the crest"
    plain = [int((hill > threshold).sum(axis=0).max()) for threshold in (0.25, 0.43)]
    assert plain == [9, 7]


@pytest.mark.parametrize(
    ("shape", "how"), [((4, 4, 1), (2,)), ((4, 4), (-1,)), ((4, 4), (1, -0.1)), ((4, 4), (1, 1.1))]
)
def test_crisp_refuses_what_is_no_map_no_radius_and_no_share(shape, how):
    with pytest.raises(ValueError, match="expected|must lie within"):
        masks.crisp(np.zeros(shape, np.float32), *how)


@pytest.mark.parametrize("angle", range(0, 180, 15))
@pytest.mark.parametrize("width", [2, 3, 4, 5, 7])
def test_no_line_is_lost_or_broken_whatever_its_slant(angle, width):
    """Zhang and Suen's thinning, more often used, leaves 3 pixels of the slanting band of width 2 and 4."""
    mask = band(angle, width)
    line = masks.skeleton(mask)
    assert not (line & ~mask).any()
    assert masks.count(line) == 1
    assert masks.length(line) == pytest.approx(120, rel=0.12)
    assert masks.mean_width(mask, line) == pytest.approx(width, abs=0.95)


@pytest.mark.parametrize("width", [1, 2, 3, 4, 5, 8])
def test_width_of_a_straight_line_is_exact(width):
    for mask in (np.zeros((60, 90), bool), np.zeros((90, 60), bool).T):
        mask[20 : 20 + width, 10:80] = True
        assert masks.mean_width(mask, masks.skeleton(mask)) == pytest.approx(width, abs=0.05)


def test_a_line_at_the_edge_of_the_photo_is_thinned_too():
    mask = np.zeros((40, 60), bool)
    mask[:5] = True
    line = masks.skeleton(mask)
    assert line.sum(axis=0).max() == 1
    assert masks.mean_width(mask, line) == pytest.approx(5, abs=0.2)


@pytest.mark.parametrize("block", [(1, 1), (2, 2), (2, 3), (4, 4), (1, 6), (2, 7)])
def test_small_blocks_keep_a_centreline(block):
    mask = np.pad(np.ones(block, bool), 3)
    assert masks.count(masks.skeleton(mask)) == 1


def test_length_by_hand():
    straight, diagonal, corner = np.zeros((3, 6, 6), bool)
    straight[2, 1:5] = True
    diagonal[range(5), range(5)] = True
    corner[1, 1:4] = corner[1:4, 3] = True  # an L of 5 pixels: 4 steps, no short cut across the corner
    assert masks.length(straight) == 3
    assert masks.length(diagonal) == pytest.approx(4 * np.sqrt(2))
    assert masks.length(diagonal[::-1]) == pytest.approx(4 * np.sqrt(2))
    assert masks.length(corner) == 4
    assert masks.length(straight | diagonal) == pytest.approx(masks.length(straight.T | diagonal.T))


def test_length_of_a_circle():
    rows, columns = np.mgrid[:220, :220] - 110
    ring = np.abs(np.hypot(rows, columns) - 90) < 2
    assert masks.length(masks.skeleton(ring)) == pytest.approx(2 * np.pi * 90, rel=0.08)


def test_skeleton_is_close_to_scikit_image_on_real_wrinkles(real_masks):
    for mask in real_masks:
        ours, theirs = masks.skeleton(mask), skeletonize(mask)
        assert masks.count(ours) == masks.count(mask)
        assert ours.sum() == pytest.approx(theirs.sum(), rel=0.05)
        assert masks.length(ours) == pytest.approx(masks.length(theirs), rel=0.05)
        reach = np.pad(theirs, 1)
        near = np.any([np.roll(reach, s, (0, 1)) for s in [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)]], axis=0)
        assert (ours & near[1:-1, 1:-1]).sum() > 0.95 * ours.sum()


def test_every_real_wrinkle_has_a_plausible_width(real_masks):
    widths = [masks.mean_width(mask, masks.skeleton(mask)) for mask in real_masks]
    assert min(widths) >= 1
    assert max(widths) < 6


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.8])
def test_no_object_ever_loses_its_skeleton(share):
    noise = np.random.default_rng(7).random((150, 150)) < share
    line = masks.skeleton(noise)
    assert masks.count(line) == masks.count(noise)
    assert not (line & ~noise).any()


@pytest.mark.parametrize("share", [0.03, 0.3, 0.6, 0.9, 1.0])
def test_thinning_equals_opencvs(share):
    noise = np.random.default_rng(8).random((90, 110)) < share
    broad = cv2.dilate(noise.astype(np.uint8), np.ones((4, 4))) > 0
    for mask in (noise, broad, band(20, 4), band(135, 12)):
        padded = np.pad(mask, 1).astype(np.uint8) * 255  # OpenCV never thins the outermost row and column
        expected = cv2.ximgproc.thinning(padded, thinningType=cv2.ximgproc.THINNING_GUOHALL)[1:-1, 1:-1] > 0
        assert np.array_equal(masks.skeleton(mask), expected)


def test_bounds_by_hand():
    mask = np.zeros((9, 11), bool)
    mask[2, 3] = mask[5, 10] = True
    assert masks.bounds(mask) == (slice(2, 6), slice(3, 11))


def test_mean_width_wants_one_size():
    with pytest.raises(ValueError, match="one size"):
        masks.mean_width(np.ones((4, 4), bool), np.ones((4, 5), bool))
