"""One selfie from its file to the drawn result, beside the same network run plainly on the whole photo."""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from eval.speed.apart import apart
from eval.speed.plain import plain
from eval.speed.scenes import as_jpeg, selfie
from eval.speed.timing import ROUNDS, Ratio, in_turns, summed_up
from wrinkleseg import analysis, checkpoint, draw, face, geometry, images, methods
from wrinkleseg.face import Face
from wrinkleseg.geometry import Box, Size
from wrinkleseg.inference import Runtime, cleaned, predict
from wrinkleseg.masks import binarise
from wrinkleseg.methods import LearnedMethod
from wrinkleseg.models import NamedMaps
from wrinkleseg.preprocess import CELL, View, lay_back, look

TASK, NAME = "wrinkle", "unetpp"
ASKED = 6.0


def ratio(device: str = "auto", photo: str = "", rounds: int = ROUNDS) -> Ratio:
    """From the JPEG's bytes to the overlay, ours and plainly, with how far the two masks agree inside the skin."""
    ours = methods.load(NAME, device)
    with tempfile.TemporaryDirectory() as folder:
        path = as_jpeg(selfie(photo), Path(folder))
        with apart(_plain_show, device, path) as show:
            taken = in_turns(lambda: shown(ours, path), show, rounds)
        plainly = Plain(ours)
        facts = _facts(ours, plainly, path, rounds)
    facts["ratio with one pass, no mirror image, in the plain way"] = _one_pass(ours, plainly, selfie(photo), rounds)
    words = "wrinkleseg", "float32, eager, NCHW, the whole photo at the same scale"
    return summed_up("one selfie, file to overlay", words, taken, ASKED, facts)


def shown(method: LearnedMethod, path: Path) -> np.ndarray:
    """What the page does between a file and the picture that it shows: uint8 RGB (H, W, 3)."""
    rgb = images.load_rgb(path)
    found = face.find(rgb)[0]
    regions = face.regions(rgb, found)
    probability = analysis.quantise(method(rgb, found, regions)[TASK], regions.wrinkle_skin)
    return draw.overlay(rgb, {TASK: probability}, method.info.thresholds)


def _plain_show(device: str, path: Path) -> Callable[[], None]:
    """`Plain.shown` of one file, for a process of its own."""
    plainly = Plain(methods.load(NAME, device))

    def show() -> None:  # the picture stays there: sending it would take time
        plainly.shown(path)

    return show


class Plain:
    """The same weights as segmentation_models.pytorch runs them: float32, one picture, the whole photo, the same scale."""

    def __init__(self, method: LearnedMethod) -> None:
        self.preprocess, self.info = method.config.preprocess, method.info
        self.device = method.runtime.device
        self.network = plain_network(self.device)

    def shown(self, path: Path) -> np.ndarray:
        """As `shown`; the face is found, since the scale depends on it, the skin is not."""
        rgb = images.load_rgb(path)
        probability = self(rgb, face.find(rgb)[0])
        return draw.overlay(rgb, {TASK: probability}, self.info.thresholds)

    def __call__(self, rgb: np.ndarray, found: Face, mirrored: bool = True, same_grid: bool = False) -> np.ndarray:
        """Probability float32 (H, W) on the whole photo, with the mirror image where the network's settings ask for it.

        same_grid: the network's pixels lie on the photo as in our way, which takes some more of them. Else the first one
        lies at the photo's corner.
        """
        size = rgb.shape[:2]
        face_view = self.preprocess.steady_view(found.box, found.steady_width, TASK, size)
        view = whole_grid(face_view, size) if same_grid else _whole(face_view, size)
        seen = face_view.seen(found.steady_width)
        picture = self.preprocess.tensor(look(rgb, view), seen)[None].to(self.device)
        with torch.inference_mode():
            maps = self._run(picture)
            if mirrored and TASK in self.preprocess.mirrored:
                maps = (maps + self._run(picture.flip(-1)).flip(-1)) / 2
        return np.clip(lay_back(cleaned(maps[0].cpu().numpy(), self.preprocess, TASK, seen), view, size), 0, 1)

    def _run(self, picture: Tensor) -> Tensor:
        return torch.sigmoid(self.network(picture)[TASK])


