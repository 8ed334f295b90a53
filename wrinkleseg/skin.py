"""Which pixels of a face are skin: one mask for wrinkles, one for pores, at the photo's full size.

A face mesh ends well below many hairlines and before the outer crow's feet, so its outline alone loses wrinkles, and a wider outline takes in hair and
background. Here the outline is only where the search begins: skin is what looks like this face's own skin nearby (colour, and texture across the head,
which hair strands have and forehead wrinkles have not) rather than like what surrounds the face, and hangs together with the middle of the face.
Everything is measured in widths of the face and computed on a small copy; edges of eyes, lips and nostrils are drawn at full size.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from wrinkleseg.densities import Densities, shaded
from wrinkleseg.geometry import Box, crop_view, resize, resize_mask
from wrinkleseg.side_by_side import both
from wrinkleseg.zones import OVAL, axes, visible

EYES = (
    (33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7),
    (263, 466, 388, 387, 386, 385, 384, 398, 362, 382, 381, 380, 374, 373, 390, 249),
)
LIPS = ((61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185),)
BROWS = ((46, 53, 52, 65, 55, 107, 66, 105, 63, 70), (276, 283, 282, 295, 285, 336, 296, 334, 293, 300))
NOSTRILS = ((79, 237, 44, 238, 20, 60, 75, 166), (309, 457, 274, 458, 250, 290, 305, 392))
# From the brows' lower edge to the lower lid: no pores are counted there.
_EYE_AREAS = (
    (46, 53, 52, 65, 55, 193, 244, 112, 26, 22, 23, 24, 110, 25, 226),
    (276, 283, 282, 295, 285, 417, 464, 341, 256, 252, 253, 254, 339, 255, 446),
)
_CHEEKS = ((117, 119, 100, 36, 205, 50), (346, 348, 329, 266, 425, 280))
# Where a beard can grow: below the nose, along the jaw and up to the ears.
_BEARD = (
    *(93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361, 323),
    *(411, 425, 327, 326, 2, 97, 98, 205, 187),
)

Person = Callable[[], np.ndarray | None]
"""What tells, when it is called, where a person is: see `masks`."""

_WIDTH = 180.0  # px: width of the face on the small copy; colours change slowly enough for that
_TEXTURE_WIDTH = 300.0  # px: strands of hair are gone below this
_ROUNDS = 4
_EDGE = 1 / 60  # of the face's width: how far log odds are smoothed along edges of lightness
_FLOOR = np.array([7.0, 3.0, 3.0, 6.0], np.float32)  # smallest deviations taken for real: L, a, b, texture
_ANYTHING = -16.5  # log density of a colour never seen in the surroundings
_MOST = 1.2  # largest area of the wrinkle mask over the outline's
_UP, _EAR, _JOWL, _UNDER = 0.30, 0.065, 0.08, 0.05  # how far beyond the outline to look, in widths of the face
_STUBBLE, _FULL_BEARD = (
    1.15,
    2.4,
)  # hairiness of the lower face from which its pores, and its wrinkles, are not looked for


@dataclass(frozen=True)
class _Scene:
    """The small copy: landmarks (N, 3) on it, the face's width in its pixels, and maps (h, w).

    features: float32 (h, w, 4), L, a, b and texture. roughness: log energy of the finest detail relative to brightness. outline: where the visible mesh or its oval lies. beyond, within: distance outside and inside
    the outline. height: above the middle of the brows, along the head's own axis. limit: how far beyond the outline skin is looked for. All distances
    are in widths of the face. person: log odds that it is a person at all.
    """

    landmarks: np.ndarray
    width: float
    features: np.ndarray
    roughness: np.ndarray
    outline: np.ndarray
    beyond: np.ndarray
    within: np.ndarray
    height: np.ndarray
    limit: np.ndarray
    person: np.ndarray


def window(landmarks: np.ndarray, size: tuple[int, int]) -> Box | None:
    """The part of a photo of `size` (H, W) that is looked at: the face with a margin. None where the face lies outside the photo."""
    width = _face_width(landmarks)
    left, top = landmarks[:468, :2].min(axis=0)
    right, bottom = landmarks[:468, :2].max(axis=0)
    top, left = int(max(0, top - 0.45 * width)), int(max(0, left - 0.3 * width))
    bottom, right = int(min(size[0], bottom + 0.2 * width)), int(min(size[1], right + 0.3 * width))
    return Box(top, left, bottom - top, right - left) if bottom > top and right > left else None


def masks(
    rgb: np.ndarray, landmarks: np.ndarray, triangles: np.ndarray, person: Person | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The skin to look for wrinkles on and the skin to look for pores on, both bool (H, W).

    rgb: uint8 (H, W, 3). landmarks: (N, 3) float, N >= 468, pixels. triangles: (M, 3) landmark numbers, the mesh.
    person: called on another thread, while the photo is looked at here, for the probability 0..1 that a pixel of
    `window(landmarks, (H, W))` shows a person, float32 of any size, or None. Without it nothing is known of that.
    """
    size = rgb.shape[:2]
    wrinkle, pore = np.zeros(size, bool), np.zeros(size, bool)
    box = window(landmarks, size)
    if box is None:
        return wrinkle, pore
    scene = _look(crop_view(rgb, box), landmarks - np.array([box.left, box.top, 0], np.float32), triangles, person)
    skin, (brows, (beard, full), holes) = both(
        lambda: _skin(scene), lambda: (_brows(scene), _beard(scene), _openings(landmarks, size))
    )
    inner = skin & (scene.within > 0.02) & ~_around_parts(scene, brows) & ~beard
    rows, columns = slice(box.top, box.bottom), slice(box.left, box.right)
    wrinkle[rows, columns] = _enlarge(skin & ~brows & ~(beard & full), box.size)
    pore[rows, columns] = _enlarge(inner, box.size)
    return wrinkle & ~holes, pore & ~holes


