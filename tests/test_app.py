"""The page's public interface, as a program sees it: `/analyze` through gradio_client, against the real server."""

import json
import socket
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import gradio as gr
import numpy as np
import pytest
from fakes import FakeLibrary
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from wrinkleseg import images, zones
from wrinkleseg.ui import page, texts
from wrinkleseg.ui.texts import annotate as annotate_texts
from wrinkleseg.ui.texts import batch as batch_texts
from wrinkleseg.ui.texts import change as change_texts
from wrinkleseg.ui.texts import models as models_texts

ROOT = Path(__file__).resolve().parents[1]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture(scope="module")
def library() -> FakeLibrary:
    return FakeLibrary()


@pytest.fixture(scope="module")
def client(library, tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(folder))
        blocks = page.build(library.services())
        options = page.launch_options(images.MAX_BYTES) | {"quiet": True, "prevent_thread_lock": True}
        _, url, _ = blocks.launch(server_name="127.0.0.1", server_port=free_port(), **options)
        yield Client(url, verbose=False, download_files=str(folder / "got"), analytics_enabled=False)
        blocks.close()


@pytest.fixture(scope="module")
def portrait(astronaut, tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("photos") / "portrait.png"
    images.save_png(path, astronaut)
    return str(path)


def analyze(client, path, **options):
    return client.predict(handle_file(str(path)), api_name="/analyze", **options)


def test_every_action_is_public_and_nothing_else(client):
    named = client.view_api(return_format="dict")["named_endpoints"]
    actions = {"/analyze", "/faces", "/change", "/batch", "/annotate", "/compare", "/models", "/add_model"}
    assert set(named) <= actions and set(named) >= actions - {"/add_model"}
    names = [parameter["parameter_name"] for parameter in named["/analyze"]["parameters"]]
    assert names[:5] == ["photo", "face_index", "method", "wrinkle_threshold", "pore_threshold"]


def test_a_photo_gives_measures_picture_and_zip(client, portrait):
    result, picture, archive = analyze(client, portrait)
    assert result["name"] == "portrait.png" and result["picture"] == {"width": 512, "height": 512}
    assert {"whole", *zones.NAMES} <= set(result["measures"])
    assert images.load(picture).format == "PNG" and images.load_rgb(picture).shape == (512, 512, 3)
    with zipfile.ZipFile(archive) as files:
        inside = next(name for name in files.namelist() if name.endswith(".json"))
        assert json.loads(files.read(inside)).items() >= result.items()


def test_thresholds_are_the_callers(client, portrait):
    low, _, _ = analyze(client, portrait, wrinkle_threshold=0.2)
    high, _, _ = analyze(client, portrait, wrinkle_threshold=0.8)
    assert low["threshold"] == {"wrinkle": 0.2, "pore": 0.6} and high["threshold"]["wrinkle"] == 0.8
    areas = [found["measures"]["whole"]["wrinkle_area_percent"] for found in (low, high)]
    assert areas[0] > areas[1] > 0


def test_the_method_is_the_callers(client, portrait):
    result, _, _ = analyze(client, portrait, method="lines", pore_threshold=0.3)
    assert result["model"]["name"] == "lines" and list(result["threshold"]) == ["wrinkle"]
    assert result["measures"]["whole"]["pore_count"] is None


def test_the_view_is_the_callers(client, portrait):
    drawn = [images.load_rgb(analyze(client, portrait, view_as=kind, zones=True)[1]) for kind in texts.VIEWS]
    assert (drawn[0] != drawn[1]).any() and (drawn[1] != drawn[2]).any()


def test_the_face_is_the_callers(client, astronaut, tmp_path):
    head = astronaut[:180, 130:310]
    images.save_png(tmp_path / "two.png", np.hstack([head, head[:, ::-1]]))
    boxes = [analyze(client, tmp_path / "two.png", face_index=index)[0]["face"]["box"] for index in (0, 1)]
    assert abs(boxes[0]["left"] - boxes[1]["left"]) > 100
    with pytest.raises(AppError, match="no face number 7"):
        analyze(client, tmp_path / "two.png", face_index=7)


def test_a_turned_photo_comes_back_upright(client, astronaut, tmp_path):
    from PIL import Image

    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held on its side
    wide = np.rot90(np.pad(astronaut, ((0, 0), (40, 0), (0, 0)), mode="edge"))
    Image.fromarray(np.ascontiguousarray(wide)).save(tmp_path / "turned.jpg", exif=exif, quality=95)
    result, picture, _ = analyze(client, tmp_path / "turned.jpg")
    assert result["picture"] == {"width": 552, "height": 512}
    assert images.load_rgb(picture).shape == (512, 552, 3)


@pytest.mark.parametrize(("name", "content"), [("notes.txt", b"just text"), ("photo.jpg", b"\xff\xd8\xff cut")])
def test_a_bad_file_is_one_clear_message(client, tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(AppError, match=rf"{name}.*Expected a photo as JPEG"):
        analyze(client, tmp_path / name)


def test_no_face_is_one_clear_message(client, tmp_path):
    images.save_png(tmp_path / "wall.png", np.full((300, 300, 3), 120, np.uint8))
    with pytest.raises(AppError, match="No face was found"):
        analyze(client, tmp_path / "wall.png")


@pytest.mark.parametrize("method", ["nothing", "/etc", "lines+../assets"])
def test_an_unknown_method_is_one_clear_message(client, portrait, method):
    with pytest.raises(AppError, match=r"There is no method .* Choose lines, both"):
        analyze(client, portrait, method=method)


def test_no_photo_is_one_clear_message(client):
    with pytest.raises(AppError, match="No photo came"):
        client.predict(None, api_name="/analyze")


def test_one_call_runs_the_method_once(client, library, portrait):
    before = library.calls
    analyze(client, portrait)
    assert library.calls == before + 1


def test_uploads_are_limited_as_the_door_for_pictures_is():
    assert page.launch_options(images.MAX_BYTES)["max_file_size"] == images.MAX_BYTES


def test_the_app_falls_back_to_filters_without_weights(monkeypatch):
    app = pytest.importorskip("app")
    filters = [info for info in app.methods.known() if not info.parameters]
    monkeypatch.setattr(app.methods, "available", lambda: filters)
    assert app.default_method() == app.FALLBACK
    nets = [replace(filters[0], name=name) for name in app.methods.DEFAULT.split("+")]
    monkeypatch.setattr(app.methods, "available", lambda: nets + filters)
    assert app.default_method() == app.methods.DEFAULT


def test_the_app_leaves_aside_thresholds_of_tasks_that_are_lacking(astronaut):
    app = pytest.importorskip("app")
    found = app.analyse("frangi", astronaut, thresholds={"wrinkle": 0.3, "pore": 0.9})
    assert found.thresholds == {"wrinkle": 0.3}


def test_more_tabs_are_built_inside_the_page(library, tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    blocks = page.build(library.services(), [("More", lambda: gr.Textbox("inside", elem_id="inside"))])
    names = [block["props"].get("label") for block in blocks.config["components"] if block["type"] == "tabitem"]
    own = [texts.TAB_PHOTO, change_texts.TAB, batch_texts.TAB, annotate_texts.TAB, texts.TAB_COMPARE]
    assert names == [*own, "More", models_texts.TAB]
    assert any(block["props"].get("elem_id") == "inside" for block in blocks.config["components"])


def test_the_host_can_offer_a_folder_as_a_method(monkeypatch, tmp_path):
    app = pytest.importorskip("app")
    shipped = {info.name for info in app.methods.available()}
    network = next((name for name in shipped if app.methods.model_folder(name).is_dir()), None)
    if network is None:
        pytest.skip("no weights are shipped")
    folder = str(app.methods.model_folder(network))
    monkeypatch.setenv(app.EXTRA, f" {folder} ,")
    offered = app.offered()
    assert [info.name for info in offered if info.name not in shipped] == [folder]
    assert app.method(folder).info.weights == next(info.weights for info in offered if info.name == network)
    monkeypatch.setenv(app.EXTRA, str(tmp_path))
    with pytest.raises(app.methods.MethodError, match="no method is called"):
        app.offered()


def test_two_methods_as_one_share_what_is_loaded():
    app = pytest.importorskip("app")
    joint = app.analyzer("frangi+pores-dog").method
    assert [part for part, _ in joint.parts] == [app.method("frangi"), app.method("pores-dog")]
    assert joint.info.name == "frangi+pores-dog"


def test_what_the_page_imports_is_frozen_and_given_back_at_the_end():
    """The collector does not search it while the page runs, and the page ends without complaints of leaks."""
    code = "import app, atexit, gc; frozen = gc.get_freeze_count(); atexit._run_exitfuncs(); print(frozen, gc.get_freeze_count())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=300)
    assert done.returncode == 0, done.stderr
    frozen, left = map(int, done.stdout.split())
    assert frozen > 0 and left == 0
    assert "leak" not in done.stderr
