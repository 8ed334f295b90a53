"""What the tab's events do: from a photo or a click to what changes on the page."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import gradio as gr

from wrinkleseg.ui import cards, choices, flow, table, temporary, texts, view
from wrinkleseg.ui.flow import TASKS
from wrinkleseg.ui.photo import chart, scene
from wrinkleseg.ui.tabs import Events
from wrinkleseg.ui.texts import result as result_texts


class Handlers(Events):
    """The events of one page. They keep nothing: a visitor's result is in `gr.State`, as a `flow.Session`.

    The last arguments of most are `asked`: the two methods' names, then `Parts.controls`.
    """

    def on_file(self, path: str | None, session: flow.Session | None, *asked) -> Iterator[dict]:
        """A photo was uploaded, taken or pasted."""
        if path is None:  # the camera was chosen, or its photo removed
            yield self.on_clear(session)
            return
        yield self._working(flow.Step(flow.READ, Path(path).name))
        photo = flow.open_file(self.services, path)
        if isinstance(photo, flow.Failure):
            yield self._failed(photo, session)
            return
        if not flow.shown_by_browsers(photo):
            yield {self.parts.photo: temporary.write_png(view.for_screen(photo.rgb), photo.name)}
        yield from self._run(photo, 0, session, asked)

    def on_example(self, event: gr.EventData, session: flow.Session | None, *asked) -> Iterator[dict]:
        """An example photo was chosen."""
        photo = flow.example(self.services, event.choice)
        yield {self.parts.photo: temporary.write_png(view.for_screen(photo.rgb), photo.name)}
        yield from self._run(photo, 0, session, asked)

    def on_face(self, event: gr.EventData, session: flow.Session | None, *asked) -> Iterator[dict]:
        """Another face of the same photo was chosen."""
        if session is None:
            yield self._expired()
            return
        yield from self._run(session.photo, int(event.choice), session, asked)

    def on_method(self, session: flow.Session | None, *asked) -> Iterator[dict]:
        """Another method was chosen: look at the same photo again, if there is one."""
        if session is None:
            yield {self.parts.session: None}  # an event that says nothing would empty the page
            return
        yield self._its_photo(session)
        yield from self._run(session.photo, session.face_index, session, asked)

    def on_clear(self, session: flow.Session | None) -> dict:
        """The photo was taken away: nothing of it stays on the page or in memory."""
        _ended(session)
        empty = (
            *(self.parts.faces, self.parts.notices, self.parts.heading),
            *(self.parts.chart, self.parts.close, self.parts.tiles, self.parts.tables),
        )
        return {
            self.parts.session: None,
            self.parts.picture: None,
            self.parts.status: cards.empty(),
            self.parts.result: gr.Column(visible=False),
            **dict.fromkeys(empty, ""),
        }

    def on_cancel(self, session: flow.Session | None) -> dict:
        """The visitor waits no longer: the earlier result is as it was."""
        if session is None:
            return {
                self.parts.photo: None,  # with it there, nothing would begin the work again
                self.parts.status: cards.hint(result_texts.CANCELLED_EMPTY) + cards.empty(),
            }
        session.turn.over = False  # it may have been about to go
        told = result_texts.CANCELLED.format(name=cards.escape(session.analysis.name))
        return {
            **self._its_photo(session),
            self.parts.status: cards.hint(told),
            self.parts.faces: cards.faces(session.thumbnails, session.face_index),
            self.parts.notices: cards.warnings(session.analysis),
        }

    def on_control(self, session: flow.Session | None, *controls) -> dict:
        """A control moved: draw again, and measure again where a threshold moved. No method runs."""
        if session is None:
            return self._expired()
        how, thresholds = _read(controls)
        return self._redrawn(session, flow.with_thresholds(session, thresholds), how)

    def on_settled(self, session: flow.Session | None, *controls) -> dict:
        """A result came: draw it again where a control was moved while the photo was looked at."""
        nothing = {self.parts.status: gr.skip()}
        if session is None:
            return nothing
        how, thresholds = _read(controls)
        moved = flow.with_thresholds(session, thresholds)
        as_shown = moved is session and how == session.turn.drawn
        return nothing if as_shown else self._redrawn(session, moved, how)

    def on_look(self, event: gr.EventData, session: flow.Session | None, *controls) -> dict:
        """The picture was zoomed further than its pixels reach: that part of the photo in the photo's own pixels."""
        how, _ = _read(controls)
        try:
            left, top, right, bottom = map(float, str(event.choice).split())
        except ValueError:  # the page sends four numbers, a stranger may send anything
            return {self.parts.close: ""}
        if session is None:
            return {self.parts.close: ""}
        frame = view.frame_box(session.analysis, how.frame)
        box = view.part_of(frame, (left, top, right, bottom))
        original, drawn = view.close_up(session.analysis, _without_zones(how), box)
        name = f"{session.photo.name}-close"
        paths = temporary.write_png(original, name), temporary.write_png(drawn, f"{name}-{how.kind}")
        if session.turn.over:
            return {self.parts.close: gr.skip()}
        return {self.parts.close: scene.close_up(box, frame, *paths)}

    def usual(self, *names) -> dict:
        """Thresholds and description that belong to the chosen methods."""
        sliders = {
            self.parts.thresholds[task]: choices.threshold(self.infos, name, task)
            for task, name in zip(TASKS, names, strict=True)
        }
        return {**sliders, self.parts.about_methods: choices.describe(self.infos, names)}

    def on_download(self, session: flow.Session | None) -> str:
        """The zip of what is on the page now; its path."""
        if session is None:
            raise gr.Error(texts.EXPIRED, print_exception=False)
        name = f"{temporary.safe_name(session.photo.name)}-wrinkleseg.zip"
        return temporary.write_bytes(self.services.zip_bytes(session.analysis), name)

    def _run(self, photo: flow.Photo, face_index: int, before: flow.Session | None, asked: Sequence) -> Iterator[dict]:
        """Analyse and show; on a failure say so, and leave the earlier result, named as such."""
        names, (how, thresholds) = asked[: len(TASKS)], _read(asked[len(TASKS) :])
        own = {task: choices.usual(self.infos, name, task) for task, name in zip(TASKS, names, strict=True)}
        request = flow.Request(choices.compose(self.infos, *names), face_index, choices.meant(thresholds, own))
        for event in flow.analyse(self.services, photo, request):
            if isinstance(event, flow.Step):
                yield self._working(event)
            elif isinstance(event, flow.Failure):
                yield self._failed(event, before)
            else:
                _ended(before)
                yield self._shown(event, how)

    def _working(self, step: flow.Step) -> dict:
        found = {self.parts.status: cards.working(step.number, step.name)}
        return found if step.number > flow.FIND else {**found, self.parts.notices: ""}

    def _shown(self, session: flow.Session, how: view.View) -> dict:
        return {
            self.parts.session: session,
            self.parts.status: "",
            self.parts.result: gr.Column(visible=True),
            self.parts.faces: cards.faces(session.thumbnails, session.face_index),
            self.parts.notices: cards.warnings(session.analysis),
            self.parts.heading: cards.heading(session.analysis, session.face_index),
            self.parts.caption: cards.caption(session.analysis.rgb.shape, view.LARGEST),
            **self._drawn(session, how),
            **self._measured(session),
        }

    def _redrawn(self, session: flow.Session, moved: flow.Session, how: view.View) -> dict:
        """The result drawn again, and its measures where `moved`, the same at the controls' thresholds, is another session."""
        drawn = self._drawn(moved, how)
        if moved is not session:
            drawn = {self.parts.session: moved, **drawn, **self._measured(moved)}
        # Meanwhile another photo's result may have come, below whose name this one must not stand.
        return {self.parts.status: gr.skip()} if session.turn.over else drawn

    def _its_photo(self, session: flow.Session) -> dict:
        """The photo that the result is of, back in its box: another may have come that was cancelled or of no use."""
        return {self.parts.photo: flow.original(session, "photo")}

    def _drawn(self, session: flow.Session, how: view.View) -> dict:
        session.turn.drawn = how
        path = temporary.write_png(
            view.on_screen(session.analysis, _without_zones(how)), f"{session.photo.name}-{how.kind}"
        )
        tasks = tuple(task for task in how.tasks if task in session.analysis.maps)
        box = view.frame_box(session.analysis, how.frame)
        original, face = flow.original(session, how.frame), flow.original(session, "face")
        return {
            self.parts.picture: scene.scene(session.analysis, box, original, path, face, how.zones),
            self.parts.legend: cards.legend(tasks, how.kind, how.zones),
        }

    def _measured(self, session: flow.Session) -> dict:
        return {
            self.parts.chart: chart.chart(session.analysis),
            self.parts.tiles: table.tiles(session.analysis),
            self.parts.tables: table.tables(session.analysis),
        }

    def _failed(self, failure: flow.Failure, before: flow.Session | None) -> dict:
        shown = before.analysis.name if before else None
        found = dict.fromkeys((self.parts.notices, self.parts.faces), "")
        if failure.kind == "picture":  # the browser cannot show it either
            found[self.parts.photo] = None
        return {**found, self.parts.status: cards.error(failure.kind, failure.message, shown)}

    def _expired(self) -> dict:
        return {self.parts.status: cards.error("expired", texts.EXPIRED, None)}


def _ended(session: flow.Session | None) -> None:
    """That visitor's earlier result, if there is one, leaves the page."""
    if session is not None:
        session.turn.over = True


def _without_zones(how: view.View) -> view.View:
    """The scene draws them itself, above the picture, so that they stay thin when it is zoomed."""
    return replace(how, zones=False)


def _read(controls: Sequence) -> tuple[view.View, dict[str, float]]:
    """What the controls say, in the order of `Parts.controls`."""
    kind, frame, tasks, zones, opacity, *thresholds = controls
    return view.View(kind, tuple(tasks), opacity, zones, frame), dict(zip(TASKS, thresholds, strict=True))
