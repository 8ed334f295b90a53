"""The tab that answers which method sees wrinkles best, and how sure that is. Only this room of the house knows Gradio."""

from eval.dashboard.tab import build

__all__ = ["build"]
