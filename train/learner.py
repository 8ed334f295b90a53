"""What learns: the network, its running mean and the optimiser, on one device or as one of several processes."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import torch
from accelerate import Accelerator
from accelerate.utils import DistributedDataParallelKwargs, InitProcessGroupKwargs
from torch import Tensor, nn
from torch.optim import AdamW

from train import batchnorm
from train.config import Run
from train.ema import WeightMean
from train.losses import Loss, weighted_sum
from train.start import first_model
from train.state import Diverged
from wrinkleseg.inference import Runtime
from wrinkleseg.models import NamedMaps

ENCODER = "encoder."
_MOMENTS = ("exp_avg", "exp_avg_sq", "step")
_PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}
# The other processes wait while the first one looks at the validation photos.
_PATIENCE = timedelta(hours=4)


@dataclass(frozen=True)
class Learner:
    """One process' share of what learns.

    network: the model as it is called, which gathers gradients over processes; model: the same weights under plain names.
    """

    run: Run
    accelerator: Accelerator
    runtime: Runtime
    network: nn.Module
    model: NamedMaps
    mean: WeightMean
    optimiser: AdamW
    losses: dict[str, Loss]

    @classmethod
    def first(cls, run: Run, accelerator: Accelerator) -> Learner:
        """Before the first step. Raises ConfigError and CheckpointError where first weights don't fit."""
        torch.manual_seed(run.seed)
        runtime = _runtime(run, accelerator)
        model = first_model(run).to(runtime.device, memory_format=_layout(run))
        mean = WeightMean(model, run.average)
        if accelerator.num_processes > 1:
            batchnorm.share(model)
        optimiser = AdamW(groups(model, run), lr=run.rate, fused=True)  # in a quarter of the time
        network = accelerator.prepare(model)
        losses = {task: weighted_sum(run.losses[task]) for task in run.batch}
        return cls(run, accelerator, runtime, network, model, mean, optimiser, losses)

    def begin(self, step: int) -> None:
        """Make what follows depend on the step's number alone: chance and learning rate."""
        key = (self.run.seed, step, self.accelerator.process_index)
        torch.manual_seed(int(np.random.SeedSequence(key).generate_state(1)[0]))
        share = warm_cosine(step - 1, self.run.warm_up, self.run.steps)
        for group in self.optimiser.param_groups:
            group["lr"] = group["highest"] * share
        self.model.train()
        self.optimiser.zero_grad(set_to_none=True)

    def forward(self, inputs: Tensor) -> dict[str, Tensor]:
        """float32 (N, C, H, W) to {task: logits (N, H, W)}, in the run's precision."""
        with self.runtime.autocast():
            return self.network(inputs.to(memory_format=_layout(self.run)))

    def improve(self, loss: Tensor, step: int) -> None:
        """One step down the gradient of `loss`, which is the mean over processes. Raises Diverged, weights untouched."""
        self.accelerator.backward(loss)
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), self.run.clip)
        if not norm.isfinite():
            raise Diverged(step, self.run.rate)
        self.optimiser.step()
        self.mean.update(self.model, step)

    def agree(self, loss: Tensor, signal: int) -> tuple[Tensor, int]:
        """The loss over all processes, and the signal that any of them got: all must stop at the same step."""
        if self.accelerator.num_processes == 1:
            return loss, signal
        both = self.accelerator.gather(torch.stack([loss, loss.new_tensor(float(signal))])[None])
        return both[:, 0].mean(), int(both[:, 1].max())

    def tensors(self) -> dict[str, Tensor]:
        """All that learning changes, by name: weights, their mean, AdamW's moments."""
        parts = {f"model.{name}": value for name, value in self.model.state_dict().items()}
        parts |= {f"mean.{name}": value for name, value in self.mean.model.state_dict().items()}
        for name, parameter in self.model.named_parameters():
            state = self.optimiser.state.get(parameter, {})
            parts |= {f"{moment}.{name}": state[moment] for moment in _MOMENTS if moment in state}
        return parts

    def take(self, tensors: dict[str, Tensor]) -> None:
        """The inverse of `tensors`."""
        for before, module in (("model.", self.model), ("mean.", self.mean.model)):
            own = {name: value for name, value in tensors.items() if name.startswith(before)}
            module.load_state_dict({name.removeprefix(before): value for name, value in own.items()})
        for name, parameter in self.model.named_parameters():
            moments = {moment: tensors[key] for moment in _MOMENTS if (key := f"{moment}.{name}") in tensors}
            if moments:
                self.optimiser.state[parameter] = {key: _like(value, parameter) for key, value in moments.items()}


def open_accelerator(run: Run, device: str) -> Accelerator:
    """One process, or one of those that `accelerate launch` started. Raises DeviceError."""
    on_cpu = Runtime.choose(device).device.type == "cpu"
    # A network may hold heads of tasks that this run has no crops of.
    gathering = DistributedDataParallelKwargs(find_unused_parameters=set(run.tasks) != set(run.batch))
    return Accelerator(
        cpu=on_cpu, mixed_precision="no", kwargs_handlers=[gathering, InitProcessGroupKwargs(timeout=_PATIENCE)]
    )


def warm_cosine(step: int, warm_up: int, steps: int) -> float:
    """Share of the highest learning rate: up in a line over `warm_up` steps, then down to 0 along a cosine."""
    if step < warm_up:
        return (step + 1) / warm_up
    return 0.5 * (1 + math.cos(math.pi * min(1.0, (step - warm_up) / max(1, steps - warm_up))))


def groups(model: nn.Module, run: Run) -> list[dict]:
    """AdamW's groups: weights of convolutions decay, biases and batch norm's scales don't; the encoder has its own rate."""
    found: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        found.setdefault((ENCODER in name, parameter.ndim > 1), []).append(parameter)
    return [
        {
            "params": parameters,
            "weight_decay": run.weight_decay if decays else 0.0,
            "highest": run.rate * (run.encoder_rate if in_encoder else 1.0),
        }
        for (in_encoder, decays), parameters in found.items()
    ]


def _runtime(run: Run, accelerator: Accelerator) -> Runtime:
    """The process' own device, in the precision that the run asks for."""
    chosen = Runtime.choose("cpu" if accelerator.device.type == "cpu" else "cuda")
    precision = _PRECISIONS.get(run.precision, chosen.precision)
    return dataclasses.replace(chosen, device=accelerator.device, precision=precision)


def _layout(run: Run) -> torch.memory_format:
    return torch.channels_last if run.channels_last else torch.contiguous_format


def _like(value: Tensor, parameter: Tensor) -> Tensor:
    """A moment as AdamW would have made it: where its parameter lies, and of the parameter's shape in its memory layout too.

    A fused AdamW wants its counter, which has no shape, beside the parameter as well.
    """
    return torch.empty_like(parameter).detach().copy_(value) if value.ndim else value.to(parameter.device)
