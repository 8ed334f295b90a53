"""Synthetic wrinkles and pores: exact masks, shading that follows the light, nothing outside the skin."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

from eval.smooth import smooth_faces
from train.synth import Shapes, Synth, SynthError, certain, pored, wrinkled
from train.synth.curves import Curve, joined, length, resampled, smoothed, trace
from train.synth.grooves import Groove, laid_in, render
from train.synth.pits import Pits
from train.synth.pits import render as render_pits
from wrinkleseg import face, images
from wrinkleseg.masks import areas, centres

ABOVE, BELOW = (0.0, -1.0), (0.0, 1.0)


@dataclass(frozen=True)
class Portrait:
    """A photo of smooth skin with its face and its regions."""

    rgb: np.ndarray
    face: face.Face
    regions: face.Regions


@pytest.fixture(scope="module")
def portrait(data_dir: Path) -> Portrait:
    return portrait_of(smooth_faces(data_dir)[0])


@pytest.fixture(scope="module")
def shapes(data_dir: Path) -> Shapes:
    return Shapes.load(data_dir / "wrinkle_shapes")


def portrait_of(path: Path, scale: float = 1.0) -> Portrait:
    rgb = images.load_rgb(path)
    rgb = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC) if scale != 1 else rgb
    found = face.find(rgb)[0]
    return Portrait(rgb, found, face.regions(rgb, found))


def level(width: float = 2.0, depth: float = 0.2) -> Groove:
    """A horizontal groove through row 40, from column 20 to column 100."""
    x = np.arange(20, 100.5, 0.5)
    points = np.stack([x, np.full_like(x, 40.0)], axis=1).astype(np.float32)
    return Groove(points, np.full(len(x), depth, np.float32), np.full(len(x), width, np.float32), 0.4)


def luminance(rgb: np.ndarray) -> np.ndarray:
    return rgb.astype(np.float64) @ [0.299, 0.587, 0.114]


@pytest.mark.parametrize("source", ["shapes", "procedural"])
def test_darkening_and_mask_coincide(portrait: Portrait, shapes: Shapes, source: str) -> None:
    plan = Synth(from_shapes=1.0 if source == "shapes" else 0.0)
    changes = []
    for seed in range(4):
        rgb, mask = wrinkled(portrait.rgb, portrait.face, portrait.regions, np.random.default_rng(seed), plan, shapes)
        assert (mask > 127).any()
        change = luminance(rgb) / np.maximum(luminance(portrait.rgb), 1) - 1
        near = cv2.dilate(mask, np.ones((61, 61), np.uint8)) > 0
        changes.append((change[mask == 255].mean(), np.abs(change[~near]).mean()))
    under, away = np.mean(changes, axis=0)
    assert under < -0.03
    assert away < 0.001


def test_a_groove_is_as_deep_as_said_and_darkest_in_its_middle() -> None:
    relief = render([level(depth=0.2)], (80, 120), ABOVE, 4.0, 0.02)
    assert relief.change[40, 60] == pytest.approx(-0.2, abs=1e-3)
    assert relief.change[:, 60].argmin() in (39, 40)


def test_the_bright_shoulder_lies_away_from_the_light() -> None:
    from_above, from_below = (render([level()], (80, 120), light, 4.0, 0.02).change for light in (ABOVE, BELOW))
    assert from_above[46:60, 60].max() > 0.01 and from_above[20:34, 60].max() <= 0
    np.testing.assert_allclose(from_above[20:61, 60], from_below[20:61, 60][::-1], atol=1e-5)


def test_a_groove_is_redder_than_a_grey_shadow_and_keeps_texture() -> None:
    rgb = np.random.default_rng(0).integers(150, 190, (80, 120, 1)).repeat(3, axis=2).astype(np.uint8)
    drawn, _ = laid_in(rgb, render([level()], (80, 120), ABOVE, 4.0, 0.02), np.ones((80, 120), np.float32))
    red, green, blue = drawn[40, 30:90].mean(axis=0)
    assert red > green > blue
    ratio = drawn[40, 30:90, 1] / rgb[40, 30:90, 1]
    assert ratio.std() < 0.01


def test_the_mask_covers_the_drawn_width_to_a_fraction_of_a_pixel() -> None:
    for line in (3.0, 4.4):
        cover = render([level()], (80, 120), ABOVE, line, 0.02).cover
        assert cover[:, 60].sum() == pytest.approx(line, abs=0.05)


def test_parts_too_faint_to_see_are_not_in_the_mask() -> None:
    groove = level()
    groove.depth[: len(groove.depth) // 2] = 0.01
    cover = render([groove], (80, 120), ABOVE, 4.0, 0.02).cover
    assert cover[40, 30:55].max() == 0 and cover[40, 65:95].min() == 1


@pytest.mark.parametrize("draw", [wrinkled, pored])
def test_nothing_outside_the_skin_changes(portrait: Portrait, draw) -> None:
    rgb, mask = draw(portrait.rgb, portrait.face, portrait.regions, np.random.default_rng(5), Synth())
    skin = portrait.regions.wrinkle_skin if draw is wrinkled else portrait.regions.pore_skin
    assert (rgb != portrait.rgb).any() and mask.any()
    np.testing.assert_array_equal(rgb[~skin], portrait.rgb[~skin])
    assert mask[~skin].max() == 0


def test_the_same_seed_gives_the_same_bits(portrait: Portrait, shapes: Shapes) -> None:
    for seed in (0, 3):
        runs = [
            (
                *wrinkled(portrait.rgb, portrait.face, portrait.regions, np.random.default_rng(seed), Synth(), shapes),
                *pored(portrait.rgb, portrait.face, portrait.regions, np.random.default_rng(seed), Synth()),
            )
            for _ in range(2)
        ]
        for one, other in zip(*runs, strict=True):
            np.testing.assert_array_equal(one, other)


def test_another_seed_gives_another_face(portrait: Portrait) -> None:
    masks = [
        wrinkled(portrait.rgb, portrait.face, portrait.regions, np.random.default_rng(s), Synth())[1] for s in (0, 1)
    ]
    assert (masks[0] != masks[1]).any()


def test_widths_follow_the_face(data_dir: Path) -> None:
    path = smooth_faces(data_dir)[0]
    shares = []
    for scale in (1.0, 1.6):
        view = portrait_of(path, scale)
        _, mask = wrinkled(view.rgb, view.face, view.regions, np.random.default_rng(1), Synth())
        # Twice the largest distance to the line's border is its width where no two lines meet.
        inside = cv2.distanceTransform((mask > 127).astype(np.uint8), cv2.DIST_L2, 5)
        ridge = (inside >= cv2.dilate(inside, np.ones((3, 3), np.uint8))) & (inside > 1)
        shares.append(2 * np.median(inside[ridge]) / view.face.width)
    assert shares[0] == pytest.approx(shares[1], rel=0.25)
    assert shares[1] == pytest.approx(Synth().drawn_width, rel=0.3)


def test_a_forehead_shape_stays_on_the_forehead_after_the_move(portrait: Portrait, shapes: Shapes) -> None:
    """On aligned photos the forehead is what lies above the brows, row 390 of 1024, and the eyes lie on row 487."""
    brows = portrait.face.landmarks[[105, 107, 336, 334], 1].mean()
    kept = total = 0
    for index in range(20):
        top = shapes.limits[index][0]
        drawn = trace(images.load_mask(shapes.paths[index]), 22)
        moved = shapes.curves(index, portrait.face)
        if not any(curve.points[:, 1].max() + top < 350 for curve in drawn):
            continue
        total += 1
        kept += any(curve.points[:, 1].max() < brows + 0.03 * portrait.face.width for curve in moved)
    assert total >= 3
    assert kept == total


def test_lines_under_the_eyes_and_around_the_mouth_land_there(portrait: Portrait, shapes: Shapes) -> None:
    """All moved lines: next to none in the eyes' openings or on the lips, most on skin that belongs to a zone."""
    points = np.concatenate([c.points for i in range(20) for c in shapes.curves(i, portrait.face)]).round().astype(int)
    height, width = portrait.face.size
    points = points[(points >= 0).all(axis=1) & (points[:, 0] < width) & (points[:, 1] < height)]
    assert portrait.regions.wrinkle_skin[points[:, 1], points[:, 0]].mean() > 0.85
    mouth = portrait.face.landmarks[[61, 291, 0, 17], :2]
    low, high = mouth.min(axis=0), mouth.max(axis=0)
    assert ((points > low + 0.1 * (high - low)) & (points < high - 0.1 * (high - low))).all(axis=1).mean() < 0.02


