"""Serves the page: `python app.py`, then http://127.0.0.1:7860. Hugging Face Spaces runs this file as well."""

import os

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read by Gradio when it is imported
os.environ.setdefault("HF_HUB_OFFLINE", "1")  # the page runs on what is here: nothing is fetched

import logging
from collections.abc import Callable
from functools import cache, lru_cache, partial
from pathlib import Path

import numpy as np
from skimage import data

from eval import dashboard, samples
from wrinkleseg import face, images, methods, report
from wrinkleseg.analysis import Analysis, Analyzer
from wrinkleseg.methods import Method, MethodInfo
from wrinkleseg.ui import page, texts
from wrinkleseg.ui.services import Services

FALLBACK = "frangi+pores-dog"
"""Where the weights of the usual method are absent: filters that need none."""
RESULTS = Path(__file__).resolve().parent / "assets" / "results"
"""Results that the dashboard shows first."""
EXTRA = "WRINKLESEG_METHODS"
"""Environment variable with checkpoints' folders and hub:OWNER/NAME, a comma between, that visitors may choose as well.
A repository that is not in the cache yet needs HF_HUB_OFFLINE=0."""


@lru_cache(maxsize=8)
def method(name: str) -> Method:
    """A method is loaded when it is first asked for, and kept: its weights are the heaviest thing here."""
    return methods.load(name)


@lru_cache(maxsize=8)
def analyzer(name: str) -> Analyzer:
    """An Analyzer of one method or of "A+B"; what several of them use is in memory once."""
    parts = [method(part) for part in name.split(methods.JOINT)]
    return Analyzer(parts[0] if len(parts) == 1 else methods.join(parts))


def offered() -> list[MethodInfo]:
    """The methods that work on this machine, and those that `EXTRA` names. Raises MethodError for one that does not."""
    names = [name.strip() for name in os.environ.get(EXTRA, "").split(",")]
    return methods.available() + [method(name).info for name in names if name]


def analyse(method: str, rgb: np.ndarray, thresholds: dict[str, float] | None = None, **options) -> Analysis:
    """As `ui.services.Services.analyse`."""
    chosen = analyzer(method)
    mine = {task: value for task, value in (thresholds or {}).items() if task in chosen.method.info.tasks}
    return chosen.analyze(rgb, thresholds=mine, **options)


def default_method() -> str:
    """The usual method where all its parts are here, else the filters."""
    here = {info.name for info in methods.available()}
    return methods.DEFAULT if set(methods.DEFAULT.split("+")) <= here else FALLBACK


def services() -> Services:
    """The library's functions, as the page takes them."""
    return Services(
        read=images.load,
        find=face.find,
        analyse=analyse,
        methods=cache(offered),  # it reads weights to know them: once is enough
        zip_bytes=report.zip_bytes,
        default_method=default_method(),
        examples={texts.EXAMPLE_ASTRONAUT: data.astronaut},
        method=method,
    )


def tabs() -> list[tuple[str, Callable[[], object]]]:
    """The tabs that the library does not know, as `page.build` takes them."""
    return [(texts.TAB_DASHBOARD, partial(dashboard.build, RESULTS, samples.data_folder()))]


def main() -> None:
    """Load the usual method, then serve. Host and port: GRADIO_SERVER_NAME (127.0.0.1) and GRADIO_SERVER_PORT (7860)."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    wired = services()
    analyzer(wired.default_method)
    page.build(wired, tabs()).launch(**page.launch_options(images.MAX_BYTES))


if __name__ == "__main__":
    main()
