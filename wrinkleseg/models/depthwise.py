"""Depthwise convolutions that learn in float32: a processor takes their gradients in bfloat16 many times as slowly."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from wrinkleseg.models.exact import exactly
from wrinkleseg.models.recast import recast


class Depthwise(nn.Conv2d):
    """A depthwise convolution, exact while it learns on a processor.

    Measured with oneDNN on a processor with bfloat16 instructions, forward and backward: kernels of 5x5 take 3 to 4 times
    as long as in float32, those with stride 2 take 6 to 15 times as long.
    """

    def forward(self, maps: Tensor) -> Tensor:
        """As nn.Conv2d."""
        return exactly(self, super().forward, maps).to(maps.dtype) if learns_here(maps) else super().forward(maps)


def learns_here(maps: Tensor) -> bool:
    """Whether gradients are wanted, and of a processor."""
    return torch.is_grad_enabled() and maps.device.type == "cpu"


def exact_depthwise(model: nn.Module) -> nn.Module:
    """The model with a `Depthwise` for each plain depthwise convolution that is slow, in place, with the same tensors."""
    return recast(model, Depthwise, _slow)


def _slow(layer: nn.Conv2d) -> bool:
    """All depthwise ones but 3x3 with stride 1, which take the same time in both formats."""
    return layer.groups == layer.in_channels > 1 and (max(layer.kernel_size) > 3 or max(layer.stride) > 1)
