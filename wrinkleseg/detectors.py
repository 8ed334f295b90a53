"""What MediaPipe's networks see in a view: faces, their meshes, people. The only room that knows MediaPipe.

A view is a part of a photo, uint8 RGB (h, w, 3); places in it are told as shares of its sides. The face detectors (short
and full range), Face Mesh with refined eyes and lips (478 points) and selfie segmentation are all shipped inside the
mediapipe package (Apache-2.0), so nothing is downloaded.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from mediapipe.python.solutions import face_detection, face_mesh, selfie_segmentation

from wrinkleseg.mesh import MIRROR
from wrinkleseg.side_by_side import both

_QUIET = threading.Lock()
_FIRST_SIDE = 64  # px of the picture that a graph is begun with

Seen = list[tuple[float, np.ndarray]]
"""Faces that a detector sees: score, 0..1, and edges (left, top, right, bottom), float (4,), as shares of the view's sides."""


def boxes(view: np.ndarray) -> tuple[Seen, Seen, Seen]:
    """What the farther detector sees, what the nearer one does, and what that one sees in the mirror image, laid back.

    Only the nearer one, the quicker, looks at the mirror image, and only where it sees a face in the view.
    """
    graphs = _graphs()
    far, (near, mirrored) = both(
        lambda: _seen(graphs.full_range, view), lambda: _seen_both_ways(graphs.short_range, view)
    )
    return far, near, mirrored


def score(view: np.ndarray) -> float:
    """How sure the nearer detector is that there is an upright face, 0..1."""
    return max((sure for sure, _ in _seen(_graphs().short_range, view)), default=0.0)


def meshes(view: np.ndarray) -> list[np.ndarray]:
    """Landmarks of the faces in a view, float32 (478, 3) each: the means of what it and its mirror image give."""
    graphs = _graphs()
    return _steadied(*both(lambda: _meshes(graphs.mesh, view), lambda: _mirrored_meshes(graphs.second_mesh, view)))


def person(view: np.ndarray) -> np.ndarray:
    """Probability that a pixel shows a person, float32 (h, w)."""
    return _graphs().selfie.process(view)


@cache
def triangles() -> np.ndarray:
    """The mesh's triangles as landmark numbers, int32 (N, 3), read off MediaPipe's list of edges (every three points joined by three edges)."""
    near: dict[int, set[int]] = {}
    for a, b in face_mesh.FACEMESH_TESSELATION:
        near.setdefault(a, set()).add(b)
        near.setdefault(b, set()).add(a)
    found = {tuple(sorted((a, b, c))) for a in near for b in near[a] for c in near[a] & near[b]}
    return np.array(sorted(found), np.int32)


def _seen_both_ways(graph: "_Graph", view: np.ndarray) -> tuple[Seen, Seen]:
    seen = _seen(graph, view)
    mirrored = _seen(graph, cv2.flip(view, 1)) if seen else []
    back = [(sure, np.array([1 - right, top, 1 - left, bottom])) for sure, (left, top, right, bottom) in mirrored]
    return seen, back


def _seen(graph: "_Graph", view: np.ndarray) -> Seen:
    found = graph.process(view) or []
    spans = [hit.location_data.relative_bounding_box for hit in found]
    edges = [np.array([box.xmin, box.ymin, box.xmin + box.width, box.ymin + box.height]) for box in spans]
    return [(float(hit.score[0]), each) for hit, each in zip(found, edges, strict=True)]


def _meshes(graph: "_Graph", view: np.ndarray) -> list[np.ndarray]:
    found = graph.process(view) or []
    return [np.array([(p.x, p.y, p.z) for p in face.landmark], np.float32) for face in found]


def _mirrored_meshes(graph: "_Graph", view: np.ndarray) -> list[np.ndarray]:
    """As `_meshes`, of the view's mirror image, laid back."""
    across, along = np.array([-1, 1, 1], np.float32), np.array([1, 0, 0], np.float32)
    return [(mesh * across + along)[MIRROR] for mesh in _meshes(graph, cv2.flip(view, 1))]


def _steadied(meshes: list[np.ndarray], mirrored: list[np.ndarray]) -> list[np.ndarray]:
    """Each mesh's mean with the one that the mirror image gave of the same face; alone where it gave none.

    The mesh has a better side: a face and its mirror image came out up to 5% apart in width.
    """
    result = []
    for mesh in meshes:
        near = min(mirrored, key=lambda other: np.abs(other - mesh).mean(), default=mesh)
        same = np.abs(near - mesh).mean() < 0.1 * np.ptp(mesh[:, 0])
        result.append((mesh + near) / 2 if same else mesh)
    return result


class _Graph:
    """One of MediaPipe's graphs, which are not thread-safe: one pass at a time.

    output: the name of what it finds. warm: whether it has said all that it says once; some parts of a mesh's graph speak
    when they first have a face before them.
    """

    def __init__(self, solution, output: str, warm: bool = True) -> None:
        self._solution, self._output = solution, output
        self._lock, self._warm = threading.Lock(), warm
        # Its parts open on threads of their own, and say so some time before a first pass has ended.
        solution.process(np.zeros((_FIRST_SIDE, _FIRST_SIDE, 3), np.uint8))

    def process(self, view: np.ndarray):
        """What is found in a view; None where that is nothing."""
        view = np.ascontiguousarray(view)
        with self._lock:
            if self._warm:
                return self._pass(view)
            with _quiet():
                found = self._pass(view)
            self._warm = found is not None
            return found

    def _pass(self, view: np.ndarray):
        return getattr(self._solution.process(view), self._output)


@dataclass(frozen=True)
class _Graphs:
    """second_mesh: the same as `mesh`, so that a view and its mirror image are looked at at once."""

    short_range: _Graph
    full_range: _Graph
    mesh: _Graph
    second_mesh: _Graph
    selfie: _Graph


@cache
def _graphs() -> _Graphs:
    with _quiet():
        near, far = (
            face_detection.FaceDetection(min_detection_confidence=0.5, model_selection=model) for model in (0, 1)
        )
        return _Graphs(
            short_range=_Graph(near, "detections"),
            full_range=_Graph(far, "detections"),
            mesh=_new_mesh(),
            second_mesh=_new_mesh(),
            selfie=_Graph(selfie_segmentation.SelfieSegmentation(model_selection=0), "segmentation_mask"),
        )


def _new_mesh() -> _Graph:
    mesh = face_mesh.FaceMesh(
        static_image_mode=True, max_num_faces=4, refine_landmarks=True, min_detection_confidence=0.4
    )
    return _Graph(mesh, "multi_face_landmarks", warm=False)


@contextmanager
def _quiet() -> Iterator[None]:
    """Hold MediaPipe's tongue while it begins: its C++ log goes straight to file descriptor 2 and has no switch.

    One at a time: of two, each would take the other's silence for what was there before.
    """
    with _QUIET:
        try:
            saved = os.dup(2)
        except OSError:  # there is no such descriptor, so nothing can be written to it
            yield
            return
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 2)
        try:
            yield
        finally:
            os.dup2(saved, 2)
            os.close(saved)
            os.close(silence)
