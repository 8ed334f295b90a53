"""What the page promises about photos: nothing stays, nothing of the camera gets out, nobody reaches another's files."""

import base64
import http.client
import io
import json
import os
import re
import urllib.error
import urllib.parse
import urllib.request
import zipfile
import zlib
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from fakes import FakeLibrary
from gradio.context import LocalContext
from gradio_client import Client, handle_file
from PIL import Image
from test_app import free_port
from test_hosting import wait_until

from wrinkleseg import images
from wrinkleseg.portraits import Portrait
from wrinkleseg.ui import flow, page, temporary, texts

ROOT = Path(__file__).resolve().parents[1]
MARKER = b"Qx7SecretPlaceQx7"
LOADED = re.compile(r"<(?:script|link|img|iframe|source|video)\b[^>]*?\b(?:src|href)=[\"']?([^\"'\s>]+)", re.IGNORECASE)
LOADED_BY_STYLE = re.compile(r"(?:url\(|@import\s+)[\"']?([^\"')\s;]+)")


@pytest.fixture(scope="module")
def served(astronaut, tmp_path_factory):
    """A page with a made-up method: `url`, `folder` of its files, `blocks`."""
    folder = tmp_path_factory.mktemp("page")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(folder))
        blocks = page.build(FakeLibrary().services(examples=[Portrait("Astronaut", "NASA", lambda: astronaut)]))
        options = page.launch_options(images.MAX_BYTES) | {"quiet": True, "prevent_thread_lock": True}
        _, url, _ = blocks.launch(server_name="127.0.0.1", server_port=free_port(), **options)
        yield SimpleNamespace(url=url.rstrip("/"), folder=Path(os.environ["GRADIO_TEMP_DIR"]), blocks=blocks)
        blocks.close()


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """An empty folder of the page's own."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    return temporary.claim()


@pytest.fixture
def visitor():
    """Says whose event is at work."""
    tokens = []
    yield lambda session: tokens.append(LocalContext.request.set(SimpleNamespace(session_hash=session)))
    LocalContext.request.set(None)


def files(folder: Path) -> list[Path]:
    # Not rglob: it fails on a folder that the page removes meanwhile; walk leaves such a one out.
    return [Path(root) / name for root, _, names in os.walk(folder) for name in names]


# --- nothing stays


def test_the_pages_folder_is_its_own(tmp_path, monkeypatch):
    """Made before by somebody who lets everybody read it; named alike by somebody who keeps photos there."""
    mine = tmp_path / f"wrinkleseg-page-{os.getuid()}"
    mine.mkdir(mode=0o777)
    mine.chmod(0o777)
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    assert temporary.claim() == mine and mine.stat().st_mode & 0o777 == 0o700
    assert temporary.claim() == mine, "and it stays the same"
    photos = tmp_path / "wrinkleseg-page-photos"
    photos.mkdir()
    (photos / "mine.jpg").write_bytes(b"mine")
    os.utime(photos / "mine.jpg", times=(0, 0))
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(photos))
    assert temporary.claim().parent == photos and (photos / "mine.jpg").is_file()


def test_a_folder_that_leads_elsewhere_is_not_used(tmp_path, monkeypatch):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / f"wrinkleseg-page-{os.getuid()}").symlink_to(elsewhere)
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    folder = temporary.claim()
    assert folder.resolve() != elsewhere and folder.parent == tmp_path and folder.stat().st_mode & 0o777 == 0o700


def test_a_visitors_files_go_with_the_visitor(folder, visitor):
    upload = folder / "0123" / "photo.jpg"
    upload.parent.mkdir()
    upload.write_bytes(b"uploaded")
    visitor("anna")
    assert temporary.adopting(lambda path: Path(path).read_bytes())(str(upload)) == b"uploaded"
    temporary.write_png(np.zeros((4, 4, 3), np.uint8), "anna")
    visitor("bert")
    kept = Path(temporary.write_bytes(b"report", "bert.zip"))
    assert temporary.forget("anna") == 2
    assert files(folder) == [kept] and not upload.parent.exists()
    assert temporary.forget("anna") == 0 and temporary.forget("bert") == 1 and files(folder) == []


def test_photos_that_were_given_and_never_looked_at_go_too(folder, visitor):
    given = [folder / str(number) / name for number, name in enumerate(("one.jpg", "two.jpg", "many.zip"))]
    for path in given:
        path.parent.mkdir()
        path.write_bytes(b"uploaded")
    visitor("anna")
    temporary.adopt_all(map(str, given))
    assert temporary.forget("anna") == 3 and files(folder) == []


def test_a_file_that_two_visitors_have_goes_with_the_last(folder, visitor):
    paths = set()
    for session in ("anna", "bert"):
        visitor(session)
        paths.add(temporary.write_bytes(b"the same example", "example.png"))
    assert len(paths) == 1
    assert temporary.forget("anna") == 0 and len(files(folder)) == 1
    assert temporary.forget("bert") == 1 and files(folder) == []


def test_a_file_of_nobody_or_from_elsewhere_is_left_to_its_age(folder, visitor, tmp_path_factory):
    temporary.write_bytes(b"by a program without a session", "result.zip")
    outside = tmp_path_factory.mktemp("outside") / "mine.png"
    outside.write_bytes(b"mine")
    visitor("anna")
    temporary.adopt(outside)
    assert temporary.forget("anna") == 0 and outside.is_file() and len(files(folder)) == 1
    assert temporary.sweep(folder, max_age=-1) == 1 and files(folder) == []


def test_everything_is_gone_within_the_hour(folder):
    assert temporary.MAX_AGE + 2 * temporary.SWEEP_EVERY <= 60 * 60
    old, new = (Path(temporary.write_bytes(name.encode(), f"{name}.png")) for name in ("old", "new"))
    os.utime(old, times=(old.stat().st_mtime - temporary.MAX_AGE - 1,) * 2)
    assert temporary.sweep(folder) == 1 and files(folder) == [new]


def test_who_closes_the_page_takes_files_and_results_along(served):
    for path in files(served.folder):
        path.unlink()
    with present(served, "carl"):
        run(served, "on_example", "carl", choice="0")
        made = files(served.folder)
        assert len(made) >= 4, "the photo, its two originals, the drawing"
        assert download(served, "carl")["success"]
    wait_until(lambda: files(served.folder) == [])
    after = download(served, "carl")
    assert not after["success"] and after["output"]["error"] == texts.EXPIRED, "nor does a result stay in memory"


def test_one_who_stays_keeps_files_when_another_goes(served):
    with present(served, "dora"):
        run(served, "on_example", "dora", choice="0")
        own = set(files(served.folder))
        with present(served, "emil"):
            download(served, "dora")
            run(served, "on_example", "emil", choice="0")
        session = served.blocks.state_holder.session_data["emil"]
        wait_until(lambda: not any(value for value in session.state_data.values()))
        wait_until(lambda: set(files(served.folder)) >= own)
        assert download(served, "dora")["success"]


# --- nothing of the camera gets out


@pytest.fixture(scope="module")
def marked(astronaut, tmp_path_factory) -> Path:
    """A photo that tells who took it, where, when and with what: in EXIF, its thumbnail, XMP, IPTC and a comment."""
    inside = io.BytesIO()
    Image.fromarray(astronaut[:40, :40].copy()).save(inside, "jpeg", comment=MARKER)
    exif, text = Image.Exif(), MARKER.decode()
    exif.update({0x010E: text, 0x010F: text, 0x0110: text, 0x0132: text, 0x013B: text, 0x8298: text})
    exif.get_ifd(0x8769).update({0x9003: text, 0x9286: MARKER, 0xA431: text, 0xA434: text})
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 8.0, 1.0), 0x001B: MARKER, 0x001C: MARKER, 0x001D: text})
    exif.get_ifd(0x014A)
    out = io.BytesIO()
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><place>%b</place></x:xmpmeta>" % MARKER
    Image.fromarray(astronaut).save(out, "jpeg", quality=95, exif=exif, xmp=xmp, comment=MARKER)
    iptc = b"Photoshop 3.0\x008BIM\x04\x04\x00\x00" + len(MARKER).to_bytes(4, "big") + MARKER
    extra = b"".join(segment(kind, body) for kind, body in ((0xED, iptc), (0xEC, inside.getvalue())))
    path = tmp_path_factory.mktemp("marked") / "holiday.jpg"
    path.write_bytes(out.getvalue()[:2] + extra + out.getvalue()[2:])
    return path


def segment(kind: int, body: bytes) -> bytes:
    """One segment of a JPEG file."""
    return bytes((0xFF, kind)) + (len(body) + 2).to_bytes(2, "big") + body


def layers(data: bytes) -> list[bytes]:
    """These bytes and all that is packed inside them: zip members, pictures in HTML, streams of a PDF, chunks of a PNG."""
    inside = []
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            inside = [archive.read(name) for name in archive.namelist()] + [
                name.encode() for name in archive.namelist()
            ]
    elif data.startswith(b"%PDF"):
        inside = [inflated(found) for found in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL)]
    elif data.startswith(b"\x89PNG"):
        inside = [repr(Image.open(io.BytesIO(data)).info).encode()]
    else:
        inside = [base64.b64decode(found) for found in re.findall(rb"base64,([A-Za-z0-9+/=]+)", data)]
    return [data, *(layer for one in inside for layer in layers(one))]


def inflated(data: bytes) -> bytes:
    try:
        return zlib.decompress(data)
    except zlib.error:
        return data


def test_place_time_and_camera_are_in_no_output(served, marked):
    assert marked.read_bytes().count(MARKER) > 12, "the photo itself is full of it"
    before = set(files(served.folder))
    client = Client(served.url, verbose=False, download_files=str(marked.parent / "got"), analytics_enabled=False)
    result, picture, archive = client.predict(handle_file(str(marked)), api_name="/analyze", zones=True)
    outputs = [json.dumps(result).encode(), Path(picture).read_bytes(), Path(archive).read_bytes()]
    services = FakeLibrary().services()
    *_, session = flow.analyse(services, flow.open_file(services, str(marked)), flow.Request("both"))
    assert set(session.originals) == set(texts.FRAMES), "what the page shows is written as well"
    written = [path for path in set(files(served.folder)) - before if path.name != marked.name]
    outputs += [path.read_bytes() for path in written]
    packed = [layer for output in outputs for layer in layers(output)]
    assert len(written) >= 4 and len(packed) > 12, "zip and pictures were looked into"
    for secret in (MARKER, b"Exif\0\0", b"xmpmeta", b"Photoshop 3.0"):
        assert not [layer for layer in packed if secret in layer]


def test_the_search_would_find_the_marker_wherever_it_is_packed():
    picture, archive = io.BytesIO(), io.BytesIO()
    from PIL.PngImagePlugin import PngInfo

    told = PngInfo()
    told.add_text("place", MARKER.decode(), zip=True)
    Image.new("RGB", (4, 4)).save(picture, "png", pnginfo=told)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(
            "report.html", b"<img src='data:image/png;base64," + base64.b64encode(picture.getvalue()) + b"'>"
        )
    assert MARKER not in archive.getvalue() and MARKER not in picture.getvalue()
    assert any(MARKER in layer for layer in layers(archive.getvalue()))
    pdf = b"%PDF-1.7\nstream\n" + zlib.compress(MARKER) + b"\nendstream"
    assert any(MARKER in layer for layer in layers(pdf))


# --- nobody reaches another's files


def test_a_files_address_cannot_be_guessed(folder):
    """SHA-256 of the content and of 256 secret bits that are new with every start: the photo alone does not give it."""
    names = set()
    for _ in range(2):
        temporary.claim()
        names.add(Path(temporary.write_bytes(b"the same photo", "photo.png")).parent.name)
    assert len(names) == 2 and all(re.fullmatch(r"[0-9a-f]{64}", name) for name in names)


def test_an_upload_lies_where_nobody_can_guess(served, marked):
    where = upload(served, b"a photo of somebody")
    assert re.fullmatch(r"[0-9a-f]{64}", where.parent.name) and where.parent.parent == served.folder
    assert get(served, f"file={where}") == (200, b"a photo of somebody"), "whoever has the address has the file"


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "{root}/app.py",
        "{root}/assets/models/unetpp/config.json",
        "{root}/assets/models",
        "{root}/requirements.txt",
        "{folder}",
        "{folder}/",
        "{upload}/..",
        "{upload}/../../../../etc/passwd",
        "{folder}/../outside.txt",
        "{folder}/%2e%2e/outside.txt",
        "app.py",
        "../app.py",
        "..%2f..%2fetc/passwd",
        "file:///etc/passwd",
        "http://127.0.0.1:1/",
    ],
)
def test_only_the_pages_own_files_are_handed_out(served, path):
    where = upload(served, b"somebody else's")
    (served.folder.parent / "outside.txt").write_text("not for you")
    asked = path.format(root=ROOT, folder=served.folder, upload=where.parent)
    status, content = get(served, f"file={asked}")
    assert status in (400, 403, 404) and b"not for you" not in content and b"root:" not in content


def test_one_visitors_result_is_not_in_anothers_session(served):
    with present(served, "frieda"), present(served, "gustav"):
        run(served, "on_example", "frieda", choice="0")
        assert download(served, "frieda")["success"]
        other = download(served, "gustav")
        assert not other["success"] and other["output"]["error"] == texts.EXPIRED


def test_a_result_in_memory_is_never_sent_to_the_browser(served):
    with present(served, "hanna"):
        last = run(served, "on_example", "hanna", choice="0")
    assert last["success"] and "session" not in json.dumps(last["output"]["data"]).casefold()
    assert len(json.dumps(last)) < 200_000, "figures and addresses, no pixels"


# --- nothing is fetched from elsewhere


def test_the_page_names_nothing_elsewhere_that_a_browser_would_load(served):
    text = get(served, "", prefix="/")[1].decode()
    style = get(served, "theme.css", prefix="/")[1].decode()
    own = text_files(text)
    addresses = LOADED.findall(text) + LOADED_BY_STYLE.findall(text + style)
    assert own and addresses
    assert [
        address for address in addresses if re.match(r"(https?:)?//", address) and not address.startswith(served.url)
    ] == []
    assert not re.search(r"fonts\.(googleapis|gstatic)|cdn\.|cdnjs|unpkg|jsdelivr|google-analytics", style)
    manifest = get(served, "manifest.json", prefix="/")
    assert manifest[0] == 404 or b"http" not in manifest[1].replace(served.url.encode(), b"")


def text_files(page_text: str) -> list[str]:
    """The page's own scripts and styles, as it names them."""
    return [address for address in LOADED.findall(page_text) if address.split("?")[0].endswith((".js", ".css"))]


