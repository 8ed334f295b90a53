"""`/analyze`: the page's job for programs, through `gradio_client`, under a name that stays."""

import gradio as gr

from wrinkleseg import report
from wrinkleseg.side_by_side import both
from wrinkleseg.ui import flow, temporary, texts, view
from wrinkleseg.ui.endpoints import described, offer
from wrinkleseg.ui.services import Services
from wrinkleseg.ui.texts import api as words

NAME = "analyze"


def build(services: Services) -> None:
    """Add the endpoint, inside `gr.Blocks`. Its components are not on the page: they only give its arguments a type."""

    def analyze(
        photo: str,
        face_index: int = 0,
        method: str = "",
        wrinkle_threshold: float | None = None,
        pore_threshold: float | None = None,
        view_as: str = "overlay",
        opacity: float = 0.8,
        zones: bool = False,
    ):
        session = _session(
            services, photo, int(face_index or 0), method, {"wrinkle": wrinkle_threshold, "pore": pore_threshold}
        )
        drawn = view.picture(session.analysis, view.View(view_as, tuple(texts.TASKS), opacity, zones))
        name = temporary.safe_name(session.photo.name)
        picture, zipped = both(  # the first on this thread, which knows whose file it is
            lambda: temporary.write_png(drawn, f"{name}-{view_as}"), lambda: services.zip_bytes(session.analysis)
        )
        archive = temporary.write_bytes(zipped, f"{name}-wrinkleseg.zip")
        return report.result(session.analysis), picture, archive

    with gr.Column(visible=False):
        inputs = [
            described(gr.File(label="photo"), words.PHOTO),
            described(gr.Number(0, label="face_index", precision=0, minimum=0), words.FACE_INDEX),
            described(gr.Textbox("", label="method"), words.METHOD),
            described(gr.Number(None, label="wrinkle_threshold", minimum=0, maximum=1), words.WRINKLE_THRESHOLD),
            described(gr.Number(None, label="pore_threshold", minimum=0, maximum=1), words.PORE_THRESHOLD),
            described(gr.Radio(list(texts.VIEWS), value="overlay", label="view_as"), words.VIEW_AS),
            described(gr.Number(0.8, label="opacity", minimum=0, maximum=1), words.OPACITY),
            described(gr.Checkbox(False, label="zones"), words.ZONES),
        ]
        outputs = [
            described(gr.JSON(label="result"), words.RESULT),
            described(gr.Image(label="picture", format="png"), words.PICTURE),
            described(gr.File(label="archive"), words.ARCHIVE),
        ]
        offer(NAME, texts.API_DESCRIPTION, analyze, inputs, outputs)


def _session(services: Services, path: str, face_index: int, method: str, thresholds: dict) -> flow.Session:
    """The result, or `gr.Error` with the one clear message."""
    photo = flow.open_file(services, path)
    if isinstance(photo, flow.Photo):
        given = {task: value for task, value in thresholds.items() if value is not None}
        request = flow.Request(method or services.default_method, face_index, given, frames=())
        *_, last = flow.analyse(services, photo, request)
    else:
        last = photo
    if isinstance(last, flow.Failure):
        raise gr.Error(last.message, print_exception=False)
    return last
