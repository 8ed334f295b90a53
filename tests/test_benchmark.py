"""Rows of a photo by quick made-up methods: right scores, zones, traits, errors that end nothing, time and memory."""

import json
import logging
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fakes import Undivided

from eval import benchmark, collect, effort, entrants, references, results, scenes, scores
from eval.benchmark import Place
from eval.code_digest import code_digest
from eval.processes import Team
from eval.samples import Sample, at_width, wrinkle_samples
from eval.scenes import Case, Drawn, Scene
from wrinkleseg import images, metrics
from wrinkleseg.face import Face, NoFaceError, Pose, Regions
from wrinkleseg.geometry import Box
from wrinkleseg.images import PictureError
from wrinkleseg.methods import MethodInfo, join

SIDE = 500
INFO = MethodInfo("fake", "", ("wrinkle",), 7, "", "", "0123", {"wrinkle": 0.5})
TRAITS = {"face_width", "sharpness", "ita", "true_width", "skin_share"}


class Gives(Undivided):
    """A method that gives one map for all its tasks, or raises what it was given."""

    def __init__(self, given: np.ndarray | Exception, **changes) -> None:
        self.given, self.info, self.calls = given, replace(INFO, **changes), 0

    def __call__(self, rgb, face, regions) -> dict[str, np.ndarray]:
        self.calls += 1
        if isinstance(self.given, Exception):
            raise self.given
        return dict.fromkeys(self.info.tasks, self.given)


TRUTH = np.zeros((SIDE, SIDE), bool)
TRUTH[100:104, 50:450] = True
SHOWN = np.zeros((SIDE, SIDE), np.float32)
SHOWN[102:106, 50:450] = 0.8
UPPER = np.zeros((SIDE, SIDE), bool)
UPPER[:103] = True


def scene(tasks: tuple[str, ...] = ("wrinkle",), counted: np.ndarray | None = None) -> Scene:
    everywhere = np.ones((SIDE, SIDE), bool)
    found = Face(
        np.zeros((478, 3), np.float32), (SIDE, SIDE), Box(50, 50, 400, 400), 400.0, 400.0, 160.0, Pose(0, 0, 0)
    )
    rgb = np.full((SIDE, SIDE, 3), (200, 150, 120), np.uint8)
    zones = {"forehead": UPPER, "chin": ~UPPER, "nose": ~everywhere}
    return Scene(rgb, found, Regions(everywhere, everywhere, zones), dict.fromkeys(tasks, TRUTH), counted)


def case(*tasks: str, **options) -> Case:
    drawn = {task: Drawn("A", Path(f"/data/{task}/one.png")) for task in tasks or ("wrinkle",)}
    return Case("one", Path("/data/photos/one.png"), drawn, lambda asked: scene(asked, **options))


def rows_of(case: Case, *methods, masks: Path | None = None) -> list[dict]:
    entered = [entrants.of_method(method) for method in methods]
    return benchmark.case_rows(case, benchmark.jobs(case, entered), Place(Path("/data"), masks))


def test_scores_of_the_whole_and_of_zones_by_hand() -> None:
    rows = {row["zone"]: row for row in rows_of(case(), Gives(SHOWN))}
    assert list(rows) == ["whole", "forehead", "chin"]  # nothing is to be seen of the nose
    whole, forehead, chin = rows.values()
    assert [whole[name] for name in ("tp", "fp", "fn", "tn")] == [800, 800, 800, 250000 - 2400]
    assert (whole["iou"], whole["f1"], whole["line_f1_3"]) == (pytest.approx(1 / 3), 0.5, pytest.approx(1))
    # Of the first 103 rows three are true and one is marked, rightly.
    assert [forehead[name] for name in ("tp", "fp", "fn", "tn")] == [400, 0, 800, 51500 - 1200]
    assert [chin[name] for name in ("tp", "fp", "fn")] == [400, 800, 0]
    assert len(whole["f1_sweep"]) == 82 and forehead["f1_sweep"] is None and np.isnan(forehead["ap"])
    # Marked first: 800 of 1600 right; the other 800 come with all the rest.
    assert whole["ap"] == pytest.approx(0.5 * 0.5 + 0.5 * 1600 / 250000)


