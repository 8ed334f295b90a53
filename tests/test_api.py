"""The public endpoints as programs see them, through gradio_client and through curl, against a real server."""

import json
import shutil
import socket
import subprocess
import sys
import urllib.request
import zipfile
from dataclasses import replace
from pathlib import Path

import gradio as gr
import numpy as np
import pytest
from fakes import BOTH, LINES, FakeLibrary, FakeMethod
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from wrinkleseg import face, images, report
from wrinkleseg.ui import page, temporary
from wrinkleseg.ui.annotate import api as annotate
from wrinkleseg.ui.batch import api as batch
from wrinkleseg.ui.change import api as change
from wrinkleseg.ui.compare import api as compare
from wrinkleseg.ui.models import access
from wrinkleseg.ui.models import api as models
from wrinkleseg.ui.models.offer import Offer
from wrinkleseg.ui.photo import api as photo
from wrinkleseg.ui.photo import faces_api as faces
from wrinkleseg.ui.services import Figures

EXAMPLES = Path(__file__).resolve().parents[1] / "assets" / "examples"
ENDPOINTS = {
    "/analyze": ["photo", "face_index", "method", "wrinkle_threshold", "pore_threshold", "view_as", "opacity", "zones"],
    "/faces": ["photo"],
    "/change": ["photos", "dates", "method"],
    "/batch": ["photos", "method"],
    "/annotate": ["photo", "rough", "task", "strictness", "face_width"],
    "/compare": ["photo", "methods", "task", "face_index", "truth"],
    "/models": [],
    "/add_model": ["name"],
}


def load(name: str) -> FakeMethod:
    """One that breaks when it looks, or one that draws lines."""
    method = FakeMethod(replace(LINES, name=name, title=name))
    if name.endswith("broken"):
        method.__class__ = type("Broken", (FakeMethod,), {"__call__": lambda *_: 1 / 0})
    return method


@pytest.fixture(scope="module")
def services():
    library = FakeLibrary()
    offer = Offer(lambda: [LINES, BOTH], load)
    return library.services(
        methods=offer.methods,
        add_method=offer.add,
        method=lambda name: library.methods.get(name) or load(name),
        figures=lambda info: (Figures("wrinkle", "A", 14, {"f1": 0.47}),) if info.name == "lines" else (),
    )


@pytest.fixture(scope="module")
def url(services, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch, socket.socket() as free:
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("page")))
        for name in ("GRADIO_SERVER_NAME", "SPACE_ID", access.OPEN):
            patch.delenv(name, raising=False)
        temporary.claim()
        with gr.Blocks(analytics_enabled=False) as blocks:
            for endpoint in (photo, faces, change, batch, annotate, compare, models):
                endpoint.build(services)
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        options = page.launch_options(images.MAX_BYTES) | {"quiet": True, "prevent_thread_lock": True}
        _, address, _ = blocks.launch(server_name="127.0.0.1", server_port=port, **options)
        yield address.rstrip("/")
        blocks.close()


@pytest.fixture(scope="module")
def client(url, tmp_path_factory):
    return Client(url, verbose=False, download_files=str(tmp_path_factory.mktemp("got")), analytics_enabled=False)


