"""Work that is killed with SIGKILL at chosen moments and started again, each time in a process of its own.

As a program it is run by test_faults_kill.py: `faults_child.py FOLDER`. The processes are forked after the slow imports.
Moments are told by counting calls, not by the clock: a fast machine would be done before it is killed.
"""

import json
import os
import re
import shutil
import signal
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
import tiny_run
import torch
from fakes import FakeLibrary, Undivided
from hub_server import Fault, Hub, connected
from skimage import data

from eval import benchmark, collect, results
from eval.entrants import of_method
from eval.processes import Team
from eval.scenes import Case, Drawn, Scene
from train import logs, push
from wrinkleseg import batch, checkpoint, commands, hub, images, models
from wrinkleseg.__main__ import main as wrinkleseg
from wrinkleseg.analysis import Analysis
from wrinkleseg.checkpoint import Config
from wrinkleseg.face import Face, Pose, Regions
from wrinkleseg.geometry import Box
from wrinkleseg.methods import MethodInfo
from wrinkleseg.preprocess import Preprocess

PHOTOS = ("anna", "berta", "carla")
SIDE = 120
REPO = "somebody/lines"


def half_then_die(path: Path, content: bytes) -> None:
    """Write the first half of a file, and be killed."""
    with Path(path).open("wb") as file:
        file.write(content[: len(content) // 2])
        file.flush()
        os.kill(os.getpid(), signal.SIGKILL)


def die_in_file(call: int) -> None:
    """Be killed half-way through the file number `call` that Path.write_bytes writes."""
    inner, count = Path.write_bytes, iter(range(1, 10**6))

    def deadly(path: Path, content: bytes) -> int:
        return half_then_die(path, content) if next(count) == call else inner(path, content)

    Path.write_bytes = deadly


def die_in_tensors(call: int) -> None:
    """Be killed half-way through the tensors number `call` that are saved."""
    inner, count = checkpoint.save_file, iter(range(1, 10**6))

    def deadly(tensors: dict, path: Path) -> None:
        inner(tensors, path)
        if next(count) == call:
            half_then_die(path, Path(path).read_bytes())

    checkpoint.save_file = deadly


def die_in_line(call: int) -> None:
    """Be killed half-way through the line number `call` of a training's log."""
    inner, count = logs.Log.line, iter(range(1, 10**6))

    def deadly(log: logs.Log, **values: object) -> None:
        if next(count) == call:
            before, line = log.path.read_bytes(), json.dumps(values).encode()
            half_then_die(log.path, before + line[: len(line) // 2] + bytes(len(before) + len(line) // 2))
        inner(log, **values)

    logs.Log.line = deadly


def child(work, fault=None) -> int:
    """`work` in a forked process that first arranges its own death; its exit status."""
    pid = os.fork()
    if not pid:
        status = 99
        try:
            if fault:
                fault()
            status = work()
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


# --- results of the command line


def analyze(found: Analysis, folder: Path, threshold: float = 0.5) -> int:
    """`python -m wrinkleseg analyze` on the photos in `folder`, with an analysis that is there already."""
    given = {"wrinkle": threshold, "pore": threshold}
    commands._analyzer = lambda *_: FakeLibrary()
    commands.expand_thresholds = lambda *_: {}
    FakeLibrary.method = property(lambda self: self.methods["both"])
    commands._analyze_one = lambda analyzer, photo, *_: replace(found, name=photo.name).with_thresholds(given)
    return wrinkleseg(["analyze", str(folder / "photos"), "--output", str(folder / "out")])


ANALYZE = {
    "in the first file": partial(die_in_file, 1),
    "in the second photo's JSON": partial(die_in_file, 10),
    "before the first rename": partial(tiny_run.kill_at, 1, Path, "replace"),
    "between renames": partial(tiny_run.kill_at, 3, Path, "replace"),
    "before the JSON": partial(tiny_run.kill_at, 5, Path, "replace"),
    "after the JSON": partial(tiny_run.kill_at, 5, Path, "replace", True),
    "in the third photo": partial(tiny_run.kill_at, 12, Path, "replace"),
}


# --- the zip of many photos


def zip_of(found: Analysis, folder: Path) -> int:
    """`batch.run` over the photos; a new start takes a new name."""
    items = batch.gather(sorted((folder / "photos").iterdir()))
    path = next(path for n in range(9) if not (path := folder / f"{n}.zip").exists())
    rows = list(batch.run(items, lambda picture, name: replace(found, name=name), path))
    return int(any(row.error for row in rows))


ZIP = {
    "in the first photo": partial(tiny_run.kill_at, 3, ZipFile, "writestr", True),
    "in the second photo": partial(tiny_run.kill_at, 8, ZipFile, "writestr", True),
    "after the second photo": partial(tiny_run.kill_at, 2, batch.results_zip, "add", True),
    "in the tables": partial(tiny_run.kill_at, 16, ZipFile, "writestr", True),
}


# --- an evaluation


class Upper(Undivided):
    """Marks the upper half; notes each call in a file that outlives the process."""

    info = MethodInfo("upper", "", ("wrinkle",), 0, "", "", "", {"wrinkle": 0.5})

    def __init__(self, calls: Path) -> None:
        self.calls = calls

    def __call__(self, rgb, face, regions) -> dict[str, np.ndarray]:
        """As `Method`."""
        with self.calls.open("a") as file:
            file.write("called\n")
        shown = np.zeros(rgb.shape[:2], np.float32)
        shown[: SIDE // 2] = 0.8
        return {"wrinkle": shown}


def scene(tasks: tuple[str, ...]) -> Scene:
    """A grey face, all skin, with one line."""
    everywhere = np.ones((SIDE, SIDE), bool)
    truth = np.zeros((SIDE, SIDE), bool)
    truth[40:44, 10:90] = True
    found = Face(np.zeros((478, 3), np.float32), (SIDE, SIDE), Box(10, 10, 100, 100), 100.0, 100.0, 40.0, Pose(0, 0, 0))
    rgb = np.full((SIDE, SIDE, 3), 150, np.uint8)
    return Scene(rgb, found, Regions(everywhere, everywhere, {"forehead": everywhere}), dict.fromkeys(tasks, truth))


def evaluate(folder: Path) -> int:
    """Three photos into a results folder, a part for each, masks kept."""
    entrant = of_method(Upper(folder / "calls"))
    cases = [Case(name, None, {"wrinkle": Drawn("A", folder / name)}, scene) for name in PHOTOS]
    place = benchmark.Place(folder, folder / "out")
    collect.in_folder([(case, [entrant]) for case in cases], folder / "out", {"split": "all"}, place, Team())
    return 0


EVALUATE = {
    "before meta.json": partial(tiny_run.kill_at, 1, Path, "replace"),
    "in a mask": partial(die_in_file, 2),
    "before a part": partial(tiny_run.kill_at, 3, Path, "replace"),
    "after a part": partial(tiny_run.kill_at, 3, Path, "replace", True),
    "before all rows": partial(tiny_run.kill_at, 5, Path, "replace"),
    "after all rows": partial(tiny_run.kill_at, 5, Path, "replace", True),
    "in rows.csv": partial(die_in_file, 5),
}

TRAIN = {
    "in the tensors": partial(die_in_tensors, 2),
    "in the best weights": partial(die_in_tensors, 3),
    "in a line of the log": partial(die_in_line, 3),
}


def train(folder: Path) -> int:
    """The tiny run, gone on with where it was begun."""
    return tiny_run.fit(folder / "run", resume=(folder / "run").exists())


# --- the Hub


def sent(folder: Path) -> dict:
    """A push killed before its commit is answered, a fetch killed before its weights come; each started again."""
    config = Config("unet-reduced", {"tasks": ["wrinkle"]}, Preprocess({"wrinkle": 96}), {"wrinkle": 0.4})
    checkpoint.save(folder / "best", config, config.build())
    before = {path.name: path.read_bytes() for path in (folder / "best").iterdir()}
    push.example = lambda _: b"PNG"
    with pytest.MonkeyPatch.context() as patch, connected(patch, folder) as server:
        patch.setattr(hub, "TIMEOUT", 60)
        sending = partial(push.push, folder / "best", REPO)
        told = {"push": [killed_when_met(server, "/commit/", sending)], "commits": [len(server.repos[REPO].commits)]}
        told["push"].append(child(partial(quietly, sending)))
        told["commits"].append(len(server.repos[REPO].commits))
        fetching = partial(hub.fetch, REPO)
        told["fetch"] = [killed_when_met(server, "GET /storage", fetching), child(partial(quietly, fetching))]
        got = hub.fetch(REPO)
        told["same"] = (got / checkpoint.WEIGHTS).read_bytes() == before[checkpoint.WEIGHTS]
    told["untouched"] = before == {path.name: path.read_bytes() for path in (folder / "best").iterdir()}
    return told


def quietly(work) -> int:
    """0 where it comes to its end."""
    work()
    return 0


def killed_when_met(server: Hub, where: str, work) -> int:
    """The exit status of work in a process that is killed while the server keeps it waiting for an answer there."""
    server.faults.append(Fault(where, "hang"))
    pid = os.fork()
    if not pid:
        work()
        os._exit(0)
    while not any(re.search(where, request) for request in server.requests):
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    server.faults.clear()
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def several(place: Path, work, faults: dict) -> dict[str, list[int]]:
    """The work undisturbed in "plain"; then killed in each way and started again: exit statuses by name."""
    status = {}
    for name, fault in {"plain": None, **faults}.items():
        folder = place / name
        folder.mkdir(parents=True)
        if (place.parent / "photos").is_dir():
            (folder / "photos").symlink_to(place.parent / "photos")
        status[name] = [child(partial(work, folder), fault)]
        # What was whole at that moment is kept beside, for the tests to look at.
        if fault:
            shutil.copytree(folder, place / f"{name} at once", symlinks=True)
            status[name].append(child(partial(work, folder)))
    return status


def main(folder: Path) -> None:
    """All of it, below `folder`; status.json tells the exit statuses."""
    face = np.ascontiguousarray(data.astronaut()[:300, 100:400])
    (folder / "photos").mkdir()
    for name in PHOTOS:
        images.save_png(folder / "photos" / f"{name}.png", face)
    found = FakeLibrary().analyse("both", face, name="face")
    status = {
        "analyze": several(folder / "analyze", partial(analyze, found), ANALYZE),
        "zip": several(folder / "zip", partial(zip_of, found), ZIP),
        "evaluate": several(folder / "evaluate", evaluate, EVALUATE),
        "train": several(folder / "train", train, TRAIN),
        "hub": sent(folder),
    }
    place = folder / "analyze" / "replaced"
    place.mkdir()
    (place / "photos").symlink_to(folder / "photos")
    fault = partial(tiny_run.kill_at, 4, Path, "replace")
    status["replaced"] = [
        child(partial(analyze, found, place, 0.2)),
        child(partial(analyze, found, place, 0.8), fault),
    ]
    (folder / "status.json").write_text(json.dumps(status))


if __name__ == "__main__":
    models.BUILDERS["tiny"] = tiny_run.Tiny
    tiny_run.install()
    results._PAUSE = results._SHARE = 0  # a part of the results for each photo
    torch.set_num_threads(1)
    main(Path(sys.argv[1]))