def test_a_row_tells_who_what_where_and_how() -> None:
    row = rows_of(case(), Gives(SHOWN))[0]
    known = {"method": "fake", "kind": "learned", "photo": "one", "annotator": "A", "task": "wrinkle", "zone": "whole"}
    known |= {"photo_path": "photos/one.png", "mask_path": "wrinkle/one.png", "threshold": 0.5, "parameters": 7}
    known |= {
        "zone_path": "",
        "digest": "",
        "weights": "0123",
        "device": "cpu",
        "error": "",
        "face_width": 400.0,
        "skin_share": 1.0,
    }
    assert {name: row[name] for name in known} == known
    assert set(row) == {*known, *scores.COLUMNS, *TRAITS, "seconds", "peak_mb", "versions", "code"}
    assert row["seconds"] > 0 and "torch" in json.loads(row["versions"])
    assert rows_of(case(), Gives(SHOWN, parameters=0))[0]["kind"] == "classical"


def test_where_the_annotator_did_not_look_nothing_counts() -> None:
    row = rows_of(case(counted=UPPER), Gives(SHOWN))[0]
    assert [row[name] for name in ("tp", "fp", "fn", "tn")] == [400, 0, 800, 51500 - 1200]
    assert row["accuracy"] == pytest.approx(1 - 800 / 51500)
    # 400 right ones first, then the other 800 among all that is left.
    assert row["ap"] == pytest.approx((400 + 800 * 1200 / 51500) / 1200)


def test_pores_and_wrinkles_of_one_photo_come_from_one_call() -> None:
    method = Gives(SHOWN, tasks=("wrinkle", "pore"), thresholds={"wrinkle": 0.5, "pore": 0.9})
    rows = [row for row in rows_of(case("wrinkle", "pore"), method) if row["zone"] == "whole"]
    assert method.calls == 1 and [row["task"] for row in rows] == ["wrinkle", "pore"]
    assert rows[0]["tp"] == 800 and (rows[1]["tp"], rows[1]["fn"], rows[1]["threshold"]) == (0, 1600, 0.9)
    assert rows[1]["count_true"] == 1 and np.isnan(rows[1]["cldice"]) and np.isnan(rows[0]["count_true"])


def test_a_method_that_fails_is_a_row_and_the_others_are_scored() -> None:
    bad = [ValueError("first line\nsecond"), MemoryError(), SHOWN[:100], SHOWN * np.nan]
    rows = rows_of(case(), *(Gives(given, name=str(n)) for n, given in enumerate(bad)), Gives(SHOWN))
    errors = [row for row in rows if row["error"]]
    assert [row["method"] for row in errors] == ["0", "1", "2", "3"] and rows[-1]["method"] == "fake"
    assert errors[0]["error"] == "ValueError: first line" and errors[1]["error"].startswith("MemoryError")
    assert "(100, 500)" in errors[2]["error"] and errors[3]["error"]
    for row in errors:
        assert np.isnan(row["iou"]) and np.isnan(row["seconds"]) and row["zone"] == "whole" and row["face_width"] == 400


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (NoFaceError("No face was found."), "No face was found."),
        (images.PictureError("x.png is text"), "x.png is text"),
        (ZeroDivisionError("division by zero"), "ZeroDivisionError: division by zero"),
    ],
)
def test_a_bad_photo_is_a_row_for_every_method_and_task(error: Exception, told: str) -> None:
    def fails(_: tuple[str, ...]) -> Scene:
        raise error

    both = {"tasks": ("wrinkle", "pore"), "thresholds": {"wrinkle": 0.5, "pore": 0.5}}
    rows = rows_of(replace(case("wrinkle", "pore"), open=fails), Gives(SHOWN), Gives(SHOWN, name="both", **both))
    assert sorted((row["method"], row["task"]) for row in rows) == [
        ("both", "pore"),
        ("both", "wrinkle"),
        ("fake", "wrinkle"),
    ]
    assert {row["error"] for row in rows} == {told} and all(np.isnan(row["f1"]) for row in rows)


def test_one_bad_mask_leaves_the_other_task() -> None:
    def fails(tasks: tuple[str, ...]) -> Scene:
        if "pore" in tasks:
            raise images.PictureError("pores.png is text")
        return scene(tasks)

    method = Gives(SHOWN, tasks=("wrinkle", "pore"), thresholds={"wrinkle": 0.5, "pore": 0.5})
    rows = [row for row in rows_of(replace(case("wrinkle", "pore"), open=fails), method) if row["zone"] == "whole"]
    assert [(row["task"], row["error"]) for row in rows] == [("wrinkle", ""), ("pore", "pores.png is text")]


def test_empty_masks_agree_and_say_so() -> None:
    blank = replace(case(), open=lambda tasks: replace(scene(), truths={"wrinkle": np.zeros_like(TRUTH)}))
    row = rows_of(blank, Gives(np.zeros_like(SHOWN)))[0]
    assert row["iou"] == row["f1"] == row["line_f1_3"] == 1.0 and row["both_empty"] and np.isnan(row["true_width"])


