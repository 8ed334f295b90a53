"""Change a picture and its masks together: geometry for all, light, colour, blur, noise and JPEG for the picture alone.

Everything is torchvision's transforms v2 on tensors, on the processor or on an accelerator. Nothing is random but what a
seed says: each change is drawn from a generator of its own, so that workers, threads and resumed runs agree.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torchvision import tv_tensors
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional

from wrinkleseg import geometry
from wrinkleseg.geometry import Box

SMALLEST_CROP = 16
# Cameras make noise in the dark and JPEG programs smooth it away: most photos show none.
_NOISE_SHARE = 0.3
# Light changes gamma most: that is how skin gets brighter or darker. Gain alone would burn out foreheads.
_BRIGHTNESS_SHARE, _CONTRAST_SHARE = 1 / 3, 0.7
# Lamps and skies differ from red to blue, few are green: the balance of red and blue may change, that of green a third
# as much. Skin bears four times as much saturation as that, but only a trace of hue (in turns of the colour circle).
_GREEN_SHARE, _SATURATION_SHARE, _HUE_SHARE = 1 / 3, 4.0, 0.1


class AugmentError(ValueError):
    """A plan makes no sense, or a picture does not fit it; the message says what came and what would do."""


@dataclass(frozen=True)
class Augment:
    """How far pictures are changed. All draws are uniform, that of the zoom on a logarithmic scale.

    crop: side of the square crop, pixels.
    scale: smallest and largest zoom.
    turn: largest turn to either side, degrees, 180 at most.
    shear: largest slant to either side, degrees, 45 at most.
    mirror: share of crops that are mirrored left to right, 0..1.
    light: change of gamma (to the power e**light), and in step with it of contrast and brightness, 0..1.
    colour: change of the gains of red against blue, and in step with it of green's, saturation and hue, 0..0.3.
    grey: share of crops without colour, 0..1.
    soften: share of crops that are blurred, 0..1.
    blur: smallest and largest sigma of that blur, pixels, an eighth of the crop at most.
    noise: largest standard deviation of the noise that some crops get, grey levels.
    jpeg: share of crops that are packed as JPEG and unpacked, 0..1.
    jpeg_quality: lowest and highest quality of that JPEG, whole numbers from 1 to 100.
    """

    crop: int = 256
    scale: tuple[float, float] = (0.85, 1.45)
    turn: float = 25.0
    shear: float = 13.0
    mirror: float = 0.5
    light: float = 0.3
    colour: float = 0.06
    grey: float = 0.15
    soften: float = 0.2
    blur: tuple[float, float] = (0.4, 1.1)
    noise: float = 6.0
    jpeg: float = 0.2
    jpeg_quality: tuple[int, int] = (40, 95)

    def __post_init__(self) -> None:
        _within("crop", self.crop, SMALLEST_CROP, math.inf)
        _ordered("scale", self.scale, 0.1, 10)
        _within("turn", self.turn, 0, 180)
        _within("shear", self.shear, 0, 45)
        _within("light", self.light, 0, 1)
        _within("colour", self.colour, 0, 0.3)
        for name in ("mirror", "grey", "soften", "jpeg"):
            _within(name, getattr(self, name), 0, 1)
        _ordered("blur", self.blur, 0.1, self.crop / 8)
        _within("noise", self.noise, 0, 255)
        _ordered("jpeg_quality", self.jpeg_quality, 1, 100)
        _whole("crop", self.crop)
        _whole("jpeg_quality", *self.jpeg_quality)

    @property
    def reach(self) -> int:
        """Side, in pixels, of the square around a point that holds whatever a crop may show of it.

        The corners are farthest away at the smallest zoom, turned onto an axis and slanted along themselves. Where the
        zoom is so large that they come nearer, v2, which gives as many pixels as it gets, still needs the crop's side.
        """
        corners = _longest(self.shear) * self.crop * math.sqrt(2) / self.scale[0]
        # As even or odd as the crop, so that both have one centre; and a pixel on each side for the interpolation.
        return self.crop + 2 * max(0, math.ceil((corners - self.crop) / 2)) + 2


def cut(layers: Sequence[np.ndarray], centre: tuple[float, float], side: int) -> list[Tensor]:
    """The square of `side` px around `centre` (x, y), out of each layer of a picture.

    layers: uint8 (H, W) or (H, W, C), all of one (H, W). Returns uint8 (C, side, side) for each, 0 outside the picture.
    Raises AugmentError for other layers.
    """
    if any(layer.dtype != np.uint8 or layer.ndim not in (2, 3) for layer in layers):
        came = ", ".join(f"{layer.dtype} {layer.shape}" for layer in layers)
        raise AugmentError(f"layers must be uint8 (H, W) or (H, W, C), got {came}")
    if len({layer.shape[:2] for layer in layers}) > 1:
        raise AugmentError(f"layers must be of one size, got {[layer.shape for layer in layers]}: resize them first")
    x, y = centre
    box = Box(round(y - side / 2), round(x - side / 2), side, side)
    return [_channels_first(geometry.crop(layer, box)) for layer in layers]


def augmented(rgb: Tensor, masks: Tensor, plan: Augment, seed: int) -> tuple[Tensor, Tensor]:
    """A crop of a picture and its masks, changed as `seed` says.

    rgb: uint8 (3, S, S) and masks: uint8 (M, S, S), 0..255, on one device; S is `plan.reach` or more, and the middle of
    the square becomes the middle of the crop. seed: 0 or more.
    Returns uint8 (3, crop, crop) and uint8 (M, crop, crop) on that device; the same inputs give the same bits, and
    torch's and NumPy's own random numbers stay as they were. Raises AugmentError for other tensors or a seed below 0.
    """
    _check(rgb, masks, plan, seed)
    rng = np.random.default_rng(seed)
    # A thin line's mask is graded, which the nearest pixel (all that v2 offers for a Mask) would tear to dashes. As
    # further channels of an Image, masks are interpolated bilinearly, by the very numbers that move the picture.
    moved = _move(tv_tensors.Image(torch.cat([rgb, masks])), plan, rng)
    picture = functional.to_dtype(moved[:3], torch.float32, scale=True)
    picture = _recolour(_relight(picture, plan, rng), plan, rng)
    picture = functional.to_dtype(_worsen(picture, plan, rng), torch.uint8, scale=True)
    return _repack(picture, plan, rng), moved[3:].contiguous()


def _move(stack: Tensor, plan: Augment, rng: np.random.Generator) -> Tensor:
    """uint8 (C, S, S) to (C, crop, crop): turned, zoomed, slanted and perhaps mirrored about the middle."""
    zoom = math.exp(rng.uniform(*np.log(plan.scale)))
    turn, shear = rng.uniform(-plan.turn, plan.turn), rng.uniform(-plan.shear, plan.shear)
    # v2 interpolates all that it is given; only what this very change can show is worth the time.
    square = functional.center_crop(stack, [_needed(plan.crop, zoom, turn, shear, stack.shape[-1])])
    moved = functional.affine(square, turn, [0, 0], zoom, [shear, 0.0], interpolation=InterpolationMode.BILINEAR)
    moved = functional.center_crop(moved, [plan.crop])
    mirrored = functional.horizontal_flip(moved) if rng.random() < plan.mirror else moved
    return mirrored.as_subclass(Tensor)


def _relight(picture: Tensor, plan: Augment, rng: np.random.Generator) -> Tensor:
    """Other gamma, brightness and contrast; float32 (3, h, w), 0..1, in and out."""
    picture = functional.adjust_gamma(picture, math.exp(rng.uniform(-plan.light, plan.light)))
    picture = functional.adjust_brightness(picture, _factor(plan.light * _BRIGHTNESS_SHARE, rng))
    return functional.adjust_contrast(picture, _factor(plan.light * _CONTRAST_SHARE, rng))


def _recolour(picture: Tensor, plan: Augment, rng: np.random.Generator) -> Tensor:
    """Other gains of the channels, saturation and hue, or no colour at all; float32 (3, h, w), 0..1, in and out."""
    warmth, green, hue = plan.colour * rng.uniform(-1, 1, 3) * (1, _GREEN_SHARE, _HUE_SHARE)
    saturation = _factor(plan.colour * _SATURATION_SHARE, rng)
    if rng.random() < plan.grey:
        return functional.rgb_to_grayscale(picture, num_output_channels=3)
    gains = torch.tensor([1 + warmth, 1 + green, 1 - warmth], dtype=torch.float32, device=picture.device)
    picture = (picture * gains.view(3, 1, 1)).clamp(0, 1)
    return functional.adjust_hue(functional.adjust_saturation(picture, saturation), hue)


def _worsen(picture: Tensor, plan: Augment, rng: np.random.Generator) -> Tensor:
    """A little blur or noise; float32 (3, h, w), 0..1, in and out."""
    sigma, level = rng.uniform(*plan.blur), rng.uniform(0, plan.noise / 255)
    if rng.random() < plan.soften:
        side = 2 * math.ceil(2.5 * sigma) + 1
        picture = functional.gaussian_blur(picture, [side, side], [sigma, sigma])
    if rng.random() < _NOISE_SHARE:
        # v2's gaussian_noise would draw from torch's own generator, which belongs to others.
        noise = torch.from_numpy(rng.standard_normal(picture.shape, np.float32))
        picture = (picture + level * noise.to(picture.device)).clamp(0, 1)
    return picture


def _repack(picture: Tensor, plan: Augment, rng: np.random.Generator) -> Tensor:
    """A JPEG's traces on some pictures; uint8 (3, h, w) in and out."""
    low, high = plan.jpeg_quality
    quality = int(rng.integers(low, high + 1))
    if rng.random() >= plan.jpeg:
        return picture
    # v2 unpacks JPEG on the processor only.
    return functional.jpeg(picture.cpu(), quality).to(picture.device)


