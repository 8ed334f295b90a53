"""How validation photos choose a threshold."""

from pathlib import Path

import numpy as np
import pytest

from eval.samples import Sample
from eval.thresholds import THRESHOLDS
from train import validation
from train.validation import Choice, Validation, halfway, told
from wrinkleseg import images


def test_a_threshold_lies_halfway_between_people_however_many_photos_each_drew_on() -> None:
    """A, of three photos, has its best at the tenth threshold, B, of one, at the fortieth: between them 20 is best."""
    sweep = np.zeros((4, len(THRESHOLDS)))
    sweep[:3, [10, 20, 40]] = [0.6, 0.5, 0.1]
    sweep[3, [10, 20, 40]] = [0.1, 0.35, 0.5]
    chosen = halfway(sweep, ["A", "A", "A", "B"])
    assert chosen.threshold == THRESHOLDS[20] and chosen.f1 == pytest.approx({"A": 0.5, "B": 0.35})
    assert chosen.score == pytest.approx(0.425), "the mean of both, not over the four photos"
    assert halfway(sweep[3:], [""]) == (THRESHOLDS[40], {"": 0.5})


def test_f1_is_told_by_task_and_annotator() -> None:
    chosen = {"wrinkle": Choice(0.4, {"A": 0.46712, "B": 0.41}), "pore": Choice(0.5, {"": 0.62})}
    assert told(chosen) == {"wrinkle A": 0.4671, "wrinkle B": 0.41, "pore": 0.62}


@pytest.fixture
def annotated(tmp_path: Path, astronaut: np.ndarray) -> Sample:
    """A photo whose annotator drew a line on the forehead and another on the chin, and looked at the upper half only."""
    mask, zone = (np.zeros(astronaut.shape[:2], np.uint8) for _ in range(2))
    mask[[84, 168], 205:225] = 255
    zone[:140] = 255
    for name, picture in (("photo", astronaut), ("mask", mask), ("zone", zone)):
        images.save_png(tmp_path / f"{name}.png", picture)
    photo, mask, zone = (tmp_path / f"{name}.png" for name in ("photo", "mask", "zone"))
    return Sample("eileen", "", "validation", photo, mask, zone=zone)


def test_where_the_annotator_did_not_look_nothing_is_right_or_wrong(annotated: Sample, monkeypatch, tmp_path) -> None:
    (photo,) = Validation.load([annotated], ["wrinkle"], tmp_path).photos["wrinkle"]
    assert photo.counts[:140].any() and not photo.counts[140:].any()
    assert photo.truth[84, 205:225].all() and not photo.truth[140:].any()
    # A map that is right wherever somebody looked, and full where nobody did.
    perfect = photo.truth.astype(np.float32)
    perfect[140:] = 1
    monkeypatch.setattr(validation, "predict", lambda *given, **rest: perfect)
    assert photo.counts[photo.truth].all()
    assert validation._score(None, None, None, photo, "wrinkle").min() == 1
