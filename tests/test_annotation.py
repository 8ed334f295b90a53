"""Data sets drawn by a person: strokes by hand-worked places, the zip read back by its own reader and by training's and evaluation's."""

import io
import json
import shlex
import zipfile
from dataclasses import replace

import cv2
import numpy as np
import pytest

from eval import readers
from eval.readers import DataSource
from wrinkleseg import annotation, images, masks
from wrinkleseg.annotation import AnnotationError, Entry, Stroke


@pytest.fixture
def photo() -> np.ndarray:
    """Grey skin, uint8 (120, 160, 3), with one dark line of 3 px from (20, 60) to (140, 60)."""
    rgb = np.full((120, 160, 3), 170, np.uint8)
    rgb[59:62, 20:140] = 120
    return rgb


@pytest.fixture
def drawn(photo) -> Entry:
    """The line painted over with a thick brush, two pixels of pores, and a zone."""
    rough = annotation.paint([Stroke("wrinkle", 12, ((25, 60), (135, 60)))], "wrinkle", np.zeros((120, 160), bool))
    line = annotation.made_crisp(photo[..., 0], rough, 150.0, "wrinkle", annotation.STRICTNESS["wrinkle"])
    pores, zone = np.zeros((120, 160), bool), np.zeros((120, 160), bool)
    pores[10:12, 30], zone[:80] = True, True
    one = annotation.entry("anna", photo, 150.0).with_layer("wrinkle", rough, line).with_layer("pore", pores, pores)
    return one.with_layer("zone", zone, zone)


def painted(*strokes: Stroke) -> np.ndarray:
    return annotation.paint(strokes, "wrinkle", np.zeros((40, 60), bool))


def distances(x: float, y: float, stop: float) -> np.ndarray:
    """Distance of each pixel's centre from a level line between (x, y) and (stop, y), float (40, 60)."""
    rows, columns = np.mgrid[:40, :60] + 0.5
    return np.hypot(columns - np.clip(columns, x, stop), rows - y)


@pytest.mark.parametrize("width", [1, 6, 15])
def test_a_stroke_lies_where_it_was_drawn(width):
    mask, away = painted(Stroke("wrinkle", width, ((15.5, 20.5), (40.5, 20.5)))), distances(15.5, 20.5, 40.5)
    assert mask[away <= width / 2 - 1].all() and not mask[away > width / 2 + 1].any()
    assert mask[20, 15:41].all(), "the pixels under the line itself"


def test_a_dot_is_a_disc_around_its_place():
    mask, away = painted(Stroke("wrinkle", 10, ((30.0, 20.0),))), distances(30, 20, 30)
    assert mask[away <= 4].all() and not mask[away > 6].any()
    rows, columns = np.nonzero(mask)
    assert abs(columns.mean() + 0.5 - 30) <= 0.5 and abs(rows.mean() + 0.5 - 20) <= 0.5


def test_an_eraser_takes_away_in_the_order_of_drawing():
    brush = Stroke("wrinkle", 8, ((5, 20), (55, 20)))
    eraser = replace(brush, points=((30, 20),), width=12, erase=True)
    other = replace(eraser, layer="pore")
    assert not painted(brush, eraser)[20, 30] and painted(brush, eraser)[20, 10]
    assert painted(eraser, brush)[20, 30] and painted(brush, other)[20, 30]


def test_strokes_start_from_what_was_there_and_leave_it_alone():
    base = np.zeros((40, 60), bool)
    base[5, 5] = True
    after = annotation.paint([Stroke("wrinkle", 1, ((5.5, 5.5),), True)], "wrinkle", base)
    assert base[5, 5] and not after.any()


def test_crisp_lines_lie_on_the_line_inside_the_strokes(drawn, photo):
    mask, rough = drawn.mask("wrinkle"), drawn.strokes("wrinkle")
    assert mask.any() and not (mask & ~rough).any() and mask.sum() < rough.sum() / 2
    assert set(np.flatnonzero(mask.any(axis=1))) <= set(range(57, 64)), "within two pixels of the dark line"
    everything = np.ones_like(rough)
    assert (annotation.made_crisp(photo[..., 0], everything, 150.0, "zone", 0) == everything).all()


