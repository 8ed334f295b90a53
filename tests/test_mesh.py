"""The face mesh: the head's axes, the face's width, sides, and what faces the camera."""

import numpy as np
import pytest
from mediapipe.python.solutions import face_mesh

from wrinkleseg import face as faces
from wrinkleseg import mesh


@pytest.fixture(scope="module")
def head(astronaut: np.ndarray) -> faces.Face:
    return faces.find(astronaut)[0]


def test_the_width_lies_between_the_cheekbones_and_is_one_at_least():
    landmarks = np.zeros((468, 3), np.float32)
    assert mesh.face_width(landmarks) == 1
    landmarks[454] = 3, 0, 4
    assert mesh.face_width(landmarks) == 5


def test_axes_of_a_straight_head_are_the_pictures_own():
    landmarks = np.zeros((468, 3), np.float32)
    landmarks[[454, 263, 291], 0] = 10
    landmarks[152, 1] = 20
    across, down, forward = mesh.axes(landmarks)
    assert np.allclose(across, (1, 0, 0)) and np.allclose(down, (0, 1, 0)) and np.allclose(forward, (0, 0, -1))


def test_triangles_seen_from_behind_are_not_visible(head):
    front = mesh.visible(head.landmarks, faces.triangles())
    behind = mesh.visible(head.landmarks * np.float32([-1, 1, -1]), faces.triangles())  # turned by half a turn
    assert front.mean() > 0.85
    assert behind.mean() < 0.15


def test_each_landmark_has_one_on_the_other_side():
    """By hand for some, and by MediaPipe's mesh for all: what is joined by an edge is so on the other side."""
    other = mesh.MIRROR
    np.testing.assert_array_equal(other[other], np.arange(478))
    pairs = {33: 263, 133: 362, 61: 291, 234: 454, 159: 386, 468: 473, 470: 475, 469: 476}
    assert all(other[a] == b for a, b in pairs.items()) and all(other[a] == a for a in (1, 10, 152, 168))
    edges = {tuple(sorted(pair)) for pair in face_mesh.FACEMESH_TESSELATION}
    odd = [pair for pair in edges if tuple(sorted(other[list(pair)])) not in edges]
    assert (
        len(odd) == 6
    )  # the mesh's own: six squares are cut along one diagonal on one side and the other on the other
