"""`/annotate`: crisp ground truth under a rough annotation, for programs, through `gradio_client`, under a name that stays."""

import cv2
import gradio as gr
import numpy as np

from wrinkleseg import annotation, masks
from wrinkleseg.annotation import AnnotationError
from wrinkleseg.face import NoFaceError
from wrinkleseg.ui import temporary
from wrinkleseg.ui.annotate import work
from wrinkleseg.ui.endpoints import described, offer
from wrinkleseg.ui.services import Services
from wrinkleseg.ui.texts import annotate as texts
from wrinkleseg.ui.texts import api as words

NAME = "annotate"


def build(services: Services) -> None:
    """Add the endpoint, inside `gr.Blocks`. Its components are not on the page: they only give its arguments a type."""

    def annotate(
        photo: str,
        rough: str,
        task: str = "wrinkle",
        strictness: float | None = None,
        face_width: float | None = None,
    ):
        try:
            mask, width = crisp_mask(services, photo, rough, task, strictness, face_width)
        except Exception as error:  # the caller gets one clear message, the log gets the rest
            raise gr.Error(work.told(error), print_exception=False) from error
        counts = {
            "task": task,
            "count": masks.count(mask),
            "marked_percent": round(100 * float(mask.mean()), 4),
            "face_width_px": round(width, 1),
        }
        path = temporary.write_bytes(annotation.mask_png(mask), f"{task}-mask.png")
        return path, counts

    with gr.Column(visible=False):
        inputs = [
            described(gr.File(label="photo"), words.ANNOTATED),
            described(gr.File(label="rough"), words.ROUGH),
            described(gr.Radio(list(annotation.TASKS), value="wrinkle", label="task"), words.ANNOTATED_TASK),
            described(gr.Number(None, label="strictness", minimum=0), words.STRICTNESS),
            described(gr.Number(None, label="face_width", minimum=1), words.FACE_WIDTH),
        ]
        outputs = [described(gr.File(label="mask"), words.MASK), described(gr.JSON(label="counts"), words.COUNTS)]
        offer(NAME, texts.API_DESCRIPTION, annotate, inputs, outputs)


def crisp_mask(
    services: Services, photo: str, rough: str, task: str, strictness: float | None, face_width: float | None
) -> tuple[np.ndarray, float]:
    """The crisp mask, bool (H, W), and the face's width in pixels that it was made with. Raises what the rooms below raise."""
    if not photo or not rough:
        raise AnnotationError(texts.API_BOTH)
    rgb, painted = services.read(photo).rgb, services.read_mask(rough)
    if painted.shape != rgb.shape[:2]:
        sizes = [f"{shape[1]} × {shape[0]}" for shape in (painted.shape, rgb.shape)]
        raise AnnotationError(texts.API_SIZES.format(rough=sizes[0], photo=sizes[1]))
    width = face_width or _width(services, rgb)
    level = annotation.STRICTNESS[task] if strictness is None else strictness
    return annotation.made_crisp(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), painted, width, task, level), width


def _width(services: Services, rgb: np.ndarray) -> float:
    try:
        return services.find(rgb)[0].width
    except NoFaceError as error:
        raise AnnotationError(texts.API_NO_FACE) from error
