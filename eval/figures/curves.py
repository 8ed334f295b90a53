"""Scores as curves: precision against recall, F1 at every threshold, centreline F1 at every tolerance."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from eval.figures.style import (
    GREY,
    Ceiling,
    Style,
    ceiling_along,
    counted,
    framed,
    line,
    mark,
    plain,
)
from eval.references import SECOND_PERSON
from eval.scores import TOLERANCES
from eval.thresholds import THRESHOLDS


def precision_recall(curves: pd.DataFrame, look: Mapping[str, Style], ceiling: Ceiling | None = None) -> go.Figure:
    """Precision against recall over all thresholds, the frozen threshold marked; what has no curve is a point.

    Args:
        curves: as `sweep_means` gives it.
        ceiling: the second person's mean F1.
    """
    figure = go.Figure()
    for row in curves.itertuples():
        style = look[row.method]
        if row.recall_curve is not None:
            figure.add_trace(line(row.method, row.recall_curve, row.precision_curve, style))
        point = mark(style, f"{plain(row.method)}: recall %{{x:.2f}}, precision %{{y:.2f}}<extra></extra>")
        shown = row.recall_curve is None
        figure.add_scatter(x=[row.recall], y=[row.precision], name=plain(row.method), showlegend=shown, **point)
    if ceiling and ceiling.score:
        figure.add_trace(_same_f1(ceiling))
    framed(figure, "Recall (share that is found)", "Precision (share that is right)", legend=True)
    return figure.update_xaxes(range=[0, 1.02]).update_yaxes(range=[0, 1.02])


def threshold_curves(curves: pd.DataFrame, look: Mapping[str, Style], ceiling: Ceiling | None = None) -> go.Figure:
    """Mean F1 at every threshold, the frozen one marked. `curves`: as `sweep_means` gives it.

    The mark is the method's own F1, as every other figure has it: that of the full-size mask, which on large photos lies
    beside the curve of the map at the scored width.
    """
    figure = go.Figure()
    for row in curves[curves["f1_curve"].notna()].itertuples():
        figure.add_trace(line(row.method, THRESHOLDS, row.f1_curve, look[row.method]))
        point = mark(look[row.method], f"{plain(row.method)} uses %{{x:.2f}}: F1 %{{y:.3f}}<extra></extra>")
        figure.add_scatter(x=[row.threshold], y=[row.f1], showlegend=False, **point)
    ceiling_along(figure, ceiling)
    framed(figure, "Threshold", "F1 (Dice)", legend=True)
    return figure.update_xaxes(range=[0, 1]).update_yaxes(rangemode="tozero")


def tolerance_curves(means: pd.DataFrame, look: Mapping[str, Style]) -> go.Figure:
    """Centreline F1 against how far off a line may lie; the second person is a line as any method.

    Args:
        means: method and line_f1_T for T of TOLERANCES, one row a method.
    """
    figure = go.Figure()
    for row in means.dropna(subset=["line_f1_3"]).to_dict("records"):
        name, scores = row["method"], [row[f"line_f1_{t}"] for t in TOLERANCES]
        style = Style(GREY, "circle", "dash") if name == SECOND_PERSON else look[name]
        curve = line(name, TOLERANCES, scores, style)
        curve.update(mode="lines+markers", marker={"symbol": style.symbol, "size": 7})
        figure.add_trace(curve)
    framed(figure, "Lines may lie this many pixels apart", "Centreline F1", legend=True)
    return figure.update_xaxes(tickvals=TOLERANCES).update_yaxes(range=[0, 1.02])


def _same_f1(ceiling: Ceiling) -> go.Scatter:
    """All pairs of precision and recall with the second person's F1."""
    value, name = ceiling.score, f"as good as a second person ({counted(ceiling.photos)})"
    recall = np.linspace(value / (2 - value) + 1e-6, 1, 60)
    dashed = {"color": GREY, "width": 2, "dash": "dash"}
    return go.Scatter(x=recall, y=value * recall / (2 * recall - value), mode="lines", line=dashed, name=name)
