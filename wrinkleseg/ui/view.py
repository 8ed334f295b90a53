"""From an Analysis to pictures on the screen. Nothing here runs a method: only what follows the probability maps."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from wrinkleseg import draw, geometry, zones
from wrinkleseg.analysis import Analysis
from wrinkleseg.geometry import Box
from wrinkleseg.masks import binarise
from wrinkleseg.ui import texts

LARGEST, SMALLEST = 1600, 800
"""Longest side in px of a picture on the page. More cannot be seen there; a smaller one is enlarged before anything is drawn on it."""
MARGIN = 0.3
"""How much of a face's size is shown around it when the view is on the face alone."""


@dataclass(frozen=True)
class View:
    """How to draw a result. `kind`: of `texts.VIEWS`; `tasks`: what to show; `opacity`: 0..1; `zones`: their edges; `frame`: of `texts.FRAMES`."""

    kind: str = "overlay"
    tasks: tuple[str, ...] = ("wrinkle", "pore")
    opacity: float = 0.8
    zones: bool = False
    frame: str = "face"


@dataclass(frozen=True)
class _Layers:
    """What a picture is drawn from: uint8 RGB (H, W, 3), float32 maps (H, W) in 0..1, bool skin and zones (H, W)."""

    rgb: np.ndarray
    maps: dict[str, np.ndarray]
    skin: np.ndarray
    zones: dict[str, np.ndarray]


def picture(analysis: Analysis, view: View) -> np.ndarray:
    """The whole photo with the result drawn on it, uint8 RGB (H, W, 3) in the photo's own size."""
    return _draw(_layers(analysis, view, _whole(analysis)), analysis.thresholds, view)


def on_screen(analysis: Analysis, view: View, side: int = LARGEST) -> np.ndarray:
    """The part of the photo that the view asks for, with the result drawn on it, in a size fit for the screen."""
    layers = _layers(analysis, view, frame_box(analysis, view.frame))
    return for_screen(_draw(_enlarged(layers), analysis.thresholds, view), side)


def original(analysis: Analysis, frame: str, side: int = LARGEST) -> np.ndarray:
    """The same part of the photo without anything drawn on it, in the same size."""
    return for_screen(_plain(analysis, frame), side)


def marked(analysis: Analysis, task: str, frame: str) -> np.ndarray:
    """What is marked for a task on the same part of the photo, bool (h, w), in the size that it is drawn in."""
    layers = _enlarged(_layers(analysis, View(tasks=(task,)), frame_box(analysis, frame)))
    return binarise(layers.maps[task], analysis.thresholds[task])


def agreement(analysis: Analysis, votes: np.ndarray, methods: int, frame: str, side: int = LARGEST) -> np.ndarray:
    """How many of the methods mark each pixel of the same part of the photo. `votes`: a sum of `marked`."""
    return for_screen(draw.agreement_map(_plain(analysis, frame), votes, methods), side)


def close_up(analysis: Analysis, view: View, box: Box, side: int = LARGEST) -> tuple[np.ndarray, np.ndarray]:
    """One part of the photo in the photo's own pixels, as long as it is no larger than `side`: original, and with the result."""
    layers = _layers(analysis, view, box)
    return for_screen(layers.rgb, side), for_screen(_draw(layers, analysis.thresholds, view), side)


def part_of(frame: Box, part: tuple[float, float, float, float]) -> Box:
    """The pixels of a part of what is shown. part: left, top, right, bottom, in parts (0..1) of the frame's width and height."""
    left, top, right, bottom = (min(1.0, max(0.0, value)) for value in part)
    first = min(frame.height - 1, int(top * frame.height)), min(frame.width - 1, int(left * frame.width))
    last = max(first[0] + 1, round(bottom * frame.height)), max(first[1] + 1, round(right * frame.width))
    return Box(frame.top + first[0], frame.left + first[1], last[0] - first[0], last[1] - first[1])


