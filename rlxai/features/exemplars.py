"""The states in which a unit is strongest and weakest (dataset examples, Olah et al. 2017, doi 10.23915/distill.00007).

What exemplars have in common is a hypothesis about the unit, no more: they show the tail of its values alone, and with
other games other frames would be on top.
"""

from __future__ import annotations

import numpy as np

from rlxai.errors import InvalidValue


def strongest(values: np.ndarray, games: np.ndarray, decisions: np.ndarray, count: int, apart: int) -> np.ndarray:
    """For each unit the states with its largest values, none within `apart` decisions of another of the same game.

    Neighbouring decisions are nearly the same picture: without a distance a unit's best frames are one moment.

    Args:
        values: float (N, U).
        games: int (N,), which game each state is of.
        decisions: int (N,), when in it.
        count: K, states per unit.
        apart: least distance in decisions; 1 allows neighbours.

    Returns:
        int64 (U, K), indices of states, the largest first; -1 where there are no more.

    Raises:
        InvalidValue: count or apart is below 1.
    """
    if count < 1 or apart < 1:
        raise InvalidValue(f"count and apart must be at least 1, met {count} and {apart}")
    chosen = np.full((values.shape[1], count), -1, np.int64)
    for unit, order in enumerate(np.argsort(-values, axis=0, kind="stable").T):
        found: list[int] = []
        for state in order:
            near = (games[found] == games[state]) & (np.abs(decisions[found] - decisions[state]) < apart)
            if not near.any():
                found.append(int(state))
                if len(found) == count:
                    break
        chosen[unit, : len(found)] = found
    return chosen


def peaks(maps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The largest value of each map and where it is.

    Args:
        maps: float (N, U, h, w), or (N, U) of units without a map, whose place is (0, 0).

    Returns:
        float (N, U), and int64 (N, U, 2): row and column; of equal values the first.
    """
    if maps.ndim == 2:
        return maps, np.zeros((*maps.shape, 2), np.int64)
    flat = maps.reshape(*maps.shape[:2], -1)
    best = flat.argmax(-1)
    places = np.stack(np.unravel_index(best, maps.shape[2:]), -1)
    return np.take_along_axis(flat, best[..., None], -1)[..., 0], places
