"""Rows of scores: each column against its own function or a reference, zones, empty masks, and pooling."""

import cv2
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.ndimage import label
from sklearn.metrics import average_precision_score, precision_recall_fscore_support

from eval import samples, scores
from eval.thresholds import THRESHOLDS, ranked_sweeps, sweeps
from wrinkleseg import masks, metrics

EMPTY = np.zeros((30, 40), bool)
FULL = np.ones((30, 40), bool)
ONE = EMPTY.copy()
ONE[5, 7] = True
ONLY_WHOLE = ("ap", "nsd", "hd95")
OF_LINES = [name for name in scores.COLUMNS if name.startswith("line_")] + ["cldice", "nsd", "hd95"]
OF_CENTRES = ["centre_precision", "centre_recall", "centre_f1", "count_pred", "count_true"]
SHARES = [
    name
    for name in scores.COLUMNS
    if name not in {*scores.COUNT_COLUMNS, *scores.SWEEPS, "hd95", "count_pred", "count_true", "both_empty"}
]


def picture(seed: int = 0, size: tuple[int, int] = (240, 200)) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Drawn lines, a map that saw most of them 1 px too low and others besides, and its mask."""
    rng, truth, seen = np.random.default_rng(seed), *np.zeros((2, *size), np.uint8)
    for k in range(12):
        points = np.cumsum(rng.normal(0, 3, (15, 2)) + rng.normal(0, 4, 2), axis=0) + rng.uniform(30, 170, 2)
        for drawn in [truth] * (k != 1) + [seen] * (k != 0):
            cv2.polylines(drawn, [points.astype(np.int32)], False, 1, int(rng.integers(1, 5)))
    blurred = cv2.GaussianBlur(np.roll(seen, 1, axis=0).astype(np.float32), (0, 0), 1.5)
    probability = np.clip(blurred + rng.normal(0, 0.05, size), 0, 1).astype(np.float32)
    return probability > 0.4, truth > 0, probability


def dots(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pores on a grid, those found (1 px aside, some missing, some false), and a zone that cuts through some of them."""
    rng, truth, found = np.random.default_rng(seed), *np.zeros((2, 200, 220), np.uint8)
    for y, x in np.mgrid[10:200:18, 10:220:18].reshape(2, -1).T:
        cv2.circle(truth, (int(x), int(y)), 3, 1, -1)
        if rng.random() < 0.8:
            cv2.circle(found, (int(x) + 1, int(y)), int(rng.integers(2, 5)), 1, -1)
        if rng.random() < 0.1:
            cv2.circle(found, (int(x) + 9, int(y) + 9), 2, 1, -1)
    counted = np.zeros(truth.shape, bool)
    counted[28:171, 30:190] = True
    return found > 0, truth > 0, counted


def agree(row: dict, other: dict) -> bool:
    """The same columns, the same values, NaN where the other has it."""
    return list(row) == list(other) and all(
        np.array_equal(row[k], other[k], equal_nan=True) for k in row if row[k] is not None
    )


def test_every_row_has_the_same_columns_in_one_order():
    predicted, truth, probability = picture()
    pair = scores.line_scores(predicted, truth, 140.0, probability)
    pores = scores.pore_scores(*dots())
    rows = [pair.whole(), pair.within(truth), pores.whole(), pores.within(dots()[2]), scores.missing()]
    assert all(tuple(row) == scores.COLUMNS for row in rows)
    assert len(set(scores.COLUMNS)) == len(scores.COLUMNS)
    assert pd.DataFrame(rows).shape == (5, len(scores.COLUMNS))


def test_pixels_and_average_precision_equal_scikit_learn():
    predicted, truth, probability = picture()
    row = scores.line_scores(predicted, truth, 140.0, probability).whole()
    right, found, f1, _ = precision_recall_fscore_support(truth.ravel(), predicted.ravel(), average="binary")
    assert (row["precision"], row["recall"], row["f1"]) == pytest.approx((right, found, f1), abs=1e-12)
    assert row["accuracy"] == (predicted == truth).mean()
    assert row["iou"] == pytest.approx(f1 / (2 - f1), abs=1e-12)
    assert row["ap"] == pytest.approx(average_precision_score(truth.ravel(), probability.ravel()), abs=1e-9)
    assert row["tp"] + row["fp"] + row["fn"] + row["tn"] == truth.size and not row["both_empty"]


