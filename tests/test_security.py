"""What a stranger's photo, zip, model or request must not be able to do. Markup and formulas: test_security_markup.py."""

import ast
import http.client
import io
import json
import logging
import os
import re
import stat
import subprocess
import sys
import traceback
import urllib.parse
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from fakes import FakeLibrary
from hub_server import Fault, Hub, Repo, connected
from test_app import free_port
from test_house import sources

from train import push
from wrinkleseg import annotation, archive, batch, checkpoint, hub, images
from wrinkleseg.annotation import AnnotationError
from wrinkleseg.checkpoint import Config
from wrinkleseg.hub import HubError
from wrinkleseg.preprocess import Preprocess
from wrinkleseg.ui import page

ROOT = Path(__file__).resolve().parents[1]

# --- nothing that is read can run

PICKLES = {
    "pickle",
    "cPickle",
    "_pickle",
    "dill",
    "cloudpickle",
    "joblib",
    "shelve",
    "marshal",
    "jsonpickle",
    "pickletools",
}
RUNS = {"eval", "exec", "compile", "__import__"}
CALLS = {
    *(
        "os.system",
        "os.popen",
        "os.execv",
        "os.execvp",
        "os.spawnv",
        "subprocess.getoutput",
        "subprocess.getstatusoutput",
    ),
    *("yaml.load", "yaml.unsafe_load", "yaml.full_load", "torch.hub.load", "torch.jit.load"),
    *("pd.read_pickle", "pandas.read_pickle", "numpy.fromfile", "np.fromfile", "tarfile.open", "ctypes.CDLL"),
    *("importlib.import_module", "runpy.run_path", "pd.eval", "pandas.eval"),
}
TORCH_LOADS = {"train/start.py"}
"""Who may read a .pth file, of an encoder that comes with its package: plain tensors only. The package's name is its own."""


def dotted(node: ast.expr) -> str:
    """`a.b.c` as it is written; "" for anything else."""
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return node.id if isinstance(node, ast.Name) else ""


def is_true(call: ast.Call, name: str) -> bool:
    """Whether an argument is the word True."""
    return any(k.arg == name and isinstance(k.value, ast.Constant) and k.value.value is True for k in call.keywords)


def dangers(text: str, name: str = "") -> list[str]:
    """What in a source could run what it reads."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            found += [f"import {module}" for module in modules if module.split(".")[0] in PICKLES]
        elif isinstance(node, ast.Call):
            called = dotted(node.func)
            if called in CALLS | RUNS and not (name in TORCH_LOADS and called == "importlib.import_module"):
                found.append(called)
            if is_true(node, "shell") or any(
                k.arg == "shell" and not isinstance(k.value, ast.Constant) for k in node.keywords
            ):
                found.append("shell=True")
            if any(
                k.arg in ("allow_pickle", "trust_remote_code")
                and not (isinstance(k.value, ast.Constant) and k.value.value is False)
                for k in node.keywords
            ):
                found.append("allow_pickle")
            if called == "torch.load" and not (name in TORCH_LOADS and is_true(node, "weights_only")):
                found.append(called)
    return found


@pytest.mark.parametrize(
    "text",
    [
        "import pickle",
        "from joblib import load",
        "import shelve as s",
        "eval('1')",
        "exec(x)",
        "os.system('ls')",
        "subprocess.run('ls', shell=True)",
        "subprocess.run('ls', shell=asked)",
        "yaml.load(text)",
        "np.load(path, allow_pickle=True)",
        "load(path, allow_pickle=yes)",
        "torch.load(path)",
        "torch.load(path, weights_only=True)",
        "pd.read_pickle(path)",
        "load_dataset('x', trust_remote_code=True)",
    ],
)
def test_the_search_sees_what_could_run(text):
    assert dangers(text)


def test_the_search_lets_pass_what_cannot():
    assert not dangers("torch.load(path, weights_only=True)", "train/start.py")
    assert dangers("torch.load(path)", "train/start.py") == ["torch.load"]
    assert not dangers("model.eval()\nsubprocess.run(['ls'])\nre.compile('a')\nsafetensors.torch.load_file(path)")


def test_nothing_that_is_read_can_run():
    found = {name: seen for name in sources() if (seen := dangers((ROOT / name).read_text(encoding="utf-8"), name))}
    assert not found and len(sources()) > 100
    users = {name for name in sources() if "torch.load(" in (ROOT / name).read_text(encoding="utf-8")}
    assert users == TORCH_LOADS, "the only one that is allowed"


def test_no_pickle_is_shipped():
    """Nor a zip, which is what PyTorch's own files are."""
    shipped = [path for path in (ROOT / "assets").rglob("*") if path.is_file()]
    endings = {path.suffix for path in shipped}
    assert ".safetensors" in endings and not endings & {".pt", ".pth", ".bin", ".ckpt", ".pkl", ".npy", ".npz", ".h5"}
    for path in shipped:
        with path.open("rb") as file:
            head = file.read(2)
        assert head != b"PK" and not (head[:1] == b"\x80" and head[1:] in (b"\x02", b"\x03", b"\x04", b"\x05")), path


