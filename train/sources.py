"""Where crops come from: each source gives the faces that it knows, at the network's width, with what is known of them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from eval.benchmark import load_face
from eval.readers import pictures
from eval.samples import SPLIT_NAMES, DataError, HalfFace, Sample, half_face, wrinkle_samples
from eval.smooth import smooth_faces
from eval.splits import content
from train import synth
from train.photos import usable
from wrinkleseg import face, images, methods, texture, truth
from wrinkleseg.face import Face, FaceError, Regions
from wrinkleseg.geometry import Box
from wrinkleseg.images import PictureError
from wrinkleseg.preprocess import Preprocess, look

_log = logging.getLogger(__name__)
FOLDERS = ("london", "canada", "us_gov", "synthetic")
# Where a smooth portrait is no skin, a pore network must stay silent; narrower faces than this show no pores.
PORTRAITS = ("canada", "us_gov", "synthetic")
SMALLEST_PORTRAIT = 700
# More places to cut at would cost memory and give nothing.
MOST_ANCHORS = 20_000
# Diameters of the pores that are outlined on the half face, as shares of the face's width (5th to 95th percentile).
OUTLINED_PORES = (1 / 450, 1 / 200)


@dataclass(frozen=True)
class Scene:
    """One face at the network's width.

    rgb: uint8 (h, w, 3). target: uint8 (h, w), 0..255, graded where a thin line shrank. weight: uint8 (h, w), 255 where
    somebody annotated. anchors: float (N, 2) of (x, y), places worth a crop.
    """

    rgb: np.ndarray
    target: np.ndarray
    weight: np.ndarray
    anchors: np.ndarray


@dataclass(frozen=True)
class Faces:
    """Somebody's own photos without masks: a folder, its subfolders included, and what `splits.content` gives of files to leave out.

    The same photo in another size or saved again is another file.
    """

    folder: Path
    without: frozenset[str] = frozenset()

    def every(self) -> list[Path]:
        """The folder's pictures, those to leave out among them. Raises DataError where there is no such folder."""
        if not self.folder.is_dir():
            raise DataError(f"there is no folder {self.folder} with photos of faces: check the path and its spelling")
        return pictures(self.folder)

    def paths(self) -> list[Path]:
        """The folder's pictures to learn from, which takes reading parts of each. Raises DataError where there is no such folder."""
        every = self.every()
        return [path for path in every if content(path) not in self.without] if self.without else every


@dataclass(frozen=True)
class Supplies:
    """What sources draw from.

    samples: training photos with human masks. data: folder that holds faces/, pore/ and wrinkle_shapes/. teacher: name of
    the method whose maps are learnt by the source "taught"; device: where it computes, as `methods.load` takes it. seed: of
    what is drawn at random. faces: photos without masks in place of those in `data`; smooth ones still come from there.
    """

    samples: list[Sample]
    data: Path
    preprocess: Preprocess
    teacher: str = ""
    seed: int = 1
    device: str = "auto"
    faces: Faces | None = None

    def faces_for(self, source: str) -> Faces | None:
        """Somebody's own faces, if there are any and the source of that name draws from faces."""
        return self.faces if source in OF_FACES else None


@dataclass(frozen=True)
class Portrait:
    """A photo without masks, with its face: uint8 RGB (H, W, 3)."""

    path: Path
    rgb: np.ndarray
    face: Face
    regions: Regions


def _human_wrinkles(supplies: Supplies) -> list[Scene]:
    """Photos with masks drawn by people."""
    return usable(supplies.samples, lambda sample: _annotated(supplies, sample, _drawn), "masks")


def _graded_wrinkles(supplies: Supplies) -> list[Scene]:
    """The same masks, graded by the texture map (paper P's semi-automatic ground truth)."""
    return usable(supplies.samples, lambda sample: _annotated(supplies, sample, _graded), "graded masks")


def _weak_wrinkles(supplies: Supplies) -> Iterator[Scene]:
    """Texture maps inside the skin of faces without masks (Moon et al., 2024: weak pretraining)."""
    for portrait in _portraits(supplies, FOLDERS):
        yield _scene(supplies, portrait, "wrinkle", _wrinkle_map(portrait), portrait.regions.wrinkle_skin)


def _weak_pores(supplies: Supplies) -> Iterator[Scene]:
    for portrait in _portraits(supplies, FOLDERS, SMALLEST_PORTRAIT):
        yield _scene(supplies, portrait, "pore", _pore_map(portrait), portrait.regions.pore_skin)