def whole_grid(view: View, size: Size) -> View:
    """The view's cells, and as many more on each side as cover a photo of `size` (H, W)."""
    cell = view.box.width * CELL // view.size[1]
    top, left = (start - -(-start // cell) * cell for start in (view.box.top, view.box.left))
    rows, columns = -(-(size[0] - top) // cell), -(-(size[1] - left) // cell)
    return View(Box(top, left, rows * cell, columns * cell), (rows * CELL, columns * CELL))


def _whole(view: View, size: Size) -> View:
    return View(Box(0, 0, *size), geometry.scaled_size(size, view.seen(1.0)))


def plain_network(device: torch.device) -> NamedMaps:
    """The shipped weights in segmentation_models.pytorch's own network: float32, NCHW, as a script would build it."""
    config, ours = checkpoint.load(methods.model_folder(NAME))
    return plain(config.settings, ours).eval().to(device)


def exact(method: LearnedMethod, rgb: np.ndarray, found: Face, skin: np.ndarray) -> np.ndarray:
    """What the method would give in float32: probability float32 (H, W)."""
    runtime = Runtime(method.runtime.device, torch.float32)
    network = copy.deepcopy(method.model).float()
    return predict(network, method.config.preprocess, runtime, rgb, found.box, found.steady_width, TASK, skin)


def agreement(method: LearnedMethod, mine: np.ndarray, theirs: np.ndarray, skin: np.ndarray) -> float:
    """IoU of what two probability maps mark inside the skin, 1.0 where neither marks anything."""
    threshold = method.info.thresholds[TASK]
    ours, other = binarise(mine, threshold) & skin, binarise(theirs, threshold) & skin
    either = int((ours | other).sum())
    return float((ours & other).sum() / either) if either else 1.0


def _facts(ours: LearnedMethod, plainly: Plain, path: Path, rounds: int) -> dict[str, float | str]:
    rgb = images.load_rgb(path)
    found = face.find(rgb)[0]
    regions = face.regions(rgb, found)
    skin = regions.wrinkle_skin
    mine = ours(rgb, found, regions)[TASK]
    # What lies around the network is a small difference of two large figures, so it takes more rounds.
    whole, network = in_turns(lambda: shown(ours, path), lambda: ours(rgb, found, regions), 3 * rounds).T
    return {
        "IoU inside the skin with float32 on the same pixels": agreement(
            ours, mine, exact(ours, rgb, found, skin), skin
        ),
        "IoU inside the skin with the plain way on the same grid of pixels": agreement(
            ours, mine, plainly(rgb, found, same_grid=True), skin
        ),
        # Here the network's pixels lie elsewhere by parts of a pixel, and thin lines feel that.
        "IoU inside the skin with the plain way on the photo's own grid": agreement(
            ours, mine, plainly(rgb, found), skin
        ),
        "skin's share of the photo": float(skin.mean()),
        "seconds in the network": float(np.median(network)),
        "all around the network, as a share of it": float(np.median((whole - network) / network)),
        "all around the network, as a share of the whole": float(np.median((whole - network) / whole)),
        "number format": str(ours.runtime.precision).removeprefix("torch."),
    }


def _one_pass(ours: LearnedMethod, plainly: Plain, rgb: np.ndarray, rounds: int) -> float:
    """How many times faster ours, with its mirror image, is than one plain pass without: networks alone."""
    found = face.find(rgb)[0]
    regions = face.regions(rgb, found)
    taken = in_turns(lambda: ours(rgb, found, regions), lambda: plainly(rgb, found, mirrored=False), rounds)
    return float(np.median(taken[:, 1] / taken[:, 0]))
