"""The page under load: from its start to the first answer, then several clients at once."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from gradio_client import Client, handle_file

from eval.speed.scenes import as_jpeg, selfie

CLIENTS, ANALYSES, SETTLED = 8, 200, 50
FIRST_ANSWER_LIMIT, SLOPE_LIMIT_MB = 15.0, 0.2
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Load:
    """What the page did under load.

    first_answer: seconds from the program's start to the first result, its network loaded. finished, errors: analyses.
    p50, p95: seconds that a client waited, the queue included. slope_mb: MiB of resident memory that each analysis after
    the first `SETTLED` added (least squares; NaN where there were no more). unfair: when the first client was done, the largest difference between two
    clients' finished analyses.
    """

    method: str
    clients: int
    first_answer: float
    finished: int
    errors: int
    p50: float
    p95: float
    slope_mb: float
    unfair: int

    def to_dict(self) -> dict:
        """Plain values, for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class _Answer:
    client: int
    seconds: float
    memory_mb: float
    at: float
    error: str = ""


def measure(method: str, photo: str = "", clients: int = CLIENTS, analyses: int = ANALYSES) -> Load:
    """Start the page, wait for its first answer, then let the clients at it. Raises RuntimeError if it does not come up."""
    with tempfile.TemporaryDirectory() as folder:
        path = as_jpeg(selfie(photo), Path(folder))
        start = time.perf_counter()
        with served(Path(folder)) as (url, process):
            _ask(Client(url, verbose=False), path, method)
            first = time.perf_counter() - start
            answers = _crowd(url, process.pid, path, method, clients, analyses // clients)
    return _load(method, clients, first, answers)


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, subprocess.Popen]]:
    """`app.py` on a free port of this machine, ended afterwards."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    own = {"GRADIO_SERVER_PORT": str(port), "GRADIO_SERVER_NAME": "127.0.0.1", "GRADIO_TEMP_DIR": str(folder / "page")}
    with (folder / "page.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "app.py"], cwd=_ROOT, env=os.environ | own, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            _wait(f"http://127.0.0.1:{port}/", process, folder / "page.log")
            yield f"http://127.0.0.1:{port}/", process
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


def slope(values: np.ndarray) -> float:
    """Growth a step of a series (N,) by least squares, NaN for fewer than two values."""
    return float(np.polyfit(np.arange(len(values)), values, 1)[0]) if len(values) > 1 else float("nan")


def _wait(url: str, process: subprocess.Popen, log: Path, patience: float = 300) -> None:
    end = time.monotonic() + patience
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"the page did not come up: {log.read_text(errors='replace')[-3000:]}")


def _ask(client: Client, path: Path, method: str) -> None:
    client.predict(handle_file(str(path)), method=method, api_name="/analyze")


def _crowd(url: str, pid: int, path: Path, method: str, clients: int, each: int) -> list[_Answer]:
    answers: list[_Answer] = []

    def visit(number: int) -> None:
        client = Client(url, verbose=False)
        for _ in range(each):
            start, error = time.perf_counter(), ""
            try:
                _ask(client, path, method)
            except Exception as problem:  # counted, whatever it is
                error = str(problem) or type(problem).__name__
            now = time.perf_counter()
            answers.append(_Answer(number, now - start, _memory_mb(pid), now, error))

    threads = [threading.Thread(target=visit, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(answers, key=lambda answer: answer.at)


def _memory_mb(pid: int) -> float:
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return float(lines["VmRSS"].split()[0]) / 1024


def _load(method: str, clients: int, first: float, answers: list[_Answer]) -> Load:
    good = [answer for answer in answers if not answer.error]
    waited = np.array([answer.seconds for answer in good] or [float("nan")])
    memory = np.array([answer.memory_mb for answer in answers[SETTLED:]])
    return Load(
        method,
        clients,
        first,
        len(good),
        len(answers) - len(good),
        float(np.percentile(waited, 50)),
        float(np.percentile(waited, 95)),
        slope(memory),
        _unfair(answers, clients),
    )


def _unfair(answers: list[_Answer], clients: int) -> int:
    most = max(sum(answer.client == number for answer in answers) for number in range(clients))
    counts = [0] * clients
    for answer in answers:
        counts[answer.client] += 1
        if counts[answer.client] == most:
            break
    return max(counts) - min(counts)
