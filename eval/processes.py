"""The processes that share a run: those that `accelerate launch` or torchrun started, or this one alone."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from accelerate import PartialState

Item = TypeVar("Item")
_PATIENCE = timedelta(days=7)  # one process may be done long before another


@dataclass(frozen=True)
class Team:
    """This process among `count`; number 0 leads. state: None for one alone."""

    number: int = 0
    count: int = 1
    state: PartialState | None = None

    @classmethod
    def join(cls, on_cpu: bool) -> Team:
        """The team that the launcher started. Each process gets its own GPU unless `on_cpu`."""
        if int(os.environ.get("WORLD_SIZE", 1)) < 2:
            return cls()
        from accelerate import PartialState

        state = PartialState(cpu=on_cpu, timeout=_PATIENCE)
        return cls(state.process_index, state.num_processes, state)

    @property
    def leads(self) -> bool:
        """Whether this process makes what all share."""
        return self.number == 0

    def share(self, items: Sequence[Item]) -> list[Item]:
        """What this process does: every `count`-th item, dealt by number."""
        return list(items[self.number :: self.count])

    def wait(self) -> None:
        """Until all processes have come here."""
        if self.state:
            self.state.wait_for_everyone()

    def leave(self) -> None:
        """No more waiting."""
        if self.state:
            self.state.destroy_process_group()


def speaks() -> bool:
    """Whether this is the process that tells what went wrong, known before any team is joined."""
    return int(os.environ.get("RANK", 0)) == 0
