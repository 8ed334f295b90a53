"""Five folds: every photo is scored once, by weights that never saw it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from eval.readers import DataSource
from eval.samples import wrinkle_samples
from eval.splits import only
from eval.summary import COLUMNS
from train import folds, state
from train.__main__ import main
from train.config import ConfigError
from train.data import kept_aside, run_samples, training_samples
from train.presets import best, best_joint
from wrinkleseg import images

RUN = best().changed({"batch": {"wrinkle": {"human": 4}}, "teacher": "", "start": "", "steps": 3})


def test_every_photo_is_kept_aside_once_and_never_trained_on_then(data_dir: Path) -> None:
    tested = []
    for number in range(5):
        run = RUN.changed({"fold": number})
        aside = {sample.photo for sample in only(run_samples(run), "test")}
        assert not aside & {sample.photo for sample in training_samples(run)}
        tested += [sample.name for sample in only(run_samples(run), "test")]
    assert sorted(tested) == sorted(sample.name for sample in wrinkle_samples(data_dir))


@pytest.mark.parametrize("change", [{"start": "runs/somewhere"}, {"batch": {"wrinkle": {"taught": 4}}, "teacher": "x"}])
def test_weights_that_may_have_seen_the_photos_are_refused(change: dict, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="from scratch"):
        folds.cross_validate(RUN.changed(change), tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_run_without_wrinkles_is_refused(tmp_path: Path) -> None:
    pores = best_joint().changed({"batch": {"pore": {"human": 2}}, "teacher": "", "start": ""})
    with pytest.raises(ConfigError, match="this run has crops of pore only"):
        folds.cross_validate(pores, tmp_path)
    assert not list(tmp_path.iterdir())


def test_own_photos_are_kept_aside_once_and_have_an_annotator(tmp_path: Path) -> None:
    for name in ("photos", "masks"):
        (tmp_path / name).mkdir()
        for number in range(7):
            images.save_png(tmp_path / name / f"{number}.png", np.full((8, 8), number, np.uint8))
    own = DataSource("pairs", path=str(tmp_path / "photos"), masks=str(tmp_path / "masks"))
    aside = [sample for number in range(5) for sample in kept_aside(RUN.changed({"data": own, "fold": number}))]
    assert sorted(sample.name for sample in aside) == list("0123456")
    assert {sample.annotator for sample in aside} == {"human"}


def test_the_command_takes_what_a_training_takes(monkeypatch) -> None:
    asked = []
    monkeypatch.setattr(folds, "cross_validate", lambda *given: asked.append(given) or "table")
    words = (
        "folds best --images photos --masks masks --steps 7 --crop 96 --batch 3 --repeat B=2 --rate 0.01 --output out"
    )
    assert main(words.split()) == 0
    ((run, *rest),) = asked
    assert (run.data.path, run.data.masks, run.steps, run.augment["wrinkle"].crop) == ("photos", "masks", 7, 96)
    assert (run.batch, run.repeat, run.rate, run.fold) == ({"wrinkle": {"human": 3}}, {"B": 2}, 0.01, None)
    assert rest == [Path("out"), "auto"]


@pytest.mark.parametrize("words", ["--fold 1", "--learn-from train test"])
def test_sides_are_the_folds_own_business(words: str, capsys) -> None:
    with pytest.raises(SystemExit):
        main(["folds", "best", *words.split()])
    assert "unrecognized arguments" in capsys.readouterr().err


def test_rows_of_all_folds_make_one_table_and_are_made_once(tmp_path: Path, monkeypatch) -> None:
    trained = []

    def one(run, output: Path, device: str, resume: bool) -> Path:
        trained.append(run.fold)
        state.write_run(output, run)
        return output / "best"

    class Learned:
        def only(self, tasks):
            return self

    def scored(*given) -> pd.DataFrame:
        known = {"method": "unetpp", "task": "wrinkle", "annotator": "A", "name": f"photo{trained[-1]}"}
        return pd.DataFrame([known | dict.fromkeys(COLUMNS, trained[-1] / 10)])

    monkeypatch.setattr(folds, "fit", one)
    monkeypatch.setattr(folds.methods, "learned", lambda *given: Learned())
    monkeypatch.setattr(folds, "scored", scored)
    table = folds.cross_validate(RUN, tmp_path)
    assert folds.cross_validate(RUN, tmp_path) == table
    with pytest.raises(state.StateError, match=r"fold0 holds another run .*steps was 3, now 7.*another --output"):
        folds.cross_validate(RUN.changed({"steps": 7}), tmp_path)
    assert trained == [0, 1, 2, 3, 4]
    assert "| unetpp | 5 | 0.200 | 0.200 |" in table
    assert len(pd.read_csv(tmp_path / folds.ROWS)) == 5