def test_nothing_is_counted_or_reported(served):
    assert served.blocks.analytics_enabled is False and served.blocks.config["analytics_enabled"] is False
    assert page.launch_options(1)["enable_monitoring"] is False and page.launch_options(1)["share"] is False
    app = (ROOT / "app.py").read_text()
    assert app.index("GRADIO_ANALYTICS_ENABLED") < app.index("wrinkleseg.ui")


# --- a browser's part, spoken by hand


class present:
    """A visitor who has the page open: the connection that Gradio's page holds for as long as it is open."""

    def __init__(self, served, session: str) -> None:
        self.connection = http.client.HTTPConnection(urllib.parse.urlparse(served.url).netloc, timeout=30)
        self.path = f"/gradio_api/heartbeat/{session}"

    def __enter__(self) -> None:
        self.connection.request("GET", self.path)
        self.answer = self.connection.getresponse()
        assert b"ALIVE" in self.answer.readline()

    def __exit__(self, *_) -> None:
        self.answer.close()
        self.connection.close()


def get(served, path: str, prefix: str = "/gradio_api/") -> tuple[int, bytes]:
    """Status and body of an answer."""
    connection = http.client.HTTPConnection(urllib.parse.urlparse(served.url).netloc, timeout=30)
    connection.request("GET", prefix + path)
    answer = connection.getresponse()
    return answer.status, answer.read()


