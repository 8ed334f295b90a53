"""Skin masks: what they keep of real wrinkles, what they leave out, and pictures that are grey, small, empty or cut off."""

import cv2
import numpy as np
import pytest

from wrinkleseg import face as faces
from wrinkleseg import images, mesh, skin
from wrinkleseg.skin import scene


def wrinkle_mask(rgb: np.ndarray, face: faces.Face) -> np.ndarray:
    return faces.regions(rgb, face).wrinkle_skin


def photo(data_dir, name: str) -> np.ndarray:
    return images.load_rgb(next((data_dir / "wrinkle" / "images").glob(f"{name}.*")))


@pytest.fixture(scope="module")
def head(astronaut: np.ndarray) -> faces.Face:
    return faces.find(astronaut)[0]


def test_masks_have_the_photos_size_and_leave_out_the_parts(astronaut, head):
    regions = faces.regions(astronaut, head)
    for mask in (regions.wrinkle_skin, regions.pore_skin):
        assert mask.dtype == bool and mask.shape == astronaut.shape[:2] and mask.any()
        for loops in (skin.EYES, skin.LIPS, skin.NOSTRILS):
            assert not (mask & skin.draw(head.landmarks, loops, head.size)).any()
        brows = skin.draw(head.landmarks, skin.BROWS, head.size)
        assert (mask & brows).sum() < 0.15 * brows.sum()


def test_pore_skin_lies_within_wrinkle_skin_and_has_the_nose_but_no_lids(astronaut, head):
    regions = faces.regions(astronaut, head)
    assert not (regions.pore_skin & ~regions.wrinkle_skin).any()
    x, y = np.round(head.landmarks[5, :2]).astype(int)
    assert regions.pore_skin[y, x]
    lids = skin.draw(head.landmarks, ((27, 28, 56, 157, 158, 159, 160, 29),), head.size)
    assert (regions.wrinkle_skin & lids).any() and not (regions.pore_skin & lids).any()


def test_the_astronauts_fringe_is_left_out_and_her_cheeks_are_kept(astronaut, head):
    """Her fringe hangs a little above the brows, so the oval's upper part is hair."""
    mask = wrinkle_mask(astronaut, head)
    oval = skin.draw(head.landmarks, (mesh.OVAL,), head.size)
    fringe = skin.draw(head.landmarks, ((10, 109, 67, 69, 108, 151, 337, 299, 297, 338),), head.size)
    cheeks = skin.draw(head.landmarks, ((117, 119, 100, 36, 205, 50), (346, 348, 329, 266, 425, 280)), head.size)
    assert 0.6 < mask.sum() / oval.sum() <= 1.2
    assert (mask & fringe).sum() < 0.1 * fringe.sum()
    assert (mask & cheeks).sum() > 0.98 * cheeks.sum()


def test_a_bald_head_is_kept_above_the_oval(data_dir):
    rgb = photo(data_dir, "a_0000195")
    face = faces.find(rgb)[0]
    oval = skin.draw(face.landmarks, (mesh.OVAL,), face.size)
    above = wrinkle_mask(rgb, face) & ~oval
    above[int(face.landmarks[10, 1]) :] = False
    assert above.sum() > 0.05 * oval.sum()


