"""Figures by what they show: places, colours and lines worked out by hand from small tables."""

import itertools

import made_results
import numpy as np
import pandas as pd
import pytest
from skimage.color import deltaE_ciede2000
from test_draw import EYES, seen

from eval import curves, figures, gallery, groups, tables
from eval.figures.style import GREY, Ceiling, Style, styles
from eval.samples import stripes
from eval.scores import TOLERANCES
from eval.thresholds import THRESHOLDS
from wrinkleseg import images
from wrinkleseg.draw import OKABE_ITO


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return made_results.rows(photos=12)


@pytest.fixture(scope="module")
def whole(rows) -> pd.DataFrame:
    return tables.whole(rows, "wrinkle", "A")


@pytest.fixture(scope="module")
def board(rows) -> pd.DataFrame:
    return tables.leaderboard(rows, "wrinkle", "A")


@pytest.fixture(scope="module")
def look(rows) -> dict[str, Style]:
    return styles(rows.drop_duplicates("method").set_index("method")["kind"].to_dict())


def trace(figure, name: str):
    return next(one for one in figure.data if one.name == name)


def test_styles_are_all_different_and_stay_when_a_method_is_not_shown():
    kinds = {f"method {i:02d}": "learned" for i in range(20)} | {"all background": "reference"}
    look = styles(kinds)
    assert len(set(look.values())) == 21
    assert styles(dict(reversed(kinds.items()))) == look
    assert look["all background"].colour not in {look[f"method {i:02d}"].colour for i in range(20)}


def test_the_colours_of_the_first_methods_are_told_apart_by_every_kind_of_eyes():
    look = styles(dict.fromkeys("abcdef", "learned"))
    colours = [tuple(int(style.colour[i : i + 2], 16) for i in (1, 3, 5)) for style in look.values()]
    assert set(colours) <= set(OKABE_ITO.values())
    for eyes, (a, b) in itertools.product(EYES, itertools.combinations(colours, 2)):
        assert deltaE_ciede2000(seen(a, eyes), seen(b, eyes)) > 8  # their marks and dashes do the rest


def test_bars_are_the_means_with_their_intervals_and_the_best_is_on_top(board, look):
    figure = figures.intervals(board, "f1", look, ceiling=Ceiling(0.3, 2))
    bar, line = figure.data[0], figure.layout.shapes[0]
    best = board.loc[board["f1"].idxmax()]
    assert bar.x[-1] == best["f1"] and figure.layout.yaxis.ticktext[-1] == best["method"]
    assert bar.error_x.array[-1] == pytest.approx(best["f1_high"] - best["f1"])
    assert bar.error_x.arrayminus[-1] == pytest.approx(best["f1"] - best["f1_low"])
    assert bar.marker.color[-1] == look[best["method"]].colour
    assert line.x0 == line.x1 == 0.3 and "second person 0.30 (2 photos)" in figure.layout.annotations[0].text


def test_an_interval_that_is_not_known_is_no_whisker(board, look):
    bar = figures.intervals(board[board["method"] == "second person"], "f1", look).data[0]
    assert len(bar.x) == 1 and list(bar.error_x.array) == [0] and list(bar.error_x.arrayminus) == [0]
    assert bar.customdata[0] == ", 4 photos" and bar.hovertemplate.startswith("%{x:.3f}%{customdata}<")
    row = board[board["method"] == "unetpp"]
    between = f" ({row['f1_low'].iloc[0]:.3f} to {row['f1_high'].iloc[0]:.3f}), 12 photos"
    assert list(figures.intervals(row, "f1", look).data[0].customdata) == [between]


def test_every_photo_is_a_point_that_says_which_it_is(whole, look):
    figure = figures.distributions(whole, "f1", look, ceiling=None)
    points = [one for one in figure.data if one.type == "scatter"]
    assert sum(len(one.x) for one in points) == whole["f1"].notna().sum()
    mine = next(one for one in points if one.meta["method"] == "unetpp")
    assert mine.meta == {"method": "unetpp", "annotator": "A", "task": "wrinkle"}
    found = whole[(whole["method"] == "unetpp") & (whole["photo"] == mine.customdata[3])]["f1"].item()
    assert mine.x[3] == found and mine.marker.color == look["unetpp"].colour


