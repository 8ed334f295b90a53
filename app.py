"""Serves the page: `python app.py`, then http://127.0.0.1:7860. Hugging Face Spaces runs this file as well."""

import os

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read by Gradio when it is imported
os.environ.setdefault("HF_HUB_OFFLINE", "1")  # the page runs on what is here: nothing is fetched

import logging
from functools import cache, lru_cache

import numpy as np
from skimage import data

from wrinkleseg import face, images, methods, report
from wrinkleseg.analysis import Analysis, Analyzer
from wrinkleseg.ui import page, texts
from wrinkleseg.ui.services import Services

FALLBACK = "frangi+pores-dog"
"""Where the weights of the usual method are absent: filters that need none."""


@lru_cache(maxsize=4)
def analyzer(method: str) -> Analyzer:
    """A method is loaded when it is first asked for, and kept: its weights are the heaviest thing here."""
    return Analyzer(method)


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
        methods=cache(methods.available),  # it reads weights to know them: once is enough
        zip_bytes=report.zip_bytes,
        default_method=default_method(),
        examples={texts.EXAMPLE_ASTRONAUT: data.astronaut},
    )


def main() -> None:
    """Load the usual method, then serve. Host and port: GRADIO_SERVER_NAME (127.0.0.1) and GRADIO_SERVER_PORT (7860)."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    wired = services()
    analyzer(wired.default_method)
    page.build(wired).launch(**page.launch_options(images.MAX_BYTES))


if __name__ == "__main__":
    main()
