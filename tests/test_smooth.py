"""Smooth faces: which they are, and what methods mark on them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fakes import Undivided

from eval.__main__ import main
from eval.samples import DataError
from eval.smooth import marked, smooth_faces, spread_out, text
from wrinkleseg.methods import MethodInfo


class Half(Undivided):
    """Marks the upper half of every photo."""

    info = MethodInfo("half", "", ("wrinkle",), 0, "", "", "", {"wrinkle": 0.5})

    def __call__(self, rgb, face, regions) -> dict[str, np.ndarray]:
        maps = np.zeros(rgb.shape[:2], np.float32)
        maps[: face.box.top + face.box.height // 2] = 1
        return {"wrinkle": maps * regions.wrinkle_skin}


def test_about_a_hundred_photos_of_young_people_who_do_not_smile(data_dir: Path) -> None:
    paths = smooth_faces(data_dir)
    assert 80 <= len(paths) <= 130
    assert all(path.is_file() and "smile" not in path.name for path in paths)


def test_a_folder_without_manifest_gets_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"manifest\.csv"):
        smooth_faces(tmp_path)


def test_photos_are_taken_from_the_whole_list() -> None:
    paths = [Path(str(number)) for number in range(10)]
    assert spread_out(paths, 3) == [paths[0], paths[4], paths[9]]
    assert spread_out(paths, 20) == paths


def test_shares_are_of_the_visible_skin(data_dir: Path, tmp_path: Path, capsys) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_text("no picture")
    table = marked([Half()], [broken, *smooth_faces(data_dir)[:2]])
    assert len(table) == 2 and table["share"].between(0.35, 0.65).all()
    assert "broken.jpg" in capsys.readouterr().err


def test_what_lies_on_the_threshold_is_not_marked(data_dir: Path) -> None:
    """As everywhere else: a pixel is marked above its threshold."""
    level = Half()
    level.info = replace(Half.info, thresholds={"wrinkle": 1.0})
    assert (marked([level], smooth_faces(data_dir)[:1])["share"] == 0).all()


def test_the_table_by_hand() -> None:
    shares = pd.DataFrame({"photo": list("abc"), "method": "m", "task": "wrinkle", "share": [0.01, 0.02, 0.10]})
    assert "| wrinkle | m | 3 | 2.00% | 8.40% | 10.00% |" in text(shares)


def test_a_negative_number_of_photos_is_one_line(data_dir: Path, capsys) -> None:
    assert main(["smooth", "--data", str(data_dir), "--methods", "frangi", "--photos", "-1"]) == 2
    assert main(["sameness", "--data", str(data_dir), "--method", "frangi", "--photos", "-2"]) == 2
    told = capsys.readouterr().err.splitlines()
    assert [line.split(":")[0] for line in told] == ["eval smooth", "eval sameness"]
    assert all("--photos 1 or more" in line for line in told)


def test_an_unknown_method_is_one_line(capsys) -> None:
    assert main(["smooth", "--methods", "nosuch"]) == 2
    assert capsys.readouterr().err.startswith("eval smooth: no method is called 'nosuch'")
