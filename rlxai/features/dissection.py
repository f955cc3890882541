"""Which object of the game a unit's map marks (network dissection, Bau et al. 2017, arXiv 1704.05796).

Their score of unit u and object o, over all places of all states, is

    IoU(u, o) = |M_u and L_o| / |M_u or L_o|,      M_u = (a_u > T_u),      P(a_u > T_u) = q

with L_o where the object is. Two things differ here. Objects are compared on the unit's own grid: L_o says whether the
object covers any pixel in the middle of the unit's field, as a ball is smaller than what a map enlarged to the
image could mark. And q is the share of places that the object covers, one for each object, so that M_u and L_o are of
one size and a unit that marks nothing but the object can reach 1; of M_u and L_o of share q that have nothing to do
with each other the score is q / (2 - q). `quantile` gives all objects one q instead, as in the paper (0.005).

A high score does not say that the unit *uses* the object, nor that the network uses the unit: objects keep to certain
places, and so do units. The same score for masks of other states, and for random networks, says how much of it is due
to that alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rlxai.errors import InvalidValue
from rlxai.features.receptive_field import ReceptiveField


@dataclass(frozen=True, eq=False)
class Dissection:
    """Counts of places, by game, of U units, P stacked frames and K objects; scores follow from them."""

    both: np.ndarray
    """float64 (G, U, P, K): |M_u and L_o|."""
    either: np.ndarray
    """float64 (G, U, P, K): |M_u or L_o|."""
    selectivity: np.ndarray
    """float64 (U, P, K): see `selectivity`."""
    quantile: np.ndarray
    """float64 (K,): share of places that M_u was allowed."""

    @property
    def iou(self) -> np.ndarray:
        """float64 (U, P, K): over all games; NaN of objects that are nowhere."""
        return ratio(self.both.sum(0), self.either.sum(0))


def cells(masks: np.ndarray, field: ReceptiveField, shape: tuple[int, int]) -> np.ndarray:
    """Objects on the grid of a layer.

    Args:
        masks: (..., H, W), above 0 where an object covers a pixel.
        field: of the layer's units.
        shape: (h, w) of its maps.

    Returns:
        bool (..., h, w): whether any pixel is covered that is nearer to this unit than to others, see
        `ReceptiveField.cell`.
    """
    covered: np.ndarray = np.greater(masks, 0)
    found = np.zeros((*covered.shape[:-2], *shape), bool)
    for row in range(shape[0]):
        rows: np.ndarray = np.any(covered[..., field.cell(0, row, shape[0]), :], axis=-2)
        for column in range(shape[1]):
            found[..., row, column] = rows[..., field.cell(1, column, shape[1])].any(-1)
    return found


def dissect(maps: np.ndarray, objects: np.ndarray, games: np.ndarray, quantile: float | None = None) -> Dissection:
    """Compare units with objects.

    Args:
        maps: float (N, U, h, w) activations, not negative; a place with 0 is never marked.
        objects: bool (N, P, K, h, w), see `cells`: in each of P stacked frames, the newest last.
        games: int (N,), which game each state is of, 0 to G - 1.
        quantile: share of places that a unit marks; None: of each object its share of places in the newest frame.

    Raises:
        InvalidValue: quantile is not between 0 and 1.
    """
    if quantile is not None and not 0 < quantile < 1:
        raise InvalidValue(f"quantile must be above 0 and below 1, met {quantile!r}")
    n, u = maps.shape[:2]
    planes, k = objects.shape[1:3]
    places = maps[0, 0].size
    flat = maps.reshape(n, u, places)
    truth = objects.reshape(n, planes, k, places).astype(np.float32)
    share = truth[:, -1].mean((0, 2)) if quantile is None else np.full(k, quantile)
    ordered = -np.sort(-flat.transpose(1, 0, 2).reshape(u, -1), axis=1)  # (U, N places), the largest first
    both, either = (np.zeros((int(games.max()) + 1, u, planes, k)) for _ in range(2))
    for index in range(k):
        count = round(float(share[index]) * n * places)
        if not count:
            continue
        threshold = ordered[:, count - 1, None]  # (U, 1)
        marked = ((flat >= threshold) & (flat > 0)).astype(np.float32)
        for game in range(len(both)):
            inside = games == game
            m, t = marked[inside], truth[inside][:, :, index]
            hits = np.einsum("nup,ncp->uc", m, t, optimize=True)
            both[game, :, :, index] = hits
            either[game, :, :, index] = m.sum((0, 2))[:, None] + t.sum((0, 2)) - hits
    either[:, :, :, truth.sum((0, 1, 3)) == 0] = 0
    return Dissection(both, either, selectivity(flat, truth), share)


def selectivity(flat: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """(m_in - m_out) / (m_in + m_out) of the mean activations at places with and without the object.

    The form is that of the class selectivity index of Morcos et al. 2018 (arXiv 1803.06959, section 2.2): 1 where the
    unit is active at the object only, 0 where it makes no difference, -1 where it is active elsewhere only.

    Args:
        flat: float (N, U, M), not negative.
        truth: 0 or 1, (N, P, K, M).

    Returns:
        float64 (U, P, K); NaN of units that are never active and objects that are nowhere, or everywhere.
    """
    inside = np.einsum("num,npkm->upk", flat, truth, optimize=True).astype(np.float64)
    count = truth.sum((0, 3), dtype=np.float64)  # (P, K)
    everywhere = flat.sum((0, 2), dtype=np.float64)[:, None, None]
    m_in = ratio(inside, np.broadcast_to(count, inside.shape))
    m_out = ratio(everywhere - inside, np.broadcast_to(flat.shape[0] * flat.shape[2] - count, inside.shape))
    return ratio(m_in - m_out, m_in + m_out)


def ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """The quotient, NaN where below is not positive."""
    found: np.ndarray = np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0)
    return found
