"""What the oracle tests share."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from rlxai.attribution import Explained, explain_batch, forward_pass

Agree = Callable[[str, str, Tensor, Tensor], None]
"""(method, oracle, ours, theirs): enters the error into the table and fails beyond the tolerance."""


def ours(network: nn.Sequential, x: Tensor, method: str, **options: object) -> Explained:
    """Our explanation of the third output."""
    return explain_batch(forward_pass(network, x), method, "action:2", **options)


def last_relu(network: nn.Sequential) -> nn.Module:
    """The layer whose output class activation maps read here: the ReLU behind the last convolution."""
    return network[max(i for i, layer in enumerate(network) if isinstance(layer, nn.Conv2d)) + 1]
