"""Samples, splits, threshold sweep, the table and the command, against hand-worked values and real masks."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fakes import Undivided

from eval import benchmark, collect, entrants, results, run, samples, scenes, summary
from eval.thresholds import THRESHOLDS, best_threshold, f1_sweep
from wrinkleseg import images, methods, metrics
from wrinkleseg.face import NoFaceError
from wrinkleseg.methods import MethodInfo

ROOT = Path(__file__).resolve().parents[1]


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


def rows(**changes) -> pd.DataFrame:
    """Two photos of one method by A, as results.read gives them."""
    known = {"method": "m", "task": "wrinkle", "annotator": "A", "zone": "whole", "threshold": 0.5, "error": ""}
    one = {
        "photo": "x",
        "iou": 0.2,
        "f1": 0.4,
        "cldice": 0.6,
        "line_f1_3": 0.8,
        "tp": 20,
        "fp": 40,
        "fn": 40,
        "tn": 900,
    }
    two = {"photo": "y", "iou": 0.4, "f1": 0.6, "cldice": 0.8, "line_f1_3": 1.0, "tp": 4, "fp": 3, "fn": 3, "tn": 990}
    rest = {"seconds": 1.0, "centre_f1": np.nan}
    return pd.DataFrame([known | one | rest | changes, known | two | rest])


def test_the_table_by_hand() -> None:
    table = summary.text(rows())
    # Pooled: 24 of 110 pixels.
    assert "| m | 2 | 0.300 | 0.500 | 0.700 | 0.900 | 0.218 | 0.358 |" in table
    assert "centreline F1" in table and "F1 of centres" in summary.text(rows().assign(task="pore", annotator="pores"))
    assert "micro IoU" in table and "errors" not in table and "annotator A" in table
    zones = pd.concat([rows(), rows().assign(zone="nose", iou=0.9)])
    assert summary.text(zones) == table


def test_titles_name_the_split_where_it_is_not_test() -> None:
    def title(*split: str, **changes: str) -> str:
        return summary.text(rows(**changes)[:1], *split).splitlines()[0]

    assert title() == title("test") and title().startswith("Wrinkles, annotator A, macro over photos")
    assert title("validation").startswith("Wrinkles, annotator A, validation photos, macro")
    assert title("all").startswith("Wrinkles, annotator A, all photos, macro")
    half = {"task": "pore", "annotator": "pores", "photo": scenes.HALF_FACE}
    assert title(**half).startswith("Pores of the half face, kept-aside stripes inside the zone")
    assert title("train", **half).startswith("Pores of the half face, train stripes")
    # Of photos that all failed nothing says that they were the half face.
    assert title("train", task="pore", error="no face").startswith("Pores, annotator A, train photos (centres")


def test_the_table_counts_errors_and_keeps_methods_that_only_failed() -> None:
    nothing = dict.fromkeys(("iou", "f1", "cldice", "line_f1_3", "tp", "fp", "fn", "tn"), np.nan)
    lost = rows(method="lost", error="no face", **nothing)
    table = summary.text(pd.concat([lost[:1], rows(error="no face", **nothing)]))
    assert "| m | 1 | 0.400 | 0.600 | 0.800 | 1.000 | 0.400 | 0.571 | 1 |" in table and "| errors |" in table
    assert "| lost | 0 | - | - | - | - | - | - | 1 |" in table


def test_rows_for_trainings_and_cards_have_the_names_they_know() -> None:
    pores = rows(task="pore", annotator="pores", centre_f1=0.7, cldice=np.nan)[:1]
    table = summary.flat(pd.concat([rows(photo="bad", error="no face"), pores]))
    assert list(table["name"]) == ["y", "x"] and list(table["line_f1"]) == [1.0, 0.7]
    assert list(table["marked"]) == [0.007, 0.06] and table["tp"].dtype == int
    assert summary.flat(pd.DataFrame()).empty and summary.text(summary.flat(pd.DataFrame())) == ""


class Marks(Undivided):
    """A quick method that marks the skin of the upper half; `calls` lists the widths of what it was shown."""

    def __init__(self, name: str = "upper", tasks: tuple[str, ...] = ("wrinkle",), stop_after: int = 10**9) -> None:
        self.info = MethodInfo(name, "", tasks, 0, "", "", "", dict.fromkeys(tasks, 0.5))
        self.calls, self.stop_after = [], stop_after

    def __call__(self, rgb, face, regions) -> dict[str, np.ndarray]:
        if len(self.calls) == self.stop_after:
            raise KeyboardInterrupt
        self.calls.append(rgb.shape[1])
        maps = np.zeros(rgb.shape[:2], np.float32)
        maps[: rgb.shape[0] // 2] = 1
        return {task: maps * methods.skin_for(task, regions) for task in self.info.tasks}


@pytest.fixture
def photos(tmp_path: Path, astronaut: np.ndarray) -> list[str]:
    """Three photos with wrinkle and pore masks: a face, text that is no photo, and a face whose wrinkle mask is too small."""
    mask = np.zeros((512, 512), np.uint8)
    mask[60:64, 180:280] = 255
    for folder in ("photos", "lines", "pores"):
        (tmp_path / folder).mkdir()
    for name in ("face", "text", "small"):
        images.save_png(tmp_path / "photos" / f"{name}.png", astronaut)
        images.save_png(tmp_path / "lines" / f"{name}.png", mask if name != "small" else mask[:100])
    (tmp_path / "photos" / "text.png").write_text("no picture")
    images.save_png(tmp_path / "pores" / "face.png", mask)
    folders = {"--images": "photos", "--wrinkle-masks": "lines", "--pore-masks": "pores"}
    return [word for flag, folder in folders.items() for word in (flag, str(tmp_path / folder))]


def use(monkeypatch, *given: Marks) -> str:
    """The command finds these methods; gives their names for it."""
    by_name = {method.info.name: method for method in given}
    monkeypatch.setattr(run.methods, "load", lambda name, device: by_name[name])
    return ",".join(by_name)


def test_folders_of_ones_own_are_scored_and_a_bad_photo_is_a_row(photos, tmp_path: Path, monkeypatch, capsys) -> None:
    names = use(monkeypatch, Marks(), Marks("both", ("wrinkle", "pore")))
    assert run.main([*photos, "--methods", names, "--output", str(tmp_path / "out"), "--keep-masks"]) == 0
    printed = capsys.readouterr()
    assert "annotator human" in printed.out and "| upper | 1 |" in printed.out and printed.out.count(" | 2 |") >= 4
    assert "text.png" in printed.err and "small.png" in printed.err
    table = results.read(tmp_path / "out")
    whole = table[table["zone"] == "whole"].set_index(["method", "task", "photo"])
    assert len(whole) == 2 * 3 + 1 + 3 * 3 + 3 and whole.index.is_unique
    scored = whole[whole["error"] == ""]
    assert set(scored.index.get_level_values("photo")) == {"face"} and len(scored) == 3 + 3 * 2
    assert scored.loc[("both", "pore", "face"), "count_true"] == 1
    assert scored.loc[("upper", "wrinkle", "face"), "seconds"] > 0 and {"forehead", "nose"} < set(table["zone"])
    assert results.mask_path(tmp_path / "out", "both", "pore", "face").is_file()
    meta = results.read_meta(tmp_path / "out")
    assert meta["split"] == "all" and meta["source"]["masks"] == f"{tmp_path.name}/lines"
    assert meta["pores"] == f"{tmp_path.name}/pores"
    assert len(pd.read_csv(tmp_path / "out" / "rows.csv")) == len(scored)


def test_a_file_name_that_is_no_utf_8_is_scored_as_any_other(photos, tmp_path: Path, monkeypatch, capsys) -> None:
    odd = os.fsdecode(b"caf\xe9")  # Latin-1
    for folder in ("photos", "lines"):
        try:
            (tmp_path / folder / f"{odd}.png").write_bytes((tmp_path / folder / "face.png").read_bytes())
            (tmp_path / folder / f"{odd}2.png").write_text("no picture")
        except OSError:
            pytest.skip("this file system takes UTF-8 names only")
    command = [*photos, "--no-references", "--output", str(tmp_path / "out"), "--keep-masks", "--methods"]
    assert run.main([*command, use(monkeypatch, Marks())]) == 0
    table = results.read(tmp_path / "out")
    whole = table[table["zone"] == "whole"].set_index("photo")
    assert whole["error"]["caf\\udce9"] == "" and whole["photo_path"]["caf\\udce9"].endswith("caf\\udce9.png")
    assert "caf\\udce92" in whole["error"]["caf\\udce92"]
    assert results.mask_path(tmp_path / "out", "upper", "wrinkle", "caf\\udce9").is_file()
    again = Marks()
    assert run.main([*command, use(monkeypatch, again)]) == 0 and not again.calls


def test_stopping_and_starting_again_repeats_what_failed_and_nothing_else(
    photos, tmp_path: Path, monkeypatch, capsys, astronaut
) -> None:
    command = [*photos, "--no-references", "--output", str(tmp_path / "out"), "--methods"]
    for name in ("second", "third"):
        for folder in ("photos", "lines"):
            copied = tmp_path / folder / f"{name}.png"
            copied.write_bytes((tmp_path / folder / "face.png").read_bytes())
    stopping = Marks(stop_after=2)
    assert run.main([*command, use(monkeypatch, stopping)]) == run.STOPPED
    assert "stopped" in capsys.readouterr().err and not (tmp_path / "out" / results.ROWS).exists()
    assert len(results.finished(tmp_path / "out")) == 2
    again = Marks()
    assert run.main([*command, use(monkeypatch, again)]) == 0
    assert len(stopping.calls) == 2 and len(again.calls) == 1
    images.save_png(tmp_path / "photos" / "text.png", astronaut)  # mended
    last, new = Marks(), Marks("new")
    assert run.main([*command, use(monkeypatch, last, new)]) == 0
    assert len(last.calls) == 1 and len(new.calls) == 4
    table = results.read(tmp_path / "out")
    whole = table[table["zone"] == "whole"]
    assert len(whole) == 10 and sorted(whole["photo"].unique()) == ["face", "second", "small", "text", "third"]
    assert list(whole[whole["error"] != ""]["photo"]) == ["small", "small"]
    (tmp_path / "pores" / "face.png").unlink()
    assert run.main([*photos[:4], *command[6:], use(monkeypatch, last)]) == 2
    assert "results of other data" in capsys.readouterr().err


def test_a_changed_mask_repeats_its_own_photo_and_a_second_file_of_one_name_ends_nothing(
    photos, tmp_path: Path, monkeypatch, capsys
) -> None:
    command = [*photos[:4], "--no-references", "--output", str(tmp_path / "out"), "--methods"]
    for folder in ("photos", "lines"):
        (tmp_path / folder / "text.png").unlink()
        (tmp_path / folder / "small.png").write_bytes((tmp_path / folder / "face.png").read_bytes())

    def run_again() -> int:
        method = Marks()
        assert run.main([*command, use(monkeypatch, method)]) == 0
        return len(method.calls)

    assert [run_again(), run_again()] == [2, 0]
    mask = images.load_mask(tmp_path / "lines" / "face.png").astype(np.uint8) * 255
    mask[100:110, 180:280] = 255
    before = results.read(tmp_path / "out")
    images.save_png(tmp_path / "lines" / "face.png", mask)
    assert [run_again(), run_again()] == [1, 0]
    after = results.read(tmp_path / "out")
    assert set(after["photo"]) == {"face", "small"} and len(after) == len(before)
    drawn = {
        each: table[table["zone"] == "whole"].set_index("photo")["fn"] for each, table in enumerate((before, after))
    }
    assert drawn[1]["face"] > drawn[0]["face"] and drawn[1]["small"] == drawn[0]["small"]
    (tmp_path / "photos" / "small.webp").write_bytes((tmp_path / "photos" / "small.png").read_bytes())
    assert run.main([*command, use(monkeypatch, Marks("new"))]) == 0
    new = results.read(tmp_path / "out").query("method == 'new' and zone == 'whole'").set_index("photo")
    assert new["error"]["face"] == "" and "small.png" in new["error"]["small"] and "small.webp" in new["error"]["small"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--images", "x"], "--wrinkle-masks"),
        (["--zones", "x"], "--zones goes with --images"),
        (["--dataset", "x", "--pore-masks", "y"], "--pore-masks goes with --images"),
        (["--annotator", "x"], "--images or --dataset"),
        (["--ffhq-wrinkle", "nowhere"], "no folder"),
        (["--images", "nowhere", "--wrinkle-masks", "nothere"], "no folder"),
        (["--keep-masks"], "--output"),
        (["--device", "cuda"], "no CUDA device"),
    ],
)
def test_words_that_do_not_go_together_are_one_line(words: list[str], told: str, monkeypatch, capsys, data_dir) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert run.main([*words, "--methods", "frangi"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("eval run: ") and told in error and len(error.strip().splitlines()) == 1


def test_a_split_of_ones_own_folders_is_by_photo(photos, tmp_path: Path, monkeypatch, capsys) -> None:
    def nobody(_: np.ndarray) -> list:
        raise NoFaceError("No face was found.")

    monkeypatch.setattr(scenes.face, "find", nobody)
    for number in range(7):
        images.save_png(tmp_path / "photos" / f"{number}.png", np.full((64, 64, 3), number, np.uint8))
        images.save_png(tmp_path / "lines" / f"{number}.png", np.zeros((64, 64), np.uint8))
    names = use(monkeypatch, Marks())
    counted = []
    for split in ("train", "validation", "test", "all"):
        output = tmp_path / split
        run.main([*photos, "--split", split, "--methods", names, "--output", str(output), "--no-references"])
        counted.append(set(results.read(output)["photo"]))
    assert set.union(*counted[:3]) == counted[3] and sum(map(len, counted[:3])) == len(counted[3]) == 10
    assert counted[2]


def test_two_processes_share_the_photos(photos, tmp_path: Path) -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    for number in range(3):
        for folder in ("photos", "lines"):
            (tmp_path / folder / f"{number}.png").write_bytes((tmp_path / folder / "face.png").read_bytes())
    launch = [sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", "--num_machines", "1"]
    settings = ["--num_processes", "2", "--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0"]
    words = ["-m", "eval", "run", *photos, "--methods", "frangi", "--device", "cpu", "--output", str(tmp_path / "out")]
    done = subprocess.run([*launch, *settings, *words], env=env, timeout=300, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("| frangi | 4 |") == 1 and not list((tmp_path / "out" / results.PARTS).iterdir())
    table = results.read(tmp_path / "out")
    whole = table[(table["zone"] == "whole") & (table["method"] == "frangi")]
    assert len(whole) == 6 and whole["photo"].is_unique and (whole["error"] == "").sum() == 4
    # Three photos for the one that shows how far it is; the bad one, an odd one in the list, came from the other.
    assert " 0/3 " in done.stderr and "text.png" in done.stderr


def test_one_real_photo_and_the_second_person(data_dir: Path) -> None:
    every = samples.wrinkle_samples(data_dir)
    pairs = [sample for sample in every if sample.same_photo_as]
    assert len(pairs) == 4
    chosen = [sample for sample in every if sample.name == "a_0000183"]
    work = [(case, [entrants.of_method(methods.load("frangi"))]) for case in scenes.cases(chosen)]
    work += [(case, [entrants.second_person()]) for case in scenes.cases(pairs)]
    table = summary.flat(collect.in_memory(work, benchmark.Place(data_dir)))
    row, second = table.iloc[0], table.iloc[1:]
    assert 0.02 < row.iou < row.f1 < 0.6 and row.line_f1 > row.f1
    # Known of these pairs: IoU .15 to .18, centreline F1 within 3 px .51 to .66 (four photos in all).
    assert len(second) == 4 and second["iou"].between(0.1, 0.25).all() and second["line_f1"].between(0.4, 0.75).all()


def test_pores_of_the_half_face(data_dir: Path) -> None:
    table = run.score([methods.load("pores-dog")], [], data_dir, "test")
    # A plain difference of Gaussians reaches IoU .32 and F1 of centres .68 over the whole zone.
    assert len(table) == 1 and table["iou"][0] > 0.2 and table["line_f1"][0] > 0.5


def test_where_nothing_could_be_scored_the_command_fails_and_says_why(
    photos, tmp_path: Path, monkeypatch, capsys
) -> None:
    for path in (tmp_path / "photos").glob("*.png"):
        path.write_text("no picture")
    assert run.main([*photos, "--no-references", "--methods", use(monkeypatch, Marks())]) == 1
    assert "nothing could be scored; the first reason:" in capsys.readouterr().err


def test_every_command_is_there_and_the_list_of_them_comes_at_once(capsys) -> None:
    from eval import __main__ as command

    for name in command.COMMANDS:
        with pytest.raises(SystemExit) as end:
            command.main([name, "--help"])
        assert end.value.code == 0 and f"python -m eval {name}" in capsys.readouterr().out
        assert f"\n  {name} " in command.USAGE
    code = "import sys, eval.__main__ as m; m.main(['--help']); print({'torch', 'mediapipe', 'cv2'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == f"{command.USAGE}\nset()\n"
