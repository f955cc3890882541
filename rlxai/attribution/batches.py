"""Explaining an agent's observations, batch by batch; several methods and targets share each forward pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rlxai.attribution.catalogue import Explained, explain_batch, get_method
from rlxai.attribution.layers import forward_pass
from rlxai.attribution.method import Method, Option
from rlxai.attribution.target import Target
from rlxai.errors import InvalidValue
from rlxai.networks.agent import Agent


@dataclass(frozen=True)
class Attribution:
    """The explanation of N decisions.

    Attributes:
        relevance: float32 (N, C, H, W), raw: relevance of every pixel of every stacked frame,
            frames in the order of the observations.
        target: float32 (N,), the explained scalar.
        outputs: float32 (N, A), what the network says: the target is a weighted sum of these.
        bias: float32 (N,), relevance kept by biases and stabilisers, so that relevance.sum() + bias = target; None
            for methods without such an account.
        bias_by_layer: the same by layer name, from input to output.
        method: what was run.
        target_name: what was explained.
        options: all options of the method, defaults included.
    """

    relevance: np.ndarray
    target: np.ndarray
    outputs: np.ndarray
    bias: np.ndarray | None
    bias_by_layer: dict[str, np.ndarray] | None
    method: Method
    target_name: str
    options: dict[str, Option]


@dataclass(frozen=True)
class Request:
    """A method, a target and options; what is asked for together shares forward passes and more."""

    method: str | Method = "lrp-epsilon-plus-flat"
    target: str | Target = "advantage"
    options: Mapping[str, Any] = field(default_factory=dict)


def attribute(
    agent: Agent,
    observations: np.ndarray | Tensor,
    method: str | Method = "lrp-epsilon-plus-flat",
    target: str | Target = "advantage",
    *,
    taken: np.ndarray | Tensor | None = None,
    batch_size: int = 32,
    **options: Any,
) -> Attribution:
    """Relevance of every input pixel for the agent's decisions.

    Args:
        agent: whose network is explained; it is not changed in any way.
        observations: (N, C, H, W), uint8 or floats in [0, 1].
        method: one of `methods()`.
        target: chosen, taken, action:i, value, advantage, contrast or contrast:i:j, see `Target`.
        taken: pressed actions, integers (N,), for the target `taken`.
        batch_size: observations at a time; bounds the memory, and does not change the result.
        options: of the method, see its `options`.

    Raises:
        InvalidValue: observations, a name, an option or an action is outside its domain, or the method is not defined
            on a layer of the network.
    """
    return attribute_each(agent, observations, [Request(method, target, options)], taken=taken, batch_size=batch_size)[
        0
    ]


def attribute_each(
    agent: Agent,
    observations: np.ndarray | Tensor,
    requests: Sequence[Request],
    *,
    taken: np.ndarray | Tensor | None = None,
    batch_size: int = 32,
) -> list[Attribution]:
    """The explanation of the same observations for each request; the same numbers as alone, for less.

    Arguments and errors are those of `attribute`.
    """
    if isinstance(batch_size, bool) or not isinstance(batch_size, int | np.integer) or batch_size < 1:
        raise InvalidValue(f"batch_size must be a whole number of at least 1, met {batch_size!r}")
    observations = _array(observations, "observations")
    pressed = None if taken is None else _array(taken, "taken")
    n = len(observations)
    if pressed is not None and pressed.shape != (n,):
        raise InvalidValue(f"taken must have shape ({n},), met {tuple(pressed.shape)}")
    results = [_Result(request, agent, n) for request in requests]
    for start in range(0, max(n, 1), batch_size):  # one empty batch where there are no observations
        part = slice(start, start + batch_size)
        forward = forward_pass(agent.network, agent.to_input(_writable(observations[part])))
        now = None if pressed is None else torch.as_tensor(_writable(pressed[part]))
        for result in results:
            found = explain_batch(forward, result.method, result.target, taken=now, **result.options)
            result.add(part, found, forward.q)
    return [result.attribution() for result in results]


class _Result:
    """The explanation of N observations by one request, filled batch by batch."""

    def __init__(self, request: Request, agent: Agent, n: int) -> None:
        self.method, self.target = get_method(request.method), Target.parse(request.target)
        self.options = self.method.resolve(request.options)
        self._relevance = np.empty((n, *agent.input_shape), np.float32)
        self._explained = np.empty(n, np.float32)
        self._outputs = np.empty((n, len(agent.actions)), np.float32)
        self._kept: dict[str, np.ndarray] | None = None

    def add(self, part: slice, found: Explained, q: Tensor) -> None:
        """The batch of these observations, with the network's outputs (n, A)."""
        for array, values in ((self._relevance, found.relevance), (self._explained, found.target), (self._outputs, q)):
            torch.from_numpy(array[part]).copy_(values)
        if found.bias_by_layer is not None:
            self._kept = self._kept or {
                name: np.empty(len(self._explained), np.float32) for name in found.bias_by_layer
            }
            for name, values in found.bias_by_layer.items():
                torch.from_numpy(self._kept[name][part]).copy_(values)

    def attribution(self) -> Attribution:
        """All batches together."""
        kept = self._kept
        bias = None if kept is None else np.stack([*kept.values()]).sum(0, dtype=np.float64).astype(np.float32)
        return Attribution(
            self._relevance, self._explained, self._outputs, bias, kept, self.method, self.target.name, self.options
        )


def _array(values: Any, name: str) -> np.ndarray | Tensor:
    if isinstance(values, Tensor):
        return values.detach().reshape(values.shape or 1)
    array = np.atleast_1d(np.asarray(values))
    if array.dtype.kind not in "uif":
        raise InvalidValue(f"{name} must be an array of numbers, met {array.dtype}")
    return array


def _writable(part: np.ndarray | Tensor) -> np.ndarray | Tensor:
    """Torch takes neither read-only arrays nor reversed ones; a copy is made of these alone."""
    return part if isinstance(part, Tensor) else np.require(part, requirements=["C", "W"])
