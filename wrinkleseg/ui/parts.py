"""Components that Gradio lacks: a photo input that hands the file over as it came, buttons with pictures, and small scripts."""

import json
from abc import ABCMeta

import gradio as gr

KEPT_SECONDS = 30 * 60
"""A result leaves the server's memory after this long without a click."""
BUTTON_SCRIPT = """
element.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-choice]');
  if (button) trigger('click', { choice: button.dataset.choice });
});
"""
LIVE_TEMPLATE = '<div aria-live="polite">${value}</div>'

DOWNLOAD_SCRIPT = """(file) => {
  if (!file) return;
  const link = document.createElement('a');
  link.href = file.url;
  link.download = file.orig_name || 'result.zip';
  document.body.append(link);
  link.click();
  link.remove();
}"""
"""Start the download of a file that the server has just made."""

_SHOW_SCRIPT = """() => {
  if (window.innerWidth > 900) return;
  const target = SELECTORS.map((s) => document.querySelector(s)).find(Boolean);
  const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  if (target) target.scrollIntoView({ behavior: still ? 'auto' : 'smooth', block: 'start' });
}"""


def show_script(*selectors: str) -> str:
    """On a narrow screen the result lies below the photo: go to the first of these that is on the page."""
    return _SHOW_SCRIPT.replace("SELECTORS", json.dumps(selectors))


def begun_script(selector: str) -> str:
    """For the fragment that tells of work: on a narrow screen, go to this part of it as the work begins."""
    return f"""
let working = false;
watch('value', () => {{
  const now = Boolean(element.querySelector('.ws-working'));
  if (now && !working) ({show_script(selector)})();
  working = now;
}});
"""


def _path_as_it_came(self, payload):
    """Path of the uploaded file, or None. A picture that came inside a data URL is saved to a file first.

    What the page had put there itself comes back without path and address once it is taken away.
    """
    if payload is None or not (payload.path or payload.url):
        return None
    return payload.path or gr.Image.preprocess(self, payload)


PhotoInput = ABCMeta.__new__(  # not a class statement: for that Gradio would write a stub file beside this one
    type(gr.Image),
    "PhotoInput",
    (gr.Image,),
    {"__module__": __name__, "is_template": True, "preprocess": _path_as_it_came},
)
"""`gr.Image` whose value is the path of the file as it came.

`gr.Image` opens the file before the page sees it, and fails with a raw error on a text file, a HEIC photo or a huge one;
here `images.load` is the only door. `is_template`: in the browser it is `gr.Image`.
"""


def photo_input(label: str, hint: str, elem_id: str) -> gr.Image:
    """Where a photo is dropped, chosen, pasted or taken. Its file comes as it is; see `PhotoInput`."""
    return PhotoInput(
        label=label,
        type="filepath",
        image_mode=None,
        format="png",
        sources=["upload", "webcam", "clipboard"],
        height=300,
        buttons=[],
        placeholder=hint,
        elem_id=elem_id,
        elem_classes="ws-photo",
        webcam_options=gr.WebcamOptions(mirror=False),
    )


def fragment(value: str, elem_id: str, live: bool = False, script: str | None = None) -> gr.HTML:
    """A piece of HTML in the page's own style. `live`: read aloud by a screen reader when it changes."""
    template = LIVE_TEMPLATE if live else "${value}"
    return gr.HTML(value, html_template=template, js_on_load=script, apply_default_css=False, elem_id=elem_id)


def picture_buttons(value: str, elem_id: str) -> gr.HTML:
    """Buttons with a picture; `.click` has the chosen button's `data-choice` in `event.choice`."""
    return fragment(value, elem_id, script=BUTTON_SCRIPT)
