"""Crops: known geometry, masks that go along, light that leaves them alone, and nothing random but the seed."""

import colorsys
import dataclasses
import math
import random

import numpy as np
import pytest
import torch
from skimage import measure
from torch import Tensor

from train.augment import Augment, AugmentError, augmented, cut

SKIN = (204, 156, 131)
PLAIN = Augment(crop=96, light=0, colour=0, grey=0, soften=0, noise=0, jpeg=0)
STILL = dataclasses.replace(PLAIN, scale=(1, 1), turn=0, shear=0, mirror=0)
ALL = dataclasses.replace(PLAIN, light=0.3, colour=0.06, grey=0.15, soften=0.5, noise=6, jpeg=0.5)


def flat(plan: Augment, colour: tuple[int, int, int] = SKIN) -> Tensor:
    return torch.tensor(colour, dtype=torch.uint8).view(3, 1, 1).repeat(1, plan.reach, plan.reach)


def empty(plan: Augment) -> Tensor:
    return torch.zeros(1, plan.reach, plan.reach, dtype=torch.uint8)


def blots(plan: Augment, seed: int = 0) -> Tensor:
    """Smooth random grey levels, uint8 (1, S, S)."""
    coarse = torch.rand(1, 1, 24, 24, generator=torch.Generator().manual_seed(seed)) * 255
    return torch.nn.functional.interpolate(coarse, (plan.reach, plan.reach), mode="bilinear")[0].to(torch.uint8)


@pytest.mark.parametrize("seed", range(20))
def test_picture_and_masks_move_together(seed: int) -> None:
    pattern = blots(PLAIN)
    rgb, masks = augmented(pattern.repeat(3, 1, 1), torch.cat([255 - pattern, pattern]), PLAIN, seed)
    assert torch.equal(rgb, masks[1:].repeat(3, 1, 1))
    inside = masks.sum(0) > 0
    assert inside.all() and (masks.int().sum(0) - 255).abs().max() <= 1  # a mask and its inverse fill each other


def test_a_plan_without_changes_gives_the_middle() -> None:
    pattern = blots(STILL)
    first = (STILL.reach - STILL.crop) // 2
    middle = pattern[:, first : first + 96, first : first + 96]
    rgb, masks = augmented(pattern.repeat(3, 1, 1), pattern, STILL, 5)
    assert torch.equal(masks, middle) and torch.equal(rgb, middle.repeat(3, 1, 1))
    mirrored, _ = augmented(pattern.repeat(3, 1, 1), pattern, dataclasses.replace(STILL, mirror=1), 5)
    assert torch.equal(mirrored, rgb.flip(2))


def test_zoom_turn_and_shear_by_hand() -> None:
    """A bar 40 wide and 8 high in the middle."""
    for plan, number, height, width in [
        (dataclasses.replace(STILL, scale=(2, 2)), 1, 16, 80),
        (dataclasses.replace(STILL, scale=(0.5, 0.5)), 1, 4, 20),
        # The largest slants of 60 draws shift the first row against the last by nearly 7 tan 45 = 7.
        (dataclasses.replace(STILL, shear=45), 60, 8, 47),
    ]:
        bar = empty(plan)
        middle = plan.reach // 2
        bar[:, middle - 4 : middle + 4, middle - 20 : middle + 20] = 255
        sizes = [measure.regionprops((crop[0] > 127).int().numpy())[0].bbox for crop in crops(bar, plan, number)]
        assert max(b[2] - b[0] for b in sizes) == height
        assert abs(max(b[3] - b[1] for b in sizes) - width) <= 1


def crops(mask: Tensor, plan: Augment, number: int) -> list[Tensor]:
    return [augmented(flat(plan), mask, plan, seed)[1] for seed in range(number)]


@pytest.mark.parametrize("zoom", [0.7, 0.85, 1.0, 1.45])
def test_a_thin_line_neither_breaks_nor_vanishes(zoom: float) -> None:
    plan = dataclasses.replace(PLAIN, scale=(zoom, zoom), turn=180, shear=0)
    line = empty(plan)
    middle = plan.reach // 2
    line[:, middle, middle - 25 : middle + 25] = 255
    lines = crops(line, plan, 40)
    masses = [crop.sum().item() / 255 / (50 * zoom**2) for crop in lines]
    # Where it shrinks, a level line's share depends on how it meets the rows; over all turns it evens out.
    assert np.mean(masses) == pytest.approx(1, abs=0.02) and min(masses) > 0.85 and max(masses) < 1.15
    assert all(measure.label(crop[0].numpy() > 50).max() == 1 for crop in lines)
    assert all(len(torch.unique(crop)) > 10 for crop in lines)  # graded, not torn to black and white


