"""The tab that measures many photos: lays it out and connects its events. Its public interface is `batch.api`."""

import gradio as gr

from wrinkleseg.ui import flow, parts
from wrinkleseg.ui.batch import layout
from wrinkleseg.ui.batch.handlers import Handlers
from wrinkleseg.ui.batch.layout import Parts
from wrinkleseg.ui.services import Services
from wrinkleseg.ui.tabs import QUIET, offer_all


def build(services: Services) -> None:
    """Build the tab, inside its `gr.Tab`."""
    infos = services.methods()
    found = layout.build(services, infos)
    handlers = Handlers(services, found)
    offer_all(services, found.methods)
    _connect_work(found, handlers)
    _connect_choice(found, handlers)
    _connect_download(found, handlers)


def _connect_work(found: Parts, handlers: Handlers) -> None:
    """Every turn asks for the next by a new number; each waits in one line with the analyses of other tabs and visitors."""
    asked = [found.files, found.turn, *found.methods.values()]
    begun = found.run.click(handlers.on_run, asked, found.shown, **QUIET)
    begun.then(None, js=parts.show_script("#batch-status section"), **QUIET)
    gr.on(
        found.turn.change,
        handlers.on_turn,
        [found.job, found.stopped, found.turn],
        found.shown,
        concurrency_id=flow.QUEUE,
        concurrency_limit=1,
        trigger_mode="multiple",
        **QUIET,
    )
    found.stop.click(handlers.on_stop, found.job, [found.stopped, found.status, found.stop], queue=False, **QUIET)


def _connect_choice(found: Parts, handlers: Handlers) -> None:
    found.files.change(handlers.on_files, [found.files, found.job], found.shown, **QUIET)
    drops = [*found.methods.values()]
    for drop in drops:
        drop.input(handlers.on_methods, drops, found.about, queue=False, **QUIET)


def _connect_download(found: Parts, handlers: Handlers) -> None:
    made = found.download.click(handlers.on_download, found.job, found.archive, **QUIET)
    made.success(None, found.archive, js=parts.DOWNLOAD_SCRIPT, **QUIET)
