"""Results painted on the photo: overlay, outlines, heat map, zones. Arrays in, uint8 RGB (H, W, 3) out, input untouched.

The colours are from Okabe and Ito, "Color Universal Design" (2008). The two in use keep a CIEDE2000 difference of about
20 or more from each other and from light and dark skin, for normal, red-, green- and blue-blind eyes (tests measure it).
"""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from wrinkleseg.masks import binarise, check_mask
from wrinkleseg.morphology import grown

Colour = tuple[int, int, int]

OKABE_ITO: dict[str, Colour] = {
    "orange": (230, 159, 0),
    "sky blue": (86, 180, 233),
    "bluish green": (0, 158, 115),
    "yellow": (240, 228, 66),
    "blue": (0, 114, 178),
    "vermilion": (213, 94, 0),
    "reddish purple": (204, 121, 167),
}
COLOURS: dict[str, Colour] = {"wrinkle": OKABE_ITO["blue"], "pore": OKABE_ITO["sky blue"]}
"""Colour of each task, (red, green, blue) 0..255; a legend takes them from here."""
_ONE, _SOME, _ALL = OKABE_ITO["orange"], (OKABE_ITO["blue"], (0, 50, 110)), (0, 0, 0)
_PALE = 150
"""Darkest grey of the photo under an agreement map: black and navy stand out on any skin and any hair."""

_WHITE, _BLACK = (255, 255, 255), (0, 0, 0)
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def overlay(
    rgb: np.ndarray,
    probabilities: Mapping[str, np.ndarray],
    thresholds: Mapping[str, float],
    opacity: float = 0.6,
    colours: Mapping[str, Colour] = COLOURS,
) -> np.ndarray:
    """Tint what lies above its threshold in the colour of its task; later tasks lie on top.

    Args:
        rgb: uint8 (H, W, 3).
        probabilities: float (H, W), 0..1, for each task.
        thresholds: 0..1, for each task.
        opacity: 0 (photo only) to 1 (colour only).
        colours: (red, green, blue), 0..255, for each task.

    Raises:
        ValueError: sizes differ, or a task has no threshold or colour.
    """
    result = _copy(rgb)
    for task, mask in _masks(rgb, probabilities, thresholds):
        _tint(result, mask, _colour(colours, task), opacity)
    return result


def contours(
    rgb: np.ndarray,
    probabilities: Mapping[str, np.ndarray],
    thresholds: Mapping[str, float],
    opacity: float = 1.0,
    colours: Mapping[str, Colour] = COLOURS,
) -> np.ndarray:
    """Outline what lies above its threshold, around it and not on it, so that the skin inside stays as it is.

    Arguments and errors as for `overlay`; the line is twice `line_width` wide, since its colour has to be told.
    """
    result = _copy(rgb)
    for task, mask in _masks(rgb, probabilities, thresholds):
        _tint(result, _rim(mask, 2 * line_width(mask.shape)), _colour(colours, task), opacity)
    return result


def heat_map(
    rgb: np.ndarray, probability: np.ndarray, opacity: float = 0.7, where: np.ndarray | None = None
) -> np.ndarray:
    """Paint a probability map over the photo in the colours of `heat_colours`.

    Args:
        rgb: uint8 (H, W, 3).
        probability: float (H, W), 0..1.
        opacity: 0..1.
        where: bool (H, W), what to paint (a skin mask); by default wherever the probability is above 0.
    """
    where = probability > 0 if where is None else where
    _checked(rgb, where)
    _check_size(rgb, probability, "probability map")
    result = _copy(rgb)
    _check_opacity(opacity)
    levels = cv2.convertScaleAbs(probability, alpha=255)
    painted = cv2.cvtColor(cv2.applyColorMap(levels, cv2.COLORMAP_VIRIDIS), cv2.COLOR_BGR2RGB)
    np.copyto(result, cv2.addWeighted(rgb, 1 - opacity, painted, opacity, 0), where=where[..., None])
    return result


def heat_colours() -> np.ndarray:
    """The scale of `heat_map`, from probability 0 to 1: uint8 (256, 3) RGB.

    Viridis: equal steps look equal, lightness only grows, and red-green-blind eyes read it alike.
    """
    ramp = np.arange(256, dtype=np.uint8).reshape(-1, 1)
    return cv2.applyColorMap(ramp, cv2.COLORMAP_VIRIDIS)[:, 0, ::-1].copy()


