"""Killed with SIGKILL at any moment: what was finished is whole, nothing half is read as good, and a new start goes on."""

import json
import os
import signal
import subprocess
import sys
import time
import warnings
import zipfile
from collections import Counter
from pathlib import Path

import faults_child
import numpy as np
import pandas as pd
import pytest
import torch

from eval import results
from train import logs, state
from wrinkleseg import images

ROOT = Path(__file__).resolve().parents[1]
ENV = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}", "OMP_NUM_THREADS": "1"}
ENDINGS = ("_wrinkle.png", "_pore.png", "_skin.png", "_overlay.png", ".json")


@pytest.fixture(scope="module")
def killed(tmp_path_factory) -> Path:
    """What faults_child.py leaves: for each way to be killed, the folder at that moment and after the new start."""
    folder = tmp_path_factory.mktemp("killed")
    child = [sys.executable, ROOT / "tests" / "faults_child.py", folder]
    subprocess.run(child, env=ENV, check=True, timeout=300, capture_output=True)
    return folder


def files(folder: Path) -> dict[str, bytes]:
    """Every file but hidden ones, which no reader takes for a result."""
    paths = (path for path in folder.rglob("*") if path.is_file() and path.name[0] != ".")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def timeless(content: bytes) -> dict:
    """A result's JSON without how long it took."""
    return {name: value for name, value in json.loads(content).items() if name != "seconds"}


CASES = [
    (kind, name)
    for kind, names in (
        ("analyze", faults_child.ANALYZE),
        ("zip", faults_child.ZIP),
        ("evaluate", faults_child.EVALUATE),
        ("train", faults_child.TRAIN),
    )
    for name in names
]


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_each_moment_was_met_and_the_new_start_comes_to_its_end(killed: Path, kind: str, name: str) -> None:
    assert json.loads((killed / "status.json").read_text())[kind][name] == [-9, 0]


@pytest.mark.parametrize("name", faults_child.ANALYZE)
def test_results_of_the_command_line_are_whole_or_absent(killed: Path, name: str) -> None:
    plain, then, now = (files(killed / "analyze" / each / "out") for each in ("plain", f"{name} at once", name))
    assert set(plain) == set(now) == {photo + ending for photo in faults_child.PHOTOS for ending in ENDINGS}
    for photo in (path.removesuffix(".json") for path in then if path.endswith(".json")):
        assert {photo + ending for ending in ENDINGS} <= set(then)
    for found in (then, now):
        assert all(found[path] == plain[path] for path in found if path.endswith(".png"))
        assert all(timeless(found[path]) == timeless(plain[path]) for path in found if path.endswith(".json"))


def test_a_json_is_never_beside_maps_of_another_run(killed: Path) -> None:
    assert json.loads((killed / "status.json").read_text())["replaced"] == [0, -9]
    out = killed / "analyze" / "replaced" / "out"
    assert {path.stem for path in out.glob("*.json")} == {"berta", "carla"}  # anna was being replaced
    told = json.loads((out / "berta.json").read_text())
    assert told["threshold"] == {"wrinkle": 0.2, "pore": 0.2}
    assert (out / "berta_overlay.png").read_bytes() == (out / "carla_overlay.png").read_bytes()


@pytest.mark.parametrize("name", faults_child.ZIP)
def test_a_zip_is_whole_or_refused(killed: Path, name: str) -> None:
    path = killed / "zip" / f"{name} at once" / "0.zip"
    try:
        with zipfile.ZipFile(path) as file:
            assert file.testzip() is None
            held = {"anna": 5} if "first" in name else {"anna": 5, "berta": 5}
            assert Counter(each.split("/")[0] for each in file.namelist()) in (held, {**held, "carla": 5})
    except zipfile.BadZipFile:
        assert name in ("in the first photo", "in the second photo", "in the tables")
    with zipfile.ZipFile(killed / "zip" / name / "1.zip") as file, zipfile.ZipFile(killed / "zip/plain/0.zip") as plain:
        assert file.testzip() is None and file.namelist() == plain.namelist() and len(file.namelist()) == 18


def scores(folder: Path) -> pd.DataFrame:
    table = results.read(folder).sort_values(["photo", "zone"], ascending=[True, False]).reset_index(drop=True)
    return table[["method", "photo", "zone", "tp", "fp", "fn", "f1", "error"]]


