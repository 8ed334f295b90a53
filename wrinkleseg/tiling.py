"""Large pictures through a network in overlapping tiles, blended smoothly."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Network = Callable[[Tensor], Tensor]


def run_tiled(network: Network, picture: Tensor, tile: int, overlap: int, wanted: Tensor | None = None) -> Tensor:
    """Run `network` over a picture and blend what it gives.

    Args:
        network: float (1, C, h, w) to probabilities or logits (1, h, w), at any size up to `tile` a side.
        picture: float (1, C, H, W).
        tile: longest side of a tile, pixels. A picture within it goes through whole.
        overlap: pixels that neighbouring tiles share; less than `tile`.
        wanted: bool (H, W); what lies further than `overlap` from a wanted pixel may be skipped and stay 0. None: all.

    Returns:
        float32 (H, W): the mean of the tiles, each weighed by a ramp that falls to its edges, so that no seam shows.
    """
    if not 0 <= overlap < tile:
        raise ValueError(f"overlap must be 0 or more and below the tile's side, got {overlap} and {tile}")
    result = torch.zeros(picture.shape[-2:], device=picture.device)
    wanted = torch.ones(picture.shape[-2:], dtype=torch.bool) if wanted is None else wanted
    if bool(wanted.any()):
        rows, columns = bounds(wanted, overlap)
        result[rows, columns] = _blend(network, picture[..., rows, columns], tile, overlap, wanted[rows, columns])
    return result


def bounds(wanted: Tensor, margin: int) -> tuple[slice, slice]:
    """Rows and columns that hold every True of a bool (H, W), at least one, with `margin` pixels more on each side."""
    return _span(wanted.any(1), margin), _span(wanted.any(0), margin)


def _span(line: Tensor, margin: int) -> slice:
    places = line.nonzero()
    return slice(max(0, int(places.min()) - margin), min(len(line), int(places.max()) + 1 + margin))


def _blend(network: Network, picture: Tensor, tile: int, overlap: int, wanted: Tensor) -> Tensor:
    height, width = picture.shape[-2:]
    total = torch.zeros(height, width, device=picture.device)
    weights = torch.zeros_like(total)
    for top in starts(height, tile, overlap):
        for left in starts(width, tile, overlap):
            part = slice(top, min(top + tile, height)), slice(left, min(left + tile, width))
            if not bool(wanted[part].any()):
                continue
            result = network(picture[..., part[0], part[1]])[0].float()
            weight = ramp(*result.shape, overlap).to(result.device)
            total[part] += weight * result
            weights[part] += weight
    return total / weights.clamp(min=1e-6)


def starts(length: int, tile: int, overlap: int) -> list[int]:
    """First pixels of the tiles that cover `length`, evenly spread; neighbours share `overlap` pixels or more."""
    if length <= tile:
        return [0]
    steps = -(-(length - tile) // (tile - overlap))
    return [round(step * (length - tile) / steps) for step in range(steps + 1)]


def ramp(height: int, width: int, overlap: int) -> Tensor:
    """float32 (height, width), above 0: 1 in the middle, falling linearly over `overlap` pixels to each edge."""
    return _ramp(height, overlap)[:, None] * _ramp(width, overlap)[None, :]


def _ramp(length: int, overlap: int) -> Tensor:
    from_edge = torch.minimum(torch.arange(1, length + 1), torch.arange(length, 0, -1))
    return (from_edge / (overlap + 1)).clamp(max=1.0)
