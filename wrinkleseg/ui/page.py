"""The whole page: header, tabs, public interface, footer; and how it is served."""

from collections.abc import Callable, Sequence
from pathlib import Path

import gradio as gr

from wrinkleseg.ui import cards, parts, temporary, texts, theme
from wrinkleseg.ui.compare import tab as compare
from wrinkleseg.ui.photo import api
from wrinkleseg.ui.photo import tab as photo
from wrinkleseg.ui.services import Services

MAX_MEMORY_SESSIONS = 16
"""Results kept in memory at once; the one that was used longest ago goes first."""


def build(services: Services, tabs: Sequence[tuple[str, Callable[[], object]]] = ()) -> gr.Blocks:
    """The page as `gr.Blocks`. Claims the temporary folder first, since components remember it.

    tabs: title and builder of more tabs, for what the library does not know; a builder is called inside its `gr.Tab`.
    """
    folder = temporary.claim()
    every, age = temporary.SWEEP_EVERY, temporary.MAX_AGE
    with gr.Blocks(title=texts.TITLE, analytics_enabled=False, delete_cache=(every, age), fill_width=True) as page:
        parts.fragment(cards.header(), "header")
        with gr.Tabs(elem_id="tabs"):
            with gr.Tab(texts.TAB_PHOTO):
                first = photo.build(services)
            with gr.Tab(texts.TAB_COMPARE) as tab:
                compare.build(services, tab, first.session)
            for title, build_tab in tabs:
                with gr.Tab(title):
                    build_tab()
        api.build(services)
        parts.fragment(cards.footer(), "footer")
    page.queue(max_size=32)
    temporary.keep_empty(Path(folder))
    return page


def launch_options(max_file_size: int) -> dict:
    """Arguments of `Blocks.launch`; host and port come from GRADIO_SERVER_NAME and GRADIO_SERVER_PORT."""
    return {
        "theme": theme.theme(),
        "css_paths": theme.styles(),
        "head": theme.head(),
        "max_file_size": max_file_size,
        "state_session_capacity": MAX_MEMORY_SESSIONS,
        "footer_links": ["api"],
        "ssr_mode": False,
        "share": False,
        "show_error": False,
        "enable_monitoring": False,
    }
