"""Splits by photo: nobody's photo on two sides, and the same split for everybody."""

import itertools
import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from eval import splits
from eval.samples import SPLIT_NAMES, DataError, Sample, wrinkle_samples


@pytest.fixture
def photos(tmp_path: Path) -> list[Sample]:
    """Forty samples of forty files, by annotators A (30) and B (10)."""
    return [sample(tmp_path, number, "A" if number % 4 else "B") for number in range(40)]


def sample(folder: Path, number: int, annotator: str = "A", name: str = "", like: str = "") -> Sample:
    """A sample whose photo is a file of its own; splits never open it as a picture."""
    path = folder / f"{name or number}-{annotator}.png"
    path.write_bytes(np.random.default_rng(number).bytes(200))
    return Sample(name or str(number), annotator, "train", path, path, like)


def sides(samples: list[Sample]) -> dict[str, str]:
    return {each.name: each.split for each in samples}


def test_a_split_depends_on_neither_order_nor_names_nor_folders(photos: list[Sample], tmp_path: Path) -> None:
    expected = sides(splits.by_photo(photos))
    shuffled = random.Random(3).sample(photos, len(photos))
    assert sides(splits.by_photo(shuffled)) == expected
    assert [each.name for each in splits.by_photo(shuffled)] == [each.name for each in shuffled]
    (tmp_path / "elsewhere").mkdir()
    moved = []
    for each in photos:
        there = tmp_path / "elsewhere" / f"renamed{each.name}.png"
        there.write_bytes(each.photo.read_bytes())
        moved.append(replace(each, photo=there))
    assert sides(splits.by_photo(moved)) == expected
    assert sides(splits.by_photo(photos, seed=1)) != expected


def test_shares_are_as_asked_for(tmp_path: Path) -> None:
    many = [sample(tmp_path, number) for number in range(600)]
    counts = Counter(sides(splits.by_photo(many, validation=0.2, test=0.1)).values())
    # Binomial: three standard deviations are 29 and 22 photos.
    assert counts["validation"] == pytest.approx(120, abs=29) and counts["test"] == pytest.approx(60, abs=22)
    assert "test" not in sides(splits.by_photo(many, test=0)).values()


def test_photos_that_come_later_move_no_other(photos: list[Sample]) -> None:
    few, every = sides(splits.by_photo(photos[:30], 0.3, 0.3)), sides(splits.by_photo(photos, 0.3, 0.3))
    assert set(few.values()) == set(SPLIT_NAMES)
    assert few == {name: every[name] for name in few}


@pytest.mark.parametrize("seed", range(20))
def test_three_photos_are_enough_for_every_side(photos: list[Sample], seed: int) -> None:
    for number in range(3, 8):
        counts = Counter(sides(splits.by_photo(photos[:number], seed=seed)).values())
        assert set(counts) == set(SPLIT_NAMES)
        extreme = splits.by_photo(photos[:number], validation=0.01, test=0.98, seed=seed)
        assert set(sides(extreme).values()) == set(SPLIT_NAMES)
    assert sides(splits.by_photo(photos[:1], seed=seed)) == {"0": "train"}
    assert "train" in sides(splits.by_photo(photos[:2], 0.3, 0.3, seed=seed)).values()
    assert splits.by_photo([]) == []


def test_one_photo_is_on_one_side_however_it_is_known(photos: list[Sample], tmp_path: Path) -> None:
    same_path = replace(photos[0], name="again", annotator="C")
    same_content = sample(tmp_path, 1, "C", "copy")
    # A chain: the second names the first, the third the second; one name that is not in the list holds two together.
    chain = [
        sample(tmp_path, 100, "C", "x"),
        sample(tmp_path, 101, "C", "y", "x"),
        sample(tmp_path, 102, "C", "z", "y"),
    ]
    absent = [sample(tmp_path, 103, "C", "v", "gone"), sample(tmp_path, 104, "C", "w", "gone")]
    every = [*photos, same_path, same_content, *chain, *absent]
    for seed in range(30):
        by_name = sides(splits.by_photo(every, 0.3, 0.3, seed=seed))
        assert by_name["again"] == by_name["0"] and by_name["copy"] == by_name["1"]
        assert by_name["x"] == by_name["y"] == by_name["z"] and by_name["v"] == by_name["w"]
        assert sides(splits.by_photo(every[::-1], 0.3, 0.3, seed=seed)) == by_name
    assert len({sides(splits.by_photo(every, 0.3, 0.3, seed=seed))["x"] for seed in range(30)}) == 3


