"""What goes into the page's head: a description, and what the whole page does in the browser."""

import json
from pathlib import Path

from wrinkleseg.ui.texts.scripts import WORDS

SCRIPTS = Path(__file__).with_name("scripts")
DESCRIPTION = '<meta name="description" content="Wrinkles and pores on a photo of a face, zone by zone.">'


def head() -> str:
    """The head's HTML."""
    return f"{DESCRIPTION}<script>{script()}</script>"


def script() -> str:
    """The page's scripts, one file a job, which all find their words in `WORDS` and leave no name behind."""
    jobs = "\n".join(path.read_text(encoding="utf-8") for path in sorted(SCRIPTS.glob("*.js")))
    return f"(() => {{\nconst WORDS = {json.dumps(WORDS)};\n{jobs}\n}})();"
