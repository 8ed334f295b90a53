"""`/faces`: which faces are on a photo and how good it is, for programs, before anything is analysed."""

import gradio as gr
import numpy as np

from wrinkleseg import quality
from wrinkleseg.face import Face
from wrinkleseg.ui import flow
from wrinkleseg.ui.endpoints import described, offer
from wrinkleseg.ui.services import Services
from wrinkleseg.ui.texts import api as texts

NAME = "faces"


def build(services: Services) -> None:
    """Add the endpoint, inside `gr.Blocks`."""

    def faces(photo: str) -> dict:
        opened = flow.open_file(services, photo)
        try:
            found = opened if isinstance(opened, flow.Failure) else look(services, opened)
        except Exception as error:  # the caller gets one clear message, the log gets the rest
            found = flow.failure(error)
        if isinstance(found, flow.Failure):
            raise gr.Error(found.message, print_exception=False)
        return found

    with gr.Column(visible=False):
        photo = described(gr.File(label="photo"), texts.PHOTO)
        told = described(gr.JSON(label="faces"), texts.FACES)
        offer(NAME, texts.FACES_DESCRIPTION, faces, photo, told)


def look(services: Services, photo: flow.Photo) -> dict:
    """The faces of a photo, largest first, each with what speaks against measuring it. Raises FaceError."""
    found = services.find(photo.rgb)
    height, width = photo.rgb.shape[:2]
    return {
        "name": photo.name,
        "picture": {"width": width, "height": height},
        "notes": list(photo.notes),
        "faces": [_told(services, photo.rgb, one, i, len(found)) for i, one in enumerate(found)],
    }


def _told(services: Services, rgb: np.ndarray, face: Face, index: int, count: int) -> dict:
    skin = services.regions(rgb, face).wrinkle_skin
    warnings = quality.check(rgb, face, skin, count)
    return {
        "face_index": index,
        "box": {side: int(getattr(face.box, side)) for side in ("top", "left", "height", "width")},
        "width_px": round(float(face.width), 6),
        "eye_distance_px": round(float(face.eye_distance), 6),
        "pose": {angle: round(float(getattr(face.pose, angle)), 6) for angle in ("yaw", "pitch", "roll")},
        "quality": [{"code": w.code, "message": w.message, "advice": w.advice} for w in warnings],
    }