def _synthetic_wrinkles(supplies: Supplies) -> list[Scene]:
    """Grooves drawn on smooth faces; what looked like a line before does not count."""
    shapes = synth.Shapes.load(supplies.data / "wrinkle_shapes", without=_kept_aside(supplies))
    plan, rng = synth.Synth(), np.random.default_rng(supplies.seed)
    return [
        _drawn_on(supplies, portrait, "wrinkle", *synth.wrinkled(*_seen(portrait), rng, plan, shapes))
        for portrait in _read(smooth_faces(supplies.data), 0)
    ]


def _kept_aside(supplies: Supplies) -> set[int]:
    """Numbers in Flickr-Faces-HQ of photos that the run may not learn from: their wrinkles are among the shapes too."""
    names = {sample.name for sample in wrinkle_samples(supplies.data)} - {sample.name for sample in supplies.samples}
    return {int(name.removeprefix("b_")) for name in names if name.startswith("b_")}


def _synthetic_pores(supplies: Supplies) -> list[Scene]:
    plan, rng = synth.Synth(pore_size=OUTLINED_PORES), np.random.default_rng(supplies.seed)
    return [
        _drawn_on(supplies, portrait, "pore", *synth.pored(*_seen(portrait), rng, plan))
        for portrait in _read(smooth_faces(supplies.data), SMALLEST_PORTRAIT)
    ]


def _taught_wrinkles(supplies: Supplies) -> Iterator[Scene]:
    """What a stronger network sees, on the training photos and on faces without masks (distillation)."""
    teacher = methods.load(supplies.teacher, supplies.device)
    paths = [sample.photo for sample in supplies.samples]
    for portrait in chain(_read(paths, 0), _portraits(supplies, FOLDERS)):
        yield _taught(supplies, portrait, teacher)


def _human_pores(supplies: Supplies) -> list[Scene]:
    """The training stripes of the half face."""
    half = half_face(supplies.data)
    return [_half_scene(supplies, half, half.pores.astype(np.uint8) * 255)]


def _graded_pores(supplies: Supplies) -> list[Scene]:
    """The same outlines, graded by the texture map."""
    half = half_face(supplies.data)
    grey = cv2.cvtColor(half.rgb, cv2.COLOR_RGB2GRAY)
    graded = truth.pore_truth(grey, half.pores, half.face_width)
    return [_half_scene(supplies, half, np.rint(graded * 255).astype(np.uint8))]


def _no_pores(supplies: Supplies) -> Iterator[Scene]:
    """Portraits on which hair, brows, eyes, lips and background are known not to be pores; their skin is not annotated."""
    for portrait in _portraits(supplies, PORTRAITS, SMALLEST_PORTRAIT):
        nothing = np.zeros(portrait.rgb.shape[:2], np.uint8)
        yield _scene(supplies, portrait, "pore", nothing, ~portrait.regions.pore_skin)


Source = Callable[[Supplies], Iterable[Scene]]
"""Gives scenes one after the other: of thousands of photos all at once would not fit into memory."""

SOURCES: dict[str, dict[str, Source]] = {
    "wrinkle": {
        "human": _human_wrinkles,
        "graded": _graded_wrinkles,
        "synthetic": _synthetic_wrinkles,
        "weak": _weak_wrinkles,
        "taught": _taught_wrinkles,
    },
    "pore": {
        "human": _human_pores,
        "graded": _graded_pores,
        "portraits": _no_pores,
        "synthetic": _synthetic_pores,
        "weak": _weak_pores,
    },
}


OF_FACES = {"weak", "taught", "portraits"}
"""Sources that draw from faces without masks: somebody's own, where there are such."""


def source_names(batch: Mapping[str, Mapping[str, int]]) -> set[str]:
    """Names of the sources that a batch, crops by task and source, draws from."""
    return {source for sources in batch.values() for source in sources}


def _half_scene(supplies: Supplies, half: HalfFace, drawn: np.ndarray) -> Scene:
    """drawn: uint8 (H, W), 0..255. The rows that are kept aside don't count."""
    height, width = half.rgb.shape[:2]
    view = supplies.preprocess.view(Box(0, 0, height, width), half.face_width, "pore")
    target = look(drawn, view)
    # Outlines end where skin does, so the whole half face counts.
    weight = look((half.split == SPLIT_NAMES.index("train")).astype(np.uint8) * 255, view)
    return Scene(look(half.rgb, view), target, weight, _points((target > 127) & (weight == 255)))


def _annotated(supplies: Supplies, sample: Sample, grade: Callable) -> Scene:
    rgb, mask, found = load_face(sample)
    # Room is left around the face for turns and zooms.
    view = supplies.preprocess.view(found.box.grown(round(0.2 * found.width)), found.steady_width, "wrinkle")
    target = look(grade(rgb, mask, found.width), view)
    inside = look(sample.load_zone().astype(np.uint8) * 255, view)
    return Scene(look(rgb, view), target, inside, _points(target > 127))


