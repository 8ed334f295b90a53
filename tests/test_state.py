"""A run that was stopped or killed goes on to the very end that it would have come to undisturbed."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tiny_run
import torch

from train import state
from train.state import Interrupts, Progress, StateError
from wrinkleseg import checkpoint

ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.usefixtures("tiny_network")


@pytest.fixture(scope="module")
def stopped(tmp_path_factory) -> Path:
    """Folders of the same run, undisturbed, stopped and killed; each of these was resumed to its end."""
    folder = tmp_path_factory.mktemp("stops")
    env = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, ROOT / "tests" / "tiny_run.py", "stops", folder], env=env, check=True, timeout=400)
    return folder


def lines(output: Path) -> list[dict]:
    """The log, without how fast it went."""
    found = [json.loads(line) for line in (output / "log.jsonl").read_text().splitlines()]
    return [{key: value for key, value in line.items() if key != "samples_per_second"} for line in found]


def test_signals_end_a_run_with_their_exit_status(stopped: Path) -> None:
    status = json.loads((stopped / "status.json").read_text())
    assert status["plain"] == 0
    assert status["term"] == [143, 0] and status["int"] == [130, 0]
    assert status["killed"] == [-9, -9, -9, -9, 0]


@pytest.mark.parametrize("name", tiny_run.DEADLY)
def test_each_deadly_moment_was_met(stopped: Path, name: str) -> None:
    assert json.loads((stopped / "status.json").read_text())[name] == [-9, 0]


@pytest.mark.parametrize("name", ["term", "int", "killed", *tiny_run.DEADLY])
def test_the_end_is_the_same_bit_for_bit(stopped: Path, name: str) -> None:
    plain, other = stopped / "plain", stopped / name
    assert (other / "best" / "model.safetensors").read_bytes() == (plain / "best" / "model.safetensors").read_bytes()
    assert (other / "best" / "config.json").read_text() == (plain / "best" / "config.json").read_text()
    ours, theirs = state.load(other / "state"), state.load(plain / "state")
    assert ours[0] == theirs[0] and ours[1].keys() == theirs[1].keys()
    assert all(torch.equal(ours[1][key], theirs[1][key]) for key in ours[1])


@pytest.mark.parametrize("name", ["term", "int", "killed", *tiny_run.DEADLY])
def test_the_log_holds_each_step_once(stopped: Path, name: str) -> None:
    assert lines(stopped / name) == lines(stopped / "plain")
    assert [line["step"] for line in lines(stopped / "plain")] == [4, 8, 10, 12, 16, 16]


@pytest.mark.parametrize("name", ["plain", *tiny_run.DEADLY])
def test_nothing_is_left_behind(stopped: Path, name: str) -> None:
    found = {path.relative_to(stopped / name).as_posix() for path in (stopped / name).rglob("*") if path.is_file()}
    assert found == {
        "run.json",
        "log.jsonl",
        "best/config.json",
        "best/model.safetensors",
        "state/progress.json",
        "state/step-16.safetensors",
    }


def test_the_state_is_exact_and_holds_no_pickle(stopped: Path) -> None:
    progress, tensors = state.load(stopped / "plain" / "state")
    assert progress.step == 16 and 0 < progress.best <= 1 and progress.losses == 0.0
    kinds = {name.split(".")[0] for name in tensors}
    assert kinds == {"model", "mean", "exp_avg", "exp_avg_sq", "step"}
    assert {value.dtype for value in tensors.values()} == {torch.float32, torch.int64}
    assert tensors["step.head.weight"].item() == 16


def test_a_run_folder_is_not_overwritten(stopped: Path) -> None:
    with pytest.raises(StateError, match="already holds best: go on with --resume, or give another --output"):
        state.check_folder(stopped / "plain", tiny_run.tiny_run(), resume=False)


def test_another_run_is_not_resumed(stopped: Path) -> None:
    other = tiny_run.tiny_run(rate=0.5, settings={"tasks": ["wrinkle", "pore"], "drop": 0.2})
    with pytest.raises(
        StateError, match=r"rate was 0\.01, now 0\.5\): give another --output, or .* repeat .* --resume"
    ):
        state.check_folder(stopped / "plain", other, resume=True)


def test_a_folder_without_a_run_is_not_resumed(tmp_path: Path) -> None:
    (tmp_path / "holiday.txt").write_text("sun")
    with pytest.raises(StateError, match=r"no run\.json"):
        state.check_folder(tmp_path, tiny_run.tiny_run(), resume=True)


@pytest.mark.parametrize("resume", [False, True])
def test_an_empty_or_missing_folder_is_free(tmp_path: Path, resume: bool) -> None:
    state.check_folder(tmp_path, tiny_run.tiny_run(), resume)
    state.check_folder(tmp_path / "none", tiny_run.tiny_run(), resume)
    assert not (tmp_path / "none").exists()


def test_progress_comes_back_exactly(tmp_path: Path) -> None:
    total = torch.tensor(0.1) + torch.tensor(0.2)
    values = {"a": torch.randn(3, 4, 2, 2).to(memory_format=torch.channels_last), "n": torch.tensor(7)}
    state.save(tmp_path, Progress(5, 1 / 3, total), values)
    progress, tensors = state.load(tmp_path)
    assert progress == Progress(5, 1 / 3, total.item())
    assert torch.equal(torch.tensor(progress.losses), total)
    assert all(torch.equal(tensors[key], values[key]) for key in values)


def test_nothing_saved_yet(tmp_path: Path) -> None:
    assert state.load(tmp_path / "state") is None


def test_a_damaged_state_says_so(stopped: Path, tmp_path: Path) -> None:
    shutil.copytree(stopped / "plain" / "state", tmp_path / "state")
    (tmp_path / "state" / "step-16.safetensors").write_bytes(b"half")
    with pytest.raises(checkpoint.CheckpointError, match="does not hold tensors"):
        state.load(tmp_path / "state")


def test_a_full_disk_leaves_the_former_state(tmp_path: Path, monkeypatch) -> None:
    state.save(tmp_path, Progress(1), {"a": torch.ones(2)})

    def full(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(checkpoint, "save_file", full)
    with pytest.raises(OSError, match="disk full"):
        state.save(tmp_path, Progress(2), {"a": torch.zeros(2)})
    progress, tensors = state.load(tmp_path)
    assert progress.step == 1 and np.array_equal(tensors["a"], [1, 1])


def test_a_second_interrupt_breaks_off() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Interrupts() as interrupts:
        assert interrupts.number == 0
        os.kill(os.getpid(), signal.SIGINT)
        assert interrupts.number == signal.SIGINT
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
