"""Valid files that chance has damaged: whatever comes in, only the reader's own error may come out.

The same cases each time. WRINKLESEG_FUZZ=1000 asks each test for so many; what was found once stands below as a case.
"""

import copy
import functools
import io
import json
import os
import struct
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import corpus
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from pyarrow import parquet

from eval import results
from eval.samples import DataError
from train.config import ConfigError, Run
from train.presets import best_joint
from wrinkleseg import annotation, archive, checkpoint, images
from wrinkleseg.annotation import AnnotationError
from wrinkleseg.checkpoint import CheckpointError, Config
from wrinkleseg.preprocess import Preprocess

pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning"),
]
KINDS = ("JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP", "AVIF", "HEIF")


def examples(number: int) -> Callable:
    """So many cases, the same ones each time; WRINKLESEG_FUZZ asks for more."""
    asked = int(os.environ.get("WRINKLESEG_FUZZ", number))
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
    return settings(max_examples=asked, derandomize=True, deadline=None, database=None, suppress_health_check=slow)


def only(known: type[Exception] | tuple, call: Callable, *given: object) -> object:
    """What the call gives, None where it refuses in its own words. Any other error fails the test."""
    try:
        return call(*given)
    except known as error:
        assert str(error).strip()
        return None


_SIZES = st.sampled_from([0, 1, 2, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF])
_CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["flip", "cut", "drop", "insert", "repeat", "big number", "small number"]),
        st.floats(0, 1),
        st.integers(0, 255),
        _SIZES,
        st.binary(max_size=24),
    ),
    min_size=1,
    max_size=6,
)


def damaged(data: bytes, changes: list[tuple]) -> bytes:
    """The file after each change: (kind, where from 0 to 1, a byte, a number, some bytes)."""
    for kind, where, byte, number, some in changes:
        at = int(where**2 * len(data))  # heads are more telling than pixels
        before, after = data[:at], data[at:]
        data = {
            "flip": before + bytes([byte]) + after[1:],
            "cut": before,
            "drop": before + after[byte:],
            "insert": before + some + after,
            "repeat": before + after[:byte] + after,
            "big number": before + struct.pack(">I", number) + after[4:],
            "small number": before + struct.pack("<I", number) + after[4:],
        }[kind]
    return data


