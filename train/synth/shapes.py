"""Wrinkles that a person drew on one aligned face, moved to another face by landmarks.

The masks belong to Flickr-Faces-HQ photos, all aligned by eyes and mouth to 1024x1024 px (Karras et al., 2019). Where
the landmarks of each lie follows from how far its face reaches: `template.json` holds a least-squares fit of 39
landmarks on left, right and lower end of the mesh over 77 aligned photos (root mean square error 13 px of a face 570 px
wide). Between the landmarks a thin-plate spline carries the lines over (Bookstein, 1989).
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from train.synth.curves import Curve, joined, length, trace
from train.synth.plan import SynthError
from wrinkleseg import images
from wrinkleseg.face import Face

# How far the mesh ends inside the limits of the masks' crops (left, right, lower end), px: means over 13 photos.
_MESH_INSIDE = np.array([21.0, -23.0, -39.0])
_MOST_OFF_CENTRE = 45.0  # px: a face further from the middle than that looks aside, and its lines would be squeezed
_SPUR, _SHORTEST, _GAP = 6.0, 22.0, 14.0  # px of the aligned photo: pieces to drop before and after they are joined
_STIFFNESS = 1e-3


@dataclass(frozen=True)
class Shapes:
    """Masks of wrinkles without their photos; each is opened when it is asked for.

    paths: PNG files. limits: int (N, 4), top, bottom, left and right of each mask on its aligned photo.
    """

    paths: tuple[Path, ...]
    limits: np.ndarray

    @classmethod
    def load(cls, folder: Path, without: Collection[int] = ()) -> Shapes:
        """The folder's masks of faces that look straight ahead. Raises SynthError where there are none.

        without: numbers to leave out, such as those of photos that are kept aside for validation and test.
        """
        table = folder / "crop_limits.npy"
        if not table.is_file():
            raise SynthError(f"no {table}: give the folder that holds the wrinkle masks and their crop_limits.npy.")
        rows = np.load(table)
        kept = [
            (folder / f"{row[0]:05d}.png", row[1:]) for row in rows if int(row[0]) not in without and _straight(row[1:])
        ]
        kept = [(path, row) for path, row in kept if path.is_file()]
        if not kept:
            raise SynthError(f"no mask that {table} lists lies beside it: copy the PNG files there too.")
        return cls(tuple(path for path, _ in kept), np.array([row for _, row in kept]))

    def __len__(self) -> int:
        return len(self.paths)

    def curves(self, index: int, face: Face) -> list[Curve]:
        """The lines of one mask, carried over to that face: points in its photo's pixels."""
        anchors, places = _landmarks(self.limits[index])
        carry = _spline(places, face.landmarks[anchors, :2].astype(np.float64))
        offset = self.limits[index][[2, 0]]
        return [Curve(carry(c.points + offset), c.strength, c.fades) for c in _traced(self.paths[index])]


def _straight(limits: np.ndarray) -> bool:
    return abs(float(limits[2] + limits[3]) / 2 - 512) <= _MOST_OFF_CENTRE


@cache
def _traced(path: Path) -> list[Curve]:
    lines = joined(trace(images.load_mask(path), _SPUR), _GAP)
    return [line for line in lines if length(line.points) >= _SHORTEST]


@cache
def _template() -> dict[str, np.ndarray]:
    return {
        name: np.array(rows) for name, rows in json.loads(Path(__file__).with_name("template.json").read_text()).items()
    }


def _landmarks(limits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Numbers (M,) and places (M, 2) in the aligned photo of the landmarks of a face with these limits."""
    fit = _template()
    off = limits[[2, 3, 1]] + _MESH_INSIDE - fit["bounds"]
    return fit["landmarks"], fit["mean"] + sum(off[i] * fit[name] for i, name in enumerate(("left", "right", "bottom")))


def _spline(source: np.ndarray, target: np.ndarray):
    """The thin-plate spline that takes points source (M, 2) to target (M, 2), nearly: a function of points (N, 2)."""
    centre, scale = source.mean(axis=0), float(source.std())
    knots = (source - centre) / scale
    count = len(knots)
    bend = _bending(knots, knots) + _STIFFNESS * np.eye(count)
    plane = np.column_stack([np.ones(count), knots])
    system = np.block([[bend, plane], [plane.T, np.zeros((3, 3))]])
    weights = np.linalg.solve(system, np.vstack([target, np.zeros((3, 2))]))

    def carry(points: np.ndarray) -> np.ndarray:
        places = (points - centre) / scale
        basis = np.column_stack([_bending(places, knots), np.ones(len(places)), places])
        return (basis @ weights).astype(np.float32)

    return carry


def _bending(points: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """r^2 log r for every pair, (N, M)."""
    square = ((points[:, None] - knots[None]) ** 2).sum(axis=2)
    return 0.5 * square * np.log(np.maximum(square, 1e-12))
