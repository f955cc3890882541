"""Which pixels a unit sees, computed from the description of the network.

Along one axis, with kernels k, strides s and paddings p of the layers up to l:

    j_l = j_{l-1} s_l          r_l = r_{l-1} + (k_l - 1) j_{l-1}          o_l = o_{l-1} - p_l j_{l-1}

j is the distance of neighbouring units in pixels, r the size of the field, o where the field of unit 0 starts
(Araujo, Norris and Sim 2019, doi 10.23915/distill.00021, equations 2 to 4). What a unit *uses* of its field is less,
and can be far less: the field is a bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rlxai.networks.architecture import Layer


@dataclass(frozen=True)
class ReceptiveField:
    """Fields of all units of a layer; every pair is (rows, columns)."""

    size: tuple[int, int]
    jump: tuple[int, int]
    start: tuple[int, int]
    """Where the field of unit (0, 0) begins; negative where padding stands before the image."""
    image: tuple[int, int]

    def box(self, row: int, column: int) -> tuple[slice, slice]:
        """The pixels that the unit at (row, column) sees, cut at the image's border."""
        return self._clipped(0, row, self.size[0]), self._clipped(1, column, self.size[1])

    def cell(self, axis: int, place: int, units: int) -> slice:
        """The rows, or columns, whose nearest unit is this one of so many: the middle `jump` pixels of its field.

        At the border the first and the last unit's reach to the end of their fields.
        """
        first = self.start[axis] + place * self.jump[axis]
        middle = first + (self.size[axis] - self.jump[axis]) // 2
        start = first if place == 0 else middle
        stop = first + self.size[axis] if place == units - 1 else middle + self.jump[axis]
        return slice(max(start, 0), max(min(stop, self.image[axis]), 0))

    def _clipped(self, axis: int, place: int, size: int) -> slice:
        first = self.start[axis] + place * self.jump[axis]
        return slice(max(first, 0), max(min(first + size, self.image[axis]), 0))


def receptive_field(layers: Sequence[Layer], index: int, image: tuple[int, int]) -> ReceptiveField:
    """The fields of the units of one layer; behind a flatten or a pooling every unit sees the whole image.

    Args:
        layers: description of the network, see `rlxai.networks.describe`.
        index: of the layer.
        image: (H, W) of the input.
    """
    size, jump, start = [1, 1], [1, 1], [0, 0]
    for layer in layers[: index + 1]:
        if layer["type"] == "conv":
            for axis in range(2):
                start[axis] -= layer["padding"][axis] * jump[axis]
                size[axis] += (layer["kernel"][axis] - 1) * jump[axis]
                jump[axis] *= layer["stride"][axis]
        elif layer["type"] != "relu":
            return ReceptiveField(image, image, (0, 0), image)
    return ReceptiveField((size[0], size[1]), (jump[0], jump[1]), (start[0], start[1]), image)
