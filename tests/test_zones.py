"""Zones: apart from one another, on the face, the person's own left and right, and on the near side only when the head turns."""

import cv2
import numpy as np
import pytest

from wrinkleseg import face as faces
from wrinkleseg import mesh, zones


@pytest.fixture(scope="module")
def head(astronaut: np.ndarray) -> faces.Face:
    return faces.find(astronaut)[0]


def everywhere(face: faces.Face) -> np.ndarray:
    return np.ones(face.size, bool)


def turned(face: faces.Face, degrees: float) -> np.ndarray:
    """The face's landmarks after a turn about the vertical axis through the head, (478, 3)."""
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])
    centre = face.landmarks[[234, 454]].mean(axis=0)
    return ((face.landmarks - centre) @ turn.T + centre).astype(np.float32)


def silhouette(landmarks: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Where any triangle of the mesh, seen from either side, or the opening of an eye or the mouth lies, bool (H, W)."""
    mask = np.zeros(size, np.uint8)
    for corners in np.round(landmarks[faces.triangles()][:, :, :2]).astype(np.int32):
        cv2.fillConvexPoly(mask, corners, 1)
    return cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8)) > 0


def test_every_zone_is_there_and_none_overlaps(head):
    drawn = zones.draw(head.landmarks, faces.triangles(), everywhere(head))
    assert set(drawn) == {*zones.NAMES, *zones.UNIONS}
    assert all(mask.dtype == bool and mask.shape == head.size for mask in drawn.values())
    assert all(drawn[name].sum() > 20 for name in zones.NAMES)
    assert sum(drawn[name].astype(int) for name in zones.NAMES).max() == 1


def test_unions_are_their_members(head):
    drawn = zones.draw(head.landmarks, faces.triangles(), everywhere(head))
    for name, members in zones.UNIONS.items():
        assert np.array_equal(drawn[name], np.logical_or.reduce([drawn[member] for member in members]))


def test_zones_reach_no_further_than_the_head(head):
    drawn = zones.draw(head.landmarks, faces.triangles(), everywhere(head))
    covered = np.logical_or.reduce([drawn[name] for name in zones.NAMES])
    around = (
        cv2.dilate(
            silhouette(head.landmarks, head.size).astype(np.uint8), np.ones((3, 3)), iterations=int(0.36 * head.width)
        )
        > 0
    )
    assert not (covered & ~around).any()


def test_zones_stay_inside_the_skin(head):
    skin = np.zeros(head.size, bool)
    skin[: head.size[0] // 2, : int(head.landmarks[1, 0])] = True
    drawn = zones.draw(head.landmarks, faces.triangles(), skin)
    assert all(not (mask & ~skin).any() for mask in drawn.values())
    assert not any(
        zone.any() for zone in zones.draw(head.landmarks, faces.triangles(), np.zeros(head.size, bool)).values()
    )


def test_a_single_pixel_of_skin(head):
    skin = np.zeros(head.size, bool)
    x, y = head.landmarks[4, :2].astype(int)
    skin[y, x] = True
    drawn = zones.draw(head.landmarks, faces.triangles(), skin)
    assert sum(int(drawn[name].sum()) for name in zones.NAMES) <= 1


def test_zones_hold_the_landmarks_they_are_named_for(head):
    drawn = zones.draw(head.landmarks, faces.triangles(), everywhere(head))
    inside = {"forehead": 151, "glabella": 8, "nose": 5, "chin": 199, "cheek_right": 187, "cheek_left": 411}
    inside |= {"under_eye_right": 230, "under_eye_left": 450, "crows_feet_right": 143, "crows_feet_left": 372}
    inside |= {"nasolabial_right": 206, "nasolabial_left": 426, "marionette_right": 210, "marionette_left": 430}
    for name, landmark in inside.items():
        x, y = np.round(head.landmarks[landmark, :2]).astype(int)
        assert drawn[name][y, x], name


def test_left_and_right_change_places_in_a_mirrored_picture(astronaut, head):
    mirrored = np.ascontiguousarray(astronaut[:, ::-1])
    other = faces.find(mirrored)[0]
    ours = zones.draw(head.landmarks, faces.triangles(), silhouette(head.landmarks, head.size))
    theirs = zones.draw(other.landmarks, faces.triangles(), silhouette(other.landmarks, other.size))
    for name in zones.NAMES:
        swapped = name.replace("left", "?").replace("right", "left").replace("?", "right")
        back = theirs[swapped][:, ::-1]
        assert (ours[name] & back).sum() > 0.6 * max(ours[name].sum(), back.sum()), name


@pytest.mark.parametrize("degrees", [-60, -45, 45, 60])
def test_a_turned_head_has_no_zone_off_the_face(head, degrees):
    landmarks = turned(head, degrees)
    shape = silhouette(landmarks, head.size)
    drawn = zones.draw(landmarks, faces.triangles(), shape)
    straight = zones.draw(head.landmarks, faces.triangles(), silhouette(head.landmarks, head.size))
    for name in zones.NAMES:
        assert not (drawn[name] & ~shape).any(), name
    looks_left_in_picture = mesh.axes(landmarks)[2][0] < 0
    far, near = ("right", "left") if looks_left_in_picture else ("left", "right")
    # The far crow's feet are gone behind the cheekbone, the near ones are still seen.
    assert drawn[f"crows_feet_{far}"].sum() < 0.4 * straight[f"crows_feet_{far}"].sum()
    assert drawn[f"crows_feet_{near}"].sum() > 0.5 * straight[f"crows_feet_{near}"].sum()


def test_zones_of_really_turned_heads_lie_on_their_skin(data_dir):
    from wrinkleseg import images

    for name in ("a_0000232", "a_0000196", "a_0000220"):
        rgb = images.load_rgb(next((data_dir / "wrinkle" / "images").glob(f"{name}.*")))
        face = faces.find(rgb)[0]
        assert abs(face.pose.yaw) > 25
        regions = faces.regions(rgb, face)
        assert all(not (regions.zones[zone] & ~regions.wrinkle_skin).any() for zone in zones.NAMES)
        far = "right" if face.pose.yaw < 0 else "left"
        near = "left" if far == "right" else "right"
        near_area, far_area = (regions.zones[f"crows_feet_{side}"].sum() for side in (near, far))
        assert far_area < 0.5 * near_area, name


def test_zones_are_drawn_once_when_somebody_looks(head, monkeypatch):
    skin, drawn = everywhere(head), []
    expected = zones.draw(head.landmarks, faces.triangles(), skin)
    number = zones.number
    monkeypatch.setattr(zones, "number", lambda *how: drawn.append(1) or number(*how))
    late = zones.Drawn(head.landmarks, faces.triangles(), skin)
    assert list(late) == [*zones.NAMES, *zones.UNIONS] == list(expected) and len(late) == len(expected) and not drawn
    assert all((late[name] == mask).all() and mask.dtype == bool for name, mask in expected.items())
    assert len(drawn) == 1
    with pytest.raises(KeyError):
        late["ear"]


def test_what_is_kept_of_all_zones_is_one_byte_a_pixel(head):
    skin = everywhere(head)
    late = zones.Drawn(head.landmarks, faces.triangles(), skin)
    dict(late)
    assert sum(kept.nbytes for kept in vars(late).values() if isinstance(kept, np.ndarray)) == skin.size
