"""Who may load a folder or a repository into the page: whoever sits at the computer that runs it, or whoever its host lets."""

from collections.abc import Mapping

OPEN = "WRINKLESEG_OPEN_MODELS"
"""Environment variable: "1" lets every visitor load models."""
_HOME = {"127.0.0.1", "localhost", "::1"}


def served_at_home(environ: Mapping[str, str]) -> bool:
    """The page is served to this computer alone, or its host lets everybody load."""
    server = environ.get("GRADIO_SERVER_NAME", "127.0.0.1")
    return opened(environ) or ("SPACE_ID" not in environ and server in _HOME)


def may_load(environ: Mapping[str, str], host: str) -> bool:
    """As `served_at_home`, and the visitor asked for this computer by its own name.

    host: the request's Host header. Where another program hands the page on to the world, or another site's name leads
    here, it is not one of this computer's own.
    """
    return opened(environ) or (served_at_home(environ) and _hostname(host) in _HOME)


def opened(environ: Mapping[str, str]) -> bool:
    """The host lets everybody load."""
    return environ.get(OPEN, "") == "1"


def _hostname(host: str) -> str:
    """ "127.0.0.1:7860" -> "127.0.0.1", "[::1]:7860" -> "::1"."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower()