def frame_box(analysis: Analysis, frame: str) -> Box:
    """What is shown, in pixels of the photo: the face with some room around it, or everything."""
    whole, face = _whole(analysis), analysis.face.box
    if frame != "face":
        return whole
    margin = round(MARGIN * max(face.height, face.width))
    top, left = max(0, face.top - margin), max(0, face.left - margin)
    bottom = min(whole.height, face.top + face.height + margin)
    right = min(whole.width, face.left + face.width + margin)
    return Box(top, left, bottom - top, right - left) if bottom > top and right > left else whole


def for_screen(rgb: np.ndarray, side: int = LARGEST) -> np.ndarray:
    """A picture no larger than the screen needs, (H, W, 3); smaller ones stay as they are."""
    scale = side / max(rgb.shape[:2])
    return rgb if scale >= 1 else geometry.resize(rgb, _scaled(rgb, scale))


def thumbnail(rgb: np.ndarray, box: Box, side: int = 96) -> np.ndarray:
    """A small square picture of one face, uint8 RGB (side, side, 3)."""
    edge = round(1.2 * max(box.height, box.width))
    top, left = box.top + (box.height - edge) // 2, box.left + (box.width - edge) // 2
    return geometry.resize(geometry.crop(rgb, Box(top, left, edge, edge)), (side, side))


def _plain(analysis: Analysis, frame: str) -> np.ndarray:
    return _enlarged(_layers(analysis, View(tasks=()), frame_box(analysis, frame))).rgb


def _layers(analysis: Analysis, view: View, box: Box) -> _Layers:
    """Cut out of the analysis, so that what is not shown is not drawn either. A union of zones would draw the same edges twice."""
    maps = {task: geometry.crop(analysis.maps[task], box) for task in view.tasks if task in analysis.maps}
    regions = analysis.regions
    skins = {"wrinkle": regions.wrinkle_skin, "pore": regions.pore_skin}
    skin = np.logical_or.reduce([skins[task] for task in maps] or [np.zeros(analysis.rgb.shape[:2], bool)])
    named = {name: mask for name, mask in regions.zones.items() if view.zones and name in zones.NAMES}
    cut = {name: geometry.crop(mask, box) for name, mask in named.items()}
    return _Layers(geometry.crop(analysis.rgb, box), maps, geometry.crop(skin, box), cut)


def _enlarged(layers: _Layers) -> _Layers:
    """A small picture made larger before it is drawn on: lines and words stay crisp. A large one as it is: fine lines survive no shrinking."""
    scale = SMALLEST / max(layers.rgb.shape[:2])
    if scale <= 1:
        return layers
    size = _scaled(layers.rgb, scale)
    maps = {task: np.clip(geometry.resize(one, size), 0, 1) for task, one in layers.maps.items()}
    named = {name: _enlarged_mask(one, size) for name, one in layers.zones.items()}
    return _Layers(geometry.resize(layers.rgb, size), maps, _enlarged_mask(layers.skin, size), named)


def _enlarged_mask(mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """With smooth edges, where the nearest pixel would give steps."""
    return geometry.resize(mask.astype(np.float32), size) > 0.5


def _draw(layers: _Layers, thresholds: Mapping[str, float], view: View) -> np.ndarray:
    drawn = layers.rgb
    if layers.maps and view.kind == "heat":
        drawn = draw.heat_map(drawn, np.maximum.reduce(list(layers.maps.values())), view.opacity, layers.skin)
    elif layers.maps:
        paint = draw.contours if view.kind == "contour" else draw.overlay
        drawn = paint(drawn, layers.maps, thresholds, view.opacity)
    return draw.zone_outlines(drawn, layers.zones, texts.ZONE_LABELS) if layers.zones else drawn


def _whole(analysis: Analysis) -> Box:
    return Box(0, 0, *analysis.rgb.shape[:2])


def _scaled(rgb: np.ndarray, scale: float) -> tuple[int, int]:
    return max(1, round(rgb.shape[0] * scale)), max(1, round(rgb.shape[1] * scale))
