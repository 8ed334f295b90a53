"""What programs read about an endpoint's parameters: their names come from the function, their words from here."""

from typing import TypeVar

from gradio.components import Component

Described = TypeVar("Described", bound=Component)


def described(component: Described, text: str) -> Described:
    """The component, with a sentence that the list of endpoints (`view_api`, `/gradio_api/info`) shows beside its type."""
    known = component.api_info()
    component.api_info_as_input = lambda: {**known, "additional_description": text}
    component.api_info_as_output = lambda: {**known, "description": text}
    return component
