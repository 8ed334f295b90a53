"""Finding faces: size, pose, several faces, small faces, no face, and what a wrong call is told."""

import dataclasses
import os
import time

import cv2
import numpy as np
import pytest

from wrinkleseg import detectors, images, mesh, zones
from wrinkleseg import face as faces
from wrinkleseg.face import search, shape
from wrinkleseg.geometry import Box
from wrinkleseg.side_by_side import both


@pytest.fixture(scope="module")
def head(astronaut: np.ndarray) -> faces.Face:
    return faces.find(astronaut)[0]


def test_the_astronauts_face(astronaut, head):
    assert head.landmarks.shape == (478, 3) and head.landmarks.dtype == np.float32
    assert head.size == (512, 512)
    assert 80 < head.width < 110 and 0.3 < head.eye_distance / head.width < 0.6
    centre = (head.box.left + head.box.width / 2, head.box.top + head.box.height / 2)
    assert np.allclose(centre, (225, 122), atol=12)  # read off the photo


def test_the_box_holds_the_oval(head):
    oval = head.landmarks[list(mesh.OVAL), :2]
    assert (oval >= (head.box.left, head.box.top)).all()
    assert (oval <= (head.box.left + head.box.width, head.box.top + head.box.height)).all()


def test_a_mirrored_head_turns_the_other_way(astronaut, head):
    mirrored = faces.find(np.ascontiguousarray(astronaut[:, ::-1]))[0]
    assert mirrored.pose.yaw == pytest.approx(-head.pose.yaw, abs=4)
    assert mirrored.pose.roll == pytest.approx(-head.pose.roll, abs=4)
    assert mirrored.pose.pitch == pytest.approx(head.pose.pitch, abs=4)
    assert mirrored.width == pytest.approx(head.width, rel=0.05)


def test_the_mirror_image_gives_the_mirrored_landmarks(astronaut, head):
    (mirrored,) = faces.find(np.ascontiguousarray(astronaut[:, ::-1]))
    back = mirrored.landmarks[mesh.MIRROR] * (-1, 1, 1) + (astronaut.shape[1] - 1, 0, 0)
    assert np.abs(back - head.landmarks).max() < 1e-4 * head.width
    assert mirrored.width == pytest.approx(head.width, rel=1e-5)


def test_the_spread_of_landmarks_by_hand():
    """Two landmarks of 478 lie 30 px left and right of the rest: the spread is 30 sqrt(2 / 478) px."""
    landmarks = np.full((478, 3), 7, np.float32)
    landmarks[0, 0], landmarks[1, 0] = -23, 37
    assert shape._spread(landmarks) == pytest.approx(30 * np.sqrt(2 / 478))


def test_the_steady_width_moves_less_than_the_width(data_dir):
    """Of real faces in a little less light; the width itself lies within some percent of it."""
    moved = []
    for path in sorted((data_dir / "wrinkle" / "images").glob("*"))[::4]:
        rgb = images.load_rgb(path)
        one, other = (faces.find(view)[0] for view in (rgb, (rgb * 0.9).astype(np.uint8)))
        assert one.steady_width == pytest.approx(one.width, rel=0.12)
        moved.append((np.log(one.width / other.width), np.log(one.steady_width / other.steady_width)))
    width, steady = np.sqrt(np.mean(np.square(moved), axis=0))
    assert steady < 0.95 * width


def test_a_mesh_is_steadied_by_its_own_mirror_image_alone():
    mesh = np.zeros((478, 3), np.float32)
    mesh[:, 0] = np.linspace(0, 0.5, 478)
    near, far = mesh + np.float32(0.02), mesh + np.float32(0.4)
    (found,) = detectors._steadied([mesh], [far, near])
    np.testing.assert_allclose(found, mesh + 0.01, atol=1e-6)
    for others in ([far], []):
        (found,) = detectors._steadied([mesh], others)
        np.testing.assert_array_equal(found, mesh)


