"""The command line: its manners with a method of a few lines, and once as a real process with a classical method."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from fakes import Darkness
from PIL import Image

from wrinkleseg import commands, methods
from wrinkleseg.__main__ import main

ROOT = Path(__file__).resolve().parents[1]
ENDINGS = ("_wrinkle.png", "_pore.png", "_skin.png", "_overlay.png", ".json")


def fake_method(name, device="auto"):
    if name != "fake":
        raise methods.MethodError(f"there is no method {name!r}; there are: fake, other")
    return Darkness()


@pytest.fixture(autouse=True)
def _fake_methods(monkeypatch):
    monkeypatch.setattr(methods, "load", fake_method)
    monkeypatch.setattr(methods, "DEFAULT", "fake")


@pytest.fixture(scope="session")
def portrait(astronaut) -> np.ndarray:
    return np.ascontiguousarray(astronaut[:300, 100:400])


@pytest.fixture
def photo(portrait, tmp_path) -> Path:
    return save(portrait, tmp_path / "photos" / "eileen.png")


def save(rgb, path: Path, **options) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(rgb).save(path, **options)
    return path


def results(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def files_of(*stems: str) -> set[str]:
    return {stem + ending for stem in stems for ending in ENDINGS}


def analyze(*arguments) -> int:
    return main(["analyze", *map(str, arguments)])


def test_one_photo(photo, tmp_path, capsys):
    out = tmp_path / "new" / "out"
    assert analyze(photo, "--output", out) == 0
    assert results(out) == files_of("eileen")
    told = capsys.readouterr()
    assert told.err == "" and "eileen.json" in told.out
    result = json.loads((out / "eileen.json").read_text("utf-8"))
    assert result["threshold"] == {"wrinkle": 0.5, "pore": 0.5} and result["model"]["name"] == "fake"
    assert result["name"] == "eileen.png" and str(tmp_path) not in json.dumps(result)
    for ending in ("_wrinkle.png", "_pore.png", "_skin.png"):
        with Image.open(out / f"eileen{ending}") as picture:
            assert picture.mode == "L" and picture.size == (300, 300)


def test_sideways_photo_comes_out_upright(portrait, tmp_path):
    tall = np.ascontiguousarray(portrait[:, 20:270])
    exif = Image.Exif()
    exif[0x0112] = 6
    photo = save(np.ascontiguousarray(np.rot90(tall)), tmp_path / "turned.jpg", exif=exif, quality=95)
    assert analyze(photo, "--output", tmp_path / "out") == 0
    with Image.open(tmp_path / "out" / "turned_wrinkle.png") as picture:
        assert picture.size == (250, 300)


def test_bad_photos_cost_a_line_each_and_nothing_else(photo, tmp_path, capsys):
    text, empty = photo.with_name("text.jpg"), photo.with_name("empty.png")
    text.write_text("this is no picture\n" * 20)
    empty.write_bytes(b"")
    grey = save(np.full((200, 200, 3), 128, np.uint8), photo.with_name("a_wall.png"))
    missing = photo.with_name("missing.png")
    out = tmp_path / "out"
    assert analyze(text, missing, photo, grey, empty, "--output", out) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 4
    for path, line in zip((text, missing, grey, empty), lines, strict=True):
        assert line.startswith(f"{path}: ") and "Traceback" not in line
    assert results(out) == files_of("eileen")


def test_unforeseen_trouble_stays_with_its_photo(portrait, tmp_path, monkeypatch, capsys):
    first, second = (save(portrait, tmp_path / "in" / name) for name in ("a.png", "b.png"))
    load = commands._analyze_one

    def breaks(analyzer, photo, *rest):
        if photo.name == "a.png":
            raise RuntimeError("out of\nmemory")
        return load(analyzer, photo, *rest)

    monkeypatch.setattr(commands, "_analyze_one", breaks)
    assert analyze(first, second, "--output", tmp_path / "out") == 1
    assert capsys.readouterr().err == f"{first}: RuntimeError: out of memory\n"
    assert results(tmp_path / "out") == files_of("b")


def test_same_stem_twice(portrait, tmp_path, capsys):
    paths = [tmp_path / "a" / "anna.png", tmp_path / "b" / "Anna.jpg", tmp_path / "b" / "anna-2.png"]
    for path in paths:
        save(portrait, path)
    assert analyze(*paths, paths[0], "--output", tmp_path / "out") == 0
    assert results(tmp_path / "out") == files_of("anna", "Anna-2", "anna-2-2")
    told = capsys.readouterr()
    assert f"{paths[1]}: its results are named Anna-2" in told.out and told.err == ""
    assert json.loads((tmp_path / "out" / "Anna-2.json").read_text("utf-8"))["name"] == "Anna.jpg"


@pytest.mark.skipif(sys.platform != "linux", reason="file names of arbitrary bytes exist on Linux only")
def test_file_name_that_is_no_text(portrait, tmp_path, capsys):
    photo = save(portrait, tmp_path / os.fsdecode(b"caf\xe9.png"))
    assert analyze(photo, "--output", tmp_path / "out") == 0
    assert results(tmp_path / "out") == files_of(photo.stem)
    assert json.loads((tmp_path / "out" / f"{photo.stem}.json").read_text("utf-8"))["name"] == "caf?.png"
    assert "caf\\udce9.json" in capsys.readouterr().out


def test_folder(photo, portrait, tmp_path, capsys):
    save(portrait, photo.with_name("second.JPG"), format="JPEG")
    save(portrait, photo.parent / "sub" / "third.png")
    photo.with_name("notes.txt").write_text("not a picture")
    photo.with_name("._eileen.png").write_bytes(b"left by a Mac")
    assert analyze(photo.parent, photo, "--output", tmp_path / "out") == 0
    assert results(tmp_path / "out") == files_of("eileen", "second")
    assert capsys.readouterr().err == ""


def test_results_beside_the_photos_are_not_photos(photo, tmp_path):
    assert analyze(photo.parent, "--output", photo.parent) == 0
    assert analyze(photo.parent, "--output", photo.parent) == 0
    assert results(photo.parent) == files_of("eileen") | {"eileen.png"}


def test_a_result_never_replaces_a_photo(photo, portrait, capsys):
    other = save(portrait, photo.with_name("eileen_skin.png"))
    before = other.read_bytes()
    assert analyze(photo, other, "--output", photo.parent) == 1
    assert "eileen_skin.png would replace one of the photos" in capsys.readouterr().err
    assert other.read_bytes() == before and not photo.with_name("eileen.json").exists()


def test_folder_without_pictures(photo, tmp_path, capsys):
    nothing = tmp_path / "nothing"
    (nothing / "sub").mkdir(parents=True)
    assert analyze(nothing, "--output", tmp_path / "out") == 1
    assert capsys.readouterr().err.startswith(f"{nothing}: no pictures in this folder")
    assert analyze(nothing, photo, "--output", tmp_path / "out") == 1
    assert results(tmp_path / "out") == files_of("eileen")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--threshold", "0.25"], {"wrinkle": 0.25, "pore": 0.25}),
        (["--threshold", "pore=0.25"], {"wrinkle": 0.5, "pore": 0.25}),
        (["--threshold", "0.3", "--threshold", "pore=0.25"], {"wrinkle": 0.3, "pore": 0.25}),
        (["--threshold", "0"], {"wrinkle": 0, "pore": 0}),
    ],
)
def test_thresholds(photo, tmp_path, arguments, expected):
    assert analyze(photo, "--output", tmp_path / "out", *arguments) == 0
    assert json.loads((tmp_path / "out" / "eileen.json").read_text("utf-8"))["threshold"] == expected


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "--output"),
        (["--threshold", "1.5"], "'1.5' is not a number from 0 to 1"),
        (["--threshold", "nan"], "'nan' is not a number from 0 to 1"),
        (["--threshold", "acne=0.5"], "names no task"),
        (["--face", "0"], "whole number from 1"),
        (["--device", "tpu"], "invalid choice"),
    ],
)
def test_arguments_that_make_no_sense(photo, tmp_path, capsys, arguments, told):
    place = ["--output", str(tmp_path / "out")] if arguments else []
    with pytest.raises(SystemExit) as stopped:
        analyze(photo, *place, *arguments)
    assert stopped.value.code == 2
    assert told in capsys.readouterr().err.splitlines()[-1]
    assert not (tmp_path / "out").exists()


def test_unknown_model_lists_all(photo, tmp_path, capsys):
    assert analyze(photo, "--output", tmp_path / "out", "--model", "fairy") == 2
    assert capsys.readouterr().err == "wrinkleseg: error: there is no method 'fairy'; there are: fake, other\n"


def test_threshold_for_a_task_that_the_model_lacks(photo, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(methods, "load", lambda name, device: Darkness(("wrinkle",)))
    assert analyze(photo, "--output", tmp_path / "out", "--threshold", "pore=0.4") == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert analyze(photo, "--output", tmp_path / "out", "--threshold", "0.4") == 0
    assert results(tmp_path / "out") == files_of("eileen") - {"eileen_pore.png"}


def test_output_that_is_a_file(photo, capsys):
    assert analyze(photo, "--output", photo) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_face_that_is_not_there(photo, tmp_path, capsys):
    assert analyze(photo, "--output", tmp_path / "out", "--face", "2") == 1
    assert capsys.readouterr().err.startswith(f"{photo}: there are fewer than 2 faces")


def test_second_face_is_another(portrait, tmp_path):
    small = np.asarray(Image.fromarray(portrait).resize((220, 220)))
    both = np.full((300, 520, 3), 128, np.uint8)
    both[:, :300], both[:220, 300:] = portrait, small
    photo = save(both, tmp_path / "two.png")
    lefts = []
    for number in (1, 2):
        assert analyze(photo, "--output", tmp_path / "out", "--face", number) == 0
        result = json.loads((tmp_path / "out" / "two.json").read_text("utf-8"))
        assert result["face"]["count"] == 2 and "several_faces" in {warning["code"] for warning in result["quality"]}
        lefts.append(result["face"]["box"]["left"])
    assert lefts[0] < 300 <= lefts[1]


def test_control_c_ends_cleanly(photo, tmp_path, capsys, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "_analyze_one", stop)
    assert analyze(photo, "--output", tmp_path / "out") == 130
    assert len(capsys.readouterr().err.splitlines()) == 1 and results(tmp_path / "out") == set()


def test_progress_bar_for_several_photos_in_a_terminal(photo, portrait, tmp_path, monkeypatch, capsys):
    second = save(portrait, photo.with_name("second.png"))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert analyze(photo, second, "--output", tmp_path / "out") == 0
    assert "2/2" in capsys.readouterr().err
    assert analyze(photo, "--output", tmp_path / "out") == 0
    assert capsys.readouterr().err == ""


def test_models(capsys):
    assert main(["models", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    by_name = {row["name"]: row for row in listed}
    assert {"frangi", "pores-dog"} <= set(by_name)
    assert all({"name", "task", "parameters", "source", "licence", "weights"} <= set(row) for row in listed)
    assert by_name["frangi"]["task"] == "wrinkle" and by_name["frangi"]["parameters"] == 0
    assert main(["models"]) == 0
    table = capsys.readouterr().out
    assert all(name in table for name in by_name)


def test_as_a_process_with_a_classical_method(photo, tmp_path):
    shutil.copy(photo, photo.with_name("again.png"))
    bad = photo.with_name("bad.jpg")
    bad.write_bytes(b"\xff\xd8\xff nothing more")
    command = [sys.executable, "-m", "wrinkleseg", "analyze", str(photo.parent), "--output", str(tmp_path / "out")]
    command += ["--model", "frangi+pores-dog", "--device", "cpu", "--threshold", "0.3"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert len(lines) == 1 and lines[0].startswith(f"{bad}: ")
    assert results(tmp_path / "out") == files_of("eileen", "again")
    result = json.loads((tmp_path / "out" / "eileen.json").read_text("utf-8"))
    assert result["model"]["name"] == "frangi+pores-dog" and result["threshold"] == {"wrinkle": 0.3, "pore": 0.3}
    twin = json.loads((tmp_path / "out" / "again.json").read_text("utf-8"))
    assert twin["measures"] == result["measures"]


def test_help_and_import_are_quick_to_answer():
    """Neither MediaPipe nor torch is needed to say how the command is used."""
    code = "import sys, wrinkleseg.__main__ as m; m.parser(); print({'torch', 'mediapipe', 'cv2'} & set(sys.modules))"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "set()"
