"""The tab for many photos without a browser: its turns, its states, its table, and `/batch` for programs."""

import csv
import io
import re
import socket
import zipfile
from dataclasses import replace
from pathlib import Path

import gradio as gr
import pytest
from fakes import FakeLibrary
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from wrinkleseg import batch, images
from wrinkleseg.batch import Row
from wrinkleseg.ui import page, temporary
from wrinkleseg.ui.batch import api, layout, view
from wrinkleseg.ui.batch.handlers import Handlers
from wrinkleseg.ui.texts import batch as texts

METHODS = ("lines", "both")


@pytest.fixture(autouse=True)
def folder(request, tmp_path, monkeypatch) -> Path | None:
    """The page's temporary folder, in the test's own; a running server keeps its own."""
    if "client" in request.fixturenames:
        return None
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "page"))
    return temporary.claim()


@pytest.fixture
def library() -> FakeLibrary:
    return FakeLibrary()


@pytest.fixture
def handlers(library) -> Handlers:
    services = library.services()
    with gr.Blocks():
        return Handlers(services, layout.build(services, services.methods()))


@pytest.fixture(scope="module")
def photos(astronaut, tmp_path_factory) -> list[str]:
    """Three photos of which the second is a text file."""
    folder = tmp_path_factory.mktemp("photos")
    images.save_png(folder / "anna.png", astronaut)
    (folder / "notes.jpg").write_text("this is no photo")
    images.save_png(folder / "berta.png", astronaut)
    return [str(folder / name) for name in ("anna.png", "notes.jpg", "berta.png")]


class Page:
    """What a visitor has: later updates over earlier ones; `turn` goes on as the browser does."""

    def __init__(self, handlers: Handlers) -> None:
        self.handlers, self.parts = handlers, handlers.parts
        self.shown = {self.parts.job: None, self.parts.stopped: False, self.parts.turn: 0}

    def take(self, update: dict) -> None:
        assert set(update) <= {*self.parts.shown}, "an event changes only what it is connected to"
        self.shown |= update

    def run(self, files) -> None:
        self.take(self.handlers.on_run(files, self["turn"], *METHODS))

    def turn(self) -> bool:
        """One turn; whether another one was asked for."""
        before = self["turn"]
        self.take(self.handlers.on_turn(self["job"], self["stopped"], before))
        return self["turn"] != before

    def __getitem__(self, name: str):
        return self.shown[getattr(self.parts, name)]

    @property
    def status(self) -> str:
        return self["status"]


@pytest.fixture
def visitor(handlers) -> Page:
    return Page(handlers)


def cells(table: str) -> list[list[str]]:
    body = table[table.index("<tbody>") :]
    return [re.findall(r"<t[hd][ >].*?</t[hd]>", row, re.DOTALL) for row in re.findall(r"<tr.*?</tr>", body, re.DOTALL)]


def test_every_turn_adds_a_row_and_asks_for_the_next(visitor, photos):
    visitor.run(photos)
    assert "Photo 1 of 3: anna.png" in visitor.status and texts.WORKING_FIRST in visitor.status
    assert visitor["run"].interactive is False and visitor["stop"].visible is True
    assert visitor.turn() and "Photo 2 of 3: notes.jpg" in visitor.status and "left" in visitor.status
    assert len(cells(visitor["table"])) == 1
    assert visitor.turn() and not visitor.turn()
    assert texts.PART_TITLE.format(good=2, count=3) in visitor.status and texts.SKIPPED[1] in visitor.status
    assert visitor["run"].interactive is True and visitor["result"].visible is True
    assert "&#x27;notes.jpg&#x27; cannot be used: it is a text file" in visitor["table"]


def test_figures_of_the_table_are_those_of_the_result(visitor, photos):
    visitor.run(photos[:1])
    visitor.turn()
    (row,), whole = cells(visitor["table"]), visitor["job"].rows[0].whole
    assert [re.sub("<.*?>", "", cell) for cell in row[1:6]] == [
        form.format(whole[field]) for field, _, _, form in texts.COLUMNS
    ]
    address = re.search(r'src="gradio_api/file=([^"]+)"', row[0]).group(1)
    assert images.load_rgb(address).shape == (batch.THUMBNAIL, batch.THUMBNAIL, 3)


