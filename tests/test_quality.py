"""Quality checks on real portraits: silent on good ones, and each fault made on purpose gives its own warning."""

from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from wrinkleseg import face as faces
from wrinkleseg import images
from wrinkleseg.quality import QualityWarning, blur, check


def codes(rgb, face, skin, count=1, tasks=("wrinkle",)) -> set[str]:
    return {warning.code for warning in check(rgb, face, skin, count, tasks)}


def fake_face(box=(100, 100, 400, 300), width=300.0, yaw=0.0, pitch=0.0) -> SimpleNamespace:
    top, left, height, wide = box
    landmarks = np.zeros((478, 3), np.float32)
    landmarks[10, :2] = left + wide / 2, top
    landmarks[152, :2] = left + wide / 2, top + height
    place = SimpleNamespace(top=top, left=left, height=height, width=wide)
    return SimpleNamespace(landmarks=landmarks, box=place, width=width, pose=SimpleNamespace(yaw=yaw, pitch=pitch))


def plain(size=(600, 500)) -> np.ndarray:
    """Evenly lit, sharply grained ground: nothing to warn of."""
    noise = np.random.default_rng(0).integers(110, 170, size, dtype=np.uint8)
    return np.repeat(noise[:, :, None], 3, axis=2)


@pytest.fixture(scope="module")
def portrait(data_dir):
    """A sharp studio photo whose face is about 800 px wide, its face and its skin."""
    rgb = images.load_rgb(min((data_dir / "faces" / "canada").iterdir()))
    face = faces.find(rgb)[0]
    return rgb, face, faces.regions(rgb, face).wrinkle_skin


def test_good_portrait_gives_no_warning(portrait):
    assert check(*portrait, 1, ("wrinkle", "pore")) == ()


def test_smaller_portraits_only_miss_the_pores(data_dir):
    for path in sorted((data_dir / "faces" / "london").iterdir())[::40]:
        rgb = images.load_rgb(path)
        face = faces.find(rgb)[0]
        skin = faces.regions(rgb, face).wrinkle_skin
        assert codes(rgb, face, skin) == set(), path.name
        assert codes(rgb, face, skin, tasks=("wrinkle", "pore")) == {"pores_unresolved"}, path.name


def darkened(rgb, face):
    return (rgb * 0.3).astype(np.uint8)


def brightened(rgb, face):
    return np.clip(rgb * 2.2, 0, 255).astype(np.uint8)


def out_of_focus(rgb, face):
    return cv2.GaussianBlur(rgb, (0, 0), 0.006 * face.width)


def shaken(rgb, face):
    return cv2.blur(rgb, (int(0.02 * face.width), 1))


def lit_from_the_side(rgb, face):
    ramp = np.ones(rgb.shape[1])
    ramp[: int(face.landmarks[10, 0])] = 0.5
    return (rgb * ramp[None, :, None]).astype(np.uint8)


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (darkened, "too_dark"),
        (brightened, "too_bright"),
        (out_of_focus, "blurred"),
        (shaken, "blurred"),
        (lit_from_the_side, "side_light"),
    ],
)
def test_spoilt_photo_gives_its_own_warning_alone(portrait, spoil, code):
    rgb, face, skin = portrait
    assert codes(spoil(rgb, face), face, skin) == {code}


def test_shrunk_photo(portrait):
    small = cv2.resize(portrait[0], None, fx=0.2, fy=0.2, interpolation=cv2.INTER_AREA)
    face = faces.find(small)[0]
    assert codes(small, face, faces.regions(small, face).wrinkle_skin) == {"picture_small", "face_small"}


def test_far_away(portrait):
    rgb = portrait[0]
    wide = np.full((rgb.shape[0], 3 * rgb.shape[1], 3), 128, np.uint8)
    wide[:, rgb.shape[1] : 2 * rgb.shape[1]] = rgb
    face = faces.find(wide)[0]
    assert codes(wide, face, faces.regions(wide, face).wrinkle_skin) == {"face_far"}


