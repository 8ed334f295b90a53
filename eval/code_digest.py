"""Of which code a row of scores is: rows that older code made must not stand beside those of today's."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
SCORING = (
    *("agreement", "benchmark", "effort", "entrants", "groups", "references", "samples", "scenes", "scores"),
    "thresholds",
)
"""The rooms of eval that a row depends on."""
NOT_SCORED = (
    *("__init__", "__main__", "analysis", "annotation", "archive", "batch", "batch_page", "change", "commands", "draw"),
    *("measures", "model_card", "portraits", "report", "report_page", "truth", "ui"),
)
"""The rooms of the library that no row depends on: they show and write what the others find."""


def sources() -> list[Path]:
    """The source files that a row depends on, in order."""
    library = (path for path in (_ROOT / "wrinkleseg").rglob("*.py") if _room(path) not in NOT_SCORED)
    return sorted([*library, *(_ROOT / "eval" / f"{name}.py" for name in SCORING)])


@cache
def code_digest() -> str:
    """First 12 hexadecimal digits of a SHA-256 over `sources` and their names; the same as long as the process runs."""
    files = (f"{path.relative_to(_ROOT).as_posix()} {digest(path)}" for path in sources())
    return hashlib.sha256("\n".join(files).encode()).hexdigest()[:12]


def digest(path: Path) -> str:
    """SHA-256 of a source file, 64 hexadecimal digits. Line ends are not code: a checkout on Windows has others."""
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def _room(path: Path) -> str:
    return path.relative_to(_ROOT / "wrinkleseg").parts[0].removesuffix(".py")