def test_the_box_holds_the_middle_half_and_points_stay_in_their_row(whole, look):
    one = whole[whole["method"] == "frangi"]
    figure = figures.distributions(one, "f1", look)
    box, points = figure.data
    assert [box.q1[0], box.median[0], box.q3[0]] == pytest.approx(one["f1"].quantile([0.25, 0.5, 0.75]).tolist())
    assert np.abs(np.array(points.y)).max() < 0.3 and len(set(points.y)) == len(one)


def test_many_points_are_drawn_by_the_graphics_card(look):
    one = pd.DataFrame({"method": "gabor", "photo": [f"{i}" for i in range(5000)], "annotator": "A", "task": "wrinkle"})
    figure = figures.distributions(one.assign(f1=0.5), "f1", look)
    assert [trace.type for trace in figure.data] == ["box", "scattergl"] and len(figure.data[1].x) == 5000


def test_curves_are_means_over_photos_and_the_used_threshold_is_marked(whole, look):
    means = curves.sweep_means(whole)
    sweeps = np.array(whole.loc[whole["method"] == "gabor", "recall_sweep"].tolist())
    figure = figures.precision_recall(means, look, ceiling=Ceiling(0.25, 1))
    curve, mark = [one for one in figure.data if one.name == "gabor"]
    assert np.allclose(curve.x, sweeps.mean(axis=0))
    assert mark.x[0] == pytest.approx(whole.loc[whole["method"] == "gabor", "recall"].mean())
    person = trace(figure, "as good as a second person (1 photo)")
    p, r = np.array(person.y[1:]), np.array(person.x[1:])
    assert np.allclose(2 * p * r / (p + r), 0.25) and p.max() <= 1.01


def test_a_mask_without_probabilities_is_a_point_and_no_curve(whole, look):
    figure = figures.precision_recall(curves.sweep_means(whole), look)
    assert [one.mode for one in figure.data if one.name == "truth moved by 2 px"] == ["markers"]
    drawn = figures.threshold_curves(curves.sweep_means(whole), look, Ceiling(0.25, 1))
    assert {one.name for one in drawn.data if one.name} == {"unetpp", "wrinkle-pore", "frangi", "gabor"}
    assert drawn.layout.shapes[0].y0 == 0.25 and drawn.layout.shapes[0].name == "second person 0.25 (1 photo)"


def test_the_threshold_in_use_is_marked_at_the_f1_of_every_other_figure(whole, look, board):
    means = curves.sweep_means(whole[whole["method"] == "unetpp"])
    curve, mark = figures.threshold_curves(means.assign(f1=0.123), look).data
    assert mark.x[0] == 0.5 and mark.y[0] == 0.123 and len(curve.y) == len(THRESHOLDS)
    assert means["f1"][0] == pytest.approx(board.set_index("method")["f1"]["unetpp"])


def test_a_list_with_a_missing_value_is_a_curve_with_a_gap():
    rows = pd.DataFrame({"method": "m", "threshold": 0.5, "f1": 0.5, "precision": 0.5, "recall": 0.5}, index=[0, 1])
    for name in ("f1_sweep", "precision_sweep", "recall_sweep"):
        rows[name] = [np.array([0.25, None, 0.5], object), np.array([0.75, 0.5, 1.0])]
    assert curves.sweep_means(rows)["f1_curve"][0] == pytest.approx([0.5, np.nan, 0.75], nan_ok=True)


def test_tolerance_rises_and_holds_the_second_person(whole, look):
    columns = [f"line_f1_{t}" for t in TOLERANCES]
    means = whole.groupby("method")[columns].mean().reset_index()
    figure = figures.tolerance_curves(means, look)
    person = trace(figure, "second person")
    assert list(person.x) == [1, 2, 3, 5, 8] and list(person.y) == sorted(person.y)
    assert person.line.dash == "dash"