def test_a_higher_strictness_keeps_the_stronger_marks_only():
    """Level lines 2 px thick and dark discs, each darker than the one before."""
    lines, discs = np.full((300, 300), 170, np.uint8), np.full((300, 300), 170, np.uint8)
    for i, depth in enumerate((4, 8, 16, 32, 64)):
        lines[30 + 50 * i : 32 + 50 * i, 40:260] -= depth
        cv2.circle(discs, (40 + 50 * i, 150), 4, 170 - depth, cv2.FILLED)
    everywhere = np.ones((300, 300), bool)
    for layer, grey, levels in (("wrinkle", lines, (0.2, 2.0, 3.5)), ("pore", discs, (1.0, 3.5, 9.0))):
        found = [annotation.made_crisp(grey, everywhere, 800.0, layer, level) for level in levels]
        counts = [masks.count(mask) for mask in found]
        assert counts[0] >= counts[1] >= counts[2] < counts[0], (layer, counts)


def test_what_is_saved_comes_back_exactly(drawn, photo):
    other = annotation.entry("bea", photo[:90])
    given = replace(drawn, strictness={"wrinkle": 0.4, "pore": 5.0}, started_from={"wrinkle": "frangi at 0.5"})
    back = annotation.read_zip(annotation.zip_bytes([given, other], "my set"))
    assert [one.name for one in back] == ["anna", "bea"]
    assert (back[0].rgb() == photo).all() and back[1].size == (90, 160) and not back[1].rough and not back[1].face_found
    for layer in annotation.LAYERS:
        assert (back[0].strokes(layer) == given.strokes(layer)).all() and (
            back[0].mask(layer) == given.mask(layer)
        ).all()
    assert back[0].strictness == given.strictness and back[0].started_from == given.started_from
    assert back[0].face_width == 150.0 and back[0].face_found


def test_training_and_evaluation_read_the_folder_as_it_was_shown(drawn, photo, tmp_path):
    plain = annotation.entry("bea", photo)
    zipfile.ZipFile(io.BytesIO(annotation.zip_bytes([drawn, plain], "set"))).extractall(tmp_path)
    folder = tmp_path / "set"
    for task in annotation.TASKS:
        drawings, zones = folder / annotation.MASKS[task], folder / "zones"
        source = DataSource("pairs", str(folder / "images"), str(drawings), annotator="human", zones=str(zones))
        (sample,) = readers.read(source, tmp_path)
        rgb, mask = sample.load()
        assert (rgb == photo).all() and (mask == drawn.mask(task)).all()
        assert (sample.load_zone() == drawn.mask("zone")).all()


def test_the_readme_names_only_folders_that_are_there(drawn, photo):
    def said(*entries: Entry) -> str:
        with zipfile.ZipFile(io.BytesIO(annotation.zip_bytes(entries, "set"))) as file:
            return file.read("set/README.txt").decode()

    assert "python -m eval run --images set/images --wrinkle-masks set/wrinkle-masks --pore-masks" in said(drawn)
    assert "--zones set/zones" in said(drawn) and "--masks set/wrinkle-masks" in said(drawn)
    named = annotation.zip_bytes([drawn], "my photos & notes")
    with zipfile.ZipFile(io.BytesIO(named)) as file:
        readme = file.read("my photos & notes/README.txt").decode()
    line = next(line for line in readme.splitlines() if "python -m eval run" in line)
    assert "my photos & notes/images" in shlex.split(line)
    assert "--zones" not in said(annotation.entry("a", photo)) and "python -m" not in said(annotation.entry("a", photo))


def test_a_set_with_pores_only_is_read_by_the_command_of_its_readme(drawn, photo, tmp_path):
    from eval import run

    pores = annotation.entry("anna", photo, 150.0).with_layer("pore", drawn.strokes("pore"), drawn.mask("pore"))
    zipfile.ZipFile(io.BytesIO(annotation.zip_bytes([pores], "set"))).extractall(tmp_path)
    readme = (tmp_path / "set" / "README.txt").read_text()
    line = next(line.split() for line in readme.splitlines() if "python -m eval run" in line)[4:]
    at_home = [str(tmp_path / word) if word.startswith("set/") else word for word in line]
    data = run.chosen_data(run._parser().parse_args(at_home))
    assert [sample.name for sample in data.pores] == ["anna"] and data.wrinkles == []


