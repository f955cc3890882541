"""An agent as rlxai explains it: a frozen float network, its actions, and how it sees the game."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from rlxai.errors import InvalidValue
from rlxai.networks.architecture import describe, flat_sequential, with_weights
from rlxai.networks.bound import check_bound
from rlxai.networks.shapes import format_shape, layer_shapes
from rlxai.preprocessing import Preprocessing

Outputs = Literal["q-values", "logits"]


class Agent:
    """A frozen copy of a network with what is needed to play and to explain it.

    Args:
        network: (nested) `nn.Sequential` of conv, linear, ReLU, flatten and pooling layers;
            (N, C, H, W) floats in [0, 1] -> (N, A). It is copied; explaining never touches a live agent.
        actions: names of the A outputs, such as "NOOP", "FIRE", "RIGHT", "LEFT".
        preprocessing: how emulator screens become observations.
        game: ALE name such as "breakout", or None where unknown.
        outputs: "q-values", or "logits" of a policy.
        step: decisions trained so far, or None where unknown.
        provenance: plain facts on the origin, written into snapshots.

    Raises:
        InvalidValue: a layer cannot be explained, its shapes fit neither the preprocessing nor the actions, or its
            weights are so large that outputs may overflow.
    """

    def __init__(
        self,
        network: nn.Module,
        actions: Sequence[str],
        preprocessing: Preprocessing | None = None,
        *,
        game: str | None = None,
        outputs: Outputs = "q-values",
        step: int | None = None,
        provenance: Mapping[str, Any] | None = None,
    ) -> None:
        self.preprocessing = preprocessing or Preprocessing()
        self.actions = tuple(actions)
        self.game = game
        self.outputs: Outputs = outputs
        self.step = step
        self.provenance = dict(provenance or {})
        self.network = _frozen(flat_sequential(network))
        self._check_shapes()
        check_bound(self.network)

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """(C, H, W) of one observation."""
        size = self.preprocessing.size
        return self.preprocessing.frame_stack, size, size

    def to_input(self, observations: np.ndarray | Tensor) -> Tensor:
        """Observations as the network's float32 input in [0, 1].

        Args:
            observations: (N, C, H, W), uint8 (divided by 255 once, here) or float in [0, 1].

        Raises:
            InvalidValue: wrong shape or channel count, NaN, or floats outside [0, 1].
        """
        x = _tensor(observations)
        expected = ("N", *self.input_shape)
        if x.ndim != 4 or tuple(x.shape[1:]) != self.input_shape:
            raise InvalidValue(f"observations must have shape {format_shape(expected)}, met {format_shape(x.shape)}")
        if x.dtype == torch.uint8:
            return x.float() / 255
        if not x.is_floating_point():
            raise InvalidValue(f"observations must be uint8 or float, met {x.dtype}")
        x = x.float()
        if not bool(((x >= 0) & (x <= 1)).all()):  # false for NaN too
            raise InvalidValue(
                f"float observations must lie in [0, 1], met {x.min().item():g} to {x.max().item():g}; "
                "pass grey levels 0 to 255 as uint8"
            )
        return x

    @torch.no_grad()
    def q_values(self, observations: np.ndarray | Tensor, batch_size: int = 256) -> np.ndarray:
        """Network outputs, float32 (N, A): Q-values, or the logits of a policy."""
        x = _tensor(observations)
        parts = [self.network(self.to_input(part)) for part in torch.split(x, batch_size)] if len(x) else []
        return torch.cat(parts).numpy() if parts else np.zeros((0, len(self.actions)), np.float32)

    def digest(self) -> str:
        """SHA-256 over names, shapes and float32 weights: the identity of the explained function."""
        digest = hashlib.sha256()
        for name, weight in self.network.state_dict().items():
            digest.update(f"{name}{tuple(weight.shape)}".encode())
            digest.update(weight.contiguous().numpy().tobytes())
        return digest.hexdigest()

    def _check_shapes(self) -> None:
        out = layer_shapes(describe(self.network), self.input_shape)[-1]
        if out != (len(self.actions),):
            raise InvalidValue(
                f"the network gives outputs of shape {format_shape(('N', *out))} for {len(self.actions)} actions "
                f"({', '.join(self.actions)})"
            )


def _frozen(network: nn.Sequential) -> nn.Sequential:
    """A float32 copy on the CPU, rebuilt so that hooks and the random state of the original play no part."""
    weights = {name: w.detach().to("cpu", torch.float32, copy=True) for name, w in network.state_dict().items()}
    return with_weights(describe(network), weights).eval().requires_grad_(False)


def _tensor(observations: np.ndarray | Tensor) -> Tensor:
    """Observations as they are; torch takes no view with the frames turned round."""
    return torch.as_tensor(np.ascontiguousarray(observations) if isinstance(observations, np.ndarray) else observations)