def post(served, path: str, body: bytes, kind: str) -> object:
    asked = urllib.request.Request(f"{served.url}/gradio_api/{path}", body, {"Content-Type": kind})
    return json.load(urllib.request.urlopen(asked, timeout=60))


def upload(served, content: bytes) -> Path:
    """Give a file as the page does; where it lies then."""
    part = b'--x\r\nContent-Disposition: form-data; name="files"; filename="p.png"\r\n\r\n' + content + b"\r\n--x--\r\n"
    return Path(post(served, "upload", part, "multipart/form-data; boundary=x")[0])


def run(served, event: str, session: str, **event_data) -> dict:
    """Trigger the first tab's event with the page's first values; the last message about it."""
    number, function = next((i, fn) for i, fn in served.blocks.fns.items() if fn.name == event)
    values = [getattr(component, "value", None) for component in function.inputs]
    asked = {"data": values, "fn_index": number, "session_hash": session, "event_data": event_data or None}
    post(served, "queue/join", json.dumps(asked).encode(), "application/json")
    stream = urllib.request.urlopen(f"{served.url}/gradio_api/queue/data?session_hash={session}", timeout=60)
    messages = (json.loads(line[5:]) for line in stream if line.startswith(b"data:"))
    return next(message for message in messages if message["msg"] == "process_completed")


def download(served, session: str) -> dict:
    return run(served, "on_download", session)
