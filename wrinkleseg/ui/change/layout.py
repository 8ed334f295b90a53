"""The components of the tab that follows one face over time: photos and dates on the left, the comparison on the right."""

from collections.abc import Sequence
from dataclasses import dataclass

import gradio as gr

from wrinkleseg import change
from wrinkleseg.analysis import WHOLE
from wrinkleseg.methods import MethodInfo
from wrinkleseg.ui import cards, choices, flow, parts
from wrinkleseg.ui import texts as page
from wrinkleseg.ui.change import followup, view
from wrinkleseg.ui.services import Services
from wrinkleseg.ui.tabs import method_dropdowns
from wrinkleseg.ui.texts import change as texts
from wrinkleseg.zones import NAMES, UNIONS


@dataclass(frozen=True, eq=False)
class Parts:
    """The components of the tab that its events read or change."""

    files: gr.File
    dates: gr.HTML
    dated: gr.HTML
    methods: dict[str, gr.Dropdown]
    about: gr.HTML
    run: gr.Button
    stop: gr.Button
    status: gr.HTML
    result: gr.Column
    heading: gr.HTML
    notices: gr.HTML
    later: gr.Dropdown
    marks: gr.Checkbox
    sides: gr.HTML
    picture: gr.ImageSlider
    legend: gr.HTML
    measure: gr.Dropdown
    summary: gr.HTML
    table: gr.HTML
    zone: gr.Dropdown
    trend: gr.HTML
    download: gr.Button
    archive: gr.File
    given: gr.State
    followed: gr.State

    @property
    def views(self) -> list:
        """What a redraw reads, after `followed`."""
        return [self.later, self.marks, self.measure, self.zone]

    @property
    def redrawn(self) -> list:
        """What a control of the result may change."""
        return [
            *(self.heading, self.sides, self.picture, self.legend),
            *(self.summary, self.table, self.trend, self.status),
        ]

    @property
    def shown(self) -> list:
        """What a comparison, or its loss, may change."""
        return [self.followed, self.result, self.notices, self.run, self.stop, *self.views, *self.redrawn]


def build(services: Services, infos: Sequence[MethodInfo]) -> Parts:
    """Lay the tab out, inside `gr.Tab`."""
    given = gr.State((), time_to_live=parts.KEPT_SECONDS)
    followed = gr.State(None, time_to_live=parts.KEPT_SECONDS)
    with gr.Row(elem_classes="ws-columns", elem_id="change-columns"):
        with gr.Column(elem_classes="ws-left", min_width=280):
            left = _left(services, infos)
        with gr.Column(elem_classes="ws-right", min_width=280):
            right = _right(infos)
    return Parts(given=given, followed=followed, **left, **right)


def zones() -> list[tuple[str, str]]:
    """Every zone that is measured, as (what the page calls it, its name)."""
    return [(page.zone_name(zone), zone) for zone in (WHOLE, *NAMES, *UNIONS)]


def _left(services: Services, infos: Sequence[MethodInfo]) -> dict:
    label = texts.FILES.format(most=followup.MOST)
    files = gr.File(
        label=label, file_count="multiple", type="filepath", height=220, elem_id="change-files", allow_reordering=True
    )
    parts.fragment(cards.hint(f"{texts.FILES_HINT} {page.PRIVACY_SHORT}"), "change-hint")
    dates = parts.fragment("", "change-dates", script=view.DATE_SCRIPT)
    dated = parts.fragment("", "change-dated", live=True)
    with gr.Accordion(texts.SETTINGS, open=False, elem_id="change-settings"):
        usual = {task: choices.default(infos, services.default_method, task) for task in flow.TASKS}
        methods = method_dropdowns(infos, usual, "change-method")
        about = parts.fragment(choices.describe(infos, list(usual.values())), "change-about")
    with gr.Row(elem_id="change-buttons"):
        run = gr.Button(texts.RUN, variant="primary", elem_id="change-run")
        stop = gr.Button(texts.STOP, visible=False, elem_id="change-stop")
    return {
        "files": files,
        "dates": dates,
        "dated": dated,
        "methods": methods,
        "about": about,
        "run": run,
        "stop": stop,
    }


def _right(infos: Sequence[MethodInfo]) -> dict:
    status = parts.fragment(view.empty(), "change-status", live=True)
    with gr.Column(visible=False, elem_id="change-result") as result:
        heading = parts.fragment("", "change-heading")
        notices = parts.fragment("", "change-notices")
        with gr.Row(elem_classes="change-choices"):
            later = gr.Dropdown([], label=texts.LATER, filterable=False, elem_id="change-later")
            marks = gr.Checkbox(False, label=texts.MARKS, container=False, elem_id="change-marks")
        sides = parts.fragment("", "change-sides")
        picture = _slider()
        legend = parts.fragment("", "change-legend")
        parts.fragment(cards.hint(texts.SLIDER_HINT), "change-slider-hint")
        figures = _figures(infos)
        download = gr.Button(texts.DOWNLOAD, elem_id="change-download")
        parts.fragment(cards.hint(texts.DOWNLOAD_HINT), "change-download-hint")
        archive = gr.File(
            label="csv", interactive=False, elem_id="change-archive"
        )  # hidden by the style: a script fetches it
    return {
        "status": status,
        "result": result,
        "heading": heading,
        "notices": notices,
        "later": later,
        "marks": marks,
        "sides": sides,
        "picture": picture,
        "legend": legend,
        **figures,
        "download": download,
        "archive": archive,
    }


def _slider() -> gr.ImageSlider:
    return gr.ImageSlider(
        label=texts.SLIDER,
        show_label=False,
        type="filepath",
        format="png",
        interactive=False,
        slider_position=50,
        max_height=620,
        buttons=["fullscreen"],
        elem_id="change-picture",
    )


def _figures(infos: Sequence[MethodInfo]) -> dict:
    offered = [(texts.MEASURES[field][0], field) for field in change.FIELDS]
    measure = gr.Dropdown(
        offered, value=change.FIELDS[0], label=texts.MEASURE, filterable=False, elem_id="change-measure"
    )
    summary = parts.fragment("", "change-summary", live=True)
    table = parts.fragment("", "change-table")
    zone = gr.Dropdown(
        zones(), value="whole", label=texts.CHART_ZONE, filterable=False, visible=False, elem_id="change-zone"
    )
    trend = parts.fragment("", "change-trend")
    return {"measure": measure, "summary": summary, "table": table, "zone": zone, "trend": trend}
