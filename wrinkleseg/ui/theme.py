"""How the page looks: Gradio's theme with fonts of the reader's own system, so that nothing is fetched from outside, and the style sheet's place."""

from pathlib import Path

import gradio as gr
from gradio.themes.utils import colors, sizes

STYLE = Path(__file__).with_name("style.css")
SCRIPT = Path(__file__).with_name("script.js")
SYSTEM_FONTS = (
    "system-ui",
    "-apple-system",
    "Segoe UI",
    "Roboto",
    "Noto Sans",
    "Helvetica Neue",
    "Arial",
    "sans-serif",
)
SYSTEM_MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "Liberation Mono", "monospace")
DESCRIPTION = '<meta name="description" content="Wrinkles and pores on a photo of a face, zone by zone.">'


def theme() -> gr.themes.Base:
    """Calm: warm greys, one green-blue accent, thin lines, no shadows."""
    base = gr.themes.Base(
        primary_hue=colors.teal,
        secondary_hue=colors.teal,
        neutral_hue=colors.stone,
        radius_size=sizes.radius_lg,
        font=SYSTEM_FONTS,
        font_mono=SYSTEM_MONO,
    )
    return base.set(
        body_background_fill="#f7f6f3",
        body_background_fill_dark="#171614",
        block_background_fill="transparent",
        block_background_fill_dark="transparent",
        block_border_width="0px",
        block_border_width_dark="0px",
        block_shadow="none",
        block_label_background_fill="transparent",
        block_label_background_fill_dark="transparent",
        block_title_text_weight="600",
        block_title_text_color="#1f2a2c",
        block_title_text_color_dark="#ece9e4",
        block_info_text_color="#5b6466",
        block_info_text_color_dark="#b0aaa2",
        body_text_color_subdued="#5b6466",
        body_text_color_subdued_dark="#b0aaa2",
        block_title_text_size="*text_sm",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_dark="*primary_700",
        button_primary_background_fill_hover_dark="*primary_800",
        button_primary_text_color="white",
        button_secondary_background_fill="white",
        button_secondary_background_fill_hover="#e3f1ef",
        button_secondary_background_fill_dark="#211f1d",
        button_secondary_background_fill_hover_dark="#163532",
        button_secondary_border_color="#d5d1c8",
        button_secondary_border_color_hover="*primary_700",
        button_secondary_border_color_dark="#4a4641",
        button_border_width="1px",
        button_border_width_dark="1px",
        slider_color="*primary_700",
        slider_color_dark="*primary_500",
        checkbox_background_color_selected="*primary_700",
        checkbox_border_color_selected="*primary_700",
    )


def styles() -> list[Path]:
    """The page's style sheet, then each tab's own."""
    return [STYLE, *sorted(STYLE.parent.glob("*/style.css"))]


def head() -> str:
    """What goes into the page's head: a description and the page's script."""
    return f"{DESCRIPTION}<script>{SCRIPT.read_text(encoding='utf-8')}</script>"
