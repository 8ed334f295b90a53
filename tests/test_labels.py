"""Masks of a folder of rough annotations: what is written, what is told, what is never touched."""

import argparse
import csv
import re

import cv2
import numpy as np
import pytest

from eval.samples import DataError
from train import labels
from wrinkleseg import face, images, truth

FACE = 300.0


@pytest.fixture
def folders(tmp_path):
    """A photo with a dark line, and its annotation, in two folders; the third is where the masks go."""
    grey, rough = np.full((120, 160, 3), 160, np.uint8), np.zeros((120, 160), np.uint8)
    cv2.line(grey, (30, 60), (130, 60), (110, 110, 110), 3)
    cv2.line(rough, (30, 60), (130, 60), 255, 21)
    for name in ("photos", "rough"):
        (tmp_path / name).mkdir()
    images.save_png(tmp_path / "photos" / "anna.png", cv2.GaussianBlur(grey, (0, 0), 1))
    images.save_png(tmp_path / "rough" / "anna.png", rough)
    return tmp_path / "photos", tmp_path / "rough", tmp_path / "new" / "masks"


def table(output):
    with (output / "labels.csv").open(newline="") as file:
        return {row["name"]: row for row in csv.DictReader(file)}


def grey_of(path):
    rgb = images.load_rgb(path)
    assert (rgb == rgb[..., :1]).all()
    return rgb[..., 0]


def command(*arguments):
    parser = argparse.ArgumentParser()
    labels.add(parser.add_subparsers(required=True))
    options = parser.parse_args(["labels", *map(str, arguments)])
    return options.command(options)


def test_mask_is_that_of_the_library(folders):
    photos, rough, output = folders
    assert labels.make_labels(*folders, "wrinkle", False, FACE) == output
    grey = cv2.cvtColor(images.load_rgb(photos / "anna.png"), cv2.COLOR_RGB2GRAY)
    expected = truth.wrinkle_truth(grey, images.load_mask(rough / "anna.png"), FACE) > 0
    written = grey_of(output / "anna.png")
    assert set(np.unique(written)) == {0, 255}
    assert np.array_equal(written > 0, expected) and written[60, 80] == 255
    row = table(output)["anna.png"]
    assert (row["status"], row["error"], row["count"]) == ("ok", "", "1")
    assert float(row["marked"]) == pytest.approx(expected.mean(), abs=1e-6)


def test_graded_mask_keeps_every_marked_pixel(folders):
    output = folders[2]
    labels.make_labels(*folders, "wrinkle", False, FACE)
    binary = grey_of(output / "anna.png") > 0
    labels.make_labels(*folders, "wrinkle", True, FACE)
    graded = grey_of(output / "anna.png")
    assert np.array_equal(graded > 0, binary) and len(np.unique(graded)) > 10


def test_bad_photos_are_told_and_do_not_stop_the_rest(folders, capsys):
    photos, rough, output = folders
    for name in ("aaron", "bella"):
        images.save_png(rough / f"{name}.png", np.full((120, 160), 255, np.uint8))
    (photos / "aaron.jpg").write_bytes(b"\xff\xd8\xff nothing more")
    images.save_png(photos / "bella.png", np.full((100, 160), 128, np.uint8))
    images.save_png(photos / "not annotated.png", np.full((100, 160), 128, np.uint8))
    labels.make_labels(*folders, "wrinkle", False, FACE)
    lines = re.split(r"[\r\n]+ *", capsys.readouterr().err)
    told = [line.split(": ")[0] for line in lines if line and "photo/s]" not in line]  # past the progress bar
    assert told == [str(photos / "aaron.jpg"), str(photos / "bella.png")]
    assert {name: row["status"] for name, row in table(output).items()} == {
        "aaron.jpg": "failed",
        "anna.png": "ok",
        "bella.png": "failed",
    }
    assert "(120, 160)" in table(output)["bella.png"]["error"] and table(output)["bella.png"]["count"] == ""
    assert sorted(path.name for path in output.iterdir()) == ["anna.png", "labels.csv"]


def test_photo_without_a_face_needs_its_width(folders, capsys):
    with pytest.raises(DataError, match=r"no mask could be made of 1 photos: .*labels\.csv tells why"):
        labels.make_labels(*folders)
    assert "--face-width" in capsys.readouterr().err
    assert "--face-width" in table(folders[2])["anna.png"]["error"]


