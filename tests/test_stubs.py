"""The page's import of Gradio: without its files for editors, and with all else as Gradio has it."""

import subprocess
import sys

IMPORT = """
import inspect
from pathlib import Path
read, touched = Path.read_text, []
def spy(path, *given, **named):
    touched.append(path.name)
    return read(path, *given, **named)
Path.read_text = spy
known = inspect.getfile
{imported}
import gradio
assert inspect.getfile is known and inspect.getfile(gradio.Button).endswith("button.py")
assert callable(gradio.Button.click) and gradio.Textbox().submit
print(sum(name in ("button.py", "button.pyi", "textbox.py", "textbox.pyi") for name in touched))
"""


def files_of_components(imported: str) -> int:
    run = subprocess.run(
        [sys.executable, "-c", IMPORT.format(imported=imported)], capture_output=True, text=True, check=True
    )
    return int(run.stdout)


def test_the_page_imports_gradio_without_its_stubs() -> None:
    assert files_of_components("") > 0
    assert files_of_components("import wrinkleseg.ui") == 0
