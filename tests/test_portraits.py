"""The portraits that the page and the model cards may show."""

import subprocess
import sys
from pathlib import Path

import pytest

from wrinkleseg import face
from wrinkleseg.portraits import PORTRAITS, Portrait, hopper


@pytest.mark.parametrize("portrait", PORTRAITS, ids=lambda one: one.title)
def test_each_shows_one_face_and_names_its_rights(portrait: Portrait) -> None:
    rgb = portrait.load()
    assert rgb.dtype == "uint8" and rgb.ndim == 3 and rgb.shape[2] == 3
    assert len(face.find(rgb)) == 1
    assert portrait.credit.endswith("public domain")


def test_titles_differ() -> None:
    assert len({one.title for one in PORTRAITS}) == len(PORTRAITS)


def test_the_first_one_is_the_largest_and_as_large_as_said() -> None:
    widths = [face.find(one.load())[0].width for one in PORTRAITS]
    assert widths[0] == max(widths) == pytest.approx(186, abs=2)


def test_matplotlib_is_not_imported_for_its_picture() -> None:
    code = "import sys; from wrinkleseg import portraits; portraits.hopper(); print('matplotlib' in sys.modules)"
    root = Path(__file__).resolve().parents[1]
    told = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"
    assert hopper().shape == (600, 512, 3)
