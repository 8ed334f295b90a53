"""Freed memory stays with the process: seen by the pages that the system has to hand out anew."""

import os
import subprocess
import sys

import pytest

from wrinkleseg import allocator

FAULTS = """
import resource
import numpy as np
from wrinkleseg import allocator
kept = {call}
def fill():
    return np.ones(48 << 20, np.uint8)
fill()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(4):
    fill()
print(kept, resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def asked(call: str, **settings: str) -> tuple[str, int]:
    """What the call said in a fresh process, and the pages that four arrays of 48 MiB took from the system after it."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    # Whole pages of 4 KiB, whatever the system would do with larger ones.
    environment = plain | {"NUMPY_MADVISE_HUGEPAGE": "0"} | settings
    run = subprocess.run(
        [sys.executable, "-c", FAULTS.format(call=call)], env=environment, capture_output=True, text=True, check=True
    )
    said, faults = run.stdout.split()
    return said, int(faults)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc only")
def test_freed_memory_serves_the_next_array() -> None:
    # An array is 12288 pages.
    assert asked("False")[1] > 4 * 12000
    said, faults = asked("allocator.keep_freed()")
    assert said == "True" and faults < 200
    assert asked("allocator.keep_freed(None)")[1] < 200
    assert asked("allocator.keep_freed(1 << 20)")[1] > 4 * 12000


def test_settings_of_the_machine_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MALLOC_ARENA_MAX", "4")
    assert not allocator.keep_freed()
