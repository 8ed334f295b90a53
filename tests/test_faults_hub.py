"""A Hub in trouble: what was fetched or published before stays, the page's methods too, and no log shows a token."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from hub_server import TOKEN, Fault, Hub, Repo, connected

from wrinkleseg import checkpoint, hub, methods
from wrinkleseg.checkpoint import Config
from wrinkleseg.hub import HubError
from wrinkleseg.methods import MethodError
from wrinkleseg.preprocess import Preprocess
from wrinkleseg.ui.models.offer import Offer

REPO = "somebody/lines"
CONFIG = Config("unet-reduced", {"tasks": ["wrinkle"]}, Preprocess({"wrinkle": 96}), {"wrinkle": 0.4}, title="A test")
TROUBLE = [
    Fault(".", 401),
    Fault(".", 403),
    Fault(".", 404),
    Fault(".", 429),
    Fault(".", 500, body=f"echo {TOKEN}".encode()),
    Fault(".", "hang"),
    Fault(".", "drop"),
]


def named(fault: object) -> str:
    return f"{fault.how}" if isinstance(fault, Fault) else ""


@pytest.fixture(scope="module")
def saved(tmp_path_factory) -> Path:
    torch.manual_seed(5)
    folder = tmp_path_factory.mktemp("models") / "lines"
    checkpoint.save(folder, CONFIG, CONFIG.build(), card="---\nlicense: other\n---\n# A card\n")
    return folder


@pytest.fixture
def server(monkeypatch, tmp_path: Path, saved: Path) -> Iterator[Hub]:
    """With one repository that holds the checkpoint."""
    with connected(monkeypatch, tmp_path) as running:
        running.repos[REPO] = Repo(private=False)
        running.repos[REPO].commit("first", {path.name: path.read_bytes() for path in saved.iterdir()})
        yield running


def met(fault: Fault) -> Fault:
    """The same fault, as often as it is asked for."""
    return Fault(fault.where, fault.how, headers=fault.headers, body=fault.body)


@pytest.mark.parametrize("fault", TROUBLE, ids=named)
def test_what_was_fetched_before_outlasts_any_trouble(server: Hub, saved: Path, fault: Fault, caplog) -> None:
    folder = hub.fetch(REPO)
    asked = len([request for request in server.requests if "storage" in request])
    server.faults.append(met(fault))
    with caplog.at_level(logging.INFO):
        try:
            assert hub.fetch(REPO) == folder
        except HubError as error:
            assert TOKEN not in str(error) and "\n" not in str(error) and error.__cause__ is None
    assert TOKEN not in caplog.text
    assert (folder / checkpoint.WEIGHTS).read_bytes() == (saved / checkpoint.WEIGHTS).read_bytes()
    server.faults.clear()
    assert hub.fetch(REPO) == folder
    assert len([request for request in server.requests if "storage" in request]) == asked  # no byte came twice


@pytest.mark.parametrize("fault", TROUBLE, ids=named)
def test_what_was_published_before_outlasts_any_trouble(server: Hub, saved: Path, fault: Fault, caplog) -> None:
    files = {path.name: path for path in saved.iterdir()}
    before = list(server.repos[REPO].commits)
    server.faults.append(met(fault))
    with caplog.at_level(logging.INFO), pytest.raises(HubError, match="could not be published: ") as caught:
        hub.publish(REPO, files | {"rows.csv": b"a,b\n"}, "two")
    assert TOKEN not in str(caught.value) + caplog.text and caught.value.__cause__ is None
    assert server.repos[REPO].commits == before
    server.faults.clear()
    assert hub.publish(REPO, files | {"rows.csv": b"a,b\n"}, "two") == server.repos[REPO].commits[-1][0]


@pytest.mark.parametrize("fault", TROUBLE[::4], ids=named)
def test_the_page_keeps_its_methods_and_takes_the_model_later(server: Hub, fault: Fault, caplog) -> None:
    shipped = [methods.load(name).info for name in ("frangi", "pores-dog")]
    offer = Offer(lambda: shipped, lambda name: methods.load(name, "cpu"))
    server.faults.append(met(fault))
    with caplog.at_level(logging.INFO), pytest.raises(MethodError, match=f"hub:{REPO} could not be fetched") as caught:
        offer.add(f"hub:{REPO}")
    assert TOKEN not in str(caught.value) + caplog.text and "\n" not in str(caught.value)
    assert offer.methods() == shipped
    server.faults.clear()
    assert offer.add(f"hub:{REPO}").title == "A test" and len(offer.methods()) == 3


@pytest.mark.parametrize("how", ["short", "flip", "broken"])
def test_half_a_file_never_reaches_the_page(server: Hub, how: str) -> None:
    offer = Offer(list, lambda name: methods.load(name, "cpu"))
    server.faults.append(Fault("GET /storage", how))
    with pytest.raises(MethodError) as caught:
        offer.add(f"hub:{REPO}")
    assert TOKEN not in str(caught.value) and offer.methods() == []
    server.faults.clear()
    assert offer.add(f"hub:{REPO}").title == "A test"


def test_too_many_requests_without_a_time_to_wait(server: Hub) -> None:
    server.faults.append(Fault("GET /api", 429))
    with pytest.raises(HubError, match=r"too many requests from here \(429\); wait some minutes"):
        hub.fetch(REPO)
