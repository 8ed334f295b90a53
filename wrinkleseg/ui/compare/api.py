"""`/compare`: methods side by side for programs, through `gradio_client`, under a name that stays."""

from dataclasses import asdict

import gradio as gr

from wrinkleseg.ui import flow
from wrinkleseg.ui.compare import comparison
from wrinkleseg.ui.compare.comparison import Agreement, Comparison, Entry
from wrinkleseg.ui.endpoints import described, offer
from wrinkleseg.ui.services import Services
from wrinkleseg.ui.texts import api as texts

NAME = "compare"
AGREEMENT = "agreement"
"""Name of the map of agreement among the pictures."""


def build(services: Services) -> None:
    """Add the endpoint, inside `gr.Blocks`. Its components are not on the page: they only give its arguments a type."""

    def compare(photo: str, methods: list, task: str = "wrinkle", face_index: int = 0, truth: str | None = None):
        found = _comparison(services, photo, methods, task, int(face_index or 0), truth)
        if isinstance(found, flow.Failure):
            raise gr.Error(found.message, print_exception=False)
        return result(found), pictures(found)

    with gr.Column(visible=False):
        inputs = [
            described(gr.File(label="photo"), texts.PHOTO),
            described(gr.JSON(label="methods"), texts.METHODS),
            described(gr.Radio(list(flow.TASKS), value="wrinkle", label="task"), texts.TASK),
            described(gr.Number(0, label="face_index", precision=0, minimum=0), texts.FACE_INDEX),
            described(gr.File(label="truth"), texts.TRUTH),
        ]
        outputs = [
            described(gr.JSON(label="comparison"), texts.COMPARISON),
            described(gr.File(label="pictures", file_count="multiple"), texts.COMPARE_PICTURES),
        ]
        offer(NAME, texts.COMPARE_DESCRIPTION, compare, inputs, outputs)


def result(found: Comparison) -> dict:
    """A finished comparison as plain values, methods in the order of the offer."""
    ground = found.ground
    height, width = ground.shared.rgb.shape[:2]
    return {
        "name": ground.shared.name,
        "task": ground.task,
        "face_index": ground.face_index,
        "picture": {"width": width, "height": height},
        "methods": [_entry(one, ground.task) for one in found.entries],
        "agreement": _agreement(found.agreement),
    }


def pictures(found: Comparison) -> list[str]:
    """Paths of the pictures: one for each method with a result, then the map of agreement, if there is one."""
    drawn = [one.picture for one in found.entries if one.picture]
    return [*drawn, found.agreement.picture] if found.agreement else drawn


def _comparison(services: Services, path: str, methods: object, task: str, face_index: int, truth: str | None):
    """The last state of the comparison, or the one clear Failure."""
    photo = flow.open_file(services, path)
    if isinstance(photo, flow.Failure):
        return photo
    if not isinstance(methods, list) or not all(isinstance(name, str) for name in methods):
        return flow.Failure("method", texts.ERROR_METHODS.format(came=type(methods).__name__))
    question = comparison.Question(photo, task, tuple(methods), face_index, truth)
    *_, last = comparison.compare(services, question)
    return last


def _entry(one: Entry, task: str) -> dict:
    """One method: its measures of the whole face and, with a person's mask, its scores; or why it has none."""
    measured = asdict(one.measures) if one.measures else {}
    return {
        "name": one.info.name,
        "title": one.info.title,
        "weights": one.info.weights,
        "threshold": one.info.thresholds[task],
        "parameters": one.info.parameters,
        "error": one.failure,
        "seconds": round(one.seconds, 4),
        "measures": {name: value for name, value in measured.items() if name.startswith(task) or name == "skin_px"},
        "scores": None if one.scores is None else dict(one.scores),
    }


def _agreement(found: Agreement | None) -> dict | None:
    """Pixels marked by exactly 1, 2, ... methods, visible skin in px, and the share of all marks that all methods make."""
    if found is None:
        return None
    return {"pixels": list(found.counts), "skin_px": found.skin, "share": found.share}