@pytest.mark.parametrize(
    "plan",
    [
        dataclasses.replace(PLAIN, crop=32),
        dataclasses.replace(PLAIN, crop=33, turn=180, scale=(0.7, 1.25)),
        dataclasses.replace(PLAIN, crop=32, shear=45, turn=60),
        dataclasses.replace(PLAIN, crop=16, shear=30, scale=(0.5, 0.6), turn=90),
        dataclasses.replace(PLAIN, crop=32, turn=90, scale=(1.6, 3)),
    ],
)
def test_reach_covers_every_crop(plan: Augment) -> None:
    assert (plan.reach - plan.crop) % 2 == 0
    full = torch.full((1, plan.reach, plan.reach), 255, dtype=torch.uint8)
    assert all(crop.min() == 255 for crop in crops(full, plan, 200))


def test_reach_by_hand() -> None:
    # The diagonal of 100 px is 141.4 px: 21 px more on each side, and one to interpolate.
    assert dataclasses.replace(STILL, crop=100).reach == 144
    assert dataclasses.replace(STILL, crop=100, scale=(0.5, 1)).reach == 100 + 2 * 92 + 2
    assert dataclasses.replace(STILL, crop=100, scale=(2, 2)).reach == 102
    # tan s = 1.5 makes a line at most (1.5 + sqrt(1.5^2 + 4)) / 2 = 2 times as long; 45 degrees, 1.618 times.
    assert dataclasses.replace(STILL, crop=100, shear=45).reach == 100 + 2 * 65 + 2


def test_a_larger_square_shows_the_same_crop() -> None:
    large = blots(dataclasses.replace(PLAIN, scale=(0.5, 1.45)))
    off = (large.shape[1] - PLAIN.reach) // 2
    small = large[:, off:-off, off:-off]
    for seed in range(10):
        a, b = (augmented(each.repeat(3, 1, 1), each, PLAIN, seed)[1] for each in (large, small))
        assert (a.int() - b.int()).abs().max() <= 1


@pytest.mark.parametrize("seed", range(5))
def test_a_seed_says_it_all(seed: int) -> None:
    rgb, mask = blots(ALL).repeat(3, 1, 1), blots(ALL, 1)
    before = rgb.clone(), mask.clone()
    first = augmented(rgb, mask, ALL, seed)
    torch.manual_seed(99)
    np.random.seed(99)
    augmented(rgb, mask, ALL, seed + 1000)
    again = augmented(rgb, mask, ALL, seed)
    assert torch.equal(first[0], again[0]) and torch.equal(first[1], again[1])
    assert torch.equal(rgb, before[0]) and torch.equal(mask, before[1])


def test_seeds_differ() -> None:
    pattern = blots(ALL)
    results = [augmented(pattern.repeat(3, 1, 1), pattern, ALL, seed) for seed in range(50)]
    assert len({rgb.numpy().tobytes() for rgb, _ in results}) == 50
    assert len({mask.numpy().tobytes() for _, mask in results}) == 50


def test_random_numbers_of_others_stay_as_they_were() -> None:
    torch.manual_seed(3)
    states = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()
    for seed in range(20):
        augmented(flat(ALL), empty(ALL), ALL, seed)
    assert torch.equal(torch.get_rng_state(), states[0])
    assert np.array_equal(np.random.get_state()[1], states[1])
    assert random.getstate() == states[2]


def test_light_leaves_masks_alone() -> None:
    pattern = blots(PLAIN)
    for seed in range(20):
        plain_rgb, plain_mask = augmented(pattern.repeat(3, 1, 1), pattern, PLAIN, seed)
        rgb, mask = augmented(pattern.repeat(3, 1, 1), pattern, ALL, seed)
        assert torch.equal(mask, plain_mask)
        assert not torch.equal(rgb, plain_rgb)


@pytest.mark.parametrize("masks", [0, 1, 2, 5])
def test_shapes_and_types(masks: int) -> None:
    stack = torch.zeros(masks, ALL.reach, ALL.reach, dtype=torch.uint8)
    rgb, moved = augmented(flat(ALL), stack, ALL, 1)
    assert rgb.shape == (3, 96, 96) and moved.shape == (masks, 96, 96)
    assert rgb.dtype == moved.dtype == torch.uint8
    assert type(rgb) is type(moved) is Tensor and rgb.is_contiguous() and moved.is_contiguous()


