"""Photos a second on a GPU, beside the same network in eager float32, and what share of the chip's roofline that is."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from eval.speed.scenes import SIDE
from eval.speed.selfie import NAME, plain_network
from eval.speed.timing import ROUNDS, Ratio, in_turns, summed_up
from wrinkleseg import methods
from wrinkleseg.models import NamedMaps

ASKED = 10.0
BATCHES = (4, 8, 16, 32)


class NoGPU(RuntimeError):
    """There is no CUDA device: what is measured on one is left out, and said so."""


def ratio(rounds: int = ROUNDS) -> Ratio:
    """Photos of 1024x1024 through the network, at the batch that is fastest, ours compiled. Raises NoGPU."""
    if not torch.cuda.is_available():
        raise NoGPU("no CUDA device is here")
    ours, eager = methods.load(NAME, "cuda"), plain_network(torch.device("cuda"))
    fast = torch.compile(ours.model.to(torch.bfloat16), mode="max-autotune-no-cudagraphs")
    batch = max(BATCHES, key=lambda count: _photos_a_second(_call(fast, count, torch.bfloat16), count))
    quick, slow = _call(fast, batch, torch.bfloat16), _call(eager, 1, torch.float32)
    taken = in_turns(quick, slow, rounds) / [batch, 1]
    flops, least = _work(eager)
    facts = {
        "batch": float(batch),
        "photos a second": float(1 / np.median(taken[:, 0])),
        "billions of operations a photo": flops / 1e9,
        **_roofline(float(np.median(taken[:, 0])), flops, least),
    }
    words = "bfloat16, channels-last, compiled, in batches", "float32, eager, NCHW, one by one"
    return summed_up("a photo through the network on a GPU", words, taken, ASKED, facts)


def attainable(flops: float, moved: float, peak_flops: float, peak_bytes: float) -> float:
    """Seconds that a chip needs at least (Williams et al., 2009): whichever is longer, to compute or to move."""
    return max(flops / peak_flops, moved / peak_bytes)


def _call(model: NamedMaps, batch: int, kind: torch.dtype) -> Callable[[], None]:
    layout = torch.channels_last if kind == torch.bfloat16 else torch.contiguous_format
    pictures = torch.rand(batch, _channels(model), SIDE, SIDE, device="cuda", dtype=kind).to(memory_format=layout)

    def call() -> None:
        with torch.inference_mode():
            model(pictures)
        torch.cuda.synchronize()

    return call


def _channels(model: NamedMaps) -> int:
    return next(parameter.shape[1] for parameter in model.parameters() if parameter.ndim == 4)


def _photos_a_second(call: Callable[[], None], batch: int) -> float:
    call(), call()
    start = time.perf_counter()
    call()
    return batch / (time.perf_counter() - start)


def _work(model: NamedMaps, side: int = SIDE) -> tuple[float, float]:
    """Operations of one photo of side x side, and the bytes that must be moved at least, on the device where `model` lies.

    Those are each convolution's result in bfloat16, out and in again. What stands between two convolutions needs no way
    of its own: batch norm is folded into the weights, and a compiler applies activations to what is in the registers.
    """
    picture = torch.rand(1, _channels(model), side, side, device=next(model.parameters()).device)
    moved, handles = [], []
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            handles.append(layer.register_forward_hook(lambda _, __, result: moved.append(4 * result.numel())))
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        model(picture)
    for handle in handles:
        handle.remove()
    return float(counter.get_total_flops()), float(sum(moved))


def _roofline(seconds: float, flops: float, moved: float) -> dict[str, float]:
    """Against the chip's own peaks, measured here and now: a large product of matrices, a large copy."""
    peak_flops, peak_bytes = _peak_flops(), _peak_bytes()
    return {
        "peak, TFLOP/s": peak_flops / 1e12,
        "peak, GB/s": peak_bytes / 1e9,
        "share of the roofline": attainable(flops, moved, peak_flops, peak_bytes) / seconds,
    }


def _peak_flops(side: int = 8192) -> float:
    a, b = (torch.rand(side, side, device="cuda", dtype=torch.bfloat16) for _ in range(2))
    return 2 * side**3 / _best(lambda: a @ b)


def _peak_bytes(count: int = 2**30) -> float:
    source = torch.empty(count, dtype=torch.uint8, device="cuda")
    target = torch.empty_like(source)
    return 2 * count / _best(lambda: target.copy_(source))


def _best(call: Callable[[], object], rounds: int = 10) -> float:
    call()
    taken = []
    for _ in range(rounds):
        torch.cuda.synchronize()
        start = time.perf_counter()
        call()
        torch.cuda.synchronize()
        taken.append(time.perf_counter() - start)
    return min(taken)
