"""Variants under one budget: paper P's four networks, paper W's losses, and what data and pretraining give."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from eval.summary import COLUMNS, ROWS
from train.config import Run
from train.data import kept_aside
from train.loop import fit
from train.options import add_data, data_changes, one_task
from train.presets import BALANCED, DICE_FOCAL, best, unet, unet_attention, unet_reduced, wrinkle_pore
from train.scoring import scored
from train.sources import OF_FACES, source_names
from train.state import check_result
from wrinkleseg import methods
from wrinkleseg.inference import DEVICES, Runtime


@dataclass(frozen=True)
class Variant:
    """One line of the table.

    runs: trained one after the other, each from the weights of the one before. published: IoU by task that a paper gives,
    on other data.
    """

    name: str
    runs: tuple[Run, ...]
    published: dict[str, float]


def networks() -> list[Variant]:
    """Paper P, Table 3."""
    return [
        Variant("U-Net", (unet(),), {"wrinkle": 0.2078, "pore": 0.3601}),
        Variant("reduced U-Net", (unet_reduced(),), {"wrinkle": 0.2147, "pore": 0.3646}),
        Variant("+ attentions", (unet_attention(),), {"wrinkle": 0.2250, "pore": 0.3714}),
        Variant("+ zero-padding (proposed)", (wrinkle_pore(),), {"wrinkle": 0.2341, "pore": 0.4032}),
    ]


def losses() -> list[Variant]:
    """Paper W's loss and the four of its sister paper (KSII TIIS 18(8), 2024), on one UNet++."""
    variants = {
        "BCE": ({"bce": 1.0}, 0.3363),
        "dice": ({"dice": 1.0}, 0.4358),
        "focal": ({"focal": 1.0}, 0.4148),
        "BCE + dice": ({"bce": 1.0, "dice": 1.0}, 0.4436),
        "dice + focal (paper W)": (DICE_FOCAL, 0.4275),
        "dice + 10 focal": (BALANCED, None),
        "dice + 10 focal + clDice": (BALANCED | {"cldice": 0.5}, None),
    }
    return [
        Variant(name, (best().changed({"losses": {"wrinkle": parts}}),), {} if iou is None else {"wrinkle": iou})
        for name, (parts, iou) in variants.items()
    ]


def data() -> list[Variant]:
    """What synthetic wrinkles, weak pretraining, the texture channel and an encoder that has seen ImageNet give."""
    human = best()
    random = human.changed({"start": ""})
    mixed = {"wrinkle": {"human": 5, "synthetic": 2}}
    pretraining = random.changed({"batch": {"wrinkle": {"weak": 7}}, "losses": {"wrinkle": {"mse": 1.0}}})
    rgb = human.changed(
        {
            "settings": {**human.settings, "in_channels": 3},
            "preprocess": replace(human.preprocess, texture=False),
        }
    )
    return [
        Variant("random weights", (random,), {}),
        Variant("random + synthetic", (random.changed({"batch": mixed}),), {}),
        Variant("texture maps, then masks", (pretraining, random), {}),
        Variant("ImageNet", (human,), {}),
        Variant("ImageNet + synthetic", (human.changed({"batch": mixed}),), {}),
        Variant("ImageNet, RGB only", (rgb,), {}),
    ]


FAMILIES: dict[str, Callable[[], list[Variant]]] = {"networks": networks, "losses": losses, "data": data}


@dataclass(frozen=True)
class Budget:
    """What every variant gets: steps of each run, side of the crops, and one training for each seed."""

    steps: int = 300
    crop: int = 160
    seeds: tuple[int, ...] = (1, 2, 3)


def ablate(
    family: str,
    budget: Budget,
    output: Path,
    device: str = "auto",
    changes: Mapping | None = None,
    task: str = "",
) -> str:
    """Train and score every variant on the test photos; gives the table as Markdown and writes it to `output`.

    changes: settings of every run, such as `data`, in place of its own. task: the only one to train, "" for all.
    What is finished is not done again when the command is given a second time. Raises StateError where what is finished
    there was made under another budget or of other photos, ConfigError for a task that is not trained there.
    """
    variants = [_adapted(variant, changes or {}, task) for variant in FAMILIES[family]()]
    kept_aside(variants[0].runs[0])  # before hours of training: are there photos to score them on?
    rows = pd.concat(
        [_rows(variant, seed, budget, output / family, device) for variant in variants for seed in budget.seeds]
    )
    table = _table(variants, rows, budget)
    (output / family / "table.md").write_text(table + "\n")
    rows.to_csv(output / family / ROWS, index=False)
    return table


def _adapted(variant: Variant, changes: Mapping, task: str) -> Variant:
    """The variant with those settings and that task alone."""
    return replace(variant, runs=tuple(_changed(run, changes, task) for run in variant.runs))


