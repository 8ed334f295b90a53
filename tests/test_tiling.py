"""Tiles cover everything, agree with the whole, and leave no seam."""

import itertools

import pytest
import torch

from wrinkleseg.tiling import bounds, ramp, run_tiled, starts


def first_channel(picture: torch.Tensor) -> torch.Tensor:
    return picture[:, 0]


@pytest.mark.parametrize("size", [(5, 5), (32, 32), (33, 70), (100, 31), (64, 200)])
def test_a_pointwise_network_gives_the_whole(size: tuple[int, int]) -> None:
    picture = torch.rand(1, 3, *size)
    assert torch.allclose(run_tiled(first_channel, picture, tile=32, overlap=8), picture[0, 0], atol=1e-6)


@pytest.mark.parametrize("length", [1, 31, 32, 33, 57, 58, 1000])
def test_starts_cover_with_enough_overlap(length: int) -> None:
    found = starts(length, tile=32, overlap=6)
    assert found[0] == 0 and max(found) + 32 >= length
    assert all(b - a <= 32 - 6 for a, b in itertools.pairwise(found))
    assert length <= 32 or found[-1] == length - 32


def test_tiles_that_disagree_blend_without_a_step() -> None:
    level = iter(range(100))

    def constant(picture: torch.Tensor) -> torch.Tensor:
        return torch.full_like(picture[:, 0], float(next(level)))

    row = run_tiled(constant, torch.zeros(1, 1, 8, 80), tile=32, overlap=16)[4]
    # Two neighbouring tiles differ by 1; over 16 shared pixels no step may be larger than about 1 / 8.
    assert row.diff().abs().max() < 0.15
    assert row[0] == 0 and row[-1] == 3


def test_what_is_not_wanted_is_not_computed() -> None:
    seen = []

    def count(picture: torch.Tensor) -> torch.Tensor:
        seen.append(tuple(picture.shape[-2:]))
        return picture[:, 0] + 1

    wanted = torch.zeros(40, 64, dtype=torch.bool)
    wanted[3, 60] = True
    result = run_tiled(count, torch.zeros(1, 1, 40, 64), tile=16, overlap=4, wanted=wanted)
    assert seen == [(5, 5)]  # two pixels around it
    assert result[1:6, 58:63].min() == 1 and result.sum() == 25


def test_a_hole_between_wanted_parts_is_skipped_by_tiles() -> None:
    wanted = torch.zeros(16, 160, dtype=torch.bool)
    wanted[:, 0] = wanted[:, -1] = True
    calls = []
    run_tiled(lambda part: calls.append(1) or part[:, 0], torch.zeros(1, 1, 16, 160), 32, 0, wanted)
    assert len(calls) == 2


def test_nothing_wanted_gives_nothing() -> None:
    result = run_tiled(first_channel, torch.ones(1, 1, 8, 9), tile=8, overlap=2, wanted=torch.zeros(8, 9, dtype=bool))
    assert result.shape == (8, 9) and not result.any()


@pytest.mark.parametrize("length", [64, 96, 128, 800, 1024, 1000])
def test_starts_on_a_grid(length: int) -> None:
    found = starts(length, tile=128, overlap=32, cell=32)
    assert all(start % 32 == 0 for start in found)
    assert found[0] == 0 and max(found) + 128 >= length
    assert all(b - a <= 128 - 32 for a, b in itertools.pairwise(found))


def test_bounds_on_a_grid_by_hand() -> None:
    wanted = torch.zeros(200, 200, dtype=torch.bool)
    wanted[70:90, 130] = True
    # Rows 70 - 10 and 90 + 10 lie in the cells 32..63 and 96..127; columns 120 and 141 in 96..127 and 128..159.
    assert bounds(wanted, 10, cell=32) == (slice(32, 128), slice(96, 160))
    assert bounds(wanted, 64, cell=32) == (slice(0, 160), slice(64, 200)), "cut off at the picture's end"


def test_what_is_seen_around_a_pixel_does_not_move_with_what_is_wanted() -> None:
    """A network that halves sees its input from the same pixel on, wherever the wanted part begins."""

    def halved(picture: torch.Tensor) -> torch.Tensor:
        small = torch.nn.functional.avg_pool2d(picture[:, :1], 32)
        return torch.nn.functional.interpolate(small, scale_factor=32)[:, 0]

    picture, maps = torch.rand(1, 1, 320, 256), []
    for first in range(100, 110):
        wanted = torch.zeros(320, 256, dtype=torch.bool)
        wanted[first:170, first:170] = True
        maps.append(run_tiled(halved, picture, 128, 64, wanted, cell=32)[110:170, 110:170])
    assert all(torch.equal(map_, maps[0]) for map_ in maps)


@pytest.mark.parametrize(("tile", "overlap"), [(48, 32), (64, 16)])
def test_tiles_off_the_grid_are_refused(tile: int, overlap: int) -> None:
    with pytest.raises(ValueError, match="multiples"):
        run_tiled(first_channel, torch.zeros(1, 1, 8, 8), tile, overlap, cell=32)


@pytest.mark.parametrize("overlap", [-1, 32, 40])
def test_impossible_overlap_is_refused(overlap: int) -> None:
    with pytest.raises(ValueError, match="overlap"):
        run_tiled(first_channel, torch.zeros(1, 1, 8, 8), tile=32, overlap=overlap)


def test_ramp_by_hand() -> None:
    assert ramp(1, 5, overlap=2)[0].tolist() == pytest.approx([1 / 9, 2 / 9, 3 / 9, 2 / 9, 1 / 9], abs=1e-6)
