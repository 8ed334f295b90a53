"""Real faces to draw on: which photos are smooth, and where even they show lines of their own."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import cv2
import numpy as np

from train.synth.plan import SynthError
from wrinkleseg.face import Face, Regions
from wrinkleseg.filters import THRESHOLDS, wrinkles_frangi

OLDEST = 30  # years
_FOLDERS = ("london", "canada")
_AROUND = 0.006  # of the face's width: how far around a line of the skin nothing is certain


def smooth_faces(data: Path) -> list[Path]:
    """The photos of `data`/faces with smooth skin, in the manifest's order.

    By the manifest alone: studio photos without a smile, of people of up to OLDEST years, noted as without wrinkles or
    with none but those of expression. Raises SynthError where there is no manifest.
    """
    manifest = data / "faces" / "manifest.csv"
    if not manifest.is_file():
        raise SynthError(f"no {manifest}: give the folder that holds faces/manifest.csv with --data or WRINKLESEG_DATA")
    with manifest.open(newline="") as file:
        return [data / "faces" / row["file"] for row in csv.DictReader(file) if _smooth(row)]


def certain(rgb: np.ndarray, face: Face, regions: Regions) -> np.ndarray:
    """Where the photo, uint8 RGB (H, W, 3), surely shows no wrinkle of its own: bool (H, W).

    False on and around what Frangi's filter takes for a line inside the wrinkle skin. A loss weighed by this map, with
    the pixels of the synthetic mask added, punishes nobody for finding a real faint line.
    """
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    own = wrinkles_frangi(grey, face.width, regions.wrinkle_skin) > THRESHOLDS["frangi"]
    side = 2 * max(1, round(_AROUND * face.width)) + 1
    return cv2.dilate(own.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))) == 0


def _smooth(row: dict[str, str]) -> bool:
    folder, note = row["file"].split("/")[0], row["note"]
    age = re.search(r"\bage (\d+)", note)
    young = age is not None and int(age.group(1)) <= OLDEST
    return folder in _FOLDERS and young and "smile" not in row["file"] and "wrinkles n" in note
