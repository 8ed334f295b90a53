"""UNet++ (Zhou et al., 2018), the network of paper W, as segmentation_models.pytorch builds it."""

from __future__ import annotations

import segmentation_models_pytorch as smp
from torch import Tensor, nn

from wrinkleseg.models.dense_decoder import DenseDecoder
from wrinkleseg.models.depthwise import exact_depthwise
from wrinkleseg.models.named import NamedMaps
from wrinkleseg.models.narrow_norm import narrow_norms
from wrinkleseg.models.same_padding import evenly_strided


class PlainUNetPlusPlus(NamedMaps):
    """UNet++ with any encoder that segmentation_models.pytorch knows, as that builds it.

    Args:
        tasks: names of the maps, in order.
        encoder: an encoder's name. Paper W doesn't name its own; its sister paper used "resnext50_32x4d".
        encoder_weights: "imagenet" starts from pretrained weights (a download), None from random ones.
        decoder_channels: channels of the decoder's five levels, the deepest first.
        in_channels: channels of the input.
    """

    def __init__(
        self,
        tasks: tuple[str, ...] = ("wrinkle",),
        encoder: str = "efficientnet-b0",
        encoder_weights: str | None = None,
        decoder_channels: tuple[int, ...] = (256, 128, 64, 32, 16),
        in_channels: int = 3,
    ) -> None:
        super().__init__(tasks, multiple=32)
        self.network = smp.UnetPlusPlus(
            encoder,
            encoder_weights=encoder_weights,
            decoder_channels=tuple(decoder_channels),
            in_channels=in_channels,
            classes=len(tasks),
        )
        nn.init.constant_(self.network.segmentation_head[0].bias, -3.0)  # wrinkles are rare: begin near their rate

    @property
    def encoder(self) -> nn.Module:
        """The part that may have seen ImageNet."""
        return self.network.encoder

    def logits(self, pictures: Tensor) -> Tensor:
        """float (N, C, H, W), sides divisible by 32, to logits (N, tasks, H, W)."""
        return self.network(pictures)


class UNetPlusPlus(PlainUNetPlusPlus):
    """The same network, with the same settings and tensors, in a form that a processor runs faster."""

    def __init__(self, *settings, **named_settings) -> None:
        super().__init__(*settings, **named_settings)
        evenly_strided(exact_depthwise(self.network.encoder))
        self.network.decoder = narrow_norms(DenseDecoder(self.network.decoder))
