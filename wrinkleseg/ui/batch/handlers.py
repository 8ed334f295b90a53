"""What the events of the tab for many photos do.

One event looks at one photo and starts the next one: between two photos of a long table, other visitors get their turn,
and nothing more is done for a visitor who has left.
"""

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import gradio as gr

from wrinkleseg import batch
from wrinkleseg.analysis import Analysis
from wrinkleseg.archive import ArchiveError
from wrinkleseg.images import Picture
from wrinkleseg.ui import choices, flow, temporary
from wrinkleseg.ui.batch import view
from wrinkleseg.ui.services import Services
from wrinkleseg.ui.tabs import Events
from wrinkleseg.ui.texts import batch as texts


@dataclass(frozen=True, eq=False)
class Job:
    """What the server keeps for one visitor: no pictures, only rows.

    archive: path of the zip of results. pictures: path of each row's small picture, or "". over: nothing more will be done.
    """

    items: tuple[batch.Item, ...]
    method: str
    archive: str
    rows: tuple[batch.Row, ...] = ()
    pictures: tuple[str, ...] = ()
    over: bool = False

    @property
    def complete(self) -> bool:
        """Every photo was looked at."""
        return len(self.rows) == len(self.items)


class Handlers(Events):
    """The events of one page. They keep nothing: a visitor's table is in `gr.State`, as `Job`."""

    def on_files(self, files: list[str] | None, job: Job | None) -> dict:
        """Files came or went: say how many photos there are, or why they cannot be taken.

        With the last of them an earlier table goes as well; beside new ones it stays, named as such.
        """
        temporary.adopt_all(files or ())
        if job is not None and not job.over:
            return self._nothing()
        if not files:
            return self._cleared()
        try:
            return {self.parts.status: view.ready(len(batch.gather(files)), earlier=job is not None)}
        except Exception as error:  # the visitor gets one clear message, the log gets the rest
            return {self.parts.status: view.failed(texts.ERROR_TITLE, explain(error))}

    def on_methods(self, *names: str | None) -> dict:
        """The choice of methods changed."""
        return {self.parts.about: choices.describe(self.infos, names)}

    def on_run(self, files: list[str] | None, turn: int, *names: str | None) -> dict:
        """Begin: the photos are counted, and the first turn is asked for."""
        if not files:
            return {self.parts.status: view.failed(texts.ERROR_TITLE, texts.ERROR_NO_FILES)}
        try:
            method = choices.check(self.services.methods(), choices.compose(self.infos, *names))
            items = batch.gather(files)
            job = Job(items, method, temporary.empty_file(texts.DOWNLOAD_NAME))
        except Exception as error:  # the visitor gets one clear message, the log gets the rest
            return {self.parts.status: view.failed(texts.ERROR_TITLE, explain(error))}
        return {**self._going(job, turn), self.parts.stopped: False}

    def on_turn(self, job: Job | None, stopped: bool, turn: int) -> dict:
        """Look at the next photo; or end, where there is none or the visitor has stopped."""
        if job is None:
            return {**self._ended(), self.parts.status: view.failed(texts.ERROR_BROKEN, texts.ERROR_STATE)}
        if job.over:
            return self._nothing()
        try:
            if not stopped:
                job = self._look(job)
            if stopped or job.complete:
                return self._finished(job)
        except Exception as error:  # no photo is to blame: the disk is full, or the folder is gone
            over = {self.parts.job: replace(job, over=True), **self._ended()}
            return {**over, self.parts.status: view.failed(texts.ERROR_BROKEN, explain(error))}
        return self._going(job, turn)

    def on_stop(self, job: Job | None) -> dict:
        """The photo under way is finished, then the work ends."""
        if job is None or job.over:
            return self._nothing()
        return {
            self.parts.stopped: True,
            self.parts.status: view.stopping(),
            self.parts.stop: gr.Button(interactive=False),
        }

    def on_download(self, job: Job | None) -> str:
        """Path of the zip of what is in the table."""
        if job is None or not Path(job.archive).is_file():
            raise gr.Error(texts.ERROR_STATE, print_exception=False)
        return job.archive

    def _look(self, job: Job) -> Job:
        analyse = partial(analyse_one, self.services, job.method)
        row = batch.one(job.items[len(job.rows)], analyse, job.archive, self.services.read, explain)
        picture = temporary.write_bytes(row.thumbnail, "small.png") if row.thumbnail else ""
        return replace(job, rows=(*job.rows, row), pictures=(*job.pictures, picture))

    def _going(self, job: Job, turn: int) -> dict:
        name = job.items[len(job.rows)].name
        return {
            self.parts.job: job,
            self.parts.turn: turn + 1,
            self.parts.status: view.working(name, job.rows, len(job.items)),
            self.parts.table: view.table(job.rows, job.pictures),
            self.parts.result: gr.Column(visible=False),
            self.parts.run: gr.Button(interactive=False),
            self.parts.stop: gr.Button(visible=True, interactive=True) if not job.rows else gr.skip(),
        }

    def _finished(self, job: Job) -> dict:
        batch.finish(job.archive, job.rows)
        return {
            **self._ended(),
            self.parts.job: replace(job, over=True),
            self.parts.status: view.finished(job.rows, len(job.items)),
            self.parts.table: view.table(job.rows, job.pictures),
            self.parts.result: gr.Column(visible=bool(job.rows)),
        }

    def _cleared(self) -> dict:
        return {
            self.parts.job: None,
            self.parts.status: view.empty(),
            self.parts.table: "",
            self.parts.result: gr.Column(visible=False),
        }

    def _nothing(self) -> dict:
        return {self.parts.status: gr.skip()}

    def _ended(self) -> dict:
        return {self.parts.run: gr.Button(interactive=True), self.parts.stop: gr.Button(visible=False)}


def analyse_one(services: Services, method: str, picture: Picture, name: str) -> Analysis:
    """As `batch.one` asks for it, by the page's own functions."""
    return services.analyse(method, picture.rgb, name=name, notes=picture.notes)


def explain(error: Exception) -> str:
    """One clear message for any error; what is ours to mend is logged."""
    return str(error) if isinstance(error, ArchiveError | batch.BatchError) else flow.failure(error).message
