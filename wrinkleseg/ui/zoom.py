"""Pictures that a visitor zooms and moves: the script, its buttons, and where the browser finds the pictures."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from wrinkleseg.ui.cards import escape


def script(*more: Path) -> str:
    """Script of a fragment that holds pictures in windows; `more` scripts follow in the same scope, each in its own block."""
    first = Path(__file__).with_name("zoom.js").read_text(encoding="utf-8")
    return first + "".join(f"\n{{\n{path.read_text(encoding='utf-8')}\n}}\n" for path in more)


def bar(names: Mapping[str, str], label: str, rest: str = "") -> str:
    """Buttons for smaller, larger and everything. `names`: of "in", "out" and "whole"; `rest`: HTML of more buttons."""
    signs = {"out": "−", "in": "+", "whole": names["whole"]}
    buttons = {
        act: f'<button type="button" data-zoom="{act}" aria-label="{names[act]}">{sign}</button>'
        for act, sign in signs.items()
    }
    return (
        f'<div class="ws-zoom" role="group" aria-label="{label}">{buttons["out"]}'
        f"<output data-zoomed>100 %</output>{buttons['in']}{buttons['whole']}{rest}</div>"
    )


def address(path: str) -> str:
    """Where the browser finds a file of the page's temporary folder. Relative: the page may lie below another address."""
    return escape(f"gradio_api/file={quote(path)}")
