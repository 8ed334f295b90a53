"""Log densities under Gaussians of the members nearby, beside sums over all members written out pixel by pixel."""

from __future__ import annotations

import numpy as np
import pytest

from wrinkleseg.skin.densities import Densities, shaded

FLOOR = np.array([2.0, 1.0], np.float32)


def scene(size: tuple[int, int], seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Two features that drift across the picture, and members on one side of it."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[: size[0], : size[1]].astype(np.float32)
    features = np.stack([100 + 0.2 * x, 50 - 0.1 * y]) + rng.normal(0, 3, (2, *size))
    return features.astype(np.float32), (x < 0.6 * size[1]) & (rng.random(size) < 0.8)


def written_out(features: np.ndarray, members: np.ndarray, sigma: float, places: list[tuple[int, int]]) -> np.ndarray:
    """The same at some places, in float64: weights by distance, and two hundredths of a member for all members alike."""
    values = features[:, members].T.astype(float)
    rows, columns = np.nonzero(members)
    found = []
    for row, column in places:
        near = np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / (2 * sigma**2)) / (2 * np.pi * sigma**2)
        weight = near + 0.02 / len(values)
        mean = (weight[:, None] * values).sum(0) / weight.sum()
        variance = (weight[:, None] * (values - mean) ** 2).sum(0) / weight.sum() + FLOOR.astype(float) ** 2
        off = features[:, row, column] - mean
        off[0] = min(off[0], 0.6 * off[0])
        found.append(-0.5 * (np.log(variance) + off**2 / variance).sum())
    return np.array(found)


@pytest.mark.parametrize("size", [(160, 200), (163, 197)])
def test_densities_are_those_written_out(size: tuple[int, int]) -> None:
    features, members = scene(size)
    places = [(80, 60), (70, 100), (60, 150), (100, 190)]  # among members, at their border, beyond them
    found = Densities(features, FLOOR).of(members, 20.0)
    assert found.shape == size and found.dtype == np.float32
    expected = written_out(features, members, 20.0, places)
    np.testing.assert_allclose([found[place] for place in places], expected, rtol=0.05, atol=0.08)


def test_where_no_member_is_near_all_of_them_count() -> None:
    features, members = scene((80, 400), seed=1)
    members[:, 100:] = False
    found = Densities(features, FLOOR).of(members, 8.0)
    place = 40, 390
    values = features[:, members].T.astype(float)
    off, variance = features[:, *place] - values.mean(0), values.var(0) + FLOOR**2
    off[0] = min(off[0], 0.6 * off[0])
    assert found[place] == pytest.approx(-0.5 * (np.log(variance) + off**2 / variance).sum(), rel=0.02)


def test_without_members_nothing_breaks() -> None:
    features, members = scene((40, 40))
    assert np.isfinite(Densities(features, FLOOR).of(np.zeros_like(members), 8.0)).all()


def test_too_light_counts_less_than_too_dark() -> None:
    np.testing.assert_allclose(shaded(np.float32([-10, 0, 10])), [-10, 0, 6])
