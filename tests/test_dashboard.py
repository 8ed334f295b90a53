"""What the dashboard's events change, without a page."""

import os
from pathlib import Path

import made_results
import numpy as np
import pandas as pd
import pytest
from made_dashboard import CHOICE, Event, FakeParts, asked

from eval import samples
from eval.dashboard import handlers, opened, view, words
from eval.results import mask_path
from eval.scenes import HALF_FACE
from wrinkleseg import images

pytest_plugins = ("made_dashboard",)


def test_seen_for_the_first_time_everything_is_filled(tab):
    given = tab.on_seen()
    assert set(given) <= set(tab.everything) and given["status"] == ""
    assert (
        given["plots.points"].startswith("{")
        and "unetpp" in given["board"]
        and "12 photos" in str(given["truth"].choices)
    )
    assert "2024-05-06" in given["about"]


def test_without_results_the_tab_says_how_to_get_them(made, tmp_path):
    for results in (None, tmp_path):
        given = handlers.Handlers(FakeParts(), results, None).on_seen()
        assert list(given) == ["status"] and "python -m eval run" in given["status"]


def test_a_wrong_name_leaves_what_is_shown(tab):
    given = tab.on_open("no such folder", *asked())
    assert list(given) == ["status"] and "no results folder" in given["status"]


def test_other_results_are_opened_by_name(tab, made):
    given = tab.on_open("results", *asked())
    assert given["where"] == made[0].resolve() and given["plots.points"]


def test_choices_that_these_results_have_not_fall_back(tab):
    given = tab.on_choice(*asked(truth="pore|nobody", score="nonsense"))
    assert given["score"].value == "f1" and set(given) <= set(tab.redrawn)


def test_a_point_shows_its_photo_or_says_why_not(tab):
    shown = tab.on_point(Event(method="unetpp", photo="00000"), *asked())
    assert Path(shown["photo"].value["path"]).is_file() and words.LEGEND["missed"] in shown["legend"]
    assert "00000" in shown["picture_title"] and "F1" in shown["picture_title"]
    absent = tab.on_point(Event(method="unetpp", photo="00009"), *asked())
    assert absent["photo"].value is None and "not in the data folder" in absent["legend"]
    unknown = tab.on_point(Event(method="../..", photo="<b>"), *asked())
    assert words.PICTURE_EMPTY in unknown["picture_title"]
    assert tab.on_worst(Event(choice="00001"), "unetpp", *asked())["legend"] == shown["legend"]


def test_of_the_half_face_only_what_counts_is_painted(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "page"))
    results, data = made_results.folder(tmp_path)
    rows = made_results.rows(12)
    half = (rows["task"] == "pore") & (rows["photo"] == "half-face")
    rows.loc[half, ["photo", "photo_path", "mask_path"]] = [HALF_FACE, "pore/image.png", "pore/pores.png"]
    rows.to_parquet(results / "rows.parquet", index=False)
    (data / "pore").mkdir()
    zone = np.zeros((2000, 900), np.uint8)
    zone[:, :600] = 255
    images.save_png(data / "pore" / "image.png", np.full((2000, 900, 3), 100, np.uint8))
    for name, mask in {"zone": zone, "pores": np.zeros_like(zone)}.items():
        images.save_png(data / "pore" / f"{name}.png", mask)
    marked = mask_path(results, "pores-dog", "pore", HALF_FACE)
    marked.parent.mkdir(parents=True, exist_ok=True)
    images.save_png(marked, np.full_like(zone, 255))
    tab = handlers.Handlers(FakeParts(), results, data)
    shown = tab.on_point(Event(method="pores-dog", photo=HALF_FACE), *asked(truth="pore|pores", score="centre_f1"))
    red = images.load_rgb(shown["photo"].value["path"]).astype(int)
    red = red[..., 0] - red[..., 2] > 100
    counts = samples.stripes(2000) == samples.SPLIT_NAMES.index("test")
    assert red[:, :350].mean() == pytest.approx(counts.mean(), abs=0.01) and not red[:, 365:].any()
    assert "do not count" in shown["legend"]


