"""Every bad or odd picture of `corpus` by every way in: the right result or one clear refusal, and no neighbour is lost."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import corpus
import gradio as gr
import numpy as np
import pytest
from fakes import BOTH, FakeLibrary, FakeMethod

from wrinkleseg import archive, batch, commands, face, images, methods
from wrinkleseg.__main__ import main
from wrinkleseg.ui import flow, temporary, texts
from wrinkleseg.ui.photo import layout
from wrinkleseg.ui.photo.handlers import Handlers

pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning:PIL"),
    pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning"),
]

ROOT = Path(__file__).resolve().parents[1]
PICTURES, ZIPS = corpus.pictures(), corpus.archives()
FACES = {name for name, case in PICTURES.items() if case.face}
GOOD = "good neighbour.png"
MOST_MEMORY = 600 * 2**20
ASKED = ("both", "both", "overlay", "face", ["wrinkle", "pore"], False, 0.8, 0.5, 0.6)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """All pictures as files, beside a good photo."""
    made = tmp_path_factory.mktemp("corpus")
    for name, case in PICTURES.items():
        (made / name).write_bytes(case.data)
    images.save_png(made / GOOD, corpus.face())
    return made


@pytest.fixture(autouse=True)
def _few_faces(monkeypatch) -> None:
    """A picture of 64 px has no face, which need not be looked for a hundred times."""
    real = face.find

    def find(rgb: np.ndarray) -> list:
        if max(rgb.shape) > 64:
            return real(rgb)
        raise face.NoFaceError("No face was found in this photo.")

    monkeypatch.setattr(face, "find", find)


@pytest.fixture
def handlers(tmp_path, monkeypatch) -> Handlers:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    temporary.claim()
    services = FakeLibrary().services()
    with gr.Blocks():
        return Handlers(services, layout.build(services, services.methods()))


def analyse(picture, name):
    return FakeLibrary().analyse("both", picture.rgb, name=name, notes=picture.notes)


def test_the_corpus_is_large_and_its_names_are_different() -> None:
    refused = [case for case in PICTURES.values() if case.size is None]
    assert len(PICTURES) >= 60 and len(refused) >= 50 and len(PICTURES) - len(refused) >= 50 and len(FACES) >= 5
    assert all(case.words for case in refused)


@pytest.mark.parametrize("name", PICTURES)
def test_the_door_gives_the_right_picture_or_says_why_not(name: str, folder: Path) -> None:
    case = PICTURES[name]
    if case.size is None:
        for source in (case.data, folder / name):
            with pytest.raises(images.PictureError) as refusal:
                images.load(source)
            said = str(refusal.value)
            assert case.words in said and images.EXPECTED in said and len(said) < 500 and "\n" not in said
        return
    rgb = images.load(folder / name).rgb
    assert rgb.dtype == np.uint8 and rgb.shape == (*case.size, 3)
    if case.colour:
        assert np.abs(rgb[8, 8].astype(int) - case.colour).max() <= case.close


def test_the_command_line_takes_them_all_in_one_go(folder, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(methods, "load", lambda name, device="auto": FakeMethod(BOTH))
    others = [name for name in PICTURES if not name.lower().endswith(commands.SUFFIXES) or name.startswith(".")]
    out = tmp_path / "out"
    assert main(["analyze", str(folder), *(str(folder / name) for name in others), "--output", str(out)]) == 1
    told = capsys.readouterr().err
    assert "Traceback" not in told
    bad = {name: case for name, case in PICTURES.items() if not case.face}
    for name, case in bad.items():
        starts = name.replace("\n", "\\n").replace("\u202e", "\\u202e") + ": "
        [line] = [line for line in f"\n{told}".split(f"\n{folder}/") if line.startswith(starts)]
        assert (case.words or "No face") in line
    assert told.count("\n") == len(bad), "a line for each that has no result"
    results = [json.loads(path.read_text("utf-8"))["name"] for path in out.glob("*.json")]
    assert sorted(results) == sorted({*FACES, GOOD})


def test_a_line_break_in_a_name_stays_on_one_line(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(methods, "load", lambda name, device="auto": FakeMethod(BOTH))
    (tmp_path / "bad\nname.jpg").write_bytes(b"")
    assert main(["analyze", str(tmp_path / "bad\nname.jpg"), "--output", str(tmp_path / "out")]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_the_page_shows_a_result_or_one_message_for_each(folder, handlers, caplog) -> None:
    parts, session = handlers.parts, None
    for name in [GOOD, *PICTURES]:
        case = PICTURES.get(name, corpus.Case(b"", (220, 220), face=True))
        opened = flow.open_file(handlers.services, str(folder / name))
        assert isinstance(opened, flow.Photo) == (case.size is not None), name
        found = {}
        for event in handlers.on_file(str(folder / name), session, *ASKED):
            found |= event
        if case.face:
            session = found[parts.session]
            assert session.photo.rgb.shape[:2] == case.size and found[parts.status] == "", name
            continue
        kind, words = ("picture", opened.message) if case.size is None else ("face", "No face was found")
        status = found[parts.status]
        assert texts.ERROR_TITLE[kind] in status and status.count('role="alert"') == 1, name
        assert case.words in words and "Traceback" not in status and parts.session not in found, name
        assert "<i>" not in status and "onerror" not in status and "onload" not in status
    assert not [record for record in caplog.records if record.levelname == "ERROR"], "what is not known is logged"


def _expected(name: str, case: corpus.Case) -> str:
    return "" if case.face else case.words or "No face"


def _check_rows(rows: list[batch.Row], asked: list[tuple[str, str]], path: Path) -> None:
    """asked: (name, words of its error, "" for a result), in order."""
    assert len(rows) == len(asked)
    for row, (name, words) in zip(rows, asked, strict=True):
        assert bool(row.error) == bool(words) and words in row.error, f"{name!r}: {row.error}"
        assert "\n" not in row.error and "Error:" not in row.error, "only errors of our own"
    with zipfile.ZipFile(path) as file:
        assert file.testzip() is None
        there = {name.split("/")[0] for name in file.namelist()}
    assert there == {row.stem for row in rows if not row.error} | {"photos.csv", "measures.csv", "index.html"}


def test_the_batch_takes_them_all_in_one_go(folder, tmp_path) -> None:
    names = [*PICTURES, GOOD]
    asked = [(name, _expected(name, PICTURES[name]) if name in PICTURES else "") for name in names]
    files = [folder / name for name, _ in asked if name != "packed.jpg"]  # which is a zip, and unpacked as one
    asked = [each for each in asked if each[0] != "packed.jpg"]
    items = batch.gather(files, most=500)
    assert len({item.stem.casefold() for item in items}) == len(items)
    _check_rows(list(batch.run(items, analyse, tmp_path / "results.zip")), asked, tmp_path / "results.zip")


def test_the_batch_takes_them_all_out_of_one_zip(folder, tmp_path) -> None:
    """Hidden files stay out of it; what a zip packs too well is refused before it is unpacked."""
    packed = tmp_path / "all.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as made:
        for name in [*PICTURES, GOOD]:
            made.write(folder / name, f"visit 1/{name}")
    taken = [name for name in [*PICTURES, GOOD] if name != "..png"]
    asked = [(name, _expected(name, PICTURES[name]) if name in PICTURES else "") for name in taken]
    asked = [(name, "zip inside the zip" if name == "packed.jpg" else words) for name, words in asked]
    items = batch.gather([packed], most=500)
    assert len({item.stem.casefold() for item in items}) == len(items)
    _check_rows(list(batch.run(items, analyse, tmp_path / "results.zip")), asked, tmp_path / "results.zip")


@pytest.mark.parametrize("name", ZIPS)
def test_a_zip_gives_its_good_photos_and_says_what_is_bad(name: str, tmp_path: Path) -> None:
    case, path = ZIPS[name], tmp_path / name
    path.write_bytes(case.data)
    if case.words:
        with pytest.raises(archive.ArchiveError, match=case.words):
            batch.gather([path])
        return
    found = dict(archive.pictures(path))
    assert set(found) == set(case.entries)
    for entry, words in case.entries.items():
        if isinstance(found[entry], bytes):
            try:
                assert images.load(found[entry]).rgb.size and not words
            except images.PictureError as error:
                assert words and words in str(error)
        else:
            assert words and words in str(found[entry])


def test_all_zips_in_one_batch_lose_no_photo(folder, tmp_path) -> None:
    for name, case in ZIPS.items():
        (tmp_path / name).write_bytes(case.data)
    asked = [(f"{name}/{entry}", words) for name, case in ZIPS.items() for entry, words in _of_zip(name, case)]
    items = batch.gather([*(tmp_path / name for name in ZIPS), folder / GOOD])
    _check_rows(
        list(batch.run(items, analyse, tmp_path / "results.out")), [*asked, (GOOD, "")], tmp_path / "results.out"
    )
    assert {path.name for path in tmp_path.iterdir()} == {*ZIPS, "results.out"}, "nothing was unpacked to disk"


def _of_zip(name: str, case: corpus.Zip) -> list[tuple[str, str]]:
    if case.words:
        return [(name, case.words)]
    return [
        (entry, words or ("No face" if name == "text in front.zip" else "")) for entry, words in case.entries.items()
    ]


_CHILD = """
import sys, warnings
from pathlib import Path
from wrinkleseg import archive, images

def peak():  # getrusage would count the parent's, too
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024

warnings.simplefilter("ignore")
good, *files = sys.argv[1:]
images.load(good)
before = peak()
for path in files:
    try:
        if path.endswith(".zip"):
            for _ in archive.pictures(path): pass
        else:
            images.load(path)
    except ValueError:
        pass
print(peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is told by Linux only")
def test_no_file_makes_the_memory_grow(folder, tmp_path) -> None:
    for name, case in ZIPS.items():
        (tmp_path / name).write_bytes(case.data)
    largest = corpus.png(8192, 8192, (b"\0" + bytes(8192)) * 8192, colour=0)  # what is just allowed
    (tmp_path / "largest.png").write_bytes(largest)
    files = [*(folder / name for name in PICTURES), *sorted(tmp_path.iterdir())]
    command = [sys.executable, "-c", _CHILD, str(folder / GOOD), *map(str, files)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120, env={**os.environ}
    )
    grown = int(done.stdout)
    assert 64 * 2**20 < grown < MOST_MEMORY, f"{grown / 2**20:.0f} MiB"
