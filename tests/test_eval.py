"""Samples, splits, threshold sweep and the table, against hand-worked values and real masks."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from eval import benchmark, run, samples
from eval.thresholds import THRESHOLDS, best_threshold, f1_sweep
from wrinkleseg import methods, metrics


def test_a_photo_is_on_one_side_of_the_split(data_dir: Path) -> None:
    every = samples.wrinkle_samples(data_dir)
    by_name = {sample.name: sample for sample in every}
    pairs = [(sample, by_name[sample.same_photo_as]) for sample in every if sample.same_photo_as]
    assert pairs and all(one.split == other.split for one, other in pairs)
    counts = pd.Series([sample.split for sample in every]).value_counts()
    assert counts["test"] >= 15 and counts["train"] > counts["test"] > counts["validation"] >= 10


def test_the_split_names_photos_that_exist(data_dir: Path) -> None:
    names = {sample.name for sample in samples.wrinkle_samples(data_dir)}
    listed = [name for part in samples._splits()["wrinkle"].values() for name in part]
    assert set(listed) <= names and len(listed) == len(set(listed))


def test_stripes_cover_all_rows_once() -> None:
    rows = samples.stripes(1801)
    assert rows.shape == (1801,) and set(rows) == {0, 1, 2}
    assert (rows == 0).mean() == pytest.approx(0.6, abs=0.02)


def test_missing_data_says_what_to_give(tmp_path: Path, capsys) -> None:
    with pytest.raises(samples.DataError, match="WRINKLESEG_DATA"):
        samples.wrinkle_samples(tmp_path)
    assert run.main(["--data", str(tmp_path), "--methods", "frangi"]) == 2
    assert "WRINKLESEG_DATA" in capsys.readouterr().err
    assert run.main(["--methods", "nothing"]) == 2


def test_a_thin_line_survives_shrinking() -> None:
    mask = np.zeros((100, 100), bool)
    mask[50] = True
    assert samples.at_width(mask, 50).sum() == 50
    assert samples.at_width(mask, 100).sum() == 100


@pytest.mark.parametrize("seed", range(3))
def test_sweep_equals_counting(seed: int) -> None:
    rng = np.random.default_rng(seed)
    probability = (rng.integers(0, 256, (40, 50)) / 255).astype(np.float32)
    truth = rng.random((40, 50)) < probability * 0.5
    expected = [metrics.f1(probability > threshold, truth) for threshold in THRESHOLDS]
    assert f1_sweep(probability, truth) == pytest.approx(expected, abs=1e-9)


def test_sweep_of_nothing() -> None:
    nothing = np.zeros((4, 4), np.float32)
    assert f1_sweep(nothing, np.zeros((4, 4), bool)) == pytest.approx(np.ones(len(THRESHOLDS)))
    assert f1_sweep(nothing, np.ones((4, 4), bool)) == pytest.approx(np.zeros(len(THRESHOLDS)))


def test_best_threshold_is_best_on_the_mean() -> None:
    one, other = np.zeros(len(THRESHOLDS)), np.zeros(len(THRESHOLDS))
    one[3], other[3], other[7] = 0.5, 0.5, 0.8
    assert best_threshold(np.stack([one, other])) == (THRESHOLDS[3], 0.5)


def test_thresholds_lie_between_the_levels_of_an_8_bit_map() -> None:
    assert np.allclose((THRESHOLDS * 255) % 1, 0.5)


def test_the_table_by_hand() -> None:
    row = benchmark.Row("m", "wrinkle", "A", "x", 0.5, 0.2, 0.4, 0.6, 0.8, 0.01)
    other = benchmark.Row("m", "wrinkle", "A", "y", 0.5, 0.4, 0.6, 0.8, 1.0, 0.01)
    table = run.text(pd.DataFrame([row.to_dict(), other.to_dict()]))
    assert "| m | 2 | 0.300 | 0.500 | 0.700 | 0.900 |" in table


def test_one_real_photo_and_the_second_person(data_dir: Path) -> None:
    every = samples.wrinkle_samples(data_dir)
    photo = benchmark.prepare(next(sample for sample in every if sample.name == "a_0000183"))
    row = benchmark.wrinkle_row(methods.load("frangi"), photo)
    assert 0.02 < row.iou < row.f1 < 0.6 and row.line_f1 > row.f1
    second = list(benchmark.second_person_rows(every))
    assert len(second) == 4
    # Known of these pairs: IoU .15 to .18, centreline F1 within 3 px .51 to .66 (four photos in all).
    assert all(0.1 < each.iou < 0.25 and 0.4 < each.line_f1 < 0.75 for each in second)
    truth = samples.at_width(photo.truth, benchmark.WIDTH)
    assert benchmark._line_row("itself", photo.sample, 0.5, truth, truth).iou == 1.0


def test_pores_of_the_half_face(data_dir: Path) -> None:
    row = benchmark.pore_row(methods.load("pores-dog"), samples.half_face(data_dir))
    # A plain difference of Gaussians reaches IoU .32 and F1 of centres .68 over the whole zone.
    assert row.iou > 0.2 and row.line_f1 > 0.5
