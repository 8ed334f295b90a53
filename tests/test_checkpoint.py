"""A checkpoint comes back as it was saved, and a broken one says what is wrong."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from wrinkleseg import checkpoint
from wrinkleseg.checkpoint import CheckpointError, Config
from wrinkleseg.preprocess import Preprocess

CONFIG = Config(
    model="unet-reduced",
    settings={"tasks": ["wrinkle"]},
    preprocess=Preprocess({"wrinkle": 128}),
    thresholds={"wrinkle": 0.4},
    title="A test",
    source="nowhere",
    licence="none",
)


@pytest.fixture(scope="module")
def model() -> torch.nn.Module:
    torch.manual_seed(3)
    return CONFIG.build().eval()


@pytest.fixture
def saved(tmp_path: Path, model) -> Path:
    checkpoint.save(tmp_path / "one", CONFIG, model, card="# A card\n")
    return tmp_path / "one"


def test_round_trip(saved: Path, model) -> None:
    config, again = checkpoint.load(saved)
    assert config == CONFIG
    assert (saved / "README.md").read_text() == "# A card\n"
    picture = torch.rand(1, 3, 32, 32)
    with torch.inference_mode():
        before, after = model(picture)["wrinkle"], again.eval()(picture)["wrinkle"]
    assert torch.allclose(before, after, atol=0.02)  # float16 on disk
    assert all(value.dtype == torch.float32 for value in again.parameters())


def test_weights_are_half_as_large(saved: Path, model) -> None:
    numbers = sum(value.numel() for value in model.state_dict().values())
    assert (saved / checkpoint.WEIGHTS).stat().st_size < 2.1 * numbers


def test_hash_tells_weights_apart(saved: Path, tmp_path: Path) -> None:
    checkpoint.save(tmp_path / "two", CONFIG, CONFIG.build())
    first, second = checkpoint.weights_hash(saved), checkpoint.weights_hash(tmp_path / "two")
    assert len(first) == 12 and first != second


@pytest.mark.parametrize("change", [{"preprocess": Preprocess({"wrinkle": 320})}, {"settings": {"tasks": ["pore"]}}])
def test_hash_tells_apart_what_changes_the_maps(saved: Path, tmp_path: Path, model, change: dict) -> None:
    """The same weights that see a face at another width give other maps: results of both must not be mixed."""
    checkpoint.save(tmp_path / "two", replace(CONFIG, **change), model)
    assert checkpoint.file_hash(tmp_path / "two") == checkpoint.file_hash(saved)
    assert checkpoint.weights_hash(tmp_path / "two") != checkpoint.weights_hash(saved)


def test_hash_does_not_hang_on_what_changes_no_map(saved: Path, tmp_path: Path, model) -> None:
    checkpoint.save(tmp_path / "two", replace(CONFIG, thresholds={"wrinkle": 0.9}, title="Another"), model, "a card")
    assert checkpoint.weights_hash(tmp_path / "two") == checkpoint.weights_hash(saved)


def test_saving_again_replaces_and_leaves_nothing_behind(saved: Path, model) -> None:
    checkpoint.save(saved, CONFIG, model)
    assert not (saved / "README.md").exists()
    assert [path.name for path in saved.parent.iterdir()] == ["one"]


def test_a_failed_save_keeps_the_old_one(saved: Path, model, monkeypatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("disk full")

    before = checkpoint.weights_hash(saved)
    monkeypatch.setattr(checkpoint, "save_file", fail)
    with pytest.raises(OSError, match="disk full"):
        checkpoint.save(saved, CONFIG, model)
    assert checkpoint.weights_hash(saved) == before
    assert [path.name for path in saved.parent.iterdir()] == ["one"]


def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"no config\.json"):
        checkpoint.load(tmp_path / "none")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ("{}", "format None"),
        (json.dumps({"format": 1}), "does not describe"),
        (json.dumps({**CONFIG.to_dict(), "surprise": 1}), "surprise"),
        (json.dumps({**CONFIG.to_dict(), "model": "nonet"}), "can't be built"),
        (json.dumps({**CONFIG.to_dict(), "settings": {"tasks": ["wrinkle"], "surprise": 1}}), "can't be built"),
    ],
)
def test_broken_config(saved: Path, text: str, message: str) -> None:
    (saved / checkpoint.CONFIG).write_text(text)
    with pytest.raises(CheckpointError, match=message):
        checkpoint.load(saved)


@pytest.mark.parametrize("keep", [0, 40, 5000])
def test_truncated_weights(saved: Path, keep: int) -> None:
    weights = saved / checkpoint.WEIGHTS
    weights.write_bytes(weights.read_bytes()[:keep])
    with pytest.raises(CheckpointError, match="fetch or save it again"):
        checkpoint.load(saved)


def test_weights_of_another_network(saved: Path) -> None:
    values = {**CONFIG.to_dict(), "settings": {"tasks": ["wrinkle", "pore"]}}
    (saved / checkpoint.CONFIG).write_text(json.dumps(values))
    with pytest.raises(CheckpointError, match="does not hold the weights"):
        checkpoint.load(saved)


@pytest.mark.parametrize("number", [1e5, -7e4, float("inf"), float("nan")])
def test_numbers_that_float16_cannot_hold_are_refused_before_they_replace_anything(saved: Path, number: float) -> None:
    before, model = checkpoint.weights_hash(saved), CONFIG.build()
    with torch.no_grad():
        next(model.parameters()).flatten()[3] = number
    with pytest.raises(CheckpointError, match=r"holds numbers up to .*, but float16.* 65504.*lower rate"):
        checkpoint.save(saved, CONFIG, model)
    assert checkpoint.weights_hash(saved) == before
    assert [path.name for path in saved.parent.iterdir()] == ["one"]


def test_weights_may_be_read_by_whoever_may_read_their_settings(saved: Path) -> None:
    assert (saved / checkpoint.WEIGHTS).stat().st_mode & 0o444 == (saved / checkpoint.CONFIG).stat().st_mode & 0o444


def test_a_runs_folder_is_told_of_the_checkpoint_inside(saved: Path, tmp_path: Path) -> None:
    (tmp_path / "best").symlink_to(saved)
    with pytest.raises(CheckpointError, match=f"take {tmp_path / 'best'}"):
        checkpoint.load(tmp_path)