def agreement_map(rgb: np.ndarray, votes: np.ndarray, methods: int) -> np.ndarray:
    """How many of the methods mark each pixel, in the colours of `agreement_colours`, on the photo in pale grey.

    Args:
        rgb: uint8 (H, W, 3).
        votes: whole numbers (H, W), 0..methods.
        methods: how many were asked, 2..4.

    Raises:
        ValueError: another number of methods, sizes differ, or more votes than methods.
    """
    colours = np.array(agreement_colours(methods), np.uint8)
    grey = cv2.cvtColor(_copy(rgb), cv2.COLOR_RGB2GRAY)
    _check_size(rgb, votes, "count of votes")
    if votes.min() < 0 or votes.max() > methods:
        raise ValueError(f"{methods} methods give 0..{methods} votes a pixel, got {votes.min()}..{votes.max()}")
    pale = np.rint(_PALE + grey * np.float32((255 - _PALE) / 255)).astype(np.uint8)
    result = np.repeat(pale[..., None], 3, axis=2)
    result[votes > 0] = colours[votes[votes > 0] - 1]
    return result


def agreement_colours(methods: int) -> tuple[Colour, ...]:
    """Colour of what 1, 2, ... and all of the `methods` (2..4) mark: orange for one alone, then blues, black for all.

    Each is darker than the one before, so that the order is seen without the hue. ValueError for another number.
    """
    most = len(_SOME) + 2
    if not 2 <= methods <= most:
        raise ValueError(f"agreement is shown for 2 to {most} methods, got {methods}")
    return _ONE, *_SOME[: methods - 2], _ALL


def zone_outlines(
    rgb: np.ndarray, zones: Mapping[str, np.ndarray], labels: Mapping[str, str] | None = None
) -> np.ndarray:
    """Draw the outline and the name of each zone, white with a black rim, readable on any skin and at any size.

    Args:
        rgb: uint8 (H, W, 3).
        zones: bool (H, W) for each name; an empty zone is left out.
        labels: text for a zone, plain ASCII letters; by default its name with spaces. "" leaves the text away.
    """
    result = _copy(rgb)
    drawn = {name: zone for name, zone in zones.items() if _checked(rgb, zone).any()}
    outlines = [line for zone in drawn.values() for line in _outline(zone)]
    width = line_width(rgb.shape[:2])
    for colour, thickness in ((_BLACK, 3 * width), (_WHITE, width)):  # every rim first: none hides a neighbour's line
        cv2.drawContours(result, outlines, -1, colour, thickness, cv2.LINE_AA)
    texts = {name: (labels or {}).get(name, name.replace("_", " ")) for name in drawn}
    _write_labels(result, [(texts[name], zone) for name, zone in drawn.items() if texts[name]])
    return result


def line_width(size: tuple[int, int]) -> int:
    """Width of a thin line, in pixels, that looks the same on a picture of any size (H, W)."""
    return max(1, round(max(size) / 1000))


def _masks(rgb: np.ndarray, probabilities: Mapping[str, np.ndarray], thresholds: Mapping[str, float]):
    for task, probability in probabilities.items():
        if task not in thresholds:
            raise ValueError(f"no threshold for {task!r}; got thresholds for {sorted(thresholds)}")
        _check_size(rgb, probability, f"{task} map")
        yield task, binarise(probability, thresholds[task])


def _tint(picture: np.ndarray, mask: np.ndarray, colour: Colour, opacity: float) -> None:
    _check_opacity(opacity)
    pixels, places = picture.reshape(-1, 3), np.flatnonzero(mask)  # a third of the time that the mask itself takes
    pixels[places] = np.rint((1 - opacity) * pixels[places] + opacity * np.array(colour)).astype(np.uint8)


def _check_opacity(opacity: float) -> None:
    if not 0 <= opacity <= 1:
        raise ValueError(f"opacity must lie within 0..1, got {opacity}")


def _rim(mask: np.ndarray, width: int) -> np.ndarray:
    """The `width` pixels just outside a mask."""
    return grown(mask, width) & ~mask


def _outline(zone: np.ndarray) -> tuple[np.ndarray, ...]:
    return cv2.findContours(zone.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]


def _middle(zone: np.ndarray) -> tuple[int, int]:
    moments = cv2.moments(zone.astype(np.uint8), binaryImage=True)
    return round(moments["m10"] / moments["m00"]), round(moments["m01"] / moments["m00"])


