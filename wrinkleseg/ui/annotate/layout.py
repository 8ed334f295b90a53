"""The components of the annotating tab: files and the list of photos on the left, the editor and what it needs on the right."""

from collections.abc import Sequence
from dataclasses import dataclass

import gradio as gr

from wrinkleseg import annotation
from wrinkleseg.methods import MethodInfo
from wrinkleseg.ui import cards, choices, parts
from wrinkleseg.ui import texts as page_texts
from wrinkleseg.ui.annotate import view
from wrinkleseg.ui.services import Services
from wrinkleseg.ui.texts import annotate as texts

_STRICTNESS = {"wrinkle": (0.0, 2.5, 0.05), "pore": (0.5, 12.0, 0.25)}


@dataclass(frozen=True, eq=False)
class Parts:
    """The components of the tab that its events read or change."""

    files: gr.File
    examples: gr.HTML
    photos: gr.HTML
    name: gr.Textbox
    save: gr.Button
    saved: gr.HTML
    archive: gr.File
    status: gr.HTML
    room: gr.Column
    heading: gr.HTML
    previous: gr.Button
    next: gr.Button
    remove: gr.Button
    editor: gr.HTML
    feed: gr.HTML
    counts: gr.HTML
    strictness: dict[str, gr.Slider]
    width: gr.Number
    width_note: gr.HTML
    start_task: gr.Radio
    start_method: gr.Dropdown
    start: gr.Button
    started: gr.HTML
    work: gr.State

    @property
    def drawn(self) -> list:
        """What every event reads: the data set, the strokes and how they are made crisp."""
        return [self.work, self.editor, *(self.strictness[task] for task in annotation.TASKS), self.width]

    @property
    def followed(self) -> list:
        """What a stroke changes."""
        return [self.work, self.feed, self.counts, self.saved, self.status, self.width_note]

    @property
    def opened(self) -> list:
        """What another photo changes."""
        more = [self.room, self.heading, self.editor, self.photos, self.width, self.started, self.files]
        return [*self.followed, *more, self.save, self.previous, self.next, *self.strictness.values()]


def build(services: Services, infos: Sequence[MethodInfo]) -> Parts:
    """Lay the tab out, inside `gr.Tab`."""
    work = gr.State(None, time_to_live=parts.KEPT_SECONDS)
    with gr.Row(elem_classes="ws-columns"):
        with gr.Column(elem_classes="ws-left", min_width=280):
            left = _left(services)
        with gr.Column(elem_classes="ws-right", min_width=280):
            right = _right(services, infos)
    return Parts(work=work, **left, **right)


def _left(services: Services) -> dict:
    files = gr.File(
        label=texts.FILES, file_count="multiple", type="filepath", height=150, buttons=[], elem_id="annotate-files"
    )
    parts.fragment(cards.hint(f"{texts.FILES_HINT} {page_texts.PRIVACY_SHORT}"), "annotate-files-hint")
    examples = parts.picture_buttons(cards.examples(services.examples), "annotate-examples")
    photos = parts.picture_buttons("", "annotate-photos")
    with gr.Column(elem_id="annotate-save-room", elem_classes="ws-card"):
        name = gr.Textbox(texts.NAME_DEFAULT, label=texts.NAME, max_lines=1, max_length=60, elem_id="annotate-name")
        save = gr.Button(texts.SAVE, variant="primary", interactive=False, elem_id="annotate-save")
        saved = parts.fragment("", "annotate-saved", live=True)
    archive = gr.File(label="zip", interactive=False, elem_id="annotate-archive")  # hidden by the style
    return {
        "files": files,
        "examples": examples,
        "photos": photos,
        "name": name,
        "save": save,
        "saved": saved,
        "archive": archive,
    }


def _right(services: Services, infos: Sequence[MethodInfo]) -> dict:
    status = parts.fragment(view.empty(), "annotate-status", live=True)
    with gr.Column(visible=False, elem_id="annotate-room") as room:
        with gr.Row(elem_classes="ws-photo-bar"):
            heading = parts.fragment("", "annotate-heading")
            previous = gr.Button(texts.PREVIOUS, size="sm", elem_id="annotate-previous")
            following = gr.Button(texts.NEXT, size="sm", elem_id="annotate-next")
            remove = gr.Button(texts.REMOVE, size="sm", elem_id="annotate-remove")
        editor = gr.HTML(
            {},
            html_template=view.editor(),
            js_on_load=view.script(),
            apply_default_css=False,
            elem_id="annotate-editor",
        )
        feed = gr.HTML(
            {}, html_template="<i></i>", js_on_load=view.FEED_SCRIPT, apply_default_css=False, elem_id="annotate-feed"
        )
        counts = parts.fragment("", "annotate-counts", live=True)
        below = {**_tuning(), **_start(services, infos)}
    return {
        "status": status,
        "room": room,
        "heading": heading,
        "previous": previous,
        "next": following,
        "remove": remove,
        "editor": editor,
        "feed": feed,
        "counts": counts,
        **below,
    }


def _tuning() -> dict:
    with gr.Column(elem_id="annotate-tuning", elem_classes="ws-card"):
        parts.fragment(f'<h3 class="ws-card-title">{texts.TUNE}</h3>', "annotate-tuning-title")
        with gr.Row():
            strictness = {task: _slider(task) for task in annotation.TASKS}
        width = gr.Number(None, label=texts.WIDTH, minimum=1, precision=0, elem_id="annotate-width")
        note = parts.fragment("", "annotate-width-note")
    return {"strictness": strictness, "width": width, "width_note": note}


def _slider(task: str) -> gr.Slider:
    low, high, step = _STRICTNESS[task]
    return gr.Slider(
        low,
        high,
        annotation.STRICTNESS[task],
        step=step,
        label=texts.STRICTNESS[task],
        info=texts.STRICTNESS_INFO[task],
        elem_id=f"annotate-strictness-{task}",
    )


def _start(services: Services, infos: Sequence[MethodInfo]) -> dict:
    task = annotation.TASKS[0]
    with gr.Accordion(texts.START, open=False, elem_id="annotate-start-room"):
        parts.fragment(cards.hint(texts.START_HINT), "annotate-start-hint")
        start_task = gr.Radio(
            [(texts.LAYERS[name], name) for name in annotation.TASKS],
            value=task,
            label=texts.START_TASK,
            elem_id="annotate-start-task",
        )
        start_method = gr.Dropdown(
            choices.labels(infos, task),
            value=choices.default(infos, services.default_method, task),
            label=texts.START_METHOD,
            elem_id="annotate-start-method",
        )
        start = gr.Button(texts.START_RUN, elem_id="annotate-start")
        started = parts.fragment("", "annotate-started", live=True)
    return {"start_task": start_task, "start_method": start_method, "start": start, "started": started}