def test_a_tilted_photo_tilts_the_head(astronaut, head):
    centre = (head.box.left + head.box.width / 2, head.box.top + head.box.height / 2)
    turn = cv2.getRotationMatrix2D(centre, -20, 1)  # OpenCV counts anticlockwise
    tilted = faces.find(cv2.warpAffine(astronaut, turn, (512, 512)))[0]
    assert tilted.pose.roll - head.pose.roll == pytest.approx(20, abs=4)


def test_sizes_follow_the_photo(astronaut, head):
    double = faces.find(cv2.resize(astronaut, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC))[0]
    assert double.width == pytest.approx(2 * head.width, rel=0.06)
    assert double.eye_distance == pytest.approx(2 * head.eye_distance, rel=0.06)


def test_several_faces_come_largest_first(astronaut):
    small = cv2.resize(astronaut, (256, 256), interpolation=cv2.INTER_AREA)
    collage = np.full((512, 1024, 3), 90, np.uint8)
    collage[:, 512:] = astronaut
    collage[:256, :256] = small
    collage[256:, 256:512] = small[:, ::-1]
    found = faces.find(collage)
    assert len(found) == 3
    assert found[0].box.left > 512 and found[0].width > 1.5 * found[1].width
    assert faces.choose(found, 2) is found[2]


class CloserLooks:
    """Counts how often the detector is asked for a closer look, and answers these in turn, or truly where none are given."""

    def __init__(self, patch: pytest.MonkeyPatch, *answers: float) -> None:
        self.count, self._answers, self._truly = 0, list(answers), detectors.score
        patch.setattr(detectors, "score", self)

    def __call__(self, view: np.ndarray) -> float:
        self.count += 1
        return self._answers.pop(0) if self._answers else self._truly(view)


def doubt(patch: pytest.MonkeyPatch, score: float) -> None:
    """The detector that looks both ways is only so sure of what it sees."""
    seen = detectors.boxes

    def less_sure(view: np.ndarray):
        far, near, mirrored = seen(view)
        return far, [(score, edges) for _, edges in near], [(score, edges) for _, edges in mirrored]

    patch.setattr(detectors, "boxes", less_sure)


def test_a_face_seen_clearly_both_ways_needs_no_closer_look(astronaut, monkeypatch):
    looks = CloserLooks(monkeypatch)
    assert len(faces.find(astronaut)) == 1 and looks.count == 0


def test_a_face_seen_less_clearly_is_looked_at_more_closely(astronaut, monkeypatch):
    doubt(monkeypatch, 0.85)
    looks = CloserLooks(monkeypatch)
    assert len(faces.find(astronaut)) == 1 and looks.count > 0


def test_a_face_that_is_clearer_when_it_is_turned_is_none(astronaut, head, monkeypatch):
    CloserLooks(monkeypatch, 0.5, 0.4, 0.95, 0.3)  # as it is, then turned by one, two and three quarters
    hit = search._Hit(0.85, head.box, confirmed=True)
    assert not search._upright(astronaut, head, hit)


def test_a_clear_hit_says_nothing_of_a_face_elsewhere(astronaut, head, monkeypatch):
    looks = CloserLooks(monkeypatch, 0.5, 0.9, 0.9, 0.9)
    hit = search._Hit(0.99, Box(400, 0, 100, 100), confirmed=True)
    assert not search._upright(astronaut, head, hit) and looks.count == 4


def test_a_small_face_in_a_large_photo(astronaut):
    large = np.full((2000, 3000, 3), 120, np.uint8)
    large[1500:1756, 2500:2756] = cv2.resize(astronaut, (256, 256), interpolation=cv2.INTER_AREA)
    found = faces.find(large)
    assert len(found) == 1
    assert 2500 < found[0].box.left < 2756 and 1500 < found[0].box.top < 1756


@pytest.mark.parametrize("level", [2, 4])
def test_windows_of_a_long_strip_hold_no_more_than_the_strip(level):
    """Squares of half of 200000 px would take gigabytes, most of them black."""
    windows = search._windows((320, 200_000), level)
    assert {window.height for window in windows} == {320}
    assert min(w.left for w in windows) == 0 and max(w.right for w in windows) == 200_000