def test_a_grey_photo_gives_nearly_the_same_mask(astronaut, head):
    grey = np.repeat(cv2.cvtColor(astronaut, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    colour, colourless = wrinkle_mask(astronaut, head), wrinkle_mask(grey, head)
    assert (colour & colourless).sum() > 0.8 * (colour | colourless).sum()


@pytest.mark.parametrize("value", [0, 128, 255])
def test_a_photo_of_one_colour_falls_back_on_the_outline(head, value):
    """Nothing tells skin from surroundings, so little may be lost and nothing may break."""
    flat = np.full((*head.size, 3), value, np.uint8)
    wrinkle, pore = skin.masks(flat, head.landmarks, faces.triangles())
    oval = skin.draw(head.landmarks, (mesh.OVAL,), head.size)
    assert 0.7 < wrinkle.sum() / oval.sum() < 1.3 and pore.any()


def test_a_large_and_a_small_copy_agree(astronaut):
    small = faces.find(astronaut)[0]
    large_rgb = cv2.resize(astronaut, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    large = wrinkle_mask(large_rgb, faces.find(large_rgb)[0])
    again = cv2.resize(large.astype(np.uint8), (512, 512), interpolation=cv2.INTER_AREA) > 0
    mask = wrinkle_mask(astronaut, small)
    assert (again & mask).sum() > 0.8 * (again | mask).sum()


def test_a_face_outside_the_photo_has_no_skin(astronaut, head):
    away = head.landmarks + np.array([5000, 0, 0], np.float32)
    wrinkle, pore = skin.masks(astronaut, away, faces.triangles())
    assert skin.window(away, head.size) is None
    assert not wrinkle.any() and not pore.any()


def test_a_face_cut_by_the_photos_edge(astronaut, head):
    x = int(head.landmarks[4, 0])
    half = np.ascontiguousarray(astronaut[:, :x])
    wrinkle, _ = skin.masks(half, head.landmarks, faces.triangles())
    whole = wrinkle_mask(astronaut, head)[:, :x]
    assert wrinkle.shape == half.shape[:2]
    assert (wrinkle & whole).sum() > 0.85 * (wrinkle | whole).sum()


@pytest.mark.parametrize("sides", [(slice(None), slice(225, 228)), (slice(120, 123), slice(None))])
def test_a_sliver_of_a_face(astronaut, head, sides):
    """Three columns or rows of the photo: nothing breaks, and what is marked lies on the face."""
    away = np.array([sides[1].start or 0, sides[0].start or 0, 0], np.float32)
    sliver = np.ascontiguousarray(astronaut[sides])
    wrinkle, pore = skin.masks(sliver, head.landmarks - away, faces.triangles())
    assert wrinkle.shape == pore.shape == sliver.shape[:2] and wrinkle.any()
    oval = skin.draw(head.landmarks - away, (mesh.OVAL,), sliver.shape[:2])
    assert (wrinkle & ~oval).sum() < 0.3 * wrinkle.sum()


def test_a_small_face_has_much_the_same_skin(astronaut, head):
    """Of 40 px: its looks are compared at full size."""
    scale = 40 / head.width
    side = round(512 * scale)
    small = cv2.resize(astronaut, (side, side), interpolation=cv2.INTER_AREA)
    wrinkle, _ = skin.masks(small, head.landmarks * np.float32(side / 512), faces.triangles())
    large = cv2.resize(wrinkle_mask(astronaut, head).astype(np.uint8), (side, side), interpolation=cv2.INTER_AREA) > 0
    assert (wrinkle & large).sum() > 0.7 * (wrinkle | large).sum()


def test_one_pixel():
    landmarks = np.zeros((478, 3), np.float32)
    wrinkle, pore = skin.masks(np.zeros((1, 1, 3), np.uint8), landmarks, faces.triangles())
    assert wrinkle.shape == pore.shape == (1, 1)


def test_draw_fills_a_triangle():
    landmarks = np.array([[1, 1, 0], [5, 1, 0], [1, 5, 0]], np.float32)
    mask = skin.draw(landmarks, ((0, 1, 2),), (8, 8))
    assert mask[2, 2] and mask[1, 1] and not mask[5, 5] and not mask[0, 0]


def test_the_mesh_counts_where_it_reaches_beyond_the_oval():
    points = np.array([[4, 4, 0], [8, 4, 0], [4, 8, 0], [14, 4, 0], [50, -9, 0]], np.float32)
    oval = np.zeros((20, 20), bool)
    oval[2:11, 2:11] = True
    assert not scene._beside(points, np.array([[0, 1, 2]]), oval).any()
    beyond = scene._beside(points, np.array([[0, 1, 2], [1, 3, 2]]), oval)
    assert beyond[4, 13] and beyond[6, 8] and not beyond[4, 4] and not beyond[12, 4]
    cut_off = np.array([[4, 4, 0], [8, 4, 0], [4, -9, 0]], np.float32)  # the third corner lies above the photo
    oval[:3, 2:11] = True
    assert scene._beside(cut_off, np.array([[0, 1, 2]]), oval).any()


def test_annotated_wrinkles_are_kept(data_dir):
    """Twelve of the annotated photos, among them bald heads, fringes, beards and glasses; the whole set is `python -m eval skin`."""
    names = ("179", "183", "188", "193", "195", "206", "210", "225", "237", "241", "255", "265")
    kept = total = area = 0
    for name in names:
        rgb = photo(data_dir, f"a_0000{name}")
        truth = images.load_mask(next((data_dir / "wrinkle" / "masks").glob(f"a_0000{name}.*")))
        face = faces.find(rgb)[0]
        mask = wrinkle_mask(rgb, face)
        kept, total = kept + (mask & truth).sum(), total + truth.sum()
        area += mask.sum() / skin.draw(face.landmarks, (mesh.OVAL,), face.size).sum() / len(names)
    assert kept / total > 0.95
    assert area < 1.2


def test_a_beard_has_no_pore_skin(data_dir):
    rgb = photo(data_dir, "a_0000206")
    face = faces.find(rgb)[0]
    chin = skin.draw(face.landmarks, ((32, 208, 199, 428, 262, 421, 200, 201),), face.size)
    assert (faces.regions(rgb, face).pore_skin & chin).sum() < 0.1 * chin.sum()


def test_what_goes_wrong_beside_the_search_is_told_even_where_there_is_no_skin() -> None:
    """The other thread's error is raised: too small a face ends the search before anybody asks for a person."""

    def broken() -> None:
        raise RuntimeError("the segmenter broke")

    landmarks = np.full((478, 3), 4, np.float32)
    with pytest.raises(RuntimeError, match="the segmenter broke"):
        skin.masks(np.zeros((9, 9, 3), np.uint8), landmarks, faces.triangles(), broken)
