"""What an edit of the state does to an agent: the arithmetic below every counterfactual figure.

For outputs q(x) of a state x, those q(e(x)) of the edited state, and the target's weights w(x) on them:

    t(x)  = sum_a w_a(x) q_a(x)
    d t   = sum_a w_a(x) q_a(e(x)) - t(x)        weights, and so the greedy action, are those of the unedited state
    value = mean d t where e puts an object there, - mean d t where it takes it away; over states that e changes
    per spread: divided by the standard deviation of t over all states, since Q-values grow while an agent learns

A decision changes where argmax q(e(x)) is another action than argmax q(x).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rlxai.strategy.controls import shifted


def target_values(weights: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    """The target t of each state, float64 (N,), from its weights (N, A) and the outputs (N, A)."""
    values: np.ndarray = (np.asarray(weights, np.float64) * np.asarray(outputs, np.float64)).sum(axis=1)
    return values


def effects(weights: np.ndarray, outputs: np.ndarray, edited: np.ndarray) -> np.ndarray:
    """The differences d t of all states, float64 (N,).

    Args:
        weights: (N, A), of the unedited states.
        outputs: (N, A), of the unedited states.
        edited: (N, A), of the edited states.
    """
    found: np.ndarray = target_values(weights, edited) - target_values(weights, outputs)
    return found


def object_value(found: np.ndarray, *, adds: bool) -> float:
    """What an object is worth: the mean of the effects (n,) of edits that add it, or minus that of those that do not.

    NaN where no state is changed.
    """
    if not len(found):
        return float("nan")
    return float(found.mean()) if adds else -float(found.mean())


def per_spread(value: float, targets: np.ndarray) -> float:
    """A difference of targets divided by their `spread`, that of the targets (N,)."""
    return value / spread(targets)


def spread(targets: np.ndarray) -> float:
    """Standard deviation of a target over states (N,); NaN where it is the same in all."""
    return float(np.std(targets)) or float("nan")


def changed_decisions(outputs: np.ndarray, edited: np.ndarray) -> np.ndarray:
    """Where the greedy action is another one, bool (N,); the first of equal outputs is the greedy one."""
    changed: np.ndarray = outputs.argmax(axis=1) != edited.argmax(axis=1)
    return changed


def displaced(observations: np.ndarray, edited: np.ndarray, seed: int | Sequence[int]) -> np.ndarray:
    """Null control of an edit: each pixel changes by as much as the edit changes it, but somewhere else.

    All planes of a stack are moved by one offset, see `shifted`. A change that would leave 0 to 255 at its new place
    (a ball cannot be taken away where there is none) has its sign turned: something of that size appears instead.

    Args:
        observations: uint8 (N, C, H, W).
        edited: uint8 (N, C, H, W).
        seed: of the offsets.

    Returns:
        uint8 (N, C, H, W).
    """
    change = shifted(edited.astype(np.int16) - observations, seed)
    moved = observations + change
    moved = np.where((moved < 0) | (moved > 255), observations - change, moved)
    within: np.ndarray = moved.clip(0, 255).astype(np.uint8)
    return within