def _needed(crop: int, zoom: float, turn: float, shear: float, side: int) -> int:
    """Side of the square, `crop` at least and as even as `side`, that covers a crop seen under this very change."""
    cosine, sine = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    slant = math.tan(math.radians(shear))
    # Back from the crop to the square: ((cos - slant sin, sin + slant cos), (-sin, cos)) / zoom. The sums of its rows
    # say how far out the corners lie.
    wide = abs(cosine - slant * sine) + abs(sine + slant * cosine)
    high = abs(sine) + abs(cosine)
    needed = max(crop, math.ceil(max(wide, high) * crop / zoom) + 2)
    return min(side, needed + (side - needed) % 2)


def _longest(shear: float) -> float:
    """How many times as long a slant of `shear` degrees makes the line that it makes longest (its singular value)."""
    slant = math.tan(math.radians(shear))
    return (slant + math.sqrt(slant * slant + 4)) / 2


def _factor(spread: float, rng: np.random.Generator) -> float:
    return rng.uniform(max(0.0, 1 - spread), 1 + spread)


def _channels_first(array: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(np.atleast_3d(array).transpose(2, 0, 1)))


def _check(rgb: Tensor, masks: Tensor, plan: Augment, seed: int) -> None:
    sides = {*rgb.shape[1:], *masks.shape[1:]}
    fits = rgb.ndim == masks.ndim == 3 and len(rgb) == 3 and len(sides) == 1
    if not fits or rgb.dtype != torch.uint8 or masks.dtype != torch.uint8:
        raise AugmentError(
            "expected uint8 (3, S, S) and uint8 (M, S, S), "
            f"got {rgb.dtype} {tuple(rgb.shape)} and {masks.dtype} {tuple(masks.shape)}; `cut` gives such squares"
        )
    if rgb.device != masks.device:
        raise AugmentError(f"picture and masks must be on one device, got {rgb.device} and {masks.device}")
    if min(sides) < plan.reach:
        raise AugmentError(f"this plan needs a square of {plan.reach} px or more, got {min(sides)}: cut `plan.reach`")
    if seed < 0:
        raise AugmentError(f"a seed is 0 or more, got {seed}")


def _within(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        limits = f"{least} or more" if math.isinf(most) else f"from {least} to {most}"
        raise AugmentError(f"{name} must be {limits}, got {value}")


def _ordered(name: str, ends: tuple[float, float], least: float, most: float) -> None:
    if len(ends) != 2 or not least <= ends[0] <= ends[1] <= most:
        raise AugmentError(f"{name} must be (low, high) between {least} and {most}, low first, got {ends}")


def _whole(name: str, *values: float) -> None:
    if not all(isinstance(value, int | np.integer) for value in values):
        raise AugmentError(f"{name} must be whole, got {', '.join(map(str, values))}")
