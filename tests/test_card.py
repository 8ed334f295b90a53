"""The model card: valid metadata that the Hub's own reader gives back, the right figures, nothing that was not measured."""

import dataclasses
import json
import re
from pathlib import Path

import pandas as pd
import pytest
import torch
import yaml
from huggingface_hub import ModelCard

from eval.samples import SPLITS, DataError
from train import card
from wrinkleseg import checkpoint
from wrinkleseg.checkpoint import Config
from wrinkleseg.preprocess import Preprocess

TEST = json.loads(SPLITS.read_text())["wrinkle"]["test"][:2]
CONFIG = Config(
    "wrinkle-pore",
    {"tasks": ["wrinkle", "pore"]},
    Preprocess({"wrinkle": 96, "pore": 128}),
    {"wrinkle": 0.4, "pore": 0.6},
    title="Small: one, with a colon",
    training={
        "steps": 230, "rate": 0.0012, "seed": 3, "kept_step": 200, "validation_f1": {"wrinkle": 0.3112},
        "after": {"steps": 700, "rate": 0.001, "seed": 1, "kept_step": 100},
    },
)  # fmt: skip


@pytest.fixture(scope="module")
def model() -> torch.nn.Module:
    return CONFIG.build()


@pytest.fixture(scope="module")
def saved(tmp_path_factory, model) -> Path:
    folder = tmp_path_factory.mktemp("models") / "wrinkle-pore"
    checkpoint.save(folder, CONFIG, model)
    return folder


def table(method: str) -> pd.DataFrame:
    """Two photos of A and the half face by a method, one photo by Frangi."""
    scores = [("wrinkle", "A", TEST[0], 0.2, 0.3, 0.4, 0.5), ("wrinkle", "A", TEST[1], 0.3, 0.5, 0.6, 0.75)]
    scores += [("pore", "pores", "half face", 0.385, 0.556, None, 0.706)]
    rows = [(method, *score) for score in scores] + [("frangi", *scores[0]), ("another", *scores[0])]
    return pd.DataFrame(rows, columns=["method", "task", "annotator", "name", "iou", "f1", "cldice", "line_f1"])


def test_the_hub_reads_back_what_the_card_says(model) -> None:
    written = card.card(CONFIG, model, table("wrinkle-pore"))
    data = ModelCard(written).data
    assert (data.license, data.library_name, data.pipeline_tag) == (
        "cc-by-nc-sa-4.0",
        "wrinkleseg",
        "image-segmentation",
    )
    assert data.tags == ["face", "skin", "wrinkles", "pores", "segmentation"] and data.model_name == CONFIG.title
    read = {
        (r.dataset_type, r.dataset_config, r.dataset_split, r.metric_type): r.metric_value for r in data.eval_results
    }
    wrinkles, pores = ("ffhq-wrinkles", "annotator-A", "test"), ("porenet-half-face", "zone", "test")
    assert read == {  # means of the two photos, by hand
        (*wrinkles, "iou"): 0.25, (*wrinkles, "f1"): 0.4, (*wrinkles, "cldice"): 0.5, (*wrinkles, "centreline_f1"): 0.625,
        (*pores, "iou"): 0.385, (*pores, "f1"): 0.556, (*pores, "centreline_f1"): 0.706,
    }  # fmt: skip
    assert {result.task_type for result in data.eval_results} == {"image-segmentation"}
    assert "mean over 2 photos" in data.eval_results[0].metric_name


def test_the_front_matter_is_the_model_index_of_the_hub(model) -> None:
    front = yaml.safe_load(card.card(CONFIG, model, table("wrinkle-pore")).split("---")[1])
    (index,) = front["model-index"]
    assert index["name"] == CONFIG.title and len(index["results"]) == 2
    for result in index["results"]:  # the Hub refuses other data set types
        assert re.fullmatch(r"(?:[\w-]+/)?[\w.-]+", result["dataset"]["type"]) and result["metrics"]


def test_the_table_holds_the_own_rows_and_what_they_stand_beside(model) -> None:
    written = card.card(CONFIG, model, table("wrinkle-pore"))
    assert "| wrinkle-pore | 2 | 0.250 | 0.400 | 0.500 | 0.625 |" in written and "| frangi | 1 |" in written
    assert "another" not in written


def test_without_figures_the_card_says_so(model) -> None:
    written = card.card(CONFIG, model, None)
    assert "Not measured" in written and "model-index" not in written and ModelCard(written).data.eval_results is None
    for stays in (
        "**for non-commercial use**",
        "Not a medical device",
        "half face",
        "webmorphR",
        "can miss fine lines",
    ):
        assert stays in written


def test_the_training_is_told_from_its_first_run(model) -> None:
    told = (
        "from random weights, `python -m train wrinkle-pore` with: --steps 700 --rate 0.001 --seed 1 (weights of step "
    )
    told += "100); then --start from there --steps 230 --rate 0.0012 --seed 3 (weights of step 200; F1 on validation "
    assert f"* Training: {told}photos: wrinkle 0.311)." in card.card(CONFIG, model, None)
    whole = {
        "preset": "best",
        "steps": 5,
        "crop": 256,
        "batch": {"wrinkle": {"human": 3, "taught": 2}},
        "learn_from": ["train", "validation"],
        "thresholds_of": {"validation_f1": {"wrinkle": 0.471}},
    }
    told = (
        "`python -m train best` with: --steps 5 (wrinkle crops of 256 px a step: 3 human, 2 taught; taught by the photos "
        "for train and validation; thresholds of the same recipe without the photos for validation; F1 on validation "
        "photos: wrinkle 0.471)."
    )
    assert told in card.card(dataclasses.replace(CONFIG, training=whole), model, None)
    begun = dataclasses.replace(CONFIG, training={"steps": 5, "start": "imagenet"})
    assert "* Training: from an encoder that has seen ImageNet, `python" in card.card(begun, model, None)


