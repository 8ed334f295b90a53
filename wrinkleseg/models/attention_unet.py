"""Paper P's decoder, attentions and zero-padding upon an encoder that may have seen ImageNet."""

from __future__ import annotations

import torch
from segmentation_models_pytorch.encoders import get_encoder
from torch import Tensor, nn

from wrinkleseg.models.blocks import DoubleConvolution, SkipAttention, SpatialAttention
from wrinkleseg.models.depthwise import exact_depthwise
from wrinkleseg.models.named import FramedMaps, initialise, same_size
from wrinkleseg.models.same_padding import evenly_strided


class EncodedAttentionUNet(FramedMaps):
    """Attention U-Net whose encoder is one of segmentation_models.pytorch's.

    Such encoders halve the picture at once, and a wrinkle is 2 to 4 px wide: a first block keeps the full size.

    Args:
        tasks: names of the maps, in order.
        encoder: an encoder's name.
        decoder_channels: channels of the decoder's five levels, the deepest first; the last is the full size.
        zero_padding: rows and columns of zeros around the input, in all (Z of paper P, which doesn't give its size).
        in_channels: channels of the input.
    """

    def __init__(
        self,
        tasks: tuple[str, ...],
        encoder: str,
        decoder_channels: tuple[int, ...] = (96, 48, 24, 24, 16),
        zero_padding: int = 32,
        in_channels: int = 3,
    ) -> None:
        super().__init__(tasks, multiple=32, zero_padding=zero_padding)
        self.encoder = evenly_strided(
            exact_depthwise(get_encoder(encoder, in_channels=in_channels, depth=5, weights=None))
        )
        outs = tuple(decoder_channels)
        # The encoder's first "level" is the picture itself; the block takes its place.
        skips = [*self.encoder.out_channels[-2:0:-1], outs[-1]]
        ins = [self.encoder.out_channels[-1], *outs[:-1]]
        self.first = DoubleConvolution(in_channels, outs[-1])
        self.bottleneck = SpatialAttention()
        self.narrow = nn.ModuleList(nn.Conv2d(a, skip, 1, bias=False) for a, skip in zip(ins, skips, strict=True))
        self.skips = nn.ModuleList(SkipAttention(skip) for skip in skips)
        self.up = nn.ModuleList(DoubleConvolution(2 * skip, out) for skip, out in zip(skips, outs, strict=True))
        self.head = nn.Conv2d(outs[-1], len(tasks), 1)
        for module in (self.first, self.bottleneck, self.narrow, self.skips, self.up, self.head):
            initialise(module)
        nn.init.constant_(self.head.bias, -3.0)  # lines and pores are rare: begin near their rate, not at one half

    def encode(self, pictures: Tensor) -> list[Tensor]:
        """Maps of all levels, the largest first."""
        return [self.first(pictures), *self.encoder(pictures)[1:]]

    def decode(self, levels: list[Tensor]) -> Tensor:
        """The encoder's maps to one map at full size."""
        decoded = self.bottleneck(levels[-1])
        for encoded, narrow, skip, block in zip(levels[-2::-1], self.narrow, self.skips, self.up, strict=True):
            decoded = same_size(narrow(decoded), encoded)
            decoded = block(torch.cat([skip(decoded, encoded), decoded], dim=1))
        return decoded
