"""Batch normalisations folded into the convolutions before them: the same maps, one pass over memory less for each."""

from __future__ import annotations

import copy

from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

from wrinkleseg.models.dense_decoder import DenseConvolution
from wrinkleseg.models.named import NamedMaps, tried


def folded(model: NamedMaps) -> NamedMaps:
    """A copy for evaluation whose normalisations are part of the convolutions that they follow (Jacob et al., 2018, 3.2).

    What only training needs is left behind. Maps agree within rounding; `model` stays as it is.
    """
    result = copy.deepcopy(model).eval()
    names = {layer: name for name, layer in result.named_modules()}
    for convolution, norm in _followers(result):
        _fold(convolution, norm)
        result.set_submodule(names[norm], _rest(norm))
    for layer in result.modules():
        if isinstance(layer, DenseConvolution):
            layer.settle()
    return result


def _followers(model: NamedMaps) -> list[tuple[nn.Conv2d, nn.BatchNorm2d]]:
    """Convolutions and the normalisations that take just what these give, found by looking on while the network runs."""
    made: dict[int, tuple[Tensor, nn.Conv2d]] = {}  # tensors are kept, so that no later one has the same id
    found = []
    used: list[nn.Module] = []

    def gives(layer: nn.Conv2d, _: tuple, output: Tensor) -> None:
        made[id(output)] = output, layer
        used.append(layer)

    def takes(layer: nn.BatchNorm2d, inputs: tuple) -> None:
        used.append(layer)
        if id(inputs[0]) in made:
            found.append((made[id(inputs[0])][1], layer))

    handles = [layer.register_forward_hook(gives) for layer in model.modules() if isinstance(layer, nn.Conv2d)]
    norms = [layer for layer in model.modules() if isinstance(layer, nn.BatchNorm2d) and layer.track_running_stats]
    handles += [layer.register_forward_pre_hook(takes) for layer in norms]
    tried(model)
    for handle in handles:
        handle.remove()
    return [pair for pair in found if all(used.count(layer) == 1 for layer in pair)]


def _fold(convolution: nn.Conv2d, norm: nn.BatchNorm2d) -> None:
    convolution.weight, convolution.bias = fuse_conv_bn_weights(
        convolution.weight, convolution.bias, norm.running_mean, norm.running_var, norm.eps, norm.weight, norm.bias
    )


def _rest(norm: nn.BatchNorm2d) -> nn.Module:
    """What a normalisation does besides: timm's apply a dropout and an activation as well."""
    return nn.Sequential(*(getattr(norm, part) for part in ("drop", "act") if hasattr(norm, part)))