@pytest.fixture(scope="module")
def portrait(astronaut, tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("photos") / "portrait.png"
    images.save_png(path, astronaut)
    return str(path)


@pytest.fixture(scope="module")
def wall(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("photos") / "wall.png"
    images.save_png(path, np.full((300, 300, 3), 120, np.uint8))
    return str(path)


def test_every_endpoint_and_parameter_is_described(client, url):
    with urllib.request.urlopen(f"{url}/gradio_api/info") as answer:
        named = json.load(answer)["named_endpoints"]
    assert {name: [one["parameter_name"] for one in end["parameters"]] for name, end in named.items()} == ENDPOINTS
    for end in named.values():
        assert len(end["description"]) > 40
        assert all(len(one["python_type"]["description"]) > 20 for one in end["parameters"] + end["returns"])
    said = client.view_api(return_format="str")
    assert "the largest first" in said and "schema.json" in said


def test_analyze_gives_what_the_zip_holds(client, portrait):
    result, _, archive = client.predict(handle_file(portrait), api_name="/analyze")
    assert result["$schema"] == report.SCHEMA
    with zipfile.ZipFile(archive) as files:
        assert json.loads(files.read("portrait.json")) == result
        assert json.loads(files.read("schema.json"))["$id"] == report.SCHEMA


def test_faces_are_told_without_an_analysis(client, astronaut, tmp_path):
    head = astronaut[:180, 130:310]
    images.save_png(tmp_path / "two.png", np.hstack([head, head[:, ::-1]]))
    found = client.predict(handle_file(str(tmp_path / "two.png")), api_name="/faces")
    known = face.find(images.load_rgb(tmp_path / "two.png"))
    assert [one["box"]["left"] for one in found["faces"]] == [one.box.left for one in known] and len(known) == 2
    assert found["picture"] == {"width": 360, "height": 180} and [f["face_index"] for f in found["faces"]] == [0, 1]
    codes = {warning["code"] for warning in found["faces"][0]["quality"]}
    assert {"picture_small", "several_faces"} <= codes


@pytest.mark.parametrize("endpoint", ["/faces", "/analyze"])
def test_no_face_and_no_photo_are_one_clear_message(client, wall, endpoint):
    with pytest.raises(AppError, match="No face was found"):
        client.predict(handle_file(wall), api_name=endpoint)
    with pytest.raises(AppError, match="No photo came"):
        client.predict(None, api_name=endpoint)


def test_a_face_is_followed_over_time(client, portrait, astronaut, tmp_path):
    images.save_png(tmp_path / "later.png", (astronaut * 0.8).astype(np.uint8))
    given = [handle_file(portrait), handle_file(str(tmp_path / "later.png"))]
    found, figures = client.predict(given, "2024-05-01, 2024-03-01", api_name="/change")
    assert [(shot["name"], shot["date"]) for shot in found["photos"]] == [
        *(("later", "2024-03-01"), ("portrait", "2024-05-01"))
    ]
    assert found["skipped"] == [] and found["changes"] and Path(figures).read_text().startswith("from,to,zone,")


def test_one_photo_alone_has_nothing_to_be_compared_with(client, portrait):
    for given in (handle_file(portrait), [handle_file(portrait)]):
        with pytest.raises(AppError, match="at least two photos of one person; 1 came"):
            client.predict(given, api_name="/change")
    with pytest.raises(AppError, match="2 dates"):
        client.predict(handle_file(portrait), "2024-05-01, 2024-03-01", api_name="/change")


def test_methods_are_compared(client, portrait, astronaut, tmp_path):
    truth = np.zeros(astronaut.shape[:2], np.uint8)
    truth[100:200:12] = 255
    images.save_png(tmp_path / "truth.png", truth)
    found, pictures = client.predict(
        handle_file(portrait), ["lines", "both"], truth=handle_file(str(tmp_path / "truth.png")), api_name="/compare"
    )
    lines, both = found["methods"]
    assert (lines["name"], lines["threshold"], both["threshold"]) == ("lines", 0.5, 0.4) and lines["error"] == ""
    assert lines["measures"]["wrinkle_area_percent"] > 0 and "pore_count" not in lines["measures"]
    assert set(lines["scores"]) == {"iou", "f1", "cldice", "line_f1"} and 0 <= lines["scores"]["f1"] <= 1
    # The same pattern and thresholds between the same of its levels: they mark the same pixels.
    assert found["agreement"]["share"] == 1 and found["agreement"]["pixels"][0] == 0
    assert len(pictures) == 3 and all(images.load(one).format == "PNG" for one in pictures)


def test_a_method_that_fails_says_so_and_the_others_go_on(client, portrait):
    client.predict("hub:somebody/broken", api_name="/add_model")
    found, pictures = client.predict(handle_file(portrait), ["lines", "hub:somebody/broken"], api_name="/compare")
    assert [bool(one["error"]) for one in found["methods"]] == [False, True]
    assert found["agreement"] is None and len(pictures) == 1 and found["methods"][1]["scores"] is None


@pytest.mark.parametrize(
    ("methods", "said"),
    [
        (["lines"], "two to four"),
        (["lines", "/etc"], "There is no method"),
        ("lines", "Expected a list"),
        (None, "list"),
    ],
)
def test_a_choice_that_cannot_be_compared_is_one_clear_message(client, portrait, methods, said):
    with pytest.raises(AppError, match=said):
        client.predict(handle_file(portrait), methods, api_name="/compare")


def test_the_methods_are_listed(client):
    lines, both, *_ = client.predict(api_name="/models")
    assert lines["figures"] == [{"task": "wrinkle", "annotator": "A", "photos": 14, "means": {"f1": 0.47}}]
    assert (lines["task"], both["task"]) == ("wrinkle", "wrinkle+pore") and both["non_commercial"] is True
    assert not lines["non_commercial"] and both["weights"] == "0123456789ab" and both["threshold"]["pore"] == 0.6


def test_a_model_that_was_added_can_be_named(client, portrait):
    added = client.predict("hub:somebody/mine", api_name="/add_model")
    assert added["name"] == "hub:somebody/mine" and added in client.predict(api_name="/models")
    found, _ = client.predict(handle_file(portrait), ["lines", "hub:somebody/mine"], api_name="/compare")
    assert [one["name"] for one in found["methods"]] == ["lines", "hub:somebody/mine"]


def test_a_model_is_added_only_from_this_computer_and_only_where_there_is_one(url, client):
    with pytest.raises(AppError, match="There is no model at '/etc'"):
        client.predict("/etc", api_name="/add_model")
    elsewhere = Client(url, verbose=False, headers={"host": "skin.example.org"}, analytics_enabled=False)
    with pytest.raises(AppError, match="WRINKLESEG_OPEN_MODELS=1"):
        elsewhere.predict("hub:somebody/other", api_name="/add_model")


def run(*command: str) -> subprocess.CompletedProcess:
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_the_example_in_python_runs(url, portrait, wall, tmp_path):
    copy = shutil.copy(portrait, tmp_path / "anna.png")
    told = run(sys.executable, str(EXAMPLES / "api_client.py"), copy, url)
    assert told.returncode == 0, told.stderr
    assert "wrinkle_area_percent" in told.stdout and "face 0:" in told.stdout and "CC BY-NC-SA" in told.stdout
    with zipfile.ZipFile(tmp_path / "anna.zip") as files:
        assert any(name.endswith("_report.html") for name in files.namelist())
    refused = run(sys.executable, str(EXAMPLES / "api_client.py"), wall, url)
    assert refused.returncode == 1 and "No face was found" in refused.stderr and "Traceback" not in refused.stderr


def test_the_example_in_python_says_in_one_line_what_is_not_there(url, portrait, tmp_path):
    for path, address, wanted in (
        (portrait, "http://127.0.0.1:9", "no page answers at http://127.0.0.1:9"),
        (tmp_path / "nowhere.jpg", url, "nowhere.jpg: give the path of a photo"),
    ):
        refused = run(sys.executable, str(EXAMPLES / "api_client.py"), str(path), address)
        assert refused.returncode == 1 and wanted in refused.stderr and refused.stderr.count("\n") == 1


def test_the_example_with_curl_runs(url, portrait, wall, client):
    if shutil.which("curl") is None:
        pytest.skip("no curl on this machine")
    told = run("sh", str(EXAMPLES / "api_curl.sh"), portrait, url)
    assert told.returncode == 0, told.stderr
    result, picture, archive = json.loads(told.stdout)
    again, _, _ = client.predict(handle_file(portrait), api_name="/analyze")
    assert {**result, "seconds": 0} == {**again, "seconds": 0}
    with urllib.request.urlopen(archive["url"]) as answer:
        assert answer.read(2) == b"PK"
    assert picture["path"].endswith(".png")
    assert run("sh", str(EXAMPLES / "api_curl.sh"), wall, url).returncode != 0
