"""The model card: what the weights are, how well they do, what they learnt from, in words and in the Hub's own metadata."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection, Iterator
from pathlib import Path

import pandas as pd
from huggingface_hub import EvalResult, ModelCardData

from eval import references
from eval.samples import SPLITS, DataError
from eval.summary import COLUMNS, ROWS, headings, text
from train.ancestry import OFFICIAL, layouts, own_faces, sides, strange
from train.config import IMAGENET
from wrinkleseg import checkpoint, methods, models

LICENCE = "CC BY-NC-SA 4.0 (non-commercial)"
EXAMPLE = "example.png"
BESIDE = (*references.NAMES, "frangi-plain", "frangi", "pores-dog", "pores-kmeans")
"""Rows that stand in a card beside the network's own."""

_TASKS = {"wrinkle": "wrinkles", "pore": "pores"}
# What the Hub calls a data set (type), for people (name) and its part (config), by task and annotator.
_DATASETS = {
    ("wrinkle", "A"): ("ffhq-wrinkles", "Flickr-Faces-HQ with wrinkles marked by annotator A", "annotator-A"),
    ("wrinkle", "B"): ("ffhq-wrinkles", "Flickr-Faces-HQ with wrinkles marked by annotator B", "annotator-B"),
    ("pore", "pores"): ("porenet-half-face", "Half face with outlined pores, kept-aside stripes", "zone"),
}
_METRICS = {"iou": "iou", "f1": "f1", "cldice": "cldice", "line_f1": "centreline_f1"}


def card(
    config: checkpoint.Config,
    model: models.NamedMaps,
    rows: pd.DataFrame | None,
    repo: str = "",
    example: bool = False,
) -> str:
    """The model card, Markdown with the Hub's front matter.

    rows: scores as `figures` gives them; None leaves the card without figures and says so. repo: where it will be
    published, "OWNER/NAME", for the command that fetches it. example: whether `EXAMPLE` lies beside the card.
    """
    tasks = config.settings["tasks"]
    return _CARD.format(
        front_matter=_metadata(config, rows).to_yaml(),
        title=_title(config),
        tasks=" and ".join(_TASKS[task] for task in tasks),
        source=config.source or models.SOURCES[config.model],
        example=_EXAMPLE.format(picture=EXAMPLE) if example else "",
        network=f"`{config.model}`, {models.parameter_count(model) / 1e6:.1f} million parameters",
        width=", ".join(f"{width} px for {task}s" for task, width in config.preprocess.face_width.items()),
        crisp="".join(f" The sides of {task}s are made steep (`masks.crisp`)." for task in config.preprocess.crisp),
        thresholds=", ".join(f"{task} {value:.3f}" for task, value in config.thresholds.items()),
        training=_history(config),
        usage=_USAGE.format(repo=repo) if repo else "",
        figures=_figures(config.model, rows),
        data="\n".join(_data(config)),
        taught=_FEW if licence(config.training) else "",
    )


def figures(path: Path, config: checkpoint.Config, folders: Collection[Path]) -> pd.DataFrame:
    """Rows of rows.csv (`python -m eval run`, or the results folder that holds it) for a card: the network's own, called by its name, and those of `BESIDE`.

    folders: where this checkpoint lies; a row is its own if it was measured under one of these paths, or under its name
    where the shipped weights of that name are the same. Raises DataError where there is no such row, where the file is
    no table of scores, or where the weights learnt from its photos or their thresholds were chosen on them.
    """
    if "test" in sides(config.training):
        raise DataError(
            f"these weights learnt from the photos of {path}, which flatters them: publish without --figures"
        )
    if other := strange(config.training):
        raise DataError(
            f"these weights learnt from {other}, where photos of {path} may be among those that teach, which flatters"
            " them: publish without --figures"
        )
    rows, name = _read(path), config.model
    own = {method for method in rows["method"].unique() if _is_own(str(method), name, folders)}
    if not own:
        measured = ", ".join(sorted(set(rows["method"].astype(str)) - set(BESIDE))) or "no network"
        raise DataError(
            f"{path} has no scores of these weights, only of {measured}: "
            f"python -m eval run --methods {next(iter(folders), name)},frangi --output DIR"
        )
    kept = rows[rows["method"].isin(own | set(BESIDE))]
    return kept.assign(method=kept["method"].where(~kept["method"].isin(own), name))


