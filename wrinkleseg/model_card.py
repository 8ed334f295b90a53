"""A method's model card: the README.md beside its weights, as text."""

from pathlib import Path

from wrinkleseg import hub, methods, models

MAX_BYTES = 200_000
"""A longer file is no card for people."""


def read(name: str) -> str:
    """The card, Markdown, of a method as `methods.load` names it; "" where there is none, or it can't be read.

    Of a repository of the Hub, the card that was fetched with its weights.
    """
    try:
        path = _folder(name) / hub.CARD
        if _leads_away(path, name) or path.stat().st_size > MAX_BYTES:
            return ""
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError, hub.HubError):
        return ""


def _folder(name: str) -> Path:
    if name.startswith(hub.PREFIX):
        return hub.fetch(*hub.address(name))
    return methods.model_folder(name) if name in models.BUILDERS else Path(name)


def _leads_away(path: Path, name: str) -> bool:
    """A link to a file elsewhere, which is nobody's card; the Hub's cache is made of links into itself."""
    return path.is_symlink() and not name.startswith(hub.PREFIX)