def test_a_turn_is_advised_only_where_the_turned_face_is_clear(astronaut, head, monkeypatch):
    """Of half a face at the photo's edge a mesh was found when it was turned, too."""
    monkeypatch.setattr(search, "faces", lambda rgb: [] if rgb is astronaut else [head])
    for score, advised in ((0.95, True), (0.6, False)):
        monkeypatch.setattr(detectors, "score", lambda view, score=score: score)
        with pytest.raises(faces.NoFaceError) as caught:
            faces.find(astronaut)
        assert ("turn the photo" in str(caught.value)) == advised


@pytest.mark.parametrize("index", [-1, 1, 7])
def test_a_face_that_is_not_there_cannot_be_chosen(head, index):
    with pytest.raises(faces.FaceError, match="1 face was found"):
        faces.choose([head], index)


@pytest.mark.parametrize("size", [(1, 1), (7, 300), (400, 400)])
def test_no_face_is_a_typed_error_that_says_what_to_do(size):
    with pytest.raises(faces.NoFaceError, match="Use a photo that shows one face"):
        faces.find(np.full((*size, 3), 127, np.uint8))


def test_noise_is_no_face():
    noise = np.random.default_rng(0).integers(0, 256, (500, 500, 3), dtype=np.uint8)
    with pytest.raises(faces.NoFaceError):
        faces.find(noise)


def test_an_upside_down_photo_is_found_or_truthfully_refused(astronaut):
    """Either the landmarks follow the turn (the mouth lies above the eyes), or the error says how to turn the photo."""
    try:
        found = faces.find(np.ascontiguousarray(astronaut[::-1, ::-1]))
    except faces.NoFaceError as error:
        assert "turn the photo" in str(error)
    else:
        assert abs(found[0].pose.roll) > 150
        assert found[0].landmarks[13, 1] < found[0].landmarks[159, 1]


@pytest.mark.parametrize(
    "wrong", [np.zeros((5, 5), np.uint8), np.zeros((5, 5, 3), np.float32), np.zeros((0, 5, 3), np.uint8), "photo.jpg"]
)
def test_a_wrong_picture_is_refused_with_a_reason(wrong):
    with pytest.raises(faces.FaceError, match="uint8 RGB"):
        faces.find(wrong)


def test_regions_of_another_photo_are_refused(astronaut, head):
    with pytest.raises(faces.FaceError, match="same photo"):
        faces.regions(astronaut[:100], head)


def test_regions_hold_all_zones_at_full_size(astronaut, head):
    regions = faces.regions(astronaut, head)
    assert set(regions.zones) == {*zones.NAMES, *zones.UNIONS}
    assert regions.wrinkle_skin.shape == regions.pore_skin.shape == regions.zones["nose"].shape == (512, 512)


def test_faces_and_poses_are_frozen(head):
    with pytest.raises(dataclasses.FrozenInstanceError):
        head.width = 3.0


def test_triangles_name_landmarks_of_the_mesh():
    triangles = faces.triangles()
    assert triangles.shape[1] == 3 and 800 < len(triangles) < 900
    assert triangles.min() >= 0 and triangles.max() < 468
    assert set(np.unique(triangles)) == set(range(468))


def test_real_faces_of_many_kinds_are_found(data_dir):
    paths = (
        sorted((data_dir / "faces").rglob("*.jpg"))[::30] + sorted((data_dir / "wrinkle" / "images").glob("*"))[::16]
    )
    for path in paths:
        assert faces.find(images.load_rgb(path)), path.name


def test_mediapipe_silenced_on_two_threads_leaves_stderr_as_it_was() -> None:
    def silenced() -> None:
        with detectors._quiet():
            time.sleep(0.02)

    before = os.fstat(2)
    both(silenced, silenced)
    assert os.path.samestat(os.fstat(2), before)