@pytest.mark.parametrize("name", faults_child.EVALUATE)
def test_an_evaluation_keeps_what_was_finished_and_has_each_row_once(killed: Path, name: str) -> None:
    plain, then, now = (killed / "evaluate" / each / "out" for each in ("plain", f"{name} at once", name))
    assert scores(now).equals(scores(plain)) and len(scores(plain)) == 6
    assert pd.read_csv(now / "rows.csv").shape == pd.read_csv(plain / "rows.csv").shape
    assert all((now / path).read_bytes() == (plain / path).read_bytes() for path in files(plain) if "masks" in path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        done = results.finished(then)
    calls = len((killed / "evaluate" / name / "calls").read_text().splitlines())
    before = killed / "evaluate" / f"{name} at once" / "calls"
    at_once = len(before.read_text().splitlines()) if before.is_file() else 0
    assert calls == at_once + 3 - len(done)  # what was finished was not done again
    assert not (then / "rows.csv").exists()
    assert not list((now / "parts").glob("[!.]*"))


@pytest.mark.parametrize("name", faults_child.TRAIN)
@pytest.mark.usefixtures("tiny_network")
def test_a_training_killed_half_way_through_a_file_comes_to_the_same_end(killed: Path, name: str) -> None:
    plain, then, now = (killed / "train" / each / "run" for each in ("plain", f"{name} at once", name))
    assert (now / "best" / "model.safetensors").read_bytes() == (plain / "best" / "model.safetensors").read_bytes()
    ours, theirs = state.load(now / "state"), state.load(plain / "state")
    assert ours[0] == theirs[0] and all(torch.equal(ours[1][key], theirs[1][key]) for key in theirs[1])
    assert state.load(then / "state")[0].step in (3, 9)
    lines = [[line["step"] for line in logs.read(each / "log.jsonl")] for each in (now, plain)]
    assert lines[0] == lines[1] == [4, 8, 10, 12, 16, 16]
    assert set(files(now)) == set(files(plain)) and not list(now.rglob(".*"))


# --- real processes, killed from outside


def kill_once(command: list, there, folder: Path) -> None:
    """Start a process, and kill it with SIGKILL as soon as `there()` is so."""
    running = subprocess.Popen(command, env=ENV, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not there():
        assert running.poll() is None and time.monotonic() < deadline, f"it ended before its moment came: {folder}"
        time.sleep(0.005)
    running.send_signal(signal.SIGKILL)
    assert running.wait(30) == -signal.SIGKILL


@pytest.fixture
def photos(tmp_path: Path, astronaut: np.ndarray) -> Path:
    """A folder of eight portraits, and one of their masks."""
    mask = np.zeros((300, 300), np.uint8)
    mask[60:64, 80:180] = 255
    for folder, content in (("photos", astronaut[:300, 100:400]), ("masks", mask)):
        (tmp_path / folder).mkdir()
        for number in range(8):
            images.save_png(tmp_path / folder / f"p{number}.png", np.ascontiguousarray(content))
    return tmp_path / "photos"


def test_the_command_line_goes_on_after_a_kill(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-m", "wrinkleseg", "analyze", photos, "--output", out, "--model", "frangi"]
    kill_once(command, lambda: len(list(out.glob("*.json"))) >= 2, out)
    whole = sorted(path.stem for path in out.glob("*.json"))
    assert 2 <= len(whole) < 8
    for path in out.glob("[!.]*.png"):
        assert images.load_rgb(path).shape == (300, 300, 3)
    done = subprocess.run(command, env=ENV, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert len([json.loads(path.read_text()) for path in out.glob("*.json")]) == 8
    assert len(list(out.glob("[!.]*.png"))) == 8 * 3


def test_an_evaluation_goes_on_after_a_kill(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    plainly = "from eval import results; results._PAUSE = 0; from eval.__main__ import main; import sys; sys.exit(main(sys.argv[1:]))"
    words = [
        "run",
        "--images",
        photos,
        "--wrinkle-masks",
        photos.parent / "masks",
        "--methods",
        "frangi",
        "--no-references",
    ]
    command = [sys.executable, "-c", plainly, *words, "--output", out, "--device", "cpu"]
    kill_once(command, lambda: len(list((out / "parts").glob("[!.]*.parquet"))) >= 2, out)
    before = results.read(out).set_index(["photo", "zone"])["seconds"]
    assert not (out / results.ROWS).exists()
    done = subprocess.run(command, env=ENV, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    after = results.read(out).set_index(["photo", "zone"])["seconds"]
    assert len(after.xs("whole", level="zone")) == 8 and after.index.is_unique
    assert after[before.index].equals(before)  # the very same rows: nothing that was finished was done again


@pytest.mark.parametrize("kind", ["push", "fetch"])
def test_push_and_fetch_go_on_after_a_kill(killed: Path, kind: str) -> None:
    told = json.loads((killed / "status.json").read_text())["hub"]
    assert told[kind] == [-9, 0]
    assert told["commits"] == [1, 2]  # at the kill the repository was as it was made; then all came in one commit
    assert told["same"] and told["untouched"]
