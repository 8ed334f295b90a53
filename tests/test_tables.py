"""Leaderboard, paired tests, tables of the papers and the written report, from made tables with known answers."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser

import made_rows
import numpy as np
import pandas as pd
import pytest

from eval import published, report, results, row_files, statistics, tables
from eval.samples import DataError
from eval.sections import COLUMNS, Section, sections
from eval.shown import shown


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """Three methods on 20 photos of A and 5 of B, honest rows, a second person on 2, one photo with pores, one error."""
    background = made_rows.table({"all background": [0.0] * 20}, kind="reference")
    second = made_rows.table({"second person": [0.3, 0.28]}, kind="reference", seconds=np.nan)
    zone = made_rows.three_methods(20, zone="chin")
    pores = made_rows.table(
        {"poor": [0.5], "dots": [0.4]}, task="pore", annotator="pores", centre_f1=0.7, true_width=np.nan
    )
    pores = pores.assign(cldice=np.nan, **dict.fromkeys([c for c in pores if c.startswith("line_")], np.nan))
    error = pd.DataFrame([made_rows.failed("good", "p99", "no face | was <b>found</b>")])
    parts = [
        made_rows.three_methods(),
        made_rows.three_methods(5, annotator="B"),
        background,
        second,
        zone,
        pores,
        error,
    ]
    return pd.concat(parts, ignore_index=True).assign(f1_sweep=None)


@pytest.fixture(scope="module")
def found(rows) -> list[Section]:
    return sections(rows)


def test_leaderboard_has_means_intervals_and_honest_rows_last(rows):
    board = tables.leaderboard(rows, "wrinkle", "A")
    assert list(board["method"][2:]) == ["poor", "second person", "all background"]
    assert list(board["kind"][3:]) == ["reference"] * 2
    line = board.set_index("method").loc["poor"]
    own = tables.whole(rows, "wrinkle", "A").query("method == 'poor'")
    assert line["iou"] == pytest.approx(own["iou"].mean())
    assert (line["f1"], line["f1_low"], line["f1_high"]) == pytest.approx(tuple(statistics.intervals(own["f1"])[0]))
    assert (line["photos"], line["failed"], line["parameters"], line["seconds"]) == (20, 0, 4_320_000, 1.0)
    assert np.isnan(line["centre_f1"])


def test_methods_that_cannot_be_told_apart_share_a_rank(rows):
    ranks = tables.leaderboard(rows, "wrinkle", "A").set_index("method")["rank"]
    assert (ranks["good"], ranks["twin"], ranks["poor"]) == (1, 1, 3)
    assert ranks[["second person", "all background"]].isna().all()


def test_pairs_are_tested_on_the_photos_in_common(rows):
    table = tables.pairs(rows, "wrinkle", "A").set_index(["better", "worse"])
    line = table.loc[("good", "poor")]
    wide = tables.whole(rows, "wrinkle", "A").pivot(index="photo", columns="method", values="f1")
    gap = (wide["good"] - wide["poor"]).dropna()
    assert line["photos"] == len(gap) == 20
    assert line["difference"] == pytest.approx(gap.mean())
    assert line["p"] == pytest.approx(statistics.sign_flip(gap.to_numpy())[0])
    assert line["holm"] == pytest.approx(3 * line["p"]) and line["told_apart"]
    twins = table.reset_index().query("better != 'poor' and worse != 'poor'").iloc[0]
    assert not twins["told_apart"] and twins["low"] < 0 < twins["high"]
    assert (table["difference"] >= 0).all()


def test_a_method_that_is_ahead_either_way_round_is_the_better_one():
    for names in (("a", "b"), ("b", "a")):
        scores = dict(zip(names, ([0.1 + 0.01 * i for i in range(8)], [0.3 + 0.02 * i for i in range(8)]), strict=True))
        line = tables.pairs(made_rows.table(scores), "wrinkle", "A").iloc[0]
        assert (line["better"], line["worse"]) == (names[1], names[0])
        assert line["difference"] == pytest.approx(0.235)
        assert 0 < line["low"] < 0.235 < line["high"]
        assert line["p"] == pytest.approx(2 / 2**8)


def test_five_photos_give_no_test_and_no_rank_and_say_why(rows):
    table = tables.pairs(rows, "wrinkle", "B")
    assert table[["p", "holm", "low", "high"]].isna().all(axis=None)
    assert set(table["note"]) == {"fewer than 6 photos in common: no test"}
    assert tables.leaderboard(rows, "wrinkle", "B")["rank"].isna().all()


def test_annotators_are_never_mixed(rows):
    alone = rows[rows["annotator"] == "A"]
    pd.testing.assert_frame_equal(tables.leaderboard(rows, "wrinkle", "A"), tables.leaderboard(alone, "wrinkle", "A"))
    assert set(tables.leaderboard(rows, "wrinkle", "B")["photos"]) == {5}
    with pytest.raises(DataError, match="'C'.*wrinkle by A; wrinkle by B; pore by pores"):
        tables.leaderboard(rows, "wrinkle", "C")


def test_micro_is_from_pooled_counts_by_hand():
    # 1 of 10 and 90 of 100 pixels: macro F1 (0.1 + 0.9) / 2, micro 2 x 91 / (2 x 91 + 19 + 19).
    small = made_rows.row("m", "p0", 0.1) | {"tp": 1, "fp": 9, "fn": 9, "tn": 0}
    large = made_rows.row("m", "p1", 0.9) | {"tp": 90, "fp": 10, "fn": 10, "tn": 0}
    once, twice = pd.DataFrame([small, large]), pd.DataFrame([small, small, small, large])
    for table in (once, twice):
        line = tables.leaderboard(table, "wrinkle", "A").iloc[0]
        assert line["f1"] == pytest.approx(0.5) and line["photos"] == 2
        assert line["micro_f1"] == pytest.approx(182 / 220)
        assert line["micro_iou"] == pytest.approx(91 / 129)


def test_micro_knows_nothing_where_a_count_is_missing():
    rows = pd.DataFrame([made_rows.row("m", "p0", 0.1), made_rows.row("m", "p1", 0.9)])
    line = tables.leaderboard(rows.drop(columns="fp"), "wrinkle", "A").iloc[0]
    assert np.isnan(line["micro_f1"]) and np.isnan(line["micro_iou"]) and line["micro_line_f1_3"] == pytest.approx(0.5)
    rows["fn"] = rows["fn"].astype(float).where(rows["photo"] == "p0")  # p1 drops out whole
    assert tables.leaderboard(rows, "wrinkle", "A").iloc[0]["micro_f1"] == pytest.approx(0.1)


def test_errors_and_empty_photos_are_counted_apart():
    lines = [made_rows.row("m", f"p{number}", 0.5) for number in range(6)]
    lines.append(made_rows.row("m", "p6", 1.0, tp=0, fp=0, fn=0, both_empty=True))
    lines.append(made_rows.failed("m", "p7", "no face"))
    board = tables.leaderboard(pd.DataFrame(lines), "wrinkle", "A").iloc[0]
    assert (board["photos"], board["failed"], board["both_empty"]) == (7, 1, 1)
    assert board["f1"] == pytest.approx((6 * 0.5 + 1) / 7)
    assert tables.failures(pd.DataFrame(lines))["photo"].tolist() == ["p7"]
    broken = pd.DataFrame([made_rows.failed(name, "p0", "no face") for name in ("m", "n")])
    assert tables.leaderboard(broken, "wrinkle", "A")["f1"].isna().all()


def test_table_1_of_paper_w_has_theirs_marked_and_the_background_row(rows):
    table = tables.paper_w(rows, "A").set_index("method")
    assert table["data"].tolist()[:2] == [published.MARK] * 2
    assert table.loc["UNet++, dice + focal", ["f1", "iou", "accuracy"]].tolist() == [0.5949, 0.4275, 0.9929]
    assert table.loc["all background", "accuracy"] == pytest.approx(1 - 2000 / 250_000)
    assert table.loc["all background", "data"] == "reference, annotator A"
    assert table.loc["good", "data"] == "this run, annotator A"


def test_tables_of_paper_p_have_both_tasks_side_by_side(rows):
    second = tables.paper_p_2(rows, "A", "pores").set_index("method")
    assert second.loc["poor", ["wrinkle_photos", "pore_photos"]].tolist() == [20, 1]
    assert second.loc["poor", "pore_iou"] == pytest.approx(0.5 / 1.5)
    assert np.isnan(second.loc["dots", "wrinkle_iou"])
    third = tables.paper_p_3(rows, "A", "pores").set_index("method")
    assert third.loc["U-Net", ["parameters", "loss"]].tolist() == [17_300_000, 1.243]
    assert third.loc["good", "parameters"] == 4_320_000 and np.isnan(third.loc["good", "loss"])
    assert "all background" not in third.index
    assert tables.paper_p_2(rows, None, "pores")["wrinkle_photos"].isna().all()


def test_tolerance_table_rises_with_the_tolerance(rows):
    line = tables.tolerance(rows, "A").set_index("method").loc["poor"]
    assert line["line_f1_8"] - line["line_f1_1"] == pytest.approx(0.14)


def test_shown_joins_intervals_and_leaves_out_empty_columns():
    table = pd.DataFrame(
        {
            **{"method": ["a", "b"], "f1": [0.41666, np.nan], "f1_low": [0.35, np.nan], "f1_high": [0.48, np.nan]},
            **{"photos": [14, 5], "parameters": [5_190_000, 0], "cldice": [np.nan] * 2, "holm": [0.0004, 0.5]},
        }
    )
    assert shown(table).to_dict("list") == {
        **{"Method": ["a", "b"], "F1": ["0.417 [0.350, 0.480]", "–"], "Photos": ["14", "5"]},
        **{"Parameters": ["5.2 M", "0"], "p after Holm": ["under 0.001", "0.500"]},
    }


def test_report_says_what_it_hides_and_what_failed(found):
    by_name = {section.name: section for section in found}
    hidden = by_name["groups-hidden"]
    assert set(hidden.table["photos"]) <= set(range(10)) and "B" in set(hidden.table["annotator"])
    assert "hidden" in hidden.notes[0]
    assert by_name["left-out"].table["photo"].tolist() == ["p99"]
    assert "No ranking" in by_name["leaderboard-wrinkle-B"].notes[0]
    assert any("on 2 photos: F1 0.290" in note for note in by_name["leaderboard-wrinkle-A"].notes)
    assert list(by_name["groups-zone-wrinkle-A"].view) == [
        "Group",
        "Photos",
        *by_name["groups-zone-wrinkle-A"].view.columns[2:],
    ]
    assert {"good", "twin", "poor"} <= set(by_name["groups-zone-wrinkle-A"].view)


def test_markdown_cells_hold_no_markup(found):
    text = report.markdown(found)
    assert "no face \\| was &lt;b&gt;found&lt;/b&gt;" in text
    for block in text.split("\n\n"):
        if block.startswith("|"):
            bars = {line.replace("\\|", "").count("|") for line in block.splitlines()}
            assert len(bars) == 1


def test_markdown_names_are_no_links_pictures_or_emphasis(rows, found):
    few = rows[(rows["zone"] == "whole") & rows["photo"].isin(["p0", "p1", "p99"]) & (rows["task"] == "wrinkle")]
    text = report.markdown(sections(few.replace({"method": {"good": "![a](x) _b_ *c* `d`"}})))
    assert r"\!\[a\](x) \_b\_ \*c\* \`d\`" in text and "![a]" not in text
    assert re.search(r" \d\.\d+ \[\d\.\d+, \d\.\d+\] \|", report.markdown(found))  # an interval is left as it is


class Tags(HTMLParser):
    """Every tag, with a check that each that opens is closed in its turn."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_page_is_whole_and_loads_nothing(found):
    tags = Tags()
    tags.feed(report.html(found, "told"))
    assert not tags.open
    assert not {tag for tag, _ in tags.seen} & {"script", "link", "img", "iframe", "b"}
    anchors = {attrs["id"] for tag, attrs in tags.seen if tag == "section"}
    assert {attrs["href"].removeprefix("#") for tag, attrs in tags.seen if tag == "a"} == anchors
    classes = {attrs.get("class") for tag, attrs in tags.seen if tag == "tr"}
    assert classes == {None, "ours", "reference", "published"}


