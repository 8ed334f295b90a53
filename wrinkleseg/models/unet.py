"""The four U-Nets of paper P's Table 3: one class, three settings."""

from __future__ import annotations

import itertools

import torch
from torch import Tensor, nn

from wrinkleseg.models.blocks import DoubleConvolution, SkipAttention, SpatialAttention
from wrinkleseg.models.named import FramedMaps, initialise, same_size


class UNet(FramedMaps):
    """U-Net with bilinear upsampling (Ronneberger et al., 2015), five levels, `width` channels at the first.

    Args:
        tasks: names of the maps, in order.
        width: channels of the first level; 64 has 17.3 million parameters, 32 has 4.3.
        attention: spatial attention at the bottleneck and additive attention on each skip (5.2 million at width 32).
        zero_padding: rows and columns of zeros around the input, in all (Z of paper P, which doesn't give its size).
        in_channels: channels of the input.
    """

    def __init__(
        self,
        tasks: tuple[str, ...],
        width: int = 64,
        attention: bool = False,
        zero_padding: int = 0,
        in_channels: int = 3,
    ) -> None:
        super().__init__(tasks, multiple=16, zero_padding=zero_padding)
        # The deepest level keeps as many channels as the one above: upsampling is bilinear and changes none.
        widths = [width, 2 * width, 4 * width, 8 * width, 8 * width]
        self.first = DoubleConvolution(in_channels, widths[0])
        self.down = nn.ModuleList(DoubleConvolution(a, b) for a, b in itertools.pairwise(widths))
        self.bottleneck = SpatialAttention() if attention else nn.Identity()
        skips = widths[-2::-1]
        outs = [*(skip // 2 for skip in skips[:-1]), width]
        self.skips = nn.ModuleList(SkipAttention(skip) if attention else TakeEncoded() for skip in skips)
        self.up = nn.ModuleList(DoubleConvolution(2 * s, out, s) for s, out in zip(skips, outs, strict=True))
        self.head = nn.Conv2d(width, len(tasks), 1)
        initialise(self)
        nn.init.constant_(self.head.bias, -3.0)  # lines and pores are rare: begin near their rate, not at one half

    def encode(self, pictures: Tensor) -> list[Tensor]:
        """Maps of all levels, the largest first."""
        levels = [self.first(pictures)]
        for block in self.down:
            levels.append(block(nn.functional.max_pool2d(levels[-1], 2)))
        return levels

    def decode(self, levels: list[Tensor]) -> Tensor:
        """The encoder's maps to one map at full size."""
        decoded = self.bottleneck(levels[-1])
        for encoded, skip, block in zip(levels[-2::-1], self.skips, self.up, strict=True):
            decoded = same_size(decoded, encoded)
            decoded = block(torch.cat([skip(decoded, encoded), decoded], dim=1))
        return decoded


class TakeEncoded(nn.Module):
    """A plain skip: the encoder's map as it is."""

    def forward(self, decoded: Tensor, encoded: Tensor) -> Tensor:
        """Both (N, channels, H, W); gives `encoded`."""
        return encoded