def _drawn(rgb: np.ndarray, mask: np.ndarray, width: float) -> np.ndarray:
    return mask.astype(np.uint8) * 255


def _graded(rgb: np.ndarray, mask: np.ndarray, width: float) -> np.ndarray:
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    return np.rint(truth.wrinkle_truth(grey, mask, width) * 255).astype(np.uint8)


def _scene(supplies: Supplies, portrait: Portrait, task: str, target: np.ndarray, weight: np.ndarray) -> Scene:
    """target: uint8 (H, W), 0..255; weight: bool (H, W), on the photo."""
    view = supplies.preprocess.view(portrait.face.box, portrait.face.steady_width, task)
    small, counts = look(target, view), look(weight.astype(np.uint8) * 255, view)
    worth = small > 127 if target.any() else counts > 127
    return Scene(look(portrait.rgb, view), small, counts, _points(worth))


def _drawn_on(supplies: Supplies, portrait: Portrait, task: str, rgb: np.ndarray, mask: np.ndarray) -> Scene:
    changed = Portrait(portrait.path, rgb, portrait.face, portrait.regions)
    return _scene(supplies, changed, task, mask, synth.certain(*_seen(portrait)) | (mask > 0))


def _taught(supplies: Supplies, portrait: Portrait, teacher: methods.Method) -> Scene:
    # Networks trained with focal loss are not calibrated: what the teacher calls a wrinkle is to be above one half.
    share = teacher(*_seen(portrait))["wrinkle"] / (2 * teacher.info.thresholds["wrinkle"])
    target = np.rint(np.clip(share, 0, 1) * 255).astype(np.uint8)
    return _scene(supplies, portrait, "wrinkle", target, np.ones(target.shape, bool))


def _wrinkle_map(portrait: Portrait) -> np.ndarray:
    grey = cv2.cvtColor(portrait.rgb, cv2.COLOR_RGB2GRAY)
    filled = texture.fill_outside(grey.astype(np.float32), portrait.regions.wrinkle_skin, portrait.face.width)
    strength = texture.wrinkle_texture(filled, portrait.face.width) * portrait.regions.wrinkle_skin
    return np.clip(strength * 4, 0, 255).astype(np.uint8)


def _pore_map(portrait: Portrait) -> np.ndarray:
    grey = cv2.cvtColor(portrait.rgb, cv2.COLOR_RGB2GRAY)
    strength = texture.pore_texture(grey, portrait.face.width) * portrait.regions.pore_skin
    return np.clip(strength * 8, 0, 255).astype(np.uint8)


def _portraits(supplies: Supplies, folders: tuple[str, ...], smallest: float = 0) -> Iterator[Portrait]:
    """Faces without masks: somebody's own, else those in the shared folders of these names."""
    if supplies.faces:
        return _own(supplies.faces.paths(), smallest)
    paths = [path for name in folders for path in sorted((supplies.data / "faces" / name).glob("*.jpg"))]
    return _read(paths, smallest)


def _read(paths: list[Path], smallest: float) -> Iterator[Portrait]:
    """Photos in which there is a face of at least that width, px; the others are left out."""
    for path in _bar(paths, "portraits"):
        try:
            rgb = images.load_rgb(path)
            found = face.find(rgb)[0]
        except (PictureError, FaceError):
            continue
        if found.width >= smallest:
            yield Portrait(path, rgb, found, face.regions(rgb, found))


def _own(paths: list[Path], smallest: float) -> Iterator[Portrait]:
    """As `_read`, and tells how many are left out."""
    count = 0
    for portrait in _read(paths, smallest):
        count += 1
        yield portrait
    if count < len(paths):
        needed = f"a face of {smallest:g} px or more" if smallest else "a face"
        _log.warning("%d of %d photos of faces are left out: %s is needed", len(paths) - count, len(paths), needed)


def _seen(portrait: Portrait) -> tuple[np.ndarray, Face, Regions]:
    return portrait.rgb, portrait.face, portrait.regions


def _points(mask: np.ndarray) -> np.ndarray:
    """(x, y) of a mask's pixels, float32 (N, 2), thinned out where there are very many; the middle where it is empty."""
    places = np.flatnonzero(mask)
    rows, columns = np.divmod(places[:: 1 + len(places) // MOST_ANCHORS], mask.shape[1])
    points = np.column_stack([columns, rows]).astype(np.float32)
    return points if len(points) else np.array([[mask.shape[1] / 2, mask.shape[0] / 2]], np.float32)


def _bar(items: list, what: str) -> tqdm:
    return tqdm(items, desc=what, leave=False)