def test_page_escapes_names(rows):
    evil = "<img src=x onerror=alert(1)>"
    few = rows[(rows["zone"] == "whole") & rows["photo"].isin(["p0", "p1", "p99"]) & (rows["task"] == "wrinkle")]
    page = report.html(sections(few.replace({"method": {"good": evil}, "annotator": {"A": f'"{evil}'}})), evil)
    assert "<img" not in page and "&lt;img src=x" in page
    tags = Tags()
    tags.feed(page)
    assert not tags.open


def test_csv_gives_the_plain_numbers_back_and_no_formulas():
    table = pd.DataFrame({"method": ["=1+1", "a,b"], "f1": [0.123456789, np.nan]})
    back = pd.read_csv(io.StringIO(report.csv(table)))
    assert back["method"].tolist() == ["'=1+1", "a,b"]
    assert back["f1"][0] == 0.123456789 and np.isnan(back["f1"][1])


def test_command_reads_a_results_folder_and_writes_the_report(rows, tmp_path, capsys):
    folder = tmp_path / "results"
    results.begin(folder, {"source": {"layout": "shared"}, "split": "test", "created": "2024-05-01"})
    with results.Writer(folder) as writer:
        writer.add(rows.to_dict("records"))
    assert report.main([str(folder)]) == 0
    printed = capsys.readouterr().out
    written = folder / "report"
    assert (written / "report.md").read_text() == printed
    assert "shared" in printed and "2024-05-01" in printed
    board = pd.read_csv(written / "leaderboard-wrinkle-A.csv")
    expected = tables.leaderboard(rows, "wrinkle", "A")
    assert board["f1_low"].tolist() == pytest.approx(expected["f1_low"].tolist(), nan_ok=True)
    assert (written / "report.html").read_text().startswith("<!doctype html>")


