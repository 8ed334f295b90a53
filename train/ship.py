"""From a run to a checkpoint that is published: thresholds chosen again, a model card with measured figures."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pandas as pd

from eval.run import text
from eval.thresholds import best_threshold
from train.validation import Validation
from wrinkleseg import checkpoint, models
from wrinkleseg.inference import Runtime

LICENCE = "CC BY-NC-SA 4.0 (non-commercial)"


def ship(best: Path, output: Path, data: Path, figures: Path | None, device: str = "auto") -> Path:
    """Write the checkpoint of a run's `best` folder to `output`.

    The thresholds are chosen on the validation photos as the whole method sees them now, with today's skin mask.
    figures: rows.csv of `python -m eval run`, for the card; None leaves the card without figures and says so.
    """
    config, model = checkpoint.load(best)
    runtime = Runtime.choose(device)
    sweeps = Validation.load(data, config.settings["tasks"]).sweep(runtime.place(model), config.preprocess, runtime)
    chosen = {task: best_threshold(sweep) for task, sweep in sweeps.items()}
    training = config.training | {"validation_f1": {task: round(value, 4) for task, (_, value) in chosen.items()}}
    config = dataclasses.replace(
        config,
        thresholds={task: round(threshold, 5) for task, (threshold, _) in chosen.items()},
        licence=LICENCE,
        source=models.SOURCES[config.model],
        training=training,
    )
    table = None if figures is None else pd.read_csv(figures)
    checkpoint.save(output, config, model, card(config, model, table))
    return output


def card(config: checkpoint.Config, model: models.NamedMaps, rows: pd.DataFrame | None) -> str:
    """The model card, Markdown with the Hub's front matter."""
    tasks = " and ".join({"wrinkle": "wrinkles", "pore": "pores"}[task] for task in config.settings["tasks"])
    return _CARD.format(
        title=config.title,
        name=config.model,
        tasks=tasks,
        source=config.source,
        network=f"`{config.model}`, {models.parameter_count(model) / 1e6:.1f} million parameters",
        width=", ".join(f"{width} px for {task}s" for task, width in config.preprocess.face_width.items()),
        thresholds=", ".join(f"{task} {value:.3f}" for task, value in config.thresholds.items()),
        training=_history(config.training),
        pores=_PORES if "pore" in config.settings["tasks"] else "",
        figures=_figures(config.model, rows),
    )


def _history(training: dict) -> str:
    """The runs that led to these weights, the first one first, as `python -m train` would be told."""
    before = f"{_history(training['after'])}; then --start from there " if "after" in training else ""
    settings = f"--steps {training['steps']} --rate {training['rate']:g} --seed {training['seed']}"
    return f"{before}{settings} (weights of step {training['kept_step']})"


def _figures(name: str, rows: pd.DataFrame | None) -> str:
    if rows is None:
        return "Not measured yet: run `python -m eval run`."
    beside = {name, "second person", "frangi-plain", "frangi", "pores-dog", "pores-kmeans"}
    return text(rows[rows["method"].isin(beside)])


_CARD = """---
license: cc-by-nc-sa-4.0
library_name: wrinkleseg
pipeline_tag: image-segmentation
tags: [face, skin, wrinkles, pores, segmentation]
---

# {title}

Marks {tasks} on a photo of a face. {source}.

* Network: {network}; the face is brought to {width}. Weights in float16.
* Thresholds, chosen on validation photos and frozen: {thresholds}.
* Training, from random weights, `python -m train {name}` with: {training}.

## Figures

Measured by `python -m eval run` on photos that took no part in training or in choosing thresholds. People don't agree
on what a wrinkle is: the row "second person" shows how one annotator does against the other.

{figures}

## Data and their terms

* Wrinkles: 46 photos of Flickr-Faces-HQ with masks of two annotators (masks MIT and Apache-2.0). The photos' data set is
  CC BY-NC-SA 4.0, so these weights are **for non-commercial use** under the same terms.
{pores}
## Use and limits

For looking at skin and for research. Not a medical device: it gives no diagnosis and no age. Few photos, mostly of
light skin, taught it; it can miss fine lines and mark hair, glasses, shadows and folds of the neck. On blurred, dark or
small photos its marks mean little.
"""

_PORES = """* Pores: one half face with outlined pores (Apache-2.0), two fifths of its rows kept aside; and
  portraits whose hair, brows, eyes, lips and background are known not to be pores: Canadian faces of webmorphR.stim
  (CC BY 4.0, DeBruine and Jones), portraits of the United States' government (CC0), synthetic faces (MIT).
"""
