"""The files of one result: complete, lossless, and the threshold gives the same mask from a file as from the result."""

import base64
import csv
import html
import html.parser
import io
import json
import re
import zipfile

import numpy as np
import pytest
from fakes import Darkness, FakeLibrary
from PIL import Image

import wrinkleseg
from wrinkleseg import draw, images, report
from wrinkleseg.analysis import Analyzer
from wrinkleseg.measures import UNITS


def fake_method(tasks=("wrinkle", "pore")):
    return Darkness(tasks, "Darkness <of> green")


@pytest.fixture(scope="module")
def analysis(astronaut):
    notes = ("animated: first of 12 frames used",)
    return Analyzer(fake_method()).analyze(astronaut, name="Eileen <3.png", notes=notes)


def pixels(content: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(content)) as picture:
        assert picture.format == "PNG" and not picture.info
        return np.asarray(picture)


def test_files_of_a_result(analysis):
    files = report.result_files(analysis, "eileen")
    pictures = ["eileen_wrinkle.png", "eileen_pore.png", "eileen_skin.png", "eileen_overlay.png"]
    assert list(files) == [*pictures, "eileen.json"]
    skin = pixels(files["eileen_skin.png"])
    np.testing.assert_array_equal(skin, np.where(analysis.regions.wrinkle_skin, 255, 0))
    np.testing.assert_array_equal(pixels(files["eileen_wrinkle.png"]), np.rint(analysis.maps["wrinkle"] * 255))
    overlay = draw.overlay(analysis.rgb, analysis.maps, analysis.thresholds)
    np.testing.assert_array_equal(pixels(files["eileen_overlay.png"]), overlay)
    assert json.loads(files["eileen.json"]) == {"$schema": report.SCHEMA, **analysis.to_dict()}


def test_only_the_tasks_of_the_method(astronaut):
    files = report.result_files(Analyzer(fake_method(("pore",))).analyze(astronaut))
    assert list(files) == ["photo_pore.png", "photo_skin.png", "photo_overlay.png", "photo.json"]
    assert list(json.loads(files["photo.json"])["threshold"]) == ["pore"]


@pytest.mark.parametrize("threshold", [0.2, 0.37, 0.4, 0.5, 0.6, 0.8, 102 / 255, 0.30000000000000004, 1.0])
def test_threshold_on_the_png_gives_the_mask(analysis, threshold):
    """Also 0.2, 0.4 ..., which are levels of an 8-bit picture, and whichever way the reader compares."""
    changed = analysis.with_thresholds({"wrinkle": threshold, "pore": threshold})
    files = report.result_files(changed, "x")
    for task in ("wrinkle", "pore"):
        levels, t = pixels(files[f"x_{task}.png"]), json.loads(files["x.json"])["threshold"][task]
        assert t == threshold
        np.testing.assert_array_equal(levels / 255 > t, changed.mask(task))
        np.testing.assert_array_equal(levels / 255 >= t, changed.mask(task))
        assert np.abs(levels / 255 - changed.maps[task]).max() < 1.01 / 255


def test_threshold_zero(analysis):
    changed = analysis.with_thresholds({"wrinkle": 0})
    levels = report.probability_levels(changed.maps["wrinkle"], 0)
    np.testing.assert_array_equal(levels > 0, changed.mask("wrinkle"))


def test_json_is_strict_and_always_the_same(analysis):
    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    content = report.json_bytes(analysis)
    result = json.loads(content.decode("utf-8"), parse_constant=refuse)
    assert list(result["measures"]["whole"]) == ["visible", *UNITS]
    assert content == report.json_bytes(analysis)
    assert result["notes"] == ["animated: first of 12 frames used"]


def test_write_files(analysis, tmp_path):
    folder = tmp_path / "new" / "folder"
    paths = report.write_files(analysis, folder, "anna")
    names = {path.name for path in paths}
    assert names == set(report.result_files(analysis, "anna")) == {path.name for path in folder.iterdir()}
    assert paths[-1].name == "anna.json"
    before = paths[-1].read_bytes()
    report.write_files(analysis.with_thresholds({"wrinkle": 0.9}), folder, "anna")
    assert paths[-1].read_bytes() != before and len(list(folder.iterdir())) == len(paths)


def test_a_map_of_a_task_that_the_new_result_has_not_goes(analysis, astronaut, tmp_path):
    report.write_files(analysis, tmp_path, "anna")
    (tmp_path / "anna_notes.png").write_bytes(b"mine")
    lines = FakeLibrary().analyse("lines", astronaut, name="anna.jpg")
    written = {path.name for path in report.write_files(lines, tmp_path, "anna")}
    assert "anna_pore.png" not in written
    assert {path.name for path in tmp_path.iterdir()} == written | {"anna_notes.png"}


def test_a_name_may_be_as_long_as_names_can_be(analysis, tmp_path):
    stem = "a" * (255 - len("_wrinkle.png"))
    assert len(report.write_files(analysis, tmp_path, stem)) == len(list(tmp_path.iterdir()))


def test_nothing_is_left_of_a_result_that_cannot_be_written(analysis, tmp_path, monkeypatch):
    report.write_files(analysis, tmp_path, "anna")
    kept = {path: path.read_bytes() for path in tmp_path.iterdir()}
    write, calls = type(tmp_path).write_bytes, []

    def full_disk(path, content):
        calls.append(path)
        if len(calls) == 3:
            write(path, content[:10])
            raise OSError(28, "No space left on device")
        return write(path, content)

    monkeypatch.setattr(type(tmp_path), "write_bytes", full_disk)
    with pytest.raises(OSError, match="No space left"):
        report.write_files(analysis.with_thresholds({"wrinkle": 0.9}), tmp_path, "anna")
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == kept


