"""Where the page is hosted: Hugging Face Spaces with and without a lent graphics card, a container, several visitors at once."""

import pickle
import re
import sys
import threading
import types
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fakes import BOTH, LINES, FakeLibrary, FakeMethod
from gradio_client import Client, handle_file
from test_app import free_port

from wrinkleseg import images
from wrinkleseg.ui import accelerator, flow, page

ROOT = Path(__file__).resolve().parents[1]


def pinned(package: str) -> str:
    """The version of a package in requirements.txt."""
    return re.search(rf"^{package}==(\S+)$", (ROOT / "requirements.txt").read_text(), re.MULTILINE)[1]


def front_matter() -> dict[str, str]:
    """What Spaces reads at the top of the README."""
    _, head, _ = (ROOT / "README.md").read_text().split("---\n", 2)
    return {name: value.strip("\"' ") for name, value in (line.split(": ", 1) for line in head.splitlines())}


def docker() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile, in their order: name and the rest."""
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [tuple(line.split(maxsplit=1)) for line in lines]


def told(instruction: str) -> list[str]:
    return [rest for name, rest in docker() if name == instruction]


def make(target: str) -> str:
    """The commands of a target of the Makefile."""
    return re.search(rf"^{target}:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)[1]


def test_spaces_reads_what_is_installed_here():
    told = front_matter()
    assert told["sdk"] == "gradio" and told["sdk_version"] == pinned("gradio")
    assert told["app_file"] == "app.py" and (ROOT / told["app_file"]).is_file()
    assert re.search(rf'requires-python = ">={told["python_version"]},', (ROOT / "pyproject.toml").read_text())
    colours = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
    assert {told["colorFrom"], told["colorTo"]} <= colours
    assert told["title"] and told["license"] == "apache-2.0"


def test_system_packages_are_named_alike_everywhere():
    packages = (ROOT / "packages.txt").read_text().split()
    assert packages == re.search(r"import cv2' .* install (.*)", (ROOT / "system.sh").read_text())[1].split()
    assert any("apt-get install" in run and "< packages.txt" in run for run in told("RUN"))


def test_the_container_runs_what_make_app_runs():
    (command,) = told("CMD")
    assert eval(command) == make("app").split("$(BIN)/")[1].split()
    assert told("FROM") == [f"python:{front_matter()['python_version']}-slim"]
    assert any("-r requirements.txt" in run for run in told("RUN"))
    assert told("EXPOSE") == ["7860"] and ":7860/" in told("HEALTHCHECK")[0]
    assert "GRADIO_SERVER_NAME=0.0.0.0" in told("ENV")[0] and "GRADIO_SERVER_PORT=7860" in told("ENV")[0]


def test_the_container_is_no_root_and_keeps_no_photo():
    order = [name for name, _ in docker()]
    assert told("USER") not in ([], ["root"], ["0"]) and order.index("USER") < order.index("CMD")
    assert not told("VOLUME") and "GRADIO_TEMP_DIR=/tmp" in told("ENV")[0]


def test_the_container_copies_what_is_there_and_what_the_page_imports():
    copied = [source for rest in told("COPY") for source in rest.split()[:-1]]
    assert [source for source in copied if not (ROOT / source).exists()] == []
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert set(copied) == kept, "nothing is copied that .dockerignore leaves out, and nothing is kept for nobody"
    houses = set(re.findall(r"^(?:from|import) (wrinkleseg|eval|train|tests)\b", (ROOT / "app.py").read_text(), re.M))
    assert houses <= set(copied)


@pytest.fixture
def spaces(monkeypatch) -> types.ModuleType:
    """A made-up package `spaces`: its decorator counts the calls, and copies what goes in and out, as ZeroGPU does."""
    fake = types.ModuleType("spaces")
    fake.calls, fake.durations = [], []

    def lend_card(duration):
        fake.durations.append(duration)

        def around(function):
            def lent(*given):
                fake.calls.append(function.__name__)
                return pickle.loads(pickle.dumps(function(*pickle.loads(pickle.dumps(given)))))

            return lent

        return around

    fake.GPU = lend_card
    monkeypatch.setitem(sys.modules, "spaces", fake)
    return fake


@pytest.fixture
def no_spaces(monkeypatch):
    monkeypatch.setitem(sys.modules, "spaces", None)  # importing it fails


def test_without_spaces_nothing_changes(no_spaces):
    method = FakeMethod(BOTH)
    assert accelerator.lender() is None
    assert accelerator.on_card(flow.failure) is flow.failure
    assert accelerator.lend(method, "both", flow.failure) is method


def test_on_spaces_a_networks_look_is_lent_the_card_and_a_filters_is_not(spaces, astronaut):
    from wrinkleseg import face

    network, filtering = FakeMethod(BOTH), FakeMethod(LINES)

    def look(name, tasks, rgb, found, regions):
        assert name == "folder/of/both"
        return {task: network(rgb, found, regions)[task] for task in tasks}

    lent = accelerator.lend(network, "folder/of/both", accelerator.on_card(look))
    assert spaces.durations == [accelerator.SECONDS] and accelerator.SECONDS <= 60
    assert accelerator.lend(filtering, "lines", look) is filtering
    (found,) = face.find(astronaut)
    regions = face.regions(astronaut, found)
    given, plain = lent(astronaut, found, regions), network(astronaut, found, regions)
    assert all((given[task] == plain[task]).all() for task in plain) and list(given) == list(plain)
    only = lent.only(("pore",))
    assert list(only(astronaut, found, regions)) == ["pore"] and only.info == replace(BOTH, tasks=("pore",))
    assert spaces.calls == ["look", "look"]


@pytest.fixture(scope="module")
def app():
    """The program itself, imported without the made-up package."""
    return pytest.importorskip("app")


def test_the_app_lends_the_card_to_its_networks(app, spaces, astronaut):
    networks = [info for info in app.methods.available() if info.parameters]
    if not networks:
        pytest.skip("no weights are shipped")
    name = min(networks, key=lambda info: info.parameters).name
    lent = accelerator.lend(app.loaded(name), name, accelerator.on_card(app.look))
    found = app.Analyzer(lent).analyze(np.ascontiguousarray(astronaut[:256, 100:356]))
    assert spaces.calls == ["look"] and set(found.maps) == set(lent.info.tasks)
    assert all(isinstance(value, np.ndarray) for value in found.maps.values()), "no tensor comes back"


def test_spaces_is_imported_before_torch():
    lines = (ROOT / "app.py").read_text().splitlines()
    imports = [
        i for i, line in enumerate(lines) if re.match(r"(from|import) (eval|wrinkleseg|numpy|torch|skimage)", line)
    ]
    assert next(i for i, line in enumerate(lines) if line.strip().startswith("import spaces")) < min(imports)


class Slow(FakeMethod):
    """Says who was looked at, waits at the first until all others stand in line, and notes if two ever look at once."""

    def __init__(self) -> None:
        super().__init__(BOTH)
        self.order, self.inside, self.together = [], 0, 0
        self.entered, self.free = threading.Event(), threading.Event()

    def __call__(self, rgb, face, regions):
        self.inside += 1
        self.together = max(self.together, self.inside)
        self.order.append(rgb.shape[1])
        self.entered.set()
        assert self.free.wait(180)
        found = super().__call__(rgb, face, regions)
        self.inside -= 1
        return found


def test_visitors_wait_in_line_and_each_gets_the_own_result(astronaut, tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "page"))
    library, slow = FakeLibrary(), Slow()
    library.methods = {"lines": FakeMethod(LINES), "both": slow}
    blocks = page.build(library.services())
    options = page.launch_options(images.MAX_BYTES) | {"quiet": True, "prevent_thread_lock": True}
    _, url, _ = blocks.launch(server_name="127.0.0.1", server_port=free_port(), **options)
    widths = [512, 480, 448, 416]
    clients, jobs = [], []
    try:
        for width in widths:
            images.save_png(tmp_path / f"wide-{width}.png", astronaut[:, :width])
            clients.append(Client(url, verbose=False, download_files=str(tmp_path / "got"), analytics_enabled=False))
        for place, (client, width) in enumerate(zip(clients, widths, strict=True)):
            photo = handle_file(str(tmp_path / f"wide-{width}.png"))
            jobs.append(client.submit(photo, method="both", api_name="/analyze"))
            wait_until(lambda place=place: waiting(blocks) == place and slow.entered.is_set())
        slow.free.set()
        results = [job.result(timeout=60)[0] for job in jobs]
    finally:
        slow.free.set()
        blocks.close()
    assert [result["picture"]["width"] for result in results] == widths, "none is mixed up"
    assert [Path(result["name"]).stem for result in results] == [f"wide-{width}" for width in widths]
    assert slow.order == widths, "who comes first is looked at first"
    assert slow.together == 1


def waiting(blocks) -> int:
    """How many analyses stand in line."""
    line = blocks._queue.event_queue_per_concurrency_id.get(flow.QUEUE)  # there from the first event on
    return len(line.queue) if line else 0


def wait_until(condition, tries: int = 600) -> None:
    for _ in range(tries):
        if condition():
            return
        threading.Event().wait(0.05)
    pytest.fail("waited in vain")


def test_the_line_has_an_end():
    blocks = page.build(FakeLibrary().services())
    assert blocks._queue.max_size == page.MAX_WAITING == 32
    heavy = [fn for fn in blocks.fns.values() if fn.concurrency_id == flow.QUEUE]
    assert len(heavy) > 4 and {fn.concurrency_limit for fn in heavy} == {1}