def test_a_pickle_under_the_name_of_weights_is_refused_unread(tmp_path):
    """The file would leave a trace, were it unpickled."""
    trace = tmp_path / "trace"
    body = f"import pathlib; pathlib.Path({str(trace)!r}).touch()"
    evil = b"cbuiltins\nexec\n(V" + body.encode() + b"\ntR."
    config = Config("unet-reduced", {"tasks": ["wrinkle"]}, Preprocess({"wrinkle": 96}), {"wrinkle": 0.4})
    checkpoint.save(tmp_path / "model", config, config.build())
    (tmp_path / "model" / checkpoint.WEIGHTS).write_bytes(evil)
    with pytest.raises(checkpoint.CheckpointError, match="fetch or save it again"):
        checkpoint.load(tmp_path / "model")
    assert not trace.exists()
    import pickle

    pickle.loads(evil)
    assert trace.exists(), "the file was a dangerous one"


# --- the page's files


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A page that takes files of up to 200 000 bytes: `url`, `folder` of its files, `other`: folders beside it."""
    folder = tmp_path_factory.mktemp("page")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(folder))
        blocks = page.build(FakeLibrary().services())
        options = page.launch_options(200_000) | {"quiet": True, "prevent_thread_lock": True}
        _, url, _ = blocks.launch(server_name="127.0.0.1", server_port=free_port(), **options)
        yield SimpleNamespace(url=url.rstrip("/"), folder=Path(os.environ["GRADIO_TEMP_DIR"]))
        blocks.close()


def ask(served, method: str, path: str, body: bytes = b"", headers: dict | None = None) -> tuple[int, bytes]:
    """Status and body; the path goes out as it is, no "..", "%" or "//" of it is tidied."""
    connection = http.client.HTTPConnection(urllib.parse.urlparse(served.url).netloc, timeout=30)
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def upload(served, content: bytes, name: str = "photo.png") -> tuple[int, bytes]:
    head = f'--x\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'.encode()
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    return ask(served, "POST", "/gradio_api/upload", head + content + b"\r\n--x--\r\n", kind)


def left(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=%2Fetc%2Fpasswd",
        "/gradio_api/file=%252Fetc%252Fpasswd",
        "/gradio_api/file=//etc/passwd",
        "/gradio_api/file=/proc/self/environ",
        "/gradio_api/file=/proc/self/cwd/app.py",
        "/gradio_api/file={root}/assets/../app.py",
        "/gradio_api/file={root}/assets/models/unetpp/model.safetensors",
        "/gradio_api/file=assets/models/unetpp/config.json",
        "/gradio_api/file=.git/config",
        "/gradio_api/file={folder}/%2e%2e/%2e%2e/etc/passwd",
        "/gradio_api/file={folder}/..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
        "/gradio_api/file={folder}/..%5c..%5cetc%5cpasswd",
        "/gradio_api/file={folder}%00.png",
        "/gradio_api/file={beside}/secret.txt",
        "/gradio_api/file={folder}-other/secret.txt",
        "/gradio_api/file={folder}/link.txt",
        "/gradio_api/file/{root}/app.py",
        "/gradio_api/file/etc/passwd",
        "/gradio_api/stream/../../../etc/passwd",
        "/file=/etc/passwd",
        "/static/../../../../../etc/passwd",
        "/static/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/assets/..%2f..%2f..%2f..%2fetc/passwd",
        "/assets/%2e%2e/%2e%2e/package.json",
        "/svelte/../../../../etc/passwd",
        "/gradio_api/custom_component/x/client/component/../../../../etc/passwd",
        "/gradio_api/proxy=http://127.0.0.1:9/",
        "/gradio_api/proxy=https://huggingface.co/",
        "/../app.py",
        "/%2e%2e/app.py",
    ],
)
def test_no_way_leads_to_other_files(served, path):
    """`test_privacy.py` asks for the usual ones; here they are written in odd ways, and by other doors."""
    beside, other = served.folder.parent, served.folder.with_name(f"{served.folder.name}-other")
    other.mkdir(exist_ok=True)
    for place in (beside, other):
        (place / "secret.txt").write_text("not for you")
    link = served.folder / "link.txt"
    if not link.is_symlink():
        link.symlink_to(beside / "secret.txt")
    status, content = ask(served, "GET", path.format(root=ROOT, folder=served.folder, beside=beside))
    link.unlink()
    assert status in (400, 403, 404, 405), content[:200]
    assert not re.search(rb"not for you|root:|import gradio|__metadata__|PATH=|\[core\]", content)


def test_a_call_cannot_name_a_file_of_the_server(served):
    """An event that takes a file takes only what was uploaded to this page."""
    for path in (
        "/etc/passwd",
        str(ROOT / "app.py"),
        str(ROOT / "assets" / "page.png"),
        f"{served.folder}/../secret.txt",
    ):
        data = {"data": [{"path": path, "meta": {"_type": "gradio.FileData"}}]}
        kind = {"Content-Type": "application/json"}
        status, content = ask(served, "POST", "/gradio_api/call/analyze", json.dumps(data).encode(), kind)
        if status == 200:
            event = json.loads(content)["event_id"]
            status, content = ask(served, "GET", f"/gradio_api/call/analyze/{event}")
            assert b"event: error" in content and b"event: complete" not in content
        assert b"root:" not in content and b"import gradio" not in content


# --- uploads


def test_a_file_over_the_limit_is_refused_clearly_and_nothing_stays(served, tmp_path, monkeypatch):
    before, spooled = set(left(served.folder)), set(Path(_spool()).iterdir())
    assert upload(served, b"x" * 150_000)[0] == 200
    (kept,) = set(left(served.folder)) - before
    kept.unlink()
    status, said = upload(served, b"x" * 300_000)
    assert status == 413 and b"maximum allowed size" in said and b"Traceback" not in said
    assert set(left(served.folder)) == before
    assert not [
        path for path in set(Path(_spool()).iterdir()) - spooled if path.is_file() and path.stat().st_size > 99_000
    ]


def _spool() -> str:
    import tempfile

    return tempfile.gettempdir()


def test_the_page_asks_for_no_more_than_one_batch_or_data_set():
    asked = page.launch_options(max(batch.MAX_TOTAL, annotation.MAX_BYTES))["max_file_size"]
    assert asked == 512 * 2**20 and asked >= images.MAX_BYTES
    assert "max(batch.MAX_TOTAL, annotation.MAX_BYTES)" in (ROOT / "app.py").read_text()


@pytest.mark.parametrize(
    "name", ["../../outside.png", "..\\..\\outside.png", "/etc/cron.d/x.png", "a\x00b.png", ".htaccess"]
)
def test_an_uploads_name_does_not_say_where_it_lies(served, name):
    before = set(left(served.folder.parent))
    status, answer = upload(served, b"somebody's", name)
    new = set(left(served.folder.parent)) - before
    if status == 200:
        (path,) = new
        assert Path(json.loads(answer)[0]) == path and path.is_relative_to(served.folder)
        assert re.fullmatch(r"[0-9a-f]{64}", path.parent.name) and path.parent.parent == served.folder
        path.unlink()
    else:
        assert status in (400, 422) and not new


# --- zips of strangers


def packed(entries: list[tuple[zipfile.ZipInfo | str, bytes]], folder: Path) -> Path:
    path = folder / "given.zip"
    with zipfile.ZipFile(path, "w") as file:
        for name, content in entries:
            file.writestr(name, content)
    return path


SLIPS = (
    "../slipped.png",
    "../../slipped.png",
    "/slipped.png",
    "..\\slipped.png",
    "C:\\slipped.png",
    "a/../../slipped.png",
)


def test_results_of_a_slipping_zip_stay_in_their_zip(tmp_path, astronaut):
    """`test_archive.py` reads such a zip; here its results are written as well."""
    from wrinkleseg.analysis import Analyzer

    (tmp_path / "in").mkdir()
    given = packed([(name, images.png_bytes(astronaut)) for name in SLIPS], tmp_path / "in")
    analyzer = Analyzer(FakeLibrary().methods["both"])
    output = tmp_path / "in" / "results.zip"
    rows = list(batch.run(batch.gather([given])[:2], lambda p, name: analyzer.analyze(p.rgb, name=name), output))
    assert [row.error for row in rows] == ["", ""]
    with zipfile.ZipFile(output) as file:
        written = file.namelist()
        file.extractall(tmp_path / "in" / "out")
    assert not [
        name
        for name in written
        if name.startswith(("/", "\\")) or ".." in name.split("/") or "\\" in name or ":" in name
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in"]


def test_a_slipping_data_set_is_not_unpacked(tmp_path, monkeypatch):
    """Only names that the layout knows are read, whatever else lies in the zip, and nothing is written."""
    monkeypatch.chdir(tmp_path)
    photo = np.full((60, 60, 3), 150, np.uint8)
    good = annotation.zip_bytes([annotation.entry("anna", photo)], "set")
    link = zipfile.ZipInfo("set/rough/wrinkle/anna.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    for extra in ([(name, b"x") for name in SLIPS], [(f"set/{name}", b"x") for name in SLIPS]):
        (entry,) = annotation.read_zip(added(good, extra))
        assert entry.name == "anna" and (entry.rgb() == photo).all()
    with pytest.raises((AnnotationError, images.PictureError)):
        annotation.read_zip(added(good, [(link, b"/etc/passwd")]))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name", ["../anna", "..\\anna", "/etc/passwd", "a/b", "C:anna", "anna\x00", "", ".", "..", "CON/x"]
)
def test_a_manifest_cannot_name_another_file(name):
    photo = images.png_bytes(np.full((60, 60, 3), 150, np.uint8))
    good = annotation.zip_bytes([annotation.entry("anna", images.load_rgb(photo))], "set")
    with zipfile.ZipFile(io.BytesIO(good)) as file:
        manifest = json.loads(file.read("set/manifest.json"))
    manifest["photos"][0]["name"] = name
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        file.writestr("set/manifest.json", json.dumps(manifest))
        file.writestr(f"set/images/{name}.png", photo)
    with pytest.raises(AnnotationError, match="save the data set again"):
        annotation.read_zip(made.getvalue())


def added(data: bytes, entries: list) -> bytes:
    """The zip with more files in it."""
    file = io.BytesIO(data)
    with zipfile.ZipFile(file, "a") as opened:
        for name, content in entries:
            opened.writestr(name, content)
    return file.getvalue()


def test_no_source_unpacks_a_zip_to_disk():
    for name in sources():
        assert not re.search(r"\.extract(all)?\(|unpack_archive", (ROOT / name).read_text(encoding="utf-8")), name
    assert archive.safe_name("../../x.png") == "x.png"


# --- secrets

SECRET = "hf_MarkerOfNobodyWhoIsHere42"


@pytest.fixture
def server(monkeypatch, tmp_path):
    with connected(monkeypatch, tmp_path) as running:
        monkeypatch.setenv("HF_TOKEN", SECRET)
        yield running


@pytest.fixture
def run(tmp_path) -> Path:
    """A run's folder, as training leaves it."""
    torch.manual_seed(5)
    config = Config("unet-reduced", {"tasks": ["wrinkle"]}, Preprocess({"wrinkle": 96}), {"wrinkle": 0.4})
    checkpoint.save(tmp_path / "run" / "best", config, config.build())
    (tmp_path / "run" / "run.json").write_text('{"steps": 3}')
    (tmp_path / "run" / "log.jsonl").write_text("{}\n")
    return tmp_path / "run"


