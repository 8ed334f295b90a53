"""How far measures move when the same photo is taken again: simulated re-takes of real photos, zone by zone.

One photo of each person is taken again by arithmetic: exposure, white balance, JPEG, distance, tilt, place, focus and noise change a
little, the face does not. Real re-takes vary more, by light, expression and pose; no figure here stands for them.
"""

from __future__ import annotations

import argparse
import csv
import datetime
import json
import math
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from eval.samples import DataError, data_folder
from eval.smooth import spread_out
from wrinkleseg import images, methods
from wrinkleseg.analysis import SCORE_VERSION, Analyzer, Measures
from wrinkleseg.change import FIELDS, REPEATABILITY, pooled
from wrinkleseg.face import FaceError
from wrinkleseg.images import PictureError
from wrinkleseg.inference import DEVICES
from wrinkleseg.methods import MethodError

KIND = "simulated re-takes"
CHANGES = {
    "exposure": "0.9 to 1.1 times the light",
    "white balance": "red and blue each 0.97 to 1.03 times",
    "scale": "0.8 to 1.1 times",
    "rotation": "-5 to 5 degrees",
    "shift": "up to 2% of the width",
    "blur": "Gaussian, sigma 0 to 0.7 px",
    "noise": "Gaussian, sd 0 to 2 grey levels",
    "JPEG": "quality 75 to 95",
}
"""What differs between two simulated re-takes, each drawn evenly from its range."""
_GAMMA = 2.2  # of the screen: exposure and white balance act on light, not on grey levels


