"""What all networks share: named maps out, any picture size in, their own padding cropped away."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


class NamedMaps(nn.Module):
    """A network that gives one map of logits a task.

    `tasks` names the maps in the order of the head's channels; `multiple` is what the sides are padded to.
    A subclass gives `logits`: (N, C, H, W) with sides that `multiple` divides, to (N, tasks, H, W).
    """

    def __init__(self, tasks: tuple[str, ...], multiple: int) -> None:
        super().__init__()
        if not tasks or len(set(tasks)) != len(tasks):
            raise ValueError(f"a network needs one or more different tasks, got {tasks!r}")
        self.tasks = tuple(tasks)
        self.multiple = multiple

    def forward(self, pictures: Tensor) -> dict[str, Tensor]:
        """float (N, C, H, W) to {task: logits (N, H, W)}. Raises ValueError for another shape."""
        if pictures.ndim != 4:
            raise ValueError(f"expected pictures (N, C, H, W), got a tensor of shape {tuple(pictures.shape)}")
        height, width = pictures.shape[-2:]
        maps = self.logits(pad_to_multiple(pictures, self.multiple))[..., :height, :width]
        return {task: maps[:, channel] for channel, task in enumerate(self.tasks)}

    def logits(self, pictures: Tensor) -> Tensor:
        """float (N, C, H, W), sides divisible by `multiple`, to logits (N, tasks, H, W)."""
        raise NotImplementedError


class FramedMaps(NamedMaps):
    """A U-Net that sees its input in a frame of zeros: paper P, (Z+H) x (Z+W), which doesn't give Z.

    `zero_padding` is Z. A subclass has a `head` and gives `encode`, maps of all levels, and `decode`, these to one map.
    """

    def __init__(self, tasks: tuple[str, ...], multiple: int, zero_padding: int) -> None:
        super().__init__(tasks, multiple)
        self.zero_padding = zero_padding

    def logits(self, pictures: Tensor) -> Tensor:
        """float (N, C, H, W), sides divisible by `multiple`, to logits (N, tasks, H, W)."""
        height, width = pictures.shape[-2:]
        framed = pad_to_multiple(pad_border(pictures, self.zero_padding), self.multiple)
        maps = self.head(self.decode(self.encode(framed)))
        maps = maps[..., : height + self.zero_padding, : width + self.zero_padding]
        return crop_border(maps, self.zero_padding)


def tried(model: NamedMaps) -> int:
    """Run a network in evaluation mode once on an empty picture, for hooks that look on at its layers; gives that picture's side in px."""
    side, first = 64, next(model.parameters())
    channels = next(layer.in_channels for layer in model.modules() if isinstance(layer, nn.Conv2d))
    with torch.inference_mode():
        model(torch.zeros(1, channels, side, side, dtype=first.dtype, device=first.device))
    return side


def pad_to_multiple(pictures: Tensor, multiple: int) -> Tensor:
    """Repeat the last row and column until both sides are divisible; the picture stays at the top left."""
    height, width = pictures.shape[-2:]
    below, right = -height % multiple, -width % multiple
    if not below and not right:
        return pictures
    return functional.pad(pictures, (0, right, 0, below), mode="replicate")


def pad_border(pictures: Tensor, total: int) -> Tensor:
    """Zeros around the picture, `total` rows and columns in all, half of them on each side (paper P: (Z+H) x (Z+W))."""
    before, after = total // 2, total - total // 2
    return functional.pad(pictures, (before, after, before, after))


def crop_border(maps: Tensor, total: int) -> Tensor:
    """The inverse of `pad_border`."""
    before, after = total // 2, total - total // 2
    height, width = maps.shape[-2:]
    return maps[..., before : height - after, before : width - after]


def same_size(small: Tensor, like: Tensor) -> Tensor:
    """`small`, resized bilinearly to the height and width of `like`."""
    return functional.interpolate(small, size=like.shape[-2:], mode="bilinear", align_corners=False)


def initialise(module: nn.Module) -> None:
    """He initialisation for convolutions that ReLU follows."""
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            if layer.bias is not None:
                torch.nn.init.zeros_(layer.bias)
