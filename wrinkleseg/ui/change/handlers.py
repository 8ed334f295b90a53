"""What the events of the tab do: from photos, dates and clicks to what changes on the page."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import gradio as gr

from wrinkleseg import change
from wrinkleseg.analysis import WHOLE
from wrinkleseg.ui import cards, choices, temporary
from wrinkleseg.ui.change import figures, followup, layout, trend, view
from wrinkleseg.ui.change.followup import Followed, Given, Progress, Refusal
from wrinkleseg.ui.tabs import Events
from wrinkleseg.ui.texts import change as texts


class Handlers(Events):
    """The events of one page. They keep nothing: a visitor's photos and result are in `gr.State`."""

    def on_files(self, paths: list[str] | None, given: Sequence[Given]) -> dict:
        """Photos came or went: a date stays with its photo, an earlier result goes."""
        temporary.adopt_all(paths or ())
        known = {one.path: one for one in given or ()}
        now = tuple(known.get(path, Given(path)) for path in paths or ())
        return {
            **self._cleared(),
            self.parts.given: now,
            self.parts.dates: view.dates(now),
            self.parts.dated: _dated(now),
            self.parts.status: view.ready(len(now)) if now else view.empty(),
        }

    def on_dates(self, event: gr.EventData, given: Sequence[Given]) -> dict:
        """A date was written or taken away: all of them as they stand now, in the order of the photos."""
        dates = [str(date) for date in event.dates]
        if len(dates) != len(given or ()):  # photos came or went in the meantime: their fields are drawn anew
            return {self.parts.given: given, self.parts.dated: _dated(given or ())}
        now = tuple(replace(one, date=date) for one, date in zip(given, dates, strict=True))
        return {self.parts.given: now, self.parts.dated: _dated(now)}

    def on_method(self, *names: str | None) -> str:
        """Another method was chosen: say what it is."""
        return choices.describe(self.infos, names)

    def on_run(self, before: Followed | None, given: Sequence[Given], *names: str | None) -> Iterator[dict]:
        """Look at the photos one after the other, then compare them.

        An earlier result, `before`, goes as the work begins: what is refused at once leaves it.
        """
        events = followup.follow(self.services, given or (), choices.compose(self.infos, *names))
        first = next(events)
        if isinstance(first, Refusal):
            told = f"{first.message} {texts.BEFORE}" if before else first.message
            yield {self.parts.status: view.told(texts.FAILED_TITLE, told)}
            return
        busy = {self.parts.run: gr.Button(interactive=False), self.parts.stop: gr.Button(visible=True)}
        yield {**self._cleared(), **busy, self.parts.status: self._working(first)}
        for event in events:
            if isinstance(event, Progress):
                yield {self.parts.status: self._working(event)}
            elif isinstance(event, Refusal):
                yield {**self._cleared(), self.parts.status: view.told(texts.FAILED_TITLE, event.message)}
            else:
                yield self._shown(event)

    def on_stop(self) -> dict:
        """The visitor stopped it."""
        return {**self._cleared(), self.parts.status: view.told(texts.STOPPED_TITLE, texts.STOPPED)}

    def on_view(self, found: Followed | None, later: int, marks: bool, field: str, zone: str) -> dict:
        """Another photo, measure or zone was chosen. No method runs."""
        if found is None:
            return {self.parts.status: view.told(texts.FAILED_TITLE, texts.EXPIRED)}
        return self._drawn(found, int(later), marks, field, zone)

    def on_download(self, found: Followed | None) -> str:
        """The figures as CSV; the path of the file."""
        if found is None:
            raise gr.Error(texts.EXPIRED, print_exception=False)
        name = f"{temporary.safe_name(found.seen[0].shot.name)}-change.csv"
        return temporary.write_bytes(figures.csv_bytes(found), name)

    def _working(self, progress: Progress) -> str:
        names = progress.names
        return cards.working(progress.number, texts.WORKING.format(count=len(names)), view.steps(names))

    def _shown(self, found: Followed) -> dict:
        last = len(found.seen) - 1
        fields = [field for field in change.FIELDS if field.split("_")[0] in found.seen[0].shot.method.tasks]
        offered = [(texts.MEASURES[field][0], field) for field in fields]
        return {
            **self._idle(),
            self.parts.status: "",
            self.parts.followed: found,
            self.parts.result: gr.Column(visible=True),
            self.parts.notices: view.notices(found),
            self.parts.later: gr.Dropdown(_later(found), value=last),
            self.parts.marks: False,
            self.parts.measure: gr.Dropdown(offered, value=fields[0]),
            self.parts.zone: gr.Dropdown(layout.zones(), value=WHOLE, visible=len(found.occasions) > 2),
            **self._drawn(found, last, False, fields[0], WHOLE),
        }

    def _drawn(self, found: Followed, later: int, marks: bool, field: str, zone: str) -> dict:
        changes = found.changes(later)
        first, last = found.seen[0], found.seen[later]
        return {
            self.parts.heading: view.heading(found, later),
            self.parts.sides: view.sides(found, later),
            self.parts.picture: (first.marked, last.marked) if marks else (first.plain, last.plain),
            self.parts.legend: cards.legend(first.shot.method.tasks, "overlay", zones=False) if marks else "",
            self.parts.summary: view.summary(found, changes, field),
            self.parts.table: view.table(found, changes, later, field),
            self.parts.trend: trend.trend(found, field, zone),
        }

    def _idle(self) -> dict:
        return {self.parts.run: gr.Button(interactive=True), self.parts.stop: gr.Button(visible=False)}

    def _cleared(self) -> dict:
        """Nothing of an earlier comparison stays, on the page or in memory."""
        return {
            **self._idle(),
            self.parts.followed: None,
            self.parts.result: gr.Column(visible=False),
            self.parts.picture: None,
        }


def _dated(given: Sequence[Given]) -> str:
    dated = sum(bool(one.date.strip()) for one in given)
    return cards.hint(texts.DATE_COUNT.format(dated=dated, count=len(given))) if dated else ""


def _later(found: Followed) -> list[tuple[str, int]]:
    """Every photo but the first, with its index; a repeat of the first date is named as such."""
    offered = []
    for index in range(1, len(found.seen)):
        label, same = followup.label(found, index), found.seen[index].shot in found.occasions[0].shots
        offered.append((texts.REPEAT.format(label=label) if same else label, index))
    return offered
