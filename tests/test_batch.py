"""Many photos: one zip of results, two tables that agree with the single results, and one bad photo that stops nothing."""

import csv
import io
import json
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from fakes import FakeLibrary

from wrinkleseg import archive, batch, images, report
from wrinkleseg.batch import BatchError
from wrinkleseg.measures import UNITS

TEXT = b"this is no photo"


@pytest.fixture(scope="module")
def photo(astronaut) -> bytes:
    return images.png_bytes(astronaut)


@pytest.fixture
def given(tmp_path, photo):
    """Writes files, "__" in their names for a dot: True for a portrait, bytes for what they hold."""
    folder = tmp_path / "given"
    folder.mkdir()

    def write(**files) -> list[Path]:
        paths = {folder / name.replace("__", "."): content for name, content in files.items()}
        for path, content in paths.items():
            path.write_bytes(photo if content is True else content)
        return list(paths)

    return write


def analyse(picture, name):
    return FakeLibrary().analyse("both", picture.rgb, name=name, notes=picture.notes)


def read_csv(data: bytes) -> list[dict]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def zipped(path: Path, *files: Path) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        for file in files:
            made.write(file, f"visit 1/{file.name}")
    return path


@pytest.fixture(scope="module")
def done(tmp_path_factory, photo):
    """Three photos of which the second is a text file; rows and the path of the zip."""
    folder = tmp_path_factory.mktemp("batch")
    for name, content in (("anna.png", photo), ("=bad.jpg", TEXT), ("<b>berta.png", photo)):
        (folder / name).write_bytes(content)
    items = batch.gather([folder / "anna.png", folder / "=bad.jpg", folder / "<b>berta.png"])
    path = folder / "results.zip"
    return list(batch.run(items, analyse, path)), path


def test_one_bad_photo_is_named_and_the_others_have_results(done):
    rows, _ = done
    assert [bool(row.error) for row in rows] == [False, True, False]
    assert "'=bad.jpg' cannot be used: it is a text file" in rows[1].error and "\n" not in rows[1].error
    assert rows[0].whole["wrinkle_count"] == rows[2].whole["wrinkle_count"] > 0


