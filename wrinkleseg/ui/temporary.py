"""The page's own temporary folder: the only place where photos and results are ever written, emptied within the hour."""

import os
import re
import tempfile
import threading
import time
import uuid
from pathlib import Path

import numpy as np

from wrinkleseg import images

MAX_AGE = 50 * 60
"""Seconds that a file may live. With `SWEEP_EVERY` on top it is gone within the hour."""
SWEEP_EVERY = 5 * 60
_FOLDER = "wrinkleseg-page"


def claim() -> Path:
    """Make the folder, tell Gradio to use it, sweep what an earlier run left. To be called before the page is built."""
    base = Path(os.environ.get("GRADIO_TEMP_DIR") or tempfile.gettempdir())
    user = os.getuid() if hasattr(os, "getuid") else "user"
    folder = base if base.name.startswith(_FOLDER) else base / f"{_FOLDER}-{user}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ["GRADIO_TEMP_DIR"] = str(folder.resolve())
    sweep(folder)
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
    return removed


def write_png(rgb: np.ndarray, name: str) -> str:
    """Write a picture, uint8 RGB (H, W, 3), under a readable name; returns the path."""
    path = _new_path(f"{safe_name(name)}.png")
    images.save_png(path, rgb, level=1)
    return str(path)


def write_bytes(data: bytes, name: str) -> str:
    """Write a file under a readable name, e.g. "anna-wrinkleseg.zip"; returns the path."""
    path = _new_path(name)
    path.write_bytes(data)
    return str(path)


def safe_name(name: str) -> str:
    """The name with letters, digits, dot, dash and underscore only, at most 60 characters."""
    return re.sub(r"[^\w.-]+", "-", name).strip("-.")[:60] or "photo"


def _new_path(name: str) -> Path:
    folder = Path(os.environ["GRADIO_TEMP_DIR"]) / uuid.uuid4().hex
    folder.mkdir(parents=True)
    return folder / name
