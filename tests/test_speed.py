"""Speed is told as ratios: the arithmetic by hand, and that both sides of each comparison do the same work."""

import json
import time
from dataclasses import replace

import numpy as np
import pytest
import tiny_run

from eval.speed import command, filters, growth, page, scores, selfie, throughput, timing
from eval.speed.growth import Size
from wrinkleseg import face, images, methods
from wrinkleseg.geometry import Box
from wrinkleseg.preprocess import CELL, View


def test_ratio_is_the_median_over_rounds_with_an_interval_around_it() -> None:
    taken = np.array([[1.0, 2.0], [1.0, 3.0], [2.0, 8.0]])
    found = timing.summed_up("work", ("ours", "plain"), taken, asked=2)
    assert (found.ratio, found.ours_seconds, found.other_seconds) == (3.0, 1.0, 3.0)
    assert 2.0 <= found.low <= 3.0 <= found.high <= 4.0


def test_turns_keep_each_side_in_its_column() -> None:
    taken = timing.in_turns(lambda: None, lambda: time.sleep(0.02), rounds=4)
    assert taken.shape == (4, 2)
    assert (taken[:, 1] >= 0.02).all() and (taken[:, 0] < taken[:, 1]).all()


def test_each_goes_first_in_half_of_the_rounds() -> None:
    order = []
    timing.in_turns(lambda: order.append("a"), lambda: order.append("b"), rounds=2)
    assert order == ["a", "b", "a", "b", "b", "a"]


def test_a_line_through_sizes_has_exponent_1() -> None:
    sizes = [Size(mp, 0.3 * mp, 1.0) for mp in (0.25, 1, 4, 12, 48)]
    exponent, slope = growth.fitted(sizes)
    assert exponent == pytest.approx(1.0)
    assert slope == pytest.approx(0.3)


def test_memory_that_grows_by_half_a_megabyte_a_request_has_that_slope() -> None:
    assert page.slope(700 + 0.5 * np.arange(100)) == pytest.approx(0.5)
    assert np.isnan(page.slope(np.array([3.0]))), "too few to tell"
    few = [page._Answer(0, 1.0, 700.0, float(second)) for second in range(page.SETTLED)]
    assert np.isnan(page._load("m", 1, 1.0, few).slope_mb)


def test_roofline_takes_the_slower_of_computing_and_moving() -> None:
    assert throughput.attainable(flops=200, moved=10, peak_flops=100, peak_bytes=10) == 2.0
    assert throughput.attainable(flops=100, moved=50, peak_flops=100, peak_bytes=10) == 5.0


def test_work_counts_the_convolutions_and_nothing_that_a_compiler_folds_into_them() -> None:
    """By hand: 3 to 8 channels at half of 64 px, then 8 to 2, 3x3 both; 2 operations a product, 2 x 2 bytes a result."""
    flops, moved = throughput._work(tiny_run.Tiny().eval(), side=64)
    assert flops == 2 * 32 * 32 * 9 * (3 * 8 + 8 * 2)
    assert moved == 4 * 32 * 32 * (8 + 2)


def test_both_score_the_same_pair_alike() -> None:
    probability, truth = scores.pair()
    predicted = probability > 0.5
    mine, theirs = scores.ours(predicted, truth, probability), scores.others(predicted, truth, probability)
    for name in ("iou", "f1", "precision", "recall", "accuracy", "ap", "nsd", "hd95"):
        assert mine[name] == pytest.approx(theirs[name], abs=1e-5), name
    # Guo and Hall's thinning beside Zhang and Suen's: other pixels of the same line.
    assert mine["line_f1_3"] == pytest.approx(theirs["line_f1_3"], abs=0.01)


def test_frangi_is_compared_at_equal_scales_and_agrees() -> None:
    found = filters.ratio(rounds=1)
    assert found.facts["correlation"] >= 0.99
    assert found.ratio > 0


@pytest.mark.parametrize("steep", [(), ("wrinkle",)])
def test_the_plain_way_marks_what_ours_marks(tmp_path, steep: tuple[str, ...]) -> None:
    """What the networks give, and with steep sides, where a faint line stands or falls as a whole."""
    from eval.speed.scenes import as_jpeg
    from eval.speed.scenes import selfie as photo

    rgb = images.load_rgb(as_jpeg(photo(), tmp_path))
    shipped = methods.load(selfie.NAME, "cpu")
    preprocess = replace(shipped.config.preprocess, crisp=steep)
    method = replace(shipped, config=replace(shipped.config, preprocess=preprocess))
    plain, found = selfie.Plain(method), face.find(rgb)[0]
    regions = face.regions(rgb, found)
    mine, skin = method(rgb, found, regions)["wrinkle"], regions.wrinkle_skin
    assert (mine > method.info.thresholds["wrinkle"]).any()
    assert selfie.agreement(method, mine, selfie.exact(method, rgb, found, skin), skin) >= 0.98
    assert selfie.agreement(method, mine, plain(rgb, found, same_grid=True), skin) >= 0.98
    # On its own grid, other pixels of the same photo go in; lines are 3 px wide.
    assert selfie.agreement(method, mine, plain(rgb, found), skin) >= 0.8


@pytest.mark.parametrize("size", [(700, 500), (501, 333)])
def test_the_whole_photo_is_seen_on_the_faces_grid(size: tuple[int, int]) -> None:
    view = View(Box(115, 92, 8 * 23, 9 * 23), (8 * CELL, 9 * CELL))
    whole = selfie.whole_grid(view, size)
    assert (whole.box.height / whole.size[0], whole.box.width / whole.size[1]) == (23 / CELL, 23 / CELL)
    assert (view.box.top - whole.box.top) % 23 == (view.box.left - whole.box.left) % 23 == 0
    assert -23 < whole.box.top <= 0 and -23 < whole.box.left <= 0
    assert size[0] <= whole.box.bottom < size[0] + 23 and size[1] <= whole.box.right < size[1] + 23


def test_command_writes_what_it_found_and_says_what_it_left_out(tmp_path, monkeypatch, capsys) -> None:
    ratio = timing.summed_up("work", ("ours", "plain"), np.array([[1.0, 4.0]]), 2.0, {"share": 0.5})
    monkeypatch.setitem(command._MEASURES, "filters", lambda options: ratio.to_dict())

    def no_gpu(options):
        raise throughput.NoGPU("no CUDA device is here")

    monkeypatch.setitem(command._MEASURES, "gpu", no_gpu)
    assert command.main(["--only", "filters", "gpu", "--output", str(tmp_path)]) == 0
    told = json.loads((tmp_path / "speed.json").read_text())
    assert told["filters"]["ratio"] == 4.0 and told["gpu"] == {"left_out": "no CUDA device is here"}
    assert "work: 4.00 times" in capsys.readouterr().out
    assert "no CUDA device" in (tmp_path / "speed.md").read_text()


def test_a_part_that_fails_says_why_and_the_next_goes_on(tmp_path, monkeypatch, capsys) -> None:
    def broken(options):
        raise RuntimeError("the page did not come up")

    monkeypatch.setitem(command._MEASURES, "page", broken)
    monkeypatch.setitem(command._MEASURES, "growth", lambda options: {"sizes": [], "exponent": 1.0})
    assert command.main(["--only", "page", "growth", "--output", str(tmp_path)]) == 1
    told = json.loads((tmp_path / "speed.json").read_text())
    assert told["page"] == {"error": "the page did not come up"} and told["growth"]["exponent"] == 1.0
    assert "page: the page did not come up" in capsys.readouterr().out