def test_two_chains_that_meet_late_become_one(tmp_path: Path) -> None:
    links = [("a", ""), ("b", ""), ("c", "a"), ("d", "b"), ("e", "c"), ("f", "d")]
    chain = [sample(tmp_path, number, "A", *link) for number, link in enumerate(links)]
    bridge = replace(sample(tmp_path, 9, "A", "g", "f"), photo=chain[4].photo)
    for order in itertools.islice(itertools.permutations([*chain, bridge]), 0, None, 97):
        assert len(splits._photos(list(order))) == 1
    assert len(splits._photos(chain)) == 2


def test_equal_names_alone_are_not_one_photo(tmp_path: Path) -> None:
    both = [sample(tmp_path, 1, "A", "00001"), sample(tmp_path, 2, "B", "00001")]
    assert len(splits._photos(both)) == 2


def test_large_files_are_told_apart_by_what_lies_inside(tmp_path: Path) -> None:
    # As two uncompressed pictures before one wall: the same head, tail and size.
    wall = bytearray(3_000_000)
    (tmp_path / "wall").write_bytes(wall)
    wall[1_000_000:2_000_000] = np.random.default_rng(0).bytes(1_000_000)
    (tmp_path / "face").write_bytes(wall)
    (tmp_path / "copy").write_bytes(wall)
    assert splits.content(tmp_path / "face") == splits.content(tmp_path / "copy")
    assert splits.content(tmp_path / "face") != splits.content(tmp_path / "wall")


@pytest.mark.parametrize("shares", [(0, 0.1), (-0.1, 0.1), (0.5, 0.5), (0.1, 1.0), (float("nan"), 0.1)])
def test_shares_that_leave_a_side_empty_are_refused(photos: list[Sample], shares: tuple[float, float]) -> None:
    with pytest.raises(DataError, match="validation must be above 0"):
        splits.by_photo(photos, *shares)


@pytest.mark.parametrize("folds", [3, 5, 7, 40])
def test_over_all_folds_each_photo_is_test_once(photos: list[Sample], folds: int) -> None:
    rounds = [splits.fold(photos, number, folds) for number in range(folds)]
    tested = [[each.name for each in splits.only(samples, "test")] for samples in rounds]
    assert Counter(name for names in tested for name in names) == Counter(each.name for each in photos)
    for number, samples in enumerate(rounds):
        assert [each.name for each in samples] == [each.name for each in photos]
        following = tested[(number + 1) % folds]
        assert [each.name for each in splits.only(samples, "validation")] == following


def test_each_fold_has_its_share_of_each_annotator(photos: list[Sample]) -> None:
    for number in range(5):
        test = splits.only(splits.fold(photos, number), "test")
        assert Counter(each.annotator for each in test) == {"A": 6, "B": 2}


def test_folds_do_not_depend_on_the_order(photos: list[Sample]) -> None:
    shuffled = random.Random(5).sample(photos, len(photos))
    assert sides(splits.fold(photos, 2)) == sides(splits.fold(shuffled, 2))


@pytest.mark.parametrize("number,folds", [(-1, 5), (5, 5), (0, 2), (0, 41), (0.0, 5), (True, 5), (1, 5.0), ("1", 5)])
def test_bad_numbers_of_folds_are_refused(photos: list[Sample], number: int, folds: int) -> None:
    with pytest.raises(DataError, match="must be from"):
        splits.fold(photos, number, folds)


def test_an_unknown_split_and_a_missing_photo_are_told(photos: list[Sample]) -> None:
    with pytest.raises(DataError, match="train, validation, test"):
        splits.only(photos, "holdout")
    photos[7].photo.unlink()
    with pytest.raises(DataError, match="7-A.png cannot be read"):
        splits.fold(photos, 0)


def test_folds_of_the_real_photos(data_dir: Path) -> None:
    every = wrinkle_samples(data_dir)
    assert len(splits._photos(every)) == 75
    tested = Counter()
    for number in range(5):
        samples = splits.fold(every, number)
        side = sides(samples)
        assert all(side[each.name] == side[each.same_photo_as] for each in samples if each.same_photo_as)
        test = splits.only(samples, "test")
        tested.update(each.name for each in test)
        counts = Counter(each.annotator for each in test)
        assert 12 <= counts["A"] <= 13 and 2 <= counts["B"] <= 3
    assert set(tested) == {each.name for each in every} and set(tested.values()) == {1}
    assert set(sides(splits.by_photo(every)).values()) == set(SPLIT_NAMES)
