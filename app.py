"""Serves the page: `python app.py`, then http://127.0.0.1:7860. Hugging Face Spaces runs this file as well."""

import atexit
import gc
import os
from contextlib import suppress

gc.disable()  # thousands of modules come, and none of them is garbage: looking for it takes a tenth of their time
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read by Gradio when it is imported
os.environ.setdefault("HF_HUB_OFFLINE", "1")  # the page runs on what is here: nothing is fetched

with suppress(ImportError):
    import spaces  # noqa: F401  Hugging Face's ZeroGPU: it changes torch, so it has to be there first

import logging
from collections.abc import Callable
from functools import cache, lru_cache, partial
from pathlib import Path

import numpy as np
import pandas as pd

from eval import dashboard, results, samples
from wrinkleseg import allocator, annotation, batch, face, images, methods, model_card, portraits, report
from wrinkleseg.analysis import Analysis, Analyzer
from wrinkleseg.face import Face, Regions
from wrinkleseg.methods import Method, MethodInfo
from wrinkleseg.ui import accelerator, page, texts
from wrinkleseg.ui.models.offer import Offer
from wrinkleseg.ui.services import Figures, Services

gc.freeze()  # they stay to the end: no search before it, half a second each, goes through them
atexit.register(gc.unfreeze)
gc.enable()

FALLBACK = "frangi+pores-dog"
"""Where the weights of the usual method are absent: filters that need none."""
RESULTS = Path(__file__).resolve().parent / "assets" / "results"
"""Results that the dashboard shows first."""
FIGURES = ["iou", "f1", "cldice", "line_f1"]
"""Scores that the page says of a method."""
EXTRA = "WRINKLESEG_METHODS"
"""Environment variable with checkpoints' folders and hub:OWNER/NAME, a comma between, that visitors may choose as well.
A repository that is not in the cache yet needs HF_HUB_OFFLINE=0."""


@lru_cache(maxsize=8)
def loaded(name: str) -> Method:
    """A method is loaded when it is first asked for, and kept: its weights are the heaviest thing here."""
    return methods.load(name)


@accelerator.on_card
def look(name: str, tasks: tuple[str, ...], rgb: np.ndarray, face: Face, regions: Regions) -> dict[str, np.ndarray]:
    """One network at one face: {task: float32 (H, W)}. All that a lent graphics card is needed for."""
    return loaded(name).only(tasks)(rgb, face, regions)


@lru_cache(maxsize=8)
def method(name: str) -> Method:
    """A method as the page uses it."""
    return accelerator.lend(loaded(name), name, look)


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


@cache
def measured() -> pd.DataFrame:
    """The rows of the shipped results that count for whole photos; empty where there are none."""
    try:
        rows = results.read(RESULTS)
    except results.ResultsError:
        return pd.DataFrame(columns=["method", "weights", "task", "annotator", *FIGURES])
    rows = rows[(rows["zone"] == "whole") & (rows["error"] == "")]
    lines = rows["line_f1_3"].where(rows["task"] == "wrinkle", rows["centre_f1"])
    return rows.assign(line_f1=lines)[["method", "weights", "task", "annotator", *FIGURES]]


@cache
def figures_of(name: str, weights: str) -> tuple[Figures, ...]:
    """Means by task and annotator of these weights, wherever they lie; of a filter, by its name."""
    rows = measured()
    mine = rows[rows["weights"] == weights] if weights else rows[rows["method"] == name]
    groups = mine.sort_values(["task", "annotator"], ascending=[False, True]).groupby(["task", "annotator"], sort=False)
    return tuple(
        Figures(task, annotator, len(part), {key: float(value) for key, value in part[FIGURES].mean().dropna().items()})
        for (task, annotator), part in groups
    )


def services() -> Services:
    """The library's functions, as the page takes them."""
    offer = Offer(cache(offered), method)  # `offered` reads weights to know them: once is enough
    return Services(
        read=images.load,
        find=face.find,
        analyse=analyse,
        methods=offer.methods,
        zip_bytes=report.zip_bytes,
        default_method=default_method(),
        examples=portraits.PORTRAITS,
        method=method,
        add_method=offer.add,
        model_card=cache(model_card.read),
        figures=lambda info: figures_of(info.name, info.weights),
    )


def tabs() -> list[tuple[str, Callable[[], object]]]:
    """The tabs that the library does not know, as `page.build` takes them."""
    return [(texts.TAB_DASHBOARD, partial(dashboard.build, RESULTS, samples.data_folder()))]


def main() -> None:
    """Load the usual method, then serve. Host and port: GRADIO_SERVER_NAME (127.0.0.1) and GRADIO_SERVER_PORT (7860)."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    allocator.keep_freed()
    wired = services()
    # A lent card's process ends with the call and forgets: there, whatever may be asked for is loaded now.
    for name in [wired.default_method, *(info.name for info in wired.methods() if accelerator.lender())]:
        analyzer(name)
    page.build(wired, tabs()).launch(**page.launch_options(max(batch.MAX_TOTAL, annotation.MAX_BYTES)))


if __name__ == "__main__":
    main()
