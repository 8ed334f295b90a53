"""The components of the tab that looks at one photo: input and choices on the left, picture and measures on the right."""

from collections.abc import Sequence
from dataclasses import dataclass

import gradio as gr

from wrinkleseg.methods import MethodInfo
from wrinkleseg.ui import cards, choices, flow, parts, table, texts
from wrinkleseg.ui.capture import guide
from wrinkleseg.ui.photo import scene
from wrinkleseg.ui.services import Services
from wrinkleseg.ui.tabs import method_dropdowns
from wrinkleseg.ui.texts import result as result_texts


@dataclass(frozen=True, eq=False)
class Parts:
    """The components of the tab that its events read or change."""

    photo: gr.Image
    other_file: gr.UploadButton
    examples: gr.HTML
    faces: gr.HTML
    notices: gr.HTML
    methods: dict[str, gr.Dropdown]
    about_methods: gr.HTML
    status: gr.HTML
    result: gr.Column
    heading: gr.HTML
    legend: gr.HTML
    picture: gr.HTML
    chart: gr.HTML
    close: gr.HTML
    cancel: gr.Button
    caption: gr.HTML
    kind: gr.Radio
    frame: gr.Radio
    tasks: gr.CheckboxGroup
    zones: gr.Checkbox
    opacity: gr.Slider
    thresholds: dict[str, gr.Slider]
    reset: gr.Button
    tiles: gr.HTML
    tables: gr.HTML
    download: gr.Button
    archive: gr.File
    session: gr.State

    @property
    def controls(self) -> list:
        """What a redraw reads, in the order of `_redraw`'s arguments."""
        return [
            self.kind,
            self.frame,
            self.tasks,
            self.zones,
            self.opacity,
            *(self.thresholds[task] for task in flow.TASKS),
        ]

    @property
    def usual(self) -> list:
        """What follows from the choice of methods."""
        return [*(self.thresholds[task] for task in flow.TASKS), self.about_methods]

    @property
    def redrawn(self) -> list:
        """What a control may change."""
        return [self.session, self.picture, self.legend, self.chart, self.tiles, self.tables, self.status]

    @property
    def shown(self) -> list:
        """What a new result, or its loss, may change."""
        return [
            *self.redrawn,
            self.close,
            self.photo,
            self.faces,
            self.notices,
            self.result,
            self.heading,
            self.caption,
        ]


def build(services: Services, infos: Sequence[MethodInfo]) -> Parts:
    """Lay the tab out, inside `gr.Blocks`."""
    session = gr.State(None, time_to_live=parts.KEPT_SECONDS)
    usual = {task: choices.default(infos, services.default_method, task) for task in flow.TASKS}
    with gr.Row(elem_id="columns"):
        with gr.Column(elem_id="left", min_width=280):
            left = _left(services, infos, usual)
        with gr.Column(elem_id="right", min_width=280):
            right = _right({task: choices.threshold(infos, usual[task], task) for task in flow.TASKS})
    return Parts(session=session, **left, **right)


def _left(services: Services, infos: Sequence[MethodInfo], usual: dict[str, str | None]) -> dict:
    photo = parts.photo_input(texts.PHOTO, texts.PHOTO_HINT, "photo")
    guide.build("photo")
    parts.fragment(cards.hint(texts.PRIVACY_SHORT), "privacy")
    other_file = gr.UploadButton(texts.OTHER_FILE, size="sm", elem_id="other-file")
    examples = parts.picture_buttons(cards.examples(services.examples), "examples")
    settings = _settings(infos, usual)
    faces = parts.picture_buttons("", "faces")
    notices = parts.fragment("", "notices", live=True)
    return {
        "photo": photo,
        "other_file": other_file,
        "examples": examples,
        "faces": faces,
        "notices": notices,
        **settings,
    }


def _settings(infos: Sequence[MethodInfo], usual: dict[str, str | None]) -> dict:
    with gr.Accordion(texts.SETTINGS, open=False, elem_id="settings"):
        methods = method_dropdowns(infos, usual, "method")
        about = parts.fragment(choices.describe(infos, list(usual.values())), "about-methods")
    return {"methods": methods, "about_methods": about}


def _right(usual: dict[str, float]) -> dict:
    status = parts.fragment(cards.empty(), "status", live=True, script=parts.begun_script("#status section"))
    cancel = gr.Button(result_texts.CANCEL, elem_id="cancel")  # on the page while it works: see the style
    with gr.Column(visible=False, elem_id="result") as result:
        heading = parts.fragment("", "heading")
        legend = parts.fragment("", "legend")
        with gr.Row(elem_id="map"):
            picture = parts.fragment("", "picture", script=scene.script())
            chart = parts.fragment("", "chart")
        close = parts.fragment("", "close")  # hidden by the style: a script lays it over the picture
        caption = parts.fragment("", "caption")
        controls = _controls(usual)
        tiles = parts.fragment("", "tiles")
        download = gr.Button(texts.DOWNLOAD, variant="primary", elem_id="download")
        parts.fragment(cards.hint(texts.DOWNLOAD_HINT), "download-hint")
        tables = parts.fragment("", "tables", script=table.SORT_SCRIPT)
        archive = gr.File(label="zip", interactive=False, elem_id="archive")  # hidden by the style: a script fetches it
    return {
        "status": status,
        "result": result,
        "heading": heading,
        "legend": legend,
        "picture": picture,
        "chart": chart,
        "close": close,
        "cancel": cancel,
        "caption": caption,
        **controls,
        "tiles": tiles,
        "tables": tables,
        "download": download,
        "archive": archive,
    }


def _controls(usual: dict[str, float]) -> dict:
    with gr.Column(elem_id="controls"):
        with gr.Row(elem_classes="ws-row"):
            kind = _radio(texts.VIEWS, texts.VIEW, "kind")
            frame = _radio(texts.FRAMES, texts.FRAME, "frame")
            tasks = gr.CheckboxGroup(
                [(title, task) for task, title in texts.TASKS.items()],
                value=list(flow.TASKS),
                label=texts.TASKS_LABEL,
                elem_id="tasks",
            )
        with gr.Row(elem_classes="ws-row"):
            thresholds = {task: _threshold(task, value) for task, value in usual.items()}
            opacity = gr.Slider(
                0.1, 1, 0.8, step=0.05, label=texts.OPACITY, info=texts.OPACITY_INFO, buttons=[], elem_id="opacity"
            )
        with gr.Row(elem_classes="ws-row ws-last"):
            zones = gr.Checkbox(False, label=texts.ZONES_TOGGLE, container=False, elem_id="zones")
            reset = gr.Button(texts.RESET, size="sm", variant="secondary", elem_id="reset")
    return {
        "kind": kind,
        "frame": frame,
        "tasks": tasks,
        "zones": zones,
        "opacity": opacity,
        "thresholds": thresholds,
        "reset": reset,
    }


def _radio(names: dict[str, str], label: str, elem_id: str) -> gr.Radio:
    return gr.Radio(
        [(title, name) for name, title in names.items()], value=next(iter(names)), label=label, elem_id=elem_id
    )


def _threshold(task: str, value: float) -> gr.Slider:
    return gr.Slider(
        0.005,
        0.995,
        value,
        step=0.005,
        label=texts.THRESHOLD[task],
        info=texts.THRESHOLD_INFO[task],
        buttons=[],
        elem_id=f"threshold-{task}",
    )
