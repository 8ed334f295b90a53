"""The store of rows: what comes in comes out, whatever was killed, cut off, done twice or made of other data."""

import json
import logging
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from eval import results, row_files
from eval.results import ResultsError, Writer

META = {"source": {"layout": "pairs", "path": "photos"}, "pores": "", "split": "all", "created": "2024-01-01"}


def row(photo: str = "one", method: str = "m", zone: str = "whole", **changes) -> dict:
    """A row with a few columns of each type."""
    known = {"method": method, "kind": "learned", "photo": photo, "annotator": "A", "task": "wrinkle", "zone": zone}
    scores = {"tp": 3, "iou": 0.25, "line_pred_total": 7, "count_pred": np.nan, "both_empty": False}
    lists = {"f1_sweep": [0.1, 0.5] if zone == "whole" else None}
    return known | scores | lists | {"threshold": 0.1, "weights": "abc", "error": ""} | changes


def job(photo: str = "one", weights: str = "abc", threshold: float = 0.1, digest: str = "", code: str = "") -> tuple:
    return "m", weights, photo, "A", "wrinkle", threshold, code, digest


def folder(place: Path, *batches: list[dict]) -> Path:
    """A results folder with a part for each batch."""
    results.begin(place, META)
    for batch in batches:
        with Writer(place) as writer:
            writer.add(batch)
    return place


def parts(place: Path) -> list[Path]:
    return sorted((place / results.PARTS).iterdir())


@pytest.mark.parametrize("compacted", [False, True])
def test_rows_come_back_as_they_went_in(tmp_path: Path, compacted: bool) -> None:
    place = folder(tmp_path / "r", [row(), row(zone="nose", iou=np.nan)], [row("two", error="", versions='{"a": "1"}')])
    if compacted:
        results.compact(place)
        assert not parts(place) and (place / results.ROWS).is_file()
    table = results.read(place)
    assert list(table["photo"]) == ["one", "one", "two"] and list(table["zone"]) == ["whole", "nose", "whole"]
    assert table["tp"].dtype == np.int64 and table["both_empty"].dtype == bool and table["threshold"].eq(0.1).all()
    assert table["iou"].isna().tolist() == [False, True, False] and table["count_pred"].isna().all()
    assert table["f1_sweep"][0] == pytest.approx([0.1, 0.5]) and table["f1_sweep"][1] is None
    assert table["versions"][2] == '{"a": "1"}' and pd.isna(table["versions"][0])
    assert list(results.read(place, ["iou", "photo", "unheard"]).columns) == ["iou", "photo", "unheard"]


def test_an_error_is_done_again_and_its_row_goes(tmp_path: Path) -> None:
    place = folder(tmp_path, [row(error="no face", tp=np.nan, iou=np.nan)], [row("two")])
    assert results.finished(place) == {job("two")}
    assert np.isnan(results.read(place)["tp"][0])
    with Writer(place) as writer:
        writer.add([row()])
    for _ in range(2):
        table = results.read(place)
        assert len(table) == 2 and (table["error"] == "").all() and set(table["photo"]) == {"one", "two"}
        assert results.finished(place) == {job("one"), job("two")}
        results.compact(place)


def test_newer_weights_and_thresholds_take_the_place_of_older_ones(tmp_path: Path) -> None:
    place = folder(tmp_path, [row(), row("two"), row("one", "other")], [row(weights="new", iou=0.5)])
    table = results.read(place)
    assert list(zip(table["method"], table["weights"], table["iou"], strict=True)) == [
        ("other", "abc", 0.25),
        ("m", "new", 0.5),
    ]
    with Writer(place) as writer:
        writer.add([row(weights="new", threshold=0.2, iou=0.75)])
    results.compact(place)
    assert sorted(results.read(place)["iou"]) == [0.25, 0.75]
    assert results.finished(place) == {job(weights="new", threshold=0.2), ("other", *job()[1:])}


def test_rows_of_older_code_go_and_are_done_again(tmp_path: Path) -> None:
    place = folder(tmp_path, [row(), row("two"), row("one", "other")], [row(code="c1", iou=0.5)])
    assert results.finished(place) == {job(code="c1"), ("other", *job()[1:])}
    assert counted(place) == [("one", "whole", 0.25, ""), ("one", "whole", 0.5, "")]


def counted(place: Path) -> list[tuple]:
    """(photo, zone, iou, error) of all rows, which a compaction must not change."""
    before, after = results.read(place), (results.compact(place), results.read(place))[1]
    columns = ["photo", "zone", "iou", "error"]
    assert before[columns].equals(after[columns])
    return list(after[columns].itertuples(index=False, name=None))