_NUMBERS = st.sampled_from([0, -1, 1, 2, 3, 33, 2**31, 2**63, 10**30, 0.5, -0.0, 1e308, float("nan"), float("inf")])
_PLAIN = st.none() | st.booleans() | _NUMBERS | st.text(max_size=8) | st.sampled_from(["wrinkle", "best", "../x"])
_VALUES = st.recursive(
    _PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
_EDITS = st.lists(
    st.tuples(st.sampled_from(["set", "drop", "add"]), st.lists(st.integers(0, 30), min_size=1, max_size=4), _VALUES),
    min_size=1,
    max_size=3,
)


def edited(tree: object, edits: list[tuple]) -> object:
    """Plain values with some of them replaced, dropped or added: (what, the way down, a value)."""
    tree = copy.deepcopy(tree)
    for what, way, value in edits:
        place, key = _place(tree, way)
        if place is None:
            tree = value
        elif what == "set":
            place[key] = value
        elif what == "drop":
            del place[key]
        elif isinstance(place, dict):
            place[f"{key}x"] = value
        else:
            place.append(value)
    return tree


def _place(tree: object, way: list[int]) -> tuple[object, object]:
    """The container and key that a way of numbers leads to."""
    place = key = None
    for number in way:
        if not isinstance(tree, dict | list) or not tree:
            break
        keys = list(tree) if isinstance(tree, dict) else list(range(len(tree)))
        place, key = tree, keys[number % len(keys)]
        tree = tree[key]
    return place, key


@functools.cache
def picture_file(kind: str) -> bytes:
    image = corpus.noise()
    if kind == "HEIF":
        return corpus.heif(image)
    camera = Image.Exif()
    camera[0x0112] = 6
    camera[0x010F] = "Maker"
    return corpus.encoded(image, kind, **({"exif": camera} if kind in ("JPEG", "PNG", "WEBP", "TIFF", "AVIF") else {}))


# Pictures and masks


@pytest.mark.parametrize("kind", KINDS)
def test_pictures(kind: str) -> None:
    @examples(40)
    @given(_CHANGES)
    def check(changes: list[tuple]) -> None:
        picture = only(images.PictureError, images.load, damaged(picture_file(kind), changes))
        if picture is not None:
            assert picture.rgb.dtype == np.uint8 and picture.rgb.shape[2] == 3 and min(picture.rgb.shape[:2]) >= 32

    check()


@examples(60)
@given(st.sampled_from(["PNG", "TIFF", "GIF"]), st.sampled_from(["1", "L", "P", "LA"]), _CHANGES)
def test_masks(kind: str, mode: str, changes: list[tuple]) -> None:
    mode = "L" if (kind, mode) == ("GIF", "LA") else mode
    mask = only(
        images.PictureError, images.load_mask, damaged(corpus.encoded(corpus.noise().convert(mode), kind), changes)
    )
    assert mask is None or (mask.dtype == bool and mask.ndim == 2)


@examples(60)
@given(
    st.sampled_from(
        [b"", b"\x89PNG\r\n\x1a\n", b"II*\0", b"MM\0*", b"BM", b"GIF89a", b"\xff\xd8\xff", b"RIFFxxxxWEBP"]
    ),
    st.binary(max_size=300),
)
def test_bytes_of_no_file(head: bytes, rest: bytes) -> None:
    assert only(images.PictureError, images.load, head + rest) is None


# Zips


def _zip_file() -> bytes:
    data = corpus.encoded(corpus.plain(), "PNG")
    return corpus.zip_of({"a.png": data, "b/ä.jpg": data * 3, "c.txt": b"hello" * 30})


@examples(50)
@given(_CHANGES)
def test_zips(changes: list[tuple]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "given.zip"
        path.write_bytes(damaged(_zip_file(), changes))
        found = only(archive.ArchiveError, lambda: list(archive.pictures(path)))
        for name, data in found or []:
            assert name == archive.safe_name(name) and isinstance(data, bytes | archive.EntryError)
        assert os.listdir(folder) == ["given.zip"]


@examples(50)
@given(st.text(max_size=90) | st.text(alphabet="./\\ :con-_aé", max_size=90))
def test_names_of_files(name: str) -> None:
    safe = archive.safe_name(name)
    assert 0 < len(safe) <= 60 and not set(safe) & set('/\\<>:"|?*\0\n') and safe not in (".", "..")
    assert archive.safe_name(safe) == safe


# Annotation


@functools.cache
def _annotation_parts() -> dict[str, bytes]:
    photo, mask = np.full((48, 64, 3), 170, np.uint8), np.zeros((48, 64), bool)
    mask[10:14, 5:50] = True
    one = annotation.entry("anna", photo, 60.0).with_layer("wrinkle", mask, mask).with_layer("zone", mask, mask)
    with zipfile.ZipFile(io.BytesIO(annotation.zip_bytes([one]))) as file:
        return {name: file.read(name) for name in file.namelist()}


@examples(60)
@given(_CHANGES)
def test_zips_of_annotation(changes: list[tuple]) -> None:
    only(AnnotationError, annotation.read_zip, damaged(corpus.zip_of(_annotation_parts(), zipfile.ZIP_STORED), changes))


@examples(50)
@given(st.integers(0, 20), _CHANGES)
def test_files_in_a_zip_of_annotation(number: int, changes: list[tuple]) -> None:
    """Only one file is damaged: the zip's own checksums fit."""
    parts = _annotation_parts()
    name = list(parts)[number % len(parts)]
    only(AnnotationError, annotation.read_zip, corpus.zip_of(parts | {name: damaged(parts[name], changes)}))


@examples(40)
@given(_EDITS)
def test_manifests_of_annotation(edits: list[tuple]) -> None:
    parts = _annotation_parts()
    manifest = json.dumps(edited(json.loads(parts["annotations/manifest.json"]), edits)).encode()
    only(AnnotationError, annotation.read_zip, corpus.zip_of(parts | {"annotations/manifest.json": manifest}))


@examples(40)
@given(_EDITS)
def test_strokes(edits: list[tuple]) -> None:
    one = {"layer": "wrinkle", "width": 5, "points": [1.0, 2.0, 30.0, 20.0], "erase": False}
    given_strokes = edited([one, dict(one)], edits)
    strokes = only(AnnotationError, annotation.strokes_from, given_strokes, (48, 64))
    if strokes:
        assert annotation.paint(strokes, "wrinkle", np.zeros((48, 64), bool)).shape == (48, 64)


# Runs and checkpoints


@examples(50)
@given(_EDITS)
def test_runs(edits: list[tuple]) -> None:
    known = json.loads(json.dumps(best_joint().to_dict()))
    run = only(ConfigError, _from_file, Run.load, "run.json", json.dumps(edited(known, edits)).encode())
    assert run is None or json.loads(json.dumps(run.to_dict())) is not None


@examples(60)
@given(_CHANGES)
def test_files_of_runs(changes: list[tuple]) -> None:
    data = json.dumps(best_joint().to_dict()).encode()
    only(ConfigError, _from_file, Run.load, "run.json", damaged(data, changes))


def _from_file(read: Callable, name: str, data: bytes) -> object:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        return read(path)


@pytest.fixture(scope="module")
def saved(tmp_path_factory, tiny_network) -> tuple[bytes, bytes]:
    """config.json and weights of a tiny network."""
    config = Config("tiny", {"tasks": ["wrinkle"]}, Preprocess({"wrinkle": 64}), {"wrinkle": 0.4})
    folder = tmp_path_factory.mktemp("tiny") / "one"
    checkpoint.save(folder, config, config.build())
    return (folder / checkpoint.CONFIG).read_bytes(), (folder / checkpoint.WEIGHTS).read_bytes()


def _load_checkpoint(config: bytes, weights: bytes) -> object:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / checkpoint.CONFIG).write_bytes(config)
        (Path(folder) / checkpoint.WEIGHTS).write_bytes(weights)
        return checkpoint.load(Path(folder))


def test_configurations_of_checkpoints(saved) -> None:
    config, weights = saved

    @examples(40)
    @given(_EDITS)
    def check(edits: list[tuple]) -> None:
        only(CheckpointError, _load_checkpoint, json.dumps(edited(json.loads(config), edits)).encode(), weights)

    check()


@pytest.mark.parametrize("number", [0, 1], ids=["config.json", "weights"])
def test_files_of_checkpoints(saved, number: int) -> None:
    @examples(50)
    @given(_CHANGES)
    def check(changes: list[tuple]) -> None:
        files = list(saved)
        files[number] = damaged(files[number], changes)
        only(CheckpointError, _load_checkpoint, *files)

    check()


def test_heads_of_weights(saved) -> None:
    """The length in front still fits: names, kinds, shapes and places of the numbers are changed."""
    config, weights = saved
    length = int.from_bytes(weights[:8], "little")

    @examples(60)
    @given(_EDITS)
    def check(edits: list[tuple]) -> None:
        head = json.dumps(edited(json.loads(weights[8 : 8 + length]), edits)).encode()
        only(CheckpointError, _load_checkpoint, config, len(head).to_bytes(8, "little") + head + weights[8 + length :])

    check()


# Results


_ROW = {"method": "m", "photo": "p", "annotator": "A", "task": "wrinkle", "zone": "whole", "weights": "w"}
_ROW |= {"threshold": 0.5, "digest": "d", "error": "", "iou": 0.25, "tp": 3, "f1_sweep": [0.1, 0.2]}


def _read_results(*parts: bytes, meta: bytes = b'{"source": {}}') -> object:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / results.META).write_bytes(meta)
        (folder / results.PARTS).mkdir()
        for number, data in enumerate(parts):
            (folder / results.PARTS / f"{number}.parquet").write_bytes(data)
        results.read_meta(folder)
        results.finished(folder)
        limits = results.Limits(10_000, 10**7, 10**7)
        frame = results.read(folder, limits=limits)
        results.read(folder, ["iou", "photo"], limits)
        return frame


