"""Inputs between an observation and its perturbed counterpart: what learned masks play with."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from rlxai.attribution.blur import gaussian_rows
from rlxai.attribution.chain_rule import derivative, rerun
from rlxai.attribution.effects import separable
from rlxai.attribution.layers import Forward, Step, per_sample
from rlxai.attribution.method import require
from rlxai.attribution.smooth_mask import enlargement

LEVELS = 8
"""Gradients on the way from x° to x by which the target's range is estimated."""
CELLS = 12
"""Cells along each side of the grid on which it is."""


def perturbed(x: Tensor, perturbation: str, sigma: float, method: str) -> Tensor:
    """The wholly perturbed input x°, (N, C, H, W): out of focus, or black.

    Args:
        x: (N, C, H, W).
        perturbation: "blur" or "black".
        sigma: standard deviation of the blur in pixels.
        method: name for errors.

    Raises:
        InvalidValue: an option is outside its domain.
    """
    require(perturbation in ("blur", "black"), method, "perturbation", perturbation, "'blur' or 'black'")
    side = max(x.shape[2:])
    require(0.1 <= sigma <= side, method, "sigma", sigma, f"0.1 to the frame's side, {side}")
    if perturbation == "black":
        return torch.zeros_like(x)
    down, across = (gaussian_rows(length, sigma, x) for length in x.shape[2:])
    return separable(x, down, across).contiguous(memory_format=torch.channels_last)


@dataclass(frozen=True)
class Fade:
    """Inputs x° + m (x - x°), where m in [0, 1] says how much of each pixel is kept, and the target on them.

    Q-values have no natural scale: between two snapshots their differences grow a thousandfold. So the target counts
    in parts of its range s over all masks, estimated as if the target were a sum of effects of the `CELLS` x `CELLS`
    cells of a grid, each by its integrated gradient on the straight way from x° to x:

        share(m) = 1 + (target(x° + m (x - x°)) - target(x)) / s,   s = Σ_cell |Σ_pixel (x - x°) ∫ ∂target/∂x dt|

    It is the same for q and for any positive multiple of q, is 1 for x, and rises with the target. Nor is s small where
    effects of opposite sign happen to cancel, as target(x) - target(x°) may be.

    Attributes:
        steps: the network's.
        weights: (N, A) weights of the target, those of x.
        start: x°, (N, C, H, W).
        way: x - x°, (N, C, H, W).
        full: target(x), (N,).
        per_range: 1 / s, (N,); 0 where s is but round-off, so that share = 1 whatever the mask.
        method: name for errors.
    """

    steps: tuple[Step, ...]
    weights: Tensor
    start: Tensor
    way: Tensor
    full: Tensor
    per_range: Tensor
    method: str

    @classmethod
    def of(cls, forward: Forward, weights: Tensor, start: Tensor, method: str) -> Fade:
        """From the forward pass explained, the target's weights (N, A) and x°, (N, C, H, W)."""
        full = (weights * forward.q).sum(1)
        unscaled = cls(forward.steps, weights, start, forward.x - start, full, torch.ones_like(full), method)
        whole = start.new_ones(len(start), 1, *start.shape[2:])  # (N, 1, H, W)
        effects = torch.zeros_like(whole)
        for level in range(LEVELS):
            effects += unscaled.share(whole * (level + 0.5) / LEVELS)[1] / LEVELS
        down, across = (enlargement(length, CELLS, start) for length in start.shape[2:])
        found = per_sample(separable(effects, down.T, across.T).abs())
        noise = 16 * torch.finfo(found.dtype).eps * per_sample((weights * forward.q).abs())
        return replace(unscaled, per_range=torch.where(found > noise, 1 / found, 0))

    @property
    def moved(self) -> Tensor:
        """Whether any mask moves the target at all: bool (N, 1, 1, 1)."""
        return (self.per_range > 0)[:, None, None, None]

    def take(self, samples: Tensor) -> Fade:
        """The fades of some samples, by number; the same one may be asked for several times."""
        parts = {name: getattr(self, name)[samples] for name in ("weights", "start", "way", "full", "per_range")}
        return replace(self, **parts)

    def share(self, kept: Tensor, shift: tuple[int, int] = (0, 0)) -> tuple[Tensor, Tensor]:
        """The share of the target that is left, and its derivative by the mask.

        Args:
            kept: m, (N, G, H, W); G is 1, the same mask for all frames of the stack, or C.
            shift: by how many pixels the picture is moved down and to the right under the mask, round the edge.

        Returns:
            share (N,), and ∂ share / ∂ kept (N, G, H, W).

        Raises:
            InvalidValue: a layer has no derivative.
        """
        start, way = self.start, self.way
        if any(shift):
            start, way = start.roll(shift, (2, 3)), way.roll(shift, (2, 3))
        steps = rerun(self.steps, torch.addcmul(start, kept, way))
        target = (self.weights * steps[-1].output).sum(1)
        by_pixel = derivative(steps, self.weights * self.per_range[:, None], self.method) * way  # (N, C, H, W)
        by_mask = by_pixel.sum(1, keepdim=True) if kept.shape[1] == 1 else by_pixel
        return 1 + (target - self.full) * self.per_range, by_mask
