"""`/models` and `/add_model`: the methods of this page for programs, under names that stay."""

from collections.abc import Sequence
from dataclasses import asdict

import gradio as gr

from wrinkleseg.methods import MethodInfo
from wrinkleseg.ui import flow
from wrinkleseg.ui.endpoints import described, offer
from wrinkleseg.ui.models import view
from wrinkleseg.ui.models.handlers import load
from wrinkleseg.ui.services import Figures, Services
from wrinkleseg.ui.texts import models as texts

LIST, ADD = "models", "add_model"


def build(services: Services) -> None:
    """Add the endpoints, inside `gr.Blocks`."""

    def models() -> list[dict]:
        return [row(info, services.figures(info)) for info in services.methods()]

    def add_model(name: str, request: gr.Request) -> dict:
        found = load(services, name, request)
        if isinstance(found, flow.Failure):
            raise gr.Error(found.message, print_exception=False)
        return row(found, services.figures(found))

    with gr.Column(visible=False):
        rows = described(gr.JSON(label="models"), texts.API_ROWS)
        gr.Button(LIST).click(models, None, rows, api_name=LIST, api_description=texts.API_MODELS, queue=False)
        name = described(gr.Textbox(label="name"), texts.API_ADD_NAME)
        added = described(gr.JSON(label="model"), texts.API_ROW)
        offer(ADD, texts.API_ADD, add_model, name, added)


def row(info: MethodInfo, figures: Sequence[Figures]) -> dict:
    """One method as plain values; the first keys are those of `python -m wrinkleseg models --json`."""
    return {
        **info.to_dict(),
        "non_commercial": view.non_commercial(info.licence),
        "figures": [asdict(one) for one in figures],
    }
