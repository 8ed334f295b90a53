"""Which pixels of the small copy look like this face's own skin nearby rather than like what surrounds the face."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from wrinkleseg.geometry import resize, resize_mask
from wrinkleseg.morphology import closed, grown, opened
from wrinkleseg.skin.densities import Densities, shaded
from wrinkleseg.skin.parts import BROWS, EYES, LIPS, NOSTRILS, draw
from wrinkleseg.skin.scene import Scene

_ROUNDS = 4
_LARGE = 90.0  # px: width of a face, on the small copy, that half the size is enough for
_EDGE = 1 / 60  # of the face's width: how far log odds are smoothed along edges of lightness
_FLOOR = np.array([7.0, 3.0, 3.0, 6.0], np.float32)  # smallest deviations taken for real: L, a, b, texture
_ANYTHING = -16.5  # log density of a colour never seen in the surroundings
_MOST = 1.2  # largest area of the wrinkle mask over the outline's


@dataclass(frozen=True)
class _Search:
    """What does not change from round to round, maps (h, w): where skin may be, what is skin for sure, what surely is not.

    features: float32 (4, h, w). prior, beyond: float32. allowed, parts, seed, strange: bool. width: of the face, px.
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

    def evidence(self) -> np.ndarray:
        """How much likelier each pixel's looks are among skin than among its surroundings, log odds -6..6, float32 (h, w).

        A round: describe skin and surroundings near each pixel by a Gaussian each, give the pixel to the likelier, begin
        again with the new sides, a little farther out.
        """
        densities, smoothed = Densities(self.features, _FLOOR), self.smoothing()
        skin, other = self.seed, self.strange
        for step in range(1, _ROUNDS):
            score = smoothed(_compared(densities, skin, other, self.width))
            near = self.beyond <= 0.03 + 0.3 * step / _ROUNDS
            skin = self.seed | ((score > 2) & self.allowed & ~self.parts & near)
            other = ((score < -0.5) | (self.strange & ~self.allowed)) & ~self.seed
        return _compared(densities, skin, other, self.width)

    def smoothing(self) -> Callable[[np.ndarray], np.ndarray]:
        """What makes log odds of skin from evidence: with what was known before, evened out along edges of lightness."""
        edges = cv2.ximgproc.createGuidedFilter(self.features[0], max(round(_EDGE * self.width), 1), 30.0)
        return lambda evidence: edges.filter(evidence + self.prior)


def _compared(densities: Densities, skin: np.ndarray, other: np.ndarray, width: float) -> np.ndarray:
    likely = densities.of(skin, 0.18 * width).clip(-28, None)
    unlikely = np.log(np.exp(densities.of(other, 0.12 * width)) + np.float32(np.exp(_ANYTHING)))
    return (likely - unlikely).clip(-6, 6)


def face_skin(scene: Scene, person: Callable[[], np.ndarray]) -> np.ndarray:
    """Skin on the small copy, with eyes, brows and lips filled in, bool (h, w).

    person: gives the log odds that a pixel shows a person at all, float32 (h, w), which another thread may still compute:
    it is called last of what is needed before the search.

    Looks of a large face are compared at half the size, in a quarter of the time: they change slowly, and where skin ends
    is told by the small copy's lightness.
    """
    allowed = scene.beyond <= scene.limit
    parts = grown(draw(scene.landmarks, EYES + LIPS + BROWS + NOSTRILS, allowed.shape), 0.02 * scene.width)
    seed, unlike = _seed(scene, parts)
    if seed.sum() < 20:
        return scene.outline
    outside, shown = ~grown(allowed, 0.02 * scene.width), _prior(scene)
    sure = person()
    strange = unlike & (outside | ((sure < -2) & ~scene.outline))
    search = _Search(scene.features, shown + sure, scene.beyond, allowed, parts, seed, strange, scene.width)
    looked = search.halved() if scene.width >= _LARGE else search
    score = search.smoothing()(resize(looked.evidence(), allowed.shape))
    return _tidy(scene, (score > 0) & allowed, seed)