def test_an_error_does_not_take_the_place_of_a_good_row(tmp_path: Path) -> None:
    lost = row(error="no memory", iou=0.0)
    place = folder(tmp_path, [row(), row(zone="nose")], [lost], [row("two", error="no face", iou=0.0)])
    good = [("one", "whole", 0.25, ""), ("one", "nose", 0.25, "")]
    assert counted(place) == [*good, ("two", "whole", 0.0, "no face")]
    with Writer(place) as writer:
        writer.add([lost])
    assert results.finished(place) == {job()}
    assert counted(place)[:2] == good


def test_a_good_row_of_other_weights_does_not_hide_an_error(tmp_path: Path) -> None:
    place = folder(tmp_path, [row(), row(zone="nose")], [row(weights="new", error="no memory", iou=0.0)])
    assert counted(place) == [("one", "whole", 0.0, "no memory")] and results.finished(place) == set()


def test_scores_of_files_that_have_changed_are_done_again_and_go(tmp_path: Path) -> None:
    place = folder(tmp_path, [row(digest="d1"), row("two", digest="d2")])
    assert results.finished(place) == {job(digest="d1"), job("two", digest="d2")}
    with Writer(place) as writer:
        writer.add([row(digest="new", iou=0.5), row(zone="nose", digest="new", iou=0.5)])
    assert results.finished(place) == {job(digest="new"), job("two", digest="d2")}
    assert counted(place) == [("two", "whole", 0.25, ""), ("one", "whole", 0.5, ""), ("one", "nose", 0.5, "")]
    with Writer(place) as writer:
        writer.add([row("two", digest="bad", iou=0.0, error="no face")])  # the old score is of another file
    assert ("two", "whole", 0.0, "no face") in counted(place) and job("two", digest="d2") not in results.finished(place)
    with Writer(place) as writer:
        writer.add([row(digest="", iou=0.0, error="no such file")])  # perhaps it comes back as it was
    assert ("one", "whole", 0.5, "") in counted(place) and results.finished(place) == {job(digest="new")}


def test_rows_of_before_digests_were_kept_are_read_and_done_again(tmp_path: Path) -> None:
    place = folder(tmp_path, [row(), row("two")])
    with Writer(place) as writer:
        writer.add([row(digest="d1", zone_path="z.png")])
    for _ in range(2):
        assert sorted(results.read(place)["photo"]) == ["one", "two"]
        assert results.finished(place) == {job(digest="d1"), job("two")}
        results.compact(place)


def test_a_table_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path, monkeypatch) -> None:
    place = folder(tmp_path, [row(), row("two")], [row("three")])
    monkeypatch.setattr(row_files, "read", lambda *_: pytest.fail("it was read"))
    fine = {"rows": 3, "file_bytes": 10**6, "column_bytes": 10**6}
    for limit, told in (({"rows": 2}, "3 rows.*2"), ({"file_bytes": 9}, "MB"), ({"column_bytes": 9}, "MB")):
        with pytest.raises(results.TooLarge, match=told):
            results.read(place, ["iou"], results.Limits(**(fine | limit)))
    monkeypatch.undo()
    assert len(results.read(place, ["iou"], results.Limits(**fine))) == 3


def test_meta_tells_no_path_of_this_machine(tmp_path: Path) -> None:
    source = {"layout": "pairs", "path": "/home/ann/study/photos", "masks": {"Ann": "/home/ann/study/masks", "B": "b"}}
    for _ in range(2):  # the same data are known again
        results.begin(tmp_path, META | {"source": source})
    known = results.read_meta(tmp_path)["source"]
    assert known == {"layout": "pairs", "path": "study/photos", "masks": {"Ann": "study/masks", "B": "b"}}
    (tmp_path / results.META).write_text(json.dumps(META | {"source": source}))  # of an earlier version
    results.begin(tmp_path, META | {"source": source})
    with pytest.raises(ResultsError, match="other data"):
        results.begin(tmp_path, META | {"source": source | {"path": "/home/ann/other/photos"}})


def test_zones_go_with_the_whole_photo_they_were_scored_with(tmp_path: Path) -> None:
    first = [row(), row(zone="nose"), row(zone="chin")]
    place = folder(tmp_path, first, [row(iou=0.5), row(zone="nose", iou=0.5)])
    assert counted(place) == [("one", "whole", 0.5, ""), ("one", "nose", 0.5, "")]
    with Writer(place) as writer:
        writer.add([row(threshold=0.2, iou=0.75)])
    assert counted(place) == [("one", "whole", 0.75, "")]