def retake(rgb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The photo, uint8 RGB (H, W, 3), as if taken again; of another size by the scale drawn. See `CHANGES`."""
    balance = rng.uniform(0.9, 1.1) * np.array([rng.uniform(0.97, 1.03), 1.0, rng.uniform(0.97, 1.03)])
    lit = 255 * np.minimum(1, (np.arange(256) / 255)[:, None] ** _GAMMA * balance) ** (1 / _GAMMA)
    table = np.rint(lit).astype(np.uint8)
    again = np.stack([table[:, channel][rgb[..., channel]] for channel in range(3)], axis=-1)
    again = _moved(again, rng.uniform(0.8, 1.1), rng.uniform(-5, 5), rng.uniform(-0.02, 0.02, 2))
    again = cv2.GaussianBlur(again, (0, 0), max(0.05, rng.uniform(0, 0.7)))
    noisy = again + rng.normal(0, rng.uniform(0, 2), again.shape)
    return _through_jpeg(np.clip(np.rint(noisy), 0, 255).astype(np.uint8), int(rng.integers(75, 96)))


def faces(data: Path, count: int) -> list[Path]:
    """Photos of `data`/faces/london with a relaxed face, half of people with wrinkles as far as there are any.

    By the manifest alone, at even steps. Raises DataError where there is no manifest.
    """
    manifest = data / "faces" / "manifest.csv"
    if not manifest.is_file():
        raise DataError(f"no {manifest}: give the folder that holds faces/manifest.csv with --data or WRINKLESEG_DATA")
    with manifest.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["file"].startswith("london/") and "smile" not in row["file"]]
    lined = [data / "faces" / row["file"] for row in rows if "wrinkles y" in row["note"]]
    others = [data / "faces" / row["file"] for row in rows if "wrinkles y" not in row["note"]]
    chosen = spread_out(lined, count // 2)
    return sorted(chosen + spread_out(others, count - len(chosen)))


def measured(
    analyzer: Analyzer, paths: Sequence[Path], retakes: int, seed: int = 0
) -> dict[Path, list[dict[str, Measures]]]:
    """By photo, the measures of its simulated re-takes. A photo that fails is named on stderr and left out."""
    found = {}
    for number, path in enumerate(tqdm(paths, desc=KIND)):
        rng = np.random.default_rng((seed, number))
        try:
            rgb = images.load_rgb(path)
            found[path] = [analyzer.analyze(retake(rgb, rng), name=path.stem).measures for _ in range(retakes)]
        except (PictureError, FaceError) as error:
            print(f"{path.name}: {error}", file=sys.stderr)
    return found


def spreads(found: Iterable[Sequence[dict[str, Measures]]]) -> dict[str, dict[str, dict[str, float]]]:
    """Zone -> field -> sd (pooled within photos), mean, relative_sd (sd over the mean), photos (how many show it twice or more)."""
    groups: dict[tuple[str, str], list[list[float]]] = defaultdict(list)
    for takes in found:
        for zone in takes[0]:
            for field in FIELDS:
                values = [getattr(take[zone], field) for take in takes]
                groups[zone, field].append([float(value) for value in values if value is not None])
    result: dict[str, dict[str, dict[str, float]]] = defaultdict(dict)
    for (zone, field), values in groups.items():
        if row := _spread([one for one in values if len(one) > 1]):
            result[zone][field] = row
    return dict(result)


def table(analyzer: Analyzer, paths: Sequence[Path], retakes: int, zones: dict) -> dict:
    """The whole file: what was measured, when, on what and how. paths: the photos that could be measured."""
    info = analyzer.method.info
    return {
        "kind": KIND,
        "what": "Standard deviation of each measure over simulated re-takes of one photo; real re-takes vary more.",
        "measured": datetime.date.today().isoformat(),
        "method": info.name,
        "weights": info.weights,
        "thresholds": {task: float(value) for task, value in info.thresholds.items()},
        "score_version": SCORE_VERSION,
        "photos": len(paths),
        "retakes": retakes,
        "names": [f"{path.parent.name}/{path.name}" for path in paths],
        "changes": CHANGES,
        "zones": zones,
    }


def main(argv: list[str]) -> int:
    """Run the command line; gives the exit status."""
    options = _parser().parse_args(argv)
    if options.retakes < 2:  # nothing may be written over the figures that are there
        print(f"eval repeats: {options.retakes} re-takes have no spread: give --retakes 2 or more", file=sys.stderr)
        return 2
    try:
        analyzer = Analyzer(options.method, options.device)
        paths = faces(data_folder(options.data), options.photos)
    except (DataError, MethodError) as error:
        print(f"eval repeats: {error}", file=sys.stderr)
        return 2
    found = measured(analyzer, paths, options.retakes)
    if not found:
        print("eval repeats: no photo could be measured", file=sys.stderr)
        return 1
    content = json.dumps(
        table(analyzer, list(found), options.retakes, spreads(found.values())), indent=1, allow_nan=False
    )
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(f"{content}\n", encoding="utf-8")
    print(f"{options.output}: {options.retakes} re-takes of {len(found)} photos")
    return 0


def _spread(groups: list[list[float]]) -> dict[str, float] | None:
    spread = pooled(groups)
    if spread is None:
        return None
    mean = float(np.mean([np.mean(values) for values in groups]))
    relative = spread[0] / mean if mean > 0 else 0.0
    return {
        "sd": round(spread[0], 6),
        "mean": round(mean, 6),
        "relative_sd": round(relative, 4),
        "photos": len(groups),
    }


def _moved(rgb: np.ndarray, scale: float, degrees: float, shift: np.ndarray) -> np.ndarray:
    """Turned about its middle, shifted by shares of its width, in a picture of the scaled size."""
    height, width = rgb.shape[:2]
    size = max(1, round(height * scale)), max(1, round(width * scale))
    turn = math.radians(degrees)
    matrix = scale * np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    middle = np.array([size[1], size[0]]) / 2 + shift * size[1] - matrix @ (np.array([width, height]) / 2)
    matrix = np.column_stack([matrix, middle])
    # Linear where it shrinks: warpAffine knows no mean over areas, and by a fifth at most little is passed over.
    how = cv2.INTER_LINEAR if scale < 1 else cv2.INTER_CUBIC
    return cv2.warpAffine(rgb, matrix, size[::-1], flags=how, borderMode=cv2.BORDER_REPLICATE)


def _through_jpeg(rgb: np.ndarray, quality: int) -> np.ndarray:
    """What JPEG of that quality leaves of the picture, uint8 RGB (H, W, 3)."""
    _, data = cv2.imencode(".jpg", rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return images.load_rgb(data.tobytes())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m eval repeats", description=__doc__)
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("results") / REPEATABILITY.name,
        help=f"JSON file to write (%(default)s); the page reads assets/{REPEATABILITY.name}",
    )
    parser.add_argument("--data", help="folder with faces/manifest.csv (../shared/data)")
    parser.add_argument(
        "--method", default=methods.DEFAULT, help="name of one method, or of two joined by + (%(default)s)"
    )
    parser.add_argument("--photos", type=int, default=12, help="how many photos (%(default)s)")
    parser.add_argument("--retakes", type=int, default=6, help="simulated re-takes of each (%(default)s)")
    parser.add_argument("--device", choices=DEVICES, default="auto")
    return parser
