"""The camera in a real browser: Chromium is given a made video for a camera, and the page runs with a made-up method."""

import json
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from fakes import FakeLibrary
from test_app import free_port
from test_browser import CHROMIUM, OPTIONS, lacking, no_sideways_scroll

from wrinkleseg import images, quality
from wrinkleseg.ui import page as pages
from wrinkleseg.ui.texts import capture as texts

pytestmark = pytest.mark.browser

HEIGHT, WIDTH = 720, 1280
RED = (slice(100, 200), slice(20, 200))
"""Where the left of the scene is marked."""
REFUSE = "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'))"
FINDER = """
window.faces = [];
window.FaceDetector = class {
  async detect(video) {
    if (window.faces === null) throw new DOMException('Face detection service unavailable.', 'NotSupportedError');
    return window.faces.map(([x, y, width, height]) => ({ boundingBox: { x, y, width, height } }));
  }
};"""
"""A browser that finds faces by itself, as Chromium does on some systems; the test says where, None: the system is not able."""


class Library(FakeLibrary):
    """Keeps the photos that came to be read."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[np.ndarray] = []

    def read(self, path: str) -> images.Picture:
        picture = images.load(path)
        self.seen.append(picture.rgb)
        return picture


@pytest.fixture(scope="module")
def library() -> Library:
    return Library()


@pytest.fixture(scope="module")
def url(library, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("page")))
        blocks = pages.build(library.services(read=library.read))
        options = pages.launch_options(images.MAX_BYTES) | {"quiet": True, "prevent_thread_lock": True}
        _, address, _ = blocks.launch(server_name="127.0.0.1", server_port=free_port(), **options)
        yield address
        blocks.close()


@pytest.fixture(scope="module")
def driver():
    if CHROMIUM is None:
        lacking("no Chromium on this machine (Debian: apt-get install chromium)")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        lacking("no playwright (pip install -r requirements-dev.txt)")
    with sync_playwright() as found:
        yield found


@pytest.fixture(scope="module")
def scene(data_dir) -> np.ndarray:
    """A face before a grey wall with a red mark on its left, uint8 RGB (720, 1280, 3)."""
    face = images.load_rgb(data_dir / "faces" / "london" / "001_03.jpg")
    width = round(face.shape[1] * HEIGHT / face.shape[0])
    wall = np.full((HEIGHT, WIDTH, 3), 200, np.uint8)
    left = (WIDTH - width) // 2
    wall[:, left : left + width] = cv2.resize(face, (width, HEIGHT), interpolation=cv2.INTER_AREA)
    wall[RED] = (200, 30, 30)
    return wall


def film(path: Path, rgb: np.ndarray) -> Path:
    """A video that stands still, in the plain format y4m, which Chromium plays as a camera."""
    header = f"YUV4MPEG2 W{rgb.shape[1]} H{rgb.shape[0]} F10:1 Ip A1:1 C420jpeg\n"
    frame = b"FRAME\n" + cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV_I420).tobytes()
    path.write_bytes(header.encode() + 5 * frame)
    return path


@pytest.fixture
def camera(driver, url, tmp_path):
    """Opens the page before a camera that sees this scene; no script may have failed, nothing may have gone outside."""
    opened, asked, failed = [], [], []

    def start(rgb: np.ndarray, before: str = "", width: int = 1280):
        video = film(tmp_path / "camera.y4m", rgb)
        fake = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
        chosen = [*OPTIONS, *fake, f"--use-file-for-fake-video-capture={video}"]
        opened.append(driver.chromium.launch(executable_path=CHROMIUM, args=chosen))
        page = opened[-1].new_page(viewport={"width": width, "height": 844})
        page.set_default_timeout(60_000)
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: failed.append(str(error)))
        page.add_init_script(before)
        page.goto(url)
        page.locator("#photo").get_by_label("Capture from camera").click()
        page.locator("#photo-guide").get_by_text(texts.LIVE["ask"][0]).wait_for()
        page.locator('#photo [title="grant webcam access"] button').click()
        return page

    yield start
    for browser in opened:
        browser.close()
    assert asked and [u for u in asked if not u.startswith((url, "data:", "blob:"))] == []
    assert failed == []


def said(page, state: str) -> None:
    page.locator("#photo-guide [role=status]").get_by_text(texts.LIVE[state][0]).wait_for()


def mirrored(page) -> bool:
    return page.eval_on_selector("#photo video", "v => getComputedStyle(v).transform").startswith("matrix(-1")


def test_a_dark_picture_is_told_at_the_camera(camera, scene):
    page = camera((scene * 0.2).astype(np.uint8), width=390)
    said(page, "dark")
    assert no_sideways_scroll(page) and page.locator("#photo .ws-outline").is_visible()


def test_a_blurred_picture_is_told_at_the_camera(camera, scene):
    said(camera(cv2.GaussianBlur(scene, (0, 0), 6)), "blurred")


def test_a_face_far_away_is_asked_into_the_outline(camera, scene):
    far = np.full_like(scene, 200)
    far[200:520, 356:924] = cv2.resize(scene, (568, 320), interpolation=cv2.INTER_AREA)
    said(camera(far), "empty")


def test_light_from_one_side_is_told_at_the_camera(camera, scene):
    light = np.where(np.arange(WIDTH) < WIDTH // 2, 0.45, 1.0)[None, :, None]
    said(camera((scene * light).astype(np.uint8)), "side")


def test_where_the_browser_finds_faces_their_place_is_told(camera, scene):
    page = camera(scene, before=FINDER)
    said(page, "empty")
    face = oval().box
    right = [face.left, face.top, face.width, face.height]
    aside = [face.left + 0.4 * face.width, *right[1:]]
    small = [WIDTH / 2 - 40, HEIGHT / 2 - 50, 80, 100]
    for faces, state in (([right, small], "several"), ([small], "far"), ([aside], "off"), ([right], "good")):
        page.evaluate("faces => { window.faces = faces; }", faces)
        said(page, state)
    page.evaluate("window.faces = null")
    said(page, "good_by_eye")


@pytest.mark.parametrize("slowness", [1, 6])
def test_a_good_picture_is_told_taken_as_it_is_and_taken_again(camera, scene, library, slowness):
    page = camera(scene)
    said(page, "good_by_eye")
    assert mirrored(page), "as in a mirror, since that is what people expect"
    found = json.loads(page.locator("[data-guide=photo]").get_attribute("data-found"))
    assert found["blur"] == pytest.approx(quality.blur(scene, oval()), abs=0.03)
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slowness})
    library.seen.clear()
    page.get_by_role("button", name=texts.TIMER).first.click()
    page.wait_for_selector("#tables table")
    (photo,) = library.seen
    assert photo.shape == scene.shape
    assert np.abs(photo[RED].mean((0, 1)) - (200, 30, 30)).max() < 25, "left is left"
    assert page.locator("#notices .ws-signed").count() > 0
    page.get_by_role("button", name=texts.AGAIN).click()
    said(page, "good_by_eye")
    page.wait_for_function("!document.querySelector('#notices .ws-signed')")


def oval() -> SimpleNamespace:
    """A face of the outline's size: see `ovalOf` in the script."""
    height = 0.86 * HEIGHT
    width = 0.76 * height
    left, top = round((WIDTH - width) / 2), round((HEIGHT - height) / 2)
    box = SimpleNamespace(top=top, left=left, height=round(height), width=round(width))
    return SimpleNamespace(box=box, width=width)


def test_a_refused_camera_is_told_with_a_way_out(camera, scene):
    page = camera(scene, before=REFUSE)
    said(page, "refused")
    assert page.locator("#photo-guide").get_by_text("upload it").is_visible()
    page.locator("#photo").get_by_label("Upload file").click()
    page.locator("#photo-guide section").wait_for(state="hidden")
