"""Scores of what a run trained, on the photos that it keeps aside."""

from __future__ import annotations

import pandas as pd

from eval.run import score
from eval.samples import DataError
from train.config import Run
from train.data import kept_aside, shared_folder
from wrinkleseg.methods import Method


def scored(method: Method, run: Run) -> pd.DataFrame:
    """A row for each photo that the run keeps aside, as `eval run` has them.

    Raises DataError where there is no such photo, or none of them can be scored: a table of nothing is no result.
    """
    rows = score([method], kept_aside(run), shared_folder(run), "test")
    if rows.empty:
        raise DataError("none of the photos kept aside could be scored: see above why, mend them and start again")
    return rows
