"""`/change`: photos of one person over time, for programs, under a name that stays."""

import gradio as gr

from wrinkleseg.ui import temporary
from wrinkleseg.ui.change import figures, followup
from wrinkleseg.ui.change.followup import Followed, Given
from wrinkleseg.ui.endpoints import described, files, offer
from wrinkleseg.ui.services import Services
from wrinkleseg.ui.texts import api as words
from wrinkleseg.ui.texts import change as texts

NAME = "change"


def build(services: Services) -> None:
    """Add the endpoint, inside `gr.Blocks`. Its components are not on the page: they only give its arguments a type."""

    def compare(photos: list[str], dates: str = "", method: str = ""):
        found = _followed(services, photos or [], dates or "", method)
        name = f"{temporary.safe_name(found.seen[0].shot.name)}-change.csv"
        return figures.to_dict(found), temporary.write_bytes(figures.csv_bytes(found), name)

    with gr.Column(visible=False):
        inputs = [
            described(files("photos"), words.PHOTOS_OVER_TIME),
            described(gr.Textbox("", label="dates"), words.DATES),
            described(gr.Textbox("", label="method"), words.METHOD),
        ]
        outputs = [
            described(gr.JSON(label="result"), words.CHANGES),
            described(gr.File(label="figures"), words.CHANGES_CSV),
        ]
        offer(NAME, texts.API_DESCRIPTION, compare, inputs, outputs)


def _followed(services: Services, photos: list[str], dates: str, method: str) -> Followed:
    """The comparison, or `gr.Error` with the one clear message."""
    written = [date.strip() for date in dates.split(",")] if dates.strip() else [""] * len(photos)
    if len(written) != len(photos):
        raise gr.Error(texts.DATE_PAIRS.format(dates=len(written), photos=len(photos)), print_exception=False)
    given = [Given(path, date) for path, date in zip(photos, written, strict=True)]
    *_, last = followup.follow(services, given, method or services.default_method)
    if not isinstance(last, Followed):
        raise gr.Error(last.message, print_exception=False)
    return last
