"""A run published on a Hub on this machine by the real client, fetched again, and every way in which that fails."""

import argparse
import json
import re
import traceback
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from hub_server import TOKEN, Fault, Hub, connected
from huggingface_hub import ModelCard, constants

from eval.samples import SPLITS, DataError
from train import push
from wrinkleseg import checkpoint, hub, images, methods
from wrinkleseg.checkpoint import CheckpointError, Config
from wrinkleseg.hub import HubError
from wrinkleseg.preprocess import Preprocess

REPO = "somebody/lines"
CONFIG = Config(
    "unet-reduced", {"tasks": ["wrinkle"]}, Preprocess({"wrinkle": 96}), {"wrinkle": 0.45}, training={"steps": 3}
)


@pytest.fixture(scope="module")
def weights(tmp_path_factory) -> Path:
    torch.manual_seed(6)  # whose network marks most of the skin
    folder = tmp_path_factory.mktemp("weights") / "best"
    checkpoint.save(folder, CONFIG, CONFIG.build())
    return folder


@pytest.fixture
def run(tmp_path: Path, weights: Path) -> Path:
    """A run's folder as training leaves it."""
    folder = tmp_path / "run"
    (folder / "best").mkdir(parents=True)
    for file in weights.iterdir():
        (folder / "best" / file.name).write_bytes(file.read_bytes())
    (folder / "run.json").write_text('{"steps": 3}')
    (folder / "log.jsonl").write_text("{}\n")
    return folder


@pytest.fixture
def server(monkeypatch, tmp_path: Path) -> Iterator[Hub]:
    with connected(monkeypatch, tmp_path) as running:
        yield running


@pytest.fixture
def quick(monkeypatch) -> None:
    """Pushes without the example's few seconds."""
    monkeypatch.setattr(push, "example", lambda _: b"\x89PNG of a test")


def rows(path: Path, method: str) -> Path:
    name = json.loads(SPLITS.read_text())["wrinkle"]["test"][0]
    scores = {"iou": 0.25, "f1": 0.4, "cldice": 0.5, "line_f1": 0.6}
    known = {"method": method, "task": "wrinkle", "annotator": "A", "name": name}
    pd.DataFrame([known | scores]).to_csv(path, index=False)
    return path


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file's bytes and time of change."""
    return {str(p): (p.read_bytes(), p.stat().st_mtime_ns) for p in sorted(folder.rglob("*")) if p.is_file()}


def command(*words: str) -> str:
    """What `python -m train push` prints."""
    parser = argparse.ArgumentParser()
    push.add(parser.add_subparsers())
    options = parser.parse_args(["push", *words])
    return options.command(options)


def test_round_trip(server: Hub, run: Path, astronaut) -> None:
    before = contents(run)
    told = command(str(run), "--repo", REPO, "--figures", str(rows(run.parent / "rows.csv", str(run / "best"))))
    assert contents(run) == before
    name = told.removeprefix("published: ")
    repo = server.repos[REPO]
    assert name == f"hub:{REPO}@{repo.commits[-1][0]}" and len(repo.commits) == 2 and not repo.private
    sent = repo.commits[-1][2]
    assert {*push.OWNED} == {*sent} - {".gitattributes"}
    assert sent["config.json"] == (run / "best" / "config.json").read_bytes() and sent["run.json"] == b'{"steps": 3}'
    assert sent["rows.csv"] == (run.parent / "rows.csv").read_bytes()
    here, there = methods.load(str(run / "best"), "cpu"), methods.load(name, "cpu")
    state, again = here.model.state_dict(), there.model.state_dict()
    assert all(torch.equal(state[key], again[key]) for key in state) and state.keys() == again.keys()
    picture = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        assert torch.equal(here.model(picture)["wrinkle"], there.model(picture)["wrinkle"])
    assert there.info.thresholds == {"wrinkle": 0.45}
    card = ModelCard(sent["README.md"].decode())
    assert [result.metric_value for result in card.data.eval_results] == [0.25, 0.4, 0.5, 0.6]
    assert f"hub:{REPO}" in card.text
    left, right = np.hsplit(images.load_rgb(sent["example.png"]), 2)  # one face twice, marked on the right
    assert left.shape[0] == push.EXAMPLE_HEIGHT and left.std() > 20 and 0 < (left != right).mean() < 0.5


def test_a_second_push_is_a_second_commit_and_the_first_stays(server: Hub, run: Path, quick) -> None:
    first = push.push(run, REPO, figures=rows(run.parent / "rows.csv", str(run / "best")))
    assert push.push(run, REPO, figures=run.parent / "rows.csv") == first  # nothing new, no commit
    torch.manual_seed(7)
    checkpoint.save(run / "best", CONFIG, CONFIG.build())
    second = push.push(run, REPO)
    assert len(server.repos[REPO].commits) == 3
    infos = [methods.load(name, "cpu").info for name in (first, second, f"hub:{REPO}")]
    assert infos[0].weights != infos[1].weights == infos[2].weights == checkpoint.weights_hash(run / "best")
    newest = server.repos[REPO].commits[-1][2]
    assert (
        "rows.csv" not in newest and b"Not measured" in newest["README.md"]
    )  # the old figures went with the old weights


def test_private_reaches_the_server(server: Hub, run: Path, quick) -> None:
    command(str(run), "--repo", REPO, "--private")
    assert server.repos[REPO].private


def test_private_is_refused_where_everybody_can_look(server: Hub, run: Path, quick) -> None:
    push.push(run, REPO)
    with pytest.raises(HubError, match="exists and is public"):
        push.push(run, REPO, private=True)
    assert len(server.repos[REPO].commits) == 2


