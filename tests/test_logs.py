"""Each line is written once, a cut one is left out, and Trackio's store holds the same numbers."""

import builtins
import json
import math
import socket
import sqlite3
import threading
from pathlib import Path

import pytest

from train.logs import Log, flat, read


def quiet(line: dict) -> None:
    pass


def steps(output: Path) -> list[int]:
    return [line["step"] for line in read(output / "log.jsonl")]


def test_lines_are_json(tmp_path: Path) -> None:
    log = Log(tmp_path, 0, quiet)
    log.line(step=10, loss=0.5, f1={"wrinkle": 0.25})
    log.line(step=20, loss=0.25)
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert lines == [{"step": 10, "loss": 0.5, "f1": {"wrinkle": 0.25}}, {"step": 20, "loss": 0.25}]


def test_going_on_drops_what_comes_again(tmp_path: Path) -> None:
    log = Log(tmp_path, 0, quiet)
    for step in (0, 10, 20, 30):
        log.line(step=step)
    shown = []
    Log(tmp_path, 20, shown.append).line(step=30)
    assert steps(tmp_path) == [0, 10, 20, 30]
    assert [line["step"] for line in shown] == [0, 10, 20, 30]


def test_beginning_again_begins_the_log(tmp_path: Path) -> None:
    Log(tmp_path, 0, quiet).line(step=0, note="before the first save")
    Log(tmp_path, 0, quiet)
    assert steps(tmp_path) == []


@pytest.mark.parametrize("cut", [1, 5, 12])
def test_a_line_that_was_cut_off_is_left_out(tmp_path: Path, cut: int) -> None:
    log = Log(tmp_path, 0, quiet)
    log.line(step=10, loss=0.5)
    log.line(step=20, loss=0.25)
    path = tmp_path / "log.jsonl"
    path.write_bytes(path.read_bytes()[:-cut] if cut > 1 else path.read_bytes()[:-2])
    Log(tmp_path, 20, quiet).line(step=20, loss=0.25)
    assert steps(tmp_path) == [10, 20]


def test_no_log_yet(tmp_path: Path) -> None:
    assert list(read(tmp_path / "log.jsonl")) == []


def test_flat_names() -> None:
    line = {"loss": 1.5, "f1": {"wrinkle": 0.5, "pore": 1}, "note": "words", "score": math.nan}
    assert flat(line) == {"loss": 1.5, "f1/wrinkle": 0.5, "f1/pore": 1}


def test_trackio_holds_the_same_numbers_and_asks_nobody(tmp_path: Path, monkeypatch) -> None:
    pytest.importorskip("trackio")
    monkeypatch.setenv("TRACKIO_DIR", "")

    def refuse(*_: object) -> None:
        raise AssertionError("a log must not reach out")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    threads = threading.active_count()
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        log = Log(tmp_path / name, 0)
        log.line(step=0, note="words only")
        log.line(step=10, loss=0.5, rate=1e-3)
        log.line(step=20, score=0.25, f1={"wrinkle": 0.25})
        again = Log(tmp_path / name, 10)
        again.line(step=20, score=0.75, f1={"wrinkle": 0.75})
        assert stored(tmp_path / name) == [(10, {"loss": 0.5, "rate": 1e-3}), (20, {"score": 0.75, "f1/wrinkle": 0.75})]
    assert threading.active_count() == threads


def stored(output: Path) -> list[tuple[int, dict]]:
    """What Trackio's page would show."""
    with sqlite3.connect(output / "trackio" / "wrinkleseg.db") as base:
        return [
            (step, json.loads(text)) for step, text in base.execute("SELECT step, metrics FROM metrics ORDER BY step")
        ]


def test_without_trackio_the_log_goes_on(tmp_path: Path, monkeypatch) -> None:
    inner = builtins.__import__

    def missing(name: str, *rest: object) -> object:
        if name.startswith("trackio"):
            raise ImportError(name)
        return inner(name, *rest)

    monkeypatch.setenv("TRACKIO_DIR", "")
    monkeypatch.setattr(builtins, "__import__", missing)
    Log(tmp_path, 0).line(step=10, loss=0.5)
    assert steps(tmp_path) == [10] and not (tmp_path / "trackio").exists()
