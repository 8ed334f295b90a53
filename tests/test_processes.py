"""Two processes learn what one would: the same losses, batch norm over all crops, the same weights."""

import copy
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import tiny_run
import torch

from train import batchnorm, loop, state
from train.config import ConfigError
from wrinkleseg import checkpoint, models

ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.usefixtures("tiny_network")


@pytest.fixture(scope="module")
def two(tmp_path_factory) -> Path:
    """The folder of a run by two processes on the CPU."""
    output = tmp_path_factory.mktemp("processes") / "two"
    env = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    # --cpu would start a single process (Accelerate 1.15); --multi_gpu starts as many as it is told, and --device says where.
    launch = [sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", "--num_machines", "1"]
    settings = ["--num_processes", "2", "--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0"]
    program = [ROOT / "tests" / "tiny_run.py", "fit", output]
    subprocess.run([*launch, *settings, *program], env=env, check=True, timeout=400)
    return output


@pytest.fixture(scope="module")
def one(tmp_path_factory, tiny_network) -> Path:
    """The folder of the same run by one."""
    output = tmp_path_factory.mktemp("processes") / "one"
    with pytest.MonkeyPatch.context() as patch:
        tiny_run.install(patch.setattr)
        loop.fit(tiny_run.tiny_run(), output, "cpu")
    return output


def losses(output: Path) -> list[float]:
    """The loss curve."""
    lines = [json.loads(line) for line in (output / "log.jsonl").read_text().splitlines()]
    return [line["loss"] for line in lines if "loss" in line]


def test_two_processes_have_the_losses_of_one(one: Path, two: Path) -> None:
    assert len(losses(two)) == 2
    assert losses(two) == pytest.approx(losses(one), rel=1e-4)


def test_two_processes_learn_the_weights_of_one(one: Path, two: Path) -> None:
    ours, theirs = state.load(two / "state")[1], state.load(one / "state")[1]
    assert ours.keys() == theirs.keys()
    for name, values in ours.items():
        assert torch.allclose(values, theirs[name], rtol=1e-2, atol=1e-3), name


def test_running_statistics_are_those_of_all_crops(one: Path, two: Path) -> None:
    ours, theirs = state.load(two / "state")[1], state.load(one / "state")[1]
    for name in ("running_mean", "running_var", "num_batches_tracked"):
        key = f"model.body.1.{name}"
        assert torch.allclose(ours[key], theirs[key], rtol=1e-3, atol=1e-4), name


def test_the_checkpoint_of_two_opens_as_any_other(two: Path) -> None:
    config, model = checkpoint.load(two / "best")
    assert set(config.thresholds) == {"wrinkle", "pore"}
    assert all(not name.startswith("module.") for name in model.state_dict())


def test_batch_norm_over_processes_is_batch_norm(two: Path) -> None:
    # torch's own batch norm over all four pictures; three were with one process, one with the other.
    whole = tiny_run.normalised(2)
    parts = [checkpoint.load_tensors(two / f"norm-{rank}.safetensors") for rank in range(2)]
    for name in ("out", "slope"):
        together = torch.cat([part[name] for part in parts])
        assert torch.allclose(together, whole[name], rtol=1e-4, atol=1e-4), name
    for name in ("weight", "bias"):
        assert torch.allclose(parts[0][name] + parts[1][name], whole[name], rtol=1e-4, atol=1e-4), name
    for part in parts:
        assert part["num_batches_tracked"] == 1
        for name in ("running_mean", "running_var"):
            assert torch.allclose(part[name], whole[name], rtol=1e-5), name


@pytest.mark.parametrize("training", [True, False])
def test_a_whole_network_is_as_before_with_shared_batch_norm(training: bool) -> None:
    settings = {"encoder": "tu-tf_efficientnet_lite0", "decoder_channels": [8, 8, 8, 8, 8]}
    plain = models.build("unetpp", **settings).train(training)
    shared = batchnorm.share(copy.deepcopy(plain))
    assert not any(type(layer).__name__ in ("BatchNorm2d", "BatchNormAct2d") for layer in shared.modules())
    torch.distributed.init_process_group("gloo", store=torch.distributed.HashStore(), rank=0, world_size=1)
    try:
        picture = torch.randn(3, 3, 64, 64)
        ours, theirs = shared(picture)["wrinkle"], plain(picture)["wrinkle"]
    finally:
        torch.distributed.destroy_process_group()
    assert torch.allclose(ours, theirs, atol=1e-3)
    assert list(shared.state_dict()) == list(plain.state_dict())
    for name, values in shared.state_dict().items():
        assert torch.allclose(values, plain.state_dict()[name], rtol=1e-3, atol=1e-4), name


def test_crops_that_cannot_be_shared_are_refused() -> None:
    with pytest.raises(ConfigError, match="4 processes can't share 2 pore crops"):
        tiny_run.tiny_feed(tiny_run.tiny_run(), 0, 4)
