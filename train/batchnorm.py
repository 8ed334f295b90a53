"""Batch norm whose statistics are those of all processes' crops together, on the CPU as well as on GPUs.

torch's own SyncBatchNorm works on GPUs only.
"""

from __future__ import annotations

import torch
import torch.distributed as dist
from torch import Tensor, nn

from wrinkleseg.models.narrow_norm import remember


class SharedBatchNorm(nn.BatchNorm2d):
    """nn.BatchNorm2d over the batch of all processes; names, buffers and evaluation are the same."""

    def forward(self, maps: Tensor) -> Tensor:
        """(N, C, H, W) to the same shape and number format; any N, which may differ between processes."""
        if not self.training:
            return super().forward(maps)
        mean, variance, count = _statistics(maps.float())
        if self.track_running_stats:
            remember(self, mean, variance, count)
        scale = torch.rsqrt(variance + self.eps)
        if self.affine:
            scale = scale * self.weight
        out = (maps.float() - _wide(mean)) * _wide(scale)
        return (out + _wide(self.bias) if self.affine else out).to(maps.dtype)


class SharedBatchNormAct(SharedBatchNorm):
    """The same, followed by what timm's BatchNormAct2d has inside: `drop`, then `act`."""

    def forward(self, maps: Tensor) -> Tensor:
        """(N, C, H, W) to the same shape."""
        return self.act(self.drop(super().forward(maps)))


def share(model: nn.Module) -> nn.Module:
    """The model with each nn.BatchNorm2d replaced, in place, by one over all processes with the same tensors."""
    for name, child in model.named_children():
        if isinstance(child, nn.BatchNorm2d) and not isinstance(child, SharedBatchNorm):
            setattr(model, name, _shared(child))
        else:
            share(child)
    return model


def _shared(norm: nn.BatchNorm2d) -> SharedBatchNorm:
    kind = SharedBatchNormAct if hasattr(norm, "act") else SharedBatchNorm
    shared = kind(norm.num_features, norm.eps, norm.momentum, norm.affine, norm.track_running_stats)
    shared.weight, shared.bias = norm.weight, norm.bias
    for name, values in norm.named_buffers(recurse=False):
        setattr(shared, name, values)
    for name, child in norm.named_children():
        setattr(shared, name, child)
    return shared.train(norm.training)


def _statistics(maps: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Mean and biased variance by channel, float (C,), and the number of values, over all processes.

    Each process gives its own mean and variance, which are put together without the cancellation that a sum of squares
    suffers from (Chan, Golub and LeVeque, 1983).
    """
    means = maps.mean((0, 2, 3))
    variances = maps.var((0, 2, 3), correction=0)
    counts = maps.new_full((1,), maps.numel() // maps.shape[1])
    means, variances, counts = _gather(torch.cat([means, variances, counts])).split([len(means), len(means), 1], dim=1)
    shares = counts / counts.sum()
    mean = (shares * means).sum(0)
    return mean, (shares * (variances + (means - mean) ** 2)).sum(0), counts.sum()


def _gather(row: Tensor) -> Tensor:
    """Everybody's rows, (K,) each, as (processes, K); gradients find their way back."""
    rows = row.new_zeros((dist.get_world_size(), len(row)))
    rows = rows.index_copy(0, torch.tensor([dist.get_rank()], device=row.device), row[None])
    return _Sum.apply(rows)


class _Sum(torch.autograd.Function):
    """The sum over processes; every process' result depends on it, so its gradient is the sum of theirs."""

    @staticmethod
    def forward(ctx, values: Tensor) -> Tensor:
        total = values.clone(memory_format=torch.contiguous_format)
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx, gradient: Tensor) -> Tensor:
        return _Sum.apply(gradient)


def _wide(values: Tensor) -> Tensor:
    return values[:, None, None]
