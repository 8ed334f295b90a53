"""Pictures by hand-worked pixels; colours by the colour difference that colour-blind eyes see."""

import itertools

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from wrinkleseg import draw, geometry

# Machado, Oliveira and Fernandes, "A physiologically-based model for simulation of color vision deficiency" (2009),
# severity 1.0, for linear RGB
EYES = {
    "normal": np.eye(3),
    "red-blind": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "green-blind": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "blue-blind": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
SKINS = [(236, 200, 180), (200, 150, 125), (140, 95, 72), (75, 48, 38)]


def seen(colour: tuple[int, int, int], eyes: str) -> np.ndarray:
    """CIELAB of an sRGB colour as those eyes see it."""
    value = np.array(colour) / 255
    light = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    light = np.clip(np.array(EYES[eyes]) @ light, 0, 1)
    return rgb2lab(np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)[None, None])[0, 0]


@pytest.fixture
def grey() -> np.ndarray:
    return np.full((40, 60, 3), 100, np.uint8)


@pytest.fixture
def maps() -> dict[str, np.ndarray]:
    wrinkle, pore = np.zeros((2, 40, 60), np.float32)
    wrinkle[10, 5:30], wrinkle[20, 5:30] = 0.9, 0.4
    pore[30:33, 40:43] = 0.8
    return {"wrinkle": wrinkle, "pore": pore}


THRESHOLDS = {"wrinkle": 0.5, "pore": 0.5}


def test_colours_are_told_apart_by_every_kind_of_eyes_and_from_every_skin():
    for eyes in EYES:
        for a, b in itertools.combinations(draw.COLOURS.values(), 2):
            assert deltaE_ciede2000(seen(a, eyes), seen(b, eyes)) > 19
        for colour, skin in itertools.product(draw.COLOURS.values(), SKINS):
            assert deltaE_ciede2000(seen(colour, eyes), seen(skin, eyes)) > 30


def test_every_task_has_a_colour_of_the_palette():
    assert set(draw.COLOURS) == {"wrinkle", "pore"}
    assert set(draw.COLOURS.values()) <= set(draw.OKABE_ITO.values())


def test_overlay_blends_what_lies_above_its_threshold_and_nothing_else(grey, maps):
    result = draw.overlay(grey, maps, THRESHOLDS, opacity=0.25)
    blue, sky = np.array(draw.COLOURS["wrinkle"]), np.array(draw.COLOURS["pore"])
    assert np.abs(result[10, 10] - (75 + blue / 4)).max() <= 0.5
    assert np.abs(result[31, 41] - (75 + sky / 4)).max() <= 0.5
    marked = (maps["wrinkle"] > 0.5) | (maps["pore"] > 0.5)
    assert (result[~marked] == 100).all()
    assert (grey == 100).all()


def test_overlay_follows_the_threshold_and_the_opacity(grey, maps):
    assert np.array_equal(draw.overlay(grey, maps, THRESHOLDS, opacity=0), grey)
    low = draw.overlay(grey, maps, {"wrinkle": 0.3, "pore": 0.9}, opacity=1)
    assert (low[20, 10] == draw.COLOURS["wrinkle"]).all()
    assert (low[31, 41] == 100).all()


def test_legend_and_overlay_show_the_same_colour(grey, maps):
    colours = {"wrinkle": (1, 2, 3), "pore": (4, 5, 6)}
    result = draw.overlay(grey, maps, THRESHOLDS, opacity=1, colours=colours)
    assert {tuple(map(int, colour)) for colour in result.reshape(-1, 3)} == {(100, 100, 100), (1, 2, 3), (4, 5, 6)}


@pytest.mark.parametrize("function", [draw.overlay, draw.contours])
def test_empty_full_and_one_pixel(function, grey):
    zeros, one = np.zeros((2, 40, 60), np.float32)
    one[5, 5] = 1
    assert np.array_equal(function(grey, {"pore": zeros}, THRESHOLDS), grey)
    assert np.array_equal(function(grey, {}, {}), grey)
    full = function(grey, {"pore": zeros + 1}, THRESHOLDS, opacity=1)
    assert (full == (draw.COLOURS["pore"] if function is draw.overlay else 100)).all()  # nothing outside to outline
    changed = (function(grey, {"pore": one}, THRESHOLDS, opacity=1) != 100).any(axis=2)
    assert changed.sum() == (1 if function is draw.overlay else 16), "two pixels all around"


def test_contours_lie_around_the_object_and_leave_it_visible(grey, maps):
    result = draw.contours(grey, maps, THRESHOLDS)
    blue = draw.COLOURS["wrinkle"]
    assert (result[10, 6:29] == 100).all()
    assert (result[9, 6:29] == blue).all()
    assert (result[11, 6:29] == blue).all()
    assert (result[20] == 100).all()


