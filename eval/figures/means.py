"""Mean scores as figures: of methods, beside papers', against time, by group of photos, of one training's variants."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from eval.figures.style import (
    FRAME,
    GREY,
    PALETTE,
    ROW,
    SCORES,
    Ceiling,
    Style,
    ceiling_across,
    ceiling_along,
    ceiling_named,
    counted,
    css,
    framed,
    name_rows,
    plain,
    spread,
    whiskers,
)

SECONDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
"""Marks of the axis of time."""


def intervals(board: pd.DataFrame, score: str, look: Mapping[str, Style], ceiling: Ceiling | None = None) -> go.Figure:
    """Means as bars with their 95% intervals, the best on top.

    Args:
        board: as `eval.tables.leaderboard` gives it: method, `score`, `score`_low, `score`_high, photos.
        ceiling: the second person's mean score (see `curves.ceiling_of`), a line in this and in every other figure of scores.
    """
    known = board.dropna(subset=[score]).sort_values(score)
    figure = go.Figure()
    figure.add_bar(
        x=known[score],
        y=np.arange(len(known)),
        orientation="h",
        width=0.6,
        # Lighter than the intervals on them.
        marker={"color": [look[name].colour for name in known["method"]], "opacity": 0.5},
        error_x=whiskers(known, score),
        customdata=[
            _told(*ends) for ends in known[[f"{score}_low", f"{score}_high", "photos"]].itertuples(index=False)
        ],
        hovertemplate="%{x:.3f}%{customdata}<extra></extra>",
    )
    name_rows(figure, list(known["method"]))
    ceiling_across(figure, ceiling)
    return framed(figure, SCORES[score], height=FRAME + ROW * len(known))


def _told(low: float, high: float, photos: int) -> str:
    """Interval, if there is one, and photos of a bar."""
    interval = "" if np.isnan(low) else f" ({low:.3f} to {high:.3f})"
    return f"{interval}, {counted(int(photos))}"


def published(
    known: Mapping[str, float],
    score: str,
    ours: tuple[str, float] | None,
    ceiling: Ceiling | None,
    look: Mapping[str, Style],
) -> go.Figure:
    """Figures of papers as marked lines, the highest on top; across them our best method and the second person.

    Args:
        known: value by name, from other data than ours.
        ours: name and mean score of our best method.
    """
    figure, order = go.Figure(), sorted(known.items(), key=lambda item: item[1])
    for place, (_, value) in enumerate(order):
        figure.add_scatter(
            x=[0, value],
            y=[place, place],
            mode="lines+markers+text",
            text=["", f"{value:.3f}"],
            textposition="top center",
            line={"color": GREY, "width": 1.5, "dash": "dot"},
            marker={"symbol": "diamond-open", "size": [0, 10]},
            hovertemplate=f"{value:.3f}, published, other data<extra></extra>",
            showlegend=False,
        )
    name_rows(figure, [name for name, _ in order])
    if ours:
        name = f"{plain(ours[0])}, here {ours[1]:.2f}"
        figure.add_vline(ours[1], line={"color": look[ours[0]].colour, "width": 2}, name=name, showlegend=True)
    ceiling_named(figure, ceiling)
    framed(figure, f"{SCORES[score]}<br>published, other data", height=FRAME + 60 * len(order), legend=True)
    furthest = max([*known.values(), ours[1] if ours else 0.0, ceiling.score if ceiling else 0.0])
    return figure.update_xaxes(range=[0, min(1.2 * furthest, 1.08)])


def speed(board: pd.DataFrame, score: str, look: Mapping[str, Style], ceiling: Ceiling | None = None) -> go.Figure:
    """Score against seconds of a photo (logarithmic); the larger the bubble, the more parameters.

    Where their number is not known, the bubble is as small as a filter's and says so.
    """
    known = board[(board["kind"] != "reference") & board[score].notna() & (board["seconds"] > 0)]
    figure = go.Figure()
    for row in known.to_dict("records"):
        millions, told = _parameters(row.get("parameters"))
        figure.add_scatter(
            x=[row["seconds"]],
            y=[row[score]],
            name=plain(row["method"]),
            mode="markers",
            marker={"color": look[row["method"]].colour, "size": 10 + 8 * np.sqrt(millions), "opacity": 0.75},
            hovertemplate=f"{plain(row['method'])}: %{{y:.3f}}, %{{x:.2f}} s, {told}<extra></extra>",
        )
    ceiling_along(figure, ceiling)
    framed(figure, "Seconds a photo (left is quicker)", SCORES[score], legend=True)
    figure.update_layout(legend={"itemsizing": "constant"})
    return figure.update_xaxes(type="log", tickvals=SECONDS, ticktext=[f"{each:g}" for each in SECONDS]).update_yaxes(
        rangemode="tozero"
    )


def _parameters(count: float | None) -> tuple[float, str]:
    """Millions of them and in words."""
    if count is None or not 0 <= count < np.inf:  # NaN as well
        return 0.0, "parameters not known"
    return count / 1e6, f"{count / 1e6:.1f} million parameters" if count else "no parameters: a filter"


def groups(table: pd.DataFrame, score: str, look: Mapping[str, Style], ceiling: Ceiling | None = None) -> go.Figure:
    """Mean of every method in every group of photos, with its 95% interval.

    Args:
        table: as `eval.groups.by_group` gives it, of one task, annotator and trait, without hidden groups.
    """
    names = list(dict.fromkeys(table["group"]))[::-1]
    methods = list(dict.fromkeys(table["method"]))
    figure = go.Figure()
    for number, method in enumerate(methods):
        part = table[table["method"] == method]
        beside = 0.6 * ((number + 0.5) / len(methods) - 0.5)
        marker = {"color": look[method].colour, "symbol": look[method].symbol, "size": 9}
        figure.add_scatter(
            x=part["mean"],
            y=[names.index(group) - beside for group in part["group"]],
            name=plain(method),
            mode="markers",
            marker=marker,
            error_x=whiskers(part.rename(columns={"low": "mean_low", "high": "mean_high"}), "mean")
            | {"color": look[method].colour, "thickness": 1.2},
            customdata=part["photos"],
            hovertemplate=f"{plain(method)}: %{{x:.3f}}, %{{customdata}} photos<extra></extra>",
        )
    name_rows(figure, names)
    ceiling_named(figure, ceiling)
    return framed(figure, SCORES[score], height=FRAME + 60 * len(names), legend=True)


def ablation(rows: pd.DataFrame, score: str, ceiling: Ceiling | None = None) -> go.Figure:
    """Variants of one training: mean over seeds, spread (standard deviation), and each seed as a point.

    Args:
        rows: family, variant, seed and `score` of one task and one annotator, a row a photo. The variants of a family
            stand together below its name.
    """
    seeds = rows.groupby(["family", "variant", "seed"], sort=False)[score].mean().reset_index()
    figure, names, families = go.Figure(), [], []
    for family, own in reversed(list(seeds.groupby("family", sort=False))):
        for variant, part in reversed(list(own.groupby("variant", sort=False))):
            _trainings(figure, len(names), part[score].to_numpy(float))
            names.append(variant)
        families.append(len(names))
        names.append(family)
    name_rows(figure, names, bold=families)
    ceiling_across(figure, ceiling)
    framed(figure, SCORES.get(score, score), height=FRAME + ROW * len(names))
    return figure.update_yaxes(showgrid=False)


def _trainings(figure: go.Figure, place: int, values: np.ndarray) -> None:
    """One variant's row: the mean of its trainings as a bar, their spread, and each of them."""
    mean, deviation = float(values.mean()), float(values.std(ddof=1)) if len(values) > 1 else 0.0
    figure.add_bar(
        x=[mean],
        y=[place],
        orientation="h",
        width=0.6,
        marker={"color": css(PALETTE[0]), "opacity": 0.5},
        # No score is below 0.
        error_x={"symmetric": False, "array": [deviation], "arrayminus": [min(deviation, mean)], "color": GREY},
        hovertemplate=f"%{{x:.3f}}, spread {deviation:.3f} over {len(values)} trainings<extra></extra>",
    )
    figure.add_scatter(
        x=values,
        y=place + 0.15 * spread(len(values)),
        mode="markers",
        marker={"color": GREY},
        hovertemplate="one training: %{x:.3f}<extra></extra>",
    )