@pytest.mark.parametrize("skin", [(235, 200, 180), SKIN, (141, 85, 58), (74, 48, 38)])
def test_skin_stays_skin(skin: tuple[int, int, int]) -> None:
    """Hue of skin is that of orange, 10 to 30 degrees; under other lamps it turns towards red or yellow, no farther."""
    plan = dataclasses.replace(ALL, crop=32, grey=0)
    means = [augmented(flat(plan, skin), empty(plan), plan, seed)[0].float().mean((1, 2)) for seed in range(100)]
    hues = [(colorsys.rgb_to_hsv(*(mean / 255).tolist())[0] * 360 + 180) % 360 - 180 for mean in means]
    assert min(hues) > 0 and max(hues) < 50 and 10 < np.median(hues) < 30
    assert all(red > max(green, blue) for red, green, blue in means)
    light = torch.stack(means).mean(1)
    assert light.std() > 5 and abs(light.mean() - np.mean(skin)) < 10


def test_grey_has_no_colour() -> None:
    plan = dataclasses.replace(STILL, grey=1)
    rgb, _ = augmented(flat(plan), empty(plan), plan, 0)
    expected = 0.299 * SKIN[0] + 0.587 * SKIN[1] + 0.114 * SKIN[2]
    assert torch.equal(rgb[0], rgb[1]) and torch.equal(rgb[1], rgb[2])
    assert rgb[0, 0, 0].item() == pytest.approx(expected, abs=1)


def test_blur_spreads_by_its_sigma() -> None:
    plan = dataclasses.replace(STILL, soften=1, blur=(1.0, 1.0))
    line = torch.zeros(3, plan.reach, plan.reach, dtype=torch.uint8)
    line[:, :, plan.reach // 2] = 255
    profile = augmented(line, empty(plan), plan, 0)[0][0, 48].double()
    places = torch.arange(96.0).double()
    middle = (profile * places).sum() / profile.sum()
    spread = math.sqrt((profile * (places - middle) ** 2).sum() / profile.sum())
    assert spread == pytest.approx(1.0, abs=0.1)


def test_noise_is_for_some_and_not_above_its_level() -> None:
    plan = dataclasses.replace(STILL, crop=32, noise=8)
    changed = [augmented(flat(plan), empty(plan), plan, seed)[0] for seed in range(200)]
    levels = torch.stack([each.float().std(dim=(1, 2)).mean() for each in changed])
    assert 0.2 < (levels > 0.5).float().mean() < 0.4  # some draws are too small to see
    assert 7 < levels.max() < 8.5


def test_jpeg_leaves_its_traces_and_nothing_more(astronaut: np.ndarray) -> None:
    def changed(quality: int) -> float:
        plan = dataclasses.replace(STILL, jpeg=1, jpeg_quality=(quality, quality))
        (rgb,) = cut([astronaut], (220.0, 120.0), plan.reach)
        plain, _ = augmented(rgb, empty(plan), dataclasses.replace(plan, jpeg=0), 0)
        packed, _ = augmented(rgb, empty(plan), plan, 0)
        return (packed.float() - plain.float()).abs().mean().item()

    assert 0 < changed(95) < changed(40) < 6


def test_shares_are_shares() -> None:
    plan = dataclasses.replace(STILL, crop=32, jpeg=0.2)
    (rgb,) = cut([np.random.default_rng(0).integers(0, 256, (150, 150, 3), dtype=np.uint8)], (75.0, 75.0), plan.reach)
    plain, _ = augmented(rgb, empty(plan), dataclasses.replace(plan, jpeg=0), 0)
    changed = sum(not torch.equal(augmented(rgb, empty(plan), plan, seed)[0], plain) for seed in range(300))
    assert 40 < changed < 80


def test_cut_by_hand() -> None:
    rgb = np.arange(4 * 5 * 3, dtype=np.uint8).reshape(4, 5, 3)
    mask = np.full((4, 5), 9, np.uint8)
    picture, layer = cut([rgb, mask], (0.0, 3.0), 4)
    assert picture.shape == (3, 4, 4) and layer.shape == (1, 4, 4)
    # Columns -2..1 and rows 1..4: the left half and the last row lie outside.
    assert layer[0].tolist() == [[0, 0, 9, 9]] * 3 + [[0] * 4]
    assert picture[:, 0, 2].tolist() == rgb[1, 0].tolist() and picture[:, 2, 3].tolist() == rgb[3, 1].tolist()


def test_cut_far_outside_is_empty() -> None:
    (layer,) = cut([np.full((4, 5), 9, np.uint8)], (100.0, -70.0), 6)
    assert layer.shape == (1, 6, 6) and not layer.any()


def test_what_was_asked_for_is_in_the_middle() -> None:
    mask = np.zeros((300, 400), np.uint8)
    mask[85:95, 295:305] = 255
    for seed in range(20):
        (layer,) = cut([mask], (300.0, 90.0), PLAIN.reach)
        _, moved = augmented(flat(PLAIN), layer, PLAIN, seed)
        assert torch.nonzero(moved[0] > 127).float().mean(0).sub(48).abs().max() < 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"crop": 8}, "crop must be 16 or more, got 8"),
        ({"crop": 96.5}, "crop must be whole, got 96.5"),
        ({"scale": (1.2, 0.9)}, r"scale must be \(low, high\) between 0.1 and 10, low first, got \(1.2, 0.9\)"),
        ({"scale": (0, 1)}, "scale must be"),
        ({"turn": 200}, "turn must be from 0 to 180, got 200"),
        ({"shear": -1}, "shear must be from 0 to 45, got -1"),
        ({"mirror": 1.5}, "mirror must be from 0 to 1, got 1.5"),
        ({"light": float("nan")}, "light must be from 0 to 1, got nan"),
        ({"colour": 0.6}, "colour must be from 0 to 0.3, got 0.6"),
        ({"grey": 2}, "grey"),
        ({"soften": -0.1}, "soften"),
        ({"blur": (0.4, 50)}, "blur must be .* between 0.1 and 32"),
        ({"noise": -1}, "noise"),
        ({"jpeg": 2}, "jpeg must be"),
        ({"jpeg_quality": (40, 101)}, "jpeg_quality must be .* between 1 and 100"),
        ({"jpeg_quality": (40.5, 90)}, "jpeg_quality must be whole"),
    ],
)
def test_senseless_plans_are_refused(change: dict, message: str) -> None:
    with pytest.raises(AugmentError, match=message):
        Augment(**change)