@pytest.mark.parametrize("left", [0, 10, 700])
def test_a_part_cut_off_is_named_and_done_again(tmp_path: Path, left: int, caplog: pytest.LogCaptureFixture) -> None:
    place = folder(tmp_path, [row()], [row("two")])
    damaged = parts(place)[1]
    damaged.write_bytes(damaged.read_bytes()[:left])
    with caplog.at_level(logging.WARNING):
        assert results.finished(place) == {job("one")}
        assert list(results.read(place)["photo"]) == ["one"]
    assert damaged.name in caplog.text and "damaged" in caplog.text
    with Writer(place) as writer:
        writer.add([row("two")])
    results.compact(place)
    assert sorted(results.read(place)["photo"]) == ["one", "two"]
    assert [path.name for path in parts(place)] == [f"{damaged.name}.damaged"]


@pytest.mark.parametrize("whose", ["the table", "a part", "the end of a part"])
def test_a_compaction_destroys_nothing_that_it_could_not_read(tmp_path: Path, whose: str) -> None:
    place = folder(tmp_path, [row()])
    if whose == "the table":
        results.compact(place)
    bad = place / results.ROWS if whose == "the table" else parts(place)[0]
    content = bytearray(bad.read_bytes())
    if whose == "the end of a part":
        about = parquet.ParquetFile(bad).metadata.row_group(0)
        names = [about.column(number).path_in_schema for number in range(about.num_columns)]
        first = about.column(names.index("iou")).data_page_offset
        content[first : first + 20] = bytes(20)  # a column that does not tell which rows count
    else:
        content[-8:] = bytes(8)
    bad.write_bytes(content)
    bad.with_name(f"{bad.name}.damaged").write_text("older")
    with Writer(place) as writer:
        writer.add([row("two")])
    results.compact(place)
    assert list(results.read(place)["photo"]) == ["two"] and results.finished(place) == {job("two")}
    assert bad.with_name(f"{bad.name}.damaged").read_text() == "older"
    assert bad.with_name(f"{bad.name}.damaged-2").read_bytes() == bytes(content)


def test_rows_without_weights_or_threshold_count_as_any_others(tmp_path: Path) -> None:
    place = folder(tmp_path, [row(weights=None, error=None)], [row("two", weights=None, error=None)])
    assert list(results.read(place)["photo"]) == ["one", "two"]
    assert results.finished(place) == {job(weights=""), job("two", weights="")}
    bare = folder(tmp_path / "bare", [row(threshold=None)], [row("two", threshold=None)])
    assert list(results.read(bare)["photo"]) == ["one", "two"]


def test_the_zones_of_a_single_run_may_stand_in_any_order(tmp_path: Path) -> None:
    place = folder(tmp_path, [row(zone="nose"), row(), row(zone="chin"), row("two", zone="chin"), row("two")])
    assert [zone for _, zone, _, _ in counted(place)] == ["nose", "whole", "chin", "chin", "whole"]


def test_one_file_with_older_rows_of_a_key_gives_the_newer_ones(tmp_path: Path) -> None:
    """As a data set of the Hub may hold them."""
    place = folder(tmp_path, [row(), row(threshold=0.2, iou=0.5)])
    assert len(parts(place)) == 1 and results.read(place)["iou"].tolist() == [0.5]


def test_what_a_kill_left_half_written_is_no_part(tmp_path: Path) -> None:
    place = folder(tmp_path, [row()])
    (place / results.PARTS / ".000-1-000001.parquet.17").write_bytes(b"half")
    assert len(results.read(place)) == 1


def test_a_compaction_that_was_killed_before_its_end_changes_nothing(tmp_path: Path) -> None:
    place = folder(tmp_path, [row()], [row("two")])
    kept = {path: path.read_bytes() for path in parts(place)}
    results.compact(place)
    for path, data in kept.items():  # rows.parquet was there, the parts not gone yet
        path.write_bytes(data)
    assert sorted(results.read(place)["photo"]) == ["one", "two"]
    results.compact(place)
    assert len(results.read(place)) == 2 and not parts(place)


def test_a_full_disk_is_one_clear_error_and_leaves_nothing_half(tmp_path: Path, monkeypatch) -> None:
    place = folder(tmp_path, [row()])

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(parquet.ParquetWriter, "write_table", full)
        with pytest.raises(ResultsError, match="No space left on device.*make room"), Writer(place) as writer:
            writer.add([row("two")])
    assert len(list((place / results.PARTS).iterdir())) == 1 and list(results.read(place)["photo"]) == ["one"]


def test_rows_are_written_after_five_seconds_or_a_hundredth_of_the_time(tmp_path: Path) -> None:
    now = [0.0]
    results.begin(tmp_path, META)
    writer = Writer(tmp_path, clock=lambda: now[0])
    counts = []
    for moment in (1, 4, 5, 6, 11, 1000, 1006, 1011):
        now[0] = float(moment)
        writer.add([row(f"p{moment}"), row(f"p{moment}", zone="nose")])
        counts.append(len(parts(tmp_path)))
    assert counts == [0, 0, 1, 1, 2, 3, 3, 4]  # at 1006 a hundredth is still more than what has passed
    assert len(results.read(tmp_path)) == 16


