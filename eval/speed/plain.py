"""The other side of a ratio: a network as its library builds it, nothing folded, split or laid out anew."""

from __future__ import annotations

import segmentation_models_pytorch as smp
import torch
from torch import Tensor, nn

from wrinkleseg.models import NamedMaps
from wrinkleseg.models.named import pad_to_multiple
from wrinkleseg.models.unetpp import UNetPlusPlus


class PlainUNetPlusPlus(nn.Module):
    """segmentation_models.pytorch's UNet++ in float32 and NCHW, with the weights of one of ours.

    settings: what our builder takes, as `Config.settings` holds it.
    """

    def __init__(self, settings: dict, ours: UNetPlusPlus) -> None:
        super().__init__()
        own = {name: value for name, value in settings.items() if name not in ("tasks", "encoder_weights")}
        self.tasks, self.multiple = ours.tasks, ours.multiple
        self.network = smp.UnetPlusPlus(
            own.pop("encoder", "efficientnet-b0"), encoder_weights=None, classes=len(self.tasks), **own
        )
        self.network.load_state_dict(ours.network.state_dict())
        self.float().to(memory_format=torch.contiguous_format)

    def forward(self, pictures: Tensor) -> dict[str, Tensor]:
        """float (N, C, H, W) to {task: logits (N, H, W)}."""
        height, width = pictures.shape[-2:]
        maps = self.network(pad_to_multiple(pictures, self.multiple))[..., :height, :width]
        return {task: maps[:, channel] for channel, task in enumerate(self.tasks)}


def plain(settings: dict, ours: NamedMaps) -> nn.Module:
    """The library's network where there is one, else ours, in float32 and NCHW, with the same weights."""
    if isinstance(ours, UNetPlusPlus):
        return PlainUNetPlusPlus(settings, ours)
    return ours.float().to(memory_format=torch.contiguous_format)
