"""Which rows of a results folder count where a method was run more than once."""

import numpy as np
import pandas as pd

from eval.row_files import KEY, LATER

_PHOTO = list(KEY[:-1])
_WEIGHTS = ["weights", "threshold", "code"]


def counting(rows: pd.DataFrame) -> np.ndarray:
    """Bool (N,): of a method's newest weights, threshold and code, on unchanged files, each photo's last run without an error.

    rows: in the order in which they were written, with the columns of `row_files.NEEDED`, under an index without repeats.
    """
    kept = all_known(rows)
    for step in (_of_newest_weights, _of_last_files, _of_last_good_run):
        kept = kept[step(kept)]
    return rows.index.isin(kept.index)


def all_known(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with "" for a code or digest that is not known: of before it was kept."""
    return rows.assign(**{name: rows[name].fillna("") if name in rows else "" for name in LATER})


def _of_newest_weights(rows: pd.DataFrame) -> pd.Series:
    """Of the weights, the threshold and the code that its method was run with last, for this task."""
    # A threshold that is not known is like any other: NaN is equal to nothing, and "last" would pass over it.
    known = rows[_WEIGHTS].fillna({"weights": "", "threshold": -1.0})
    newest = known.groupby([rows["method"], rows["task"]]).transform("last")
    return (newest == known).all(axis=1)


def _of_last_files(rows: pd.DataFrame) -> pd.Series:
    """Of the files that this photo was last looked at in; where they are not known, they are taken for unchanged."""
    known = rows["digest"].where(rows["digest"] != "")
    last = known.groupby([rows[name] for name in _PHOTO]).transform("last")
    return known.isna() | (known == last)


def _of_last_good_run(rows: pd.DataFrame) -> pd.Series:
    """Of this photo's last run without an error; where every run failed, of the last one. A zone counts once in a run.

    A run is a row of the whole photo and the zones written after it; zones before the first are of the first, so that a
    table of one run may stand in any order.
    """
    photo = [rows[name] for name in _PHOTO]
    run = (rows["zone"] == "whole").groupby(photo).cumsum().clip(lower=1)
    failed = (rows["error"] != "").groupby([*photo, run]).transform("any")
    place = run - len(rows) * failed  # failed ones before all others
    last = place == place.groupby(photo).transform("max")
    return last & ~rows.assign(run=run).duplicated([*KEY, "run"], keep="last")