def _write_labels(picture: np.ndarray, zones: list[tuple[str, np.ndarray]]) -> None:
    """The names in a column on each side of the face, with a line to the zone: inside, they would cover the skin."""
    if not zones:
        return
    scale, stroke = _font(picture.shape[:2])
    left, right = _sides([zone for _, zone in zones])
    points = [(text, _middle(zone)) for text, zone in zones]
    for column, edge, sign in zip(_columns(points), (left, right), (-1, 1), strict=True):
        heights = _spread([point[1] for _, point in column], round(42 * scale), picture.shape[0])
        for (text, point), height in zip(column, heights, strict=True):
            width = cv2.getTextSize(text, _FONT, scale, stroke)[0][0]
            start = edge + sign * round(20 * scale) - (width if sign < 0 else 0)
            start = int(np.clip(start, 2 * stroke, max(2 * stroke, picture.shape[1] - width - 2 * stroke)))
            _leader(picture, (start + (width if sign < 0 else 0), height), point, stroke)
            _write(picture, text, (start, height + round(10 * scale)), scale, stroke)


def _columns(points: list[tuple[str, tuple[int, int]]]) -> tuple[list, list]:
    """Names by the side of the face that they lie on, from top to bottom; those in the middle fill the shorter one."""
    x = np.array([point[0] for _, point in points])
    middle, margin = (x.min() + x.max()) / 2, (x.max() - x.min()) / 10
    left = [p for p in points if p[1][0] < middle - margin]
    right = [p for p in points if p[1][0] > middle + margin]
    for p in points:
        if p not in left and p not in right:
            min(left, right, key=len).append(p)
    return sorted(left, key=lambda p: p[1][1]), sorted(right, key=lambda p: p[1][1])


def _spread(wanted: list[int], step: int, height: int) -> list[int]:
    """Rows as near to the wanted ones (ascending) as a distance of `step` and the picture's height allow."""
    rows = []
    for row in wanted:
        rows.append(max(row, rows[-1] + step if rows else step))
    limit = height - step
    for i in reversed(range(len(rows))):
        rows[i] = max(min(rows[i], limit), step // 2)
        limit = rows[i] - step
    return rows


def _leader(picture: np.ndarray, start: tuple[int, int], end: tuple[int, int], stroke: int) -> None:
    for colour, width in ((_BLACK, 3 * stroke), (_WHITE, stroke)):
        cv2.line(picture, start, end, colour, width, cv2.LINE_AA)
        cv2.circle(picture, end, width + stroke, colour, -1, cv2.LINE_AA)


def _write(picture: np.ndarray, text: str, baseline: tuple[int, int], scale: float, stroke: int) -> None:
    for colour, width in ((_BLACK, 3 * stroke), (_WHITE, stroke)):
        cv2.putText(picture, text, baseline, _FONT, scale, colour, width, cv2.LINE_AA)


def _sides(zones: list[np.ndarray]) -> tuple[int, int]:
    """First and last column of all the zones together."""
    columns = np.flatnonzero(np.any([zone.any(axis=0) for zone in zones], axis=0))
    return int(columns[0]), int(columns[-1])


def _font(size: tuple[int, int]) -> tuple[float, int]:
    """Scale and stroke of text whose capitals are about 1/60 of the picture's (mean) side high, never below 8 pixels."""
    capital = max(8.0, (size[0] * size[1]) ** 0.5 / 60)
    return capital / 21, max(1, round(capital / 10))  # OpenCV's capitals are about 21 pixels high at scale 1


def _colour(colours: Mapping[str, Colour], task: str) -> Colour:
    if task not in colours:
        raise ValueError(f"no colour for {task!r}; got colours for {sorted(colours)}")
    return colours[task]


def _copy(rgb: np.ndarray) -> np.ndarray:
    if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3:
        raise ValueError(f"expected a uint8 RGB picture (H, W, 3), got {rgb.dtype} {rgb.shape}")
    return rgb.copy()


def _checked(rgb: np.ndarray, mask: np.ndarray) -> np.ndarray:
    check_mask(mask)
    _check_size(rgb, mask, "mask")
    return mask


def _check_size(rgb: np.ndarray, array: np.ndarray, what: str) -> None:
    if array.shape != rgb.shape[:2]:
        raise ValueError(
            f"the {what} has size {array.shape}, the photo {rgb.shape[:2]}; resize it with geometry.resize"
        )
