"""What the dashboard counts and draws of opened results: figures, lists and the leaderboard."""

import made_results
import pandas as pd
from made_dashboard import CHOICE

from eval.dashboard import board, opened, view, words
from eval.dashboard.view import Choice
from eval.figures.style import Style
from wrinkleseg import methods

pytest_plugins = ("made_dashboard",)


def test_annotators_are_never_mixed(there):
    contests = view.contests(there)
    assert list(contests) == [("wrinkle", "A"), ("wrinkle", "B"), ("pore", "pores")] and contests["wrinkle", "A"] == 12
    points = [one for one in view.drawn(there, CHOICE)["points"].data if one.meta]
    assert {one.meta["annotator"] for one in points} == {"A"} and {len(one.x) for one in points} == {12, 4}


def test_filters_keep_colours_and_ceiling(there):
    every, few = view.drawn(there, CHOICE), view.drawn(there, Choice("wrinkle", "A", "f1", ("classical",), "Gab"))
    assert [one.meta["method"] for one in few["points"].data if one.meta] == ["gabor"]
    assert few["intervals"].layout.shapes[0].x0 == every["intervals"].layout.shapes[0].x0
    colour = {one.meta["method"]: one.marker.color for one in every["points"].data if one.meta}
    assert few["points"].data[1].marker.color == colour["gabor"]


def test_figures_without_data_are_left_away(there):
    drawn = view.drawn(there, Choice("pore", "pores", "centre_f1"))
    assert [name for name, figure in drawn.items() if figure is None] == ["tolerance", "ablation", "papers"]
    assert view.traits(there, Choice("pore", "pores", "centre_f1")) == {}
    nothing = view.drawn(there, Choice("wrinkle", "A", "f1", (), ""))
    assert {name for name, figure in nothing.items() if figure is not None} <= {"papers", "tolerance"}


def test_an_ablation_in_the_folder_is_drawn(tmp_path):
    results, _ = made_results.folder(tmp_path)
    (results / "ablation" / "losses").mkdir(parents=True)
    rows = pd.DataFrame({"variant": ["dice", "dice", "bce"], "seed": [1, 2, 1], "f1": [0.4, 0.6, 0.3]})
    rows.assign(task="wrinkle", annotator="A").to_csv(results / "ablation" / "losses" / "rows.csv")
    figure = view.drawn(opened.load(results, None), CHOICE)["ablation"]
    assert [text.replace("<br>", " ") for text in figure.layout.yaxis.ticktext] == ["bce", "dice", "<b>Losses</b>"]


def test_an_ablation_of_pores_is_drawn_by_their_centres(tmp_path):
    """Its rows.csv has the F1 of centres in line_f1."""
    results, _ = made_results.folder(tmp_path)
    (results / "ablation" / "networks").mkdir(parents=True)
    rows = pd.DataFrame({"variant": ["a", "a"], "seed": [1, 2], "line_f1": [0.4, 0.6]})
    rows.assign(task="pore", annotator="pores").to_csv(results / "ablation" / "networks" / "rows.csv")
    figure = view.drawn(opened.load(results, None), Choice("pore", "pores", "centre_f1"))["ablation"]
    assert figure.data[0].x[0] == 0.5


def test_zones_have_no_ceiling_of_the_whole_photo(there):
    assert view.grouped(there, CHOICE, "zone").layout.shapes == ()


def test_the_worst_photos_come_first(there):
    worst = view.worst(there, CHOICE, "unetpp")
    part = there.rows[
        (there.rows["method"] == "unetpp") & (there.rows["annotator"] == "A") & (there.rows["zone"] == "whole")
    ]
    assert worst["f1"].tolist() == sorted(part["f1"])[: view.WORST]
    assert f'data-choice="{worst["photo"].iloc[0]}"' in board.worst(worst, "f1")


def test_the_leaderboard_shows_interval_and_kind_and_escapes_names(there):
    ranking = view.board(there, CHOICE)
    ranking.loc[0, "method"] = "<img src=x>"
    look = view.look(there) | {"<img src=x>": Style("#000000", "circle", "solid")}
    html = board.table(ranking, "f1", look, True)
    assert "<img" not in html and "&lt;img" in html
    row = ranking.iloc[0]
    assert f"<b>{row['f1']:.3f}</b><small>{row['f1_low']:.2f} – {row['f1_high']:.2f}</small>" in html
    assert html.count('data-value=""') > 0 and "nan" not in html
    assert words.NOTHING_LEFT in board.table(ranking.iloc[:0], "f1", look, True)


def test_the_leaderboard_says_methods_titles_and_why_nothing_is_ranked(there):
    ranking, look = view.board(there, CHOICE), view.look(there)
    html = board.table(ranking, "f1", look, view.ranked(there, CHOICE))
    titles = {info.name: info.title for info in methods.known()}
    assert f"unetpp<small>{titles['unetpp']}</small>" in html and f"frangi<small>{titles['frangi']}</small>" in html
    assert words.FEW not in html and words.FEW in board.table(ranking, "f1", look, ranked=False)


def test_what_is_hidden_does_not_make_photos_too_few(there):
    """Of rows for comparison alone none is ranked, but not because of the photos."""
    choice = Choice("wrinkle", "A", "f1", ("reference",))
    html = board.table(view.board(there, choice), "f1", view.look(there), view.ranked(there, choice))
    assert words.FEW not in html and view.board(there, choice)["rank"].isna().all()
    assert not view.ranked(there, Choice("wrinkle", "B", "f1"))
