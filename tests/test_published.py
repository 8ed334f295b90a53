"""The papers' figures: complete, within range, and the same as where else the project states them."""

from __future__ import annotations

import pytest

from eval import published
from train import ablation


def test_table_of_paper_w_is_complete():
    theirs = {figure.name: dict(figure.wrinkle) for figure in published.of_table(published.PAPER_W)}
    assert theirs == {
        "Sanchez et al., 2022": {"f1": 0.4925, "iou": 0.3317, "accuracy": 0.9919},
        "UNet++, dice + focal": {"f1": 0.5949, "iou": 0.4275, "accuracy": 0.9929},
    }


def test_tables_of_paper_p_have_their_lines_in_order():
    second, third = published.of_table(published.PAPER_P_2), published.of_table(published.PAPER_P_3)
    assert [(f.wrinkle["iou"], f.pore["iou"]) for f in second] == [(0.0833, 0.2886), (0.2160, 0.3669), (0.2341, 0.4032)]
    assert [(f.parameters, f.loss) for f in third] == [
        *((17_300_000, 1.243), (4_300_000, 1.250), (5_200_000, 1.242), (5_200_000, 1.145))
    ]


def test_the_ablation_states_the_same_figures():
    stated = [variant.published for variant in ablation.networks()]
    assert stated == [
        {"wrinkle": f.wrinkle["iou"], "pore": f.pore["iou"]} for f in published.of_table(published.PAPER_P_3)
    ]
    losses = {variant.name: variant.published for variant in ablation.losses()}
    for figure in published.of_table(published.LOSSES):
        assert losses[figure.name.removeprefix("UNet++, ")] == {"wrinkle": figure.wrinkle["iou"]}


def test_every_figure_has_a_source_and_scores_within_0_and_1():
    for figure in published.FIGURES:
        values = [*figure.wrinkle.values(), *figure.pore.values()]
        assert figure.source and figure.data and values
        assert all(0 < value < 1 for value in values)
    names = [(figure.table, figure.name) for figure in published.FIGURES]
    assert len(set(names)) == len(names)


def test_f1_and_iou_of_one_line_belong_together():
    # For pooled counts F1 = 2 IoU / (1 + IoU); a mean over photos lies a little below it, never above by more than rounding.
    for figure in published.FIGURES:
        if {"f1", "iou"} <= set(figure.wrinkle):
            f1, iou = figure.wrinkle["f1"], figure.wrinkle["iou"]
            assert -0.02 < f1 - 2 * iou / (1 + iou) < 1e-3, figure.name


def test_an_unknown_table_is_named_with_the_known_ones():
    with pytest.raises(ValueError, match="'Table 9'.*paper W, Table 1"):
        published.of_table("Table 9")
