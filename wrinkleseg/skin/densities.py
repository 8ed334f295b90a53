"""How well each pixel fits in among some of its neighbours: log densities under Gaussians that change from place to place."""

from dataclasses import dataclass

import cv2
import numpy as np

_COARSE = 8  # px for one of the maps that a wide blur makes: Gaussians change slowly
_FEW = np.float32(0.02)  # share of members nearby at which all members count as much as they do
_GLARE = 0.6  # a pixel may be lighter than its neighbours by more than darker: skin shines, hair shades


@dataclass(frozen=True)
class _Gaussians:
    """What the members near each place look like: maps float32 (h / 8, w / 8), one for each feature.

    means; weights: minus one half over the variance. height: log density at the mean, up to a constant, one map.
    """

    means: list[np.ndarray]
    weights: list[np.ndarray]
    height: np.ndarray


class Densities:
    """Log densities of a picture's features under Gaussians, without covariances, of some of its pixels nearby.

    Feature by feature, which takes a quarter of the time of sums over the last of three axes.
    """

    def __init__(self, features: np.ndarray, floor: np.ndarray) -> None:
        """features: float32 (n, h, w), lightness first. floor: (n,), the smallest deviations taken for real."""
        self.size, self.floor = features.shape[1:], floor
        more = [-side % _COARSE for side in self.size]
        planes = [cv2.copyMakeBorder(plane, 0, more[0], 0, more[1], cv2.BORDER_REPLICATE) for plane in features]
        self.whole = planes[0].shape
        self.features = list(features)
        self.moments = [*planes, *(plane * plane for plane in planes)]

    def of(self, members: np.ndarray, sigma: float) -> np.ndarray:
        """float32 (h, w): under the Gaussian of the members, bool (h, w), within `sigma` px, or of all where none is near."""
        near = self._gaussians(members, max(sigma / _COARSE, 0.5))
        found = self._enlarged(near.height)
        for number, values in enumerate(self.features):
            off = values - self._enlarged(near.means[number])
            if number == 0:
                off = shaded(off)
            off *= off
            off *= self._enlarged(near.weights[number])
            found += off
        return found

    def _gaussians(self, members: np.ndarray, sigma: float) -> _Gaussians:
        weight = np.zeros(self.whole, np.float32)
        weight[: self.size[0], : self.size[1]] = members
        share = _blurred(_reduced(weight), sigma) + _FEW
        few_of_all = _FEW * weight.size / max(float(weight.sum()), 1.0)
        moments = []
        for plane in self.moments:
            counted = _reduced(plane * weight)
            usual = np.float32(cv2.mean(counted)[0])  # on so few values in a fifth of the time of NumPy's
            moments.append((_blurred(counted, sigma) + few_of_all * usual) / share)
        means, squares = moments[: len(self.floor)], moments[len(self.floor) :]
        variances = [
            np.maximum(square - mean * mean, 0) + least * least
            for square, mean, least in zip(squares, means, self.floor, strict=True)
        ]
        height = np.float32(-0.5) * sum(np.log(variance) for variance in variances)
        return _Gaussians(means, [np.float32(-0.5) / variance for variance in variances], height)

    def _enlarged(self, small: np.ndarray) -> np.ndarray:
        large = cv2.resize(small, self.whole[::-1], interpolation=cv2.INTER_LINEAR)
        return large[: self.size[0], : self.size[1]]


def shaded(lighter: np.ndarray) -> np.ndarray:
    """How much a pixel's lightness is off; being too light counts less."""
    return np.minimum(lighter, np.float32(_GLARE) * lighter)


def _reduced(values: np.ndarray) -> np.ndarray:
    """Means over squares of 8x8 px: (h, w), which 8 divides, to (h / 8, w / 8)."""
    return cv2.resize(values, (values.shape[1] // _COARSE, values.shape[0] // _COARSE), interpolation=cv2.INTER_AREA)


def _blurred(values: np.ndarray, sigma: float) -> np.ndarray:
    return cv2.GaussianBlur(values, (0, 0), sigma)
