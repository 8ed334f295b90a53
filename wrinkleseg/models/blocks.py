"""Blocks of paper P's U-Nets: double convolution, spatial attention, additive attention on a skip."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class DoubleConvolution(nn.Sequential):
    """Two times 3x3 convolution, batch norm, ReLU: (N, in, H, W) to (N, out, H, W)."""

    def __init__(self, channels_in: int, channels_out: int, channels_between: int | None = None) -> None:
        between = channels_between or channels_out
        super().__init__(
            nn.Conv2d(channels_in, between, 3, padding=1, bias=False),
            nn.BatchNorm2d(between),
            nn.ReLU(inplace=True),
            nn.Conv2d(between, channels_out, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels_out),
            nn.ReLU(inplace=True),
        )


class SpatialAttention(nn.Module):
    """Weigh each place by the maximum and the mean over its channels (Woo et al., CBAM, 2018; paper P's bottleneck)."""

    def __init__(self, kernel: int = 7) -> None:
        super().__init__()
        self.weigh = nn.Conv2d(2, 1, kernel, padding=kernel // 2, bias=False)

    def forward(self, maps: Tensor) -> Tensor:
        """(N, C, H, W) to the same shape."""
        strongest = maps.amax(dim=1, keepdim=True)
        mean = maps.mean(dim=1, keepdim=True)
        return maps * torch.sigmoid(self.weigh(torch.cat([strongest, mean], dim=1)))


class SkipAttention(nn.Module):
    """Additive attention on a skip: the decoder's map (query) tells which places of the encoder's (key, value) to keep.

    The query is convolved 3x3, normalised, ReLU; the key 1x1; their sum becomes one map of weights in 0..1 that
    multiplies the encoder's map (paper P; additive attention after Bahdanau et al. and Oktay et al., 2018).
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.query = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels), nn.ReLU(inplace=True)
        )
        self.key = nn.Conv2d(channels, channels, 1)
        self.weigh = nn.Sequential(nn.ReLU(inplace=True), nn.Conv2d(channels, 1, 1), nn.Sigmoid())

    def forward(self, decoded: Tensor, encoded: Tensor) -> Tensor:
        """Both (N, channels, H, W); gives the weighted encoder map of that shape, in the decoded map's number format."""
        weighted = encoded * self.weigh(self.query(decoded) + self.key(encoded))
        return weighted.to(decoded.dtype)  # finer than its neighbour, it would make a finer copy of both
