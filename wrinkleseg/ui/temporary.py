"""The page's own temporary folder: the only place where photos and results are ever written.

A visitor's files go when the page is closed; whatever is left, within the hour.
"""

import os
import re
import secrets
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import numpy as np
from gradio import processing_utils
from gradio.context import LocalContext

from wrinkleseg import images
from wrinkleseg.side_by_side import each

Read = TypeVar("Read")

MAX_AGE = 50 * 60
"""Seconds that a file may live. With `SWEEP_EVERY` on top it is gone within the hour."""
SWEEP_EVERY = 5 * 60
_FOLDER = "wrinkleseg-page"
_NOBODY = ""
_owners: dict[Path, set[str]] = {}
_lock = threading.Lock()


def claim() -> Path:
    """Make the folder, tell Gradio to use it, sweep what an earlier run left. To be called before the page is built."""
    # A file's address is a hash of its content and of this secret. Gradio keeps its own secret on disk, for all runs.
    processing_utils.hash_seed = secrets.token_bytes(32)
    base = Path(os.environ.get("GRADIO_TEMP_DIR") or tempfile.gettempdir())
    name = f"{_FOLDER}-{os.getuid() if hasattr(os, 'getuid') else 'user'}"
    folder = _own(base if base.name == name else base / name)
    os.environ["GRADIO_TEMP_DIR"] = str(folder.resolve())
    sweep(folder)
    return folder


def _own(folder: Path) -> Path:
    """The folder, which nobody else may look into; another one beside it where somebody else made it first."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        if folder.is_symlink():
            raise PermissionError(f"{folder} leads elsewhere")
        folder.chmod(0o700)
    except PermissionError:
        return Path(tempfile.mkdtemp(prefix=f"{folder.name}-", dir=folder.parent))
    return folder


def keep_empty(folder: Path) -> threading.Thread:
    """Sweep for as long as the program runs. Gradio's own `delete_cache` knows only the files of its last run."""

    def loop() -> None:
        while True:
            time.sleep(SWEEP_EVERY)
            sweep(folder)

    thread = threading.Thread(target=loop, name="sweep-temporary-folder", daemon=True)
    thread.start()
    return thread


def sweep(folder: Path, max_age: float = MAX_AGE) -> int:
    """Remove the files older than `max_age` seconds, and folders that are left empty. Returns how many files went."""
    oldest, removed = time.time() - max_age, 0
    for path in sorted(folder.rglob("*"), reverse=True):  # what is inside a folder comes before the folder
        try:
            if path.is_dir() and not path.is_symlink():
                if path.stat().st_mtime < oldest:
                    path.rmdir()
            elif path.lstat().st_mtime < oldest:
                path.unlink()
                removed += 1
        except OSError:  # in use, not empty yet, or already gone: the next sweep tries again
            continue
    with _lock:
        for path in [path for path in _owners if not path.exists()]:
            del _owners[path]
    return removed


def adopt(path: str | Path) -> None:
    """This file belongs to the visitor whose event is at work; see `forget`. Files outside the folder are left alone."""
    path, request = Path(path).absolute(), LocalContext.request.get(None)
    if path.is_relative_to(os.environ["GRADIO_TEMP_DIR"]):
        with _lock:
            _owners.setdefault(path, set()).add(getattr(request, "session_hash", None) or _NOBODY)


def adopt_all(paths: Iterable[str]) -> None:
    """As `adopt`, of every file that a visitor gave: of many, some are read much later, or never."""
    for path in paths:
        adopt(path)


def adopting(read: Callable[[str], Read]) -> Callable[[str], Read]:
    """The same function of a path, which first adopts the file: what a visitor uploads goes when the visitor goes.

    What comes as bytes, out of a zip, lies in no file.
    """

    def first_adopt(source: str | Path | bytes) -> Read:
        if isinstance(source, str | Path):
            adopt(source)
        return read(source)

    return first_adopt


def forget(session: str) -> int:
    """The visitor has closed the page: remove the files that are no one else's. Returns how many files went."""
    removed = 0
    with _lock:
        for path in [path for path, owners in _owners.items() if session in owners]:
            _owners[path].discard(session)
            if _owners[path]:  # the same file came from two visitors, so it lies at one address
                continue
            del _owners[path]
            with suppress(OSError):
                path.unlink()
                removed += 1
                path.parent.rmdir()
    return removed


def write_png(rgb: np.ndarray, name: str) -> str:
    """Write a picture, uint8 RGB (H, W, 3), under a readable name; returns the path."""
    return write_bytes(images.png_bytes(rgb), f"{safe_name(name)}.png")


def write_pngs(pictures: Mapping[str, np.ndarray], name: str) -> dict[str, str]:
    """Write several pictures as `write_png` does, under one name; the path of each."""
    files = each(images.png_bytes, pictures.values())
    return {key: write_bytes(data, f"{safe_name(name)}.png") for key, data in zip(pictures, files, strict=True)}


def write_bytes(data: bytes, name: str) -> str:
    """Write a file under a readable name, e.g. "anna-wrinkleseg.zip"; returns the path.

    It lies where Gradio would copy it to, so that there is no second copy to look after.
    """
    folder = Path(os.environ["GRADIO_TEMP_DIR"]) / processing_utils.hash_bytes(data)
    with _lock:  # `forget` may be about to remove the same file
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / name
        try:
            path.write_bytes(data)
        except OSError:
            path.unlink(missing_ok=True)  # on a full disk the half would be in the way
            raise
    adopt(path)
    return str(path)


def empty_file(name: str) -> str:
    """An empty file under a readable name, to be filled by and by; returns the path, which nobody else is given."""
    path = Path(os.environ["GRADIO_TEMP_DIR"]) / secrets.token_hex(32) / name
    path.parent.mkdir(parents=True)
    path.touch()
    adopt(path)
    return str(path)


def safe_name(name: str) -> str:
    """The name with letters, digits, dot, dash and underscore only, at most 60 characters."""
    return re.sub(r"[^\w.-]+", "-", name).strip("-.")[:60] or "photo"
