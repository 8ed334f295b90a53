"""Simulated re-takes: what they change, and the spread that is written of them."""

import json
from pathlib import Path

import numpy as np
import pytest
from fakes import BOTH, FakeMethod

from eval import repeats
from wrinkleseg import change, images
from wrinkleseg.analysis import SCORE_VERSION, Analyzer
from wrinkleseg.measures import WHOLE, Measures


def take(area: float | None, length: float = 1.0) -> dict[str, Measures]:
    return {WHOLE: Measures(100, 100, True, True, wrinkle_area_percent=area, wrinkle_length=length)}


def test_a_retake_differs_a_little_and_comes_again_from_the_same_seed(astronaut):
    first, again, other = (repeats.retake(astronaut, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first.dtype == np.uint8 and (first.shape == again.shape) and (first == again).all()
    assert first.shape != other.shape
    for rgb in (first, other):
        assert 0.79 < rgb.shape[0] / astronaut.shape[0] < 1.11
        assert abs(float(rgb.mean()) - float(astronaut.mean())) < 15


def test_spread_and_relative_spread_by_hand():
    found = repeats.spreads([[take(1.0), take(3.0)], [take(5.0), take(5.0)], [take(None), take(2.0)]])
    area = found[WHOLE]["wrinkle_area_percent"]
    assert area["sd"] == pytest.approx(1.0), "variances 2 and 0, pooled over two photos"
    assert (area["mean"], area["photos"]) == (3.5, 2)
    assert area["relative_sd"] == pytest.approx(1 / 3.5, abs=1e-4)
    assert found[WHOLE]["wrinkle_length"]["relative_sd"] == 0 and "pore_mean_size" not in found[WHOLE]


def test_the_file_is_what_the_library_reads(tmp_path, astronaut):
    images.save_png(tmp_path / "portrait.png", astronaut)
    images.save_png(tmp_path / "wall.png", np.full((64, 64, 3), 90, np.uint8))
    analyzer, paths = Analyzer(FakeMethod(BOTH)), [tmp_path / "portrait.png", tmp_path / "wall.png"]
    found = repeats.measured(analyzer, paths, 2)
    assert {path.name: len(takes) for path, takes in found.items()} == {"portrait.png": 2}, "no face on the wall"
    content = repeats.table(analyzer, list(found), 2, repeats.spreads(found.values()))
    (tmp_path / "figures.json").write_text(json.dumps(content, allow_nan=False))
    read = change.load_repeatability(tmp_path / "figures.json")
    assert read.fits(BOTH, BOTH.thresholds) and read.photos == 1
    assert content["kind"] == "simulated re-takes" and "real re-takes vary more" in content["what"]
    values = [takes[WHOLE].wrinkle_length for takes in found[paths[0]]]
    assert read.zones[WHOLE]["wrinkle_length"]["sd"] == pytest.approx(np.std(values, ddof=1), abs=1e-5)


def test_only_photos_that_were_measured_are_named(tmp_path, data_dir, monkeypatch, capsys):
    paths = [tmp_path / "good.png", tmp_path / "bad.png"]
    monkeypatch.setattr(repeats, "Analyzer", lambda *_: Analyzer(FakeMethod(BOTH)))
    monkeypatch.setattr(repeats, "faces", lambda *_: paths)
    monkeypatch.setattr(repeats, "measured", lambda *_: {paths[0]: [take(1.0), take(3.0)]})
    output = tmp_path / "out.json"
    assert repeats.main(["--output", str(output)]) == 0
    written = json.loads(output.read_text())
    assert written["photos"] == 1 and [Path(name).name for name in written["names"]] == ["good.png"]


@pytest.mark.parametrize("count", ["1", "0", "-3"])
def test_one_retake_has_no_spread_and_writes_over_nothing(tmp_path, capsys, count):
    output = tmp_path / "out.json"
    output.write_text("kept")
    assert repeats.main(["--retakes", count, "--output", str(output)]) == 2
    assert "--retakes 2 or more" in capsys.readouterr().err and output.read_text() == "kept"


def test_half_of_the_faces_have_wrinkles(data_dir):
    chosen = repeats.faces(data_dir, 8)
    notes = dict(line.split(",", 1) for line in (data_dir / "faces" / "manifest.csv").read_text().splitlines())
    assert len(set(chosen)) == 8 and all(path.is_file() for path in chosen)
    assert sum("wrinkles y" in notes[f"london/{path.name}"] for path in chosen) == 4


def test_without_photos_it_is_said_what_is_missing(tmp_path):
    with pytest.raises(repeats.DataError, match="faces/manifest.csv"):
        repeats.faces(tmp_path, 2)


def test_shipped_figures_are_of_simulated_retakes():
    shipped = json.loads(Path(change.REPEATABILITY).read_text(encoding="utf-8"))
    assert shipped["kind"] == repeats.KIND and shipped["changes"] == repeats.CHANGES
    assert shipped["photos"] == len(shipped["names"]) and shipped["zones"][WHOLE]["wrinkle_area_percent"]["sd"] > 0
    assert change.load_repeatability().score_version == SCORE_VERSION