def _halved(values: np.ndarray) -> np.ndarray:
    """Map or maps, (h, w) or (n, h, w), at half the size: of bool the nearest pixel, of float32 the means (linear where a side is odd)."""
    if values.ndim == 3:
        return np.stack([_halved(plane) for plane in values])
    size = max(values.shape[0] // 2, 1), max(values.shape[1] // 2, 1)
    return resize_mask(values, size) if values.dtype == bool else cv2.resize(values, size[::-1])


def _seed(scene: Scene, parts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pixels that are skin for sure (the middle of the face below the brows, but for odd spots) and those that look unlike them."""
    middle = (scene.within > 0.1) & ~parts & (scene.height < 0.06)
    if not middle.any():
        return middle, ~middle
    usual, far = middle.copy(), np.zeros(middle.shape, np.float32)
    some = np.flatnonzero(middle)[::4]  # enough for a median
    for number, values in enumerate(scene.features):
        off = _deviation(values, values.ravel()[some], number)
        far += off * off
        if number < 3:  # texture is no colour
            usual &= np.abs(off) < 3
    return usual, far > 6


def _prior(scene: Scene) -> np.ndarray:
    """Log odds of skin before looking, float32 (h, w): high deep inside the outline, low far beyond it, open on the forehead, where a fringe may hang."""
    forehead = np.clip((scene.height - 0.04) / 0.06, 0, 1)
    start = 1 - 0.3 * forehead
    inside = start + 2 * np.clip(scene.within / 0.1, 0, 1) * (1 - forehead)
    return np.where(scene.outline, inside, start - 2.5 * np.clip(scene.beyond / scene.limit, 0, 1)).astype(np.float32)


def _deviation(values: np.ndarray, sample: np.ndarray, number: int) -> np.ndarray:
    """How far a feature (h, w), the one of that number, is off the middle of a sample (n,), in that sample's spreads."""
    centre = np.median(sample)
    spread = max(1.5 * np.median(np.abs(sample - centre)), _FLOOR[number])
    off = values - centre
    return (shaded(off) if number == 0 else off) / np.float32(spread)


def _tidy(scene: Scene, found: np.ndarray, seed: np.ndarray) -> np.ndarray:
    """One piece around the middle of the face, small gaps closed, its area limited from the outside in."""
    width, size = scene.width, found.shape
    found = found | seed | (grown(draw(scene.landmarks, EYES + LIPS + NOSTRILS, size), 0.02 * width) & scene.outline)
    found |= grown(draw(scene.landmarks, BROWS, size), 0.01 * width) & closed(found, 0.03 * width)
    found = opened(found, 0.012 * width)
    _, pieces = cv2.connectedComponents(found.astype(np.uint8))
    numbers = np.bincount(pieces[seed & found], minlength=1)
    found = closed(pieces == int(numbers.argmax()), 0.03 * width) if numbers.any() else seed
    found = _fill(found, 0.06 * width * width)
    left_out = draw(scene.landmarks, EYES + LIPS + BROWS + NOSTRILS, size)
    spare = int(_MOST * scene.outline.sum()) - int((found & ~left_out).sum())
    if spare < 0:
        far = np.partition(scene.beyond[found & ~left_out], spare)[spare]
        found &= scene.beyond < max(far, 1e-6)
    return found


def _fill(mask: np.ndarray, largest: float) -> np.ndarray:
    """The mask without its holes of up to that many pixels: moles, glints, wrinkles' shadows."""
    _, pieces = cv2.connectedComponents(np.pad(~mask, 1, constant_values=True).astype(np.uint8), connectivity=4)
    small = np.bincount(pieces.ravel()) <= largest
    small[[0, pieces[0, 0]]] = False
    return mask | small[pieces][1:-1, 1:-1]
