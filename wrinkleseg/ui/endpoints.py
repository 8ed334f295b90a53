"""Endpoints for programs: how they are offered, and what is told of their parameters, whose names come from the function."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import gradio as gr
from gradio.components import Component
from gradio.data_classes import ListFiles

from wrinkleseg.ui import flow

Described = TypeVar("Described", bound=Component)


class _Files(ListFiles):
    """Files that were sent; one that comes alone is a list of one."""

    @classmethod
    def model_validate(cls, obj: object, **options) -> ListFiles:
        return super().model_validate([obj] if isinstance(obj, dict) else obj, **options)


def files(label: str) -> gr.File:
    """An argument that takes any number of files, one alone without a list around it as well."""
    component = gr.File(label=label, file_count="multiple")
    component.data_model = _Files
    return component


def described(component: Described, text: str) -> Described:
    """The component, with a sentence that the list of endpoints (`view_api`, `/gradio_api/info`) shows beside its type."""
    known = component.api_info()
    component.api_info_as_input = lambda: {**known, "additional_description": text}
    component.api_info_as_output = lambda: {**known, "description": text}
    return component


def offer(
    name: str,
    about: str,
    run: Callable,
    inputs: Component | Sequence[Component],
    outputs: Component | Sequence[Component],
) -> None:
    """Add an endpoint `/name`, inside `gr.Blocks`, that waits its turn with the page's own analyses."""
    turn = {"concurrency_id": flow.QUEUE, "concurrency_limit": 1}
    gr.Button(name).click(run, inputs, outputs, api_name=name, api_description=about, **turn)
