"""The catalogue of methods, and how to run one of them on a finished forward pass.

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

import torch
from torch import Tensor

from rlxai.attribution import cam, gradients, lrp, perturbation
from rlxai.attribution.layers import Forward, exact_arithmetic
from rlxai.attribution.method import Method, unknown
from rlxai.attribution.target import Target
from rlxai.errors import InvalidValue

_METHODS: dict[str, Method] = {}


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


for _method in (*gradients.METHODS, *lrp.METHODS, *cam.METHODS, *perturbation.METHODS):
    register(_method)
