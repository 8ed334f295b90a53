"""Five trainings, each with another fifth of the photos kept aside, so that every photo is scored by weights that never saw it."""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd

from eval.splits import FOLDS
from eval.summary import ROWS, text
from train.config import ConfigError, Run
from train.loop import fit
from train.options import add_data, add_settings, settled
from train.presets import PRESETS, preset
from train.scoring import scored
from train.state import check_result
from wrinkleseg import methods
from wrinkleseg.inference import DEVICES, Runtime


def cross_validate(run: Run, output: Path, device: str = "auto") -> str:
    """Train and score every fold; gives the table as Markdown and writes it and the rows to `output`.

    Each fold's threshold is chosen on its own validation photos. What is finished is not done again when the command is
    given a second time. Raises ConfigError for a run without wrinkles or whose weights or teacher may have seen the
    photos kept aside, StateError where what is finished there is of another run.
    """
    if run.start not in ("", "imagenet") or run.teacher:
        raise ConfigError(
            f"folds need a run from scratch: start {run.start!r} and teacher {run.teacher!r} may have seen the photos that"
            " are kept aside; use start imagenet and --source human"
        )
    if "wrinkle" not in run.batch:
        raise ConfigError(f"folds are of photos with wrinkle masks; this run has crops of {', '.join(run.batch)} only")
    rows = pd.concat(
        [_fold(run.changed({"fold": number}), output / f"fold{number}", device) for number in range(FOLDS)]
    )
    rows.to_csv(output / ROWS, index=False)
    table = text(rows)
    (output / "table.md").write_text(table + "\n")
    return table


def _fold(run: Run, output: Path, device: str) -> pd.DataFrame:
    """Rows of the photos that this fold keeps aside."""
    if (output / ROWS).is_file():
        check_result(output / ROWS, output, run)
    else:
        checkpoint = fit(run, output, device, resume=output.exists())
        method = methods.learned(checkpoint, Runtime.choose(device), run.model)
        wrinkles = method.only(("wrinkle",))
        rows = scored(wrinkles, run)
        rows.assign(fold=run.fold).to_csv(output / ROWS, index=False)
    return pd.read_csv(output / ROWS)


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command `folds`."""
    command = commands.add_parser("folds", help="five trainings that score every photo", description=__doc__)
    command.add_argument("preset", choices=PRESETS, help="which recipe")
    command.add_argument("--output", type=Path, help="folder (runs/folds)", default=Path("runs/folds"))
    command.add_argument("--device", choices=DEVICES, default="auto", help="where to compute (%(default)s)")
    add_data(command)
    add_settings(command, without=("fold", "learn_from"))
    command.set_defaults(command=_command)


def _command(options: argparse.Namespace) -> str:
    return cross_validate(settled(preset(options.preset), options), options.output, options.device)
