"""The arithmetic of one step: fit it to a curve of snapshots, and draw curves like it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from rlxai.errors import InvalidValue


@dataclass(frozen=True, eq=False)
class Curve:
    """A quantity over the S snapshots that have a game in which it is defined."""

    steps: np.ndarray
    """float (S,)."""
    ranks: np.ndarray
    """float (S,): mean over the games of a snapshot of their ranks among all games."""
    means: np.ndarray
    """float (S,): mean of the values."""
    games: int

    @classmethod
    def of(cls, steps: Sequence[int], games: Sequence[np.ndarray]) -> Curve:
        """The curve of S snapshots or fewer.

        Args:
            steps: of the snapshots, increasing.
            games: of each snapshot, the quantity in each of its games: float (n_s,), NaN where undefined.

        Raises:
            InvalidValue: steps do not increase, or there is not one array for each.
        """
        if len(steps) != len(games) or any(b <= a for a, b in pairwise(steps)):
            raise InvalidValue(
                f"a curve needs increasing steps and games for each, met steps {list(steps)} and games of {len(games)}"
            )
        known = [sample[np.isfinite(sample)] for sample in (np.asarray(sample, np.float64) for sample in games)]
        kept = [(step, sample) for step, sample in zip(steps, known, strict=True) if len(sample)]
        whole = np.concatenate([np.zeros(0), *(sample for _, sample in kept)])
        borders = np.cumsum([len(sample) for _, sample in kept])
        ranks, means = (
            np.array([part.mean() for part in np.split(values, borders)[:-1]]) for values in (_ranks(whole), whole)
        )
        return cls(np.array([step for step, _ in kept], np.float64), ranks, means, len(whole))

    @property
    def split(self) -> int:
        """Index of the first snapshot after the best step."""
        return int(fit_steps(self.ranks[None])[0][0])

    def draw(self, draws: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Splits and directions of curves made of the fit and its residuals drawn with replacement; each (draws,)."""
        count, split = len(self.ranks), self.split
        fitted = np.repeat([self.ranks[:split].mean(), self.ranks[split:].mean()], [split, count - split])
        residuals = (self.ranks - fitted) * np.sqrt(count / (count - 2))  # a fit takes two means off their spread
        chosen = np.random.default_rng(seed).integers(count, size=(draws, count))
        splits, _, directions = fit_steps(fitted + residuals[chosen])
        return splits, directions

    def p_value(self, draws: int, seed: int) -> float:
        """Share of orders of the snapshots in which a step explains as much as in theirs."""
        explained = fit_steps(self.ranks[None])[1][0]
        orders = np.random.default_rng(seed).permuted(np.broadcast_to(self.ranks, (draws, len(self.ranks))), axis=1)
        as_much = fit_steps(orders)[1] >= explained - 1e-9
        return (1 + int(as_much.sum())) / (1 + draws)


def fit_steps(curves: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Best step of each curve by least squares.

    Args:
        curves: float (D, S).

    Returns:
        (D,) each: index of the first value after the step, part of the variance that it explains, direction (1 up).
    """
    count = curves.shape[1]
    k = np.arange(1, count)
    centred = curves - curves.mean(axis=1, keepdims=True)
    before = np.cumsum(centred, axis=1)[:, :-1]  # the sum after is its negative
    gain = before**2 * count / (k * (count - k))  # fall of the sum of squares, (D, S - 1)
    best = gain.argmax(axis=1)
    rows = np.arange(len(curves))
    total = (centred**2).sum(axis=1)
    explained = np.divide(gain[rows, best], total, out=np.zeros(len(curves)), where=total > 0)
    return best + 1, explained, -np.sign(before[rows, best]).astype(int)


def _ranks(values: np.ndarray) -> np.ndarray:
    """Ranks from 1; equal values share the mean of theirs."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: np.ndarray = (np.cumsum(counts) - (counts - 1) / 2)[place]
    return ranks
