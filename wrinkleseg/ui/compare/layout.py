"""The components of the tab that compares methods: photo and choices on the left, pictures and figures on the right."""

from collections.abc import Sequence
from dataclasses import dataclass

import gradio as gr

from wrinkleseg.methods import MethodInfo
from wrinkleseg.ui import cards, choices, flow, parts, texts, zoom
from wrinkleseg.ui.capture import guide
from wrinkleseg.ui.compare import comparison, view
from wrinkleseg.ui.services import Services


@dataclass(frozen=True, eq=False)
class Parts:
    """The components of the tab that its events read or change."""

    photo: gr.Image
    other_file: gr.UploadButton
    examples: gr.HTML
    faces: gr.HTML
    notices: gr.HTML
    task: gr.Radio
    methods: gr.CheckboxGroup
    chosen: gr.HTML
    about: gr.HTML
    truth: gr.File
    run: gr.Button
    status: gr.HTML
    result: gr.Column
    heading: gr.HTML
    pictures: gr.HTML
    agreement: gr.HTML
    figures: gr.HTML
    given: gr.State

    @property
    def asked(self) -> list:
        """What a comparison reads."""
        return [self.given, self.task, self.methods, self.truth]

    @property
    def shown(self) -> list:
        """What a photo or a comparison, or its loss, may change."""
        pieces = [self.heading, self.pictures, self.agreement, self.figures]
        return [self.given, self.photo, self.truth, self.faces, self.notices, self.status, self.result, *pieces]


def build(services: Services, infos: Sequence[MethodInfo]) -> Parts:
    """Lay the tab out, inside `gr.Tab`."""
    given = gr.State(None, time_to_live=parts.KEPT_SECONDS)
    with gr.Row(elem_classes="ws-columns"):
        with gr.Column(elem_classes="ws-left", min_width=280):
            left = {**_photo(services), **_choice(services, infos)}
        with gr.Column(elem_classes="ws-right", min_width=280):
            right = _right()
    return Parts(given=given, **left, **right)


def _photo(services: Services) -> dict:
    photo = parts.photo_input(texts.PHOTO, texts.PHOTO_HINT, "compare-photo")
    guide.build("compare-photo")
    parts.fragment(cards.hint(texts.PRIVACY_SHORT), "compare-privacy")
    other_file = gr.UploadButton(texts.OTHER_FILE, size="sm", elem_classes="ws-other-file")
    examples = parts.picture_buttons(cards.examples(services.examples), "compare-examples")
    return {
        "photo": photo,
        "other_file": other_file,
        "examples": examples,
        "faces": parts.picture_buttons("", "compare-faces"),
        "notices": parts.fragment("", "compare-notices", live=True),
    }


def _choice(services: Services, infos: Sequence[MethodInfo]) -> dict:
    task = flow.TASKS[0]
    first = choices.several(infos, services.default_method, task)
    with gr.Column(elem_id="compare-choice", elem_classes="ws-card"):
        tasks = gr.Radio(
            [(title, name) for name, title in texts.TASKS.items()],
            value=task,
            label=texts.COMPARE_TASK,
            elem_id="compare-task",
        )
        methods = gr.CheckboxGroup(
            choices.labels(infos, task),
            value=first,
            label=texts.COMPARE_METHODS,
            info=texts.COMPARE_METHODS_INFO,
            elem_id="compare-methods",
        )
        chosen = parts.fragment(cards.hint(chosen_words(first)), "compare-chosen", live=True)
        with gr.Accordion(texts.COMPARE_ABOUT, open=False):
            about = parts.fragment(choices.describe(infos, first), "compare-about")
        with gr.Accordion(texts.COMPARE_TRUTH, open=False, elem_id="compare-truth-room"):
            parts.fragment(cards.hint(texts.COMPARE_TRUTH_HINT), "compare-truth-hint")
            truth = gr.File(
                label=texts.COMPARE_TRUTH_LABEL, type="filepath", height=160, buttons=[], elem_id="compare-truth"
            )
        run = gr.Button(texts.COMPARE_RUN, variant="primary", elem_id="compare-run")
    return {"task": tasks, "methods": methods, "chosen": chosen, "about": about, "truth": truth, "run": run}


def _right() -> dict:
    status = parts.fragment(view.empty(), "compare-status", live=True)
    with gr.Column(visible=False, elem_id="compare-result") as result:
        heading = parts.fragment("", "compare-heading")
        pictures = parts.fragment("", "compare-pictures", script=zoom.script())
        agreement = parts.fragment("", "compare-agreement")
        figures = parts.fragment("", "compare-figures")
    return {
        "status": status,
        "result": result,
        "heading": heading,
        "pictures": pictures,
        "agreement": agreement,
        "figures": figures,
    }


def chosen_words(names: Sequence[str]) -> str:
    """How many are chosen."""
    return texts.COMPARE_CHOSEN.format(count=len(names), most=comparison.MOST)