def test_a_folder_in_the_way(analysis, tmp_path):
    (tmp_path / "anna_skin.png").mkdir()
    with pytest.raises(IsADirectoryError, match=r"anna_skin\.png"):
        report.write_files(analysis, tmp_path, "anna")
    assert [path.name for path in tmp_path.iterdir()] == ["anna_skin.png"]


def test_zip_holds_the_same_files_and_three_more(analysis):
    with zipfile.ZipFile(io.BytesIO(report.zip_bytes(analysis))) as archive:
        assert archive.testzip() is None
        content = {name: archive.read(name) for name in archive.namelist()}
        assert {item.date_time for item in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    same = report.result_files(analysis)
    assert {name: content[name] for name in same} == same
    assert set(content) - set(same) == {"Eileen _3_measures.csv", "Eileen _3_report.html", "schema.json"}
    assert content["schema.json"] == report.SCHEMA_FILE.read_bytes()


def test_csv(analysis):
    rows = list(csv.DictReader(io.StringIO(report.csv_bytes(analysis).decode("utf-8"), newline="")))
    assert [row["zone"] for row in rows] == list(analysis.measures)
    whole = rows[0]
    assert (whole["photo"], whole["model"], whole["weights"]) == ("Eileen <3.png", "fake", "0123456789ab")
    assert whole["wrinkle_threshold"] == "0.5" and whole["score_version"] == analysis.to_dict()["score_version"]
    assert float(whole["wrinkle_length"]) == pytest.approx(analysis.measures["whole"].wrinkle_length, abs=1e-6)


def test_csv_is_no_formula(analysis):
    named = type(analysis)(**{**vars(analysis), "name": "=1+1.png"})
    assert b"\r\n'=1+1.png," in report.csv_bytes(named)


def test_html_is_readable_and_self_contained(analysis):
    page = report.html_bytes(analysis).decode("utf-8")
    tags = []
    parser = html.parser.HTMLParser()
    parser.handle_starttag = lambda tag, attributes: tags.append((tag, dict(attributes)))
    parser.feed(page)
    assert "Eileen &lt;3.png" in page and "Eileen <3" not in page and "Darkness &lt;of&gt; green" in page
    assert "script" not in {tag for tag, _ in tags}
    sources = [attributes["src"] for _, attributes in tags if "src" in attributes]
    assert len(sources) == 2 and all(source.startswith("data:image/png;base64,") for source in sources)
    assert all(attributes["alt"] for tag, attributes in tags if tag == "img")
    assert "wrinkle 0.5, pore 0.5" in page and "Score version" in page and "0123456789ab" in page
    assert "animated: first of 12 frames" in page and "Crow&#x27;s feet left" in page
    for warning in analysis.quality:
        assert html.escape(warning.advice) in page


def test_html_shows_the_photo_before_and_after(analysis):
    page = report.html_bytes(analysis).decode("utf-8")
    before, after = (pixels(base64.b64decode(one)) for one in re.findall(r"base64,([^\"]+)", page))
    np.testing.assert_array_equal(before, analysis.rgb)
    np.testing.assert_array_equal(after, draw.overlay(analysis.rgb, analysis.maps, analysis.thresholds))


def test_html_says_what_the_figures_mean_and_what_they_are_not(analysis, astronaut):
    page = report.html_bytes(analysis).decode("utf-8")
    assert "not a diagnosis" in page and f"wrinkleseg {wrinkleseg.__version__}" in page and "@media print" in page
    assert f"{analysis.face.eye_distance:.0f} px here" in page
    terms = re.findall(r"<dt>(.*?) \(", page)
    assert {UNITS[name][0] for name in ("wrinkle_length", "pore_density_percent")} <= set(terms)
    lines = report.html_bytes(Analyzer(fake_method(("wrinkle",))).analyze(astronaut)).decode("utf-8")
    assert "Pore density" not in lines and "Wrinkle length" in lines


def test_zone_that_is_not_visible_is_told(analysis):
    blind = np.zeros_like(analysis.regions.wrinkle_skin)
    regions = type(analysis.regions)(blind, analysis.regions.pore_skin, analysis.regions.zones)
    hidden = type(analysis)(**{**vars(analysis), "regions": regions}).with_thresholds({})
    assert report.html_bytes(hidden).count(b"not visible") == len(analysis.measures)
    assert json.loads(report.json_bytes(hidden))["measures"]["whole"]["wrinkle_area_percent"] is None


def test_photo_metadata_stays_behind(astronaut, tmp_path):
    path = tmp_path / "secret.jpg"
    exif = Image.Exif()
    exif[0x010F] = "CameraMaker123"
    exif.get_ifd(0x8825)[1] = "N"
    Image.fromarray(astronaut).save(path, exif=exif, quality=95)
    assert b"CameraMaker123" in path.read_bytes()
    analysis = Analyzer(fake_method()).analyze(images.load_rgb(path), name=path.name)
    for name, content in report.result_files(analysis).items():
        assert b"CameraMaker123" not in content and str(tmp_path).encode() not in content, name
        if name.endswith(".png"):
            pixels(content)


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("anna.jpg", "anna"),
        ("photo", "photo"),
        ("a.b.jpeg", "a.b"),
        ("Mrs. Robinson smiling", "Mrs. Robinson smiling"),
        ("../../etc/passwd", "passwd"),
        ("C:\\photos\\anna.png", "anna"),
        ("a<b>\n.png", "a_b__"),
        ("Zoë 李.webp", "Zoë 李"),
        ("", "photo"),
        ("...", "photo"),
        ("CON.jpg", "_CON"),
        ("李" * 100 + ".jpg", "李" * 50),
    ],
)
def test_safe_stem(name, stem):
    assert report.safe_stem(name) == stem
