"""Checkpoints by name from a Hub on this machine, through the real client: what comes, what is refused, what is kept."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from hub_server import TOKEN, Fault, Hub, Repo, connected
from huggingface_hub import constants
from safetensors.torch import load_file

from wrinkleseg import checkpoint, face, hub, methods
from wrinkleseg.checkpoint import CheckpointError, Config
from wrinkleseg.hub import HubError
from wrinkleseg.methods import MethodError
from wrinkleseg.preprocess import Preprocess

REPO = "somebody/lines"
CONFIG = Config("unet-reduced", {"tasks": ["wrinkle"]}, Preprocess({"wrinkle": 96}), {"wrinkle": 0.4}, title="A test")


def one_line(error: BaseException) -> str:
    """The message, once it is sure to be one line that shows no token, with nothing behind it that a traceback shows."""
    text = str(error)
    assert text and "\n" not in text and TOKEN not in text
    assert error.__cause__ is None or isinstance(error.__cause__, HubError | CheckpointError)
    return text


@pytest.fixture(scope="module")
def saved(tmp_path_factory) -> Path:
    torch.manual_seed(5)
    folder = tmp_path_factory.mktemp("models") / "lines"
    checkpoint.save(folder, CONFIG, CONFIG.build(), card="---\nlicense: other\n---\n# A card\n")
    return folder


@pytest.fixture
def server(monkeypatch, tmp_path: Path) -> Iterator[Hub]:
    with connected(monkeypatch, tmp_path) as running:
        yield running


@pytest.fixture
def filled(server: Hub, saved: Path) -> Hub:
    """With one repository: two commits, and files beside the checkpoint that nobody should fetch."""
    files = {path.name: path.read_bytes() for path in saved.iterdir()}
    repo = server.repos[REPO] = Repo(private=False)
    repo.commit("first", files | {"pytorch_model.bin": b"a pickle", "old/config.json": b"{}"})
    other = (files[checkpoint.CONFIG]).replace(b"A test", b"Newer")
    repo.commit("second", repo.commits[0][2] | {checkpoint.CONFIG: other})
    return server


def test_what_is_fetched_is_what_was_saved(filled: Hub, saved: Path) -> None:
    folder = hub.fetch(REPO)
    assert sorted(path.name for path in folder.iterdir()) == sorted(hub.FILES)
    assert (folder / checkpoint.WEIGHTS).read_bytes() == (saved / checkpoint.WEIGHTS).read_bytes()
    assert checkpoint.load_config(folder).title == "Newer"
    assert filled.tokens_at_storage == 0  # the storage is another host: the token is none of its business


def test_a_revision_is_a_commit_or_a_branch(filled: Hub) -> None:
    first, second = (oid for oid, _, _ in filled.repos[REPO].commits)
    assert checkpoint.load_config(hub.fetch(REPO, first)).title == "A test"
    assert checkpoint.load_config(hub.fetch(REPO, "main")).title == "Newer"
    assert hub.fetch(REPO, second) == hub.fetch(REPO)


def test_what_was_fetched_once_needs_no_network(filled: Hub, monkeypatch) -> None:
    folder = hub.fetch(REPO)
    for how in (500, "hang"):
        filled.faults.append(Fault(".", how))
        assert hub.fetch(REPO) == folder
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    asked = len(filled.requests)
    assert hub.fetch(REPO) == folder and len(filled.requests) == asked


def test_a_name_of_the_hub_is_a_method(filled: Hub, saved: Path, astronaut) -> None:
    found = face.find(astronaut)[0]
    scene = (astronaut, found, face.regions(astronaut, found))
    here = methods.load(str(saved), "cpu")
    there = methods.load(f"hub:{REPO}@{filled.repos[REPO].commits[0][0]}", "cpu")
    assert there.info.name.startswith(f"hub:{REPO}@") and there.info.weights == here.info.weights
    assert np.array_equal(there(*scene)["wrinkle"], here(*scene)["wrinkle"]) and there(*scene)["wrinkle"].max() > 0


def test_names_of_the_hub_join(filled: Hub) -> None:
    joint = methods.load(f"pores-dog+hub:{REPO}@main", "cpu")
    assert joint.info.name == f"pores-dog+hub:{REPO}@main" and set(joint.info.tasks) == {"wrinkle", "pore"}


@pytest.mark.parametrize(
    "name",
    ["lines", "", "a/b/c", "some body/lines", "somebody/lin+es", "../etc", "a/b--c", "/lines", "somebody/", "a/b.git",
     "ä/b", "a/b@", "a/b@../main", "a/b@x y", "https://huggingface.co/a/b"],
)  # fmt: skip
def test_a_name_that_no_repository_has(name: str) -> None:
    with pytest.raises(HubError, match="OWNER/NAME") as caught:
        hub.address(name)
    assert repr(name) in one_line(caught.value)
    if "+" not in name:
        with pytest.raises(MethodError, match="OWNER/NAME"):
            methods.load(f"hub:{name}", "cpu")


def test_addresses() -> None:
    assert hub.address("hub:o/n") == hub.address("o/n") == ("o/n", None)
    assert hub.address("hub:o-1/n_2.x@v1.0/rc-1") == ("o-1/n_2.x", "v1.0/rc-1")


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (Fault("GET /api", 401), "wants a valid token"),
        (Fault("GET /api", 403), "may not do this"),
        (Fault("GET /api", 404), "does not exist, or is private"),
        (Fault("GET /api", 429, headers={"Retry-After": "7"}), "wait 7 s"),
        (Fault("GET /api", 500), "in trouble .500"),
        (Fault("GET /api", 503, body=f"echo {TOKEN}".encode()), "in trouble .503"),
        (Fault("GET /api", 418, body=f"no coffee\nfor {TOKEN}".encode()), r"answered 418: no coffee for \*\*\*"),
        (Fault("GET /api", "hang"), "did not answer in time"),
        (Fault("GET /api", "drop"), "broke the connection off"),
        (Fault("GET /api/models/.*/tree", "short"), "JSONDecodeError"),
        (Fault("HEAD", 500), "in trouble"),
        (Fault("GET /.*safetensors|GET /storage", 403), "may not do this"),
        (Fault("GET /storage", "short"), "came incomplete"),
    ],
    ids=lambda value: f"{value.where} {value.how}" if isinstance(value, Fault) else "",
)
def test_a_fetch_that_fails_says_why_on_one_line(filled: Hub, fault: Fault, message: str, capfd) -> None:
    filled.faults.append(fault)
    with pytest.raises(HubError, match=message) as caught:
        hub.fetch(REPO)
    assert one_line(caught.value).startswith(f"hub:{REPO} could not be fetched: ")
    assert TOKEN not in "".join(capfd.readouterr())
    filled.faults.clear()
    assert checkpoint.load(hub.fetch(REPO))[0].title == "Newer"  # nothing half done is in the way


def test_a_connection_that_breaks_is_taken_up_again(filled: Hub, saved: Path) -> None:
    filled.faults.append(Fault("GET /storage", "broken", times=2))
    assert checkpoint.weights_hash(hub.fetch(REPO)) == checkpoint.weights_hash(saved)


def test_weights_damaged_on_the_way_do_not_stay(filled: Hub, saved: Path) -> None:
    filled.faults.append(Fault("GET /storage", "flip", times=1))
    with pytest.raises(HubError, match="came damaged") as caught:
        hub.fetch(REPO)
    one_line(caught.value)
    assert checkpoint.weights_hash(hub.fetch(REPO)) == checkpoint.weights_hash(saved)


def test_half_a_file_on_the_hub_is_no_checkpoint(filled: Hub) -> None:
    repo = filled.repos[REPO]
    files = repo.commits[-1][2]
    repo.commit("half", files | {checkpoint.WEIGHTS: files[checkpoint.WEIGHTS][:5000]})
    with pytest.raises(CheckpointError, match="does not hold the weights"):
        checkpoint.load(hub.fetch(REPO))
    with pytest.raises(MethodError, match="does not hold the weights") as caught:
        methods.load(f"hub:{REPO}", "cpu")
    one_line(caught.value)


def test_a_repository_of_something_else(filled: Hub) -> None:
    filled.repos["somebody/else"] = Repo(False)
    filled.repos["somebody/else"].commit("first", {"pytorch_model.bin": b"a pickle"})
    with pytest.raises(HubError, match="no checkpoint of wrinkleseg") as caught:
        hub.fetch("somebody/else")
    one_line(caught.value)
    assert not list(Path(constants.HF_HUB_CACHE).rglob("*.bin"))


def test_an_absent_revision(filled: Hub) -> None:
    with pytest.raises(MethodError, match=f"hub:{REPO}@gone could not be fetched: it has no such revision") as caught:
        methods.load(f"hub:{REPO}@gone", "cpu")
    one_line(caught.value)


def test_a_private_repository_needs_its_owner(filled: Hub, monkeypatch) -> None:
    filled.repos[REPO].private = True
    assert hub.fetch(REPO).is_dir()
    monkeypatch.setattr(constants, "HF_HUB_CACHE", constants.HF_HUB_CACHE + "-other")
    monkeypatch.delenv("HF_TOKEN")
    with pytest.raises(HubError, match="wants a valid token"):
        hub.fetch(REPO)


def test_no_server_and_no_network(monkeypatch, server: Hub) -> None:
    with pytest.raises(HubError, match="no connection to 127.0.0.1:9; check the network") as caught:
        hub.fetch(REPO, endpoint="http://someone:secret@127.0.0.1:9")
    assert "secret" not in one_line(caught.value)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(HubError, match="HF_HUB_OFFLINE is set") as caught:
        hub.fetch(REPO)
    one_line(caught.value)


@pytest.mark.parametrize("token", ["hf_bad\x01Qzq7", "hf_bädQzq7"])
def test_a_token_that_would_break_a_header_is_not_quoted(server: Hub, monkeypatch, token: str) -> None:
    monkeypatch.setenv("HF_TOKEN", token)
    with pytest.raises(HubError, match="characters that no token has") as caught:
        hub.fetch(REPO)
    assert "Qzq7" not in one_line(caught.value)
    assert not server.requests


def test_commits_are_whole_and_the_old_one_stays(server: Hub, saved: Path) -> None:
    files = {path.name: path for path in saved.iterdir()}
    first = hub.publish(REPO, files | {"rows.csv": b"a,b\n"}, "one", owned=("rows.csv", "README.md"))
    second = hub.publish(REPO, files | {"README.md": b"---\nlicense: mit\n---\n# B\n"}, "two", owned=("rows.csv",))
    repo = server.repos[REPO]
    assert [message for _, message, _ in repo.commits] == ["initial commit", "one", "two"]
    assert [oid for oid, _, _ in repo.commits][1:] == [first, second]
    assert "rows.csv" in repo.at(first)[1] and "rows.csv" not in repo.at(second)[1]
    assert (hub.fetch(REPO, first) / "README.md").read_text() == (saved / "README.md").read_text()
    assert (hub.fetch(REPO) / "README.md").read_text().endswith("# B\n")
    sent = [request for request in server.requests if request.startswith("PUT /storage")]
    assert sent == [f"PUT /storage/{hashlib.sha256((saved / checkpoint.WEIGHTS).read_bytes()).hexdigest()}"]


def test_fetched_tensors_are_bit_equal(server: Hub, saved: Path) -> None:
    commit = hub.publish(REPO, {path.name: path for path in saved.iterdir()}, "one")
    before, after = (load_file(folder / checkpoint.WEIGHTS) for folder in (saved, hub.fetch(REPO, commit)))
    assert before.keys() == after.keys() and all(torch.equal(before[name], after[name]) for name in before)


def test_the_client_is_left_as_it_was(filled: Hub) -> None:
    import logging

    level = logging.getLogger("huggingface_hub").level
    hub.fetch(REPO)
    assert logging.getLogger("huggingface_hub").level == level and os.environ["HF_TOKEN"] == TOKEN