def test_every_column_equals_its_own_function():
    predicted, truth, probability = picture()
    row = scores.line_scores(predicted, truth, 140.0, probability).whole()
    for tolerance in (1, 2, 3, 5, 8):
        hits = metrics.centreline_hits(predicted, truth, tolerance)
        found = [row[f"line_{name}_{tolerance}"] for name in ("precision", "recall", "f1")]
        assert found == [hits.precision, hits.recall, hits.f1]
    assert row["line_f1_face"] == metrics.centreline_f1(predicted, truth, 1.4)  # 1% of a face 140 px wide
    assert row["cldice"] == metrics.cldice(predicted, truth)
    assert row["nsd"] == metrics.surface_dice(predicted, truth, 2)
    assert row["hd95"] == metrics.hausdorff95(predicted, truth)
    assert [row[name] for name in scores.LINE_COUNTS] == list(metrics.centreline_hits(predicted, truth, 3))
    assert all(np.isnan(row[name]) for name in OF_CENTRES)
    # the picture is worth the comparison: no score is at its end
    assert all(0.05 < row[name] < 0.99 for name in ("iou", "cldice", "line_f1_1", "line_f1_8", "nsd", "ap"))


def test_sweeps_equal_counting_at_each_threshold():
    predicted, truth, probability = picture()
    row = scores.line_scores(predicted, truth, None, probability).whole()
    for sweep, score in zip(scores.SWEEPS, (metrics.f1, metrics.precision, metrics.recall), strict=True):
        assert row[sweep] == pytest.approx([score(probability >= t, truth) for t in THRESHOLDS], abs=1e-12)
        assert isinstance(row[sweep], list)


@settings(deadline=None, max_examples=50)
@given(st.data())
def test_sweeps_from_the_histogram_and_from_the_order_are_the_same(data):
    shape = data.draw(hnp.array_shapes(min_dims=2, max_dims=2, max_side=8))
    levels = st.sampled_from([*np.float32(THRESHOLDS), *np.nextafter(np.float32(THRESHOLDS), np.float32(0))])
    values = data.draw(st.sampled_from([st.floats(0, 1, width=32), levels, st.just(0.0)]))
    probability = data.draw(hnp.arrays(np.float32, shape, elements=values))
    truth = data.draw(hnp.arrays(bool, shape))
    counted, ranked = sweeps(probability, truth), ranked_sweeps(metrics.ranking(probability, truth))
    for one, other in zip(counted, ranked, strict=True):
        assert np.array_equal(one, other) and one.min() >= 0 and one.max() <= 1


def test_sweeps_of_empty_masks():
    zeros, ones = np.zeros((3, 4), np.float32), np.ones((3, 4), np.float32)
    nothing, everything = np.zeros((3, 4), bool), np.ones((3, 4), bool)
    for probability, truth, expected in (
        (zeros, nothing, 1),
        (zeros, everything, 0),
        (ones, nothing, 0),
        (ones, everything, 1),
    ):
        assert np.array_equal(np.stack(sweeps(probability, truth)), np.full((3, len(THRESHOLDS)), expected))


def test_without_a_map_or_a_face_their_scores_are_missing():
    predicted, truth, probability = picture()
    with_all = scores.line_scores(predicted, truth, 140.0, probability).whole()
    for face_width in (None, float("nan")):
        row = scores.line_scores(predicted, truth, face_width).whole()
        absent = {"ap", "line_f1_face", *scores.SWEEPS}
        assert all(row[name] is None for name in scores.SWEEPS)
        assert np.isnan(row["ap"]) and np.isnan(row["line_f1_face"])
        assert agree(
            {k: v for k, v in row.items() if k not in absent}, {k: v for k, v in with_all.items() if k not in absent}
        )


