"""The running mean of a network's weights, which is what a run keeps."""

from __future__ import annotations

import copy

import torch
from torch import Tensor

from wrinkleseg.models import NamedMaps


class WeightMean:
    """Running mean of a model's weights; `model` holds it. Buffers (batch norm's statistics) are averaged too."""

    def __init__(self, model: NamedMaps, decay: float) -> None:
        self.model = copy.deepcopy(model).eval()
        self.decay = decay

    @torch.no_grad()
    def update(self, model: NamedMaps, step: int) -> None:
        """Take in the weights after `step`; early steps weigh more, for the first weights are random."""
        decay = min(self.decay, (1 + step) / (10 + step))
        for mean, now in zip(self.model.state_dict().values(), model.state_dict().values(), strict=True):
            _towards(mean, now, 1 - decay)


def _towards(mean: Tensor, now: Tensor, share: float) -> None:
    if mean.is_floating_point():
        mean.lerp_(now, share)
    else:
        mean.copy_(now)
