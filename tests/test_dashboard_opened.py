"""Which results the dashboard opens, what it reads of them, and what it refuses."""

import gc
import os
import weakref
from pathlib import Path

import fsspec
import made_results
import pandas as pd
import pytest

from eval.dashboard import board, opened
from eval.dashboard.opened import CannotOpen

pytest_plugins = ("made_dashboard",)


def test_shipped_results_of_before_zones_were_named_are_opened():
    shipped = Path(__file__).resolve().parents[1] / "assets" / "results"
    if not opened.holds_rows(shipped):
        pytest.skip("no results are shipped")
    there = opened.load(shipped, None)
    assert {"wrinkle", "pore"} == set(there.rows["task"]) and (there.rows["zone_path"] != "nan").all()


def test_however_many_results_are_opened_few_are_kept(tmp_path):
    seen = []
    made_results.rows(4, annotators=("A",), zone_names=("whole",)).to_parquet(tmp_path / "rows.parquet")
    for number in range(6):
        os.utime(tmp_path / "rows.parquet", (number + 10, number + 10))
        there = opened.load(tmp_path, None)
        curves = opened.curves(there, "wrinkle", "A")
        assert opened.curves(there, "wrinkle", "A") is curves
        for wanted in range(opened.MOST_COUNTED + 5):
            there.once(("more", wanted), lambda kept=curves: kept)
        assert len(there.counted) == opened.MOST_COUNTED
        seen.append(weakref.ref(there))
    del there
    gc.collect()
    assert sum(each() is not None for each in seen) <= 4


def test_only_what_is_shown_is_read(there):
    assert list(there.rows.columns) == list(opened.COLUMNS) and len(there.rows) == len(made_results.rows(12))
    assert there.folder is not None and there.meta["split"] == "test"


def test_the_same_results_are_read_once_and_changed_ones_anew(tmp_path):
    path = tmp_path / "rows.parquet"
    made_results.rows(6).to_parquet(path)
    (tmp_path / "meta.json").write_text("{}")
    first = opened.load(tmp_path, None)
    assert opened.load(tmp_path, None) is first
    made_results.rows(7).to_parquet(path)
    os.utime(path, (1, 1))
    assert len(opened.load(tmp_path, None).rows) > len(first.rows)


def test_a_folder_is_opened_by_its_name_below_an_allowed_one(made, monkeypatch):
    root = made[0].parent
    monkeypatch.setenv(opened.VARIABLE, str(root))
    roots = opened.allowed()
    assert list(opened.choices(roots)) == [f"{root.name}/results"]
    for name in (f"{root.name}/results", "results", str(made[0].resolve())):
        assert opened.find(name, roots) == made[0].resolve()
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    assert opened.find("hub:somebody/wrinkle-results", roots) == "hub:somebody/wrinkle-results"


@pytest.mark.parametrize(
    "name", ["../results", "allowed/../../made", "/etc", "", "a\0b", "x" * 5000, "hub:../..", "hub:a", "link"]
)
def test_nothing_outside_the_allowed_folders_is_opened(made, tmp_path, monkeypatch, name):
    allowed = tmp_path / "allowed"
    allowed.mkdir()
    (allowed / "link").symlink_to(made[0])
    monkeypatch.setenv(opened.VARIABLE, str(allowed))
    assert opened.choices(opened.allowed()) == {}
    with pytest.raises(CannotOpen, match="no results folder of this page|no name of a data set"):
        opened.find(name, opened.allowed())
    with pytest.raises(CannotOpen):
        opened.find(str(made[0]), opened.allowed())


def test_what_holds_other_rows_is_refused_in_one_sentence(tmp_path):
    pd.DataFrame({"method": ["a"], "f1": [0.5]}).to_parquet(tmp_path / "rows.parquet")
    (tmp_path / "meta.json").write_text("{}")
    with pytest.raises(CannotOpen, match="no rows that can be read"):
        opened.load(tmp_path, None)
    made_results.rows(6).assign(f1="high").to_parquet(tmp_path / "rows.parquet")
    os.utime(tmp_path / "rows.parquet", (2, 2))
    with pytest.raises(CannotOpen):
        opened.load(tmp_path, None)


@pytest.mark.parametrize("meta", [None, "[1]", "no JSON", '"text"'])
def test_without_a_meta_that_can_be_read_there_are_results_all_the_same(tmp_path, meta):
    made_results.rows(6).to_parquet(tmp_path / "rows.parquet")
    if meta is not None:
        (tmp_path / "meta.json").write_text(meta)
    there = opened.load(tmp_path, None)
    assert there.meta == {} and "unknown date" in board.about(there.meta, there.where, 6, 8)


def test_odd_tables_are_refused_in_one_sentence_without_a_path(tmp_path, monkeypatch):
    rows = made_results.rows(6)
    (tmp_path / "rows.parquet").write_text("no table")
    with pytest.raises(CannotOpen, match="no rows that can be read") as caught:
        opened.load(tmp_path, None)
    assert str(tmp_path.parent) not in str(caught.value) and tmp_path.name in str(caught.value)
    rows[rows["zone"] != "whole"].to_parquet(tmp_path / "rows.parquet")
    os.utime(tmp_path / "rows.parquet", (3, 3))
    with pytest.raises(CannotOpen, match="of a whole photo"):
        opened.load(tmp_path, None)
    rows.to_parquet(tmp_path / "rows.parquet")
    os.utime(tmp_path / "rows.parquet", (4, 4))
    for limit in ("MOST_ROWS", "MOST_METHODS"):
        with monkeypatch.context() as patch, pytest.raises(CannotOpen, match="too large"):
            patch.setattr(opened, limit, 5)
            opened.load(tmp_path, None)


def test_without_the_hub_its_names_are_not_asked_for(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(CannotOpen, match="HF_HUB_OFFLINE=0"):
        opened.find("hub:somebody/results", ())


def test_the_hub_is_asked_without_the_token_of_the_host(monkeypatch):
    seen = []
    monkeypatch.setattr(fsspec.config, "conf", {})
    monkeypatch.setattr(
        opened.results,
        "read",
        lambda *_: seen.append(dict(fsspec.config.conf)) or made_results.rows(6).reindex(columns=opened.COLUMNS),
    )
    assert opened.load("hub:somebody/public-results", None).folder is None
    assert seen == [{"hf": {"token": False}}]
