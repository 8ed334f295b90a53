"""One photo to one result: with a method that is a few lines long, so that every number can be followed."""

import json
import math

import numpy as np
import pytest
from fakes import Darkness

import wrinkleseg
from wrinkleseg import face as faces
from wrinkleseg import masks
from wrinkleseg.analysis import SCORE_VERSION, Analysis, Analyzer, quantise
from wrinkleseg.zones import NAMES, UNIONS


@pytest.fixture(scope="module")
def analysis(astronaut) -> Analysis:
    return Analyzer(Darkness()).analyze(astronaut, name="eileen.png", notes=("a note",))


def test_maps_are_quantised_and_stay_on_the_skin(analysis, astronaut):
    assert list(analysis.maps) == ["wrinkle", "pore"]
    for task, skin in (("wrinkle", analysis.regions.wrinkle_skin), ("pore", analysis.regions.pore_skin)):
        probability = analysis.maps[task]
        assert probability.dtype == np.float32 and probability.shape == astronaut.shape[:2]
        assert not probability[~skin].any()
        expected = 1 - astronaut[..., 1][skin] / 255
        np.testing.assert_allclose(probability[skin], expected, atol=1e-6)


def test_measures_follow_from_mask_and_skin(analysis):
    whole, skin = analysis.measures["whole"], analysis.regions.wrinkle_skin
    mask = analysis.mask("wrinkle")
    assert mask.any() and not mask[~skin].any()
    assert whole.skin_px == skin.sum()
    assert whole.wrinkle_area_percent == pytest.approx(100 * mask.sum() / skin.sum())
    length = masks.length(masks.skeleton(mask))
    assert whole.wrinkle_length == pytest.approx(length / analysis.face.eye_distance, rel=1e-5)
    forehead = analysis.regions.zones["forehead"] & skin
    expected = 100 * (mask & forehead).sum() / forehead.sum()
    assert analysis.measures["forehead"].wrinkle_area_percent == pytest.approx(expected)


def test_every_zone_is_measured_the_whole_first(analysis):
    assert next(iter(analysis.measures)) == "whole"
    assert set(analysis.measures) == {"whole", *NAMES, *UNIONS}


def test_other_thresholds_do_not_run_the_method_again(astronaut):
    method = Darkness()
    first = Analyzer(method).analyze(astronaut)
    second = first.with_thresholds({"wrinkle": 0.7})
    assert method.calls == 1
    assert second.thresholds == {"wrinkle": 0.7, "pore": 0.5} and first.thresholds == {"wrinkle": 0.5, "pore": 0.5}
    assert second.maps is first.maps and second.quality is first.quality
    assert second.measures["whole"].wrinkle_area_percent < first.measures["whole"].wrinkle_area_percent
    assert second.measures["whole"].pore_count == first.measures["whole"].pore_count
    direct = Analyzer(method).analyze(astronaut, thresholds={"wrinkle": 0.7})
    assert direct.measures == second.measures


def test_thresholds_at_both_ends(analysis):
    assert not analysis.with_thresholds({"wrinkle": 1, "pore": 1}).mask("wrinkle").any()
    all_ = analysis.with_thresholds({"wrinkle": 0})
    assert all_.measures["whole"].wrinkle_area_percent > 99
    assert not all_.mask("wrinkle")[~analysis.regions.wrinkle_skin].any()


@pytest.mark.parametrize("thresholds", [{"wrinkle": 1.2}, {"pore": -0.1}, {"wrinkle": math.nan}, {"acne": 0.5}])
def test_bad_thresholds(analysis, thresholds):
    with pytest.raises(ValueError, match="threshold"):
        analysis.with_thresholds(thresholds)


def test_method_with_one_task(astronaut):
    analysis = Analyzer(Darkness(("wrinkle",))).analyze(astronaut)
    whole = analysis.measures["whole"]
    assert list(analysis.maps) == ["wrinkle"] and list(analysis.to_dict()["threshold"]) == ["wrinkle"]
    assert whole.wrinkle_count is not None and whole.pore_count is None
    assert "pores_unresolved" not in {warning.code for warning in analysis.quality}
    with pytest.raises(ValueError, match="no 'pore' map"):
        analysis.mask("pore")


