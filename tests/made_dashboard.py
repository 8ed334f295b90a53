"""What the tests of the dashboard share: made-up results, the tab's events without a page, and what an event hands over."""

from pathlib import Path

import made_results
import pytest

from eval.dashboard import handlers, opened, view, words
from eval.dashboard.view import Choice

CHOICE = Choice("wrinkle", "A", "f1")


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> tuple[Path, Path]:
    return made_results.folder(tmp_path_factory.mktemp("made"))


@pytest.fixture(scope="module")
def there(made) -> opened.Opened:
    return opened.load(*made)


class FakeParts:
    """Any component is its own name, any dict of them a dict of names; what an event gives can then be looked at."""

    def __getattr__(self, name: str):
        if name in ("plots", "sections"):
            return {each: f"{name}.{each}" for each in (*view.NAMES, "groups")}
        return name


@pytest.fixture
def tab(made, monkeypatch, tmp_path) -> handlers.Handlers:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    monkeypatch.setenv(opened.VARIABLE, str(made[0].parent))
    return handlers.Handlers(FakeParts(), *made)


def asked(**changed) -> list:
    """`Parts.chosen` as a visitor left them."""
    usual = {"where": None, "truth": "wrinkle|A", "score": "f1", "kinds": list(words.KINDS), "name": ""}
    return list((usual | changed).values())


class Event:
    """What a click hands over."""

    def __init__(self, **data) -> None:
        self.__dict__.update(data)
