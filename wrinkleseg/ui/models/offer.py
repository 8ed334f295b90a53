"""What this page offers: the methods that are here from the start, and those that were loaded since."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from wrinkleseg import checkpoint, hub
from wrinkleseg.hub import HubError
from wrinkleseg.methods import JOINT, Method, MethodError, MethodInfo
from wrinkleseg.ui.texts import models as texts

MOST = 16
"""Models that may be added while the page runs."""
TASKS = {"wrinkle", "pore"}

log = logging.getLogger(__name__)


class Offer:
    """The methods of one page, for all its visitors."""

    def __init__(self, shipped: Callable[[], Sequence[MethodInfo]], load: Callable[[str], Method]) -> None:
        """shipped: what is here from the start. load: name -> method, kept by whoever gives it; raises MethodError."""
        self._shipped, self._load = shipped, load
        self._added: dict[str, MethodInfo] = {}

    def methods(self) -> list[MethodInfo]:
        """All of them, in the order in which they came."""
        return [*self._shipped(), *self._added.values()]

    def add(self, name: str) -> MethodInfo:
        """Load a folder or "hub:OWNER/NAME[@REVISION]", and offer it from now on; what is offered already is given back.

        Only config.json, model.safetensors and README.md are ever read. Raises MethodError, which never says what a
        file holds.
        """
        name = name.strip()
        if known := next((info for info in self.methods() if info.name == name), None):
            return known
        _check_name(name)
        if len(self._added) >= MOST:
            raise MethodError(texts.ERROR_MOST.format(most=MOST))
        info = self._loaded(name)
        _check_info(info)
        self._added[name] = info
        return info

    def _loaded(self, name: str) -> MethodInfo:
        """What broke inside a file is for the log alone: the name might lead to a file that is nobody's business."""
        try:
            return self._load(name).info
        except MethodError as error:
            if isinstance(error.__cause__, HubError):
                raise
            log.warning("a model could not be loaded", exc_info=error)
        except Exception as error:
            log.warning("a model could not be loaded", exc_info=error)
        raise MethodError(texts.ERROR_BROKEN.format(name=name))


def _check_name(name: str) -> None:
    """Raises MethodError for what is neither a repository's name nor a model's folder."""
    if not name:
        raise MethodError(texts.ERROR_NO_NAME)
    if JOINT in name:
        raise MethodError(texts.ERROR_SEVERAL.format(name=name))
    if name.startswith(hub.PREFIX):
        try:
            hub.address(name)
        except HubError as error:
            raise MethodError(str(error)) from error
    elif not all(_own_file(Path(name) / file) for file in (checkpoint.CONFIG, checkpoint.WEIGHTS)):
        raise MethodError(texts.ERROR_NO_FOLDER.format(name=name))


def _own_file(path: Path) -> bool:
    """A file that lies there itself: a link may lead anywhere."""
    try:
        return path.is_file() and not path.is_symlink()
    except (OSError, ValueError):  # a name that no file can have
        return False


def _check_info(info: MethodInfo) -> None:
    """Raises MethodError for a model that says nothing of wrinkles or pores, or lacks a threshold."""
    tasks = set(info.tasks)
    if not tasks or not tasks <= TASKS:
        raise MethodError(texts.ERROR_TASKS.format(name=info.name))
    good = (isinstance(info.thresholds.get(task), int | float) and 0 <= info.thresholds[task] <= 1 for task in tasks)
    if not all(good):
        raise MethodError(texts.ERROR_THRESHOLD.format(name=info.name))
