"""The components of the tab for many photos: files and choice of method on the left, progress and table on the right."""

from collections.abc import Sequence
from dataclasses import dataclass

import gradio as gr

from wrinkleseg import batch, images
from wrinkleseg.methods import MethodInfo
from wrinkleseg.ui import cards, choices, flow, parts, table
from wrinkleseg.ui.batch import view
from wrinkleseg.ui.services import Services
from wrinkleseg.ui.tabs import method_dropdowns
from wrinkleseg.ui.texts import batch as texts


@dataclass(frozen=True, eq=False)
class Parts:
    """The components of the tab that its events read or change."""

    files: gr.File
    methods: dict[str, gr.Dropdown]
    about: gr.HTML
    run: gr.Button
    stop: gr.Button
    status: gr.HTML
    result: gr.Column
    download: gr.Button
    table: gr.HTML
    archive: gr.File
    job: gr.State
    stopped: gr.State
    turn: gr.State

    @property
    def shown(self) -> list:
        """What a photo more, or the end of the work, may change."""
        return [self.job, self.turn, self.stopped, self.status, self.result, self.table, self.run, self.stop]


def build(services: Services, infos: Sequence[MethodInfo]) -> Parts:
    """Lay the tab out, inside `gr.Tab`."""
    states = {
        "job": gr.State(None, time_to_live=parts.KEPT_SECONDS),
        "stopped": gr.State(False),
        "turn": gr.State(0),
    }
    with gr.Row(elem_classes="ws-columns"):
        with gr.Column(elem_classes="ws-left", min_width=280):
            left = _left(services, infos)
        with gr.Column(elem_classes="ws-right", min_width=280):
            right = _right()
    return Parts(**states, **left, **right)


def _left(services: Services, infos: Sequence[MethodInfo]) -> dict:
    files = gr.File(
        label=texts.FILES, file_count="multiple", type="filepath", height=220, buttons=[], elem_id="batch-files"
    )
    limits = texts.LIMITS.format(
        photos=batch.MAX_PHOTOS, each=images.MAX_BYTES // 2**20, total=batch.MAX_TOTAL // 2**20
    )
    parts.fragment(cards.hint(limits) + cards.hint(texts.ABOUT_ZIP), "batch-limits")
    settings = _settings(services, infos)
    run = gr.Button(texts.RUN, variant="primary", elem_id="batch-run")
    stop = gr.Button(texts.STOP, visible=False, elem_id="batch-stop")
    return {"files": files, **settings, "run": run, "stop": stop}


def _settings(services: Services, infos: Sequence[MethodInfo]) -> dict:
    usual = {task: choices.default(infos, services.default_method, task) for task in flow.TASKS}
    with gr.Column(elem_classes="ws-card", elem_id="batch-settings"), gr.Accordion(texts.SETTINGS, open=False):
        methods = method_dropdowns(infos, usual, "batch-method")
        about = parts.fragment(choices.describe(infos, list(usual.values())), "batch-about")
    return {"methods": methods, "about": about}


def _right() -> dict:
    status = parts.fragment(view.empty(), "batch-status", live=True)
    with gr.Column(visible=False, elem_id="batch-result") as result:
        download = gr.Button(texts.DOWNLOAD, variant="primary", elem_id="batch-download")
        parts.fragment(cards.hint(texts.DOWNLOAD_HINT), "batch-download-hint")
    shown = parts.fragment("", "batch-table", script=table.SORT_SCRIPT)
    archive = gr.File(
        label="zip", interactive=False, elem_id="batch-archive"
    )  # hidden by the style: a script fetches it
    return {"status": status, "result": result, "download": download, "table": shown, "archive": archive}
