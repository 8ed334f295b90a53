"""UNet++'s decoder with the same sums in another order, without the copies that its dense skips make on a processor."""

from __future__ import annotations

import torch
from segmentation_models_pytorch.decoders.unetplusplus.decoder import DecoderBlock, UnetPlusPlusDecoder
from torch import Tensor, nn
from torch.nn import functional


class DenseDecoder(nn.Module):
    """segmentation_models.pytorch's decoder of UNet++, under the same names and with the same tensors.

    decoder: with nearest-neighbour doubling and without attention; its blocks are taken over.
    """

    def __init__(self, decoder: UnetPlusPlusDecoder) -> None:
        super().__init__()
        self.depth, self.blocks = decoder.depth, decoder.blocks
        for name, block in self.blocks.items():
            start, level = (int(number) for number in name.split("_")[1:])
            beside = [decoder.skip_channels[level]] * (level + 1 - start) if level < self.depth else []
            block.conv1[0] = DenseConvolution.like(block.conv1[0], beside)

    def forward(self, features: list[Tensor]) -> Tensor:
        """The encoder's maps (N, C, h, w), the largest first, each half as large as the one before, to one (N, C', H, W)."""
        levels = features[:0:-1]  # the deepest first; the picture itself is no skip
        nodes: dict[tuple[int, int], Tensor] = {}
        for level in range(self.depth):
            for start in range(level, -1, -1):
                below = levels[level] if start == level else nodes[start, level - 1]
                beside = [nodes[other, level] for other in range(start + 1, level + 1)]
                nodes[start, level] = _node(self.blocks[f"x_{start}_{level}"], below, [*beside, levels[level + 1]])
        return _node(self.blocks[f"x_0_{self.depth}"], nodes[0, self.depth - 1], [])


class DenseConvolution(nn.Conv2d):
    """A node's first 3x3 convolution: of the map below, doubled, beside maps of its own level (Zhou et al., 2018, eq. 1).

    A convolution of maps side by side is the sum of each map's own, so nothing has to be laid side by side; and a doubled
    map through a 3x3 convolution is the map through a transposed 4x4 one with stride 2, for 4/9 of the multiplications.
    """

    beside: list[int]
    _settled: list[Tensor] | None = None

    @classmethod
    def like(cls, layer: nn.Conv2d, beside: list[int]) -> DenseConvolution:
        """With that layer's tensors. beside: channels of each map of its own level. ValueError for another kernel than 3x3."""
        if layer.kernel_size != (3, 3) or layer.padding != (1, 1):
            raise ValueError(f"only a 3x3 convolution padded by 1 can be split, got {layer}")
        split = cls(layer.in_channels, layer.out_channels, 3, padding=1, bias=False, device="meta")
        split.weight, split.bias, split.beside = layer.weight, layer.bias, beside
        return split

    def forward(self, below: Tensor, beside: list[Tensor]) -> Tensor:
        """(N, C, h, w) and (N, C', 2h, 2w) each, to (N, C'', 2h, 2w)."""
        if below.device.type != "cpu":  # measured on processors only: elsewhere it stays as the library has it
            doubled = functional.interpolate(below, scale_factor=2.0, mode="nearest")
            return super().forward(torch.cat([doubled, *beside], dim=1))
        own, *others = self._settled or self._kernels()
        total = functional.conv_transpose2d(below, own, self.bias, stride=2, padding=1)
        for kernel, each in zip(others, beside, strict=True):
            total += functional.conv2d(each, kernel, padding=1)
        return total

    def settle(self) -> None:
        """Make the kernels once and for all: from now on, a change of the weight doesn't show."""
        with torch.no_grad():
            self._settled = [kernel.contiguous(memory_format=torch.channels_last) for kernel in self._kernels()]

    def _kernels(self) -> list[Tensor]:
        own, *others = self.weight.split([self.in_channels - sum(self.beside), *self.beside], dim=1)
        return [_doubling(own), *others]


def _node(block: DecoderBlock, below: Tensor, beside: list[Tensor]) -> Tensor:
    convolution, *rest = block.conv1
    first = convolution(below, beside)
    for layer in rest:  # normalisation and ReLU
        first = layer(first)
    return block.conv2(first)


def _doubling(weight: Tensor) -> Tensor:
    """The kernel (in, out, 4, 4) that does in one what doubling and a 3x3 kernel (out, in, 3, 3) do.

    A pixel of the small map stands at four places of the doubled one: its kernel is the sum of the four, turned round as
    transposed convolutions want it.
    """
    turned = weight.flip(2, 3).transpose(0, 1)
    return sum(functional.pad(turned, (x, 1 - x, y, 1 - y)) for y in (0, 1) for x in (0, 1))
