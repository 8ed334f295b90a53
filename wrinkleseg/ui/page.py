"""The whole page: header, tab, public interface, footer; and how it is served."""

from pathlib import Path

import gradio as gr

from wrinkleseg.ui import analyse, api, cards, parts, temporary, texts, theme
from wrinkleseg.ui.services import Services

MAX_MEMORY_SESSIONS = 16
"""Results kept in memory at once; the one that was used longest ago goes first."""


def build(services: Services) -> gr.Blocks:
    """The page as `gr.Blocks`. Claims the temporary folder first, since components remember it."""
    folder = temporary.claim()
    every, age = temporary.SWEEP_EVERY, temporary.MAX_AGE
    with gr.Blocks(title=texts.TITLE, analytics_enabled=False, delete_cache=(every, age), fill_width=True) as page:
        parts.fragment(cards.header(), "header")
        analyse.build(services)
        api.build(services)
        parts.fragment(cards.footer(), "footer")
    page.queue(max_size=32)
    temporary.keep_empty(Path(folder))
    return page


def launch_options(max_file_size: int) -> dict:
    """Arguments of `Blocks.launch`; host and port come from GRADIO_SERVER_NAME and GRADIO_SERVER_PORT."""
    return {
        "theme": theme.theme(),
        "css_paths": [theme.STYLE],
        "head": theme.head(),
        "max_file_size": max_file_size,
        "state_session_capacity": MAX_MEMORY_SESSIONS,
        "footer_links": ["api"],
        "ssr_mode": False,
        "share": False,
        "show_error": False,
        "enable_monitoring": False,
    }