def test_the_download_holds_what_is_in_the_table(visitor, photos):
    visitor.run(photos)
    while visitor.turn():
        pass
    path = visitor.handlers.on_download(visitor["job"])
    with zipfile.ZipFile(path) as file:
        lines = list(csv.DictReader(io.StringIO(file.read("photos.csv").decode("utf-8-sig"))))
    assert [(line["file"], line["status"]) for line in lines] == [
        ("anna.png", "measured"),
        ("notes.jpg", "skipped"),
        ("berta.png", "measured"),
    ]
    assert Path(path).name == texts.DOWNLOAD_NAME


def test_a_visitor_who_stops_keeps_what_is_finished(visitor, photos, library):
    visitor.run(photos)
    visitor.turn()
    visitor.take(visitor.handlers.on_stop(visitor["job"]))
    assert texts.STOPPING in visitor.status
    assert not visitor.turn() and library.calls == 1
    assert texts.STOPPED_TITLE.format(good=1, count=3) in visitor.status and "2 photos were not" in visitor.status
    with zipfile.ZipFile(visitor.handlers.on_download(visitor["job"])) as file:
        assert {"photos.csv", "measures.csv", "index.html", "anna/anna.json"} <= set(file.namelist())
    visitor.run(photos[:1])
    assert visitor["stopped"] is False and not visitor.turn() and library.calls == 2


def test_an_earlier_table_is_named_as_such_and_goes_with_the_last_file(visitor, photos):
    visitor.run(photos[:1])
    before = dict(visitor.handlers.on_files(photos, visitor["job"]))
    assert before == {visitor.handlers.parts.status: gr.skip()}, "while it is made nothing is said"
    visitor.turn()
    assert "Test network" in visitor["table"] and "Wrinkles 0.400, Pores 0.600" in visitor["table"]
    named = visitor.handlers.on_files(photos, visitor["job"])
    assert texts.READY_EARLIER in named[visitor.handlers.parts.status] and len(named) == 1, "the table stays"
    visitor.take(visitor.handlers.on_files(None, visitor["job"]))
    assert visitor["job"] is None and visitor["table"] == "" and not visitor["result"].visible
    assert "batch-empty" in visitor.status


def test_no_picture_stays_in_memory(visitor, photos):
    visitor.run(photos)
    while visitor.turn():
        pass
    kept = [value for row in visitor["job"].rows for value in vars(row).values()]
    assert {type(value) for value in kept} <= {str, bytes, dict, float, type(None)}
    assert all(len(value) < 50_000 for value in kept if isinstance(value, bytes))


def test_files_are_counted_or_refused_before_the_work_begins(handlers, photos, monkeypatch):
    status = handlers.parts.status
    assert "3 files are here" in handlers.on_files(photos, None)[status]
    assert "batch-empty" in handlers.on_files(None, None)[status]
    assert texts.READY_EARLIER not in handlers.on_files(photos, None)[status]
    monkeypatch.setattr(batch.gather, "__defaults__", (2, batch.MAX_TOTAL))
    for found in (handlers.on_files(photos, None), handlers.on_run(photos, 0, *METHODS)):
        assert "3 photos came, at most 2" in found[status] and "alert" in found[status]
    assert texts.ERROR_NO_FILES in handlers.on_run(None, 0, *METHODS)[status]


def test_a_method_that_is_not_offered_is_refused(handlers, photos):
    found = handlers.on_run(photos, 0, "/etc", "both")
    assert "There is no method" in found[handlers.parts.status] and handlers.parts.job not in found