def test_a_bubble_grows_with_the_parameters_and_a_filter_is_the_smallest(board, look):
    figure = figures.speed(board, "f1", look, Ceiling(0.25, 1))
    size = {one.name: one.marker.size for one in figure.data}
    assert size["unetpp"] > size["wrinkle-pore"] > size["frangi"] == size["gabor"]
    assert set(size) == {"unetpp", "wrinkle-pore", "frangi", "gabor"} and figure.layout.xaxis.type == "log"


def test_groups_stand_in_their_order_with_a_mark_for_each_method(rows, look):
    table = groups.by_group(rows[(rows["task"] == "wrinkle") & (rows["annotator"] == "A")], groups.ZONE)
    figure = figures.groups(table[~table["hidden"]], "f1", look, Ceiling(0.25, 1))
    first = table["group"].iloc[0]
    assert figure.layout.yaxis.ticktext[-1].startswith(first[:6])
    mark = trace(figure, "unetpp")
    expected = table[(table["method"] == "unetpp") & (table["group"] == first)]["mean"].item()
    assert mark.x[0] == expected and mark.marker.symbol == look["unetpp"].symbol


def test_a_variant_is_the_mean_of_its_trainings_with_their_spread():
    rows = pd.DataFrame(
        {"variant": ["dice"] * 4 + ["bce"] * 2, "seed": [1, 1, 2, 2, 1, 1], "f1": [0.4, 0.6, 0.6, 0.8, 0.2, 0.4]}
    ).assign(family="Losses")
    other = rows[rows["variant"] == "bce"].assign(family="Networks", f1=[0.0, 0.02], seed=[1, 2])
    figure = figures.ablation(pd.concat([rows, other]), "f1", ceiling=Ceiling(0.3, 2))
    bars = [one for one in figure.data if one.type == "bar"]
    assert [bar.x[0] for bar in bars] == pytest.approx([0.01, 0.3, 0.6])  # the first variant is on top
    assert bars[2].error_x.array[0] == pytest.approx(np.std([0.5, 0.7], ddof=1)) and bars[1].error_x.array[0] == 0
    assert bars[0].error_x.array[0] > bars[0].error_x.arrayminus[0] == bars[0].x[0], "no whisker below 0"
    assert list(figure.layout.yaxis.ticktext) == ["bce", "<b>Networks</b>", "bce", "dice", "<b>Losses</b>"]
    assert [bar.y[0] for bar in bars] == [0, 2, 3]
    assert all(one.hovertemplate for one in figure.data)


@pytest.mark.parametrize("count", [None, np.nan, -5, np.inf])
def test_a_method_of_unknown_size_is_drawn_all_the_same(board, look, count):
    figure = figures.speed(board.assign(parameters=count), "f1", look)
    assert len(figure.data) == 4 and {one.marker.size for one in figure.data} == {10}
    assert all("parameters not known" in one.hovertemplate for one in figure.data)
    assert len(figures.speed(board.drop(columns="parameters"), "f1", look).data) == 4


def test_published_figures_have_room_for_the_second_person():
    figure = figures.published({"U-Net": 0.2}, "iou", None, Ceiling(0.8, 2), {})
    assert figure.layout.xaxis.range[1] > 0.8


def test_published_figures_are_dotted_lines_that_say_so():
    look = styles({"frangi": "classical", "ours": "learned"})
    figure = figures.published({"U-Net": 0.2, "UNet++": 0.43}, "iou", ("ours", 0.5), Ceiling(0.17, 2), look)
    assert [one.x[1] for one in figure.data] == [0.2, 0.43]
    assert all(one.line.dash == "dot" and "published, other data" in one.hovertemplate for one in figure.data)
    assert "published, other data" in figure.layout.xaxis.title.text
    assert {shape.x0: shape.line.color for shape in figure.layout.shapes} == {
        0.5: look["ours"].colour,
        0.17: GREY,
    }
    named = {shape.name for shape in figure.layout.shapes if shape.showlegend}
    assert named == {"ours, here 0.50", "second person 0.17 (2 photos)"}, (
        "in the legend: beside a line stand papers' names"
    )
    assert figure.layout.showlegend and not any(one.showlegend for one in figure.data)


