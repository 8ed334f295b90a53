"""How this process holds its memory: a program's business, so programs call it and the library never does."""

import ctypes
import os

# mallopt's names (malloc.h). glibc returns each large array to the system when it is freed, and the system clears its
# pages anew for the next one: a sixth of the time of a training step, a tenth of an analysis.
_TRIM_THRESHOLD, _MMAP_MAX, _ARENA_MAX = -1, -4, -8
_OWN_SETTINGS = ("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_MAX_", "MALLOC_MMAP_THRESHOLD_", "MALLOC_ARENA_MAX")

ENOUGH = 1 << 30
"""More than the analysis of a selfie frees, bytes; what a very large photo took goes back."""


def keep_freed(most: int | None = ENOUGH) -> bool:
    """Keep freed memory for the next array: up to `most` bytes (below 2 GiB) at the end of the heap, None for all of it.

    Says whether it was done: only where the C library is glibc, and where nobody has set its allocator up by environment
    variables.
    """
    mallopt = getattr(ctypes.pythonapi, "mallopt", None)  # of this very process: no library is loaded
    if mallopt is None or any(name in os.environ for name in _OWN_SETTINGS):
        return False
    # One heap for all threads, so that what one frees the next may take; large arrays come from it, too. -1 is the
    # largest size there is.
    settings = ((_ARENA_MAX, 1), (_MMAP_MAX, 0), (_TRIM_THRESHOLD, -1 if most is None else most))
    done = [mallopt(ctypes.c_int(name), ctypes.c_int(value)) for name, value in settings]
    return all(done)
