"""Activation atlas: an embedding cut into cells, each shown by what is typical of its states.

Carter et al. 2019 (doi 10.23915/distill.00015): average the activations in each cell of a grid over the embedding, and
show an input for the average. Here a cell also has its most typical real state, and words. A cell's size and place in
the plane mean nothing; its states are alike to the layer, which need not be alike to the eye.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rlxai.errors import InvalidValue


@dataclass(frozen=True, eq=False)
class Cell:
    """One cell of the grid."""

    row: int
    column: int
    members: np.ndarray
    """int64 (M,): its states."""
    medoid: int
    """The state whose activations are nearest to their mean."""


def grid_cells(plane: np.ndarray, activations: np.ndarray, *, side: int, least: int) -> list[Cell]:
    """Cells of a square grid over the plane that hold enough states, row by row from the top.

    Args:
        plane: float (N, 2).
        activations: float (N, D).
        side: cells along each side.
        least: states below which a cell is left out.

    Raises:
        InvalidValue: side or least is below 1.
    """
    if side < 1 or least < 1:
        raise InvalidValue(f"side and least must be at least 1, met {side} and {least}")
    low, high = plane.min(0), plane.max(0)
    within = (plane - low) / np.maximum(high - low, 1e-12)
    column, row = np.minimum((within * side).astype(int), side - 1).T
    row = side - 1 - row  # the plane's axis goes up, a picture's down
    found = []
    for r, c in np.ndindex(side, side):
        members = np.flatnonzero((row == r) & (column == c))
        if len(members) >= least:
            inside = activations[members]
            nearest = int(((inside - inside.mean(0)) ** 2).sum(1).argmin())
            found.append(Cell(r, c, members, int(members[nearest])))
    return found


def traits(members: np.ndarray, values: np.ndarray, names: Sequence[str], count: int = 2) -> list[tuple[str, float]]:
    """What sets the states of a cell apart: properties whose mean is furthest from that of all, in standard deviations.

    Args:
        members: int (M,).
        values: float (N, S), NaN where a property is not defined.
        names: of the S properties.
        count: how many, the furthest first; only those at least one standard deviation away.
    """
    found = []
    for name, column in zip(names, values.T, strict=True):
        known, inside = column[np.isfinite(column)], column[members]
        inside = inside[np.isfinite(inside)]
        if len(inside) * 2 >= len(members) and len(known) > 1 and known.std() > 0:
            found.append((name, float((inside.mean() - known.mean()) / known.std())))
    ranked = sorted(found, key=lambda one: -abs(one[1]))
    return [one for one in ranked if abs(one[1]) >= 1][:count]
