"""A data set as a zip, and back.

The zip unpacks to one folder that training and evaluation read, and it can be opened again to go on drawing:

    NAME/images/STEM.png            photos, pixels only: no place, time or camera
    NAME/wrinkle-masks/STEM.png     crisp lines, 0 and 255; pore-masks/ likewise
    NAME/zones/STEM.png             where the person looked, if that was marked
    NAME/rough/wrinkle/STEM.png     the strokes, 0 and 255; rough/pore/ likewise
    NAME/manifest.json, README.txt  how each mask was made; the commands that read the folder
"""

from __future__ import annotations

import io
import json
import shlex
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

import numpy as np

from wrinkleseg import images
from wrinkleseg.annotation.photo import LAYERS, MASKS, SENSELESS, STRICTNESS, TASKS, ZONE, AnnotationError, Entry
from wrinkleseg.report import safe_stem

VERSION = 1
"""Of the folder's layout, written into its manifest."""
MAX_BYTES = 512 * 2**20
"""Largest zip that is read, and most bytes of all its files together."""
MAX_PHOTOS = 200
_MANIFEST, _README = "manifest.json", "README.txt"
_DATE = (1980, 1, 1, 0, 0, 0)  # nothing in the zip tells when it was drawn


def zip_bytes(entries: Sequence[Entry], name: str = "annotations") -> bytes:
    """The whole data set as a zip with one folder in it. Raises AnnotationError for no photo, or two of one name."""
    names = [one.name.casefold() for one in entries]
    if not entries or len(set(names)) < len(names):
        raise AnnotationError("a data set needs at least one photo, and no two of one name")
    folder, archive = safe_stem(f"{name}.zip"), io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for path, content in _files(entries, folder):
            file.writestr(zipfile.ZipInfo(f"{folder}/{path}", _DATE), content, zipfile.ZIP_STORED)
    return archive.getvalue()


def read_zip(data: bytes) -> list[Entry]:
    """The photos of a data set that `zip_bytes` made, with their strokes and masks.

    Nothing is unpacked to disk and only the names that the layout knows are read, so that a made-up zip does no harm.
    Raises AnnotationError: no zip, no data set of this layout, a file that is missing or damaged, or too large.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            return list(_entries(_Reader(file)))
    except AnnotationError:
        raise
    except images.PictureError as error:
        raise AnnotationError(f"a picture of the data set cannot be read: {error}") from error
    except Exception as error:  # zipfile and zlib fail in a dozen ways
        reason = str(error) or type(error).__name__
        raise AnnotationError(f"this is no whole zip file ({reason}): download or copy it again") from error


class _Reader:
    """Files of the data set's folder by their path inside it, within MAX_BYTES altogether."""

    def __init__(self, file: zipfile.ZipFile) -> None:
        self._file, self._left = file, MAX_BYTES
        manifests = [n for n in file.namelist() if PurePosixPath(n).name == _MANIFEST and n.count("/") == 1]
        if len(manifests) != 1:
            raise AnnotationError(
                f"this zip holds no data set: expected one folder with {_MANIFEST}, as this page saves it"
            )
        self._folder = manifests[0].removesuffix(_MANIFEST)
        self._names = set(file.namelist())

    def get(self, path: str) -> bytes | None:
        """The file's content, None where it is absent."""
        if self._folder + path not in self._names:
            return None
        with self._file.open(self._folder + path) as file:
            content = file.read(self._left + 1)  # a header may lie about the size
        self._left -= len(content)
        if self._left < 0:
            raise AnnotationError(f"the data set is larger than {MAX_BYTES // 2**20} MiB: split it")
        return content


def _entries(reader: _Reader) -> Iterator[Entry]:
    for about in _photos(reader.get(_MANIFEST) or b""):
        try:
            name, width, found = str(about["name"]), float(about["face_width_px"]), bool(about["face_found"])
            strictness = STRICTNESS | {task: float(about["strictness"][task]) for task in TASKS}
            started = {task: str(about["started_from"][task]) for task in TASKS if task in about["started_from"]}
        except SENSELESS as error:
            raise AnnotationError(f"{_MANIFEST} is not as this page writes it ({error!r}): save it again") from error
        if (
            name != safe_stem(f"{name}.png")
            or not 0 < width < 1e6
            or not all(0 <= s < 256 for s in strictness.values())
        ):
            raise AnnotationError(
                f"{_MANIFEST} is not as this page writes it, at {name[:80]!r}: save the data set again"
            )
        photo = reader.get(f"images/{name}.png")
        if photo is None:
            raise AnnotationError(f"images/{name}.png is missing: put it back, or take {name!r} out of {_MANIFEST}")
        rgb = images.load_rgb(photo)
        plain = Entry(name, images.png_bytes(rgb), rgb.shape[:2], width, found, {}, {}, strictness, started)
        yield _with_masks(plain, reader)


