"""Synthetic wrinkles and pores on real smooth skin, with exact masks."""

from train.synth.faces import certain
from train.synth.grooves import wrinkled
from train.synth.pits import pored
from train.synth.plan import Synth, SynthError
from train.synth.shapes import Shapes

__all__ = ["Shapes", "Synth", "SynthError", "certain", "pored", "wrinkled"]
