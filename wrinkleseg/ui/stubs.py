"""Gradio without the files that it writes for editors."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_stubs() -> Iterator[None]:
    """Inside, Gradio is imported without looking after the stub (.pyi) beside each of its components.

    That takes a third of the import, at every start. Gradio leaves out components whose file is not known to `inspect`
    (an OSError), so for as long as this lasts none of them is.
    """
    known = inspect.getfile

    def getfile(thing: object) -> str:
        if type(thing).__name__ == "ComponentMeta":
            raise OSError("no stub is wanted")
        return known(thing)

    inspect.getfile = getfile
    try:
        yield
    finally:
        inspect.getfile = known