def test_a_name_is_text_and_neither_a_tag_nor_a_place_to_fill_in(whole, board, rows):
    evil = '<a href="http://x">&lt;%{x}'
    names = {"method": {"unetpp": evil}}
    look = styles(dict.fromkeys([*rows["method"].unique(), evil], "learned"))
    whole, board = whole.replace(names).assign(photo="<b>0"), board.replace(names)
    means = curves.sweep_means(whole)
    drawn = [figures.intervals(board, "f1", look), figures.distributions(whole, "f1", look)]
    drawn += [figures.precision_recall(means, look), figures.threshold_curves(means, look)]
    drawn += [figures.speed(board, "f1", look), figures.published({"U-Net": 0.2}, "iou", (evil, 0.5), None, look)]
    for figure in drawn:
        texts = [text for one in figure.data for text in (one.name, one.hovertemplate, *(one.text or ())) if text]
        texts += [*(figure.layout.yaxis.ticktext or ()), *(each.text for each in figure.layout.annotations)]
        texts += [each.name for each in figure.layout.shapes if each.name]
        assert not any("<a" in text or "<b>" in text for text in texts)
        assert not any("lt;%{x}" in text for text in texts)
        assert any("&lt;a" in text and "&amp;lt;" in text.replace("<br>", "") for text in texts)


def test_no_figure_asks_for_anything_from_outside(board, whole, look):
    drawn = [figures.intervals(board, "f1", look, Ceiling(0.2, 2)), figures.distributions(whole, "f1", look)]
    assert not any("http" in figure.to_json() for figure in drawn)


def test_the_ceiling_is_the_mean_of_the_second_person(whole, board):
    person = whole[whole["method"] == "second person"]["f1"]
    assert len(person) == made_results.SHARED
    for table in (whole, board):
        ceiling = curves.ceiling_of(table, "f1")
        assert ceiling.score == pytest.approx(person.mean()) and ceiling.photos == made_results.SHARED
    assert curves.ceiling_of(whole[whole["method"] == "gabor"], "f1") is None


def test_found_wrong_and_missed_pixels_have_their_colours_on_grey():
    rgb = np.full((4, 4, 3), 100, np.uint8)
    truth, predicted = np.zeros((2, 4, 4), bool)
    truth[0, :2] = predicted[0, 1:3] = True
    drawn = gallery.verdict(rgb, truth, predicted, opacity=1)
    missed, found, wrong, rest = drawn[0]
    assert tuple(missed) == gallery.COLOURS["missed"] and tuple(found) == gallery.COLOURS["found"]
    assert tuple(wrong) == gallery.COLOURS["wrong"] and tuple(rest) == (80, 80, 80)
    assert (rgb == 100).all() and (drawn[1:] == 80).all()


def test_where_the_truth_does_not_count_nothing_is_painted_and_the_photo_fades():
    rgb = np.arange(48, dtype=np.uint8).reshape(4, 4, 3) * 5
    truth, predicted, counted = np.ones((3, 4, 4), bool)
    predicted[:, 1], counted[2:] = False, False
    drawn = gallery.verdict(rgb, truth, predicted, opacity=1, counted=counted)
    assert (drawn[:2, 1] == gallery.COLOURS["missed"]).all() and (drawn[:2, 0] == gallery.COLOURS["found"]).all()
    faded = drawn[2:].astype(int)
    assert (faded.max(axis=2) == faded.min(axis=2)).all() and np.ptp(faded) < 0.3 * np.ptp(rgb[2:])


def test_a_zone_and_stripes_say_where_the_picture_counts(tmp_path):
    zone = np.zeros((1000, 400), np.uint8)
    zone[:, :200] = 255
    everything = np.full_like(zone, 255)
    for name, array in {"photo": np.zeros((1000, 400, 3), np.uint8), "zone": zone, "all": everything}.items():
        images.save_png(tmp_path / f"{name}.png", array)
    places = [tmp_path], "photo.png", "all.png", tmp_path / "all.png", tmp_path
    found = (gallery.picture(gallery.Files.of(*places, "zone.png", "test")) > 200).all(axis=2)
    expected = (stripes(1000) == 2)[:, None] & (zone > 0)
    assert (found == expected).all() and 0 < expected.mean() < 0.25
    assert (gallery.picture(gallery.Files.of(*places)) > 200).all()
    images.save_png(tmp_path / "zone.png", zone[:500])
    with pytest.raises(gallery.NoPicture, match="not of one size"):
        gallery.picture(gallery.Files.of(*places, "zone.png", "test"))