@pytest.fixture
def everything(caplog, capfd):
    """All that is logged at the finest level, by anybody, and printed."""
    caplog.set_level(logging.DEBUG)
    names = [
        "huggingface_hub",
        "httpx",
        "httpx2",
        "httpcore",
        "httpcore2",
        "urllib3",
        "requests",
        "wrinkleseg",
        "train",
        "filelock",
    ]
    levels = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield lambda: "".join([caplog.text, *(repr(record.args) for record in caplog.records), *capfd.readouterr()])
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


FAULTS = [(how, b"") for how in (401, 403, 500, "drop")]
FAULTS += [(how, SECRET.encode()) for how in (401, 500)]
"""How the Hub fails, and whether its answer repeats the token, as no server should."""


@pytest.mark.parametrize(("how", "answer"), FAULTS)
def test_the_hubs_token_is_in_no_log_and_no_message_when_a_pull_fails(server: Hub, everything, how, answer):
    server.repos["somebody/lines"] = Repo(private=False)
    server.repos["somebody/lines"].commit("first", {checkpoint.CONFIG: b"{}", checkpoint.WEIGHTS: b"x"})
    server.faults.append(Fault("GET /", how, body=answer))
    with pytest.raises(HubError) as caught:
        hub.fetch("somebody/lines")
    shown = "".join(traceback.format_exception(caught.value))
    assert SECRET not in shown and server.requests
    logged = everything()
    assert SECRET not in logged and "Bearer" not in logged