def test_the_honest_rows_stand_beside() -> None:
    two = replace(case(), drawn={"wrinkle": Drawn("A", Path("/a.png"), other=Path("/b.png"))})
    two = replace(two, open=lambda tasks: replace(scene(), others={"wrinkle": SHOWN > 0}))
    honest = entrants.of_references()
    every = benchmark.case_rows(two, benchmark.jobs(two, honest), Place(Path("/")))
    rows = {row["method"]: row for row in every if row["zone"] == "whole"}
    assert tuple(rows) == references.NAMES and {row["kind"] for row in rows.values()} == {"reference"}
    assert rows["all background"]["f1"] == 0 and rows["all background"]["accuracy"] == 1 - 1600 / 250000
    assert rows["second person"]["f1"] == 0.5 and rows["truth moved by 2 px"]["line_f1_3"] == pytest.approx(1)
    assert all(np.isnan(row["seconds"]) and row["f1_sweep"] is None for row in rows.values())
    assert "second person" not in {entrant.name for entrant, _ in benchmark.jobs(case("wrinkle", "pore"), honest)}


@pytest.mark.parametrize("task", ["wrinkle", "pore"])
def test_random_pixels_keep_to_what_is_counted_and_its_rate(task: str) -> None:
    honest = [each for each in entrants.of_references() if each.name == "random at the true rate"]
    part = case(task, counted=UPPER)
    row = benchmark.case_rows(part, benchmark.jobs(part, honest), Place(Path("/data")))[0]
    assert row["fn"] + row["tp"] == 1200  # of 1600 true pixels; the counted rows have 51500 pixels in all
    assert row["tp"] + row["fp"] == pytest.approx(1200, rel=0.1)


def test_what_is_done_is_not_asked_for_unless_its_mask_is_missing(tmp_path: Path) -> None:
    entrant = entrants.of_method(Gives(SHOWN))
    done = {entrant.job(case(), "wrinkle")}
    assert done == {("fake", "0123", "one", "A", "wrinkle", 0.5, code_digest(), "")}
    assert not benchmark.jobs(case(), [entrant], done)
    for other in ({"weights": "4567"}, {"thresholds": {"wrinkle": 0.4}}, {"name": "new"}):
        assert benchmark.jobs(case(), [entrants.of_method(Gives(SHOWN, **other))], done)
    assert benchmark.jobs(case(), [entrant], done, tmp_path)
    rows_of(case(), Gives(SHOWN), masks=tmp_path)
    assert not benchmark.jobs(case(), [entrant], done, tmp_path)
    assert (images.load_mask(results.mask_path(tmp_path, "fake", "wrinkle", "one")) == (SHOWN > 0)).all()


def test_what_other_code_has_done_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    entrant = entrants.of_method(Gives(SHOWN))
    done = {entrant.job(case(), "wrinkle")}
    assert rows_of(case(), Gives(SHOWN))[0]["code"] == code_digest()
    monkeypatch.setattr(entrants, "code_digest", lambda: "of yesterday")
    assert benchmark.jobs(case(), [entrant], done)


def test_a_digest_is_of_what_is_scored_and_of_nothing_else(tmp_path: Path) -> None:
    for name in ("photo", "mask", "zone", "other"):
        (tmp_path / name).write_text(name)

    def digests() -> tuple[str, str]:
        drawn = Drawn("A", tmp_path / "mask", tmp_path / "other", tmp_path / "zone")
        one = replace(case(), photo=tmp_path / "photo", drawn={"wrinkle": drawn})
        return entrants.of_method(Gives(SHOWN)).digest(one, "wrinkle"), entrants.second_person().digest(one, "wrinkle")

    first = digests()
    assert first[0] != first[1] and all(len(each) == 16 and int(each, 16) for each in first) and digests() == first
    (tmp_path / "other").write_text("changed")
    assert digests()[0] == first[0] and digests()[1] != first[1]
    for name in ("photo", "mask", "zone"):
        before = digests()
        (tmp_path / name).write_text("changed")
        assert not set(digests()) & set(before)
    (tmp_path / "mask").unlink()
    assert digests() == ("", "")