@pytest.mark.parametrize("function", [draw.overlay, draw.contours])
def test_what_does_not_fit_is_refused(function, grey, maps):
    with pytest.raises(ValueError, match="no threshold for 'pore'"):
        function(grey, maps, {"wrinkle": 0.5})
    with pytest.raises(ValueError, match="no colour for 'pore'"):
        function(grey, maps, THRESHOLDS, colours={"wrinkle": (0, 0, 0)})
    with pytest.raises(ValueError, match="wrinkle map has size"):
        function(grey[:-1], maps, THRESHOLDS)
    with pytest.raises(ValueError, match="opacity"):
        function(grey, maps, THRESHOLDS, opacity=1.5)
    with pytest.raises(ValueError, match="uint8 RGB"):
        function(grey[..., 0], maps, THRESHOLDS)


def test_heat_colours_grow_evenly_lighter_for_every_kind_of_eyes():
    colours = draw.heat_colours()
    assert colours.shape == (256, 3)
    assert colours.dtype == np.uint8
    for eyes in EYES:
        lightness = np.array([seen(tuple(colour), eyes)[0] for colour in colours[::8]])
        steps = np.diff(lightness)
        assert steps.min() > 0
        assert steps.max() < 2.5 * steps.mean()


def test_heat_map_paints_the_skin_only(grey):
    probability = np.tile(np.linspace(0, 1, 60, dtype=np.float32), (40, 1))
    skin = np.zeros((40, 60), bool)
    skin[:, 20:] = True
    result = draw.heat_map(grey, probability, opacity=1, where=skin)
    assert (result[~skin] == 100).all()
    assert (result[0, -1] == draw.heat_colours()[255]).all()
    assert (result[:, 20:] == draw.heat_colours()[np.rint(probability[:, 20:] * 255).astype(int)]).all()
    unnamed = draw.heat_map(grey, probability, opacity=1)
    assert (unnamed[:, 0] == 100).all()
    assert (unnamed[:, 1] != 100).any()


def test_heat_map_refuses_what_does_not_fit(grey):
    with pytest.raises(ValueError, match="probability map has size"):
        draw.heat_map(grey, np.zeros((3, 3), np.float32), where=np.ones((40, 60), bool))
    with pytest.raises(ValueError, match="mask has size"):
        draw.heat_map(grey, np.zeros((40, 60), np.float32), where=np.ones((4, 6), bool))


def ellipse(size: int, x: float, y: float, wide: float, high: float) -> np.ndarray:
    rows, columns = np.mgrid[:size, :size] / size
    return ((columns - x) / wide) ** 2 + ((rows - y) / high) ** 2 < 1


def zones_of(size: int) -> dict[str, np.ndarray]:
    return {
        "forehead": ellipse(size, 0.5, 0.25, 0.2, 0.08),
        "cheek_left": ellipse(size, 0.65, 0.55, 0.08, 0.1),
        "cheek_right": ellipse(size, 0.35, 0.55, 0.08, 0.1),
        "nose": ellipse(size, 0.5, 0.5, 0.05, 0.12),
        "chin": np.zeros((size, size), bool),  # hidden: nothing to draw
    }


@pytest.mark.parametrize("size", [128, 500, 2000])
@pytest.mark.parametrize("ground", [0, 255, 130])
def test_zone_outlines_show_on_any_ground_and_at_any_size(size, ground):
    photo = np.full((size, size, 3), ground, np.uint8)
    zones = zones_of(size)
    result = draw.zone_outlines(photo, zones)
    assert (photo == ground).all()
    assert result.min() == 0
    assert result.max() == 255
    # each zone's border is drawn: looking at ring pixels of the mask, black or white is there
    for name in ("forehead", "cheek_left", "nose"):
        inner = zones[name] & ~np.roll(zones[name], 1, axis=0)
        values = result[inner].mean(axis=1)
        assert (values > 150).mean() > 0.8
    share = (result != photo).any(axis=2).mean()
    assert share < 0.35


def test_labels_stay_in_proportion_on_large_photos():
    shares = []
    for size in (1000, 2000):
        photo = np.full((size, size, 3), 130, np.uint8)
        shares.append((draw.zone_outlines(photo, zones_of(size)) != photo).any(axis=2).mean())
    assert shares[1] == pytest.approx(shares[0], rel=1 / 3)