def test_nothing_personal_is_in_the_zip(drawn):
    with zipfile.ZipFile(io.BytesIO(annotation.zip_bytes([drawn]))) as file:
        assert {info.date_time for info in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        pictures = [file.read(name) for name in file.namelist() if name.endswith(".png")]
    assert len(pictures) == 6
    for data in pictures:
        chunks, at = [], 8
        while at < len(data):
            chunks.append(data[at + 4 : at + 8])
            at += 12 + int.from_bytes(data[at : at + 4], "big")
        assert set(chunks) == {b"IHDR", b"IDAT", b"IEND"}


def changed(data: bytes, **files: bytes | None) -> bytes:
    """The zip with some files replaced (None: taken out) by the last part of their path."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(result, "w") as new:
        for name in old.namelist():
            key = name.replace("/", "_").replace("-", "_").removeprefix("annotations_").partition(".")[0]
            content = files.get(key, old.read(name))
            if content is not None:
                new.writestr(name, content)
    return result.getvalue()


def manifest(data: bytes, **changes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        read = json.loads(file.read("annotations/manifest.json"))
    read["photos"][0] |= changes
    return changed(data, manifest=json.dumps(read).encode())


def test_a_bad_zip_is_one_clear_error(drawn):
    good = annotation.zip_bytes([drawn])
    small = images.png_bytes(np.zeros((50, 50), np.uint8))
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as file:
        file.writestr("notes.txt", "hello")
    for data, words in (
        (b"no zip", "no whole zip"),
        (good[:-40], "no whole zip"),
        (other.getvalue(), "holds no data set"),
        (changed(good, images_anna=None), "images/anna.png is missing"),
        (changed(good, rough_wrinkle_anna=small), "must be of one size"),
        (changed(good, rough_wrinkle_anna=None), "rough/wrinkle/anna.png is missing beside its mask"),
        (changed(good, manifest=b"[]"), "manifest.json"),
        (manifest(good, name="../../etc/passwd"), "not as this page writes it"),
        (manifest(good, face_width_px=-3), "not as this page writes it"),
        (manifest(good, strictness={}), "not as this page writes it"),
    ):
        with pytest.raises(AnnotationError, match=words):
            annotation.read_zip(data)


def test_a_zip_may_not_be_larger_than_the_limit_unpacked(drawn, monkeypatch):
    monkeypatch.setattr(annotation.files, "MAX_BYTES", 200)
    with pytest.raises(AnnotationError, match="larger than"):
        annotation.read_zip(annotation.zip_bytes([drawn]))


def test_strokes_from_a_browser_are_checked():
    size = (40, 60)
    good = {"layer": "pore", "width": 3, "points": [1, 2, 3.5, 4], "erase": True}
    assert annotation.strokes_from([good], size) == [Stroke("pore", 3.0, ((1.0, 2.0), (3.5, 4.0)), True)]
    (far,) = annotation.strokes_from([good | {"points": [1e12, -1e12]}], size)
    assert np.abs(far.points).max() <= 5 * 60
    for bad in (
        {"layer": "hair"},
        {"width": 0},
        {"width": "wide"},
        {"points": [1]},
        {"points": []},
        {"points": [float("nan"), 1]},
    ):
        with pytest.raises(AnnotationError, match="not as expected"):
            annotation.strokes_from([good | bad], size)
    with pytest.raises(AnnotationError):
        annotation.strokes_from(None, size)


def test_masks_have_the_photos_size_and_names_are_single(drawn, photo):
    with pytest.raises(AnnotationError, match="must be bool"):
        drawn.with_layer("wrinkle", np.zeros((5, 5), bool), np.zeros((5, 5), bool))
    nothing = np.zeros(drawn.size, bool)
    assert "wrinkle" not in drawn.with_layer("wrinkle", nothing, nothing).crisp
    for entries in ([], [drawn, replace(drawn, name="ANNA")]):
        with pytest.raises(AnnotationError, match="no two of one name"):
            annotation.zip_bytes(entries)
    assert annotation.free_name("Anna", ["anna", "anna-2"]) == "Anna-3"
    assert annotation.entry("../a b", photo).name == "a b"
