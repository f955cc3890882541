"""The catalogue of methods, and the two ways to run them: on an agent's observations, or on a forward pass.

A new method is a function of a finished forward pass and the target's weights, and one call of `register`:

    >>> from rlxai.attribution import Forward, Method, Relevance, register
    >>> def energy(forward: Forward, weights: Tensor, *, power: float) -> Relevance:
    ...     target = (weights * forward.q).sum(1)  # (N,)
    ...     bright = forward.x**power  # (N, C, H, W)
    ...     return Relevance(bright * (target / bright.sum((1, 2, 3)))[:, None, None, None])
    >>> method = Method("energy", "toy", "The target, shared out by brightness.", "R ∝ x^p", "None", energy, cost="1",
    ...                 options={"power": 2.0})
    >>> register(method)
    energy (toy, signed, per frame, exact, 1 forwards): The target, shared out by brightness. R ∝ x^p. None.

From then on `attribute(agent, observations, "energy", power=3.0)` runs it, and the command line lists it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rlxai.attribution import cam, gradients, lrp, perturbation
from rlxai.attribution.layers import Forward, exact_arithmetic, forward_pass
from rlxai.attribution.method import Method, Option, unknown
from rlxai.attribution.target import Target
from rlxai.errors import InvalidValue
from rlxai.networks.agent import Agent

_METHODS: dict[str, Method] = {}


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
class Explained:
    """The explanation of one batch as tensors, in the network's dtype and on its device.

    Attributes:
        relevance: (N, C, H, W).
        target: (N,).
        bias_by_layer: (N,) by layer name, or None.
    """

    relevance: Tensor
    target: Tensor
    bias_by_layer: dict[str, Tensor] | None

    @property
    def bias(self) -> Tensor | None:
        """Relevance kept by all layers (N,), or None."""
        return None if self.bias_by_layer is None else torch.stack([*self.bias_by_layer.values()]).sum(0)


def register(method: Method) -> Method:
    """Add a method to the catalogue, and return it.

    Raises:
        InvalidValue: the catalogue has a method of this name.
    """
    if method.name in _METHODS:
        raise InvalidValue(f"a method named {method.name!r} is registered already; choose another name")
    _METHODS[method.name] = method
    return method


def methods() -> dict[str, Method]:
    """All methods by name, family by family; printing one tells its traits, formula and paper."""
    return dict(_METHODS)


def get_method(method: str | Method) -> Method:
    """The method of a name.

    Raises:
        InvalidValue: no method has this name; the closest one is suggested.
    """
    if isinstance(method, Method):
        return method
    if method not in _METHODS:
        raise unknown("method", method, _METHODS)
    return _METHODS[method]


def explain_batch(
    forward: Forward,
    method: str | Method = "lrp-epsilon-plus-flat",
    target: str | Target = "advantage",
    *,
    taken: Tensor | None = None,
    **options: Any,
) -> Explained:
    """Explain one batch from its forward pass; several methods and targets can share one pass.

    Args:
        forward: `forward_pass(agent.network, agent.to_input(observations))`.
        method: name or method.
        target: name or target, see `Target`.
        taken: pressed actions, integers (N,), for the target `taken`.
        options: of the method.

    Raises:
        InvalidValue: an unknown name, an option or action outside its domain, or a layer the method is not defined on.
    """
    method, target = get_method(method), Target.parse(target)
    with exact_arithmetic(forward.q.device):
        weights = target.weights(forward.q, taken)  # (N, A)
        found = method.run(forward, weights, **method.resolve(options))
        return Explained(found.inputs, (weights * forward.q).sum(1), found.kept)


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
    method, target = get_method(method), Target.parse(target)
    resolved = method.resolve(options)
    if isinstance(batch_size, bool) or not isinstance(batch_size, int | np.integer) or batch_size < 1:
        raise InvalidValue(f"batch_size must be a whole number of at least 1, met {batch_size!r}")
    observations = _array(observations, "observations")
    pressed = None if taken is None else _array(taken, "taken")
    n = len(observations)
    if pressed is not None and pressed.shape != (n,):
        raise InvalidValue(f"taken must have shape ({n},), met {tuple(pressed.shape)}")

    relevance = np.empty((n, *agent.input_shape), np.float32)
    targets = np.empty(n, np.float32)
    outputs = np.empty((n, len(agent.actions)), np.float32)
    kept: dict[str, np.ndarray] | None = None
    for start in range(0, max(n, 1), batch_size):  # one empty batch where there are no observations
        part = slice(start, start + batch_size)
        x = agent.to_input(_writable(observations[part]))
        now = None if pressed is None else torch.as_tensor(_writable(pressed[part]))
        forward = forward_pass(agent.network, x)
        found = explain_batch(forward, method, target, taken=now, **resolved)
        relevance[part], targets[part] = found.relevance.cpu().numpy(), found.target.cpu().numpy()
        outputs[part] = forward.q.cpu().numpy()
        if found.bias_by_layer is not None:
            kept = kept or {name: np.empty(n, np.float32) for name in found.bias_by_layer}
            for name, values in found.bias_by_layer.items():
                kept[name][part] = values.cpu().numpy()
    bias = None if kept is None else np.stack([*kept.values()]).sum(0, dtype=np.float64).astype(np.float32)
    return Attribution(relevance, targets, outputs, bias, kept, method, target.name, resolved)


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


for _method in (*gradients.METHODS, *lrp.METHODS, *cam.METHODS, *perturbation.METHODS):
    register(_method)
