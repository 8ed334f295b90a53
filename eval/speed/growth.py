"""How time and memory grow with the photo, from 0.25 to 48 megapixels, each size in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np

from eval.speed.scenes import selfie
from wrinkleseg import geometry

MEGAPIXELS = (0.25, 0.5, 1, 2, 4, 8, 12, 24, 48)
MEMORY_LIMIT_GB = 2.5

# Told on one line: seconds of the second look, since the first one loads what is loaded once, and the peak of memory.
_PROGRAM = """
import json, sys, time
import wrinkleseg
from eval import effort
from wrinkleseg import draw
analyzer = wrinkleseg.Analyzer(sys.argv[2], sys.argv[3])
taken = []
for _ in range(3):
    start = time.perf_counter()
    found = analyzer.analyze(wrinkleseg.load_rgb(sys.argv[1]))
    draw.overlay(found.rgb, found.maps, found.thresholds)
    taken.append(time.perf_counter() - start)
    del found
print(json.dumps({"seconds": min(taken[1:]), "peak_gb": effort.peak_mb() / 1024}))
"""


@dataclass(frozen=True)
class Size:
    """What one size of photo costs, from its file to the overlay. peak_gb: GiB, the whole process with all that it loads."""

    megapixels: float
    seconds: float
    peak_gb: float


@dataclass(frozen=True)
class Growth:
    """sizes: smallest first. exponent: of a power law through those of 4 megapixels and more, 1 for a line; below, what
    does not depend on the photo weighs most. seconds_per_megapixel: slope of the best line through all."""

    method: str
    sizes: list[Size]
    exponent: float
    seconds_per_megapixel: float

    def to_dict(self) -> dict:
        """Plain values, for JSON."""
        return asdict(self)


def measure(method: str, device: str = "auto", photo: str = "", megapixels: tuple[float, ...] = MEGAPIXELS) -> Growth:
    """Run every size. Raises RuntimeError where a process fails, with what it said."""
    with tempfile.TemporaryDirectory() as folder:
        sizes = [_one(float(mp), _photo(float(mp), photo, Path(folder)), method, device) for mp in megapixels]
    return Growth(method, sizes, *fitted(sizes))


def fitted(sizes: list[Size]) -> tuple[float, float]:
    """(exponent, seconds a megapixel) of sizes; NaN for an exponent of fewer than two sizes from 4 megapixels on."""
    large = [size for size in sizes if size.megapixels >= 4]
    logs = np.log([[size.megapixels, size.seconds] for size in large]) if len(large) > 1 else None
    exponent = float(np.polyfit(logs[:, 0], logs[:, 1], 1)[0]) if logs is not None else float("nan")
    line = np.polyfit([size.megapixels for size in sizes], [size.seconds for size in sizes], 1)
    return exponent, float(line[0])


def _photo(megapixels: float, photo: str, folder: Path) -> Path:
    side = round((megapixels * 1e6) ** 0.5)
    rgb = geometry.resize(selfie(photo), (side, side))
    path = folder / f"{megapixels}.jpg"
    cv2.imwrite(str(path), cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 92])
    return path


def _one(megapixels: float, path: Path, method: str, device: str) -> Size:
    command = [sys.executable, "-c", _PROGRAM, str(path), method, device]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"a photo of {megapixels} megapixels ended with {done.returncode}: {done.stderr[-500:]}")
    told = json.loads(done.stdout.splitlines()[-1])
    return Size(megapixels, told["seconds"], told["peak_gb"])