def test_a_result_that_has_run_out_and_a_full_disk_say_so(visitor, photos, monkeypatch):
    visitor.take(visitor.handlers.on_turn(None, False, 4))
    assert texts.ERROR_STATE in visitor.status and visitor["run"].interactive is True
    with pytest.raises(gr.Error, match="removed from memory"):
        visitor.handlers.on_download(None)
    visitor.run(photos)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(batch.results_zip, "add", full)
    assert not visitor.turn() and texts.ERROR_BROKEN in visitor.status and visitor["job"].over


def test_names_and_errors_are_escaped():
    row = Row("<img src=x>{{1}}${2}.jpg", "x", error="<script>bad</script>")
    for shown in (view.table([row], [""]), view.working(row.name, [], 2), view.failed("title", row.error)):
        assert "<img" not in shown and "<script" not in shown and "{" not in shown and "$" not in shown


def test_what_speaks_against_a_photo_is_told_in_words(visitor, photos):
    visitor.run(photos[:1])
    visitor.turn()
    about = visitor["job"].rows[0].about
    table = visitor["table"]
    assert about["quality"], "the portrait is too small for pores"
    assert all(texts.QUALITY_SHORT[each["code"]] in table.lower() for each in about["quality"])
    assert about["quality"][0]["advice"].replace("'", "&#x27;") in table
    good = Row("a.jpg", "a", about=dict(about, quality=[], notes=[]))
    assert texts.QUALITY_GOOD in view.table([good], [""])


@pytest.mark.parametrize(
    ("seconds", "waiting", "said"),
    [
        ([], 5, texts.WORKING_FIRST),
        ([2.0, 4.0], 10, "Less than a minute left."),
        ([6.0], 11, "About one minute left."),
        ([30.0], 10, "About 5 minutes left."),
    ],
)
def test_time_left_is_the_mean_of_what_is_done(seconds, waiting, said):
    assert view.left(seconds, waiting) == said


def test_every_quality_code_has_words():
    from wrinkleseg import quality

    codes = quality.QualityWarning.__doc__ + Path(quality.__file__).read_text()
    known = set(re.findall(r'QualityWarning\(\s*"(\w+)"', codes))
    assert known and known <= set(texts.QUALITY_SHORT)


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = tmp_path_factory.mktemp("api")
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(folder))
        temporary.claim()
        with gr.Blocks(analytics_enabled=False) as blocks:
            api.build(FakeLibrary().services())
        options = page.launch_options(images.MAX_BYTES) | {"quiet": True, "prevent_thread_lock": True}
        _, url, _ = blocks.launch(server_name="127.0.0.1", server_port=port, **options)
        yield Client(url, verbose=False, download_files=str(folder / "got"), analytics_enabled=False)
        blocks.close()


def test_a_program_gets_rows_and_a_zip(client, photos):
    rows, archive = client.predict([handle_file(path) for path in photos], api_name="/batch", method="both")
    assert [row["status"] for row in rows] == ["measured", "skipped", "measured"]
    assert rows[0]["model"]["name"] == "both" and rows[0]["measures"]["whole"]["wrinkle_count"] > 0
    with zipfile.ZipFile(archive) as file:
        assert {"photos.csv", "measures.csv", "index.html", "berta/berta_overlay.png"} <= set(file.namelist())


def test_one_photo_needs_no_list_around_it(client, photos):
    rows, _ = client.predict(handle_file(photos[0]), api_name="/batch")
    assert [row["status"] for row in rows] == ["measured"]


def test_a_program_gets_one_clear_message(client, photos, tmp_path):
    bad = tmp_path / "bad.zip"
    bad.write_bytes(b"PK\x03\x04")
    with pytest.raises(AppError, match="'bad.zip' cannot be used"):
        client.predict([handle_file(str(bad))], api_name="/batch")
    with pytest.raises(AppError, match="no method 'nothing'"):
        client.predict([handle_file(photos[0])], api_name="/batch", method="nothing")


def test_a_composite_job_is_not_changed_in_place(visitor, photos):
    visitor.run(photos[:1])
    before = visitor["job"]
    visitor.turn()
    assert before.rows == () and replace(before, over=True) != before
