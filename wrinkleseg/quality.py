"""Whether a photo is good enough to be measured: what is wrong with it, and how to take it better.

A warning never stops an analysis. The limits were set on real photos: sharp studio portraits of four ethnic groups give
none of them (pores apart: those need a wider face), and the same photos darkened, blurred, turned or cropped do.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

MIN_SIDE = 480
"""px: the least short side of a picture."""
_LIGHT_WIDTH = 150  # px: width of a face at which its light is looked at
MIN_FACE_WIDTH = {"wrinkle": 220.0, "pore": 700.0}
"""px: the least width of a face by task. A fine line is about 1% of the face's width, a typical pore 0.3% of it (median
of 2880 outlined pores), and neither can be told from its surroundings when it is narrower than about 2 px."""
MIN_FACE_SHARE = 0.30
"""Least width of the face over that of the picture."""
MAX_TURN = 20.0
"""Degrees of yaw and of pitch; beyond, one side of the face is foreshortened by more than 6%."""
MAX_BLUR = 0.57
"""Of `blur`: sharp photos reach 0.56 at most; blurred by a Gaussian of 0.5% of the face's width, 0.575 at least."""
DARK_HIGHLIGHTS, DARK_MEDIAN = 90, 40
"""Luma of the brightest 1% of the skin, and of its middle. Highlights, because well lit dark skin is no dark photo."""
BRIGHT_MEDIAN, MAX_BURNT = 200, 0.02
"""Luma of the skin's middle; share of the skin that is white in all three channels, where no line can be seen."""
MAX_SIDE_LIGHT = 0.35
"""Difference of the median luma of the face's two sides over the brighter one."""

_FOREHEAD, _CHIN = 10, 152  # landmarks of the face mesh on the midline
_FACE_WIDTH, _REBLUR = 400, 9


@dataclass(frozen=True)
class QualityWarning:
    """One thing that makes the measures of a photo less sure."""

    code: str
    """Stable name for programs: picture_small, face_small, pores_unresolved, face_far, cut_off, turned_sideways,
    tipped, blurred, too_dark, too_bright, side_light, several_faces."""
    message: str
    """What is wrong, in plain words."""
    advice: str
    """How to take the photo better."""


class _Box(Protocol):
    top: int
    left: int
    height: int
    width: int


class _Pose(Protocol):
    yaw: float
    pitch: float


class FaceLike(Protocol):
    """What is read of a face: see `face.Face`, which this room lies below."""

    landmarks: np.ndarray
    box: _Box
    width: float
    pose: _Pose


def check(
    rgb: np.ndarray,
    face: FaceLike,
    skin: np.ndarray,
    face_count: int = 1,
    tasks: Collection[str] = ("wrinkle", "pore"),
) -> tuple[QualityWarning, ...]:
    """Everything that speaks against this photo of this face, the most basic first; empty when there is nothing.

    rgb: uint8 (H, W, 3), upright. skin: bool (H, W), the visible skin. face_count: faces in the photo. tasks: what will
    be measured, of "wrinkle" and "pore".
    """
    found = (
        *_size(rgb, face, tasks),
        *_position(rgb, face),
        *_pose(face),
        *_sharpness(rgb, face),
        *_light(rgb, face, skin),
        *_company(face_count),
    )
    return tuple(found)


