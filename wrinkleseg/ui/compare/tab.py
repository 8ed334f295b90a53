"""The tab that compares methods on one photo: lays it out and connects its events."""

import gradio as gr

from wrinkleseg.ui import flow, parts
from wrinkleseg.ui.compare import layout
from wrinkleseg.ui.compare.handlers import Handlers
from wrinkleseg.ui.compare.layout import Parts
from wrinkleseg.ui.services import Services
from wrinkleseg.ui.tabs import QUIET, when_opened


def build(services: Services, tab: gr.Tab, session: gr.State) -> None:
    """Build the tab, inside `tab`. `session`: what the first tab keeps, a `flow.Session`; its photo is carried over."""
    infos = services.methods()
    found = layout.build(services, infos)
    handlers = Handlers(services, found)
    when_opened(handlers.on_offer, found.methods, found.task)
    tab.select(handlers.on_open, [session, found.given], found.shown, **QUIET)
    runs = _connect_runs(found, handlers)
    _connect_photo(found, handlers, runs)
    _connect_choice(found, handlers)


def _connect_runs(found: Parts, handlers: Handlers) -> list:
    """Whatever starts methods. They wait in one line with the analyses of the first tab."""
    options = {"outputs": found.shown, "concurrency_id": flow.QUEUE, "concurrency_limit": 1, **QUIET}
    runs = [
        found.run.click(handlers.on_compare, found.asked, **options),
        found.faces.click(handlers.on_face, found.asked, **options),
    ]
    found.run.click(None, js=parts.show_script("#compare-status section", "#compare-result"), **QUIET)
    return runs


def _connect_photo(found: Parts, handlers: Handlers, runs: list) -> None:
    """A photo comes or goes; a comparison of the one before ends."""
    options = {"outputs": found.shown, "cancels": runs, **QUIET}
    found.photo.input(handlers.on_file, found.photo, **options)
    found.other_file.upload(handlers.on_file, found.other_file, **options)
    found.examples.click(handlers.on_example, None, **options)
    found.photo.clear(handlers.on_clear, None, queue=False, **options)


def _connect_choice(found: Parts, handlers: Handlers) -> None:
    said = [found.chosen, found.about, found.run]
    found.task.input(handlers.on_task, found.task, [found.methods, found.truth, *said], queue=False, **QUIET)
    found.methods.input(handlers.on_methods, found.methods, said, queue=False, trigger_mode="always_last", **QUIET)