def results(config: checkpoint.Config, rows: pd.DataFrame) -> Iterator[EvalResult]:
    """The network's own scores as the Hub keeps them: one for each data set and metric, the mean over photos."""
    own = rows[rows["method"] == config.model]
    for (task, annotator), part in own.groupby(["task", "annotator"], sort=False):
        kind, title, subset = _DATASETS.get((task, annotator), (f"{task}s", f"{task}s, {annotator}", str(annotator)))
        for column in COLUMNS:
            value = part[column].mean()
            if pd.notna(value):
                yield EvalResult(
                    task_type="image-segmentation",
                    dataset_type=kind,
                    dataset_name=title,
                    dataset_config=subset,
                    dataset_split="test",
                    metric_type=_METRICS[column],
                    metric_name=f"{headings(task)[column]}, mean over {len(part)} photo{'s' if len(part) > 1 else ''}",
                    metric_value=round(float(value), 4),
                )


def _metadata(config: checkpoint.Config, rows: pd.DataFrame | None) -> ModelCardData:
    return ModelCardData(
        model_name=_title(config),
        license="cc-by-nc-sa-4.0" if licence(config.training) else "other",
        library_name="wrinkleseg",
        pipeline_tag="image-segmentation",
        tags=["face", "skin", *(_TASKS[task] for task in config.settings["tasks"]), "segmentation"],
        eval_results=None if rows is None else list(results(config, rows)),
    )


def licence(training: dict) -> str:
    """The terms of weights with that record, in words; "" where they are their owner's to tell."""
    return LICENCE if layouts(training) == {OFFICIAL} and not own_faces(training) else ""


def _data(config: checkpoint.Config) -> Iterator[str]:
    """A line for each set that taught, with its terms."""
    taught = layouts(config.training)
    if OFFICIAL in taught:
        yield _WRINKLES
    if OFFICIAL in taught and "pore" in config.settings["tasks"]:
        yield _PORES + ("." if own_faces(config.training) else _PORTRAITS)
    for layout in sorted(taught - {OFFICIAL}):
        yield _OWN.format(layout=layout)
    if own_faces(config.training):
        yield _OWN_FACES


def _title(config: checkpoint.Config) -> str:
    return config.title or config.model


def _history(config: checkpoint.Config) -> str:
    """The runs that led to these weights, the first one first, as `python -m train` would be told."""
    if parts := config.training.get("mean_of"):
        told = "; and ".join(_history(dataclasses.replace(config, training=part)) for part in parts)
        return "; ".join([f"the mean of {len(parts)} trainings' weights: {told}", *_choice(config.training)])
    runs = [config.training]
    while "after" in runs[0]:
        runs.insert(0, runs[0]["after"])
    if not runs[-1]:
        return "not recorded"
    first = "an encoder that has seen ImageNet" if runs[0].get("start") == IMAGENET else "random weights"
    told = "; then --start from there ".join(map(_run, runs))
    return f"from {first}, `python -m train {runs[-1].get('preset') or config.model}` with: {told}"


def _run(training: dict) -> str:
    settings = " ".join(f"--{name} {training[name]:g}" for name in ("steps", "rate", "seed") if name in training)
    settings += "".join(f" --repeat {name}={times}" for name, times in training.get("repeat", {}).items())
    settings += f" --fold {training['fold']}" if training.get("fold") is not None else ""
    notes = [
        f"{task} crops of {training['crop']} px a step: {_crops(own)}"
        for task, own in training.get("batch", {}).items()
    ]
    taught = training.get("learn_from", [])
    notes += [f"taught by the photos for {' and '.join(taught)}"] if len(taught) > 1 else []
    notes += (
        [f"photos of other data, of the layout {data}"] if (data := training.get("data", OFFICIAL)) != OFFICIAL else []
    )
    notes += ["faces without masks of one's own"] if "faces" in training else []
    notes += [f"weights of step {training['kept_step']}"] if "kept_step" in training else []
    notes += _choice(training)
    return f"{settings} ({'; '.join(notes)})" if notes else settings


