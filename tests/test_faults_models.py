"""Model folders with missing, cut-off, foreign and senseless files: one clear message, and the other methods work."""

import json
import logging
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from train import state
from wrinkleseg import checkpoint, methods, models
from wrinkleseg.__main__ import main
from wrinkleseg.checkpoint import CheckpointError, Config
from wrinkleseg.methods import MethodError
from wrinkleseg.preprocess import Preprocess

CONFIG = Config("unet-reduced", {"tasks": ["wrinkle"]}, Preprocess({"wrinkle": 96}), {"wrinkle": 0.4}, title="A test")
WEIGHTS, SETTINGS = checkpoint.WEIGHTS, checkpoint.CONFIG
Break = Callable[[Path], None]


@pytest.fixture(scope="module")
def saved(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "unet-reduced"
    checkpoint.save(folder, CONFIG, CONFIG.build())
    return folder


@pytest.fixture
def folder(saved: Path, tmp_path: Path) -> Path:
    """A model's folder that may be broken."""
    return Path(shutil.copytree(saved, tmp_path / "models" / "unet-reduced"))


def weights(change: Callable[[dict], dict]) -> Break:
    def breaks(folder: Path) -> None:
        save_file(change(load_file(folder / WEIGHTS)), folder / WEIGHTS)

    return breaks


def content(file: str, make: Callable[[bytes], bytes]) -> Break:
    return lambda folder: (folder / file).write_bytes(make((folder / file).read_bytes()))


def values(**changes: object) -> Break:
    def breaks(folder: Path) -> None:
        (folder / SETTINGS).write_text(json.dumps(json.loads((folder / SETTINGS).read_text()) | changes))

    return breaks


def folder_in_place_of(file: str) -> Break:
    def breaks(folder: Path) -> None:
        (folder / file).unlink()
        (folder / file).mkdir()

    return breaks


def first(tensors: dict, change: Callable[[torch.Tensor], torch.Tensor]) -> dict:
    """One weight changed, the others as they are."""
    name = next(name for name, value in tensors.items() if value.is_floating_point() and value.ndim == 4)
    return {**tensors, name: change(tensors[name]).contiguous()}


def unnumbered(number: float) -> Break:
    return weights(lambda tensors: first(tensors, lambda value: value.index_fill(0, torch.tensor([0]), number)))


PREPROCESS = CONFIG.preprocess.to_dict()
BROKEN: dict[str, tuple[Break, str]] = {
    "no weights": (lambda folder: (folder / WEIGHTS).unlink(), "does not hold the weights"),
    "a folder for weights": (folder_in_place_of(WEIGHTS), "does not hold the weights"),
    "half the weights": (content(WEIGHTS, lambda all: all[: len(all) // 2]), "does not hold the weights"),
    "a byte too few": (content(WEIGHTS, lambda all: all[:-1]), "does not hold the weights"),
    "a byte too many": (content(WEIGHTS, lambda all: all + b"\0"), "does not hold the weights"),
    "a pickle": (content(WEIGHTS, lambda _: pickle.dumps({"weight": [1.0]})), "does not hold the weights"),
    "a header of 2^62 bytes": (content(WEIGHTS, lambda all: b"\0" * 7 + b"\x40" + all), "does not hold the weights"),
    "another shape": (weights(lambda all: first(all, lambda value: value[:1])), "does not hold the weights"),
    "a name too many": (weights(lambda all: all | {"surprise": torch.zeros(1)}), "does not hold the weights"),
    "a name too few": (
        weights(lambda all: {name: all[name] for name in all if all[name].ndim != 4}),
        "does not hold the weights",
    ),
    "not a number": (unnumbered(float("nan")), "not finite"),
    "infinite": (unnumbered(float("inf")), "not finite"),
    "half a config": (content(SETTINGS, lambda all: all[: len(all) // 2]), "is not JSON"),
    "a config of bytes": (content(SETTINGS, lambda _: b"\xff\xfe\x00"), "is not JSON"),
    "a config that is a list": (content(SETTINGS, lambda _: b"[1]"), "holds no names and values"),
    "no tasks": (values(settings={}), "does not hold the weights|names no tasks"),
    "settings of another kind": (values(settings=7), "does not describe a model"),
    "thresholds of another kind": (values(thresholds=[0.4]), "does not describe a model"),
    "no threshold": (values(thresholds={}), "the threshold None for 'wrinkle'"),
    "a threshold of words": (values(thresholds={"wrinkle": "high"}), "expected a number from 0 to 1"),
    "a threshold above 1": (values(thresholds={"wrinkle": 4}), "expected a number from 0 to 1"),
    "no face width": (values(preprocess=PREPROCESS | {"face_width": {}}), "does not describe|no face width"),
}


@pytest.fixture
def few(folder: Path, monkeypatch) -> None:
    """Only this network is known beside the filters, and its weights lie in `folder`."""
    monkeypatch.setattr(models, "BUILDERS", {"unet-reduced": models.BUILDERS["unet-reduced"]})
    monkeypatch.setenv("WRINKLESEG_MODELS", str(folder.parent))


@pytest.fixture(params=BROKEN)
def broken(request, folder: Path) -> tuple[Path, str]:
    """A broken model's folder, and what should be said of it."""
    breaks, told = BROKEN[request.param]
    breaks(folder)
    return folder, told


def test_a_broken_model_is_one_clear_line(broken: tuple[Path, str], tmp_path: Path, capsys) -> None:
    folder, told = broken
    with pytest.raises(CheckpointError, match=told) as caught:
        checkpoint.load_usable(folder)
    assert str(folder) in str(caught.value) or "config.json" in str(caught.value)
    with pytest.raises(MethodError, match=told):
        methods.load(str(folder), "cpu")
    (tmp_path / "photo.png").write_bytes(b"it is not read")
    words = ["analyze", str(tmp_path / "photo.png"), "--output", str(tmp_path / "out"), "--model", str(folder)]
    assert main(words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("wrinkleseg: error: ") and not list((tmp_path / "out").iterdir())


@pytest.mark.usefixtures("few")
def test_a_broken_model_is_left_out_and_the_others_stay(broken: tuple[Path, str], caplog) -> None:
    with caplog.at_level(logging.WARNING):
        names = [info.name for info in methods.available()]
    assert "unet-reduced" not in names and {"frangi", "gabor", "pores-dog"} <= set(names)
    (line,) = [record.getMessage() for record in caplog.records if record.name == "wrinkleseg.methods"]
    assert line.startswith("unet-reduced is left out: ") and "\n" not in line
    known = next(info for info in methods.known() if info.name == "unet-reduced")
    assert not known.ready and known.parameters > 0 and known.weights == ""


@pytest.mark.usefixtures("few")
def test_a_whole_model_is_there(caplog) -> None:
    assert "unet-reduced" in [info.name for info in methods.available()] and not caplog.records


@pytest.mark.usefixtures("few")
def test_the_list_of_models_shows_the_others(folder: Path, capsys) -> None:
    (folder / WEIGHTS).write_bytes(b"half")
    assert main(["models", "--json"]) == 0
    listed = {row["name"]: row["ready"] for row in json.loads(capsys.readouterr().out)}
    assert listed["frangi"] and not listed["unet-reduced"]


@pytest.fixture
def app(monkeypatch, tmp_path: Path):
    """The page's wiring, on a copy of the shipped weights that may be broken."""
    shipped = methods.model_folder("unetpp").parent
    if not (shipped / "unetpp" / WEIGHTS).is_file():
        pytest.skip("no weights are shipped")
    wiring = pytest.importorskip("app")
    monkeypatch.setenv("WRINKLESEG_MODELS", str(shutil.copytree(shipped, tmp_path / "assets")))
    yield wiring
    for cached in (wiring.loaded, wiring.method, wiring.analyzer):
        cached.cache_clear()


@pytest.mark.parametrize("which", ["half the weights", "a config of bytes"])
def test_the_page_opens_with_the_other_methods(app, which: str, caplog, monkeypatch) -> None:
    for cached in (app.loaded, app.method, app.analyzer):
        cached.cache_clear()
    BROKEN[which][0](methods.model_folder("unetpp"))
    with caplog.at_level(logging.WARNING):
        wired = app.services()
        names = [info.name for info in wired.methods()]
    assert "unetpp" not in names and {"wrinkle-pore", "frangi", "pores-dog"} <= set(names)
    assert any(record.getMessage().startswith("unetpp is left out: ") for record in caplog.records)
    assert wired.default_method == app.FALLBACK
    assert app.analyzer(wired.default_method).method.info.tasks == ("wrinkle", "pore")
    with pytest.raises(MethodError):
        app.analyzer("unetpp")
    assert app.method("wrinkle-pore").info.tasks == ("wrinkle", "pore")


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"step": 1}', '{"tensors": "x", "surprise": 1}'])
def test_a_training_whose_place_is_unreadable_says_so(tmp_path: Path, text: str) -> None:
    (tmp_path / state.PROGRESS).write_text(text)
    with pytest.raises(CheckpointError, match="does not say where the run stands"):
        state.load(tmp_path)