def test_a_mask_moved_onto_its_own_photo_lies_where_it_was_drawn(data_dir: Path, shapes: Shapes) -> None:
    """Photos that annotator B's masks belong to: the lines return within a fiftieth of the face's width, mostly."""
    errors = []
    for number in ("00059", "00761"):
        index = [path.stem for path in shapes.paths].index(number)
        found = face.find(images.load_rgb(next((data_dir / "wrinkle" / "images").glob(f"b_{number}.*"))))[0]
        offset = shapes.limits[index][[2, 0]]
        mask = images.load_mask(shapes.paths[index])
        distance = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
        for curve in shapes.curves(index, found):
            x, y = (curve.points - offset).round().astype(int).T
            inside = (x >= 0) & (y >= 0) & (x < mask.shape[1]) & (y < mask.shape[0])
            errors.extend(distance[y[inside], x[inside]] / found.width)
    assert np.median(errors) < 0.02


def test_pores_are_round_and_of_the_stated_size(portrait: Portrait) -> None:
    rng = np.random.default_rng(0)
    places = np.stack(np.meshgrid(np.arange(20, 400, 40), np.arange(20, 400, 40)), axis=-1).reshape(
        -1, 2
    ) + rng.uniform(-0.5, 0.5, (100, 2))
    diameter = np.full(100, 9.0)
    pits = Pits(places, diameter, np.full(100, 0.1), rng.uniform(0.75, 1, 100), rng.uniform(0, np.pi, 100))
    relief = render_pits(pits, (420, 420), 0.12)
    found = np.sqrt(4 * areas(relief.cover > 0.5) / np.pi)
    assert len(found) == 100
    np.testing.assert_allclose(found, 9.0, rtol=0.08)
    assert relief.change.min() == pytest.approx(-0.1, rel=0.05)
    assert 0 < relief.change.max() < 0.02
    away = np.linalg.norm(centres(relief.cover > 0.5)[:, None] - places[None], axis=2).min(axis=1)
    assert away.max() < 0.6


