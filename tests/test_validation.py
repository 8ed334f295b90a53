"""How validation photos choose a threshold."""

import numpy as np
import pytest

from eval.thresholds import THRESHOLDS
from train.validation import Choice, halfway, told


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
