"""The whole page: header, tabs, public interface, footer; and how it is served."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import gradio as gr
from gradio.context import LocalContext

from wrinkleseg.ui import cards, head, held, parts, temporary, texts, theme
from wrinkleseg.ui.annotate import api as annotate_api
from wrinkleseg.ui.annotate import tab as annotate
from wrinkleseg.ui.batch import api as batch_api
from wrinkleseg.ui.batch import tab as batch
from wrinkleseg.ui.change import api as change_api
from wrinkleseg.ui.change import tab as change
from wrinkleseg.ui.compare import api as compare_api
from wrinkleseg.ui.compare import tab as compare
from wrinkleseg.ui.models import api as models_api
from wrinkleseg.ui.models import tab as models
from wrinkleseg.ui.photo import api as photo_api
from wrinkleseg.ui.photo import faces_api
from wrinkleseg.ui.photo import tab as photo
from wrinkleseg.ui.services import Services
from wrinkleseg.ui.texts import annotate as annotate_texts
from wrinkleseg.ui.texts import batch as batch_texts
from wrinkleseg.ui.texts import change as change_texts
from wrinkleseg.ui.texts import models as models_texts

APIS = (photo_api, faces_api, change_api, batch_api, annotate_api, compare_api, models_api)
"""What programs may call, tab by tab."""

_FOR_ONE = ((change_texts.TAB, change), (batch_texts.TAB, batch), (annotate_texts.TAB, annotate))
MAX_MEMORY_SESSIONS = 16
"""Results kept in memory at once; the one that was used longest ago goes first. See `held` for how large they may be."""

MAX_WAITING = 32
"""Events in line at once; who comes later is told that the page is busy."""


def build(services: Services, tabs: Sequence[tuple[str, Callable[[], object]]] = ()) -> gr.Blocks:
    """The page as `gr.Blocks`. Claims the temporary folder first, since components remember it.

    tabs: title and builder of more tabs, for what the library does not know; a builder is called inside its `gr.Tab`.
    """
    folder = temporary.claim()
    adopting = temporary.adopting
    read = held.making_room(adopting(services.read))
    services = replace(services, read=read, read_mask=adopting(services.read_mask))
    every, age = temporary.SWEEP_EVERY, temporary.MAX_AGE
    with gr.Blocks(title=texts.TITLE, analytics_enabled=False, delete_cache=(every, age), fill_width=True) as page:
        parts.fragment(cards.header(), "header")
        with gr.Tabs(elem_id="tabs"):
            with gr.Tab(texts.TAB_PHOTO):
                first = photo.build(services)
            for title, room in _FOR_ONE:
                with gr.Tab(title):
                    room.build(services)
            with gr.Tab(texts.TAB_COMPARE) as tab:
                compare.build(services, tab, first.session)
            for title, build_tab in tabs:
                with gr.Tab(title):
                    build_tab()
            with gr.Tab(models_texts.TAB):
                models.build(services)
        for api in APIS:
            api.build(services)
        parts.fragment(cards.footer(), "footer")
        page.unload(_on_close)
    # On Spaces, Gradio's page would fetch a header's fonts and figures from other sites, if it knew that it is there.
    page.space_id = None
    page.queue(max_size=MAX_WAITING)
    temporary.keep_empty(Path(folder))
    return page


def _on_close(request: gr.Request) -> None:
    """The visitor has gone: so do the visitor's results in memory and files on disk."""
    blocks = LocalContext.blocks.get(None)
    if blocks is not None:
        blocks.state_holder.delete_state(request.session_hash)
    temporary.forget(request.session_hash)


def launch_options(max_file_size: int) -> dict:
    """Arguments of `Blocks.launch`; host and port come from GRADIO_SERVER_NAME and GRADIO_SERVER_PORT."""
    return {
        "theme": theme.theme(),
        "css_paths": theme.styles(),
        "head": head.head(),
        "max_file_size": max_file_size,
        "state_session_capacity": MAX_MEMORY_SESSIONS,
        "footer_links": ["api"],
        "ssr_mode": False,
        "share": False,
        "show_error": False,
        "enable_monitoring": False,
    }
