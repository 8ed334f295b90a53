"""Does the same face give the same result? Photos that were kept aside, saved again, mirrored, a little brighter and darker.

None of these changes the face, so none should change what is marked. Masks are compared inside the skin that both times
was seen, measures of the whole face as they are shown.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from tqdm import tqdm

from eval.samples import DataError, data_folder, once, wrinkle_samples
from eval.smooth import spread_out
from wrinkleseg import images, metrics
from wrinkleseg.analysis import WHOLE, Analysis, Analyzer
from wrinkleseg.face import FaceError
from wrinkleseg.images import PictureError
from wrinkleseg.inference import DEVICES
from wrinkleseg.methods import MethodError, skin_for

QUALITY = 95
"""Of the JPEG file that a photo is saved as once more."""
EXPOSURE = 0.1
"""By which share of the light a photo becomes brighter or darker."""
MEASURES = {
    "wrinkle": {"area": "wrinkle_area_percent", "length": "wrinkle_length"},
    "pore": {"area": "pore_density_percent", "count": "pore_count"},
}
"""Of each task, what is compared and the field of `Measures` that it is."""
COLUMNS = ("photo", "task", "change", "bit_equal", "iou", "skin_iou", "area", "length", "count")
_OTHER = {"left": "right", "right": "left"}
_GAMMA = 2.2  # of the screen: exposure acts on light, not on grey levels


@dataclass(frozen=True)
class Change:
    """Something that happens to a photo and not to the face. A map of the changed photo is laid back by `undone`.

    was: what a zone of the changed photo is called on the photo itself.
    """

    changed: Callable[[np.ndarray], np.ndarray]
    undone: Callable[[np.ndarray], np.ndarray] = lambda array: array
    was: Callable[[str], str] = lambda zone: zone


def saved_again(rgb: np.ndarray) -> np.ndarray:
    """What a JPEG file of `QUALITY` leaves of a photo, uint8 RGB (H, W, 3)."""
    _, data = cv2.imencode(".jpg", rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return images.load_rgb(data.tobytes())


def mirrored(array: np.ndarray) -> np.ndarray:
    """A photo or map, (H, W[, C]), left and right exchanged; its own inverse."""
    return np.ascontiguousarray(array[:, ::-1])


def other_side(zone: str) -> str:
    """A zone of the left for the one of the right and the other way round; others as they are."""
    name, _, side = zone.rpartition("_")
    return f"{name}_{_OTHER[side]}" if side in _OTHER else zone


def exposed(rgb: np.ndarray, factor: float) -> np.ndarray:
    """A photo, uint8 RGB (H, W, 3), with `factor` times the light; what would be brighter than white is white."""
    levels = 255 * np.minimum(1, (np.arange(256) / 255) ** _GAMMA * factor) ** (1 / _GAMMA)
    return np.rint(levels).astype(np.uint8)[rgb]


CHANGES = {
    "again": Change(np.copy),
    f"JPEG {QUALITY}": Change(saved_again),
    "mirrored": Change(mirrored, mirrored, other_side),
    f"+{EXPOSURE:.0%} light": Change(lambda rgb: exposed(rgb, 1 + EXPOSURE)),
    f"-{EXPOSURE:.0%} light": Change(lambda rgb: exposed(rgb, 1 - EXPOSURE)),
}


def compared(first: Analysis, later: Analysis, change: Change) -> list[dict]:
    """A row for each task: how the result of the changed photo differs from that of the photo itself.

    bit_equal: whether maps, skin and measures are the very same. iou: of the masks inside the common skin, 0..1.
    skin_iou: of the skin itself. The others: relative change of a measure, 0.1 for a tenth more; NaN where it was 0 or
    is not there.
    """
    rows, measures = [], {change.was(zone): found for zone, found in later.measures.items()}
    for task in first.maps:
        skins = skin_for(task, first.regions), change.undone(skin_for(task, later.regions))
        maps = first.maps[task], change.undone(later.maps[task])
        common = skins[0] & skins[1]
        masks = first.mask(task) & common, change.undone(later.mask(task)) & common
        same = (maps[0] == maps[1]).all() and (skins[0] == skins[1]).all() and first.measures == measures
        rows.append(
            {"task": task, "bit_equal": bool(same), "iou": metrics.iou(*masks), "skin_iou": metrics.iou(*skins)}
            | {name: _relative(first, later, field) for name, field in MEASURES[task].items()}
        )
    return rows


def measured(analyzer: Analyzer, paths: Sequence[Path]) -> pd.DataFrame:
    """A row for each photo, task and change, columns `COLUMNS`. A photo that fails is named on stderr and left out."""
    rows = []
    for path in tqdm(paths, desc="sameness"):
        try:
            rows += [{"photo": path.name} | row for row in of_photo(analyzer, images.load_rgb(path))]
        except (PictureError, FaceError) as error:
            print(f"{path.name}: {error}", file=sys.stderr)
    return pd.DataFrame(rows, columns=COLUMNS)


def of_photo(analyzer: Analyzer, rgb: np.ndarray) -> list[dict]:
    """Rows of one photo, uint8 RGB (H, W, 3). Raises FaceError."""
    first = analyzer.analyze(rgb)
    return [
        {"change": name} | row
        for name, change in CHANGES.items()
        for row in compared(first, analyzer.analyze(change.changed(rgb)), change)
    ]


def text(table: pd.DataFrame) -> str:
    """Mean and worst of all photos, by task and change, as Markdown: IoU, then changes of the measures, signs aside."""
    lines = []
    for task, part in table.groupby("task", sort=False):
        names = [name for name in MEASURES[task] if part[name].notna().any()]
        heads = ["bit-equal", "IoU, mean", "IoU, worst", "IoU of skin, mean"]
        heads += [f"{name}, {kind} change" for name in names for kind in ("mean", "largest")]
        lines += ["", f"| {task} | photos | {' | '.join(heads)} |", "| --- " * (len(heads) + 2) + "|"]
        lines += [_line(name, rows, names) for name, rows in part.groupby("change", sort=False)]
    return "\n".join(lines[1:])


def main(argv: list[str]) -> int:
    """Run the command line; gives the exit status."""
    options = _parser().parse_args(argv)
    try:
        analyzer = Analyzer(options.method, options.device)
        samples = once(wrinkle_samples(data_folder(options.data)))
        kept = [sample.photo for sample in samples if sample.split == "test"]
        kept = spread_out(kept, options.photos) if options.photos else kept
    except (DataError, MethodError) as error:
        print(f"eval sameness: {error}", file=sys.stderr)
        return 2
    table = measured(analyzer, kept)
    if table.empty:
        print("eval sameness: no photo could be measured", file=sys.stderr)
        return 1
    if options.output:
        table.to_csv(options.output, index=False)
    print(text(table))
    return 0


def _line(name: str, rows: pd.DataFrame, measures: Sequence[str]) -> str:
    figures = [f"{rows['bit_equal'].sum()} of {len(rows)}", f"{rows['iou'].mean():.3f}", f"{rows['iou'].min():.3f}"]
    figures.append(f"{rows['skin_iou'].mean():.3f}")
    for measure in measures:
        sizes = rows[measure].abs()
        figures += [f"{sizes.mean():.1%}", f"{sizes.max():.1%}"]
    return f"| {name} | {rows['photo'].nunique()} | {' | '.join(figures)} |"


def _relative(first: Analysis, later: Analysis, field: str) -> float:
    was, became = (getattr(each.measures[WHOLE], field) for each in (first, later))
    return became / was - 1 if was and became is not None else float("nan")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m eval sameness", description=__doc__)
    parser.add_argument("--data", help="folder with wrinkle/manifest.csv (../shared/data)")
    parser.add_argument("--method", default="unetpp", help="name of one method, or of two joined by + (%(default)s)")
    parser.add_argument("--photos", type=int, default=0, help="how many of the photos, at even steps (all)")
    parser.add_argument("--output", type=Path, help="CSV file with a row for each photo, task and change")
    parser.add_argument("--device", choices=DEVICES, default="auto")
    return parser
