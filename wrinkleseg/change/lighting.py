"""How two photos differ in light and camera, so that a shadow is not taken for a wrinkle."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from wrinkleseg.analysis import Analysis
from wrinkleseg.face import Face
from wrinkleseg.quality import QualityWarning, blur

_SKIN_SIDE = 400  # px: light changes slowly, so a face of this width says enough
# Differences beyond which two photos were not taken alike; see `light_differences`.
_LIGHTNESS, _SLOPE, _COLOUR, _BLUR, _SIZE, _TURN = 5.0, 8.0, 4.0, 0.06, 1.35, 8.0


@dataclass(frozen=True)
class Light:
    """How a photo of a face was taken.

    lightness, red, yellow: mean L*, a*, b* of the skin. across: by how much L* rises over one width of the face, from the left of the
    picture to its right; down: the same from forehead to chin. blur: see `quality.blur`. face_width: px. yaw, pitch: degrees.
    """

    lightness: float
    red: float
    yellow: float
    across: float
    down: float
    blur: float
    face_width: float
    yaw: float
    pitch: float


def light(analysis: Analysis) -> Light:
    """How the photo was taken, read off the visible skin. All zeros for light where no skin is seen."""
    face = analysis.face
    step = max(1, int(face.width // _SKIN_SIDE))
    skin = analysis.regions.wrinkle_skin[::step, ::step]
    y, x = np.nonzero(skin)
    level = across = down = red = yellow = 0.0
    if y.size:
        colours = analysis.rgb[::step, ::step][skin].astype(np.float32)[:, None] / 255
        lab = cv2.cvtColor(colours, cv2.COLOR_RGB2Lab)[:, 0]
        level, red, yellow = (float(mean) for mean in lab.mean(axis=0))
        across, down = _slopes(lab[:, 0], np.stack([x, y], axis=1) * step, face)
    return Light(level, red, yellow, across, down, blur(analysis.rgb, face), face.width, face.pose.yaw, face.pose.pitch)


def light_differences(before: Light, after: Light) -> tuple[QualityWarning, ...]:
    """What was not alike when the two photos were taken, and how to take the next one; empty where all was."""
    return tuple(_differences(before, after))


def _slopes(lightness: np.ndarray, places: np.ndarray, face: Face) -> tuple[float, float]:
    """Rise of L* (N,) over one face width, along the face's own axes in the picture; places (N, 2) are its (x, y) in px."""
    across = face.landmarks[454, :2] - face.landmarks[234, :2]
    across = across / max(float(np.linalg.norm(across)), 1e-6)
    axes = np.stack([across, [-across[1], across[0]]])
    spots = (places - places.mean(axis=0)) @ axes.T / face.width
    slopes, *_ = np.linalg.lstsq(np.column_stack([spots, np.ones(len(spots))]), lightness, rcond=None)
    return float(slopes[0]), float(slopes[1])


def _differences(before: Light, after: Light) -> Iterator[QualityWarning]:
    yield from _light(before, after)
    yield from _camera(before, after)


def _light(before: Light, after: Light) -> Iterator[QualityWarning]:
    brighter = after.lightness - before.lightness
    if abs(brighter) > _LIGHTNESS:
        message = f"It is {'brighter' if brighter > 0 else 'darker'} than the first: skin lightness {after.lightness:.0f} against {before.lightness:.0f}."
        yield QualityWarning(
            "brightness", message, "Use the same lamp or window at the same time of day, and lock the exposure."
        )
    across, down = after.across - before.across, after.down - before.down
    if abs(across) > _SLOPE:
        message = (
            f"More light comes from the {'right' if across > 0 else 'left'} side of the picture than in the first."
        )
        yield QualityWarning(
            "side", message, "Stand in the same place and face the light; light from the side deepens lines."
        )
    if abs(down) > _SLOPE:
        message = f"More light comes from {'below' if down > 0 else 'above'} than in the first."
        yield QualityWarning("height", message, "Keep the lamp at the same height; light from above deepens lines.")
    if math.hypot(after.red - before.red, after.yellow - before.yellow) > _COLOUR:
        message = f"The colours differ: the light is {_cast(before, after)}."
        yield QualityWarning(
            "colour", message, "Use the same kind of light and no filter; turn automatic white balance off if you can."
        )


def _cast(before: Light, after: Light) -> str:
    red, yellow = after.red - before.red, after.yellow - before.yellow
    if abs(yellow) >= abs(red):
        return "more yellow" if yellow > 0 else "more blue"
    return "more red" if red > 0 else "more green"


def _camera(before: Light, after: Light) -> Iterator[QualityWarning]:
    blurrier = after.blur - before.blur
    if abs(blurrier) > _BLUR:
        message = (
            f"It is {'less sharp' if blurrier > 0 else 'sharper'} than the first: blur hides fine lines and pores."
        )
        yield QualityWarning("sharpness", message, "Use the same camera, wipe the lens and tap on the face to focus.")
    larger = after.face_width / before.face_width
    if max(larger, 1 / larger) > _SIZE:
        message = f"The face is {after.face_width:.0f} pixels wide, {before.face_width:.0f} in the first: a larger face shows finer lines."
        yield QualityWarning(
            "size", message, "Take photos from the same distance with the same camera, and do not shrink them."
        )
    turn, tip = after.yaw - before.yaw, after.pitch - before.pitch
    if max(abs(turn), abs(tip)) > _TURN:
        way = f"turned by {abs(turn):.0f} degrees" if abs(turn) >= abs(tip) else f"tipped by {abs(tip):.0f} degrees"
        yield QualityWarning(
            "pose",
            f"The head is {way} against the first.",
            "Look straight into the camera, held at the height of your eyes.",
        )
