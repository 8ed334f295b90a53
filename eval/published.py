"""What the papers published, as data: to stand beside our own scores, never to be ranked with them.

None of these figures was measured on our photos, and masks by other people make other scores: two annotators of ours
reach an IoU of 0.15 to 0.18 against each other. Tables and charts therefore mark each of them with `MARK`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MARK = "published, other data"

PAPER_W = "paper W, Table 1"
PAPER_P_2 = "paper P, Table 2"
PAPER_P_3 = "paper P, Table 3"
LOSSES = "KSII, losses"
OTHERS = "others"


@dataclass(frozen=True)
class Figure:
    """One published line.

    name: the method as the source calls it. table: where it stands, one of the names above. source: who published it,
    where and when. data: what it was tested on, as far as told. wrinkle, pore: score (a column of a results table, such
    as "iou", "f1", "accuracy", "micro_iou") -> value, 0..1. parameters: of the network. loss: value of the loss that
    the source prints. note: what one must know to read it.
    """

    name: str
    table: str
    source: str
    data: str
    wrinkle: Mapping[str, float] = field(default_factory=dict)
    pore: Mapping[str, float] = field(default_factory=dict)
    parameters: int | None = None
    loss: float | None = None
    note: str = ""


_W = "Bui et al., Dong Nai Technology University, 2024"
_W_DATA = "Flickr-Faces-HQ, own masks, number of photos not given"
_P = "Yoon, Kim, Lee, Yoo, Diagnostics 13(11):1894, 2023"
_P_DATA = "50 device photos of forehead, eyes, butterfly zone; graded semi-automatic masks"
_KSII = "Kim, Lee, Rew, Hwang, KSII TIIS 18(8), 2024"
_KSII_DATA = "Flickr-Faces-HQ, own masks, 1000 photos, 9:1"
_MOON = "Moon et al., arXiv 2408.09952, 2024"
_MOON_DATA = "FFHQ-Wrinkle"
_ZONE = "scored inside a cropped zone; the networks on the whole picture"


def _paper_w(name: str, f1: float, iou: float, accuracy: float) -> Figure:
    return Figure(name, PAPER_W, _W, _W_DATA, wrinkle={"f1": f1, "iou": iou, "accuracy": accuracy})


def _paper_p_2(name: str, wrinkle: float, pore: float, note: str = "") -> Figure:
    return Figure(name, PAPER_P_2, _P, _P_DATA, wrinkle={"iou": wrinkle}, pore={"iou": pore}, note=note)


def _paper_p_3(name: str, parameters: int, loss: float, wrinkle: float, pore: float) -> Figure:
    return Figure(name, PAPER_P_3, _P, _P_DATA, {"iou": wrinkle}, {"iou": pore}, parameters, loss)


def _ksii_loss(name: str, iou: float) -> Figure:
    return Figure(f"UNet++, {name}", LOSSES, _KSII, _KSII_DATA, wrinkle={"iou": iou})


def _moon(name: str, iou: float) -> Figure:
    return Figure(name, OTHERS, _MOON, _MOON_DATA, wrinkle={"iou": iou})


FIGURES: tuple[Figure, ...] = (
    _paper_w("Sanchez et al., 2022", f1=0.4925, iou=0.3317, accuracy=0.9919),
    _paper_w("UNet++, dice + focal", f1=0.5949, iou=0.4275, accuracy=0.9929),
    _paper_p_2("Image processing", 0.0833, 0.2886, _ZONE),
    _paper_p_2("U-Net++", 0.2160, 0.3669),
    _paper_p_2("Proposed", 0.2341, 0.4032),
    _paper_p_3("U-Net", 17_300_000, 1.243, 0.2078, 0.3601),
    _paper_p_3("Reduced U-Net", 4_300_000, 1.250, 0.2147, 0.3646),
    _paper_p_3("Reduced + attentions", 5_200_000, 1.242, 0.2250, 0.3714),
    _paper_p_3("Reduced + attentions + zero-padding (proposed)", 5_200_000, 1.145, 0.2341, 0.4032),
    _ksii_loss("BCE", 0.3363),
    _ksii_loss("dice", 0.4358),
    _ksii_loss("focal", 0.4148),
    _ksii_loss("BCE + dice", 0.4436),
    Figure("UNet++", OTHERS, _KSII, _KSII_DATA, wrinkle={"iou": 0.4494, "f1": 0.6157}),
    _moon("U-Net, texture-map pretraining", 0.4511),
    _moon("U-Net, no pretraining", 0.4319),
    _moon("U-Net, texture-map pretraining, 5% of the labels", 0.3461),
    _moon("U-Net, no pretraining, 5% of the labels", 0.2608),
    Figure(
        "U-Net of Moon et al. as released",
        OTHERS,
        "measured by a third party",
        "100 official photos of FFHQ-Wrinkle, 1024x1024",
        wrinkle={"iou": 0.4842, "f1": 0.6452, "micro_iou": 0.4910, "micro_f1": 0.6586},
        note="4.7 s a photo on a CPU, 3.3 GB",
    ),
    Figure(
        "FFHQ-detect-face-wrinkles",
        OTHERS,
        "rmsandu, a Gradio demo",
        "about 1820 masks",
        wrinkle={"iou": 0.3412, "f1": 0.5087},
    ),
)


def of_table(table: str) -> tuple[Figure, ...]:
    """The lines of one table, in its order. Raises ValueError for an unknown one, and names the known ones."""
    known = tuple(dict.fromkeys(figure.table for figure in FIGURES))
    if table not in known:
        raise ValueError(f"no published table is called {table!r}; there are: {', '.join(known)}")
    return tuple(figure for figure in FIGURES if figure.table == table)
