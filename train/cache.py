"""Scenes kept on disk between runs: finding faces and drawing wrinkles takes minutes, reading arrays back takes none."""

from __future__ import annotations

import hashlib
import json
import math
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from dataclasses import fields
from pathlib import Path

import numpy as np

from eval.code_digest import digest
from train.sources import Scene, Supplies
from wrinkleseg import methods

ROOT = Path(".cache/scenes")
INDEX = "index.json"
_UNFINISHED = ".scenes-"
_DAY = 24 * 60 * 60
_PROJECT = Path(__file__).resolve().parents[1]
_LAYERS = [field.name for field in fields(Scene)]


def kept(task: str, source: str, supplies: Supplies, make: Callable[[Supplies], Iterable[Scene]]) -> list[Scene]:
    """What `make` gives, from disk where the same code made it of the same photos before.

    The arrays are mapped, not read: only what is cut out of them takes memory, and processes share it. Scenes are written
    as they come, one after the other in a file for each layer, since a process may not hold thousands of files open.
    """
    folder = ROOT / f"{task}-{source}-{_key(task, source, supplies)}"
    if not folder.is_dir():
        _write(folder, make(supplies))
    return _read(folder)


def _key(task: str, source: str, supplies: Supplies) -> str:
    """Changes with the code, the settings, the photos, the teacher's weights and where it computes."""
    facts = {
        "code": [digest(path) for house in ("wrinkleseg", "train", "eval") for path in _sources(house)],
        # In their order and as often as they are repeated: so their scenes are drawn from.
        "samples": [[str(path) for path in (each.photo, each.mask, each.zone)] for each in supplies.samples],
        "photos": [[str(path), path.stat().st_size, path.stat().st_mtime_ns] for path in _photos(source, supplies)],
        "preprocess": supplies.preprocess.to_dict(),
        "width": supplies.preprocess.face_width[task],
        "seed": supplies.seed,
        "teacher": _teacher(supplies) if source == "taught" else "",
        "left out": sorted(faces.without) if (faces := supplies.faces_for(source)) else "",
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


def _teacher(supplies: Supplies) -> list[str]:
    """A network's maps on a GPU are not those on a processor to the last bit."""
    return [methods.load(supplies.teacher, supplies.device).info.weights, supplies.device]


def _photos(source: str, supplies: Supplies) -> list[Path]:
    own = [path for sample in supplies.samples for path in (sample.photo, sample.mask)]
    zones = [sample.zone for sample in supplies.samples if sample.zone]
    shared = [path for name in ("faces", "pore", "wrinkle_shapes") for path in (supplies.data / name).rglob("*.*")]
    faces = supplies.faces_for(source)
    return sorted({*own, *zones, *shared, *(faces.every() if faces else [])})


def _sources(house: str) -> list[Path]:
    return sorted(path for path in (_PROJECT / house).rglob("*") if path.suffix in (".py", ".json"))


def _write(folder: Path, scenes: Iterable[Scene]) -> None:
    """All or nothing; where another process was first, its folder stays."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    _sweep(folder.parent)
    fresh = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=folder.parent))
    try:
        (fresh / INDEX).write_text(json.dumps(_pack(fresh, scenes)))
        fresh.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _sweep(root: Path) -> None:
    """Remove what killed processes left unfinished; one that is at work has written within the day."""
    for left in root.glob(f"{_UNFINISHED}*"):
        with suppress(OSError):  # another process sweeps as well
            newest = max(path.stat().st_mtime for path in (left, *left.iterdir()))
            if newest < time.time() - _DAY:
                shutil.rmtree(left, ignore_errors=True)


def _pack(folder: Path, scenes: Iterable[Scene]) -> dict:
    """Write scenes after one another, a file for each layer; gives what is needed to find them again."""
    index = {layer: {"dtype": "", "shapes": []} for layer in _LAYERS}
    with ExitStack() as open_files:
        files = {layer: open_files.enter_context((folder / layer).open("wb")) for layer in _LAYERS}
        for scene in scenes:
            for layer in _LAYERS:
                array = getattr(scene, layer)
                array.tofile(files[layer])
                index[layer]["dtype"] = str(array.dtype)
                index[layer]["shapes"].append(array.shape)
    return index


def _read(folder: Path) -> list[Scene]:
    index = json.loads((folder / INDEX).read_text())
    layers = [_unpack(folder / layer, index[layer]["dtype"], index[layer]["shapes"]) for layer in _LAYERS]
    return [Scene(*each) for each in zip(*layers, strict=True)]


def _unpack(path: Path, dtype: str, shapes: list[list[int]]) -> list[np.ndarray]:
    """The arrays that `_pack` wrote, mapped."""
    if not shapes:
        return []
    whole = np.asarray(np.memmap(path, dtype, mode="r"))
    ends = np.cumsum([math.prod(shape) for shape in shapes])
    return [part.reshape(shape) for part, shape in zip(np.split(whole, ends[:-1]), shapes, strict=True)]