@pytest.mark.parametrize(
    ("rgb", "masks", "seed", "message"),
    [
        (torch.zeros(3, 200, 200), torch.zeros(1, 200, 200, dtype=torch.uint8), 0, "float32"),
        (torch.zeros(4, 200, 200, dtype=torch.uint8), torch.zeros(1, 200, 200, dtype=torch.uint8), 0, r"\(4, 200"),
        (torch.zeros(3, 200, 200, dtype=torch.uint8), torch.zeros(1, 200, 190, dtype=torch.uint8), 0, "200, 190"),
        (
            torch.zeros(3, 99, 99, dtype=torch.uint8),
            torch.zeros(1, 99, 99, dtype=torch.uint8),
            0,
            "182 px or more, got",
        ),
        (torch.zeros(3, 200, 200, dtype=torch.uint8), torch.zeros(1, 200, 200, dtype=torch.uint8), -1, "0 or more"),
    ],
)
def test_unfit_tensors_are_refused(rgb: Tensor, masks: Tensor, seed: int, message: str) -> None:
    with pytest.raises(AugmentError, match=message):
        augmented(rgb, masks, PLAIN, seed)


def test_unfit_layers_are_refused() -> None:
    with pytest.raises(AugmentError, match=r"float64 \(4, 4\)"):
        cut([np.zeros((4, 4))], (1.0, 1.0), 8)
    with pytest.raises(AugmentError, match="of one size"):
        cut([np.zeros((4, 4), np.uint8), np.zeros((5, 4), np.uint8)], (1.0, 1.0), 8)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_an_accelerator_gives_the_same_crop() -> None:
    rgb, mask = blots(ALL).repeat(3, 1, 1), blots(ALL, 1)
    state = torch.cuda.get_rng_state()
    for seed in range(20):
        here = augmented(rgb, mask, ALL, seed)
        there, again = (augmented(rgb.cuda(), mask.cuda(), ALL, seed) for _ in range(2))
        assert there[0].is_cuda and there[1].is_cuda
        assert torch.equal(there[0], again[0]) and torch.equal(there[1], again[1])
        assert (there[1].cpu().int() - here[1].int()).abs().max() <= 1
        assert (there[0].cpu().float() - here[0].float()).abs().mean() < 0.5
    assert torch.equal(torch.cuda.get_rng_state(), state)
