"""The tab about the methods: lays it out and connects its events. Its public interface is `models.api`, not these."""

import os

import gradio as gr

from wrinkleseg.ui import flow
from wrinkleseg.ui.models import access, layout
from wrinkleseg.ui.models.handlers import Handlers
from wrinkleseg.ui.models.layout import Parts
from wrinkleseg.ui.services import Services
from wrinkleseg.ui.tabs import QUIET, when_opened


def build(services: Services) -> Parts:
    """Build the tab, inside its `gr.Tab`."""
    may_load = services.add_method is not None and access.served_at_home(os.environ)
    found = layout.build(services, may_load, os.environ.get("HF_HUB_OFFLINE", "") in _YES)
    handlers = Handlers(services, found)
    when_opened(handlers.on_open, found.listing)
    if may_load:
        gr.on(
            [found.load.click, found.name.submit],
            handlers.on_load,
            found.name,
            [found.status, found.name, found.listing],
            concurrency_id=flow.QUEUE,
            concurrency_limit=1,
            **QUIET,
        )
    return found


_YES = {"1", "on", "yes", "true", "ON", "YES", "TRUE"}  # as the Hub's client reads it