def _parquet(rows: list[dict]) -> bytes:
    file = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist(rows), file)
    return file.getvalue()


@examples(40)
@given(_CHANGES)
def test_files_of_results(changes: list[tuple]) -> None:
    """A damaged part is left out, and the whole one beside it is read."""
    good = _parquet([_ROW])
    frame = only(DataError, _read_results, good, damaged(_parquet([_ROW | {"photo": "q"}] * 3), changes))
    assert frame is None or len(frame)


_CELLS = (
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats() | st.text(max_size=4) | st.lists(st.integers(0, 3))
)


@examples(40)
@given(
    st.dictionaries(st.sampled_from([*_ROW, "other"]), _CELLS, max_size=4),
    st.sets(st.sampled_from(list(_ROW)), max_size=3),
)
def test_columns_of_results(cells: dict, missing: set[str]) -> None:
    """Columns of another kind, and columns that are not there."""
    row = {name: value for name, value in (_ROW | cells).items() if name not in missing} or {"other": 1}
    only(DataError, _read_results, _parquet([_ROW]), _parquet([row, row]))
    only(DataError, _read_results, _parquet([row, row]))


@examples(60)
@given(_EDITS, _CHANGES, st.booleans())
def test_what_results_are_of(edits: list[tuple], changes: list[tuple], whole: bool) -> None:
    meta = json.dumps(edited({"source": {"layout": "pairs"}, "split": "all", "pores": ""}, edits)).encode()
    meta = meta if whole else damaged(meta, changes)

    def check() -> None:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / results.META).write_bytes(meta)
            results.check(Path(folder), {"source": {}, "split": "all"})

    only(DataError, check)


