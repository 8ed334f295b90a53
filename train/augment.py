"""Change a picture and its mask together: geometry for both, light, colour and blur for the picture alone."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True)
class Augment:
    """How far pictures are changed. All ranges are uniform.

    crop: side of the square crop, pixels. scale: smallest and largest zoom. turn: degrees to either side.
    stretch: zoom of one axis against the other. light: change of gamma and of channel gains.
    soften: share of crops that are blurred; noise: largest standard deviation, grey levels.
    """

    crop: int = 256
    scale: tuple[float, float] = (0.85, 1.45)
    turn: float = 25.0
    stretch: float = 0.12
    light: float = 0.3
    soften: float = 0.2
    noise: float = 6.0


def transform(centre: tuple[float, float], plan: Augment, rng: np.random.Generator) -> np.ndarray:
    """A random 2x3 matrix that brings `centre` (x, y) of a picture to the middle of the crop."""
    zoom = np.exp(rng.uniform(*np.log(plan.scale)))
    stretch = np.exp(rng.uniform(-plan.stretch, plan.stretch))
    angle = np.deg2rad(rng.uniform(-plan.turn, plan.turn))
    mirror = -1.0 if rng.random() < 0.5 else 1.0
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = turn @ np.diag([mirror * zoom * stretch, zoom / stretch])
    middle = np.array([plan.crop / 2, plan.crop / 2])
    return np.column_stack([linear, middle - linear @ np.asarray(centre)])


def warp(array: np.ndarray, matrix: np.ndarray, side: int) -> np.ndarray:
    """(H, W[, C]) uint8 to (side, side[, C]) by a 2x3 matrix; outside is 0."""
    return cv2.warpAffine(array, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)


def recolour(rgb: np.ndarray, plan: Augment, rng: np.random.Generator) -> np.ndarray:
    """Other light, other colours, a little blur or noise; uint8 RGB (h, w, 3) in and out."""
    gains = 1 + rng.uniform(-plan.light / 3, plan.light / 3, 3)
    gamma = np.exp(rng.uniform(-plan.light, plan.light))
    contrast = 1 + rng.uniform(-plan.light, plan.light) * 0.7
    light = np.clip(rgb / np.float32(255), 0, 1) ** gamma * gains.astype(np.float32)
    light = (light - light.mean()) * contrast + light.mean()
    if rng.random() < 0.15:
        light[...] = light.mean(axis=2, keepdims=True)
    if rng.random() < plan.soften:
        light = cv2.GaussianBlur(light, (0, 0), rng.uniform(0.4, 1.1))
    if rng.random() < 0.3:
        light = light + rng.normal(0, rng.uniform(0, plan.noise) / 255, light.shape).astype(np.float32)
    return np.clip(light * 255, 0, 255).astype(np.uint8)