@pytest.mark.parametrize("mask", [EMPTY, ONE, FULL], ids=["empty", "one pixel", "full"])
def test_a_mask_against_itself_scores_1(mask):
    probability = mask.astype(np.float32)
    lines, pores = scores.line_scores(mask, mask, 30.0, probability), scores.pore_scores(mask, mask, None, probability)
    for row in (lines.whole(), pores.whole()):
        assert all(row[name] == 1 or np.isnan(row[name]) for name in SHARES)
        assert all(set(row[name]) == {1.0} for name in scores.SWEEPS)
        assert row["both_empty"] == (mask is EMPTY)
    assert lines.whole()["hd95"] == 0
    assert all(lines.whole()[name] == 1 for name in SHARES if name not in OF_CENTRES)
    assert all(pores.whole()[name] == 1 for name in SHARES if name not in OF_LINES)


@pytest.mark.parametrize("mask", [ONE, FULL], ids=["one pixel", "full"])
def test_an_empty_mask_against_another_scores_0(mask):
    for predicted, truth in ((EMPTY, mask), (mask, EMPTY)):
        lines = scores.line_scores(predicted, truth, 30.0, predicted.astype(np.float32)).whole()
        pores = scores.pore_scores(predicted, truth, None, predicted.astype(np.float32)).whole()
        assert lines["hd95"] == 50  # the diagonal of 30 x 40
        # a map of zeros ranks nothing: its average precision is the share of true pixels, as in scikit-learn
        by_chance = truth.mean()
        assert lines["ap"] == pores["ap"] == pytest.approx(by_chance)
        for row, absent in ((lines, OF_CENTRES), (pores, OF_LINES)):
            zero = [name for name in SHARES if name not in {*absent, "ap", "accuracy"}]
            assert [row[name] for name in zero] == [0] * len(zero)
            assert not any(any(row[name]) for name in scores.SWEEPS) and not row["both_empty"]
            assert row["accuracy"] == 1 - mask.mean()


def test_zones_of_the_whole_photo_say_the_same_and_parts_add_up():
    predicted, truth, probability = picture()
    pair = scores.line_scores(predicted, truth, 140.0, probability)
    whole, everywhere = pair.whole(), pair.within(np.ones_like(truth))
    assert all(np.isnan(everywhere[name]) for name in ONLY_WHOLE) and all(everywhere[n] is None for n in scores.SWEEPS)
    kept = [name for name in scores.COLUMNS if name not in {*ONLY_WHOLE, *scores.SWEEPS}]
    assert agree({name: whole[name] for name in kept}, {name: everywhere[name] for name in kept})
    left = np.zeros_like(truth)
    left[:, :100] = True
    one, other = pair.within(left), pair.within(~left)
    assert all(one[name] + other[name] == whole[name] for name in scores.COUNT_COLUMNS)
    micro = scores.pooled({name: one[name] + other[name] for name in scores.COUNT_COLUMNS})
    assert all(micro[name] == pytest.approx(whole[name], abs=1e-12) for name in micro)


def test_a_zone_counts_its_own_pixels_only():
    predicted, truth, _ = picture()
    zone = np.zeros_like(truth)
    zone[60:150, 40:120] = True
    row = scores.line_scores(predicted, truth, 140.0).within(zone)
    assert row["iou"] == metrics.iou(predicted[60:150, 40:120], truth[60:150, 40:120])
    assert row["accuracy"] == (predicted == truth)[zone].mean()
    assert row["line_pred_total"] == masks.skeleton(predicted)[zone].sum()
    nowhere = scores.line_scores(predicted, truth, 140.0).within(np.zeros_like(truth))
    assert nowhere["both_empty"] and nowhere["f1"] == nowhere["line_f1_3"] == nowhere["accuracy"] == 1


def test_the_border_of_a_zone_cuts_no_line():
    predicted, truth = np.zeros((2, 30, 60), bool)
    predicted[10, 10:30] = truth[12, 10:50] = True  # 2 px apart; the zone ends between them
    upper = np.zeros((30, 60), bool)
    upper[:11] = True
    pair = scores.line_scores(predicted, truth, 100.0)
    assert pair.within(upper)["line_f1_2"] == 1 and pair.within(upper)["line_f1_1"] == 0
    assert pair.within(~upper)["line_f1_2"] == 0.5  # half of the true line was found


