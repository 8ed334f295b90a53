"""What tabs have in common that offer methods: the methods are asked for anew each time, since a visitor may add one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from wrinkleseg.methods import MethodInfo
from wrinkleseg.ui import choices
from wrinkleseg.ui.services import Services


class Events:
    """The events of one tab. They keep nothing: what a visitor has is in `gr.State`."""

    def __init__(self, services: Services, parts: Any) -> None:
        self.services, self.parts = services, parts

    @property
    def infos(self) -> Sequence[MethodInfo]:
        """The methods that work now."""
        return self.services.methods()


def when_opened(update: Callable, outputs: Any, inputs: Any = None) -> None:
    """Call `update` when the tab that is being built is chosen; outside a `gr.Tab`, as in tests, never."""
    if isinstance(tab := gr.context.Context.block, gr.Tab):
        tab.select(update, inputs, outputs, queue=False, show_progress="hidden", api_visibility="private")


def offer_all(services: Services, drops: dict[str, gr.Dropdown]) -> None:
    """When the tab is chosen, each task's dropdown offers the methods that there are now. What is chosen stays chosen."""

    def update() -> list[gr.Dropdown]:
        infos = services.methods()
        return [gr.Dropdown(choices=choices.for_task(infos, task)) for task in drops]

    when_opened(update, list(drops.values()))
