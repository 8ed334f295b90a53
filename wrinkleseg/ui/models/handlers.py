"""What the events of the tab about the methods do."""

import os
from collections.abc import Iterator

import gradio as gr

from wrinkleseg.methods import MethodError, MethodInfo
from wrinkleseg.ui import cards, flow
from wrinkleseg.ui.models import access, view
from wrinkleseg.ui.models.layout import Parts
from wrinkleseg.ui.services import Services
from wrinkleseg.ui.texts import models as texts


class Handlers:
    """The events of one page. They keep nothing: what was loaded is the page's, behind `Services.add_method`."""

    def __init__(self, services: Services, parts: Parts) -> None:
        self.services, self.parts = services, parts

    def on_open(self) -> str:
        """The tab was opened: what others have loaded since is here as well."""
        return view.listing(self.services, self.services.methods())

    def on_load(self, name: str, request: gr.Request) -> Iterator[dict]:
        """A folder or a repository was named."""
        given = name.strip()
        yield {self.parts.status: cards.working(1 if given else 0, given, list(texts.LOAD_STEPS))}
        found = load(self.services, given, request)
        if isinstance(found, flow.Failure):
            yield {self.parts.status: view.failed(found.message)}
        else:
            yield {
                self.parts.status: view.loaded(found),
                self.parts.name: "",
                self.parts.listing: view.listing(self.services, self.services.methods()),
            }


def load(services: Services, name: str, request: gr.Request) -> MethodInfo | flow.Failure:
    """Load one model for all tabs, if this visitor may; asked at every call, for a name of another site may lead here."""
    try:
        if services.add_method is None or not access.may_load(os.environ, request.headers.get("host", "")):
            raise MethodError(texts.LOAD_CLOSED)
        return services.add_method(name)
    except Exception as error:  # the visitor gets one clear message, the log gets the rest
        return flow.failure(error)