def test_an_interrupted_run_keeps_what_was_finished(tmp_path: Path) -> None:
    results.begin(tmp_path, META)
    with pytest.raises(KeyboardInterrupt), Writer(tmp_path) as writer:
        writer.add([row()])
        raise KeyboardInterrupt
    assert results.finished(tmp_path) == {job()}


@pytest.mark.parametrize(
    "change", [{"split": "test"}, {"pores": "p"}, {"source": {"layout": "pairs", "path": "other"}}]
)
def test_a_folder_of_other_data_is_refused(tmp_path: Path, change: dict) -> None:
    place = folder(tmp_path, [row()])
    with pytest.raises(ResultsError, match="results of other data.*--output"):
        results.begin(place, META | change)
    results.begin(place, META | {"created": "2030-01-01"})
    assert json.loads((place / results.META).read_text()) == META


def test_a_folder_of_unknown_rows_or_that_can_t_be_made_is_refused(tmp_path: Path) -> None:
    place = folder(tmp_path / "r", [row()])
    (place / results.META).unlink()
    with pytest.raises(ResultsError, match="not known of what"):
        results.begin(place, META)
    (tmp_path / "file").write_text("")
    with pytest.raises(ResultsError, match="can't be written"):
        results.begin(tmp_path / "file", META)
    for absent in (tmp_path / "none", tmp_path):
        with pytest.raises(ResultsError, match="holds no rows"):
            results.read(absent)
    with pytest.raises(ResultsError, match="no meta.json"):
        results.read_meta(tmp_path)


def test_fifty_thousand_rows_are_read_well_under_a_second(tmp_path: Path) -> None:
    sweeps = {name: [0.5] * 82 for name in ("f1_sweep", "precision_sweep", "recall_sweep")}
    numbers = {f"score{number}": 0.123 * number for number in range(40)}
    some = [row(f"photo {n}", f"m{m}", **numbers, **(sweeps if m < 2 else {})) for n in range(50) for m in range(10)]
    results.compact(folder(tmp_path, some))
    once = parquet.read_table(tmp_path / results.ROWS).to_pandas()
    tables = [pa.Table.from_pandas(once.assign(photo=once["photo"] + f" of {number}")) for number in range(100)]
    parquet.write_table(pa.concat_tables(tables), tmp_path / results.ROWS)
    start = time.process_time()
    assert results.read(tmp_path).shape[0] == 50_000
    assert time.process_time() - start < 1.5  # 0.4 s on one quiet core


def test_a_data_set_of_the_hub_is_read_by_its_name(tmp_path: Path, monkeypatch) -> None:
    import fsspec

    opened = []

    class Stored:  # in place of the Hub's file system
        def __init__(self, address: str) -> None:
            opened.append(address)

        def __enter__(self):
            self.file = (tmp_path / "r" / results.ROWS).open("rb")
            return self.file

        def __exit__(self, *_: object) -> None:
            self.file.close()

    results.compact(folder(tmp_path / "r", [row()]))
    monkeypatch.setattr(fsspec, "open", Stored)
    assert list(results.read("hub:somebody/scores@v1")["photo"]) == ["one"]
    assert opened == ["hf://datasets/somebody/scores@v1/rows.parquet"]
    with pytest.raises(results.TooLarge, match="1 rows, expected at most 0"):
        results.read("hub:somebody/scores@v1", limits=results.Limits(0, 10**9, 10**9))
    with pytest.raises(results.TooLarge, match="MB, expected"):
        results.read("hub:somebody/scores@v1", limits=results.Limits(9, 9, 10**9))
    (tmp_path / "r" / results.ROWS).unlink()
    with pytest.raises(ResultsError, match="hf://datasets/somebody/scores/rows.parquet.*hub:OWNER/NAME"):
        results.read("hub:somebody/scores")


def test_names_are_made_safe_and_stay_apart(tmp_path: Path) -> None:
    def place(method: str, photo: str) -> Path:
        return results.mask_path(tmp_path, method, "wrinkle", photo)

    assert place("unetpp+wrinkle-pore", "a_01") == tmp_path / "masks" / "unetpp+wrinkle-pore" / "wrinkle" / "a_01.png"
    odd = ["../../etc", "a/b", "a b", "a-b", "", ".", "..", ".hidden", "ä", "x" * 300, "x" * 301, "hub:o/n@v1"]
    paths = {place(name, "p") for name in odd} | {place("m", name) for name in odd}
    assert len(paths) == 2 * len(odd)
    for path in paths:
        assert (
            path.resolve().is_relative_to((tmp_path / "masks").resolve()) and len(path.relative_to(tmp_path).parts) == 4
        )
        assert all(len(part) < 120 for part in path.parts)
