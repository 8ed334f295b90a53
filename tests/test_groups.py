"""Traits of photos against scikit-image and hand-worked values; scores by group, and which groups are hidden."""

from __future__ import annotations

import cv2
import made_rows
import numpy as np
import pandas as pd
import pytest
from skimage import color

from eval import groups
from eval.samples import wrinkle_samples
from wrinkleseg import face as faces
from wrinkleseg.face import Face, Pose, Regions
from wrinkleseg.geometry import Box


def patch(lab: tuple[float, float, float]) -> np.ndarray:
    """A patch of one colour, uint8 RGB (32, 32, 3)."""
    rgb = color.lab2rgb(np.full((32, 32, 3), lab, float))
    return np.round(rgb * 255).astype(np.uint8)


def drawn_face(size=(400, 400), width=300.0) -> tuple[Face, Regions]:
    found = Face(np.zeros((478, 3), np.float32), size, Box(50, 50, 300, 300), width, width, 126.0, Pose(0, 0, 0))
    skin = np.zeros(size, bool)
    skin[100:300, 100:300] = True
    return found, Regions(skin, skin, {})


def by_trait(column: str, values: list[float], **changes) -> pd.DataFrame:
    rows = made_rows.three_methods(len(values), **changes)
    return rows.assign(**{column: rows["photo"].str[1:].astype(int).map(dict(enumerate(values)))})


@pytest.mark.parametrize(
    ("lab", "angle"), [((70, 12, 20), 45.0), ((50, 12, 20), 0.0), ((40, 12, 10), -45.0), ((67.32, 10, 10), 60.0)]
)
def test_ita_by_hand(lab, angle):
    everywhere = np.ones((32, 32), bool)
    assert groups.ita(patch(lab), everywhere) == pytest.approx(angle, abs=1.0)


def test_ita_is_that_of_scikit_image(astronaut):
    skin = np.zeros(astronaut.shape[:2], bool)
    skin[100:160, 190:250] = True
    light, _, yellow = np.median(color.rgb2lab(astronaut)[skin], axis=0)
    assert groups.ita(astronaut, skin) == pytest.approx(np.degrees(np.arctan((light - 50) / yellow)), abs=0.3)


def test_grey_pictures_and_faces_without_skin_have_no_tone():
    grey = np.full((32, 32, 3), 130, np.uint8)
    assert np.isnan(groups.ita(grey, np.ones((32, 32), bool)))
    assert np.isnan(groups.ita(patch((70, 12, 20)), np.zeros((32, 32), bool)))


def test_large_faces_are_read_in_part_and_come_out_the_same():
    rgb = cv2.resize(patch((60, 14, 18)), (900, 900))
    skin = np.ones((900, 900), bool)
    assert groups.ita(rgb, skin, face_width=1000.0) == pytest.approx(groups.ita(rgb, skin), abs=0.1)


def test_traits_of_a_drawn_face():
    found, regions = drawn_face()
    truth = np.zeros((400, 400), bool)
    truth[150:153, 120:220] = True
    rgb = cv2.resize(patch((70, 12, 20)), (400, 400))
    traits = groups.photo_traits(rgb, found, regions, truth)
    assert list(traits) == ["face_width", "sharpness", "ita", "true_width", "skin_share"]
    assert traits["face_width"] == 300
    assert traits["true_width"] == pytest.approx(1.0, abs=0.02)  # 3 px of 300
    assert traits["skin_share"] == pytest.approx(0.25)
    assert np.isnan(groups.photo_traits(rgb, found, regions, np.zeros_like(truth))["true_width"])


def test_a_blurred_photo_is_less_sharp_and_a_dark_one_looks_darker_skinned(data_dir):
    sample = wrinkle_samples(data_dir)[0]
    rgb, truth = sample.load()
    found = faces.find(rgb)[0]
    regions = faces.regions(rgb, found)
    traits = groups.photo_traits(rgb, found, regions, truth)
    assert 0.4 < traits["true_width"] < 1.5 and 0.1 < traits["skin_share"] < 0.6
    soft = groups.photo_traits(cv2.GaussianBlur(rgb, (0, 0), 3), found, regions, truth)
    assert soft["sharpness"] < traits["sharpness"] - 0.1
    # The same person in half the light falls out of her class: this is why the page calls it a proxy.
    dim = groups.photo_traits((rgb * 0.5).astype(np.uint8), found, regions, truth)
    assert dim["ita"] < traits["ita"] - 15


