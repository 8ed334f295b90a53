"""What the events of the comparing tab do: from a photo or a click to what changes on the page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import gradio as gr

from wrinkleseg.ui import cards, choices, flow, temporary, texts
from wrinkleseg.ui import view as drawing
from wrinkleseg.ui.compare import comparison, view
from wrinkleseg.ui.compare.comparison import Comparison
from wrinkleseg.ui.compare.layout import chosen_words
from wrinkleseg.ui.tabs import Events


@dataclass(frozen=True, eq=False)
class Given:
    """What the server keeps for one visitor: the photo, and which face of it. `carried`: it came from the first tab."""

    photo: flow.Photo
    face_index: int = 0
    carried: bool = False


class Handlers(Events):
    """The events of one page. They keep nothing: a visitor's photo is in `gr.State`, as `Given`."""

    def on_file(self, path: str | None) -> dict:
        """A photo was uploaded, taken or pasted."""
        if path is None:
            return self.on_clear()
        photo = flow.open_file(self.services, path)
        if isinstance(photo, flow.Failure):
            return {**self.on_clear(), self.parts.photo: None, **self._failed(photo)}
        shown = {} if flow.shown_by_browsers(photo) else self._photo(photo)
        return {**self._ready(Given(photo)), **shown}

    def on_example(self, event: gr.EventData) -> dict:
        """An example photo was chosen."""
        photo = flow.example(self.services, event.choice)
        return {**self._ready(Given(photo)), **self._photo(photo)}

    def on_open(self, session: flow.Session | None, given: Given | None) -> dict:
        """The tab was opened: the photo of the first tab is here already, unless another one was given here."""
        own = given is not None and not given.carried
        if session is None or own or _same(given, session):
            return {self.parts.given: given}
        return {**self._ready(Given(session.photo, session.face_index, True)), **self._photo(session.photo)}

    def on_clear(self) -> dict:
        """The photo was taken away: nothing of it stays on the page or in memory, nor a mask that was drawn on it."""
        pieces = (
            *(self.parts.faces, self.parts.notices, self.parts.heading),
            *(self.parts.pictures, self.parts.agreement, self.parts.figures),
        )
        return {
            self.parts.given: None,
            self.parts.truth: None,
            self.parts.status: view.empty(),
            self.parts.result: gr.Column(visible=False),
            **dict.fromkeys(pieces, ""),
        }

    def on_offer(self, task: str) -> gr.CheckboxGroup:
        """The tab was opened: the methods that there are now. What is chosen stays chosen."""
        return gr.CheckboxGroup(choices.labels(self.infos, task))

    def on_task(self, task: str) -> dict:
        """Wrinkles or pores: other methods can be chosen, and a mask of the one is none of the other."""
        names = choices.several(self.infos, self.services.default_method, task)
        group = gr.CheckboxGroup(choices.labels(self.infos, task), value=names)
        return {self.parts.methods: group, self.parts.truth: None, **self.on_methods(names)}

    def on_methods(self, names: Sequence[str]) -> dict:
        """The choice of methods changed: say how many there are, and let nobody compare one or five."""
        return {
            self.parts.chosen: cards.hint(chosen_words(names)),
            self.parts.about: choices.describe(self.infos, names),
            self.parts.run: gr.Button(interactive=comparison.LEAST <= len(names) <= comparison.MOST),
        }

    def on_compare(self, given: Given | None, task: str, names: Sequence[str], truth: str | None) -> Iterator[dict]:
        """Run the methods one after the other, and show each as soon as it is there."""
        if given is None:
            yield self._failed(flow.Failure("photo", texts.COMPARE_NO_PHOTO))
            return
        name = given.photo.name
        yield {self.parts.status: cards.working(0, name, self._steps(names))}
        question = comparison.Question(given.photo, task, tuple(names), given.face_index, truth)
        for found in comparison.compare(self.services, question):
            yield self._failed(found) if isinstance(found, flow.Failure) else self._shown(found)

    def on_face(self, event: gr.EventData, given: Given | None, *asked) -> Iterator[dict]:
        """Another face of the same photo was chosen."""
        other = given and replace(given, face_index=int(event.choice))
        yield {self.parts.given: other}
        yield from self.on_compare(other, *asked)

    def _steps(self, names: Sequence[str]) -> list[str]:
        infos = [info for info in self.infos if info.name in names]
        return view.steps([info.title for info in infos])

    def _shown(self, found: Comparison) -> dict:
        ground, status = found.ground, ""
        if found.running is not None:
            titles = [entry.info.title for entry in found.entries]
            status = cards.working(found.running + 1, ground.shared.name, view.steps(titles))
        return {
            self.parts.status: status,
            self.parts.result: gr.Column(visible=True),
            self.parts.faces: cards.faces(ground.thumbnails, ground.face_index),
            self.parts.notices: cards.warnings(ground.shared),
            self.parts.heading: view.heading(found),
            self.parts.pictures: view.pictures(found),
            self.parts.agreement: view.agreement(found),
            self.parts.figures: view.figures(found),
        }

    def _ready(self, given: Given) -> dict:
        return {**self.on_clear(), self.parts.given: given, self.parts.status: view.ready()}

    def _photo(self, photo: flow.Photo) -> dict:
        return {self.parts.photo: temporary.write_png(drawing.for_screen(photo.rgb), photo.name)}

    def _failed(self, failure: flow.Failure) -> dict:
        """Nothing of an earlier comparison stays: its pictures would seem to be the answer."""
        return {
            self.parts.status: cards.error(failure.kind, failure.message, None),
            self.parts.notices: "",
            self.parts.result: gr.Column(visible=False),
        }


def _same(given: Given | None, session: flow.Session) -> bool:
    """The first tab still shows what was carried over from it."""
    return given is not None and given.photo is session.photo and given.face_index == session.face_index
