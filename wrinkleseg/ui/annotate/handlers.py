"""What the events of the annotating tab do: from a stroke or a click to what changes on the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import gradio as gr

from wrinkleseg import annotation
from wrinkleseg.methods import MethodError
from wrinkleseg.ui import cards, choices, flow, temporary
from wrinkleseg.ui.annotate import view
from wrinkleseg.ui.annotate import work as work_room
from wrinkleseg.ui.annotate.work import Work
from wrinkleseg.ui.tabs import Events
from wrinkleseg.ui.texts import annotate as texts


class Handlers(Events):
    """The events of one page. They keep nothing: a visitor's data set is in `gr.State`, as a `Work`.

    The last arguments of most are `drawn`: the work, the editor's value, the two strictnesses, the face's width. So a
    click never loses strokes that were drawn just before.
    """

    def on_files(self, paths: Sequence[str] | None, *drawn) -> Iterator[dict]:
        """Photos or data sets were given."""
        if not paths:
            return
        temporary.adopt_all(paths)
        yield {self.parts.status: cards.working(0, texts.OPENING, texts.STEPS)}
        yield self._done(drawn, lambda work: work_room.add(self.services, work, paths), False)

    def on_example(self, event: gr.EventData, *drawn) -> dict:
        """An example photo was chosen."""
        photo = flow.example(self.services, event.choice)
        path = temporary.write_png(photo.rgb, photo.name)
        return self._done(drawn, lambda work: work_room.add(self.services, work, [path]), False)

    def on_stroke(self, *drawn) -> dict:
        """A stroke was drawn or taken back, or what makes it crisp was changed."""
        work, editor = drawn[0], drawn[1]
        if work is None:
            return {self.parts.status: view.failed([texts.ERROR_GONE]) if editor.get("token") else view.empty()}
        try:
            made = _drawn(*drawn)
        except Exception as error:  # what is on the page stays
            return {**self._followed(work), self.parts.status: view.failed([work_room.told(error)])}
        return {**self._followed(made), self.parts.photos: view.photos(made)}

    def on_photo(self, event: gr.EventData, *drawn) -> dict:
        """Another photo of the list was chosen."""
        return self._done(drawn, lambda work: (work_room.go(self.services, work, int(event.choice)), []))

    def on_previous(self, *drawn) -> dict:
        """To the photo before."""
        return self._done(drawn, lambda work: (work_room.go(self.services, work, work.bench.number - 1), []))

    def on_next(self, *drawn) -> dict:
        """To the next photo."""
        return self._done(drawn, lambda work: (work_room.go(self.services, work, work.bench.number + 1), []))

    def on_remove(self, *drawn) -> dict:
        """The open photo is taken out of the data set."""
        return self._done(drawn, lambda work: (work_room.remove(self.services, work), []))

    def on_open(self, task: str) -> gr.Dropdown:
        """The tab was chosen: the methods that there are now. What is chosen stays chosen."""
        return gr.Dropdown(choices.labels(self.infos, task))

    def on_task(self, task: str) -> dict:
        """Other methods can be started from."""
        usual = choices.default(self.infos, self.services.default_method, task)
        return {self.parts.start_method: gr.Dropdown(choices.labels(self.infos, task), value=usual)}

    def on_start(self, task: str, method: str | None, *drawn) -> dict:
        """A method's result becomes the strokes."""

        def begin(work: Work) -> tuple[Work, list]:
            if not method:
                raise MethodError(texts.ERROR_METHOD)
            return work_room.start_from(self.services, work, method, task), []

        result = self._done(drawn, begin)
        if not result[self.parts.status]:
            title = next(info.title for info in self.infos if info.name == method)
            result[self.parts.started] = view.note(texts.STARTED.format(name=title))
        return result

    def on_save(self, name: str, *drawn) -> dict:
        """The data set as a zip, with the last stroke in it."""
        work = drawn[0]
        if work is None:
            return {self.parts.status: view.failed([texts.ERROR_GONE]), self.parts.archive: None}
        try:
            kept, data = work_room.save(_drawn(*drawn), name.strip())
        except Exception as error:  # what is on the page stays
            return {self.parts.status: view.failed([work_room.told(error)]), self.parts.archive: None}
        file = f"{temporary.safe_name(name.strip() or texts.NAME_DEFAULT)}.zip"
        said = texts.SAVED_NOW.format(name=file, size=len(data) / 1e6)
        followed = {**self._followed(kept), self.parts.saved: view.state(kept, said)}
        return {**followed, self.parts.archive: temporary.write_bytes(data, file)}

    def _done(self, drawn: Sequence, act: Callable, needs_work: bool = True) -> dict:
        """Take the strokes in, do something to the work, and show what it is then; an error leaves it as it was."""
        work = drawn[0]
        if work is None and needs_work:
            return {self.parts.status: view.failed([texts.ERROR_GONE])}
        try:
            work = _drawn(*drawn) if work is not None else None
            changed, messages = act(work)
        except Exception as error:
            return {**self._followed(work), self.parts.status: view.failed([work_room.told(error)])}
        return self._shown(changed, drawn[0], messages)

    def _shown(self, work: Work | None, before: Work | None, messages: Sequence[str]) -> dict:
        if work is None:
            return {**self._nothing(), self.parts.status: view.failed(messages) or view.empty()}
        status = view.failed(messages, some=len(messages) > 0 and work is not before)
        one, last = work.entry, len(work.entries) - 1
        levels = {slider: one.strictness[task] for task, slider in self.parts.strictness.items()}
        return {
            **self._followed(work),
            **levels,
            self.parts.status: status,
            self.parts.room: gr.Column(visible=True),
            self.parts.files: None,
            self.parts.heading: view.heading(work),
            self.parts.editor: view.opened(work),
            self.parts.photos: view.photos(work),
            self.parts.width: round(one.face_width),
            self.parts.started: "",
            self.parts.save: gr.Button(interactive=True),
            self.parts.previous: gr.Button(interactive=work.bench.number > 0),
            self.parts.next: gr.Button(interactive=work.bench.number < last),
        }

    def _followed(self, work: Work | None) -> dict:
        if work is None:
            return self._nothing()
        return {
            self.parts.work: work,
            self.parts.feed: view.result(work),
            self.parts.counts: view.counts(work),
            self.parts.saved: view.state(work),
            self.parts.status: "",
            self.parts.width_note: view.note(_width_note(work)),
        }

    def _nothing(self) -> dict:
        """There is no photo: nothing of one stays on the page."""
        return {
            self.parts.work: None,
            self.parts.room: gr.Column(visible=False),
            self.parts.editor: {},
            self.parts.feed: {},
            self.parts.photos: "",
            self.parts.counts: "",
            self.parts.saved: "",
            self.parts.files: None,
            self.parts.save: gr.Button(interactive=False),
            self.parts.status: view.empty(),
        }


def _drawn(work: Work, editor: dict, wrinkle: float, pore: float, width: float | None) -> Work:
    """The work with the strokes of the page; those of a photo that is not open any more are left aside."""
    if not isinstance(editor, dict) or editor.get("token") != work.bench.token:
        return work
    levels = dict(zip(annotation.TASKS, (wrinkle, pore), strict=True))
    return work_room.draw(work, editor.get("strokes", []), levels, width)


def _width_note(work: Work) -> str:
    return texts.WIDTH_FOUND if work.entry.face_found else texts.WIDTH_GUESSED
