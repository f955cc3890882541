"""Targets: the scalar that is explained, always a weighted sum of the network's outputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from rlxai.errors import InvalidValue

Kind = Literal["chosen", "taken", "action", "value", "advantage", "contrast"]
ALLOWED = "chosen, taken, action:i, value, advantage, contrast, contrast:i:j"
_INDICES: dict[str, tuple[int, ...]] = {"action": (1,), "contrast": (0, 2)}


@dataclass(frozen=True)
class Target:
    """A target as weights on the outputs: target = Σ_a weights_a q_a.

    With A actions and the greedy action g = argmax q:

    | name           | target            | weights                                |
    |----------------|-------------------|----------------------------------------|
    | `chosen`       | q_g               | onehot(g)                              |
    | `taken`        | q of the action that was really pressed | onehot(taken)    |
    | `action:i`     | q_i               | onehot(i)                              |
    | `value`        | mean q            | 1 / A                                  |
    | `advantage`    | q_g - mean q      | onehot(g) - 1 / A                      |
    | `contrast`     | q_g - next best q | onehot(g) - onehot(second)             |
    | `contrast:i:j` | q_i - q_j         | onehot(i) - onehot(j)                  |

    q_g is mostly value: the difference between actions is a few per cent of it, so `advantage` and `contrast` are
    what explains a decision. g is read from the unperturbed output and held fixed.
    """

    kind: Kind
    actions: tuple[int, ...] = ()

    @classmethod
    def parse(cls, name: str | Target) -> Target:
        """The target of a name.

        Raises:
            InvalidValue: no target has this name.
        """
        if isinstance(name, Target):
            return name
        kind, *indices = str(name).split(":")
        if kind not in get_args(Kind) or len(indices) not in _INDICES.get(kind, (0,)):
            raise InvalidValue(f"unknown target {str(name)!r}; allowed are {ALLOWED}")
        if not all(index.isascii() and index.isdigit() for index in indices):
            raise InvalidValue(f"target {str(name)!r} must give actions by number; allowed are {ALLOWED}")
        if len(set(map(int, indices))) < len(indices):
            raise InvalidValue(f"target {str(name)!r} must contrast two different actions")
        return cls(kind, tuple(map(int, indices)))  # type: ignore[arg-type]

    @property
    def name(self) -> str:
        """The name that `parse` reads."""
        return ":".join([self.kind, *map(str, self.actions)])

    def weights(self, q: Tensor, taken: Tensor | None = None) -> Tensor:
        """Weights (N, A) on the outputs q (N, A), in q's dtype; `taken` holds the pressed actions, integers (N,).

        Raises:
            InvalidValue: an action index is outside 0..A-1, or the target needs `taken` and it is absent or misshapen.
        """
        n, n_actions = q.shape
        for index in self.actions:
            if index >= n_actions:
                raise InvalidValue(f"target {self.name!r} must name actions from 0 to {n_actions - 1}, met {index}")
        best = q.argmax(1)  # (N,)
        match self.kind, self.actions:
            case "chosen", _:
                return _onehot(best, q)
            case "taken", _:
                return _onehot(_checked(taken, n, n_actions, q.device), q)
            case "action", (i,):
                return _onehot(best.new_full((n,), i), q)
            case "value", _:
                return torch.full_like(q, 1 / n_actions)
            case "advantage", _:
                return _onehot(best, q) - 1 / n_actions
            case "contrast", (i, j):
                return _onehot(best.new_full((n,), i), q) - _onehot(best.new_full((n,), j), q)
        if n_actions < 2:
            raise InvalidValue("target 'contrast' must have two actions to compare, met a network with one")
        second = q.scatter(1, best[:, None], -torch.inf).argmax(1)
        return _onehot(best, q) - _onehot(second, q)


def _onehot(actions: Tensor, q: Tensor) -> Tensor:
    return one_hot(actions, q.shape[1]).to(q.dtype)  # (N,) -> (N, A)


def _checked(taken: Tensor | None, n: int, n_actions: int, device: torch.device) -> Tensor:
    if taken is None:
        raise InvalidValue("target 'taken' must be given the pressed actions: pass taken=, integers of shape (N,)")
    if tuple(taken.shape) != (n,) or taken.is_floating_point() or taken.dtype == torch.bool:
        raise InvalidValue(f"taken must be integers of shape ({n},), met {taken.dtype} of shape {tuple(taken.shape)}")
    if n and not 0 <= int(taken.min()) <= int(taken.max()) < n_actions:
        raise InvalidValue(
            f"taken must hold actions from 0 to {n_actions - 1}, met {int(taken.min())} to {int(taken.max())}"
        )
    return taken.to(device, torch.int64)
