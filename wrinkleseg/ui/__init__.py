"""The web page: a folder for each tab, and what they share. It takes functions (`services.Services`), so that it opens with fakes."""

from wrinkleseg.ui.stubs import without_stubs

with without_stubs():  # whatever of the page is imported, this comes first
    import gradio  # noqa: F401
