"""Batch normalisation of few channels, which torch's own takes three to six times as long for on a processor."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

from wrinkleseg.models.depthwise import learns_here
from wrinkleseg.models.recast import recast

_LANES = 32  # channels that torch's kernels go through at once; with as many, or a multiple, they are quick


class NarrowNorm(nn.BatchNorm2d):
    """nn.BatchNorm2d, with the same tensors, that learns from neighbouring pixels as if they were channels of one.

    In channels-last maps k pixels of C channels are a pixel of k C channels, without a copy. Their means and variances
    are put together as those of groups (Chan, Golub and LeVeque, 1983).
    """

    def forward(self, maps: Tensor) -> Tensor:
        """(N, C, H, W) to the same shape and number format."""
        pixels = _LANES // math.gcd(self.num_features, _LANES)
        fits = maps.shape[-1] % pixels == 0 and maps.is_contiguous(memory_format=torch.channels_last)
        if not (self.training and learns_here(maps) and self.track_running_stats and fits and pixels > 1 and len(maps)):
            return super().forward(maps)
        found, mean, variance = _Normalised.apply(maps, self.weight, self.bias, self.eps, pixels)
        remember(self, mean, variance, maps.numel() // self.num_features)
        return found


@torch.no_grad()
def remember(norm: nn.BatchNorm2d, mean: Tensor, variance: Tensor, count: Tensor | int) -> None:
    """Take a batch's mean and biased variance, float (C,), of `count` values, into the running ones as nn.BatchNorm2d does."""
    norm.num_batches_tracked.add_(1)
    share = 1 / float(norm.num_batches_tracked) if norm.momentum is None else norm.momentum
    norm.running_mean.lerp_(mean, share)
    norm.running_var.lerp_(variance * count / (count - 1), share)  # the unbiased one


class _Normalised(torch.autograd.Function):
    """Maps by their own mean and variance (Ioffe and Szegedy, 2015, algorithm 1), and the two."""

    @staticmethod
    def forward(ctx, maps: Tensor, weight: Tensor, bias: Tensor, eps: float, pixels: int):
        wide = _wide(maps, pixels)
        _, means, inverses = torch.native_batch_norm(
            wide, weight.repeat(pixels), bias.repeat(pixels), None, None, True, 0.0, eps
        )
        means, variances = means.view(pixels, -1), inverses.view(pixels, -1).pow(-2) - eps
        mean = means.mean(0)
        variance = (variances + (means - mean).square()).mean(0).clamp_min(0)
        found = _affine(wide, mean, variance + eps, weight, bias)
        ctx.save_for_backward(maps, weight, mean, torch.rsqrt(variance + eps))
        ctx.pixels = pixels
        ctx.mark_non_differentiable(mean, variance)
        return _narrow(found, maps), mean, variance

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient: Tensor, *_: Tensor):
        maps, weight, mean, inverse = ctx.saved_tensors
        pixels, count = ctx.pixels, maps.numel() // len(weight)
        wide, from_above = _wide(maps, pixels), _wide(gradient, pixels)
        # The kernel for fixed statistics gives just the two sums: of the gradient, and of it times the normalised maps.
        fixed = [values.repeat(pixels) for values in (weight, mean, inverse.pow(-2))]
        _, scales, shifts = torch.ops.aten.native_batch_norm_backward(
            from_above, wide, *fixed, None, None, False, 0.0, [False, True, True]
        )
        scale, shift = (sums.view(pixels, -1).sum(0) for sums in (scales, shifts))
        # Rounded as it is multiplied with below: else the gradient's mean would not be 0.
        down = (weight * inverse).to(gradient.dtype).to(weight.dtype)
        slope = -down * inverse * scale / count
        offset = -down * shift / count - slope * mean
        result = _affine(wide, torch.zeros_like(mean), torch.ones_like(mean), slope, offset)
        result.addcmul_(from_above, down.repeat(pixels).view(1, -1, 1, 1).to(gradient.dtype))
        return _narrow(result, maps), scale, shift, None, None


def _affine(wide: Tensor, mean: Tensor, variance: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    again = wide.shape[1] // len(weight)
    return functional.batch_norm(
        wide, *(values.repeat(again) for values in (mean, variance, weight, bias)), training=False, eps=0.0
    )


def _wide(maps: Tensor, pixels: int) -> Tensor:
    """(N, C, H, W) as (N, k C, H, W / k), channels-last."""
    count, channels, height, width = maps.shape
    rows = maps.permute(0, 2, 3, 1).reshape(count, height, width // pixels, pixels * channels)
    return rows.permute(0, 3, 1, 2)


def _narrow(wide: Tensor, like: Tensor) -> Tensor:
    """The inverse of `_wide`: the same memory, but no view of it, for the activation that follows works in place."""
    return wide.new_empty(0).set_(wide.untyped_storage(), 0, like.shape, like.stride())


def narrow_norms(model: nn.Module) -> nn.Module:
    """The model with a `NarrowNorm` in the place of each plain nn.BatchNorm2d, in place, with the same tensors."""
    return recast(model, NarrowNorm, lambda layer: layer.affine)
