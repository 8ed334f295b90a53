"""The same photo gives the same result: to the bit when nothing changed, nearly so when only file, side or light did."""

import hashlib
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from fakes import BOTH, FakeMethod

from eval import sameness
from eval.sameness import CHANGES, Change
from wrinkleseg import face, images, methods, metrics
from wrinkleseg.analysis import Analyzer
from wrinkleseg.geometry import Box
from wrinkleseg.inference import predict

ROOT = Path(__file__).resolve().parents[1]
ALONE = """
import hashlib, torch
from skimage import data
from wrinkleseg.analysis import Analyzer
torch.set_num_threads(2)
found = Analyzer("unetpp", "cpu").analyze(data.astronaut())
print(hashlib.sha256(found.maps["wrinkle"].tobytes() + found.regions.wrinkle_skin.tobytes()).hexdigest())
"""


@pytest.fixture(scope="module")
def analyzer() -> Analyzer:
    return Analyzer("unetpp", "cpu")


@pytest.fixture(scope="module")
def first(analyzer, astronaut):
    return analyzer.analyze(astronaut)


def test_the_same_photo_again_is_the_same_to_the_bit(analyzer, astronaut, first):
    (row,) = sameness.compared(first, analyzer.analyze(astronaut.copy()), CHANGES["again"])
    assert row["bit_equal"] and row["iou"] == row["skin_iou"] == 1 and row["area"] == row["length"] == 0


def test_another_number_of_threads_changes_nothing(analyzer, astronaut, first):
    before = torch.get_num_threads()
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            assert (analyzer.analyze(astronaut).maps["wrinkle"] == first.maps["wrinkle"]).all()
    finally:
        torch.set_num_threads(before)


