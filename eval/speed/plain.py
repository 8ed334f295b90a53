"""The other side of a ratio: a network as its library builds it, nothing folded, split or laid out anew."""

from __future__ import annotations

import torch

from wrinkleseg.models import NamedMaps
from wrinkleseg.models.unetpp import PlainUNetPlusPlus, UNetPlusPlus


def plain(settings: dict, ours: NamedMaps) -> NamedMaps:
    """segmentation_models.pytorch's network where `ours` is one of its, else `ours`; in float32 and NCHW, the same weights.

    settings: what our builder takes, as `Config.settings` holds it.
    """
    network = ours
    if isinstance(ours, UNetPlusPlus):
        network = PlainUNetPlusPlus(**settings)
        network.load_state_dict(ours.state_dict())
    return network.float().to(memory_format=torch.contiguous_format)
