"""Variants under one budget: what each is, and the table that comes of them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from eval.readers import DataSource
from eval.samples import DataError
from eval.summary import COLUMNS
from train import ablation, scoring, state
from train.__main__ import main
from train.ablation import FAMILIES, Budget, Variant
from train.config import ConfigError
from train.presets import best
from wrinkleseg import images, models


@pytest.fixture
def trained(monkeypatch) -> list:
    """Runs that were asked for, instead of trained; each scores its seed / 100."""
    asked = []

    def fit(run, output: Path, device: str, resume: bool) -> Path:
        state.write_run(output, run)
        asked.append(run)
        return output / "best"

    def score(checkpoint: Path, run, device: str) -> pd.DataFrame:
        row = {"method": run.model, "task": "wrinkle", "annotator": "A", "name": "photo", "parameters": 2_500_000}
        seed = int(checkpoint.parent.parent.name.removeprefix("seed"))
        return pd.DataFrame([row | dict.fromkeys(COLUMNS, seed / 100)])

    monkeypatch.setattr(ablation, "fit", fit)
    monkeypatch.setattr(ablation, "_score", score)
    monkeypatch.setattr(ablation, "kept_aside", lambda run: [])
    return asked


@pytest.mark.parametrize("family", FAMILIES)
def test_every_variant_gets_the_same_budget(family: str, trained: list, tmp_path: Path) -> None:
    ablation.ablate(family, Budget(steps=40, crop=64, seeds=(3,)), tmp_path)
    assert len(trained) == sum(len(variant.runs) for variant in FAMILIES[family]())
    assert {(run.steps, run.rate, run.seed) for run in trained} == {(40, 1e-3, 3)}
    assert {plan.crop for run in trained for plan in run.augment.values()} == {64}
    assert len({sum(run.batch["wrinkle"].values()) for run in trained}) == 1


def test_networks_are_the_four_of_table_3(trained: list, tmp_path: Path) -> None:
    table = ablation.ablate("networks", Budget(seeds=(1,)), tmp_path)
    counts = [models.parameter_count(models.build(run.model, **run.settings)) / 1e6 for run in trained]
    assert counts == pytest.approx([17.3, 4.3, 5.2, 5.2], abs=0.05)
    assert all(figure in table for figure in ("0.208", "0.215", "0.225", "0.234"))


def test_the_table_has_means_and_spreads_over_seeds(trained: list, tmp_path: Path) -> None:
    table = ablation.ablate("losses", Budget(seeds=(10, 20, 30)), tmp_path)
    line = next(line for line in table.splitlines() if line.startswith("| dice + focal (paper W)"))
    assert "| 2.50 M | wrinkle | A | 1 | 0.200 (0.100) |" in line and line.endswith("| 0.427 |")
    assert (tmp_path / "losses" / "table.md").read_text() == table + "\n"


def test_what_is_finished_is_not_trained_again(trained: list, tmp_path: Path) -> None:
    budget = Budget(seeds=(1, 2))
    first = ablation.ablate("losses", budget, tmp_path)
    count = len(trained)
    assert ablation.ablate("losses", budget, tmp_path) == first
    assert len(trained) == count


def test_rows_of_another_budget_are_not_given_as_this_ones(trained: list, tmp_path: Path) -> None:
    ablation.ablate("losses", Budget(steps=300, seeds=(1,)), tmp_path)
    before = (tmp_path / "losses" / "table.md").read_text(), len(trained)
    with pytest.raises(state.StateError, match=r"run0 holds another run .*steps was 300, now 5000.*another --output"):
        ablation.ablate("losses", Budget(steps=5000, seeds=(1,)), tmp_path)
    (tmp_path / "losses" / "bce" / "seed1" / "run0" / "run.json").unlink()
    with pytest.raises(state.StateError, match=r"rows.csv does not say which run it is of.*another --output"):
        ablation.ablate("losses", Budget(steps=300, seeds=(1,)), tmp_path)
    assert before == ((tmp_path / "losses" / "table.md").read_text(), len(trained))


def test_own_photos_and_one_task_alone(trained: list, tmp_path: Path) -> None:
    own = DataSource("pairs", path="photos", masks="masks")
    ablation.ablate("networks", Budget(seeds=(1,)), tmp_path, changes={"data": own}, task="wrinkle")
    assert {run.data for run in trained} == {own} and {tuple(run.batch) for run in trained} == {("wrinkle",)}
    with pytest.raises(ConfigError, match="crops of wrinkle only"):
        ablation.ablate("losses", Budget(seeds=(1,)), tmp_path, task="pore")
    with pytest.raises(state.StateError, match=r"holds another run"):
        ablation.ablate("networks", Budget(seeds=(1,)), tmp_path, task="wrinkle")


def test_own_faces_are_for_the_runs_that_draw_from_faces(trained: list, tmp_path: Path) -> None:
    ablation.ablate("data", Budget(seeds=(1,)), tmp_path, changes={"faces": "faces"})
    assert {("weak" in run.batch["wrinkle"], run.faces) for run in trained} == {(True, "faces"), (False, "")}


def test_without_photos_to_score_on_nothing_is_trained(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(ablation, "fit", lambda *given, **more: pytest.fail("a training began"))
    for name in ("photos", "masks"):
        (tmp_path / name).mkdir()
        for number in range(2):
            images.save_png(tmp_path / name / f"{number}.png", np.full((8, 8), number, np.uint8))
    own = DataSource("pairs", path=str(tmp_path / "photos"), masks=str(tmp_path / "masks"))
    with pytest.raises(DataError, match="none is kept aside to score the trainings on"):
        ablation.ablate("losses", Budget(seeds=(1,)), tmp_path / "out", changes={"data": own})
    assert not (tmp_path / "out").exists()


def test_a_table_of_nothing_is_no_result(monkeypatch) -> None:
    monkeypatch.setattr(scoring, "kept_aside", lambda run: ["a photo without a face"])
    monkeypatch.setattr(scoring, "score", lambda *given: pd.DataFrame(columns=COLUMNS))
    with pytest.raises(DataError, match="none of the photos kept aside could be scored"):
        scoring.scored(None, best())


def test_the_command_takes_photos_and_task(monkeypatch) -> None:
    asked = []
    monkeypatch.setattr(ablation, "ablate", lambda *given: asked.append(given) or "table")
    words = "ablation data --images photos --masks masks --faces faces --only wrinkle --output out --seeds 4"
    assert main(words.split()) == 0
    own = DataSource("pairs", path="photos", masks="masks")
    changes = {"data": own, "faces": "faces"}
    assert asked == [("data", Budget(seeds=(4,)), Path("out"), "auto", changes, "wrinkle")]


def test_a_later_run_starts_from_the_one_before(trained: list, tmp_path: Path, monkeypatch) -> None:
    two = Variant("two", (best().changed({"start": ""}), best().changed({"start": ""})), {})
    monkeypatch.setitem(ablation.FAMILIES, "losses", lambda: [two])
    ablation.ablate("losses", Budget(seeds=(1,)), tmp_path)
    assert [run.start for run in trained] == ["", str(tmp_path / "losses" / "two" / "seed1" / "run0" / "best")]
