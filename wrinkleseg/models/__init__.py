"""The networks, and one registry of them: `build("unetpp", tasks=("wrinkle",))`.

Every network is a `NamedMaps`: pictures of any size in, one map of logits a task out, at the same size.
"""

from __future__ import annotations

from collections.abc import Callable

from wrinkleseg.models.attention_unet import EncodedAttentionUNet
from wrinkleseg.models.exact import with_exact_start
from wrinkleseg.models.folding import folded
from wrinkleseg.models.named import NamedMaps
from wrinkleseg.models.unet import UNet
from wrinkleseg.models.unetpp import UNetPlusPlus

__all__ = ["BOTH", "BUILDERS", "SOURCES", "NamedMaps", "build", "folded", "for_evaluation", "parameter_count"]

BOTH = ("wrinkle", "pore")


def _unet(tasks: tuple[str, ...] = BOTH, **settings) -> NamedMaps:
    return UNet(tasks, width=64, **settings)


def _unet_reduced(tasks: tuple[str, ...] = BOTH, **settings) -> NamedMaps:
    return UNet(tasks, width=32, **settings)


def _unet_attention(tasks: tuple[str, ...] = BOTH, **settings) -> NamedMaps:
    return UNet(tasks, width=32, attention=True, **settings)


def _wrinkle_pore(tasks: tuple[str, ...] = BOTH, zero_padding: int = 32, encoder: str = "", **settings) -> NamedMaps:
    """Paper P's network; with an `encoder`, its decoder and attentions upon that."""
    if encoder:
        return EncodedAttentionUNet(tasks, encoder, zero_padding=zero_padding, **settings)
    return UNet(tasks, width=32, attention=True, zero_padding=zero_padding, **settings)


BUILDERS: dict[str, Callable[..., NamedMaps]] = {
    "unetpp": UNetPlusPlus,
    "unet": _unet,
    "unet-reduced": _unet_reduced,
    "unet-attention": _unet_attention,
    "wrinkle-pore": _wrinkle_pore,
}

SOURCES: dict[str, str] = {
    "unetpp": "UNet++ with dice and focal loss after Bui et al., 2024",
    "unet": "U-Net after Yoon et al., 2023, Table 3",
    "unet-reduced": "reduced U-Net after Yoon et al., 2023, Table 3",
    "unet-attention": "attention U-Net after Yoon et al., 2023, Table 3",
    "wrinkle-pore": "attention U-Net with zero-padded input after Yoon et al., 2023",
}


def build(name: str, **settings) -> NamedMaps:
    """A fresh network of that name. `settings` go to its builder (`tasks`, `in_channels`, `encoder`, ...).

    Raises ValueError for an unknown name, and lists the known ones.
    """
    if name not in BUILDERS:
        raise ValueError(f"no network is called {name!r}; choose one of: {', '.join(BUILDERS)}")
    return BUILDERS[name](**settings)


def for_evaluation(model: NamedMaps) -> NamedMaps:
    """A copy that gives the same maps sooner, and nearly the same ones where it runs in bfloat16; `model` stays as it is."""
    return with_exact_start(folded(model))


def parameter_count(model: NamedMaps) -> int:
    """Number of trainable parameters."""
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
