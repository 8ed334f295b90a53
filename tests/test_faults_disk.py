"""A disk that is full, or that nobody may write to: one clear error, what was there stays, and after room is made it goes on.

The disks are small ones in memory, where this process may mount them; elsewhere these tests are skipped.
"""

import functools
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import faults_child
import numpy as np
import pytest
import tiny_run
from fakes import FakeLibrary

from eval import results
from eval import run as evaluation
from train import __main__ as training
from train import loop, state
from wrinkleseg import batch, images
from wrinkleseg.__main__ import main as wrinkleseg
from wrinkleseg.ui import flow, temporary, texts

ROOM = 4 * 2**20


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """An empty disk of `ROOM` bytes."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", place]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("this process may not mount a small disk")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def fill(disk: Path, left: int) -> None:
    """Leave only so many bytes free."""
    free = shutil.disk_usage(disk).free
    with (disk / "filling").open("wb") as file:
        file.write(bytes(max(0, free - left)))


def make_room(disk: Path) -> None:
    (disk / "filling").unlink()


@pytest.fixture
def read_only(disk: Path) -> Callable[[], None]:
    """Makes the disk one that can only be read."""

    def remount() -> None:
        if subprocess.run(["mount", "-o", "remount,ro", disk], capture_output=True, check=False).returncode:
            pytest.skip("this process may not change how a disk is mounted")

    return remount


def files(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture
def train(monkeypatch, tiny_network) -> Callable[..., int]:
    """`python -m train` with the tiny run; gives its exit status."""
    tiny_run.install(monkeypatch.setattr)
    monkeypatch.setattr(training, "_run", lambda _: tiny_run.tiny_run())

    def command(*words: object) -> int:
        return training.main(["best", "--device", "cpu", *map(str, words)])

    return command


def one_line(capsys) -> str:
    """What stands on stderr beside progress bars, once it is sure to be one line."""
    lines = [line for line in capsys.readouterr().err.replace("\r", "\n").splitlines() if line and "%|" not in line]
    assert len(lines) == 1, lines
    return lines[0]


def test_a_training_goes_on_once_there_is_room(disk: Path, train, capsys, monkeypatch) -> None:
    inner, output = loop._save, disk / "run"

    def full_at_nine(learner, progress, place) -> None:
        if progress.step == 9:
            fill(disk, 4096)
        inner(learner, progress, place)

    monkeypatch.setattr(loop, "_save", full_at_nine)
    assert train("--output", output) == 2
    told = one_line(capsys)
    assert told.startswith("train: ") and "No space left on device" in told
    assert state.load(output / "state")[0].step == 6 and not list(output.rglob("*.part"))
    before = files(output / "best")
    make_room(disk)
    monkeypatch.setattr(loop, "_save", inner)
    assert train("--output", output, "--resume") == 0
    assert state.load(output / "state")[0].step == 16 and files(output / "best").keys() == before.keys()
    assert {path.name for path in (output / "state").iterdir()} == {"progress.json", "step-16.safetensors"}


def test_a_full_disk_keeps_the_best_weights(disk: Path, train, capsys, monkeypatch) -> None:
    output, inner = disk / "run", loop.checkpoint.save

    def full(folder: Path, *rest) -> None:
        if (folder / "config.json").exists():
            fill(disk, 4096)
        inner(folder, *rest)

    monkeypatch.setattr(loop.checkpoint, "save", full)
    kept = {}
    monkeypatch.setattr(loop, "validate", functools.partial(_noting, loop.validate, output, kept))
    assert train("--output", output) == 2
    assert "No space left on device" in one_line(capsys)
    assert files(output / "best") == kept and [path.name for path in output.glob(".best*")] == []


def _noting(validate, output: Path, kept: dict, *rest) -> None:
    kept.update(files(output / "best") if (output / "best").is_dir() else {})
    validate(*rest)


def test_a_training_on_a_read_only_disk_is_one_line(disk: Path, read_only, train, capsys) -> None:
    read_only()
    assert train("--output", disk / "run") == 2
    told = one_line(capsys)
    assert told.startswith("train: ") and "Read-only file system" in told


# --- evaluation


def scored(folder: Path) -> int:
    return faults_child.evaluate(folder)


def test_an_evaluation_goes_on_once_there_is_room(disk: Path, monkeypatch) -> None:
    for name in ("_PAUSE", "_SHARE"):
        monkeypatch.setattr(results, name, 0)
    add, count = results.Writer.add, iter(range(9))

    def full_at_the_third(writer, rows) -> None:
        if next(count) == 2:
            fill(disk, 4096)
        add(writer, rows)

    monkeypatch.setattr(results.Writer, "add", full_at_the_third)
    with pytest.raises(results.ResultsError, match="No space left on device.*make room"):
        scored(disk)
    parts = list((disk / "out" / results.PARTS).iterdir())
    assert len(parts) == 2 and len(results.finished(disk / "out")) == 2
    make_room(disk)
    scored(disk)
    assert len(results.read(disk / "out")) == 6
    assert len((disk / "calls").read_text().splitlines()) == 4  # three, and the one whose rows had no room


@pytest.mark.parametrize("name", [results.ROWS, "rows.csv", results.META])
def test_no_table_is_half_written(disk: Path, name: str) -> None:
    fill(disk, 4096)
    results.write_whole(disk / name, b"as it was")
    with pytest.raises(results.ResultsError, match=f"{name} can't be written .No space left on device.: make room"):
        results.write_whole(disk / name, bytes(100_000))
    assert (disk / name).read_bytes() == b"as it was" and {path.name for path in disk.iterdir()} == {name, "filling"}


def test_all_rows_in_one_file_or_as_they_were(disk: Path) -> None:
    scored(disk)
    whole = results.read(disk / "out")
    with results.Writer(disk / "out") as writer:
        writer.add(whole.assign(weights="new").to_dict("records"))
    before = files(disk / "out")
    fill(disk, 4096)
    with pytest.raises(results.ResultsError, match=r"rows\.parquet can't be written"):
        results.compact(disk / "out")
    assert files(disk / "out") == before


def test_an_evaluation_on_a_read_only_disk_is_one_line(disk: Path, read_only, capsys, astronaut, tmp_path) -> None:
    for folder in ("photos", "masks"):
        (tmp_path / folder).mkdir()
        images.save_png(tmp_path / folder / "a.png", astronaut[:, :, 0])
    read_only()
    words = ["--images", str(tmp_path / "photos"), "--wrinkle-masks", str(tmp_path / "masks"), "--methods", "frangi"]
    assert evaluation.main([*words, "--output", str(disk / "out"), "--device", "cpu"]) == 2
    told = one_line(capsys)
    assert "can't be written (Read-only file system): give another folder" in told


# --- command line, many photos, page


@pytest.fixture(scope="module")
def analysis(astronaut):
    return FakeLibrary().analyse("both", np.ascontiguousarray(astronaut[:300, 100:400]), name="a.png")


@pytest.fixture
def analyze(analysis, tmp_path: Path, monkeypatch, astronaut) -> Callable[[Path], int]:
    """`python -m wrinkleseg analyze` on two photos; gives its exit status."""
    from wrinkleseg import commands

    (tmp_path / "photos").mkdir()
    for name in ("a", "b"):
        images.save_png(tmp_path / "photos" / f"{name}.png", np.ascontiguousarray(astronaut[:300, 100:400]))
    library = FakeLibrary()
    library.method = library.methods["both"]
    monkeypatch.setattr(commands, "_analyzer", lambda *_: library)
    monkeypatch.setattr(commands, "_analyze_one", lambda *_: analysis)
    return lambda out: wrinkleseg(["analyze", str(tmp_path / "photos"), "--output", str(out)])


def test_results_that_have_no_room_cost_a_line_and_the_former_ones_stay(disk: Path, analyze, capsys) -> None:
    out = disk / "out"
    fill(disk, 320_000)  # room for one photo's files
    assert analyze(out) == 1
    assert "b.png: [Errno 28] No space left on device" in one_line(capsys)
    held = {path.name for path in out.iterdir()}
    assert {name[0] for name in held} == {"a"} and len(held) == 5
    before = files(out)
    make_room(disk)
    fill(disk, 4096)
    assert analyze(out) == 1 and files(out) == before
    assert len(capsys.readouterr().err.splitlines()) == 2
    make_room(disk)
    assert analyze(out) == 0 and len(list(out.iterdir())) == 10


def test_a_read_only_output_folder_is_one_line(disk: Path, read_only, analyze, capsys) -> None:
    (disk / "out").mkdir()
    read_only()
    for out in (disk / "out", disk / "new"):
        assert analyze(out) == 2
        assert one_line(capsys).startswith("wrinkleseg: error: cannot ")


def test_a_zip_that_has_no_more_room_keeps_what_was_in_it(disk: Path, analyze, analysis, tmp_path: Path) -> None:
    items = batch.gather(sorted((tmp_path / "photos").iterdir()))
    path = disk / "results.zip"
    one = batch.one(items[0], lambda *_: analysis, path)
    before = path.read_bytes()
    for left in (0, 4096, 65536):
        fill(disk, left)
        with pytest.raises(OSError, match="No space left on device"):
            batch.one(items[1], lambda *_: analysis, path)
        assert path.read_bytes() == before
        make_room(disk)
    two = batch.one(items[1], lambda *_: analysis, path)
    batch.finish(path, [one, two])
    with zipfile.ZipFile(path) as file:
        assert file.testzip() is None and len(file.namelist()) == 2 * 5 + 3


def test_a_batch_that_has_no_room_ends_with_what_is_finished(disk: Path, analyze, analysis, tmp_path: Path) -> None:
    items = batch.gather(sorted((tmp_path / "photos").iterdir()))
    going = batch.run(items, lambda *_: analysis, disk / "results.zip")
    assert next(going).error == ""
    fill(disk, 0)
    with pytest.raises(OSError, match="No space left on device"):
        next(going)
    with zipfile.ZipFile(disk / "results.zip") as file:
        assert file.testzip() is None and {name.split("/")[0] for name in file.namelist()} == {"a"}


def test_a_batch_never_adds_to_a_file_that_is_there(analyze, analysis, tmp_path: Path) -> None:
    items = batch.gather(sorted((tmp_path / "photos").iterdir()))
    (tmp_path / "mine.zip").write_bytes(b"somebody's own")
    with pytest.raises(FileExistsError, match=r"mine\.zip is there already"):
        next(batch.run(items, lambda *_: analysis, tmp_path / "mine.zip"))
    assert (tmp_path / "mine.zip").read_bytes() == b"somebody's own"


def test_a_page_without_room_says_so_and_leaves_nothing_half(disk: Path, monkeypatch, astronaut) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(disk))
    face = np.ascontiguousarray(astronaut[:300, 100:400])
    library, photo = FakeLibrary(), flow.Photo(face, "anna", (), "PNG", "anna.png")
    kept = temporary.write_bytes(b"an earlier result", "before.txt")
    fill(disk, 8192)
    *_, last = flow.analyse(library.services(), photo, flow.Request("both"))
    assert last == flow.Failure("other", texts.ERROR_DISK)
    assert Path(kept).read_bytes() == b"an earlier result" and not list(disk.rglob("*.png"))
    make_room(disk)
    *_, last = flow.analyse(library.services(), photo, flow.Request("both"))
    assert isinstance(last, flow.Session)


@pytest.mark.parametrize("number", [28, 30, 13])
def test_the_page_tells_a_full_disk_from_its_own_mistakes(number: int) -> None:
    assert flow.failure(OSError(number, "of the system")).message == texts.ERROR_DISK
    assert flow.failure(OSError("of our own")).message == texts.ERROR_OTHER