def draw(landmarks: np.ndarray, loops: tuple[tuple[int, ...], ...], size: tuple[int, int]) -> np.ndarray:
    """The area inside loops of landmarks, bool (H, W)."""
    mask = np.zeros(size, np.uint8)
    for loop in loops:
        cv2.fillPoly(mask, [np.round(landmarks[list(loop), :2] * 16).astype(np.int32)], 1, shift=4)
    return mask > 0


def _face_width(landmarks: np.ndarray) -> float:
    return max(float(np.linalg.norm(landmarks[454] - landmarks[234])), 1.0)


def _openings(landmarks: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Eyeballs, lips with what lies between them, and nostrils: a hair's breadth wider than their landmarks, bool (H, W)."""
    width = _face_width(landmarks)
    return _grow(draw(landmarks, EYES + NOSTRILS, size), 0.008 * width) | draw(landmarks, LIPS, size)


def _look(view: np.ndarray, landmarks: np.ndarray, triangles: np.ndarray, person: Person | None) -> _Scene:
    scale = min(1.0, _WIDTH / _face_width(landmarks))
    size = (max(round(view.shape[0] * scale), 8), max(round(view.shape[1] * scale), 8))
    points = landmarks * np.float32(scale)
    looks, (lie, sure) = both(
        lambda: _looks(view, points, size, scale),
        lambda: (_lie(points, triangles, size), _log_odds(person() if person else None, size)),
    )
    return _Scene(landmarks=points, width=_face_width(points), person=sure, **looks, **lie)


def _looks(view: np.ndarray, points: np.ndarray, size: tuple[int, int], scale: float) -> dict[str, np.ndarray]:
    """The maps of a scene that come from the photo."""
    lab, grey = _copies(view, size, scale)
    return {"features": _features(lab, grey, axes(points)[0]), "roughness": _roughness(grey, size)}


def _lie(points: np.ndarray, triangles: np.ndarray, size: tuple[int, int]) -> dict[str, np.ndarray]:
    """The maps of a scene that come from the landmarks."""
    width = _face_width(points)
    outline = draw(points, (OVAL,), size)
    shown = np.zeros(size, np.uint8)
    for corners in np.round(points[triangles[visible(points, triangles)]][:, :, :2] * 16).astype(np.int32):
        cv2.fillConvexPoly(shown, corners, 1, shift=4)
    outline |= shown > 0
    height, limit = _reach(points[9], axes(points)[1], size, width)
    return {
        "outline": outline,
        "beyond": cv2.distanceTransform((~outline).astype(np.uint8), cv2.DIST_L2, 5) / width,
        "within": cv2.distanceTransform(np.pad(outline, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1] / width,
        "height": height,
        "limit": limit,
    }


def _reach(brow: np.ndarray, down: np.ndarray, size: tuple[int, int], width: float) -> tuple[np.ndarray, np.ndarray]:
    """Height above the brows and how far beyond the outline to look, in widths: far up to the hairline, little at the sides, least below the chin."""
    y, x = np.mgrid[: size[0], : size[1]].astype(np.float32)
    along = down[:2] / max(float(np.linalg.norm(down[:2])), 1e-6)
    height = -((x - brow[0]) * along[0] + (y - brow[1]) * along[1]) / width
    upward = (
        height * width / (np.hypot(x - brow[0], y - brow[1]) + 1e-3)
    )  # 1: straight up, 0: sideways, -1: straight down
    limit = np.interp(upward, (-0.95, -0.9, -0.6, -0.4, 0.15, 0.65), (_UNDER, _JOWL, _JOWL, _EAR, _EAR, _UP))
    return height, limit.astype(np.float32)


def _features(lab: np.ndarray, grey: np.ndarray, across: np.ndarray) -> np.ndarray:
    """L, a, b (0..255 each) and texture: ten times the log energy of brightness changes across the head, relative to brightness."""
    sideways = across[:2] / max(float(np.linalg.norm(across[:2])), 1e-6)
    slope = (cv2.Scharr(grey, cv2.CV_32F, 1, 0) * sideways[0] + cv2.Scharr(grey, cv2.CV_32F, 0, 1) * sideways[1]) / 32
    energy = _small_blur(slope * slope, 2.5, lab.shape[:2])
    brightness = cv2.GaussianBlur(lab[..., 0], (0, 0), 3)
    texture = 10 * np.log1p(1e4 * energy / (brightness + 30) ** 2)
    return np.dstack([cv2.GaussianBlur(lab, (0, 0), 0.7), texture]).astype(np.float32)


def _roughness(grey: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    fine = grey - cv2.GaussianBlur(grey, (0, 0), 1.5)
    relative = _small_blur(fine * fine, 4, size) / (_small_blur(grey, 4, size) + 30) ** 2
    return np.log(relative * np.float32(1e4) + np.float32(0.3))


def _small_blur(values: np.ndarray, sigma: float, size: tuple[int, int]) -> np.ndarray:
    """A map brought down to `size` (h, w), blurred by `sigma` of its own pixels: after it, which takes less time."""
    small = cv2.resize(values, size[::-1], interpolation=cv2.INTER_AREA)
    return cv2.GaussianBlur(small, (0, 0), sigma * size[1] / values.shape[1])


def _copies(view: np.ndarray, size: tuple[int, int], scale: float) -> tuple[np.ndarray, np.ndarray]:
    """The view as float32 Lab at `size`, and as float32 grey a little larger, so that strands of hair still show."""
    lab = cv2.cvtColor(cv2.resize(view, size[::-1], interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2LAB)
    finer = max(1.0, min(_TEXTURE_WIDTH / _WIDTH, 1 / scale))
    grey = cv2.resize(
        cv2.cvtColor(view, cv2.COLOR_RGB2GRAY),
        (round(size[1] * finer), round(size[0] * finer)),
        interpolation=cv2.INTER_AREA,
    )
    return lab.astype(np.float32), grey.astype(np.float32)


def _log_odds(person: np.ndarray | None, size: tuple[int, int]) -> np.ndarray:
    if person is None:
        return np.zeros(size, np.float32)
    sure = cv2.resize(person.astype(np.float32), size[::-1], interpolation=cv2.INTER_LINEAR).clip(0, 1)
    return np.log((sure + 0.02) / (1.02 - sure)).clip(-3, 0.5)


@dataclass(frozen=True)
class _Search:
    """What does not change from round to round, maps (h, w): where skin may be, what is skin for sure, what surely is not.

    features: float32 (h, w, 4). prior, beyond: float32. allowed, parts, seed, strange: bool. width: of the face, px.
    """

    features: np.ndarray
    prior: np.ndarray
    beyond: np.ndarray
    allowed: np.ndarray
    parts: np.ndarray
    seed: np.ndarray
    strange: np.ndarray
    width: float

    def halved(self) -> "_Search":
        """The same at half the size."""
        maps = {name: _halved(values) for name, values in vars(self).items() if name != "width"}
        return _Search(**maps, width=self.width / 2)

    def rounds(self, skin: np.ndarray, other: np.ndarray, steps: range) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Log odds of skin after these rounds, float32 (h, w), and both sides as they are then, bool (h, w).

        A round: describe skin and surroundings near each pixel by a Gaussian each, give the pixel to the likelier, begin
        again with the new sides, a little farther out.
        """
        densities = Densities(self.features, _FLOOR)
        along_edges = cv2.ximgproc.createGuidedFilter(self.features[..., 0], max(round(_EDGE * self.width), 1), 30.0)
        for step in steps:
            likely = densities.of(skin, 0.18 * self.width).clip(-28, None)
            unlikely = np.log(np.exp(densities.of(other, 0.12 * self.width)) + np.float32(np.exp(_ANYTHING)))
            score = along_edges.filter((likely - unlikely).clip(-6, 6) + self.prior)
            near = self.beyond <= 0.03 + 0.3 * step / _ROUNDS
            skin = self.seed | ((score > 2) & self.allowed & ~self.parts & near)
            other = ((score < -0.5) | (self.strange & ~self.allowed)) & ~self.seed
        return score, skin, other


def _skin(scene: _Scene) -> np.ndarray:
    """Skin on the small copy, with eyes, brows and lips filled in, bool (h, w).

    All rounds but the last at half the size, where they take a quarter of the time: they only show the last one what to
    compare with.
    """
    allowed = scene.beyond <= scene.limit
    parts = _grow(draw(scene.landmarks, EYES + LIPS + BROWS + NOSTRILS, allowed.shape), 0.02 * scene.width)
    seed, unlike = _seed(scene, parts)
    if seed.sum() < 20:
        return scene.outline
    strange = unlike & (~_grow(allowed, 0.02 * scene.width) | ((scene.person < -2) & ~scene.outline))
    search = _Search(scene.features, _prior(scene), scene.beyond, allowed, parts, seed, strange, scene.width)
    half = search.halved()
    _, *sides = half.rounds(half.seed, half.strange, range(1, _ROUNDS))
    skin, other = (resize_mask(side, allowed.shape) for side in sides)
    score, *_ = search.rounds(seed | (skin & ~parts), other & ~seed, range(_ROUNDS, _ROUNDS + 1))
    return _tidy(scene, (score > 0) & allowed, seed)


def _halved(values: np.ndarray) -> np.ndarray:
    """A map at half the size: of a bool one every second pixel, of a float32 one the means."""
    size = max(values.shape[0] // 2, 1), max(values.shape[1] // 2, 1)
    return resize_mask(values, size) if values.dtype == bool else resize(values, size)


def _seed(scene: _Scene, parts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pixels that are skin for sure (the middle of the face below the brows, but for odd spots) and those that look unlike them."""
    middle = (scene.within > 0.1) & ~parts & (scene.height < 0.06)
    if not middle.any():
        return middle, ~middle
    usual, far = middle.copy(), np.zeros(middle.shape, np.float32)
    for number, values in enumerate(cv2.split(scene.features)):
        off = _deviation(values, values[middle], number)
        far += off * off
        if number < 3:  # texture is no colour
            usual &= np.abs(off) < 3
    return usual, far > 6


def _prior(scene: _Scene) -> np.ndarray:
    """Log odds of skin before looking: high deep inside the outline, low far beyond it, open on the forehead, where a fringe may hang."""
    forehead = np.clip((scene.height - 0.04) / 0.06, 0, 1)
    start = 1 - 0.3 * forehead
    inside = start + 2 * np.clip(scene.within / 0.1, 0, 1) * (1 - forehead)
    prior = np.where(scene.outline, inside, start - 2.5 * np.clip(scene.beyond / scene.limit, 0, 1)) + scene.person
    return prior.astype(np.float32)


def _deviation(values: np.ndarray, sample: np.ndarray, number: int) -> np.ndarray:
    """How far a feature (h, w), the one of that number, is off the middle of a sample (n,), in that sample's spreads."""
    centre = np.median(sample)
    spread = max(1.5 * np.median(np.abs(sample - centre)), _FLOOR[number])
    off = values - centre
    return (shaded(off) if number == 0 else off) / np.float32(spread)


def _tidy(scene: _Scene, found: np.ndarray, seed: np.ndarray) -> np.ndarray:
    """One piece around the middle of the face, small gaps closed, its area limited from the outside in."""
    width, size = scene.width, found.shape
    found = found | seed | (_grow(draw(scene.landmarks, EYES + LIPS + NOSTRILS, size), 0.02 * width) & scene.outline)
    found |= _grow(draw(scene.landmarks, BROWS, size), 0.01 * width) & _close(found, 0.03 * width)
    found = _open(found, 0.012 * width)
    _, pieces = cv2.connectedComponents(found.astype(np.uint8))
    numbers = np.bincount(pieces[seed & found], minlength=1)
    found = _close(pieces == int(numbers.argmax()), 0.03 * width) if numbers.any() else seed
    found = _fill(found, 0.06 * width * width)
    left_out = draw(scene.landmarks, EYES + LIPS + BROWS + NOSTRILS, size)
    spare = int(_MOST * scene.outline.sum()) - int((found & ~left_out).sum())
    if spare < 0:
        far = np.sort(scene.beyond[found & ~left_out])[spare]
        found &= scene.beyond < max(far, 1e-6)
    return found


def _fill(mask: np.ndarray, largest: float) -> np.ndarray:
    """The mask without its holes of up to that many pixels: moles, glints, wrinkles' shadows."""
    _, pieces, stats, _ = cv2.connectedComponentsWithStats(
        np.pad(~mask, 1, constant_values=True).astype(np.uint8), connectivity=4
    )
    small = stats[:, cv2.CC_STAT_AREA] <= largest
    small[[0, pieces[0, 0]]] = False
    return mask | small[pieces][1:-1, 1:-1]


def _brows(scene: _Scene) -> np.ndarray:
    """The brows' landmarks and the dark hairs that leave them, bool (h, w)."""
    hull = draw(scene.landmarks, BROWS, scene.outline.shape)
    light = scene.features[..., 0]
    around = _grow(hull, 0.06 * scene.width) & ~_grow(hull, 0.025 * scene.width)
    if not (hull.any() and around.any()):
        return hull
    middle = (np.median(light[hull]) + np.median(light[around])) / 2
    return hull | (_grow(hull, 0.018 * scene.width) & (light < middle))


def _around_parts(scene: _Scene, brows: np.ndarray) -> np.ndarray:
    """Lids, lips, brows and nostrils with a margin, where no pores are looked for, bool (h, w)."""
    size, width = scene.outline.shape, scene.width
    parts = _grow(draw(scene.landmarks, EYES + _EYE_AREAS + NOSTRILS, size), 0.012 * width)
    return parts | _grow(draw(scene.landmarks, LIPS, size) | brows, 0.02 * width)


def _beard(scene: _Scene) -> tuple[np.ndarray, bool]:
    """Beard and dense stubble, bool (h, w), and whether it is a full beard, in which no wrinkles are looked for either.

    Ground below the nose that is rougher and less red than the cheeks above. Empty where the middle value of that over
    the whole ground is small: a fold or a shadow is not a beard.
    """
    size = scene.outline.shape
    none = np.zeros(size, bool), False
    ground = draw(scene.landmarks, (_BEARD,), size) & ~_grow(draw(scene.landmarks, LIPS, size), 0.01 * scene.width)
    cheeks = draw(scene.landmarks, _CHEEKS, size)
    if not (ground.any() and cheeks.any()):
        return none
    red = cv2.GaussianBlur(scene.features[..., 1], (0, 0), max(0.015 * scene.width, 0.5))
    hairiness = (scene.roughness - np.median(scene.roughness[cheeks])) - (red - np.median(red[cheeks])) / 10
    middle = np.median(hairiness[ground])
    if middle < _STUBBLE:
        return none
    hairy = _open(_close(ground & (hairiness > 0.6), 0.03 * scene.width), 0.015 * scene.width)
    return hairy, bool(middle >= _FULL_BEARD)


def _disc(radius: float) -> np.ndarray:
    side = 2 * max(round(radius), 1) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))


def _open(mask: np.ndarray, radius: float) -> np.ndarray:
    return cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, _disc(radius)) > 0


def _grow(mask: np.ndarray, radius: float) -> np.ndarray:
    return cv2.dilate(mask.astype(np.uint8), _disc(radius)) > 0 if radius >= 0.5 else mask


def _close(mask: np.ndarray, radius: float) -> np.ndarray:
    """Morphological closing that doesn't stick to the picture's border."""
    margin = round(radius) + 2
    padded = cv2.copyMakeBorder(mask.astype(np.uint8), margin, margin, margin, margin, cv2.BORDER_CONSTANT, value=0)
    return cv2.morphologyEx(padded, cv2.MORPH_CLOSE, _disc(radius))[margin:-margin, margin:-margin] > 0


def _enlarge(mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.8)
    return cv2.resize(soft, size[::-1], interpolation=cv2.INTER_LINEAR) > 0.5
