"""ATOMs: which objects the units of a hidden layer see, each weighted by what it carries of the decision.

Beylier, Hofmann and Scherf 2024 (arXiv 2406.14324). For states x in X, units k with relevance R_k(x) for the target,
and the map R^k(x) of each unit alone:

    S(x)       = smallest set of units that carries 90 % of sum_k |R_k(x)|
    R-bar_o^k  = 1/V sum_{p in o} R_p^k        V = number of pixels of o with R_p^k != 0; 0 where there are none
    h(o)       = 1/|X| sum_x sum_{k in S} R_k R-bar_o^k
    c(T)       = 1/|X| sum_x sum_{k in S} R_k delta_k(x; T)
    delta_k    = 1 if R-bar_o^k > beta for all o in T and R-bar_o^k = 0 for all others, else 0
    beta       = alpha max_o R-bar_o^k         alpha = 0.25

Here R_k is divided by its sum over S(x), and each map starts from 1 in its unit: the outputs of a value network grow
while it learns, and profiles of early and late snapshots would not be comparable otherwise. So sum_T c(T) <= 1.

A unit above convolutions that overlap sees a trace of nearly everything, so that delta is nearly always 0. Beside c
stands `c_above`, in which the others have to be at most beta instead of 0: each unit that sees any object then sees
exactly one set, that of the objects above beta.

Objects are coverage masks m in [0, 1]: sums over o are weighted by m, and V is sum_p m_p [R_p != 0].
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rlxai.errors import InvalidValue

PART = 0.9
ALPHA = 0.25


@dataclass(frozen=True, eq=False)
class Profile:
    """Profiles of one state over K objects; those of several are averaged."""

    h: np.ndarray
    """float64 (K,)."""
    c: np.ndarray
    """float64 (2^K,): place i stands for the set of objects j with bit j set in i; 0 at the empty set."""
    c_above: np.ndarray
    """float64 (2^K,), likewise."""


def carriers(relevance: np.ndarray, part: float = PART) -> np.ndarray:
    """The smallest set of units that carries a part of sum_k |R_k|: int (M,), the largest first.

    Args:
        relevance: float (U,), of one state.
        part: above 0, at most 1.

    Raises:
        InvalidValue: part is outside its domain.
    """
    if not 0 < part <= 1:
        raise InvalidValue(f"part must be above 0 and at most 1, met {part}")
    size = np.abs(np.asarray(relevance, np.float64))
    order = np.argsort(-size, kind="stable")
    carried = np.cumsum(size[order])
    if not len(carried) or carried[-1] == 0:
        return order[:0]
    return order[: int(np.searchsorted(carried, part * carried[-1])) + 1]


def object_means(maps: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """R-bar of every map and object: float64 (M, K), 0 where an object has no pixel with relevance.

    Args:
        maps: float (M, C, H, W), of M units.
        masks: float in [0, 1], (C, K, H, W): coverage of each cell by each object.
    """
    flat = np.asarray(maps, np.float64).reshape(len(maps), -1)
    weights = np.moveaxis(np.asarray(masks, np.float64), 1, 0).reshape(masks.shape[1], -1)
    total, seen = flat @ weights.T, (flat != 0) @ weights.T
    means: np.ndarray = np.divide(total, seen, out=np.zeros_like(total), where=seen > 0)
    return means


def profile(relevance: np.ndarray, means: np.ndarray, alpha: float = ALPHA) -> Profile:
    """Profiles of one state.

    Args:
        relevance: float (M,), R_k of the units in S; their sizes count.
        means: float (M, K), R-bar, not negative.
        alpha: of beta, at least 0 and below 1.

    Raises:
        InvalidValue: alpha is outside its domain.
    """
    if not 0 <= alpha < 1:
        raise InvalidValue(f"alpha must be at least 0 and below 1, met {alpha}")
    objects = means.shape[1]
    size = np.abs(np.asarray(relevance, np.float64))
    weight = size / size.sum() if size.any() else size
    above = means > alpha * means.max(axis=1, keepdims=True, initial=0)  # (M, K); none where all means are 0
    chosen = above @ (1 << np.arange(objects))
    alone = ((means == 0) | above).all(axis=1)

    def over_sets(units: np.ndarray) -> np.ndarray:
        found = np.bincount(chosen[units], weight[units], minlength=1 << objects)
        found[0] = 0
        return found

    return Profile(weight @ means, over_sets(alone), over_sets(np.ones(len(weight), bool)))


def set_names(objects: tuple[str, ...]) -> tuple[str, ...]:
    """Names of the 2^K sets in the order of `Profile.c`, such as `ball+paddle`; the first, of none, is empty."""
    return tuple(
        "+".join(name for place, name in enumerate(objects) if index >> place & 1) for index in range(1 << len(objects))
    )
