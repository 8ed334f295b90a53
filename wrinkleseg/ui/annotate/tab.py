"""The tab where a person draws a data set: lays it out and connects its events."""

import gradio as gr

from wrinkleseg.ui import flow, parts
from wrinkleseg.ui.annotate import layout
from wrinkleseg.ui.annotate.handlers import Handlers
from wrinkleseg.ui.annotate.layout import Parts
from wrinkleseg.ui.services import Services
from wrinkleseg.ui.tabs import QUIET, when_opened


def build(services: Services) -> None:
    """Build the tab, inside its `gr.Tab`."""
    infos = services.methods()
    found = layout.build(services, infos)
    handlers = Handlers(services, found)
    when_opened(handlers.on_open, found.start_method, found.start_task)
    _connect_photos(found, handlers)
    _connect_strokes(found, handlers)
    _connect_start(found, handlers)
    _connect_save(found, handlers)


def _connect_photos(found: Parts, handlers: Handlers) -> None:
    """Whatever opens another photo. All that reads the work waits in one line, so that nothing is done to an old one."""
    options = {"outputs": found.opened, **_LINE}
    starts = [
        found.files.upload(handlers.on_files, [found.files, *found.drawn], **options),
        found.examples.click(handlers.on_example, found.drawn, **options),
    ]
    for start in starts:
        start.then(None, js=parts.show_script("#annotate-status section", "#annotate-room"), **QUIET)
    found.photos.click(handlers.on_photo, found.drawn, **options)
    found.previous.click(handlers.on_previous, found.drawn, **options)
    found.next.click(handlers.on_next, found.drawn, **options)
    found.remove.click(handlers.on_remove, found.drawn, **options)


def _connect_strokes(found: Parts, handlers: Handlers) -> None:
    """One event for all that changes the crisp result; while one is made, only the last of the others is waited for."""
    changes = [found.editor.input, found.width.submit, found.width.blur]
    changes += [slider.input for slider in found.strictness.values()]
    gr.on(changes, handlers.on_stroke, found.drawn, found.opened, trigger_mode="always_last", **_LINE)


def _connect_start(found: Parts, handlers: Handlers) -> None:
    found.start_task.input(handlers.on_task, found.start_task, found.start_method, queue=False, **QUIET)
    asked = [found.start_task, found.start_method, *found.drawn]
    found.start.click(handlers.on_start, asked, found.opened, **{**_LINE, "show_progress": "full"})


def _connect_save(found: Parts, handlers: Handlers) -> None:
    made = found.save.click(handlers.on_save, [found.name, *found.drawn], [*found.followed, found.archive], **_LINE)
    made.success(None, found.archive, js=parts.DOWNLOAD_SCRIPT, **QUIET)


_LINE = {"concurrency_id": flow.QUEUE, "concurrency_limit": 1, **QUIET}
