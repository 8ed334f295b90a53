"""Settings of the synthetic wrinkles and pores. Lengths are shares of the face's width."""

from __future__ import annotations

from dataclasses import dataclass, fields

Range = tuple[float, float]


class SynthError(ValueError):
    """A setting or an input of the synthetic wrinkles and pores cannot be used; the message says how to mend it."""


@dataclass(frozen=True)
class Synth:
    """How wrinkles and pores are drawn. Depths are in natural logarithms of grey: 0.1 is about a tenth darker.

    The defaults were measured on real photos: wrinkle profiles across the lines of two annotators at a face width of
    320 px (median depth 0.07 to 0.2 by zone, full width at half depth 3 to 9 px), pores on the annotated half face.

    drawn_width: width of the lines in the mask; 4 px at a face of 285 px is annotator A's, 0.009 is B's.
    groove: smallest and largest standard deviation of a groove's profile across.
    depth: smallest and largest depth of a wrinkle; the middle of its log-normal spread is `usual_depth` where a long
        wrinkle is deepest: short ones are shallower, and so are all on average over their length.
    faintest: a part of a wrinkle fainter than this is not drawn into the mask.
    slope: smallest and largest strength of the lit and the shaded wall, as a share of the depth.
    light: where the light comes from, degrees anticlockwise from the picture's right (90: from above); None draws one,
        mostly from above. from_shapes: share of faces that get a person's wrinkles where shapes are given.
    pore_size: smallest and largest diameter. pore_depth: as depth. pores: smallest and largest number in a square
    as wide as the face, on the cheeks; other zones have a fixed share of it. rim: brightness around a pore, as a share
    of its depth.
    """

    drawn_width: float = 0.014
    groove: Range = (0.0022, 0.0054)
    depth: Range = (0.04, 0.4)
    usual_depth: float = 0.17
    faintest: float = 0.02
    slope: Range = (0.15, 0.6)
    light: float | None = None
    from_shapes: float = 0.6
    pore_size: Range = (1 / 250, 1 / 150)
    pore_depth: Range = (0.05, 0.2)
    pores: Range = (3000.0, 9000.0)
    rim: float = 0.12

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, tuple) and not (len(value) == 2 and 0 < value[0] <= value[1]):
                raise SynthError(f"{field.name} is {value}: give (smallest, largest), both above 0 and in this order.")
        for name in ("drawn_width", "usual_depth", "faintest"):
            if not 0 < getattr(self, name) < 1:
                raise SynthError(f"{name} is {getattr(self, name)}: give a number between 0 and 1.")
        for name in ("from_shapes", "rim"):
            if not 0 <= getattr(self, name) <= 1:
                raise SynthError(f"{name} is {getattr(self, name)}: give a share from 0 to 1.")
