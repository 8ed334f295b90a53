"""Results as Plotly figures: tables in, figures out, nothing read and nothing written.

One method has one colour, mark and dash in every figure; how all of them look is in `eval.figure_style`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from eval.figure_style import (
    FRAME,
    GREY,
    PALETTE,
    ROW,
    Ceiling,
    Style,
    ceiling_across,
    ceiling_along,
    ceiling_named,
    counted,
    css,
    framed,
    line,
    mark,
    name_rows,
    plain,
    spread,
    whiskers,
)
from eval.references import SECOND_PERSON
from eval.scores import TOLERANCES
from eval.thresholds import THRESHOLDS

SCORES = {
    "f1": "F1 (Dice)",
    "iou": "IoU",
    "line_f1_3": "Centreline F1 within 3 px",
    "cldice": "clDice",
    "ap": "Average precision",
    "accuracy": "Pixel accuracy",
    "centre_f1": "Pore centres F1 within 4 px",
}
"""Scores with a mean and an interval in the leaderboard, and what they are called."""
SECONDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
"""Marks of the axis of time."""
MANY_POINTS = 3000
"""Above this the browser draws points by its graphics card."""


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
        customdata=known[[f"{score}_low", f"{score}_high", "photos"]].to_numpy(float),
        hovertemplate="%{x:.3f} (%{customdata[0]:.3f} to %{customdata[1]:.3f}), %{customdata[2]} photos<extra></extra>",
    )
    name_rows(figure, list(known["method"]))
    ceiling_across(figure, ceiling)
    return framed(figure, SCORES[score], height=FRAME + ROW * len(known))


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
    furthest = max([*known.values(), ours[1] if ours else 0.0])
    return figure.update_xaxes(range=[0, min(1.2 * furthest, 1.08)])


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
    """Mean F1 at every threshold, the frozen one marked. `curves`: as `sweep_means` gives it."""
    figure = go.Figure()
    for row in curves[curves["f1_curve"].notna()].itertuples():
        figure.add_trace(line(row.method, THRESHOLDS, row.f1_curve, look[row.method]))
        here = float(np.interp(row.threshold, THRESHOLDS, row.f1_curve))
        point = mark(look[row.method], f"{plain(row.method)} uses %{{x:.2f}}: F1 %{{y:.3f}}<extra></extra>")
        figure.add_scatter(x=[row.threshold], y=[here], showlegend=False, **point)
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


def speed(board: pd.DataFrame, score: str, look: Mapping[str, Style], ceiling: Ceiling | None = None) -> go.Figure:
    """Score against seconds of a photo (logarithmic); the larger the bubble, the more parameters."""
    known = board[(board["kind"] != "reference") & board[score].notna() & (board["seconds"] > 0)]
    figure = go.Figure()
    for row in known.to_dict("records"):
        millions = row["parameters"] / 1e6
        told = f"{millions:.1f} million parameters" if millions else "no parameters: a filter"
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


def _same_f1(ceiling: Ceiling) -> go.Scatter:
    """All pairs of precision and recall with the second person's F1."""
    value, name = ceiling.score, f"as good as a second person ({counted(ceiling.photos)})"
    recall = np.linspace(value / (2 - value) + 1e-6, 1, 60)
    dashed = {"color": GREY, "width": 2, "dash": "dash"}
    return go.Scatter(x=recall, y=value * recall / (2 * recall - value), mode="lines", line=dashed, name=name)


def _box(values: pd.Series, place: int) -> go.Box:
    low, q1, middle, q3, high = values.quantile([0.05, 0.25, 0.5, 0.75, 0.95])
    limits = {"q1": [q1], "median": [middle], "q3": [q3], "lowerfence": [low], "upperfence": [high]}
    colours = {"fillcolor": "rgba(125,125,125,0.14)", "line": {"color": GREY, "width": 1.2}}
    return go.Box(**limits, y=[place], orientation="h", width=0.7, hoverinfo="skip", **colours)
