"""An input that is optimised: how it is written down, how it is shaken, and what keeps it plain.

Written in frequencies (Olah et al. 2017, "preconditioning"), with the standard sigmoid σ and the real Fourier basis F:

    x = σ(σ⁻¹(x_0) + F⁻¹(S z)),      S_f = 1 / max(|f|, 1 / size)

so that a step of the optimiser moves all frequencies alike, where one in pixels favours the high ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

_MARGIN = 0.02
"""Starts are kept so far from 0 and 1, where a sigmoid has no slope."""


@dataclass(frozen=True)
class Optimisation:
    """How an input is searched for."""

    steps: int = 96
    rate: float = 0.05
    """Of Adam."""
    frequencies: bool = True
    """Whether the input is written in frequencies rather than in pixels."""
    l2: float = 0.5
    """Weight of the mean squared distance to the start: what keeps it near data if the start is data."""
    tv: float = 0.2
    """Weight of the total variation."""
    reach: float = 1.5
    """Where raising an objective ends, in its unit, see `rlxai.features.maximise`."""
    jitter: int = 2
    """Pixels by which the input is shifted at random in each step, at most."""
    scale: float = 0.04
    """Share by which it is enlarged or made smaller at random in each step, at most."""
    seed: int = 0


class Canvas:
    """B inputs of a network under optimisation, larger by `jitter` on each side than what the network is shown.

    Args:
        start: float (B, C, H, W) in [0, 1], where the search starts.
        how: jitter, scale, parametrisation and seed.
    """

    def __init__(self, start: Tensor, how: Optimisation) -> None:
        self._how, self._size = how, start.shape[-2:]
        self.start = start
        padded = F.pad(start, [how.jitter] * 4, mode="replicate").clamp(_MARGIN, 1 - _MARGIN)
        self._logits = padded.logit()
        self._generator = torch.Generator().manual_seed(how.seed)
        self._full = self._logits.shape[-2:]
        shape = (*self._full[:-1], self._full[-1] // 2 + 1, 2) if how.frequencies else tuple(self._full)
        noise = torch.randn((*start.shape[:2], *shape), generator=self._generator)
        self.parameters = (0.01 * noise).requires_grad_()
        frequency = (torch.fft.fftfreq(self._full[0])[:, None] ** 2 + torch.fft.rfftfreq(self._full[1]) ** 2).sqrt()
        self._slope = 1 / frequency.clamp(min=1 / max(self._full))  # (H, W / 2 + 1)

    def whole(self) -> Tensor:
        """The inputs with their margins, (B, C, H + 2 jitter, W + 2 jitter) in (0, 1)."""
        change = self.parameters
        if self._how.frequencies:
            spectrum = torch.view_as_complex(change) * self._slope
            change = torch.fft.irfft2(spectrum, s=tuple(self._full), norm="ortho")
        return torch.sigmoid(self._logits + change)

    def middle(self) -> Tensor:
        """The inputs as they are shown at the end, (B, C, H, W)."""
        j = self._how.jitter
        return self.whole()[:, :, j : j + self._size[0], j : j + self._size[1]]

    def shaken(self) -> Tensor:
        """The inputs at a random place and scale, (B, C, H, W); the same for all B."""
        x, how = self.whole(), self._how
        if how.scale:
            factor = 1 + how.scale * (2 * float(torch.rand((), generator=self._generator)) - 1)
            height, width = (max(size, round(full * factor)) for size, full in zip(self._size, self._full, strict=True))
            if (height, width) != tuple(self._full):
                x = F.interpolate(x, (height, width), mode="bilinear", align_corners=False)
        spare = [full - size for full, size in zip(x.shape[-2:], self._size, strict=True)]
        top, left = (int(torch.randint(0, room + 1, (), generator=self._generator)) for room in spare)
        return x[:, :, top : top + self._size[0], left : left + self._size[1]]


def total_variation(x: Tensor) -> Tensor:
    """Mean |x_{i+1,j} - x_{i,j}| + mean |x_{i,j+1} - x_{i,j}| (Rudin, Osher, Fatemi 1992): (B, C, H, W) -> (B,)."""
    down, right = (x[:, :, 1:] - x[:, :, :-1]).abs(), (x[..., 1:] - x[..., :-1]).abs()
    return down.mean((1, 2, 3)) + right.mean((1, 2, 3))


def search(start: Tensor, how: Optimisation, loss: Callable[[Canvas], Tensor]) -> Tensor:
    """Lower a loss by Adam.

    Args:
        start: float (B, C, H, W) in [0, 1].
        how: the search.
        loss: canvas -> (B,), differentiable; of each input alone.

    Returns:
        float (B, C, H, W) in [0, 1].
    """
    canvas = Canvas(start, how)
    optimiser = torch.optim.Adam([canvas.parameters], how.rate)
    for _ in range(how.steps):
        optimiser.zero_grad()
        with torch.enable_grad():
            total = loss(canvas).sum()
        total.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    return canvas.middle().detach()
