"""Two people's masks of the same photos, scored against one another."""

from pathlib import Path

import numpy as np
import pytest

from eval import agreement, results
from eval.__main__ import main
from eval.samples import DataError, wrinkle_samples
from wrinkleseg import images


def write(path: Path, mask: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    images.save_png(path, mask.astype(np.uint8) * 255)


@pytest.fixture
def two(tmp_path: Path) -> list[str]:
    """Ann marks rows 100 to 103; Bob rows 100 to 101, on the second photo nothing. A third photo is Ann's alone."""
    ann, bob = np.zeros((500, 500), bool), np.zeros((500, 500), bool)
    ann[100:104, 50:450], bob[100:102, 50:450] = True, True
    for name, other in (("one", bob), ("two", np.zeros_like(bob))):
        write(tmp_path / "ann" / f"{name}.png", ann)
        write(tmp_path / "bob" / f"{name}.png", other)
    write(tmp_path / "ann" / "three.png", ann)
    return ["--masks", str(tmp_path / "ann"), "--masks", f"Bob={tmp_path / 'bob'}"]


def test_each_is_judged_by_the_other(two: list[str], tmp_path: Path, capsys) -> None:
    assert main(["agreement", *two, "--output", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr().out
    # One photo: 800 of 1600 pixels; the other: nothing of it.
    assert (
        "annotator Bob" in printed
        and "| ann | 2 | 0.250 | 0.333 |" in printed
        and "| Bob | 2 | 0.250 | 0.333 |" in printed
    )
    table = results.read(tmp_path / "out").set_index(["photo", "annotator"])
    assert len(table) == 4 and set(table["zone"]) == {"whole"} and set(table["kind"]) == {"reference"}
    assert tuple(table.loc[("one", "Bob"), ["tp", "fp", "fn", "precision", "recall"]]) == (800, 800, 0, 0.5, 1.0)
    assert tuple(table.loc[("one", "ann"), ["tp", "fp", "fn", "precision", "recall"]]) == (800, 0, 800, 1.0, 0.5)
    assert table.loc[("one", "ann"), "line_f1_3"] == pytest.approx(1.0, abs=0.01) and (table["method"] != "").all()
    assert results.read_meta(tmp_path / "out")["source"]["layout"] == "agreement"
    assert (tmp_path / "out" / "rows.csv").is_file()


def test_a_bad_mask_is_a_row_with_its_error(two: list[str], tmp_path: Path, capsys) -> None:
    write(tmp_path / "bob" / "two.png", np.zeros((500, 300), bool))
    assert main(["agreement", *two, "--output", str(tmp_path / "out")]) == 0
    assert "| ann | 1 | 0.500 |" in capsys.readouterr().out
    table = results.read(tmp_path / "out")
    failed = table[table["error"] != ""]
    assert list(failed["photo"]) == ["two", "two"] and failed["error"].str.contains("same picture").all()


@pytest.mark.parametrize("given", [["ann"], ["ann", "ann"], ["ann", "none"], ["ann", "empty"]])
def test_what_can_t_be_compared_is_one_line(two: list[str], given: list[str], tmp_path: Path, capsys) -> None:
    (tmp_path / "empty").mkdir()
    words = [word for name in given for word in ("--masks", str(tmp_path / name))]
    assert main(["agreement", *words]) == 2
    error = capsys.readouterr().err
    assert error.startswith("eval agreement: ") and len(error.strip().splitlines()) == 1


def test_two_people_without_a_common_photo_cost_the_others_nothing(
    two: list[str], tmp_path: Path, capsys, caplog
) -> None:
    write(tmp_path / "cat" / "nine.png", np.zeros((500, 500), bool))
    write(tmp_path / "photos" / "elsewhere.png", np.zeros((500, 500), bool))
    words = [*two, "--masks", str(tmp_path / "cat"), "--images", str(tmp_path / "photos")]
    assert main(["agreement", *words]) == 0
    assert "| ann | 2 | 0.250 | 0.333 |" in capsys.readouterr().out and "cat" in caplog.text and "nine" in caplog.text
    assert main(["agreement", "--masks", str(tmp_path / "cat"), *two[2:]]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "none of cat, Bob drew on a photo of another" in error


def test_two_masks_of_one_name_are_a_row_with_its_error(two: list[str], tmp_path: Path, capsys) -> None:
    write(tmp_path / "bob" / "again" / "two.png", np.zeros((500, 500), bool))
    assert main(["agreement", *two, "--output", str(tmp_path / "out")]) == 0
    table = results.read(tmp_path / "out")
    failed = table[table["error"] != ""]
    assert list(failed["photo"]) == ["two", "two"] and failed["error"].str.contains("again/two.png").all()
    assert (table["photo"] == "one").sum() == 2


def test_where_every_pair_fails_the_table_says_so(two: list[str], tmp_path: Path, capsys) -> None:
    for name in ("one", "two"):
        write(tmp_path / "bob" / f"{name}.png", np.zeros((500, 300), bool))
    assert main(["agreement", *two]) == 0
    assert "| ann | 0 | - |" in capsys.readouterr().out


def test_two_folders_of_one_name_need_names(tmp_path: Path) -> None:
    for person in ("a", "b"):
        (tmp_path / person / "masks").mkdir(parents=True)
    folders = [str(tmp_path / person / "masks") for person in ("a", "b")]
    with pytest.raises(DataError, match="NAME=DIR"):
        agreement.named(folders)
    assert list(agreement.named([f"A={folders[0]}", f"B={folders[1]}"])) == ["A", "B"]


def test_real_people_agree_as_is_known(data_dir: Path, tmp_path: Path, capsys) -> None:
    samples = {sample.name: sample for sample in wrinkle_samples(data_dir)}
    sample = next(each for each in samples.values() if each.annotator == "A" and each.same_photo_as)
    other = samples[sample.same_photo_as]
    for name, path in (("A", sample.mask), ("B", other.mask), ("photos", sample.photo)):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"face{path.suffix}").write_bytes(path.read_bytes())
    words = ["--masks", str(tmp_path / "A"), "--masks", str(tmp_path / "B"), "--images", str(tmp_path / "photos")]
    status = main(["agreement", *words, "--output", str(tmp_path / "out")])
    table = results.read(tmp_path / "out")
    assert (table["error"] == "").all() and set(table["annotator"]) == {"A", "B"}
    of_a = table[table["annotator"] == "A"].set_index("zone")
    assert status == 0 and 0.1 < of_a.loc["whole", "iou"] < 0.25 and 0.4 < of_a.loc["whole", "line_f1_3"] < 0.75
    assert {"forehead", "chin"} < set(of_a.index) and of_a["face_width"].gt(100).all()