@pytest.mark.parametrize(
    ("angle", "name"),
    [
        *((70, "very light"), (55.1, "very light"), (54.9, "light"), (41.1, "light"), (40.9, "intermediate")),
        *((27.9, "tan"), (9.9, "brown"), (-29.9, "brown"), (-30.1, "dark"), (np.nan, "unknown")),
    ],
)
def test_skin_tone_has_chardons_classes(angle, name):
    table = groups.by_group(by_trait("ita", [angle]), "skin tone")
    assert set(table["group"]) == {name}


def test_groups_have_the_mean_of_their_photos_and_small_ones_are_hidden():
    rows = by_trait("face_width", [250.0] * 12 + [350.0] * 9)
    table = groups.by_group(rows, "face size").set_index(["group", "method"])
    shown, hidden = table.loc[("220 to 300 px", "poor")], table.loc[("300 to 400 px", "poor")]
    own = rows[(rows["method"] == "poor") & (rows["face_width"] == 250)]["f1"]
    assert (shown["photos"], shown["hidden"]) == (12, False)
    assert shown["mean"] == pytest.approx(own.mean())
    assert shown["low"] < shown["mean"] < shown["high"]
    assert (hidden["photos"], hidden["hidden"]) == (9, True)
    assert hidden[["mean", "low", "high"]].isna().all()


def test_photos_that_come_twice_fill_no_group():
    rows = pd.concat([by_trait("face_width", [250.0] * 6)] * 2)
    table = groups.by_group(rows, "face size")
    assert set(table["photos"]) == {6} and table["hidden"].all()


def test_zones_are_groups_and_photos_with_nothing_drawn_are_counted_apart():
    zone = made_rows.three_methods(12, zone="chin")
    bare = zone["photo"].isin(["p0", "p1"])
    zone.loc[bare, ["tp", "fn", "fp", "f1"]] = [0, 0, 50, 0.0]
    clean = bare & (zone["method"] == "good") & (zone["photo"] == "p0")
    zone.loc[clean, ["fp", "f1"]] = [0, 1.0]
    table = groups.by_group(pd.concat([made_rows.three_methods(12), zone]), groups.ZONE).set_index("method")
    assert set(table["group"]) == {"chin"} and set(table["photos"]) == {10} and set(table["bare"]) == {2}
    assert table["left_clean"].to_dict() == {"good": 1, "poor": 0, "twin": 0}
    assert table["mean"]["good"] == pytest.approx(zone[~bare & (zone["method"] == "good")]["f1"].mean())


def test_a_zone_where_nothing_is_drawn_on_any_photo_is_hidden():
    zone = made_rows.three_methods(12, zone="nose").assign(tp=0, fn=0, fp=0, f1=1.0)
    table = groups.by_group(zone, groups.ZONE)
    assert set(table["photos"]) == {0} and table["hidden"].all() and table["mean"].isna().all()


def test_annotators_and_photos_with_errors_are_kept_apart():
    failed = pd.DataFrame([made_rows.failed("good", name, "no face") for name in "xyz"])
    rows = pd.concat([made_rows.three_methods(12), made_rows.three_methods(11, annotator="B"), failed])
    table = groups.by_group(rows, "sharpness").set_index(["annotator", "method"])
    assert table["photos"].to_dict() == {
        (who, name): n for who, n in (("A", 12), ("B", 11)) for name in ("good", "poor", "twin")
    }


def test_an_unknown_trait_is_named_with_the_known_ones():
    with pytest.raises(ValueError, match="'age'.*zone, wrinkle width, face size, sharpness, skin tone"):
        groups.by_group(made_rows.three_methods(3), "age")