def test_cropped_through_the_face(portrait):
    rgb, face, _ = portrait
    cut = np.ascontiguousarray(rgb[: face.box.top + int(0.85 * face.box.height)])
    again = faces.find(cut)[0]
    assert "cut_off" in codes(cut, again, faces.regions(cut, again).wrinkle_skin)


@pytest.mark.parametrize(
    ("face", "code"),
    [
        (fake_face(yaw=25), "turned_sideways"),
        (fake_face(yaw=-25), "turned_sideways"),
        (fake_face(pitch=-25), "tipped"),
        (fake_face(width=200.0), "face_small"),
        (fake_face(box=(-20, 100, 400, 300)), "cut_off"),
        (fake_face(box=(300, 100, 400, 300)), "cut_off"),
        (fake_face(box=(100, 100, 400, 100)), "face_far"),
    ],
)
def test_limits_on_what_is_known_of_the_face(face, code):
    rgb = plain()
    assert codes(rgb, fake_face(), np.ones(rgb.shape[:2], bool)) == set()
    assert codes(rgb, face, np.ones(rgb.shape[:2], bool)) == {code}


def test_cut_off_names_the_sides():
    rgb = plain()
    found = check(rgb, fake_face(box=(-20, -30, 400, 300)), np.ones(rgb.shape[:2], bool), tasks=("wrinkle",))
    assert "top and the left" in found[0].message


def test_small_picture_and_several_faces():
    rgb = plain((470, 600))
    found = codes(rgb, fake_face(box=(10, 100, 400, 300)), np.ones(rgb.shape[:2], bool), count=3)
    assert found == {"picture_small", "several_faces"}


def test_dark_skin_in_good_light_is_not_a_dark_photo(data_dir):
    rgb = images.load_rgb(data_dir / "faces" / "london" / "082_03.jpg")
    face = faces.find(rgb)[0]
    skin = faces.regions(rgb, face).wrinkle_skin
    assert np.median(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)[skin]) < 110
    assert "too_dark" not in codes(rgb, face, skin)
    assert "too_dark" in codes((rgb * 0.3).astype(np.uint8), face, skin)


def test_blur_rises_with_blur_whatever_the_resolution(portrait):
    rgb, face, _ = portrait
    half = cv2.resize(rgb, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    at_half = faces.find(half)[0]
    sharp = blur(rgb, face)
    assert abs(blur(half, at_half) - sharp) < 0.05
    rising = [blur(cv2.GaussianBlur(rgb, (0, 0), share * face.width), face) for share in (0.002, 0.004, 0.008)]
    assert sharp < rising[0] < rising[1] < rising[2]


def test_blur_of_a_flat_picture_and_of_nothing():
    assert blur(np.full((600, 500, 3), 90, np.uint8), fake_face()) == 1.0
    assert blur(plain(), fake_face(box=(2000, 2000, 400, 300))) == 0.0


def test_no_skin_gives_no_verdict_on_the_light():
    rgb = np.zeros((600, 500, 3), np.uint8)
    assert codes(rgb, fake_face(), np.zeros(rgb.shape[:2], bool)) == {"blurred"}
    one = np.zeros(rgb.shape[:2], bool)
    one[300, 200] = True
    assert "too_dark" in codes(rgb, fake_face(), one)


def test_every_warning_says_what_and_how():
    rgb = plain((400, 700))
    rgb[:, :250] //= 6
    face = fake_face(box=(-40, 100, 300, 150), width=150.0, yaw=40, pitch=30)
    found = check(rgb, face, np.ones(rgb.shape[:2], bool), 2, ("wrinkle", "pore"))
    assert len(found) >= 7
    for warning in found:
        assert isinstance(warning, QualityWarning)
        assert warning.message.endswith(".") and warning.advice.endswith(".")