def _changed(run: Run, changes: Mapping, task: str) -> Run:
    batch = one_task(run.batch, task) if task else run.batch
    # Of one family's runs some draw from faces without masks and some do not.
    asked = {name: value for name, value in changes.items() if name != "faces" or source_names(batch) & OF_FACES}
    return run.changed({**asked, "batch": batch})


def _rows(variant: Variant, seed: int, budget: Budget, output: Path, device: str) -> pd.DataFrame:
    folder = output / _slug(variant.name) / f"seed{seed}"
    runs = _planned(variant, seed, budget, folder)
    if (folder / ROWS).is_file():
        for part, run in runs.items():
            check_result(folder / ROWS, part, run)
    else:
        rows = _score(_train(runs, device), variant.runs[-1], device)
        rows.assign(variant=variant.name, seed=seed).to_csv(folder / ROWS, index=False)
    return pd.read_csv(folder / ROWS)


def _planned(variant: Variant, seed: int, budget: Budget, folder: Path) -> dict[Path, Run]:
    """A variant's runs by their folder, each from the weights of the one before."""
    runs: dict[Path, Run] = {}
    for number, run in enumerate(variant.runs):
        start = {"start": str(folder / f"run{number - 1}" / "best")} if number else {}
        runs[folder / f"run{number}"] = run.changed(_within(budget, run) | start | {"seed": seed})
    return runs


def _train(runs: dict[Path, Run], device: str) -> Path:
    """The last run's checkpoint. A run that was cut off goes on where it was."""
    return [fit(run, part, device, resume=part.exists()) for part, run in runs.items()][-1]


def _within(budget: Budget, run: Run) -> dict:
    plans = {task: replace(plan, crop=budget.crop) for task, plan in run.augment.items()}
    # Published rates were chosen for far longer runs; under a small budget all take the same one.
    return {
        "steps": budget.steps,
        "augment": plans,
        "rate": 1e-3,
        "warm_up": budget.steps // 10,
        "validate_every": budget.steps,
        "average": 0.98,
    }


def _score(checkpoint: Path, run: Run, device: str) -> pd.DataFrame:
    method = methods.learned(checkpoint, Runtime.choose(device), run.model).only(tuple(run.batch))
    rows = scored(method, run)
    return rows.assign(parameters=method.info.parameters)


def _table(variants: list[Variant], rows: pd.DataFrame, budget: Budget) -> str:
    lines = [
        f"{budget.steps} steps of {budget.crop} px crops, {len(budget.seeds)} seed(s): mean over seeds (spread: standard"
        " deviation). Published figures are from other data and longer training.",
        "",
        "| variant | parameters | task | annotator | photos | IoU | F1 | clDice | centreline F1 (pores: F1 of centres) | published IoU |",
        "| --- " * 10 + "|",
    ]
    return "\n".join([*lines, *(line for variant in variants for line in _lines(variant, rows))])


def _lines(variant: Variant, rows: pd.DataFrame) -> Iterator[str]:
    own = rows[rows["variant"] == variant.name]
    for (task, annotator), part in own.groupby(["task", "annotator"], sort=False, dropna=False):
        seeds = part.groupby("seed")[COLUMNS].mean()
        figures = " | ".join(_spread(seeds[column]) for column in COLUMNS)
        published = variant.published.get(task)
        millions, photos = part["parameters"].iloc[0] / 1e6, part["name"].nunique()
        yield (
            f"| {variant.name} | {millions:.2f} M | {task} | {annotator} | {photos} | {figures} |"
            f" {'-' if published is None else f'{published:.3f}'} |"
        )


def _spread(values: pd.Series) -> str:
    if values.isna().all():
        return "-"
    return f"{values.mean():.3f} ({values.std(ddof=1):.3f})" if len(values) > 1 else f"{values.mean():.3f}"


def _slug(name: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in name.lower()).strip("-")


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command `ablation`."""
    command = commands.add_parser("ablation", help="train variants under one budget, as a table", description=__doc__)
    command.add_argument("family", choices=FAMILIES, help="; ".join(f"{n}: {f.__doc__}" for n, f in FAMILIES.items()))
    command.add_argument("--steps", type=int, default=Budget.steps, help="steps of each run (%(default)s)")
    command.add_argument("--crop", type=int, default=Budget.crop, help="side of the crops, px (%(default)s)")
    command.add_argument("--seeds", type=int, nargs="+", default=Budget.seeds, help="one training each (1 2 3)")
    command.add_argument("--only", choices=("wrinkle", "pore"), help="train one of the tasks")
    command.add_argument("--output", type=Path, default=Path("runs/ablation"), help="folder (%(default)s)")
    command.add_argument("--device", choices=DEVICES, default="auto", help="where to compute (%(default)s)")
    add_data(command)
    command.set_defaults(command=_command)


def _command(options: argparse.Namespace) -> str:
    budget = Budget(options.steps, options.crop, tuple(options.seeds))
    changes, task = data_changes(options), options.only or ""
    return ablate(options.family, budget, options.output, options.device, changes, task)