def test_every_section_has_its_csv_file(found, tmp_path):
    written = report.write(found, "told", tmp_path / "elsewhere")
    assert sorted(path.name for path in (tmp_path / "elsewhere").iterdir()) == sorted(path.name for path in written)
    assert len(written) == len(found) + 2


def test_a_report_on_agreement_says_what_its_rows_are():
    """Every row is a person there: nobody is missing, and there is nothing to rank."""
    rows = [
        made_rows.row(one, f"p{n}", 0.5, annotator=two, kind="reference") for one, two in ("XY", "YX") for n in (0, 1)
    ]
    text = report.markdown(sections(pd.DataFrame(rows)))
    assert "another annotator's masks scored against X's" in text
    assert "second person" not in text and "One method alone" not in text


def test_annotators_of_other_scripts_have_files_of_their_own(tmp_path):
    rows = [made_rows.row(method, "p0", 0.5, annotator=name) for name in ("김", "이", "A") for method in ("x", "y")]
    found = sections(pd.DataFrame(rows))
    paths = report.write(found, "", tmp_path)
    assert len(set(paths)) == len(paths) == len(found) + 2 and (tmp_path / "leaderboard-wrinkle-A.csv").is_file()


def test_command_ends_in_one_line_where_there_is_nothing(tmp_path, capsys):
    assert report.main([str(tmp_path / "missing")]) == 2
    told = capsys.readouterr().err
    assert told.startswith("eval report: ") and told.count("\n") == 1


@pytest.mark.parametrize("task", ["scar", None])
def test_a_report_on_nothing_is_one_line(tmp_path, capsys, task):
    """Of an unknown task alone, or of a table without rows."""
    kept = row_files.table([made_rows.row("m", "p0", 0.5, task=task, digest="", code="")])
    row_files.write(tmp_path / results.ROWS, [kept if task else kept.slice(0, 0)], kept.schema)
    assert report.main([str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert told.startswith("eval report: no row is of wrinkles or pores") and told.count("\n") == 1


def test_report_reads_what_it_needs(rows, found):
    few = sections(rows.reindex(columns=COLUMNS))
    assert report.markdown(few) == report.markdown(found)
    assert len(set(COLUMNS)) == len(COLUMNS)
