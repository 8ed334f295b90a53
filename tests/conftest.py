"""What several tests share: where the real photos lie, one photo that a package brings along, and the page itself."""

import os
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]

# Tests import names from it before its fixtures are registered as a plugin.
pytest.register_assert_rewrite("made_dashboard")


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
    from eval.speed.page import served

    with served(tmp_path_factory.mktemp("served")) as (address, _):
        yield address
