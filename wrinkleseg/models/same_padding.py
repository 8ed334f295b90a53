"""TensorFlow's "same" padding at stride 2, for encoders whose weights were made there, without a padded copy of each map."""

from __future__ import annotations

from timm.layers import Conv2dSame
from torch import Tensor, nn
from torch.nn import functional

from wrinkleseg.models.depthwise import learns_here
from wrinkleseg.models.exact import exactly
from wrinkleseg.models.recast import recast


class EvenStride(Conv2dSame):
    """timm's Conv2dSame, with the same parameters, which pads maps of even sides by its kernel instead.

    On an even side TensorFlow puts one row more after the map than before it. A kernel with a row of zeros before its own
    sees the same pixels when both sides are padded alike, which a convolution does without a copy. Gradients of a
    depthwise 4x4 kernel take twice the time that the copy and a 3x3 kernel take, so while that learns, it is padded.
    """

    def forward(self, maps: Tensor) -> Tensor:
        """(N, C, H, W) to (N, C', ceil(H/2), ceil(W/2))."""
        if not learns_here(maps) or self.groups == 1:
            return self._convolve(maps)
        return exactly(self, super().forward if self.kernel_size == (3, 3) else self._convolve, maps).to(maps.dtype)

    def _convolve(self, maps: Tensor) -> Tensor:
        if maps.device.type != "cpu" or maps.shape[-2] % 2 or maps.shape[-1] % 2:
            return super().forward(maps)
        weight = functional.pad(self.weight, (1, 0, 1, 0))
        before = [(side - 1) // 2 for side in self.kernel_size]
        return functional.conv2d(maps, weight, self.bias, self.stride, before, self.dilation, self.groups)


def evenly_strided(model: nn.Module) -> nn.Module:
    """The model with each Conv2dSame that `EvenStride` can stand for replaced by it, in place, with the same tensors."""
    return recast(model, EvenStride, _fits)


def _fits(layer: Conv2dSame) -> bool:
    return (
        layer.stride == (2, 2) and layer.dilation == (1, 1) and all(side % 2 and side > 1 for side in layer.kernel_size)
    )
