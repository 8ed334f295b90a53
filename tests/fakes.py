"""The page with the real door, face finder and measures, but a made-up method that costs nothing and counts how often it ran."""

from dataclasses import replace

import numpy as np

from wrinkleseg import face, images, report
from wrinkleseg.analysis import Analyzer
from wrinkleseg.methods import MethodError, MethodInfo
from wrinkleseg.portraits import Portrait
from wrinkleseg.ui.services import Services

LINES = MethodInfo(
    name="lines",
    title="Test lines",
    tasks=("wrinkle",),
    parameters=0,
    source="Somebody et al., 2001",
    licence="MIT",
    weights="",
    thresholds={"wrinkle": 0.5},
)
BOTH = replace(
    LINES,
    name="both",
    title="Test network",
    tasks=("wrinkle", "pore"),
    parameters=5_200_000,
    licence="CC BY-NC-SA 4.0",
    weights="0123456789ab",
    thresholds={"wrinkle": 0.4, "pore": 0.6},
)


class Undivided:
    """A method that always gives all its tasks, whichever it is asked for."""

    def only(self, tasks: tuple[str, ...]) -> "Undivided":
        return self


class FakeMethod(Undivided):
    """Level lines and dots across the picture, of probability .3, .6 and .9; `calls` says how often they were asked for."""

    def __init__(self, info: MethodInfo) -> None:
        self.info, self.calls = info, 0

    def __call__(self, rgb: np.ndarray, face, regions) -> dict[str, np.ndarray]:
        self.calls += 1
        skins = {"wrinkle": regions.wrinkle_skin, "pore": regions.pore_skin}
        drawn = dict(zip(("wrinkle", "pore"), pattern(rgb.shape[:2]), strict=True))
        return {task: drawn[task] * skins[task] for task in self.info.tasks}


class Darkness(Undivided):
    """Darkness of the green channel as a probability; `calls` says how often it was asked for. The skin is the analysis' business."""

    def __init__(self, tasks: tuple[str, ...] = ("wrinkle", "pore"), title: str = "Darkness") -> None:
        self.info = MethodInfo(
            name="fake",
            title=title,
            tasks=tasks,
            parameters=7,
            source="https://example.org/fake",
            licence="MIT",
            weights="0123456789ab",
            thresholds=dict.fromkeys(tasks, 0.5),
        )
        self.calls = 0

    def __call__(self, rgb: np.ndarray, face, regions) -> dict[str, np.ndarray]:
        self.calls += 1
        assert rgb.shape[:2] == face.size == regions.wrinkle_skin.shape
        return {task: 1 - rgb[..., 1].astype(np.float32) / 255 for task in self.info.tasks}


def pattern(size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Lines two pixels thick every 12 rows and dots between them, float32 (H, W) each."""
    lines, dots = np.zeros(size, np.float32), np.zeros(size, np.float32)
    for row in range(0, size[0] - 8, 12):
        value = (0.3, 0.6, 0.9)[row // 12 % 3]
        lines[row : row + 2] = value
        dots[row + 6 : row + 8, ::9] = value
    return lines, dots


class FakeLibrary:
    """What `app.py` would wire, around `FakeMethod`s."""

    def __init__(self) -> None:
        self.methods = {info.name: FakeMethod(info) for info in (LINES, BOTH)}

    @property
    def calls(self) -> int:
        """How often any method ran."""
        return sum(method.calls for method in self.methods.values())

    def analyse(self, method: str, rgb: np.ndarray, thresholds=None, **options):
        """As `Services.analyse`; of a composite the last part runs."""
        name = method.split("+")[-1]
        if name not in self.methods:
            raise MethodError(f"There is no method {method!r}; there are {', '.join(self.methods)}.")
        chosen = self.methods[name]
        mine = {task: value for task, value in (thresholds or {}).items() if task in chosen.info.tasks}
        return Analyzer(chosen).analyze(rgb, thresholds=mine, **options)

    def services(self, **changes) -> Services:
        """The functions that the page takes."""
        plain = Services(
            read=images.load,
            find=face.find,
            analyse=self.analyse,
            methods=lambda: [LINES, BOTH],
            zip_bytes=report.zip_bytes,
            default_method="lines+both",
            examples=[Portrait("Grey", "nobody", lambda: np.full((120, 100, 3), 150, np.uint8))],
        )
        return replace(plain, **changes)
