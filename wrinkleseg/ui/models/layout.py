"""The components of the tab about the methods: loading another on the left, all that are here on the right."""

from dataclasses import dataclass

import gradio as gr

from wrinkleseg.ui import cards, parts
from wrinkleseg.ui.models import view
from wrinkleseg.ui.services import Services
from wrinkleseg.ui.texts import models as texts


@dataclass(frozen=True, eq=False)
class Parts:
    """The components of the tab that its events read or change. Without a way to load: None."""

    listing: gr.HTML
    name: gr.Textbox | None = None
    load: gr.Button | None = None
    status: gr.HTML | None = None


def build(services: Services, may_load: bool, offline: bool) -> Parts:
    """Lay the tab out, inside `gr.Tab`. offline: nothing new can be fetched from the Hub."""
    with gr.Row(elem_classes="ws-columns", elem_id="models"):
        with gr.Column(elem_classes="ws-left", min_width=280):
            left = _load(offline) if may_load else _closed()
        with gr.Column(elem_classes="ws-right", min_width=280):
            listing = parts.fragment(view.listing(services, services.methods()), "models-list")
    return Parts(listing, **left)


def _load(offline: bool) -> dict:
    with gr.Column(elem_id="models-load", elem_classes="ws-card"):
        parts.fragment(f"<h3>{texts.LOAD}</h3>", "models-load-title")
        name = gr.Textbox(
            label=texts.LOAD_LABEL, info=texts.LOAD_HINT, max_lines=1, max_length=400, elem_id="models-name"
        )
        load = gr.Button(texts.LOAD_BUTTON, variant="primary", elem_id="models-run")
        said = [texts.LOAD_SAFE, texts.LOAD_OFFLINE] if offline else [texts.LOAD_SAFE]
        parts.fragment("".join(cards.hint(text) for text in said), "models-hint")
    status = parts.fragment("", "models-status", live=True)
    return {"name": name, "load": load, "status": status}


def _closed() -> dict:
    with gr.Column(elem_id="models-load", elem_classes="ws-card"):
        parts.fragment(f"<h3>{texts.LOAD}</h3>{cards.hint(texts.LOAD_CLOSED)}", "models-closed")
    return {}