def test_the_three_colours_are_told_apart_by_every_kind_of_eyes_and_from_the_grey_photo():
    for eyes in EYES:
        for a, b in itertools.combinations(gallery.COLOURS.values(), 2):
            assert deltaE_ciede2000(seen(a, eyes), seen(b, eyes)) > 35
        for colour, level in itertools.product(gallery.COLOURS.values(), range(30, 205, 10)):
            assert deltaE_ciede2000(seen(colour, eyes), seen((level,) * 3, eyes)) > 12


def test_a_picture_is_read_enlarged_and_painted(tmp_path):
    rgb, mask = np.full((40, 80, 3), 200, np.uint8), np.zeros((40, 80), np.uint8)
    mask[10:14, 10:60] = 255
    for name, array in {"photo": rgb, "truth": mask, "predicted": np.roll(mask, 20, axis=0)}.items():
        images.save_png(tmp_path / f"{name}.png", array)
    files = gallery.Files.of([tmp_path], "photo.png", "truth.png", tmp_path / "predicted.png", tmp_path)
    drawn = gallery.picture(files)
    assert drawn.shape == (400, 800, 3)
    assert drawn[120, 300, 2] > drawn[120, 300, 0] and drawn[320, 300, 0] > drawn[320, 300, 2]  # blue missed, red wrong
    assert (drawn[200] == 160).all()


@pytest.mark.parametrize(
    "name", ["../secret.png", "/etc/hostname", "", "a\0b", "absent.png", "x" * 5000, "a/" * 3000, "\ud800"]
)
def test_no_path_in_results_leads_out_of_the_data_folder(tmp_path, name):
    (tmp_path / "data").mkdir()
    images.save_png(tmp_path / "secret.png", np.zeros((4, 4), np.uint8))
    with pytest.raises(gallery.NoPicture, match="not in the data folder"):
        gallery.Files.of([tmp_path / "data"], name, name, tmp_path / "secret.png", tmp_path)
    with pytest.raises(gallery.NoPicture, match="not on this computer"):
        gallery.Files.of([], name, name, tmp_path / "secret.png", tmp_path)


def test_a_mask_that_is_a_link_out_of_its_results_folder_is_refused(tmp_path):
    results = tmp_path / "results"
    results.mkdir()
    for path in (tmp_path / "photo.png", tmp_path / "secret.png", results / "mask.png"):
        images.save_png(path, np.zeros((64, 64), np.uint8))
    (results / "link.png").symlink_to(tmp_path / "secret.png")
    (results / "ring.png").symlink_to(results / "ring.png")
    with pytest.raises(gallery.NoPicture, match="outside its results folder"):
        gallery.Files.of([tmp_path], "photo.png", "photo.png", results / "link.png", results)
    files = gallery.Files.of([tmp_path], "photo.png", "photo.png", results / "mask.png", results)
    assert files.predicted == (results / "mask.png").resolve()
    with pytest.raises(gallery.NoPicture):
        gallery.picture(gallery.Files.of([tmp_path], "photo.png", "photo.png", results / "ring.png", results))


def test_why_there_is_no_picture_is_said_plainly(tmp_path):
    images.save_png(tmp_path / "photo.png", np.zeros((64, 64, 3), np.uint8))
    images.save_png(tmp_path / "truth.png", np.zeros((64, 64), np.uint8))
    (tmp_path / "text.png").write_text("no picture")
    images.save_png(tmp_path / "other.png", np.zeros((40, 64), np.uint8))
    for name, said in {
        "absent.png": "--keep-masks",
        "text.png": "cannot be opened",
        "other.png": "not of one size",
    }.items():
        files = gallery.Files.of([tmp_path], "photo.png", "truth.png", tmp_path / name, tmp_path)
        with pytest.raises(gallery.NoPicture, match=said):
            gallery.picture(files)
    with pytest.raises(ValueError, match="one size"):
        gallery.verdict(np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4), bool), np.zeros((5, 4), bool))
