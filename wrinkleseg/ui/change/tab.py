"""The tab that compares photos of one person over time: lays it out and connects its events."""

from wrinkleseg.ui import flow, parts
from wrinkleseg.ui.change import layout
from wrinkleseg.ui.change.handlers import Handlers
from wrinkleseg.ui.change.layout import Parts
from wrinkleseg.ui.services import Services
from wrinkleseg.ui.tabs import QUIET, offer_all


def build(services: Services) -> None:
    """Build the tab, inside its `gr.Tab`."""
    infos = services.methods()
    found = layout.build(services, infos)
    handlers = Handlers(services, found)
    offer_all(services, found.methods)
    _connect_run(found, handlers)
    _connect_view(found, handlers)


def _connect_run(found: Parts, handlers: Handlers) -> None:
    """Photos, dates, the comparison and its end. It waits in one line with the analyses of the other tabs."""
    methods = list(found.methods.values())
    asked = [found.followed, found.given, *methods]
    work = {"outputs": found.shown, "concurrency_id": flow.QUEUE, "concurrency_limit": 1, **QUIET}
    running = found.run.click(handlers.on_run, asked, **work)
    found.run.click(None, js=parts.show_script("#change-status section", "#change-result"), **QUIET)
    found.stop.click(handlers.on_stop, None, found.shown, cancels=[running], queue=False, **QUIET)
    listed = [found.given, found.dates, found.dated, *found.shown]
    found.files.change(handlers.on_files, [found.files, found.given], listed, cancels=[running], queue=False, **QUIET)
    dated = {"queue": False, "trigger_mode": "always_last", **QUIET}
    found.dates.input(handlers.on_dates, found.given, [found.given, found.dated], **dated)
    for method in methods:
        method.input(handlers.on_method, methods, found.about, queue=False, **QUIET)


def _connect_view(found: Parts, handlers: Handlers) -> None:
    """What a visitor may look at in a result, and its download."""
    for control in found.views:
        read = [found.followed, *found.views]
        control.input(handlers.on_view, read, found.redrawn, queue=False, trigger_mode="always_last", **QUIET)
    made = found.download.click(handlers.on_download, found.followed, found.archive, queue=False, **QUIET)
    made.success(None, found.archive, js=parts.DOWNLOAD_SCRIPT, **QUIET)
