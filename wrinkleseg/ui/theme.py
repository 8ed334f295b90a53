"""How the page looks: Gradio's theme with fonts of the reader's own system, so that nothing is fetched from outside, and the style sheet's place."""

from pathlib import Path

import gradio as gr
from gradio.themes.utils import colors, sizes

STYLE = Path(__file__).with_name("style.css")
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
# By Gradio's name: by day and by night.
_COLOURS = {
    "body_background_fill": ("#f7f6f3", "#171614"),
    "block_background_fill": ("transparent", "transparent"),
    "block_border_width": ("0px", "0px"),
    "block_label_background_fill": ("transparent", "transparent"),
    "block_title_text_color": ("#1f2a2c", "#ece9e4"),
    "block_info_text_color": ("#5b6466", "#b0aaa2"),
    "body_text_color_subdued": ("#5b6466", "#b0aaa2"),
    "button_primary_background_fill": ("*primary_700", "*primary_700"),
    "button_primary_background_fill_hover": ("*primary_800", "*primary_800"),
    "button_secondary_background_fill": ("white", "#211f1d"),
    "button_secondary_background_fill_hover": ("#e3f1ef", "#163532"),
    "button_secondary_border_color": ("#d5d1c8", "#4a4641"),
    "button_border_width": ("1px", "1px"),
    "slider_color": ("*primary_700", "*primary_500"),
}
_ALWAYS = {
    "block_shadow": "none",
    "block_title_text_weight": "600",
    "block_title_text_size": "*text_sm",
    "button_primary_text_color": "white",
    "button_secondary_border_color_hover": "*primary_700",
    "checkbox_background_color_selected": "*primary_700",
    "checkbox_border_color_selected": "*primary_700",
}


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
    by_day = {name: day for name, (day, _) in _COLOURS.items()}
    by_night = {f"{name}_dark": night for name, (_, night) in _COLOURS.items()}
    return base.set(**by_day, **by_night, **_ALWAYS)


def styles() -> list[Path]:
    """The page's style sheet, then each tab's own."""
    return [STYLE, *sorted(STYLE.parent.glob("*/style.css"))]