def test_pores_are_told_of_only_where_they_are_known() -> None:
    config = Config("unet-reduced", {"tasks": ["wrinkle"]}, Preprocess({"wrinkle": 96}), {"wrinkle": 0.4})
    written = card.card(config, config.build(), None)
    assert "* Pores" not in written and "pores" not in ModelCard(written).data.tags
    assert "# unet-reduced" in written and "not recorded" in written and "reduced U-Net after Yoon" in written


@pytest.mark.parametrize("after", [True, False])
def test_the_terms_of_a_users_own_data_are_not_made_up(model, after: bool) -> None:
    """Where shared photos taught an earlier run, their terms stand beside."""
    training = {"steps": 5, "data": "pairs"} | ({"after": {"steps": 7, "data": "shared"}} if after else {})
    written = card.card(dataclasses.replace(CONFIG, training=training), model, None)
    assert ModelCard(written).data.license == "other"
    assert 'layout "pairs"' in written and "say here what they are" in written
    assert ("Flickr-Faces-HQ" in written) == after and "mostly of light skin" not in written
    assert card.licence(training) == "" and card.licence({"data": "shared"}) == card.licence({}) == card.LICENCE


@pytest.mark.parametrize(
    "training", [{"faces": "own"}, {"after": {"faces": "own"}}, {"mean_of": [{}, {"faces": "own"}]}]
)
def test_the_terms_of_a_users_own_faces_are_not_made_up(training: dict, model) -> None:
    written = card.card(dataclasses.replace(CONFIG, training=training), model, None)
    assert ModelCard(written).data.license == "other" and card.licence(training) == ""
    assert "faces without masks, the publisher's own" in written and "Flickr-Faces-HQ" in written
    assert "two fifths of its rows kept aside.\n" in written and "webmorphR" not in written
    assert "webmorphR" in card.card(CONFIG, model, None)


def test_steep_sides_are_told_where_the_map_is_given_them(model) -> None:
    preprocess = dataclasses.replace(CONFIG.preprocess, crisp=("wrinkle",))
    steep = dataclasses.replace(CONFIG, preprocess=preprocess)
    assert "128 px for pores. The sides of wrinkles are made steep (`masks.crisp`)." in card.card(steep, model, None)
    assert "made steep" not in card.card(CONFIG, model, None)


def test_the_command_and_the_picture_stand_where_they_are_known(model) -> None:
    plain, published = card.card(CONFIG, model, None), card.card(CONFIG, model, None, "somebody/lines", example=True)
    assert "--model hub:somebody/lines " in published and "![" in published and card.EXAMPLE in published
    assert "hub:" not in plain and "![" not in plain


def test_rows_measured_under_a_path_are_the_networks_own(tmp_path: Path, saved: Path) -> None:
    table(str(saved)).to_csv(tmp_path / "rows.csv")
    rows = card.figures(tmp_path / "rows.csv", CONFIG, [saved])
    assert set(rows["method"]) == {"wrinkle-pore", "frangi"} and (rows["method"] == "wrinkle-pore").sum() == 3


def test_rows_of_the_shipped_weights_are_not_those_of_others(tmp_path: Path, saved: Path, monkeypatch) -> None:
    monkeypatch.setenv("WRINKLESEG_MODELS", str(saved.parent))
    table("wrinkle-pore").to_csv(tmp_path / "rows.csv")
    assert len(card.figures(tmp_path / "rows.csv", CONFIG, [saved])) == 4
    torch.manual_seed(9)
    checkpoint.save(tmp_path / "other", CONFIG, CONFIG.build())
    with pytest.raises(DataError, match="no scores of these weights, only of another, wrinkle-pore"):
        card.figures(tmp_path / "rows.csv", CONFIG, [tmp_path / "other"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "can't be read"),
        ("a,b\n1,2\n", "lacks the columns method, task"),
        ("method,task,annotator,name,iou,f1,cldice,line_f1\nx,wrinkle,A,a_0000194,1,1,1,1\n", "validation photos"),
    ],
)
def test_a_file_that_is_no_fair_table(tmp_path: Path, saved: Path, text: str, message: str) -> None:
    (tmp_path / "rows.csv").write_text(text)
    with pytest.raises(DataError, match=message):
        card.figures(tmp_path / "rows.csv", CONFIG, [saved])


def test_an_absent_table(tmp_path: Path, saved: Path) -> None:
    with pytest.raises(DataError, match="rows.csv of python -m eval run"):
        card.figures(tmp_path / "none.csv", CONFIG, [saved])


def test_a_results_folder_will_do_and_its_honest_rows_stand_beside(tmp_path: Path, saved: Path, model) -> None:
    honest = table("x")[:1].assign(method="all background", iou=0.0)
    pd.concat([table(str(saved)), honest]).to_csv(tmp_path / "rows.csv", index=False)
    rows = card.figures(tmp_path, CONFIG, [saved])
    assert set(rows["method"]) == {"wrinkle-pore", "frangi", "all background"}
    assert "| all background | 1 | 0.000 |" in card.card(CONFIG, model, rows)
