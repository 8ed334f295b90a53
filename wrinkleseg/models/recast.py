"""Layers of other libraries that compute the same in a way that a processor runs faster."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn


def recast(model: nn.Module, kind: type[nn.Module], fits: Callable[[nn.Module], bool]) -> nn.Module:
    """The model, in place, in which each layer that `fits` is of `kind`, with its own tensors, settings and name.

    kind: a class without state of its own. Only layers of just its parent's class are taken: a library's own subclass may
    compute something else.
    """
    for layer in model.modules():
        if type(layer) is kind.__base__ and fits(layer):
            layer.__class__ = kind
    return model