def _photos(manifest: bytes) -> list:
    try:
        read = json.loads(manifest)
        photos = read["photos"]
        version = int(read["layout"])
    except SENSELESS as error:
        raise AnnotationError(f"{_MANIFEST} is not as this page writes it ({error!r}): save it again") from error
    if version > VERSION:
        raise AnnotationError(f"the data set has layout {version}, this page reads up to {VERSION}: use a newer page")
    if not isinstance(photos, list) or not 0 < len(photos) <= MAX_PHOTOS:
        raise AnnotationError(f"{_MANIFEST} must list 1 to {MAX_PHOTOS} photos")
    names = [str(one.get("name")).casefold() for one in photos if isinstance(one, dict)]
    if len(set(names)) < len(photos):
        raise AnnotationError(f"{_MANIFEST} lists a photo twice: take one of them out")
    return photos


def _with_masks(plain: Entry, reader: _Reader) -> Entry:
    for layer in LAYERS:
        crisp = _mask(plain, reader, MASKS[layer])
        # A zone is drawn as it is: it has no strokes of its own.
        rough = crisp if layer == ZONE else _mask(plain, reader, f"rough/{layer}")
        if rough is None and crisp is not None:
            raise AnnotationError(
                f"rough/{layer}/{plain.name}.png is missing beside its mask: put it back, or take both out"
            )
        if rough is not None:
            plain = plain.with_layer(layer, rough, rough if crisp is None else crisp)
    return plain


def _mask(plain: Entry, reader: _Reader, folder: str) -> np.ndarray | None:
    """The photo's mask in that folder, bool (H, W), None where it has none."""
    file = reader.get(f"{folder}/{plain.name}.png")
    if file is None:
        return None
    mask = images.load_mask(file)
    if mask.shape != plain.size:
        raise AnnotationError(
            f"{folder}/{plain.name}.png is {mask.shape}, its photo {plain.size}: they must be of one size"
        )
    return mask


def _files(entries: Sequence[Entry], folder: str) -> Iterator[tuple[str, bytes]]:
    """(path inside the folder, content), photos first."""
    for one in entries:
        yield f"images/{one.name}.png", one.photo
        for layer, content in one.crisp.items():
            yield f"{MASKS[layer]}/{one.name}.png", content
        for layer in TASKS:
            if layer in one.rough:
                yield f"rough/{layer}/{one.name}.png", one.rough[layer]
    manifest = {"layout": VERSION, "photos": [_about(one) for one in entries]}
    yield _MANIFEST, f"{json.dumps(manifest, indent=2, ensure_ascii=False)}\n".encode("utf-8", "replace")
    yield _README, _readme(entries, folder).encode("utf-8", "replace")


def _about(one: Entry) -> dict:
    return {
        "name": one.name,
        "size": {"width": one.size[1], "height": one.size[0]},
        "face_width_px": round(float(one.face_width), 1),
        "face_found": one.face_found,
        "annotated": [layer for layer in LAYERS if layer in one.rough],
        "strictness": {task: float(one.strictness[task]) for task in TASKS},
        "started_from": dict(one.started_from),
    }


def _readme(entries: Sequence[Entry], folder: str) -> str:
    there = {layer for one in entries for layer in one.crisp}
    folder = shlex.quote(folder)
    zones = f" --zones {folder}/zones" if ZONE in there else ""
    masks = "".join(f" --{MASKS[task]} {folder}/{MASKS[task]}" for task in TASKS if task in there)
    lines = [_ABOUT.format(photos=len(entries))]
    if masks:
        lines.append(
            f"Score all methods against the masks:\n\n    python -m eval run --images {folder}/images{masks}{zones}"
        )
    if "wrinkle" in there:
        lines.append(
            "Train on the wrinkles (a photo without a mask is left out):\n\n"
            f"    python -m train best --images {folder}/images --masks {folder}/wrinkle-masks"
        )
    for task in TASKS:
        if task in there:
            lines.append(
                f"Make the masks of {task}s again from the strokes, at the usual strictness:\n\n"
                f"    python -m train labels --task {task} --images {folder}/images --rough {folder}/rough/{task} "
                f"--output {folder}-{task}-again"
            )
    return "\n\n".join(lines) + "\n"


_ABOUT = """A data set of {photos} photos with hand-drawn annotation.

images/         the photos, pixels only
wrinkle-masks/  lines, 0 and 255, of the photo's size; made of the strokes and the skin's texture
pore-masks/     pores, likewise
zones/          where the person looked, if that was marked; a photo without a zone counts as a whole
rough/          the strokes as they were drawn, to go on with: open the zip on the page
manifest.json   how each mask was made

A photo has a mask for a task only if something was painted for that task. The commands below are to be run in the
folder that holds this one, with the project's own folder as the Python path."""