def test_a_fresh_process_gives_the_same_bits(first):
    told = subprocess.run([sys.executable, "-c", ALONE], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    own = hashlib.sha256(first.maps["wrinkle"].tobytes() + first.regions.wrinkle_skin.tobytes())
    assert told.split()[-1] == own.hexdigest()


def test_the_network_has_no_better_side(astronaut, first):
    """Of the mirror image with the mirrored face, the map is the mirrored map: what is left is rounding in bfloat16."""
    method, found = methods.load("unetpp", "cpu"), first.face
    box = found.box
    other = Box(box.top, astronaut.shape[1] - box.left - box.width, box.height, box.width)
    threshold = method.info.thresholds["wrinkle"]
    for preprocess in (method.config.preprocess, replace(method.config.preprocess, crisp=())):
        settings = method.model, preprocess, method.runtime
        map_, mirrored = (
            predict(*settings, rgb, where, found.width, "wrinkle")
            for rgb, where in ((astronaut, box), (sameness.mirrored(astronaut), other))
        )
        again = sameness.mirrored(mirrored)
        assert metrics.iou(map_ > threshold, again > threshold) > 0.95
    assert np.abs(map_ - again).max() < 0.05, "without steep sides, which a pixel falls off or not"


def test_a_little_light_moves_little(analyzer, astronaut, first):
    for name in ("+10% light", "-10% light"):
        (row,) = sameness.compared(first, analyzer.analyze(CHANGES[name].changed(astronaut)), CHANGES[name])
        assert row["iou"] > 0.85 and row["skin_iou"] > 0.95 and abs(row["area"]) < 0.12


def test_file_side_and_light_leave_a_lined_face_nearly_as_it_was(analyzer, data_dir):
    """Floors under what 8 kept-aside photos gave; the mean over them is told by `python -m eval sameness`."""
    rgb = images.load_rgb(data_dir / "wrinkle" / "images" / "b_01133.png")
    rows = pd.DataFrame(sameness.of_photo(analyzer, rgb)).set_index("change")
    assert list(rows.index) == list(CHANGES) and rows.loc["again", "bit_equal"]
    assert (rows["iou"] > 0.8).all() and (rows["skin_iou"] > 0.94).all()
    assert (rows[["area", "length"]].abs() < 0.12).all(axis=None)


@pytest.mark.parametrize("name", ["a_0000180", "a_0000184", "a_0000223", "a_0000245", "b_01092"])
def test_a_mirrored_photo_has_the_mirrored_wrinkles(analyzer, data_dir, name):
    """Photos that a noisy width had laid now at one scale of the network, now at another."""
    first = analyzer.analyze(images.load_rgb(data_dir / "wrinkle" / "images" / f"{name}.png"))
    change = CHANGES["mirrored"]
    (row,) = sameness.compared(first, analyzer.analyze(change.changed(first.rgb)), change)
    assert row["iou"] > 0.97 and row["skin_iou"] > 0.94 and abs(row["area"]) < 0.03


@pytest.mark.parametrize("name", ["001_03", "022_03", "012_03"])
def test_a_mirrored_portrait_has_the_mirrored_pores(data_dir, name):
    """Pores are small: seen from one side alone, half of them came out elsewhere."""
    analyzer, change = Analyzer("wrinkle-pore", "cpu"), CHANGES["mirrored"]
    first = analyzer.analyze(images.load_rgb(data_dir / "faces" / "london" / f"{name}.jpg"))
    rows = sameness.compared(first, analyzer.analyze(change.changed(first.rgb)), change)
    (row,) = [row for row in rows if row["task"] == "pore"]
    assert first.mask("pore").any() and row["iou"] > 0.9


def test_changes_do_what_they_say(astronaut):
    again = CHANGES["JPEG 95"].changed(astronaut)
    assert again.shape == astronaut.shape and 0 < np.abs(again.astype(int) - astronaut).mean() < 3
    mirror = CHANGES["mirrored"]
    assert (mirror.undone(mirror.changed(astronaut)) == astronaut).all()
    assert (mirror.changed(astronaut)[:, 0] == astronaut[:, -1]).all()
    level = np.array([[[0, 128, 250]]], np.uint8)
    brighter = sameness.exposed(level, 1.1)
    light = ((brighter / 255) ** 2.2) / ((level / 255) ** 2.2).clip(1e-9)
    assert brighter[0, 0, 0] == 0 and light[0, 0, 1] == pytest.approx(1.1, abs=0.01) and brighter[0, 0, 2] == 255


def test_a_mirrored_face_has_its_sides_exchanged(astronaut):
    """Left is right there: only then can the same measures be the same."""
    given = Analyzer(FakeMethod(replace(BOTH, tasks=("wrinkle",), thresholds={"wrinkle": 0.5}))).analyze(astronaut)
    change = CHANGES["mirrored"]
    flat = replace(given, maps={"wrinkle": np.zeros_like(given.maps["wrinkle"])}).with_thresholds({})
    even = np.ones_like(given.regions.wrinkle_skin)
    flat = replace(flat, regions=replace(flat.regions, wrinkle_skin=even))
    later = replace(flat, measures={sameness.other_side(zone): found for zone, found in flat.measures.items()})
    assert flat.measures != later.measures
    assert sameness.compared(flat, later, change)[0]["bit_equal"]
    assert not sameness.compared(flat, later, Change(np.copy))[0]["bit_equal"]
    assert sameness.other_side("crows_feet_left") == "crows_feet_right" and sameness.other_side("nose") == "nose"


def test_figures_of_a_change_by_hand(astronaut):
    """The made-up method marks rows of the picture: ten rows further down, it marks other pixels of the same face."""
    given = Analyzer(FakeMethod(replace(BOTH, tasks=("wrinkle",), thresholds={"wrinkle": 0.5}))).analyze(astronaut)
    empty = replace(given, maps={"wrinkle": np.zeros_like(given.maps["wrinkle"])}).with_thresholds({})
    (row,) = sameness.compared(given, empty, Change(np.copy))
    assert (row["iou"], row["skin_iou"], row["area"], row["length"]) == (0, 1, -1, -1) and not row["bit_equal"]
    (back,) = sameness.compared(empty, given, Change(np.copy))
    assert np.isnan(back["area"]), "what was nothing has no relative change"


def test_the_table_tells_mean_and_worst():
    rows = [
        {"photo": name, "task": "wrinkle", "change": "mirrored", "bit_equal": False, "iou": iou, "skin_iou": 1.0}
        | {"area": area, "length": 0.0, "count": np.nan}
        for name, iou, area in (("a", 0.9, -0.1), ("b", 0.7, 0.2))
    ]
    line = sameness.text(pd.DataFrame(rows, columns=sameness.COLUMNS)).splitlines()[-1]
    assert line == "| mirrored | 2 | 0 of 2 | 0.800 | 0.700 | 1.000 | 15.0% | 20.0% | 0.0% | 0.0% |"


def test_the_command_measures_kept_aside_photos_and_says_what_is_missing(
    tmp_path, data_dir, monkeypatch, capsys, astronaut
):
    monkeypatch.setattr(sameness, "CHANGES", {"again": CHANGES["again"]})
    monkeypatch.setattr(sameness, "Analyzer", lambda *_: Analyzer(FakeMethod(BOTH)))
    output = tmp_path / "rows.csv"
    assert sameness.main(["--data", str(data_dir), "--photos", "1", "--output", str(output)]) == 0
    rows = pd.read_csv(output)
    assert rows["task"].tolist() == ["wrinkle", "pore"] and rows["bit_equal"].all()
    assert "| again | 1 | 1 of 1 |" in capsys.readouterr().out
    assert sameness.main(["--data", str(tmp_path)]) == 2
    assert "wrinkle/manifest.csv" in capsys.readouterr().err


def test_a_photo_without_a_face_is_named_and_left_out(tmp_path, capsys, astronaut):
    images.save_png(tmp_path / "wall.png", np.full((64, 64, 3), 90, np.uint8))
    assert sameness.measured(Analyzer(FakeMethod(BOTH)), [tmp_path / "wall.png", tmp_path / "absent.png"]).empty
    said = capsys.readouterr().err
    assert "wall.png" in said and "absent.png" in said and face.NoFaceError.__name__ not in said


def test_a_photo_that_two_people_annotated_is_looked_at_once(data_dir, monkeypatch, capsys):
    looked = []
    monkeypatch.setattr(sameness, "Analyzer", lambda *_: None)
    monkeypatch.setattr(sameness, "measured", lambda _, paths: looked.extend(paths) or pd.DataFrame())
    assert sameness.main(["--data", str(data_dir)]) == 1
    contents = [path.read_bytes() for path in looked]
    assert len(contents) > 10 and len(set(contents)) == len(contents)