def test_width_is_that_of_the_largest_face(astronaut, tmp_path):
    for name in ("photos", "rough"):
        (tmp_path / name).mkdir()
    images.save_png(tmp_path / "photos" / "eileen.png", astronaut)
    images.save_png(tmp_path / "rough" / "eileen.png", np.full(astronaut.shape[:2], 255, np.uint8))
    output = labels.make_labels(tmp_path / "photos", tmp_path / "rough", tmp_path / "out", "pore")
    width = face.find(astronaut)[0].width
    assert float(table(output)["eileen.png"]["face_width"]) == pytest.approx(width, abs=0.1)


def test_nothing_matched_is_one_error(folders):
    _, rough, output = folders
    (rough / "anna.png").rename(rough / "otto.png")
    with pytest.raises(DataError, match="no photo of .* has an annotation of the same name"):
        labels.make_labels(*folders)
    assert not output.exists()


def test_inputs_are_never_replaced(folders):
    photos, rough, _ = folders
    before = {path: path.read_bytes() for folder in (photos, rough) for path in folder.iterdir()}
    for output in (photos, rough, rough / ".." / "photos"):
        with pytest.raises(DataError, match="give another folder"):
            labels.make_labels(photos, rough, output, "wrinkle", False, FACE)
    assert {path: path.read_bytes() for folder in (photos, rough) for path in folder.iterdir()} == before


def test_mask_that_is_a_link_to_an_annotation_is_not_written_through(folders):
    _, rough, output = folders
    output.mkdir(parents=True)
    (output / "anna.png").symlink_to(rough / "anna.png")
    before = (rough / "anna.png").read_bytes()
    with pytest.raises(DataError, match="no mask could be made"):
        labels.make_labels(*folders, "wrinkle", False, FACE)
    assert (rough / "anna.png").read_bytes() == before
    assert table(output)["anna.png"]["status"] == "failed"


def test_transparent_annotation_is_refused(folders):
    _, rough, output = folders
    layer = np.zeros((120, 160, 4), np.uint8)
    cv2.line(layer, (30, 60), (130, 60), (255, 255, 255, 255), 21)
    (rough / "anna.png").write_bytes(cv2.imencode(".png", layer)[1].tobytes())
    with pytest.raises(DataError, match="no mask could be made"):
        labels.make_labels(*folders, "wrinkle", False, FACE)
    assert "white on black" in table(output)["anna.png"]["error"]


def test_what_was_done_before_a_stop_is_told(folders, monkeypatch):
    photos, rough, output = folders
    for folder in (photos, rough):
        (folder / "otto.png").write_bytes((folder / "anna.png").read_bytes())
    make = labels._tried

    def stopped(photo, *rest):
        if photo.stem == "otto":
            raise KeyboardInterrupt
        return make(photo, *rest)

    monkeypatch.setattr(labels, "_tried", stopped)
    with pytest.raises(KeyboardInterrupt):
        labels.make_labels(*folders, "wrinkle", False, FACE)
    assert list(table(output)) == ["anna.png"]


@pytest.mark.parametrize(
    ("change", "told"),
    [({"task": "acne"}, "wrinkle, pore"), ({"face_width": 0}, "--face-width"), ({"images_dir": None}, "is no folder")],
)
def test_arguments_that_make_no_sense(folders, change, told):
    names = ("images_dir", "rough_dir", "output")
    given = dict(zip(names, folders, strict=True)) | change
    if given["images_dir"] is None:
        given["images_dir"] = folders[0] / "missing"
    with pytest.raises(DataError, match=told):
        labels.make_labels(**given)


def test_two_photos_of_one_stem_are_refused(folders):
    photos = folders[0]
    (photos / "anna.jpg").write_bytes((photos / "anna.png").read_bytes())
    with pytest.raises(DataError, match=r"anna\.jpg and anna\.png"):
        labels.make_labels(*folders)


def test_command_line(folders):
    photos, rough, output = folders
    given = ("--images", photos, "--rough", rough, "--output", output)
    assert command(*given, "--face-width", FACE, "--graded") == output
    assert len(np.unique(grey_of(output / "anna.png"))) > 10
    command(*given, "--task", "pore", "--face-width", 1500)
    assert table(output)["anna.png"]["count"] == "0"  # a line holds no pores
    with pytest.raises(SystemExit):
        command("--images", photos)
