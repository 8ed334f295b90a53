"""A run's best checkpoint, published on the Hugging Face Hub as one commit: weights, card, figures and an example."""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

import numpy as np

from train import card, state
from wrinkleseg import checkpoint, draw, geometry, hub, images, methods, portraits
from wrinkleseg.__main__ import quiet_libraries
from wrinkleseg.analysis import Analyzer
from wrinkleseg.checkpoint import CheckpointError
from wrinkleseg.inference import Runtime

FIGURES, RECORD = "rows.csv", state.RUN
OWNED = (checkpoint.CONFIG, checkpoint.WEIGHTS, hub.CARD, card.EXAMPLE, FIGURES, RECORD)
"""All that a push writes; what an earlier one left of these and this one has not is removed by the same commit."""
EXAMPLE_HEIGHT = 512


def push(run: Path, repo: str, private: bool = False, figures: Path | None = None, revision: str | None = None) -> str:
    """Publish the best checkpoint of a run; gives the name that `methods.load` takes, "hub:OWNER/NAME@COMMIT".

    run: a run's folder, which holds best/, or a checkpoint's folder; nothing in it is changed. repo: "OWNER/NAME".
    private: only its owner may see it. figures: rows.csv of `python -m eval run`, or the folder that holds it. Without them the card that lies in the
    checkpoint's folder is published, and where there is none, one that says "not measured". revision: a branch.

    Raises CheckpointError, eval.samples.DataError, hub.HubError; nothing is sent before all files are ready.
    """
    hub.address(f"{repo}@{revision}" if revision else repo)
    folder, record = _parts(run)
    with tempfile.TemporaryDirectory() as place:
        # A copy: a training that goes on may replace best/ while it is sent.
        kept = Path(shutil.copytree(folder, Path(place) / "checkpoint"))
        files = _files(kept, folder, record, repo, figures, run)
        message = f"{checkpoint.load_config(kept).model}, weights {checkpoint.weights_hash(kept)}"
        commit = hub.publish(repo, files, message, private, revision, OWNED)
    return f"{hub.PREFIX}{repo}@{commit}"


def example(folder: Path) -> bytes:
    """PNG of a portrait in the public domain, its face as it is and with a checkpoint's marks."""
    method = methods.learned(folder, Runtime.choose("cpu"), "example")
    found = Analyzer(method).analyze(portraits.hopper(), name="example")
    box = found.face.box.grown(round(0.3 * found.face.box.width)).inside(found.rgb.shape[:2])
    marked = draw.overlay(found.rgb, found.maps, found.thresholds)
    size = geometry.scaled_size(box.size, EXAMPLE_HEIGHT / box.height)
    both = [geometry.resize(geometry.crop(picture, box), size) for picture in (found.rgb, marked)]
    return images.png_bytes(np.hstack(both))


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command `push`."""
    command = commands.add_parser(
        "push", help="publish a run on the Hugging Face Hub", description=_DESCRIPTION.format(", ".join(OWNED))
    )
    command.add_argument("run", type=Path, help="a run's folder, or a checkpoint's, such as assets/models/unetpp")
    command.add_argument("--repo", required=True, metavar="OWNER/NAME", help="where to; it is made if it is absent")
    command.add_argument("--private", action="store_true", help="only its owner may see it")
    command.add_argument("--figures", type=Path, help="rows.csv of python -m eval run, for the model card")
    command.add_argument("--revision", metavar="BRANCH", help="a branch, made if it is absent (main)")
    command.set_defaults(command=_command)


def _command(options: argparse.Namespace) -> str:
    with quiet_libraries():
        name = push(options.run, options.repo, options.private, options.figures, options.revision)
    return f"published: {name}"


def _parts(run: Path) -> tuple[Path, Path]:
    """The checkpoint's folder of a run, and where the run's record lies if it has one."""
    folder = run / "best" if (run / "best" / checkpoint.CONFIG).is_file() else run
    if not (folder / checkpoint.CONFIG).is_file():
        raise CheckpointError(f"no best/{checkpoint.CONFIG} and no {checkpoint.CONFIG} in {run}: give a run's folder")
    beside = folder.parent if folder.resolve().name == "best" else folder
    return folder, beside / RECORD


def _files(
    kept: Path, folder: Path, record: Path, repo: str, figures: Path | None, run: Path
) -> dict[str, Path | bytes]:
    """What is published, by its path in the repository. kept: a copy of the checkpoint that lies in `folder`."""
    config, model = checkpoint.load(kept)
    files: dict[str, Path | bytes] = {name: kept / name for name in (checkpoint.CONFIG, checkpoint.WEIGHTS)}
    files[card.EXAMPLE] = example(kept)
    if record.is_file():
        files[RECORD] = record.read_bytes()
    if figures is None and (kept / hub.CARD).is_file():
        return files | {hub.CARD: kept / hub.CARD}
    rows = None
    if figures is not None:
        rows = card.figures(figures, config, [folder, run])
        files[FIGURES] = card.table_path(figures).read_bytes()
    return files | {hub.CARD: card.card(config, model, rows, repo, example=True).encode()}


_DESCRIPTION = """Publish a run's best checkpoint as one commit: {}.
The token comes from HF_TOKEN or from `hf auth login`; HF_ENDPOINT names another Hub than huggingface.co."""