def test_pores_count_where_their_centre_lies():
    predicted, truth, counted = dots()
    row = scores.pore_scores(predicted, truth, counted).whole()
    for name, mask in (("count_pred", predicted), ("count_true", truth)):
        labels, number = label(mask, np.ones((3, 3)))
        middle = [np.argwhere(labels == k).mean(axis=0) for k in range(1, number + 1)]
        assert row[name] == sum(counted[tuple(np.round(place).astype(int))] for place in middle)
    assert row["tp"] == (predicted & truth & counted).sum() and row["tn"] == (~predicted & ~truth & counted).sum()
    assert row["iou"] == metrics.iou(predicted[counted][None], truth[counted][None])
    assert all(np.isnan(row[name]) for name in OF_LINES)


def test_centres_of_pores_by_hand():
    """Two of four true pores are met within 4 px, by two of three predicted ones."""
    truth, predicted = np.zeros((2, 60, 80), bool)
    for x in (10, 30, 50, 70):
        truth[20:23, x : x + 3] = True
    predicted[23:26, 10:13] = predicted[20:23, 34:37] = predicted[40:43, 50:53] = True
    row = scores.pore_scores(predicted, truth).whole()
    assert (row["centre_precision"], row["centre_recall"]) == (2 / 3, 2 / 4)
    assert row["centre_f1"] == pytest.approx(2 * 2 / 7)
    assert (row["count_pred"], row["count_true"], row["tp"]) == (3, 4, 0)


def test_the_border_of_a_zone_parts_no_pair_of_centres():
    truth, predicted = np.zeros((2, 60, 80), bool)
    truth[20:23, 30:33], predicted[20:23, 33:36] = True, True  # centres at 31 and 34
    left = np.zeros((60, 80), bool)
    left[:, :33] = True
    pair = scores.pore_scores(predicted, truth)
    row, other = pair.within(left), pair.within(~left)
    assert (row["count_pred"], row["count_true"], row["centre_f1"]) == (0, 1, 1)
    assert (other["count_pred"], other["count_true"], other["centre_f1"]) == (1, 0, 1)
    alone = scores.pore_scores(predicted, truth, left).whole()  # what does not count is no partner
    assert (alone["count_pred"], alone["centre_f1"]) == (0, 0)


def test_average_precision_of_pores_is_that_of_the_pixels_that_count():
    predicted, truth, counted = dots()
    noise = np.random.default_rng(0).random(truth.shape)
    probability = np.clip(0.5 * predicted + 0.5 * noise, 0, 1).astype(np.float32)
    row = scores.pore_scores(predicted, truth, counted, probability).whole()
    assert row["ap"] == pytest.approx(average_precision_score(truth[counted], probability[counted]), abs=1e-9)
    expected = [metrics.f1((probability >= t)[counted][None], truth[counted][None]) for t in THRESHOLDS]
    assert row["f1_sweep"] == pytest.approx(expected, abs=1e-12)


def test_pooling_is_scoring_all_photos_as_one():
    pairs = [picture(seed)[:2] for seed in range(4)] + [(np.zeros((240, 200), bool),) * 2]
    rows = pd.DataFrame([scores.line_scores(*pair, 140.0).whole() for pair in pairs])
    micro = scores.pooled(rows[list(scores.COUNT_COLUMNS)].sum())
    predicted, truth = (np.hstack(side) for side in zip(*pairs, strict=True))
    for name, score in (("iou", metrics.iou), ("f1", metrics.f1), ("accuracy", metrics.pixel_accuracy)):
        assert micro[name] == pytest.approx(score(predicted, truth), abs=1e-12)
    assert micro["f1"] != pytest.approx(rows["f1"].mean(), abs=1e-3)  # macro is something else
    hits = sum((metrics.centreline_hits(*pair, 3) for pair in pairs[1:]), metrics.centreline_hits(*pairs[0], 3))
    assert micro["line_f1_3"] == pytest.approx(hits.f1, abs=1e-12)


