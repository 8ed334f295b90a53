"""Who judges a run."""

from pathlib import Path

import pytest

from eval.samples import DataError, Sample
from train.validation import Validation


def test_a_judge_who_drew_nothing_is_refused() -> None:
    samples = [Sample(name, name, "train", Path("photo"), Path("mask")) for name in ("A", "B")]
    with pytest.raises(DataError, match="no annotator is called 'Z'; choose one of: A, B"):
        Validation.load(samples, ["wrinkle"], Path(), "Z")
    assert Validation.load(samples, ["wrinkle"], Path(), "B").photos == {"wrinkle": []}
