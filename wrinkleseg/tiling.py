"""Large pictures through a network in overlapping tiles, blended smoothly."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Network = Callable[[Tensor], Tensor]


def run_tiled(
    network: Network, picture: Tensor, tile: int, overlap: int, wanted: Tensor | None = None, cell: int = 1
) -> Tensor:
    """Run `network` over a picture and blend what it gives.

    Args:
        network: float (1, C, h, w) to probabilities or logits (1, h, w), at any size up to `tile` a side.
        picture: float (1, C, H, W).
        tile: longest side of a tile, pixels. A picture within it goes through whole.
        overlap: pixels that neighbouring tiles share; less than `tile`.
        wanted: bool (H, W); what lies further than half of `overlap` from a wanted pixel may be skipped and stay 0. None: all.
        cell: where tiles begin and end, but for the picture's own end, is a multiple of it; so must `tile` and
            `overlap` be. A network that halves its input five times sees the same pixels alike only from one multiple
            of 32 to the next.

    Returns:
        float32 (H, W): the mean of the tiles, each weighed by a ramp that falls to its edges, so that no seam shows.
    """
    if not 0 <= overlap < tile:
        raise ValueError(f"overlap must be 0 or more and below the tile's side, got {overlap} and {tile}")
    if tile % cell or overlap % cell:
        raise ValueError(f"tile and overlap must be multiples of the cell's side, got {tile}, {overlap} and {cell}")
    result = torch.zeros(picture.shape[-2:], device=picture.device)
    wanted = torch.ones(picture.shape[-2:], dtype=torch.bool) if wanted is None else wanted
    if bool(wanted.any()):
        rows, columns = bounds(wanted, overlap // 2, cell)
        part = picture[..., rows, columns]
        result[rows, columns] = _blend(network, part, tile, overlap, wanted[rows, columns], cell)
    return result


def bounds(wanted: Tensor, margin: int, cell: int = 1) -> tuple[slice, slice]:
    """Rows and columns that hold every True of a bool (H, W), at least one, with `margin` pixels or a little more on each
    side: they begin and end at multiples of `cell`, or at the picture's end."""
    return _span(wanted.any(1), margin, cell), _span(wanted.any(0), margin, cell)


def _span(line: Tensor, margin: int, cell: int) -> slice:
    places = line.nonzero()
    start, stop = int(places.min()) - margin, int(places.max()) + 1 + margin
    return slice(max(0, start // cell * cell), min(len(line), -(-stop // cell) * cell))


def _blend(network: Network, picture: Tensor, tile: int, overlap: int, wanted: Tensor, cell: int) -> Tensor:
    height, width = picture.shape[-2:]
    total = torch.zeros(height, width, device=picture.device)
    weights = torch.zeros_like(total)
    for top in starts(height, tile, overlap, cell):
        for left in starts(width, tile, overlap, cell):
            part = slice(top, min(top + tile, height)), slice(left, min(left + tile, width))
            if not bool(wanted[part].any()):
                continue
            result = network(picture[..., part[0], part[1]])[0].float()
            weight = ramp(*result.shape, overlap).to(result.device)
            total[part] += weight * result
            weights[part] += weight
    return total / weights.clamp(min=1e-6)


def starts(length: int, tile: int, overlap: int, cell: int = 1) -> list[int]:
    """First pixels of the tiles that cover `length`, multiples of `cell` and evenly spread; neighbours share `overlap`
    pixels or more."""
    if length <= tile:
        return [0]
    cells = -(-(length - tile) // cell)
    steps = -(-cells // ((tile - overlap) // cell))
    return [round(step * cells / steps) * cell for step in range(steps + 1)]


def ramp(height: int, width: int, overlap: int) -> Tensor:
    """float32 (height, width), above 0: 1 in the middle, falling linearly over `overlap` pixels to each edge."""
    return _ramp(height, overlap)[:, None] * _ramp(width, overlap)[None, :]


def _ramp(length: int, overlap: int) -> Tensor:
    from_edge = torch.minimum(torch.arange(1, length + 1), torch.arange(length, 0, -1))
    return (from_edge / (overlap + 1)).clamp(max=1.0)
