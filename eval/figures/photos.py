"""Scores of every photo as points, which the dashboard opens at a click."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from eval.figures.style import (
    FRAME,
    GREY,
    ROW,
    SCORES,
    Ceiling,
    Style,
    ceiling_across,
    framed,
    name_rows,
    plain,
    spread,
)

MANY_POINTS = 3000
"""Above this the browser draws points by its graphics card."""


def distributions(
    rows: pd.DataFrame, score: str, look: Mapping[str, Style], ceiling: Ceiling | None = None
) -> go.Figure:
    """Every photo of every method as a point, and the middle half of them as a box; the best median on top.

    A click is resolved by the point's `customdata` (the photo) and its trace's `meta` (method, annotator, task).

    Args:
        rows: zone "whole" of one task and one annotator.
    """
    known = rows.dropna(subset=[score])
    order = known.groupby("method")[score].median().sort_values().index
    point = go.Scattergl if len(known) > MANY_POINTS else go.Scatter
    size = 9 if len(known) <= 500 else 6 if len(known) <= MANY_POINTS else 4
    figure = go.Figure()
    for place, (name, part) in enumerate((name, known[known["method"] == name]) for name in order):
        figure.add_trace(_box(part[score], place))
        figure.add_trace(
            point(
                x=part[score].to_numpy(float),
                y=place + 0.27 * spread(len(part)),
                mode="markers",
                customdata=part["photo"].tolist(),
                text=part["photo"].map(plain).tolist(),
                meta={"method": name, "annotator": part["annotator"].iloc[0], "task": part["task"].iloc[0]},
                marker={"color": look[name].colour, "symbol": look[name].symbol, "size": size, "opacity": 0.75},
                hovertemplate=f"{plain(name)}<br>photo %{{text}}: %{{x:.3f}}<extra></extra>",
            )
        )
    name_rows(figure, list(order))
    ceiling_across(figure, ceiling)
    return framed(figure, SCORES[score], height=FRAME + (ROW + 14) * len(order))


def _box(values: pd.Series, place: int) -> go.Box:
    low, q1, middle, q3, high = values.quantile([0.05, 0.25, 0.5, 0.75, 0.95])
    limits = {"q1": [q1], "median": [middle], "q3": [q3], "lowerfence": [low], "upperfence": [high]}
    colours = {"fillcolor": "rgba(125,125,125,0.14)", "line": {"color": GREY, "width": 1.2}}
    return go.Box(**limits, y=[place], orientation="h", width=0.7, hoverinfo="skip", **colours)
