"""The tab that looks at one photo: lays it out and connects its events. Its public interface is `photo.api`, not these."""

import gradio as gr

from wrinkleseg.ui import flow, parts
from wrinkleseg.ui.photo import layout
from wrinkleseg.ui.photo.handlers import Handlers
from wrinkleseg.ui.photo.layout import Parts
from wrinkleseg.ui.services import Services
from wrinkleseg.ui.tabs import QUIET, offer_all


def build(services: Services) -> Parts:
    """Build the tab, inside `gr.Blocks`."""
    infos = services.methods()
    found = layout.build(services, infos)
    handlers = Handlers(services, found)
    offer_all(services, found.methods)
    _connect_runs(found, handlers)
    _connect_controls(found, handlers)
    _connect_download(found, handlers)
    return found


def _connect_runs(found: Parts, handlers: Handlers) -> None:
    """Whatever starts an analysis. The last one wins: a photo given while another is looked at is looked at next."""
    runs = {
        "outputs": found.shown,
        "concurrency_id": flow.QUEUE,
        "concurrency_limit": 1,
        "trigger_mode": "always_last",
        **QUIET,
    }
    asked = [found.session, *found.methods.values(), *found.controls]
    starts = [
        found.photo.input(handlers.on_file, [found.photo, *asked], **runs),
        found.other_file.upload(handlers.on_file, [found.other_file, *asked], **runs),
        found.examples.click(handlers.on_example, asked, **runs),
        found.faces.click(handlers.on_face, asked, **runs),
    ]
    for drop in found.methods.values():
        usual = drop.input(handlers.usual, [*found.methods.values()], found.usual, queue=False, **QUIET)
        starts.append(usual.then(handlers.on_method, asked, **runs))
    for start in starts:
        start.then(None, js=parts.show_script("#status section", "#notices section", "#result"), **QUIET)
        start.then(handlers.on_settled, [found.session, *found.controls], found.redrawn, **QUIET)
    found.photo.clear(handlers.on_clear, found.session, found.shown, queue=False, cancels=starts, **QUIET)
    found.cancel.click(handlers.on_cancel, found.session, found.shown, queue=False, cancels=starts, **QUIET)


def _connect_controls(found: Parts, handlers: Handlers) -> None:
    """Whatever only draws or measures again. One event for all, so that the last state of the controls is what is drawn."""
    redraw = {
        "fn": handlers.on_control,
        "inputs": [found.session, *found.controls],
        "outputs": found.redrawn,
        "trigger_mode": "always_last",
        "concurrency_limit": 2,
        **QUIET,
    }
    # A number that is emptied or too large is put right when the field is left, which is no input.
    moved = [*(control.input for control in found.controls), *(each.release for each in found.thresholds.values())]
    gr.on(moved, **redraw)
    look = {"outputs": found.close, "trigger_mode": "always_last", "concurrency_limit": 2, **QUIET}
    found.picture.click(handlers.on_look, [found.session, *found.controls], **look)
    usual = found.reset.click(handlers.usual, [*found.methods.values()], found.usual, queue=False, **QUIET)
    usual.then(**redraw)


def _connect_download(found: Parts, handlers: Handlers) -> None:
    """The zip is made when it is asked for, so that it holds the thresholds that are on the page."""
    made = found.download.click(handlers.on_download, found.session, found.archive, **QUIET)
    made.success(None, found.archive, js=parts.DOWNLOAD_SCRIPT, **QUIET)
