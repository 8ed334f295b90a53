"""Each layout read from small real files, and the real shared data."""

import dataclasses
import json
import logging
import shutil
from pathlib import Path

import numpy as np
import pytest

from eval import hub_datasets, readers
from eval.readers import DataSource
from eval.samples import DataError, Sample, wrinkle_samples
from wrinkleseg import images


@pytest.fixture
def hub_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for pictures; what the package itself keeps goes to a temporary folder too."""
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "arrow")
    return tmp_path / "cache"


def photo(number: int) -> np.ndarray:
    """uint8 (40, 50, 3), another one for each number."""
    return np.random.default_rng(number).integers(0, 256, (40, 50, 3), np.uint8)


def line(number: int) -> np.ndarray:
    """A mask of one row, uint8 (40, 50) of 0 and 255."""
    mask = np.zeros((40, 50), np.uint8)
    mask[number % 40] = 255
    return mask


def write(path: Path, array: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    images.save_png(path, array)
    return path


def test_pairs_are_matched_by_stem_in_sub_folders_whatever_the_ending(tmp_path: Path) -> None:
    write(tmp_path / "photos" / "one.PNG", photo(1))
    write(tmp_path / "photos" / "deep" / "er" / "two.v2.png", photo(2))
    write(tmp_path / "masks" / "there" / "one.png", line(1))
    write(tmp_path / "masks" / "two.v2.Png", line(2))
    (tmp_path / "photos" / "._one.png").write_bytes(b"what a file manager leaves behind")
    (tmp_path / "photos" / "notes.txt").write_text("no picture")
    samples = readers.pairs(tmp_path / "photos", tmp_path / "masks", "C")
    assert [(s.name, s.annotator, s.split) for s in samples] == [("one", "C", "train"), ("two.v2", "C", "train")]
    for number, sample in enumerate(samples, 1):
        rgb, mask = sample.load()
        assert (rgb == photo(number)).all() and (mask == (line(number) > 0)).all() and sample.load_zone().all()


def test_masks_may_lie_inside_the_photos_folder(tmp_path: Path) -> None:
    write(tmp_path / "one.png", photo(1))
    write(tmp_path / "masks" / "one.png", line(1))
    (sample,) = readers.pairs(tmp_path, tmp_path / "masks")
    assert sample.photo == (tmp_path / "one.png").resolve()


def test_what_has_no_partner_is_left_out_and_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(5):
        write(tmp_path / "photos" / f"{number}.png", photo(number))
    for name in ("0", "1", "strange"):
        write(tmp_path / "masks" / f"{name}.png", line(1))
    with caplog.at_level(logging.WARNING):
        assert [sample.name for sample in readers.pairs(tmp_path / "photos", tmp_path / "masks")] == ["0", "1"]
    assert "3 of 5 pictures" in caplog.text and "have no mask" in caplog.text
    assert "1 of 3 pictures" in caplog.text and "strange" in caplog.text


def test_no_match_names_both_folders_and_what_came(tmp_path: Path) -> None:
    write(tmp_path / "photos" / "face1.png", photo(1))
    write(tmp_path / "masks" / "face1_mask.png", line(1))
    with pytest.raises(DataError, match=r"photos \(face1\).*masks \(face1_mask\)"):
        readers.pairs(tmp_path / "photos", tmp_path / "masks")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"empty \(no pictures\)"):
        readers.pairs(tmp_path / "empty", tmp_path / "masks")
    with pytest.raises(DataError, match="no folder .*nowhere"):
        readers.pairs(tmp_path / "nowhere", tmp_path / "masks")
    with pytest.raises(DataError, match="different folders"):
        readers.pairs(tmp_path / "masks", tmp_path / "masks")


def test_pictures_in_hidden_folders_are_nobodys_photos(tmp_path: Path) -> None:
    for place in (".albums/photos", ".albums/photos/.thumbnails", ".albums/photos/more/.cache/deep"):
        write(tmp_path / place / "face.png", photo(1))
    write(tmp_path / ".albums" / "masks" / "face.png", line(1))
    (sample,) = readers.pairs(tmp_path / ".albums" / "photos", tmp_path / ".albums" / "masks")
    assert not sample.problem and sample.photo.parent.name == "photos"


@pytest.mark.parametrize("part", ["photos", "masks"])
def test_two_pictures_of_one_name_are_both_named(tmp_path: Path, part: str) -> None:
    write(tmp_path / "photos" / "face.png", photo(1))
    write(tmp_path / "masks" / "face.png", line(1))
    write(tmp_path / part / "again" / "face.webp", photo(2))
    write(tmp_path / "photos" / "other.png", photo(3))
    write(tmp_path / "masks" / "other.png", line(3))
    twice, other = readers.pairs(tmp_path / "photos", tmp_path / "masks")
    assert (other.load()[0] == photo(3)).all() and not other.problem
    with pytest.raises(DataError, match=f"{part}/again/face.webp.*{part}/face.png"):
        twice.load()
    with pytest.raises(DataError, match="rename one"):  # to learn from, all must be known
        readers.read(DataSource("pairs", str(tmp_path / "photos"), str(tmp_path / "masks")), tmp_path)


def test_what_the_manifest_names_and_is_not_there_costs_no_other_photo(tmp_path: Path) -> None:
    for name in ("here", "none", "twice"):
        write(tmp_path / "wrinkle" / "images" / f"{name}.png", photo(1))
        write(tmp_path / "wrinkle" / "masks" / f"{name}.png", line(1))
    (tmp_path / "wrinkle" / "masks" / "none.png").unlink()
    write(tmp_path / "wrinkle" / "images" / "twice.webp", photo(1))
    rows = "".join(f"{name},A,\n" for name in ("here", "none", "twice"))
    (tmp_path / "wrinkle" / "manifest.csv").write_text(f"name,annotator,same_photo_as\n{rows}")
    here, none, twice = wrinkle_samples(tmp_path)
    assert here.load()[1].any()
    with pytest.raises(DataError, match=r"no picture none\.\* in .*masks"):
        none.load()
    with pytest.raises(DataError, match=r"twice.png and .*twice.webp"):
        twice.load()
    with pytest.raises(DataError, match="none"):
        readers.read(DataSource("shared", str(tmp_path)), tmp_path)


def test_a_zone_says_where_the_annotator_looked(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(tmp_path / "photos" / f"{name}.png", photo(1))
        write(tmp_path / "masks" / f"{name}.png", line(1))
    upper = np.zeros((40, 50), np.uint8)
    upper[:10] = 255
    write(tmp_path / "zones" / "one.png", upper)
    one, two = readers.pairs(tmp_path / "photos", tmp_path / "masks", zones=tmp_path / "zones")
    assert one.load_zone().dtype == bool and (one.load_zone() == (upper > 0)).all()
    assert two.zone is None and two.load_zone().shape == (40, 50) and two.load_zone().all()
    write(tmp_path / "zones" / "one.png", upper[:, :45])
    with pytest.raises(DataError, match=r"\(40, 45\).*\(40, 50\)"):
        one.load_zone()
    (tmp_path / "zones" / "one.png").rename(tmp_path / "zones" / "other.png")
    with pytest.raises(DataError, match="zones"):
        readers.pairs(tmp_path / "photos", tmp_path / "masks", zones=tmp_path / "zones")


@pytest.mark.parametrize("folder", ["00000", ""])
def test_ffhq_wrinkle_with_and_without_folders_of_a_thousand(tmp_path: Path, folder: str) -> None:
    for number in range(3):
        write(tmp_path / "images1024x1024" / folder / f"{number:05d}.png", photo(number))
        write(tmp_path / "weak_wrinkle_masks" / folder / f"{number:05d}.png", line(number + 5))
    write(tmp_path / "manual_wrinkle_masks" / "00001.png", line(1))
    (manual,) = readers.ffhq_wrinkle(tmp_path)
    assert (manual.name, manual.annotator) == ("00001", "manual")
    assert (manual.load()[0] == photo(1)).all() and (manual.load()[1] == (line(1) > 0)).all()
    weak = readers.ffhq_wrinkle(tmp_path, "weak")
    assert [sample.name for sample in weak] == ["00000", "00001", "00002"]
    assert (weak[2].load()[1] == (line(7) > 0)).all()
    with pytest.raises(DataError, match="manual, weak"):
        readers.ffhq_wrinkle(tmp_path, "strong")


def picture(array: np.ndarray) -> dict:
    return {"bytes": images.png_bytes(array), "path": None}


def parquet(folder: Path, rows: int, empty: tuple[int, ...] = (), **names: str) -> Path:
    """A data set as it lies on the Hub; rows of `empty` have no mask."""
    import datasets

    folder.mkdir(exist_ok=True)
    photos = [picture(photo(number)) for number in range(rows)]
    drawn = [None if number in empty else picture(line(number)) for number in range(rows)]
    columns = {names.get("image", "image"): photos, names.get("mask", "mask"): drawn}
    features = datasets.Features({column: datasets.Image() for column in columns} | {"age": datasets.Value("int32")})
    table = datasets.Dataset.from_dict(columns | {"age": list(range(rows))}, features=features)
    table.to_parquet(str(folder / "train-00000-of-00001.parquet"))
    return folder


def test_a_hub_data_set_comes_out_as_it_went_in(tmp_path: Path, hub_cache: Path, monkeypatch, caplog) -> None:
    name = str(parquet(tmp_path / "set", 4, empty=(2,)))
    with caplog.at_level(logging.WARNING):
        samples = readers.hub_dataset(name, hub_cache, annotator="D")
    assert "1 of 4 rows" in caplog.text
    assert [(s.name, s.annotator, s.split) for s in samples] == [(f"{n:06d}", "D", "train") for n in (0, 1, 3)]
    for number, sample in zip((0, 1, 3), samples, strict=True):
        assert sample.photo.read_bytes() == images.png_bytes(photo(number))
        rgb, mask = sample.load()
        assert (rgb == photo(number)).all() and (mask == (line(number) > 0)).all()
    monkeypatch.setattr(hub_datasets, "_table", lambda *wanted: pytest.fail("the second call must find the files"))
    assert readers.hub_dataset(name, hub_cache, annotator="D") == samples


def test_a_local_data_set_that_changed_is_read_anew(tmp_path: Path, hub_cache: Path) -> None:
    name = str(parquet(tmp_path / "set", 2))
    assert len(readers.hub_dataset(name, hub_cache)) == 2
    parquet(tmp_path / "set", 3)
    assert len(readers.hub_dataset(name, hub_cache)) == 3


def test_other_columns_are_named_and_can_be_chosen(tmp_path: Path, hub_cache: Path) -> None:
    name = str(parquet(tmp_path / "set", 2, image="photo", mask="image"))
    with pytest.raises(DataError, match=r"no column 'mask'.*photo \(Image\), image \(Image\), age \(Value\)"):
        readers.hub_dataset(name, hub_cache)
    with pytest.raises(DataError, match="no column 'age' of pictures"):
        readers.hub_dataset(name, hub_cache, image="photo", mask="age")
    with pytest.raises(DataError, match="two columns"):
        readers.hub_dataset(name, hub_cache, mask="image")
    samples = readers.hub_dataset(name, hub_cache, image="photo", mask="image")
    assert (samples[1].load()[0] == photo(1)).all() and (samples[1].load()[1] == (line(1) > 0)).all()


def test_a_column_of_plain_bytes_holds_pictures_too(tmp_path: Path, hub_cache: Path) -> None:
    import datasets

    (tmp_path / "set").mkdir()
    columns = {"image": [images.png_bytes(photo(3))], "mask": [images.png_bytes(line(3))]}
    datasets.Dataset.from_dict(columns).to_parquet(str(tmp_path / "set" / "test.parquet"))
    (sample,) = readers.hub_dataset(str(tmp_path / "set"), hub_cache, subset="test")
    assert sample.split == "test" and (sample.load()[0] == photo(3)).all()
    columns["mask"] = [b"no picture at all, but text"]
    datasets.Dataset.from_dict(columns).to_parquet(str(tmp_path / "set" / "test.parquet"))
    with pytest.raises(DataError, match="row 0 holds in masks no picture but a text file"):
        readers.hub_dataset(str(tmp_path / "set"), hub_cache, subset="test")
    assert len(list(hub_cache.iterdir())) == 1, "what was not written whole must not stay"


def test_a_folder_of_pictures_with_metadata_is_a_hub_data_set(tmp_path: Path, hub_cache: Path) -> None:
    write(tmp_path / "set" / "train" / "photos" / "a.png", photo(1))
    write(tmp_path / "set" / "train" / "drawn" / "a.png", line(1))
    (tmp_path / "set" / "train" / "metadata.csv").write_text("file_name,mask_file_name\nphotos/a.png,drawn/a.png\n")
    (sample,) = readers.hub_dataset(str(tmp_path / "set"), hub_cache)
    assert (sample.load()[0] == photo(1)).all() and (sample.load()[1] == (line(1) > 0)).all()


def test_a_data_set_that_cannot_be_loaded_says_so(tmp_path: Path, hub_cache: Path, monkeypatch) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="cannot be loaded"):
        readers.hub_dataset(str(tmp_path / "empty"), hub_cache)
    name = str(parquet(tmp_path / "set", 2))
    with pytest.raises(DataError, match="subset 'holdout'.*cannot be loaded"):
        readers.hub_dataset(name, hub_cache, subset="holdout")
    monkeypatch.setitem(__import__("sys").modules, "datasets", None)
    with pytest.raises(DataError, match="pip install datasets"):
        readers.hub_dataset(name, hub_cache)


def test_a_source_is_plain_values_there_and_back() -> None:
    source = DataSource("hub", "owner/name", annotators=["A", "B"], revision="v1")
    values = json.loads(json.dumps(dataclasses.asdict(source)))
    assert DataSource(**values) == source and source.annotators == ("A", "B")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"layout": "coco"}, "shared, pairs, ffhq-wrinkle, hub"),
        ({"layout": "pairs", "path": "photos"}, "needs masks"),
        ({"layout": "hub"}, "needs path"),
        ({"layout": "shared", "masks": "drawn"}, "takes no masks"),
        ({"layout": "pairs", "path": "a", "masks": "b", "subset": "test"}, "takes no subset"),
        ({"layout": "shared", "annotators": "A"}, "list of names"),
        ({"layout": "shared", "path": Path("data")}, "path must be text"),
    ],
)
def test_a_wrong_source_is_refused_before_anything_is_read(values: dict, message: str) -> None:
    with pytest.raises(DataError, match=message):
        DataSource(**values)


def test_the_shared_data_keep_their_split_and_can_be_filtered(data_dir: Path, tmp_path: Path, monkeypatch) -> None:
    every = wrinkle_samples(data_dir)
    assert readers.read(DataSource("shared", str(data_dir)), tmp_path) == every
    monkeypatch.setenv("WRINKLESEG_DATA", str(data_dir))
    chosen = readers.read(DataSource("shared", annotators=("B",)), tmp_path)
    assert chosen == [sample for sample in every if sample.annotator == "B"] and len(chosen) == 13
    with pytest.raises(DataError, match=r"\['C'\].*\['A', 'B'\]"):
        readers.read(DataSource("shared", annotators=("C",)), tmp_path)


def test_the_shared_photos_read_as_pairs_are_the_same(data_dir: Path, tmp_path: Path) -> None:
    folder = data_dir / "wrinkle"
    source = DataSource("pairs", str(folder / "images"), str(folder / "masks"))
    samples = readers.read(source, tmp_path)
    files = {sample.name: (sample.photo.resolve(), sample.mask.resolve()) for sample in wrinkle_samples(data_dir)}
    assert {sample.name: (sample.photo, sample.mask) for sample in samples} == files
    side = {sample.name: sample.split for sample in samples}
    assert set(side.values()) == {"train", "validation", "test"}
    # Nothing in the folders says that these are one photo; their files do.
    assert side["a_0000173"] == side["b_01017"] and side["a_0000176"] == side["b_01133"]


def test_every_layout_is_read_through_one_door(tmp_path: Path, hub_cache: Path) -> None:
    for number in range(6):
        write(tmp_path / "images1024x1024" / f"{number:05d}.png", photo(number))
        write(tmp_path / "manual_wrinkle_masks" / f"{number:05d}.png", line(number))
    shutil.copytree(tmp_path / "manual_wrinkle_masks", tmp_path / "zones")
    folders = [str(tmp_path / name) for name in ("images1024x1024", "manual_wrinkle_masks")]
    sources = [
        DataSource("pairs", *folders, zones=str(tmp_path / "zones"), annotator="manual"),
        DataSource("ffhq-wrinkle", str(tmp_path)),
        DataSource("hub", str(parquet(tmp_path / "set", 6)), annotator="manual"),
    ]
    lists = [readers.read(source, hub_cache) for source in sources]
    assert all(len(samples) == 6 for samples in lists) and all(s.zone is not None for s in lists[0])
    # The same files are on the same side, whatever the layout.
    assert len({tuple(each.split for each in samples) for samples in lists}) == 1
    assert isinstance(lists[2][0], Sample) and {s.annotator for samples in lists for s in samples} == {"manual"}