def test_a_branch_is_made_and_main_stays(server: Hub, run: Path, quick) -> None:
    name = command(str(run), "--repo", REPO, "--revision", "trial").removeprefix("published: ")
    assert name.endswith(server.repos[REPO].heads["trial"])
    assert checkpoint.weights_hash(hub.fetch(REPO, "trial")) == checkpoint.weights_hash(run / "best")
    with pytest.raises(HubError, match="no checkpoint of wrinkleseg"):
        hub.fetch(REPO, "main")
    assert push.push(run, REPO, revision="trial") == name


def test_a_checkpoints_folder_with_a_card_keeps_its_card(server: Hub, weights: Path, tmp_path: Path, quick) -> None:
    config, model = checkpoint.load(weights)
    checkpoint.save(tmp_path / "shipped", config, model, "---\nlicense: other\n---\n# Measured elsewhere\n")
    push.push(tmp_path / "shipped", REPO)
    sent = server.repos[REPO].commits[-1][2]
    assert sent["README.md"].endswith(b"# Measured elsewhere\n") and "run.json" not in sent


def test_best_itself_brings_the_runs_record(server: Hub, run: Path, quick) -> None:
    push.push(run / "best", REPO)
    assert server.repos[REPO].commits[-1][2]["run.json"] == b'{"steps": 3}'


FAULTS = [
    (Fault("repos/create", 401), "wants a valid token"),
    (Fault("repos/create", 403), "may not do this"),
    (Fault("preupload", 404), "does not exist"),
    (Fault("validate-yaml", 500), "in trouble"),
    (Fault("repos/create", "hang"), "did not answer in time"),
    (Fault("repos/create", "drop"), "broke the connection off"),
    (Fault("preupload", 429, headers={"Retry-After": "2"}), "wait 2 s"),
    (Fault("objects/batch", 500), "in trouble"),
    (Fault("PUT", 403, body=f"no entry for {TOKEN}".encode()), "may not do this"),
    (Fault("PUT", "drop"), "broke the connection off"),
    (Fault("/commit/", 500, body=TOKEN.encode()), "in trouble"),
    (Fault("/commit/", "hang"), "did not answer in time"),
    (Fault("/commit/", 418, body=f"not for\n{TOKEN}".encode()), r"answered 418: not for \*\*\*"),
    (Fault("/commit/", "short"), "JSONDecodeError"),
]


@pytest.mark.parametrize(
    ("fault", "message"), FAULTS, ids=lambda v: f"{v.where} {v.how}" if isinstance(v, Fault) else ""
)
def test_a_push_that_fails_is_one_line_and_status_2(
    server: Hub, run: Path, quick, fault: Fault, message: str, capfd
) -> None:
    from train.__main__ import main

    server.faults.append(fault)
    before = contents(run)
    assert main(["push", str(run), "--repo", REPO]) == 2
    out, err = capfd.readouterr()
    assert not out and TOKEN not in err and "Traceback" not in err
    assert len(err.strip().splitlines()) == 1, err
    line = err.strip()
    assert line.startswith(f"train: hub:{REPO} could not be published: ")
    assert re.search(message, line)
    assert contents(run) == before
    if fault.how != "short":  # there the commit was made, and its answer lost
        assert not server.repos or len(server.repos[REPO].commits) == 1
    server.faults.clear()
    assert checkpoint.weights_hash(hub.fetch(REPO, push.push(run, REPO).partition("@")[2]))


def test_a_wrong_token_is_never_shown(server: Hub, run: Path, quick, monkeypatch, capfd) -> None:
    wrong = "hf_WrongTokenOfNobody77"
    monkeypatch.setenv("HF_TOKEN", wrong)  # the server's refusal repeats it
    with pytest.raises(HubError, match="wants a valid token") as caught:
        push.push(run, REPO)
    shown = "".join(traceback.format_exception(caught.value))
    assert wrong not in shown + "".join(capfd.readouterr())


def test_no_token_is_told_before_anything_is_sent(server: Hub, run: Path, quick, monkeypatch) -> None:
    monkeypatch.delenv("HF_TOKEN")
    with pytest.raises(HubError, match="there is no token; set HF_TOKEN"):
        push.push(run, REPO)
    assert not server.requests


def test_no_server_and_no_network(server: Hub, run: Path, quick, monkeypatch) -> None:
    before = contents(run)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(HubError, match="no connection to 127.0.0.1:9"):
        push.push(run, REPO)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(HubError, match="HF_HUB_OFFLINE is set"):
        push.push(run, REPO)
    assert contents(run) == before


def test_what_cannot_be_published_is_told_before_anything_is_sent(
    server: Hub, run: Path, tmp_path: Path, quick
) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(CheckpointError, match=r"no best/config\.json"):
        push.push(tmp_path / "empty", REPO)
    with pytest.raises(HubError, match="OWNER/NAME"):
        push.push(run, "lines")
    with pytest.raises(DataError, match="no scores of these weights"):
        push.push(run, REPO, figures=rows(tmp_path / "rows.csv", "unetpp"))
    config = json.loads((run / "best" / checkpoint.CONFIG).read_text())
    config["training"]["learn_from"] = ["train", "test"]
    (run / "best" / checkpoint.CONFIG).write_text(json.dumps(config))
    with pytest.raises(DataError, match="learnt from the photos"):
        push.push(run, REPO, figures=rows(tmp_path / "rows.csv", str(run / "best")))
    weights = run / "best" / checkpoint.WEIGHTS
    weights.write_bytes(weights.read_bytes()[:5000])
    with pytest.raises(CheckpointError, match="does not hold the weights"):
        push.push(run, REPO)
    assert not server.requests and not server.repos
