"""A preset for each system of both papers, and the recipes that did best: functions that give a `Run`."""

from __future__ import annotations

from collections.abc import Callable

from train.augment import Augment
from train.config import IMAGENET, Run
from wrinkleseg.preprocess import Preprocess

# Widths of the face, px, at which a wrinkle and a pore show. Annotator A's photos have faces 285 px wide.
WRINKLE_WIDTH, PORE_WIDTH = 320, 1200
# The encoder's first step halves the picture: a line of 4 px would be 2 px wide there. (Validation, with the same
# weights: F1 .462 at 320 px, .472 at 384 px, .471 at 448 px.)
FINE_WIDTH = 384
DICE_FOCAL = {"dice": 1.0, "focal": 1.0}
ENCODER = "tu-tf_efficientnet_lite2"
# Paper W adds the two without giving weights; ten times focal makes them of one size.
BALANCED = {"dice": 1.0, "focal": 10.0}


def unetpp() -> Run:
    """Paper W: UNet++, dice + focal loss, skin only; encoder, rate, turns and mirroring of its sister paper."""
    return Run(
        model="unetpp",
        settings={"tasks": ["wrinkle"], "encoder": "resnext50_32x4d"},
        preprocess=Preprocess(face_width={"wrinkle": WRINKLE_WIDTH}),
        augment={"wrinkle": Augment(crop=256, turn=45)},
        batch={"wrinkle": {"human": 8}},
        losses={"wrinkle": DICE_FOCAL},
        steps=20_000,
        rate=1e-4,
        title="UNet++ for wrinkles, as published",
    )


def unet() -> Run:
    """Paper P, Table 3, row 1: U-Net, MSE on graded maps."""
    return _paper_p("unet", "U-Net for wrinkles and pores")


def unet_reduced() -> Run:
    """Paper P, Table 3, row 2: U-Net of half the width."""
    return _paper_p("unet-reduced", "Reduced U-Net for wrinkles and pores")


def unet_attention() -> Run:
    """Paper P, Table 3, row 3: reduced U-Net with both attentions."""
    return _paper_p("unet-attention", "Attention U-Net for wrinkles and pores")


def wrinkle_pore() -> Run:
    """Paper P, Table 3, row 4 (proposed): reduced U-Net with both attentions and zero-padded input."""
    return _paper_p("wrinkle-pore", "Small attention U-Net for wrinkles and pores, as published")


def weak() -> Run:
    """Weak pretraining of the `best` network: texture maps of faces without masks (Moon et al., 2024)."""
    return best().changed(
        {
            "batch": {"wrinkle": {"weak": 7}},
            "losses": {"wrinkle": {"mse": 1.0}},
            "title": "UNet++, pretrained on texture maps",
        }
    )


def best() -> Run:
    """UNet++ as shipped: a light encoder that has seen ImageNet, texture as a fourth channel, balanced dice + focal."""
    return Run(
        model="unetpp",
        settings={
            "tasks": ["wrinkle"],
            "encoder": ENCODER,
            "decoder_channels": [96, 48, 24, 16, 8],
            "in_channels": 4,
        },
        preprocess=Preprocess(face_width={"wrinkle": FINE_WIDTH}, texture=True, crisp=("wrinkle",)),
        augment={"wrinkle": Augment(crop=256, scale=(0.75, 1.3))},
        batch={"wrinkle": {"human": 7}},
        losses={"wrinkle": BALANCED},
        start=IMAGENET,
        # Few photos teach it: after some 1000 steps it only learns them by heart.
        steps=800,
        validate_every=200,
        encoder_rate=0.5,
        title="UNet++ for wrinkles",
    )


def best_joint() -> Run:
    """Wrinkles and pores in one network as shipped: paper P's decoder on an encoder that has seen ImageNet, taught by masks and by the shipped UNet++."""
    return Run(
        model="wrinkle-pore",
        settings={"tasks": ["wrinkle", "pore"], "in_channels": 4, "encoder": ENCODER},
        # Annotator A's faces, enlarged to FINE_WIDTH; pores gain nothing by more.
        preprocess=Preprocess(
            {"wrinkle": FINE_WIDTH, "pore": PORE_WIDTH},
            texture=True,
            largest_enlargement=1.4,
            mirrored=("wrinkle", "pore"),  # seen from one side alone, half of the pores come out elsewhere
        ),
        augment={
            "wrinkle": Augment(crop=256, scale=(0.75, 1.3)),
            "pore": Augment(crop=256, scale=(0.7, 1.25), turn=180),
        },
        batch={"wrinkle": {"human": 4, "taught": 1}, "pore": {"human": 1, "portraits": 1}},
        losses={"wrinkle": BALANCED, "pore": BALANCED},
        start=IMAGENET,
        teacher="unetpp",
        steps=800,
        validate_every=200,
        encoder_rate=0.5,
        title="Small attention U-Net for wrinkles and pores",
    )


def _paper_p(model: str, title: str) -> Run:
    return Run(
        model=model,
        settings={"tasks": ["wrinkle", "pore"]},
        preprocess=Preprocess({"wrinkle": WRINKLE_WIDTH, "pore": PORE_WIDTH}, largest_enlargement=1.0),
        # A pore has no upright; a wrinkle has.
        augment={
            "wrinkle": Augment(crop=256, scale=(0.8, 1.3)),
            "pore": Augment(crop=256, scale=(0.7, 1.25), turn=180),
        },
        batch={"wrinkle": {"graded": 6}, "pore": {"graded": 2}},
        losses={"wrinkle": {"mse": 1.0}, "pore": {"mse": 1.0}},
        steps=20_000,
        title=title,
    )


PRESETS: dict[str, Callable[[], Run]] = {
    "unetpp": unetpp,
    "unet": unet,
    "unet-reduced": unet_reduced,
    "unet-attention": unet_attention,
    "wrinkle-pore": wrinkle_pore,
    "weak": weak,
    "best": best,
    "best-joint": best_joint,
}


def preset(name: str) -> Run:
    """The run of that name, which knows its name."""
    return PRESETS[name]().changed({"preset": name})