@pytest.mark.parametrize(("how", "answer"), FAULTS)
def test_the_hubs_token_is_in_no_log_and_no_message_when_a_push_fails(
    server: Hub, run, everything, monkeypatch, how, answer
):
    monkeypatch.setattr(push, "example", lambda _: b"\x89PNG of a test")
    server.faults.append(Fault("POST /", how, body=answer))
    with pytest.raises(HubError) as caught:
        push.push(run, "somebody/lines")
    shown = "".join(traceback.format_exception(caught.value))
    assert SECRET not in shown and server.requests
    assert not [path for path in run.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]
    logged = everything()
    assert SECRET not in logged and "Bearer" not in logged


def test_the_log_is_listened_to(everything):
    logging.getLogger("huggingface_hub").debug("token %s", SECRET)
    assert SECRET in everything()


# --- what is installed


@pytest.mark.parametrize(
    ("found", "status", "said"),
    [
        ('{"dependencies": [{"name": "a", "skip_reason": "not found"}]}', 0, "not reachable, nothing was checked"),
        ("", 0, "not reachable, nothing was checked"),
        ('{"dependencies": [{"name": "a", "version": "1", "vulns": []}]}', 0, "1 of 1 packages checked, 0 vulnerable"),
        (
            '{"dependencies": [{"name": "a", "version": "1", "vulns": [{"id": "X-1", "fix_versions": ["2"]}]}]}',
            1,
            "a 1: X-1",
        ),
    ],
)
def test_the_audit_tells_nothing_found_from_nothing_asked(tmp_path, found, status, said):
    """A mirror without the list finds no package; pip-audit calls that a success."""
    tool = tmp_path / ".venv" / "audit" / "bin" / "pip-audit"
    tool.parent.mkdir(parents=True)
    tool.write_text(f"#!/bin/sh\nfor last; do :; done\nprintf '%s' '{found}' > \"$last\"\n")
    tool.chmod(0o755)
    done = subprocess.run(["sh", str(ROOT / "audit.sh"), sys.executable], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == status and said in done.stdout, done.stderr


def test_no_token_lies_in_the_sources():
    tokens = re.compile(r"hf_[A-Za-z0-9]{30,}|ghp_[A-Za-z0-9]{30,}|AKIA[A-Z0-9]{16}|-----BEGIN [A-Z ]*PRIVATE KEY")
    texts = [
        path for ending in ("*.md", "*.sh", "*.toml", "*.txt", "Dockerfile", "Makefile") for path in ROOT.glob(ending)
    ]
    for path in [*texts, *(ROOT / name for name in sources())]:
        assert not tokens.search(path.read_text(encoding="utf-8")), path
