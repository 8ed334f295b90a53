"""What several tests share: where the real photos lie, one photo that a package brings along, and the page itself."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Folder of real photos and human masks (`WRINKLESEG_DATA`, else `../shared/data`); skips where it is absent."""
    folder = Path(os.environ.get("WRINKLESEG_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "wrinkle" / "manifest.csv").is_file():
        pytest.skip("no real data: set WRINKLESEG_DATA to a folder that holds wrinkle/manifest.csv")
    return folder


@pytest.fixture(scope="module")
def tiny_network():
    """The network "tiny" of tiny_run.py is known while the tests of one file run."""
    from tiny_run import Tiny

    from wrinkleseg import models

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(models.BUILDERS, "tiny", Tiny)
        yield


@pytest.fixture(scope="session")
def astronaut() -> np.ndarray:
    """scikit-image's portrait of Eileen Collins, uint8 RGB (512, 512, 3), in the public domain."""
    from skimage import data

    return data.astronaut()


@pytest.fixture(scope="session")
def url(tmp_path_factory):
    """The address of the real page, `app.py`: started once, for every test that drives it in a browser."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    log = tmp_path_factory.mktemp("log") / "app.log"
    own = {
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_SERVER_NAME": "127.0.0.1",
        "GRADIO_TEMP_DIR": str(tmp_path_factory.mktemp("page")),
    }
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "app.py"], cwd=ROOT, env=os.environ | own, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        wait_for(f"http://127.0.0.1:{port}/", server, log)
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()


def wait_for(url: str, server: subprocess.Popen, log: Path, seconds: float = 300) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and server.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    pytest.fail(f"the page did not come up:\n{log.read_text(errors='replace')[-3000:]}")