def test_results_made_since_are_offered_when_the_tab_is_seen_again(tab, made, tmp_path, monkeypatch):
    monkeypatch.setenv(opened.VARIABLE, str(tmp_path))
    assert tab.on_shown()["other"].choices == []
    made_results.folder(tmp_path)
    assert [name for name, _ in tab.on_shown()["other"].choices] == [f"{tmp_path.name}/results"]


def test_without_a_data_folder_there_are_scores_only(tmp_path):
    results, data = made_results.folder(tmp_path)
    (results / "meta.json").write_text('{"source": {"path": "/"}}')
    tab = handlers.Handlers(FakeParts(), results, None)
    assert "not on this computer" in tab.on_point(Event(method="unetpp", photo="00000"), *asked())["legend"]
    assert data.is_dir()


def test_results_do_not_say_which_folders_are_opened(tmp_path, monkeypatch):
    results, data = made_results.folder(tmp_path)
    (results / "meta.json").write_text('{"source": {"path": "/", "masks": "/"}}')
    rows = made_results.rows(12)
    for column in ("photo_path", "mask_path"):
        rows[column] = str(data) + "/" + rows[column]
    rows.to_parquet(results / "rows.parquet", index=False)
    tab = handlers.Handlers(FakeParts(), results, None)
    closed = tab.on_point(Event(method="unetpp", photo="00000"), *asked())
    assert closed["photo"].value is None and "not on this computer" in closed["legend"]
    monkeypatch.setenv(opened.PICTURES, os.pathsep.join([str(tmp_path / "absent"), str(data)]))
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "page"))
    assert tab.on_point(Event(method="unetpp", photo="00000"), *asked())["photo"].value


def test_a_name_that_can_be_no_path_is_answered_with_a_notice(tab):
    for name in ("\ud800", "a/" + "x" * 300, "results/\udfff"):
        said = tab.on_open(name, *asked())["status"]
        assert words.FAILED in said and said.encode()


def test_every_event_says_when_results_are_gone(tab, tmp_path):
    gone = asked(where=tmp_path / "gone")
    events = [tab.on_choice(*gone), tab.on_trait("zone", *gone), tab.on_method("unetpp", *gone), tab.on_csv(*gone)]
    events.append(tab.on_point(Event(method="unetpp", photo="00000"), *gone))
    events.append(tab.on_worst(Event(choice="00000"), "unetpp", *gone))
    for given in events:
        assert words.FAILED in given["status"] and str(tmp_path) not in given["status"]


def test_a_results_folder_made_later_is_found(tab, tmp_path, monkeypatch):
    monkeypatch.setenv(opened.VARIABLE, str(tmp_path / "later"))
    assert words.FAILED in tab.on_open("results", *asked())["status"]
    made_results.folder(tmp_path / "later")
    assert tab.on_open("results", *asked())["status"] == ""


def test_a_name_in_the_file_is_no_formula(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "page"))
    made_results.rows(6).replace({"method": {"unetpp": "=1+1"}}).to_parquet(tmp_path / "rows.parquet")
    tab = handlers.Handlers(FakeParts(), tmp_path, None)
    assert "'=1+1" in pd.read_csv(tab.on_csv(*asked())["file"])["method"].tolist()


def test_the_file_holds_the_rows_that_are_shown(tab):
    table = pd.read_csv(tab.on_csv(*asked(kinds=["learned"]))["file"])
    assert table["method"].tolist() == ["unetpp", "wrinkle-pore"]
    assert np.isclose(table["f1"][0], view.board(tab._load(None), CHOICE)["f1"].iloc[0])


def test_a_trait_says_how_to_read_it(tab):
    given = tab.on_trait("skin tone", *asked())
    assert "light" in given["trait_note"]
    assert tab.on_trait("zone", *asked())["plots.groups"]