def test_labels_are_chosen_left_away_and_kept_off_each_other():
    photo = np.full((500, 500, 3), 130, np.uint8)
    zones = zones_of(500)
    silent = draw.zone_outlines(photo, zones, labels=dict.fromkeys(zones, ""))
    named = draw.zone_outlines(photo, zones)
    renamed = draw.zone_outlines(photo, zones, labels={"nose": "n"})
    outside = ~np.any(list(zones.values()), axis=0)
    assert (silent != photo).any(axis=2)[outside].sum() < (renamed != photo).any(axis=2)[outside].sum()
    assert (renamed != named).any()
    together = {f"zone {i}": zones["nose"] for i in range(10)}
    crowd = draw.zone_outlines(photo, together)
    alone = draw.zone_outlines(photo, {"zone 0": zones["nose"]})
    assert (crowd != photo).any(axis=2).sum() > 3 * (alone != photo).any(axis=2).sum()


def test_zone_outlines_of_nothing_change_nothing(grey):
    assert np.array_equal(draw.zone_outlines(grey, {}), grey)
    assert np.array_equal(draw.zone_outlines(grey, {"nose": np.zeros((40, 60), bool)}), grey)
    with pytest.raises(ValueError, match="mask has size"):
        draw.zone_outlines(grey, {"nose": np.zeros((4, 6), bool)})


@pytest.mark.parametrize("shape", [(33, 400), (400, 33), (32, 32)])
def test_narrow_pictures_and_zones_at_the_edge_do_not_fail(shape):
    photo = np.full((*shape, 3), 130, np.uint8)
    corners = {name: np.zeros(shape, bool) for name in ("marionette_left", "marionette_right", "full")}
    corners["marionette_left"][0, 0] = corners["marionette_right"][-1, -1] = True
    corners["full"][:] = True
    assert (draw.zone_outlines(photo, corners) != photo).any()


def test_line_width_grows_with_the_picture():
    assert [draw.line_width(size) for size in ((100, 80), (1000, 500), (4000, 3000))] == [1, 1, 4]


def test_a_real_portrait_keeps_its_face_under_the_overlay(astronaut):
    skin = geometry.uncrop(np.ones((60, 80), np.float32), geometry.Box(60, 190, 60, 80), astronaut.shape[:2])
    result = draw.overlay(astronaut, {"wrinkle": skin}, {"wrinkle": 0.5}, opacity=0.5)
    inside = skin > 0.5
    before, after = (rgb[inside].astype(float).mean(axis=1) for rgb in (astronaut, result))
    assert np.corrcoef(before, after)[0, 1] > 0.99
    assert np.array_equal(result[~inside], astronaut[~inside])


@pytest.mark.parametrize("methods", [2, 3, 4])
def test_agreement_has_the_colour_of_its_number_of_votes_on_pale_grey(methods):
    votes = np.arange(methods + 1, dtype=np.uint8)[None]
    rgb = np.full((1, methods + 1, 3), 100, np.uint8)
    painted = draw.agreement_map(rgb, votes, methods)
    assert painted[0, 0].tolist() == [191] * 3, "150 + 100 * 105 / 255"
    assert painted[0, 1:].tolist() == [list(colour) for colour in draw.agreement_colours(methods)]
    assert (rgb == 100).all()


def test_agreement_colours_are_told_apart_and_grow_darker_for_every_kind_of_eyes():
    colours = draw.agreement_colours(4)
    black, white = draw.agreement_map(np.array([[[0] * 3, [255] * 3]], np.uint8), np.zeros((1, 2), int), 2)[0, :, 0]
    for eyes in EYES:
        lightness = [seen(colour, eyes)[0] for colour in colours]
        assert (np.diff(lightness) < -8).all()
        for a, b in itertools.combinations(colours, 2):
            assert deltaE_ciede2000(seen(a, eyes), seen(b, eyes)) > 18
        for colour, grey in itertools.product(colours, range(int(black), int(white) + 1, 15)):
            assert deltaE_ciede2000(seen(colour, eyes), seen((grey,) * 3, eyes)) > 20


def test_all_agree_and_one_alone_look_the_same_for_any_number_of_methods():
    found = [draw.agreement_colours(methods) for methods in (2, 3, 4)]
    assert len({colours[0] for colours in found}) == len({colours[-1] for colours in found}) == 1
    assert [len(set(colours)) for colours in found] == [2, 3, 4]


def test_agreement_that_cannot_be_is_refused(grey):
    votes = np.zeros((40, 60), np.uint8)
    for methods in (1, 5):
        with pytest.raises(ValueError, match=f"2 to 4 methods, got {methods}"):
            draw.agreement_map(grey, votes, methods)
    with pytest.raises(ValueError, match=r"2 methods give 0\.\.2 votes a pixel, got 3\.\.3"):
        draw.agreement_map(grey, votes + 3, 2)
    with pytest.raises(ValueError, match="count of votes has size"):
        draw.agreement_map(grey, votes[1:], 2)