def blur(rgb: np.ndarray, face: FaceLike) -> float:
    """How blurred a face is, from 0 (sharp) to 1: the blur effect of Crete et al. (SPIE 6492, 2007).

    A blurred picture hardly changes when it is blurred again: 1 minus the share of the differences between neighbours
    that is lost then. Taken on the luma of the face at 400 px width, so that it tells blur against the size of the face
    and not against pixels; a smaller face is taken as it is. 0.0 where the face lies outside the picture.
    """
    luma = _face_luma(rgb, face)
    if min(luma.shape) < 2:
        return 0.0
    scale = min(1.0, _FACE_WIDTH / face.width)
    size = tuple(max(2, round(side * scale)) for side in luma.shape[::-1])
    luma = cv2.resize(luma, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    return max(_blur_along(luma), _blur_along(np.ascontiguousarray(luma.T)))


def _blur_along(luma: np.ndarray) -> float:
    """The blur effect down the columns of float32 (H, W)."""
    before = np.abs(np.diff(luma, axis=0))
    after = np.abs(np.diff(cv2.blur(luma, (1, _REBLUR)), axis=0))
    total = float(before.sum())
    return 1.0 if total == 0 else 1.0 - float(np.maximum(0, before - after).sum()) / total


def _size(rgb: np.ndarray, face: FaceLike, tasks: Collection[str]) -> Iterator[QualityWarning]:
    height, width = rgb.shape[:2]
    if min(height, width) < MIN_SIDE:
        message = f"The picture is small: {width} x {height} pixels, its short side should have at least {MIN_SIDE}."
        yield QualityWarning(
            "picture_small", message, "Use the photo as it came from the camera, not a preview or a forwarded copy."
        )
    if face.width < MIN_FACE_WIDTH["wrinkle"]:
        least = MIN_FACE_WIDTH["wrinkle"]
        message = f"The face is only {face.width:.0f} pixels wide; fine lines show from about {least:.0f} on."
        yield QualityWarning("face_small", message, "Come nearer to the camera, or use a photo with more pixels.")
    if "pore" in tasks and face.width < MIN_FACE_WIDTH["pore"]:
        message = (
            f"The face is {face.width:.0f} pixels wide. Single pores show from about {MIN_FACE_WIDTH['pore']:.0f} on, "
            "so the pore measures of this photo say little."
        )
        advice = (
            "For pores, take a close photo at the camera's full resolution, with the back camera of a phone if you can."
        )
        yield QualityWarning("pores_unresolved", message, advice)


def _position(rgb: np.ndarray, face: FaceLike) -> Iterator[QualityWarning]:
    height, width = rgb.shape[:2]
    share = face.box.width / width
    if share < MIN_FACE_SHARE:
        message = (
            f"The face fills {100 * share:.0f}% of the picture's width; "
            f"it should fill at least {100 * MIN_FACE_SHARE:.0f}%, better 60%."
        )
        yield QualityWarning(
            "face_far", message, "Come nearer, or crop the picture around the face before you upload it."
        )
    box, slack = face.box, 0.01 * face.box.width
    sides = {
        "top": -box.top,
        "left": -box.left,
        "bottom": box.top + box.height - height,
        "right": box.left + box.width - width,
    }
    beyond = [side for side, pixels in sides.items() if pixels > slack]
    if beyond:
        message = (
            f"The face is cut off at the {' and the '.join(beyond)} of the picture; what is missing is not measured."
        )
        yield QualityWarning(
            "cut_off", message, "Move back a little and hold the whole face, hairline to chin, inside the picture."
        )


def _pose(face: FaceLike) -> Iterator[QualityWarning]:
    if abs(face.pose.yaw) > MAX_TURN:
        angle = f"{abs(face.pose.yaw):.0f} degrees"
        message = f"The head is turned sideways by about {angle}: one side is hidden or looks narrower than it is."
        yield QualityWarning(
            "turned_sideways", message, "Look straight into the camera, so that both ears show the same."
        )
    if abs(face.pose.pitch) > MAX_TURN:
        way = "up" if face.pose.pitch > 0 else "down"
        angle = f"{abs(face.pose.pitch):.0f} degrees"
        message = f"The head is tipped {way} by about {angle}: forehead and chin look flatter than they are."
        yield QualityWarning("tipped", message, "Hold the camera at the height of your eyes and look straight into it.")


def _sharpness(rgb: np.ndarray, face: FaceLike) -> Iterator[QualityWarning]:
    if blur(rgb, face) > MAX_BLUR:
        message = "The face is blurred, so fine lines and pores are lost."
        advice = "Wipe the lens, hold still, tap on the face to focus and turn beauty filters off."
        yield QualityWarning("blurred", message, advice)


def _light(rgb: np.ndarray, face: FaceLike, skin: np.ndarray) -> Iterator[QualityWarning]:
    step = max(1, int(face.width // _LIGHT_WIDTH))  # light changes slowly: on a large face, some of the pixels will do
    rgb, skin = rgb[::step, ::step], skin[::step, ::step]
    midline = face.landmarks[[_FOREHEAD, _CHIN], :2] / step
    if not skin.any():
        return
    colours = rgb[skin]
    luma = cv2.cvtColor(colours[:, None], cv2.COLOR_RGB2GRAY)[:, 0]
    middle, highlights = np.median(luma), np.percentile(luma, 99)
    if highlights < DARK_HIGHLIGHTS or middle < DARK_MEDIAN:
        advice = "Face a window or a lamp; turn on more light rather than brightening the picture afterwards."
        yield QualityWarning("too_dark", "The face is too dark to see lines in it.", advice)
    burnt = float(np.mean(colours.min(axis=1) >= 250))
    if middle > BRIGHT_MEDIAN or burnt > MAX_BURNT:
        message = (
            "The face is too bright"
            if middle > BRIGHT_MEDIAN
            else f"{100 * burnt:.0f}% of the skin is burnt out to white"
        )
        advice = "Avoid flash and direct sun, blot shiny skin, or lower the exposure by tapping on the face."
        yield QualityWarning("too_bright", f"{message}: lines and pores cannot be seen there.", advice)
    if side_light(luma, skin, midline) > MAX_SIDE_LIGHT:
        message = "One side of the face is much darker: light from the side deepens lines here and hides them there."
        yield QualityWarning(
            "side_light", message, "Turn until the light comes from the front and both cheeks are equally bright."
        )


def side_light(luma: np.ndarray, skin: np.ndarray, midline: np.ndarray) -> float:
    """Difference between the two sides of the face in median luma, over the brighter one: 0..1.

    luma: (N,) of the skin's pixels, in the order of np.nonzero(skin). skin: bool (H, W). midline: (2, 2), the points
    (x, y) of forehead and chin.
    """
    top, chin = midline
    y, x = np.nonzero(skin)
    across = (x - top[0]) * (chin[1] - top[1]) - (y - top[1]) * (chin[0] - top[0])
    sides = [luma[across > 0], luma[across < 0]]
    if min(side.size for side in sides) < 0.1 * luma.size:  # a profile shows one side only
        return 0.0
    darker, brighter = sorted(float(np.median(side)) for side in sides)
    return (brighter - darker) / max(brighter, 1.0)


def _company(face_count: int) -> Iterator[QualityWarning]:
    if face_count > 1:
        message = f"There are {face_count} faces in the photo; only one of them is measured."
        yield QualityWarning(
            "several_faces",
            message,
            "Check that it is the right one, or take a photo of one person alone.",
        )


def _face_luma(rgb: np.ndarray, face: FaceLike) -> np.ndarray:
    """Luma of the part of the face's box that lies in the picture, uint8; empty (0, 0) where none does."""
    box = face.box
    part = rgb[max(0, box.top) : max(0, box.top + box.height), max(0, box.left) : max(0, box.left + box.width)]
    return cv2.cvtColor(part, cv2.COLOR_RGB2GRAY) if part.size else np.zeros((0, 0), np.uint8)