def test_the_zip_holds_the_files_of_every_single_result(done, astronaut):
    rows, path = done
    alone = report.result_files(FakeLibrary().analyse("both", astronaut, name="anna"), "anna")
    with zipfile.ZipFile(path) as file:
        assert file.testzip() is None
        names = file.namelist()
        for name, content in alone.items():
            if name.endswith(".png"):
                assert file.read(f"anna/{name}") == content
        result = json.loads(file.read("anna/anna.json"))
        assert len(names) == len(set(names)) == 2 * len(alone) + 3
        assert {info.date_time for info in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert result["measures"] == rows[0].about["measures"]
    assert {name.split("/")[0] for name in names} == {"anna", "_b_berta", "photos.csv", "measures.csv", "index.html"}


def test_the_tables_say_what_became_of_every_photo(done):
    rows, path = done
    with zipfile.ZipFile(path) as file:
        photos, measures = read_csv(file.read("photos.csv")), read_csv(file.read("measures.csv"))
    assert [(line["photo"], line["status"]) for line in photos] == [
        ("anna", "measured"),
        ("'=bad", "skipped"),
        ("_b_berta", "measured"),
    ]
    assert photos[1]["file"] == "'=bad.jpg" and "text file" in photos[1]["error"]
    assert float(photos[0]["wrinkle_length"]) == rows[0].whole["wrinkle_length"]
    zones = list(rows[0].about["measures"])
    assert [(line["photo"], line["zone"]) for line in measures] == [(p, z) for p in ("anna", "_b_berta") for z in zones]
    assert measures[0]["pore_count"] == photos[0]["pore_count"] == str(rows[0].whole["pore_count"])
    assert list(measures[0])[-len(UNITS) :] == list(UNITS)


def test_the_long_table_has_the_columns_of_a_single_result(done, astronaut):
    rows, _ = done
    alone = report.csv_bytes(FakeLibrary().analyse("both", astronaut, name="anna")).decode()
    ours = batch.measures_csv(rows[:1]).decode("utf-8-sig")
    assert ours.splitlines() == alone.splitlines()


def test_the_overview_links_to_files_that_are_there_and_names_are_harmless(done):
    _, path = done
    with zipfile.ZipFile(path) as file:
        page, names = file.read("index.html").decode(), file.namelist()
    links = re.findall(r'href="([^"]+)"', page)
    assert links and set(links) <= set(names)
    assert page.count("data:image/png") == 2 and "<script" not in page
    assert "=bad.jpg" in page and "2 photos measured, 1 photo skipped" in page


def test_names_cannot_leave_the_overview():
    row = batch.Row("<img src=x>.jpg", "x", error="<b>'bad'</b>")
    page = batch.batch_page.html_bytes([(row.to_dict(), b"")]).decode()
    assert "<img src=x>" not in page and "&lt;img src=x&gt;.jpg" in page and "<b>" not in page


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(start):
    (line,) = read_csv(batch.photos_csv([batch.Row(start, start, error=start)]))
    # A line's end at the start would hide the formula from whoever looks at the first character.
    assert all(line[field] == f"'{start.strip(chr(13))}" for field in ("photo", "file", "error"))


def test_photos_of_a_zip_are_read_without_being_written(given, tmp_path):
    path = zipped(tmp_path / "photos.zip", *given(anna__png=True, bad__jpg=TEXT))
    before = set(tmp_path.rglob("*"))
    rows = list(batch.run(batch.gather([path]), analyse, tmp_path / "results.zip"))
    assert [row.name for row in rows] == ["visit 1_anna.png", "visit 1_bad.jpg"]
    assert rows[0].about["name"] == "visit 1_anna" and "'visit 1_bad.jpg' cannot be used" in rows[1].error
    assert set(tmp_path.rglob("*")) - before == {tmp_path / "results.zip"}


def test_a_run_that_is_stopped_keeps_what_is_finished(given, tmp_path):
    items = batch.gather(given(a__png=True, b__png=True, c__png=True))
    going = batch.run(items, analyse, tmp_path / "results.zip")
    assert next(going).name == "a.png"
    going.close()
    with zipfile.ZipFile(tmp_path / "results.zip") as file:
        assert [line["photo"] for line in read_csv(file.read("photos.csv"))] == ["a"]
        assert "a/a.json" in file.namelist() and "b/b.json" not in file.namelist()


def test_same_names_get_folders_of_their_own(given, tmp_path):
    first = given(anna__png=True, anna__jpg=True)
    items = batch.gather([*first, zipped(tmp_path / "more.zip", first[0]), first[0]])
    assert [item.stem for item in items] == ["anna", "anna-2", "visit 1_anna", "anna-3"]


def test_a_photo_without_a_face_is_skipped_with_its_picture(tmp_path):
    images.save_png(tmp_path / "wall.png", np.full((400, 300, 3), 150, np.uint8))
    (row,) = batch.run(batch.gather([tmp_path / "wall.png"]), analyse, tmp_path / "results.zip")
    assert "No face" in row.error or "no face" in row.error
    assert images.load_rgb(row.thumbnail).shape == (96, 72, 3)
    assert row.to_dict() == {"photo": "wall.png", "folder": "wall", "status": "skipped", "error": row.error}


def test_a_made_up_explanation_is_used_for_errors(given, tmp_path):
    def fail(picture, name):
        raise RuntimeError("CUDA\nout of memory")

    items = batch.gather(given(a__png=True))
    (row,) = batch.run(items, fail, tmp_path / "a.zip")
    assert row.error == "RuntimeError: CUDA out of memory"
    (row,) = batch.run(items, fail, tmp_path / "b.zip", explain=lambda error: "try again")
    assert row.error == "try again"


def test_too_many_too_large_and_none_at_all_are_refused_together(given, tmp_path):
    files = given(a__png=True, b__png=True, c__png=True)
    with pytest.raises(BatchError, match="3 photos came, at most 2"):
        batch.gather(files, most=2)
    with pytest.raises(BatchError, match="MiB together"):
        batch.gather(files, total=2**20)
    with pytest.raises(BatchError, match="No photos came"):
        batch.gather([])
    with pytest.raises(BatchError, match="3 photos came"):
        batch.gather([zipped(tmp_path / "three.zip", *files)], most=2)


def test_a_bad_zip_alone_is_refused_and_among_photos_it_is_skipped(given, tmp_path):
    files = given(a__png=True, bad__zip=b"PK\x03\x04 and nothing more")
    with pytest.raises(archive.ArchiveError, match="'bad.zip' cannot be used"):
        batch.gather(files[1:])
    rows = list(batch.run(batch.gather(files), analyse, tmp_path / "results.zip"))
    assert not rows[0].error and "'bad.zip' cannot be used: it is no zip, or it is damaged" in rows[1].error


def test_rows_are_json_without_loss(done):
    rows, _ = done
    again = json.loads(json.dumps([row.to_dict() for row in rows], allow_nan=False))
    assert again[0]["measures"] == rows[0].about["measures"] and again[1]["error"] == rows[1].error


def test_real_photos_of_a_zip_are_measured(data_dir, tmp_path):
    photos = sorted((data_dir / "faces" / "london").glob("*_03.jpg"))[:2]
    rows = list(batch.run(batch.gather([zipped(tmp_path / "a.zip", *photos)]), analyse, tmp_path / "results.zip"))
    assert len(rows) == 2 and all(row.whole["skin_px"] > 10_000 for row in rows)
