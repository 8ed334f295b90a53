"""What tabs have in common that offer methods: the methods are asked for anew each time, since a visitor may add one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from wrinkleseg.methods import MethodInfo
from wrinkleseg.ui import choices, texts
from wrinkleseg.ui.services import Services

QUIET = {"show_progress": "hidden", "api_visibility": "private"}
"""Options of the page's own events: no progress bar of Gradio's, no public name."""


class Events:
    """The events of one tab. They keep nothing: what a visitor has is in `gr.State`."""

    def __init__(self, services: Services, parts: Any) -> None:
        self.services, self.parts = services, parts

    @property
    def infos(self) -> Sequence[MethodInfo]:
        """The methods that work now."""
        return self.services.methods()


def method_dropdowns(infos: Sequence[MethodInfo], usual: dict[str, str | None], elem_id: str) -> dict[str, gr.Dropdown]:
    """A choice of method for each task. usual: what is chosen first. elem_id: what each one's begins with."""
    labels = {"wrinkle": texts.WRINKLE_METHOD, "pore": texts.PORE_METHOD}
    return {
        task: gr.Dropdown(
            choices.for_task(infos, task),
            value=name,
            label=labels[task],
            filterable=False,
            elem_id=f"{elem_id}-{task}",
        )
        for task, name in usual.items()
    }


def when_opened(update: Callable, outputs: Any, inputs: Any = None) -> None:
    """Call `update` when the tab that is being built is chosen; outside a `gr.Tab`, as in tests, never."""
    if isinstance(tab := gr.context.Context.block, gr.Tab):
        tab.select(update, inputs, outputs, queue=False, **QUIET)


def offer_all(services: Services, drops: dict[str, gr.Dropdown]) -> None:
    """When the tab is chosen, each task's dropdown offers the methods that there are now. What is chosen stays chosen."""

    def update() -> list[gr.Dropdown]:
        infos = services.methods()
        return [gr.Dropdown(choices=choices.for_task(infos, task)) for task in drops]

    when_opened(update, list(drops.values()))
