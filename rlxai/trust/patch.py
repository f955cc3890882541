"""An adversarial patch: one small square, the same in all states, that makes an agent press a chosen action.

    patch = argmax over p in [0, 1]^(C s s) of mean over states of min(q_a(x with p) - max_{b ≠ a} q_b(x with p), m)

by signed gradient steps; once a state is won by the margin m, the others count. Brown et al. 2017 (arXiv 1712.09665),
here at a fixed place. It is found on some games and judged on others. Its control is a patch of noise at the same
place. Whether maps notice it is asked of the patched pictures: the share of |R| on the square over the square's share
of the area (lift), beside that of the noise patch. A map that does not rest on a square which has just decided the
action overlooks the cause. A patch that fails says nothing about maps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

ITERATIONS = 60
STEP = 4 / 255
_SCALE = 0.5
"""The margin m, in standard deviations of the outputs' range over actions."""


@dataclass(frozen=True)
class Place:
    """A square of `size` cells whose upper left corner is at row `top`, column `left`."""

    top: int
    left: int
    size: int

    @property
    def name(self) -> str:
        """As tables have it."""
        return f"{self.size}@{self.top},{self.left}"

    def paste(self, x: Tensor, patch: Tensor) -> Tensor:
        """Pictures (N, C, H, W) with the patch (C, s, s) in all of them."""
        pasted = x.clone()
        pasted[:, :, self.top : self.top + self.size, self.left : self.left + self.size] = patch
        return pasted

    def lift(self, relevance: np.ndarray) -> np.ndarray:
        """Share of |R| on the square over its share of the area, float64 (N,); NaN where a map is zero everywhere."""
        magnitude = np.abs(relevance).sum(axis=1, dtype=np.float64)  # (N, H, W)
        inside = magnitude[:, self.top : self.top + self.size, self.left : self.left + self.size].sum(axis=(1, 2))
        total = magnitude.sum(axis=(1, 2)) * (self.size**2 / magnitude[0].size)
        lift: np.ndarray = np.divide(inside, total, out=np.full(len(total), np.nan), where=total > 0)
        return lift


def noise_patch(channels: int, size: int, seed: int = 0) -> Tensor:
    """Uniform noise, (C, s, s): where the search begins, and the control."""
    return torch.rand(channels, size, size, generator=torch.Generator().manual_seed(seed))


def adversarial_patch(
    network: nn.Sequential, x: Tensor, action: int, place: Place, *, iterations: int = ITERATIONS, seed: int = 0
) -> Tensor:
    """The patch (C, s, s) for an action, found on states (N, C, H, W).

    Args:
        network: attacked; white box.
        x: floats in [0, 1].
        action: number of the output.
        place: of the patch.
        iterations: signed steps of 4 grey levels; the best patch met is kept.
        seed: of the noise that the search begins with.
    """
    patch = noise_patch(x.shape[1], place.size, seed)
    best, most = patch, -torch.inf
    scale = 0.0
    for _ in range(iterations + 1):
        with torch.enable_grad():
            wanted = patch.clone().requires_grad_()
            q = network(place.paste(x, wanted))
            scale = scale or _SCALE * float(q.detach().std(1).mean())
            lead = _lead(q, action).clamp(max=scale).mean()
            (slope,) = torch.autograd.grad(lead, wanted)
        if (reached := float(lead.detach())) > most:
            best, most = patch, reached
        patch = (patch + STEP * slope.sign()).clamp(0, 1)
    return best


def _lead(q: Tensor, action: int) -> Tensor:
    others = q.clone()
    others[:, action] = -torch.inf
    return q[:, action] - others.max(1).values