# What was found once


@pytest.mark.parametrize("meta", [b"[]", b"3", b"null", b"[" * 100_000, b"\xff"])
def test_what_results_are_of_must_be_names_and_values(meta: bytes) -> None:
    with pytest.raises(results.ResultsError, match="is no results folder"):
        _read_results(meta=meta)


@pytest.mark.parametrize("missing", ["error", "zone", "weights"])
def test_a_part_without_a_needed_column_is_left_out(missing: str) -> None:
    other = {name: value for name, value in _ROW.items() if name != missing}
    assert list(_read_results(_parquet([_ROW]), _parquet([other | {"photo": "q"}]))["photo"]) == ["p"]
    with pytest.raises(results.ResultsError, match="holds no rows"):
        _read_results(_parquet([other]))


def test_parts_that_do_not_fit_together_are_refused() -> None:
    with pytest.raises(results.ResultsError, match="do not fit together"):
        _read_results(_parquet([_ROW]), _parquet([_ROW | {"iou": "high"}]))


def test_a_column_of_nothing_is_read() -> None:
    assert _read_results(_parquet([_ROW | {"method": None}] * 2)) is not None


@pytest.mark.parametrize("broken", [b"no picture", b""])
def test_a_damaged_photo_of_annotation_is_told_as_such(broken: bytes) -> None:
    parts = _annotation_parts() | {"annotations/images/anna.png": broken}
    with pytest.raises(AnnotationError, match="a picture of the data set cannot be read"):
        annotation.read_zip(corpus.zip_of(parts))


@pytest.mark.parametrize("layout", [float("inf"), float("nan"), [], {}])
def test_a_senseless_layout_of_annotation_is_refused(layout: object) -> None:
    manifest = json.dumps({"layout": layout, "photos": []}).encode()
    with pytest.raises(AnnotationError, match="not as this page writes it"):
        annotation.read_zip(corpus.zip_of({"a/manifest.json": manifest}))


def test_strokes_of_numbers_without_measure_are_refused() -> None:
    with pytest.raises(AnnotationError, match="draw them again"):
        annotation.strokes_from([{"layer": "wrinkle", "width": 10**400, "points": [1, 2]}], (48, 64))


@pytest.mark.parametrize("text", [b"[" * 100_000, b"[]", b"3", b"\xff\xfe"])
def test_files_that_describe_no_run_and_no_model(saved, text: bytes) -> None:
    with pytest.raises(ConfigError):
        _from_file(Run.load, "run.json", text)
    with pytest.raises(CheckpointError):
        _load_checkpoint(text, saved[1])


@pytest.mark.parametrize(
    "change", [{"in_channels": 2**62}, {"width": 10**30}, {"tasks": "wrinkle"}, {"tasks": [["a"]]}]
)
def test_networks_that_cannot_be_built(saved, change: dict) -> None:
    config = json.loads(saved[0])
    config["settings"] |= change
    with pytest.raises(CheckpointError):
        _load_checkpoint(json.dumps(config).encode(), saved[1])