def test_a_kept_mask_is_always_that_of_the_scores(tmp_path: Path) -> None:
    path, solo = results.mask_path(tmp_path, "fake", "wrinkle", "one"), Team()
    tall = (SHOWN > 0) | UPPER

    def run(given: np.ndarray, keep: bool, **changes) -> Gives:
        method = Gives(given, **changes)
        place = Place(Path("/data"), tmp_path if keep else None)
        collect.in_folder([(case(), [entrants.of_method(method)])], tmp_path, {"split": "all"}, place, solo)
        return method

    assert run(SHOWN, True).calls == 1 and path.is_file() and run(SHOWN, True).calls == 0
    assert run(SHOWN, False).calls == 0 and path.is_file()  # nothing is done, so nothing is old
    assert run(tall.astype(np.float32), False, weights="4567").calls == 1 and not path.is_file()
    assert run(tall.astype(np.float32), True, weights="4567").calls == 1
    assert (images.load_mask(path) == tall).all()
    assert run(SHOWN, True, thresholds={"wrinkle": 0.9}).calls == 1 and not images.load_mask(path).any()


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.9])
def test_a_perfect_map_of_a_large_photo_scores_one_at_every_threshold(threshold: float) -> None:
    """Lines 2 px wide in twice the scored width, half of them across the border of two scored pixels."""
    everywhere = np.ones_like(LARGE)
    regions = Regions(everywhere, everywhere, {})
    large = Scene(np.zeros((*LARGE.shape, 3), np.uint8), None, regions, {"wrinkle": LARGE})
    one = replace(case(), open=lambda _: large)
    row = rows_of(one, Gives(LARGE.astype(np.float32), thresholds={"wrinkle": threshold}))[0]
    assert row["error"] == "" and row["f1"] == row["iou"] == row["ap"] == 1


LARGE = np.zeros((2 * SIDE, 2 * SIDE), bool)
LARGE[200:202, 100:900] = LARGE[301:303, 100:900] = True


@pytest.mark.parametrize("task", ["wrinkle", "pore"])
def test_an_empty_zone_is_an_error_and_no_perfect_score(task: str) -> None:
    empty = case(task, counted=np.zeros((SIDE, SIDE), bool))
    rows = rows_of(empty, Gives(SHOWN, tasks=(task,), thresholds={task: 0.5}))
    assert len(rows) == 1 and "the zone in which the" in rows[0]["error"] and "mark where" in rows[0]["error"]
    assert np.isnan(rows[0]["f1"])


def test_a_photo_that_was_renamed_counts_once(tmp_path: Path, capsys) -> None:
    def run(name: str) -> pd.DataFrame:
        work = [(replace(case(), name=name), [entrants.of_method(Gives(SHOWN))])]
        return collect.in_folder(work, tmp_path, {"split": "all"}, Place(Path("/data")), Team())

    assert set(run("one")["photo"]) == {"one"} and "left out" not in capsys.readouterr().err
    assert set(run("renamed")["photo"]) == {"renamed"}
    assert "3 rows of the folder are of photos" in capsys.readouterr().err  # the whole and two zones
    assert set(results.read(tmp_path)["photo"]) == {"one", "renamed"}  # nothing is lost


def test_a_finished_job_beside_a_mask_of_other_weights_is_done_again(tmp_path: Path) -> None:
    entrant = entrants.of_method(Gives(SHOWN))
    done = {entrant.job(case(), "wrinkle")}
    rows_of(case(), Gives(SHOWN), masks=tmp_path)
    assert not benchmark.jobs(case(), [entrant], done, tmp_path)
    for other in ({"weights": "4567"}, {"thresholds": {"wrinkle": 0.4}}):
        rows_of(case(), Gives(SHOWN, **other), masks=tmp_path)  # and then killed before its rows were written
        assert benchmark.jobs(case(), [entrant], done, tmp_path)
        assert not benchmark.jobs(case(), [entrant], done)


def test_a_mask_that_can_not_be_written_costs_no_scores(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "masks").write_text("in the way of the folder")
    with caplog.at_level(logging.WARNING):
        row = rows_of(case(), Gives(SHOWN), masks=tmp_path)[0]
    assert row["error"] == "" and row["f1"] == 0.5
    assert "one.png can't be written" in caplog.text and "--keep-masks" in caplog.text


def test_time_and_memory_are_those_of_the_call() -> None:
    before = effort.measured(lambda: None)[1]
    large, during = effort.measured(lambda: np.ones(2**26, np.uint8).sum())
    after = effort.measured(lambda: None)[1]
    assert large == 2**26 and during.seconds > before.seconds >= 0
    if np.isfinite(before.peak_mb):
        assert during.peak_mb > before.peak_mb + 50 and after.peak_mb < during.peak_mb - 50