def test_pooled_scores_are_known_only_where_every_count_is():
    known = {"tp": 5.0, "fp": 5.0, "fn": 0.0, "tn": 90.0}
    assert scores.pooled(known)["precision"] == 0.5
    for name in known:
        assert np.isnan([*scores.pooled(known | {name: np.nan}).values()]).all()
    found = scores.pooled({name: np.array([value, np.nan]) for name, value in known.items()})["iou"]
    assert found[0] == 0.5 and np.isnan(found[1])


COUNTS = st.integers(0, 50)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(*[COUNTS] * 4, *[st.tuples(COUNTS, COUNTS)] * 2), min_size=1, max_size=5))
def test_pooled_arrays_equal_counts_and_hits_one_by_one(drawn):
    photos = [(*pixels, min(a), max(a), min(b), max(b)) for *pixels, a, b in drawn]
    sums = dict(zip(scores.COUNT_COLUMNS, np.array(photos).T, strict=True))
    found = scores.pooled(sums)
    assert all(values.shape == (len(photos),) for values in found.values())
    for k, photo in enumerate(photos):
        counts, hits = metrics.Counts(*photo[:4]), metrics.Hits(*photo[4:])
        own = [metrics.iou(counts), metrics.f1(counts), metrics.precision(counts), metrics.recall(counts)]
        own += [metrics.pixel_accuracy(counts), hits.precision, hits.recall, hits.f1]
        assert [values[k] for values in found.values()] == pytest.approx(own, abs=1e-12)
    assert list(scores.pooled({name: sums[name] for name in scores.PIXEL_COUNTS})) == list(found)[:5]


@settings(deadline=None, max_examples=30)
@given(st.data())
def test_no_score_of_any_masks_is_nan_or_out_of_bounds(data):
    shape = data.draw(hnp.array_shapes(min_dims=2, max_dims=2, max_side=9))
    predicted, truth, zone = (data.draw(hnp.arrays(bool, shape)) for _ in range(3))
    lines = scores.line_scores(predicted, truth, 200.0, predicted.astype(np.float32))
    pores = scores.pore_scores(predicted, truth, zone, predicted.astype(np.float32))
    for row, absent in (
        (lines.whole(), OF_CENTRES),
        (pores.whole(), OF_LINES),
        (lines.within(zone), [*OF_CENTRES, *ONLY_WHOLE]),
        (pores.within(zone), [*OF_LINES, *ONLY_WHOLE]),
    ):
        assert all(0 <= row[name] <= 1 for name in SHARES if name not in absent)
    assert 0 <= lines.whole()["hd95"] <= np.hypot(*shape)


def test_bad_arrays_are_refused():
    with pytest.raises(ValueError, match="one size"):
        scores.line_scores(EMPTY, EMPTY.T, 30.0)
    with pytest.raises(ValueError, match="bool mask"):
        scores.line_scores(EMPTY, EMPTY.astype(np.uint8), 30.0)
    with pytest.raises(ValueError, match="float32 probability map"):
        scores.line_scores(EMPTY, EMPTY, 30.0, np.zeros((2, 2), np.float32))
    with pytest.raises(ValueError, match="zone .* one size"):
        scores.pore_scores(EMPTY, EMPTY, EMPTY.T)
    with pytest.raises(ValueError, match="zone .* one size"):
        scores.line_scores(EMPTY, EMPTY, 30.0).within(EMPTY.T)


def test_two_people_on_real_photos(data_dir):
    """Known of these four pairs: IoU .15 to .18, centreline F1 within 3 px .51 to .66."""
    every = {sample.name: sample for sample in samples.wrinkle_samples(data_dir)}
    twice = [(sample, every[sample.same_photo_as]) for sample in every.values() if sample.same_photo_as in every]
    rows = []
    for one, other in twice:
        pair = [samples.at_width(sample.load()[1], 500) for sample in (other, one)]
        rows.append(scores.line_scores(*pair, 300.0).whole())
    table = pd.DataFrame(rows)
    assert len(table) == 4
    assert table["iou"].between(0.1, 0.25).all() and table["line_f1_3"].between(0.4, 0.75).all()
    assert (table["line_f1_1"] < table["line_f1_3"]).all() and (table["line_f1_3"] < table["line_f1_8"]).all()
    assert table["hd95"].between(5, 200).all() and table["nsd"].between(0.3, 0.8).all()
