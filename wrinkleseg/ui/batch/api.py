"""`/batch`: many photos for programs, through `gradio_client`, under a name that stays."""

from functools import partial

import gradio as gr

from wrinkleseg import batch
from wrinkleseg.ui import choices, temporary
from wrinkleseg.ui.batch.handlers import analyse_one, explain
from wrinkleseg.ui.endpoints import described, files, offer
from wrinkleseg.ui.services import Services
from wrinkleseg.ui.texts import api as words
from wrinkleseg.ui.texts import batch as texts

NAME = "batch"


def build(services: Services) -> None:
    """Add the endpoint, inside `gr.Blocks`. Its components are not on the page: they only give its arguments a type."""

    def measure(photos: list[str] | None, method: str = ""):
        temporary.adopt_all(photos or ())
        try:
            chosen = choices.check(services.methods(), method or services.default_method)
            items = batch.gather(photos or [])
            path = temporary.empty_file(texts.DOWNLOAD_NAME)
            analyse = partial(analyse_one, services, chosen)
            rows = [row.to_dict() for row in batch.run(items, analyse, path, services.read, explain)]
        except Exception as error:  # the caller gets one clear message, the log gets the rest
            raise gr.Error(explain(error), print_exception=False) from error
        return rows, path

    with gr.Column(visible=False):
        inputs = [
            described(files("photos"), words.MANY_PHOTOS),
            described(gr.Textbox("", label="method"), words.METHOD),
        ]
        outputs = [
            described(gr.JSON(label="rows"), words.ROWS),
            described(gr.File(label="archive"), words.MANY_ARCHIVE),
        ]
        offer(NAME, texts.API_DESCRIPTION, measure, inputs, outputs)
