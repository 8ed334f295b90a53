"""What sets photos apart (face size, sharpness, skin tone, width of the wrinkles), and scores by group.

The skin tone is a proxy: ITA is read off a photo whose light and camera nobody measured, and dim or warm light moves it
by a class or more. It can show that a method does worse on darker-looking photos; it says nothing sure of a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
import pandas as pd

from eval import statistics
from wrinkleseg import masks, quality
from wrinkleseg.face import Face, Regions

MIN_PHOTOS = 10
"""A group of fewer photos is hidden: its mean would say more of those few people than of the group."""
UNKNOWN = "unknown"
ZONE = "zone"

_TONE_WIDTH = 400  # px of a face: more pixels do not change the median of its colour
_LEAST_YELLOW = 1.0  # b*: skin has more; a grey picture has none, and its angle would be noise


@dataclass(frozen=True)
class Trait:
    """How photos are put into groups by a column of a results table.

    limits: rising; group i holds what lies above limit i - 1 and not above limit i. names: of the groups, one more than
    limits, in the same order. note: what one must know to read the table.
    """

    column: str
    title: str
    limits: tuple[float, ...]
    names: tuple[str, ...]
    note: str


def _ranged(column: str, title: str, unit: str, limits: tuple[float, ...], note: str) -> Trait:
    """A trait whose groups are called after their limits."""
    between = (f"{low:g} to {high:g}{unit}" for low, high in pairwise(limits))
    names = (f"up to {limits[0]:g}{unit}", *between, f"above {limits[-1]:g}{unit}")
    return Trait(column, title, limits, names, note)


TRAITS: dict[str, Trait] = {
    "wrinkle width": _ranged(
        "true_width",
        "width of the wrinkles",
        "% of the face's width",
        (0.7, 0.85, 1.0),
        "Mean width of the wrinkles as they were drawn: the annotator's pen counts as much as the face.",
    ),
    "face size": _ranged(
        "face_width",
        "width of the face",
        " px",
        (quality.MIN_FACE_WIDTH["wrinkle"], 300.0, 400.0, 700.0),
        "Pixels between the cheekbones in the photo as it came.",
    ),
    "sharpness": _ranged(
        "sharpness",
        "sharpness",
        "",
        (round(1 - quality.MAX_BLUR, 3), 0.6, 0.65),
        "0 to 1: 1 minus the blur effect of Crete et al. (2007) on the face at 400 px. Of the first group the page warns.",
    ),
    "skin tone": Trait(
        "ita",
        "skin tone by ITA",
        (-30.0, 10.0, 28.0, 41.0, 55.0),
        ("dark", "brown", "tan", "intermediate", "light", "very light"),
        "Classes of the Individual Typology Angle (Chardon et al., 1991) of the visible skin. A proxy that light confounds: "
        "lamps, camera and make-up move it by a class or more, and it says nothing sure of a person.",
    ),
}
"""Traits of whole photos, by name; `ZONE` is the one trait more, of the rows by zone."""


def by_group(rows: pd.DataFrame, trait: str, score: str = "f1") -> pd.DataFrame:
    """Mean score over the photos of each group, a line for each task, annotator, group and method.

    Where nothing is drawn, a score is 1 or 0 and nothing between; in a zone that is often so, and such photos would make
    a method that marks nothing the best. They are counted apart here.

    Columns: trait, task, annotator, group, method, kind, photos (scored ones of that group with something drawn), bare
    (those with nothing drawn), left_clean (bare ones where the method marked nothing either), mean, low, high (over
    `photos`, with 95% interval), hidden (fewer than MIN_PHOTOS photos: mean, low and high are NaN). Groups come in their
    own order; photos whose trait is missing are the group UNKNOWN; groups without photos have no line.

    Args:
        rows: as `eval.results.read` gives them.
        trait: a name of TRAITS, or ZONE.
        score: a column of scores.
    """
    keys = ["task", "annotator", "group", "method"]
    scored = _grouped(rows, trait).dropna(subset=[score])
    # Rows that one photo has twice are one photo.
    photos = scored.groupby([*keys, "photo"], observed=True, sort=False)
    photos = photos.agg(
        value=(score, "mean"), kind=("kind", "first"), bare=("bare", "min"), left_clean=("left_clean", "min")
    ).reset_index()
    drawn = photos[~photos["bare"]]
    lines = photos.assign(photos=~photos["bare"]).groupby(keys, observed=True)
    table = lines.agg({"kind": "first", "photos": "sum", "bare": "sum", "left_clean": "sum"})
    values = drawn.pivot(index="photo", columns=keys, values="value").reindex(columns=table.index)
    table[["mean", "low", "high"]] = statistics.intervals(values.to_numpy(float))
    table["hidden"] = table["photos"] < MIN_PHOTOS
    table.loc[table["hidden"], ["mean", "low", "high"]] = np.nan
    table = table.reset_index().astype({"group": str})
    table.insert(0, "trait", trait)
    return table


def _grouped(rows: pd.DataFrame, trait: str) -> pd.DataFrame:
    """Rows with their group, an ordered category, whether nothing is drawn there (bare), and nothing marked either (left_clean)."""
    if trait == ZONE:
        part = rows[rows["zone"] != "whole"]
        names, found = list(dict.fromkeys(part["zone"])), part["zone"]
    elif trait in TRAITS:
        part, rule = rows[rows["zone"] == "whole"], TRAITS[trait]
        values = part[rule.column].to_numpy(float)
        names = [*rule.names, UNKNOWN]
        place = np.where(np.isnan(values), len(rule.names), np.searchsorted(rule.limits, values, side="left"))
        found = np.array(names, dtype=object)[place]
    else:
        raise ValueError(f"no trait is called {trait!r}; there are: {', '.join((ZONE, *TRAITS))}")
    group = pd.Categorical(found, names, ordered=True)
    bare = part["tp"] + part["fn"] == 0
    return part.assign(group=group, bare=bare, left_clean=bare & (part["fp"] == 0))


def photo_traits(rgb: np.ndarray, face: Face, regions: Regions, truth: np.ndarray) -> dict[str, float]:
    """The traits of one photo, by column name.

    * face_width: px, between the cheekbones.
    * sharpness: 0..1, 1 minus `quality.blur`; the page warns below 1 - `quality.MAX_BLUR`.
    * ita: degrees, see `ita`.
    * true_width: mean width of the true wrinkles along their centrelines, % of the face's width; NaN without wrinkles.
    * skin_share: 0..1, share of the photo that is skin for wrinkles.

    Args:
        rgb: uint8 (H, W, 3).
        face: the measured face of that photo.
        regions: its skin and zones.
        truth: bool (H, W), the wrinkles that a person drew; all False where only pores were drawn.
    """
    return {
        "face_width": float(face.width),
        "sharpness": 1.0 - quality.blur(rgb, face),
        "ita": ita(rgb, regions.wrinkle_skin, face.width),
        "true_width": _true_width(truth, face.width),
        "skin_share": float(regions.wrinkle_skin.mean()),
    }


def ita(rgb: np.ndarray, skin: np.ndarray, face_width: float = 0.0) -> float:
    """Individual Typology Angle of the skin in degrees: arctan((L* - 50) / b*) of its median CIE Lab (D65).

    Chardon, Cretois and Hourseau, "Skin colour typology and suntanning pathways" (1991). Made for a colorimeter on the
    skin; from a photo it is a proxy that light, camera and make-up confound. The median keeps shine and shadow out.
    NaN where there is no skin, or where it is not yellow at all (b* of 1 or less: a grey or bluish picture).

    Args:
        rgb: uint8 (H, W, 3), sRGB.
        skin: bool (H, W).
        face_width: px; on faces wider than 400 px a part of the pixels is read. 0: all are.
    """
    step = max(1, int(face_width // _TONE_WIDTH))
    colours = rgb[::step, ::step][skin[::step, ::step]]
    if not colours.size:
        return np.nan
    # 8-bit Lab of OpenCV is rescaled and rounded; float input gives L* in 0..100 and b* as it is defined.
    lab = cv2.cvtColor(colours[:, None].astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[:, 0]
    light, _, yellow = np.median(lab, axis=0)
    return float(np.degrees(np.arctan((light - 50) / yellow))) if yellow > _LEAST_YELLOW else np.nan


def _true_width(truth: np.ndarray, face_width: float) -> float:
    width = masks.mean_width(truth, masks.skeleton(truth))
    return 100 * width / face_width if width else np.nan