def test_memory_that_the_system_does_not_tell_is_missing(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr(effort, "_CLEAR", tmp_path / "none" / "clear_refs")
    assert np.isnan(effort.measured(lambda: None)[1].peak_mb)


def test_several_methods_as_one_tell_where_they_run() -> None:
    class Placed(Gives):
        class runtime:
            class device:
                type = "cuda"

            precision = "torch.bfloat16"

    one, two = Gives(SHOWN), Placed(SHOWN, name="net", tasks=("pore",), thresholds={"pore": 0.5})
    assert entrants.of_method(two).device == "cuda bfloat16"
    assert entrants.of_method(join([one, two])).device == "cuda bfloat16"
    assert entrants.of_method(join([one])).device == "cpu"


def test_of_joined_methods_only_the_part_that_is_asked_for_runs() -> None:
    lines, dots = Gives(SHOWN), Gives(SHOWN, name="dots", tasks=("pore",), thresholds={"pore": 0.9})
    both = join([lines, dots])
    (row,) = [each for each in rows_of(case("pore"), both) if each["zone"] == "whole"]
    assert (lines.calls, dots.calls) == (0, 1) and (row["task"], row["threshold"]) == ("pore", 0.9)
    assert len([each for each in rows_of(case("wrinkle", "pore"), both) if each["zone"] == "whole"]) == 2
    assert (lines.calls, dots.calls) == (1, 2)


def test_the_traits_of_a_photo_do_not_hang_on_what_is_still_to_do_there() -> None:
    dots = Gives(SHOWN, tasks=("pore",), thresholds={"pore": 0.5})
    alone, both = rows_of(case("wrinkle", "pore"), dots)[0], rows_of(case("wrinkle", "pore"), Gives(SHOWN))[0]
    assert alone["task"] == "pore" and alone["true_width"] == both["true_width"] > 0

    def open_pores_only(tasks: tuple[str, ...]) -> Scene:
        if "wrinkle" in tasks:
            raise PictureError("the mask of wrinkles is damaged")
        return scene(tasks)

    bad = replace(case("wrinkle", "pore"), open=open_pores_only)
    row = rows_of(bad, dots)[0]
    assert row["error"] == "" and np.isnan(row["true_width"])  # pores are scored all the same


def test_a_real_photo_is_scored_as_by_the_plain_metrics(data_dir: Path) -> None:
    sample = next(each for each in wrinkle_samples(data_dir) if each.name == "b_00001" or each.annotator == "B")
    (found,) = scenes.cases([sample])
    opened = found.open(("wrinkle",))
    shown = (np.random.default_rng(0).random(opened.rgb.shape[:2]) * opened.regions.wrinkle_skin).astype(np.float32)
    method = Gives(shown, thresholds={"wrinkle": 0.9})
    rows = benchmark.case_rows(found, benchmark.jobs(found, [entrants.of_method(method)]), Place(data_dir))
    row, truth = rows[0], at_width(sample.load()[1], 500)
    predicted = at_width(shown > 0.9, 500)  # the mask that a user gets, brought down as the truth is
    assert row["iou"] == metrics.iou(predicted, truth) and row["cldice"] == metrics.cldice(predicted, truth)
    assert row["line_f1_3"] == pytest.approx(metrics.centreline_f1(predicted, truth, 3))
    assert (
        row["photo_path"] == f"wrinkle/images/{sample.photo.name}" and {k for k, v in row.items() if v == v} >= TRAITS
    )
    assert {"forehead", "cheek_left", "butterfly_zone"} < {each["zone"] for each in rows}


def test_a_photo_with_both_masks_is_one_case(tmp_path: Path) -> None:
    def sample(name: str, kind: str, same: str = "") -> Sample:
        return Sample(name, "A", "test", tmp_path / f"{name}.png", tmp_path / kind / f"{name}.png", same)

    lines = [sample("one", "wrinkle", "two"), sample("two", "wrinkle", "one"), sample("three", "wrinkle", "gone")]
    found = scenes.cases(lines, [sample("two", "pore"), sample("four", "pore")])
    assert [(each.name, tuple(each.drawn)) for each in found] == [
        ("one", ("wrinkle",)),
        ("two", ("wrinkle", "pore")),
        ("three", ("wrinkle",)),
        ("four", ("pore",)),
    ]
    others = [each.drawn.get("wrinkle") and each.drawn["wrinkle"].other for each in found]
    assert others == [tmp_path / "wrinkle" / "two.png", tmp_path / "wrinkle" / "one.png", None, None]


def test_paths_are_told_from_the_data_folder(tmp_path: Path) -> None:
    told = partial(scenes.relative, root=tmp_path)
    assert told(tmp_path / "a" / "b.png") == "a/b.png" and told(None) == ""
    assert told(tmp_path.parent / "c.png") == str(tmp_path.parent / "c.png")