def _choice(training: dict) -> list[str]:
    """How thresholds were chosen, and how well the weights did on the photos that chose them."""
    twin = training.get("thresholds_of", {})
    scores = [f"{task} {value:.3f}" for task, value in (training | twin).get("validation_f1", {}).items()]
    told = ["thresholds of the same recipe without the photos for validation"] if twin else []
    return told + ([f"F1 on validation photos: {', '.join(scores)}"] if scores else [])


def _crops(sources: dict[str, int]) -> str:
    return ", ".join(f"{count} {source}" for source, count in sources.items())


def _figures(name: str, rows: pd.DataFrame | None) -> str:
    if rows is None:
        return "Not measured yet: run `python -m eval run`."
    return f"{_MEASURED}\n\n{text(rows[rows['method'].isin({name, *BESIDE})])}"


def table_path(given: Path) -> Path:
    """rows.csv itself, or that of a results folder."""
    return given / ROWS if given.is_dir() else given


def _read(path: Path) -> pd.DataFrame:
    needed = ["method", "task", "annotator", "name", *COLUMNS]
    path = table_path(path)
    try:
        rows = pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise DataError(f"{path} can't be read ({error}): give rows.csv of python -m eval run --output DIR") from error
    if missing := [column for column in needed if column not in rows]:
        raise DataError(f"{path} lacks the columns {', '.join(missing)}: give rows.csv of python -m eval run")
    used = set(json.loads(SPLITS.read_text())["wrinkle"]["validation"]) & set(rows["name"])
    if used:
        raise DataError(f"{path} holds validation photos ({', '.join(sorted(used))}): measure with --split test")
    return rows


def _is_own(method: str, name: str, folders: Collection[Path]) -> bool:
    if method == name:
        return any(_same_weights(folder, methods.model_folder(name)) for folder in folders)
    return Path(method).resolve() in {folder.resolve() for folder in folders}


def _same_weights(one: Path, other: Path) -> bool:
    here = all((folder / checkpoint.WEIGHTS).is_file() for folder in (one, other))
    return here and checkpoint.weights_hash(one) == checkpoint.weights_hash(other)


_CARD = """---
{front_matter}
---

# {title}

Marks {tasks} on a photo of a face. {source}.
{example}
* Network: {network}; the face is brought to {width}.{crisp} Weights in float16.
* Thresholds, chosen on validation photos and frozen: {thresholds}.
* Training: {training}.
{usage}
## Figures

{figures}

## Data and their terms

{data}

## Use and limits

For looking at skin and for research. Not a medical device: it gives no diagnosis and no age. It can miss fine lines and
mark hair, glasses, shadows and folds of the neck. On blurred, dark or small photos its marks mean little.{taught}
"""

_FEW = "\nFew photos, mostly of light skin, taught it."

_WRINKLES = """* Wrinkles: photos of Flickr-Faces-HQ with masks of two annotators (masks MIT and Apache-2.0). The photos' data set is
  CC BY-NC-SA 4.0, so these weights are **for non-commercial use** under the same terms."""

_OWN = """* Photos and masks of the publisher's own (layout "{layout}"), whose terms are not recorded: **say here what they are,
  who is shown, and what the weights may be used for.**"""

_OWN_FACES = """* Photos of faces without masks, the publisher's own, whose terms are not recorded: **say here what they are, who is
  shown, and what the weights may be used for.**"""

_MEASURED = """Measured by `python -m eval run` on photos that took no part in training or in choosing thresholds. People don't agree
on what a wrinkle is: the row "second person" shows how one annotator does against the other."""

_EXAMPLE = """
![A face, and what is marked on it]({picture})

Left the photo (Eileen Collins, NASA, public domain), right what these weights mark on it: wrinkles in dark blue, pores
in light blue. The face is small; on a close photo they show more.
"""

_USAGE = """
## How to use it

```sh
python -m wrinkleseg analyze face.jpg --model hub:{repo} --output results/
```
"""

_PORES = """* Pores: one half face with outlined pores (Apache-2.0), two fifths of its rows kept aside"""
_PORTRAITS = """; and
  portraits whose hair, brows, eyes, lips and background are known not to be pores: Canadian faces of webmorphR.stim
  (CC BY 4.0, DeBruine and Jones), portraits of the United States' government (CC0), synthetic faces (MIT)."""
