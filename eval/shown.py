"""A table of plain numbers as people read it: rounded, intervals beside their means, headings in words."""

from __future__ import annotations

import pandas as pd

from wrinkleseg.report import as_text

MISSING = "–"
HEADINGS = {
    **{"f1": "F1", "iou": "IoU", "cldice": "clDice", "line_f1_3": "Centreline F1, 3 px", "centre_f1": "F1 of centres"},
    **{"accuracy": "Pixel accuracy", "ap": "Average precision", "micro_iou": "Micro IoU", "micro_f1": "Micro F1"},
    **{"micro_line_f1_3": "Micro centreline F1, 3 px", "seconds": "Seconds a photo", "both_empty": "Both empty"},
    **{"wrinkle_iou": "IoU wrinkles", "pore_iou": "IoU pores", "wrinkle_photos": "Photos, wrinkles"},
    **{"pore_photos": "Photos, pores", "loss": "Loss (value)", "p": "p", "holm": "p after Holm"},
    **{"told_apart": "Told apart", "difference": "Difference in F1", "bare": "Nothing drawn"},
    **{f"line_f1_{pixels}": f"Centreline F1, {pixels} px" for pixels in (1, 2, 5, 8)},
    "line_f1_face": "Centreline F1, 1% of the face",
    "peak_mb": "Peak memory of the whole process, MiB",
}
"""What a column is called; of others the name itself, without underscores."""

_INTERVALS = {"difference": ("low", "high")}  # everywhere else the ends are called after their mean
_DIGITS = {"seconds": 2, "threshold": 2, "loss": 3}
_RARE = {"failed", "both_empty", "bare"}
_WHOLE = {"rank", "failed", "both_empty", "bare", "photos", "wrinkle_photos", "pore_photos"}


def shown(table: pd.DataFrame, digits: int = 3) -> pd.DataFrame:
    """A table as people read it, all str: intervals joined to their means, figures rounded, headings in words.

    "0.417 [0.352, 0.481]" where S, S_low and S_high are there; a dash for what is missing. Columns without any value,
    and counts of errors and empty photos where there are none, are left out. digits: behind the point of scores.
    """
    ends = {column: _INTERVALS.get(column, (f"{column}_low", f"{column}_high")) for column in table}
    joined = {end for pair in ends.values() for end in pair}
    columns = {}
    for column in table:
        if column not in joined and (table.empty or _says_something(column, table[column])):
            cells = [_cell(column, value, digits) for value in table[column]]
            low, high = ends[column]
            if low in table:
                cells = [with_interval(*each, digits) for each in zip(cells, table[low], table[high], strict=True)]
            columns[HEADINGS.get(column, str(column).replace("_", " ").capitalize())] = cells
    return pd.DataFrame(columns, dtype=str)


def csv(table: pd.DataFrame) -> str:
    """The plain numbers. A name that a spreadsheet would take for a formula gets an apostrophe."""
    safe = table.copy()
    for column in table:
        safe[column] = [as_text(value) if isinstance(value, str) else value for value in table[column]]
    return safe.to_csv(index=False, lineterminator="\n")


def with_interval(cell: str, low: float, high: float, digits: int = 3) -> str:
    """A figure with its interval, as in 0.417 [0.352, 0.481]; alone where it has none."""
    return cell if pd.isna(low) or pd.isna(high) else f"{cell} [{low:.{digits}f}, {high:.{digits}f}]"


def _says_something(column: str, values: pd.Series) -> bool:
    return bool((values.notna() & (values != "")).any()) and not (column in _RARE and (values == 0).all())


def _cell(column: str, value: object, digits: int) -> str:
    if isinstance(value, str):
        return value or MISSING
    if pd.isna(value):
        return MISSING
    if column == "parameters":
        return f"{value / 1e6:.1f} M" if value else "0"
    if column in ("p", "holm"):
        return "under 0.001" if value < 0.001 else f"{value:.3f}"
    if isinstance(value, bool) or column == "told_apart":
        return "yes" if value else "no"
    if column in _WHOLE:
        return f"{value:.0f}"
    return f"{value:.{_DIGITS.get(column, digits)}f}"