def test_dictionary_says_what_measured_it(analysis):
    result = analysis.to_dict()
    assert json.loads(json.dumps(result, allow_nan=False)) == result
    keys = "name score_version model threshold picture face quality notes measures seconds"
    assert list(result) == keys.split()
    assert result["name"] == "eileen.png" and result["score_version"] == SCORE_VERSION and result["notes"] == ["a note"]
    assert result["model"]["name"] == "fake" and result["model"]["weights"] == "0123456789ab"
    assert result["threshold"] == {"wrinkle": 0.5, "pore": 0.5}
    assert result["picture"] == {"width": 512, "height": 512}
    assert result["measures"]["nose"]["visible"] == {"wrinkle": True, "pore": True}
    assert {"face", "regions", "method", "quality", "measures"} == set(result["seconds"])


def test_small_face_is_told(analysis):
    assert analysis.face.width < 220
    assert {"face_small", "pores_unresolved"} <= {warning.code for warning in analysis.quality}


def test_face_that_is_not_there(astronaut):
    method = Darkness()
    with pytest.raises(faces.FaceError):
        Analyzer(method).analyze(astronaut, face_index=1)
    with pytest.raises(faces.NoFaceError):
        Analyzer(method).analyze(np.full((300, 300, 3), 127, np.uint8))
    assert method.calls == 0


@pytest.mark.parametrize("photo", [np.zeros((50, 50), np.uint8), np.zeros((50, 50, 3), np.float32), "face.jpg"])
def test_what_is_no_photo(photo):
    with pytest.raises(ValueError, match="uint8 RGB"):
        Analyzer(Darkness()).analyze(photo)


def test_turned_away_zones_are_not_visible(astronaut, monkeypatch):
    def half(rgb, face):
        regions = whole(rgb, face)
        skin = regions.wrinkle_skin.copy()
        skin[:, : int(face.landmarks[10, 0])] = False
        return faces.Regions(skin, regions.pore_skin, regions.zones)

    whole = faces.regions
    monkeypatch.setattr(faces, "regions", half)
    measures = Analyzer(Darkness()).analyze(astronaut).measures["cheek_right"]
    assert not measures.wrinkle_visible and measures.wrinkle_area_percent is None
    assert measures.pore_visible and measures.pore_density_percent is not None


def test_quantise():
    grid = (np.arange(256) / 255).astype(np.float32).reshape(16, 16)
    np.testing.assert_array_equal(quantise(grid), grid)
    np.testing.assert_array_equal(quantise(np.array([[-1.0, 0.5001, 2.0]])), grid.flat[[0, 128, 255]][None])
    assert quantise(np.array([[1e30]])) == 1
    with pytest.raises(ValueError, match="not numbers"):
        quantise(np.array([[0.5, math.nan]]))
    with pytest.raises(ValueError, match="same photo"):
        quantise(grid, np.ones((4, 4), bool))


def test_quantise_rounds_to_the_nearest_level_inside_the_skin_alone():
    rng = np.random.default_rng(0)
    probability = rng.random((1100, 60), np.float32)
    skin = np.zeros(probability.shape, bool)
    skin[20:1090, 10:50] = rng.random((1070, 40)) < 0.7
    found = quantise(probability, skin)
    assert np.abs(found - probability)[skin].max() <= 0.5 / 255 + 1e-6 and not found[~skin].any()
    np.testing.assert_array_equal(found[skin], (np.rint(found[skin] * 255) / 255).astype(np.float32))
    assert not quantise(probability, np.zeros_like(skin)).any()
    probability[0, 0] = math.nan  # outside the skin: nobody looks at it
    np.testing.assert_array_equal(quantise(probability, skin), found)


def test_the_library_has_a_small_face():
    assert wrinkleseg.Analyzer is Analyzer and wrinkleseg.Analysis is Analysis
    assert set(wrinkleseg.__all__) <= set(dir(wrinkleseg))
    for name in wrinkleseg.__all__:
        assert getattr(wrinkleseg, name) is not None
    with pytest.raises(AttributeError, match="Analyzer"):
        _ = wrinkleseg.Analyser


def test_what_is_no_method_is_told(astronaut):
    with pytest.raises(TypeError, match=r"'frangi\+pores-dog' for two.*got \['unetpp', 'frangi'\]"):
        Analyzer(["unetpp", "frangi"])