def test_pores_of_a_face_keep_to_their_sizes_and_darken(data_dir: Path) -> None:
    view = portrait_of(data_dir / "faces" / "canada" / "129m.jpg")
    rgb, mask = pored(view.rgb, view.face, view.regions, np.random.default_rng(2), Synth())
    diameter = np.sqrt(4 * areas(mask > 127) / np.pi) / view.face.width
    assert len(diameter) > 300
    assert 1 / 280 < np.median(diameter) < 1 / 150
    change = luminance(rgb) / np.maximum(luminance(view.rgb), 1) - 1
    assert change[mask == 255].mean() < -0.02
    assert abs(change[cv2.dilate(mask, np.ones((15, 15), np.uint8)) == 0].mean()) < 0.001


def test_smooth_faces_are_about_a_hundred_photos_of_young_people_who_do_not_smile(data_dir: Path) -> None:
    paths = smooth_faces(data_dir)
    assert 80 <= len(paths) <= 130
    assert all(path.is_file() and "smile" not in path.name for path in paths)


def test_most_of_a_smooth_face_is_certain_and_its_own_lines_are_not(portrait: Portrait) -> None:
    sure = certain(portrait.rgb, portrait.face, portrait.regions)
    assert sure.shape == portrait.face.size and sure.dtype == bool
    assert 0.8 < sure[portrait.regions.wrinkle_skin].mean() < 1
    rgb, mask = wrinkled(
        portrait.rgb, portrait.face, portrait.regions, np.random.default_rng(3), Synth(usual_depth=0.25)
    )
    doubted = ~certain(rgb, portrait.face, portrait.regions)
    assert doubted[mask == 255].mean() > 3 * doubted[portrait.regions.wrinkle_skin].mean()


def test_a_traced_line_runs_along_the_middle() -> None:
    mask = np.zeros((40, 120), np.uint8)
    cv2.line(mask, (10, 20), (100, 20), 1, 3)
    (curve,) = trace(mask > 0, 10)
    assert length(curve.points) == pytest.approx(90, abs=5)
    np.testing.assert_allclose(curve.points[:, 1], 20, atol=0.6)
    assert curve.fades == (True, True)


def test_pieces_of_one_line_are_joined_and_others_are_not() -> None:
    x = np.arange(0, 30, dtype=np.float32)
    pieces = [Curve(np.stack([x + start, np.full_like(x, row)], axis=1)) for start, row in ((0, 5), (36, 6), (0, 40))]
    lines = joined(pieces, 10)
    assert sorted(round(length(line.points)) for line in lines) == [29, 65]


def test_smoothing_keeps_the_ends_and_resampling_the_length() -> None:
    path = np.array([[0, 0], [3, 4], [6, 0], [9, 4]], np.float32)
    fine = resampled(path, 0.5)
    assert length(fine) == pytest.approx(15, rel=0.02)
    rounded = smoothed(fine, 3.0)
    np.testing.assert_allclose(rounded[[0, -1]], path[[0, -1]], atol=1e-4)
    assert length(rounded) < length(fine)


@pytest.mark.parametrize(
    "setting",
    [{"drawn_width": 0.0}, {"groove": (0.01, 0.005)}, {"pore_size": (0.0, 0.01)}, {"from_shapes": 1.5}, {"rim": -0.1}],
)
def test_settings_out_of_range_are_refused_by_name(setting: dict) -> None:
    with pytest.raises(SynthError, match=next(iter(setting))):
        Synth(**setting)


def test_shapes_of_photos_kept_aside_can_be_left_out(data_dir: Path, shapes: Shapes) -> None:
    left = Shapes.load(data_dir / "wrinkle_shapes", without={59, 761})
    assert {path.stem for path in shapes.paths} - {path.stem for path in left.paths} == {"00059", "00761"}
    assert len(left.limits) == len(left)


def test_missing_folders_and_wrong_photos_are_refused(tmp_path: Path, portrait: Portrait) -> None:
    with pytest.raises(SynthError, match=r"crop_limits\.npy"):
        Shapes.load(tmp_path)
    with pytest.raises(SynthError, match="found on"):
        wrinkled(portrait.rgb[:-1], portrait.face, portrait.regions, np.random.default_rng(0), Synth())
