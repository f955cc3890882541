"""Masks that can only be smooth: bilinear enlargement, and the smooth max-convolution of extremal perturbations."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

TEMPERATURE = 1 / 20
REACH = 4
"""Radii of the kernel's flat top after which the kernel, by then 0.1, is cut off."""


def enlargement(length: int, cells: int, like: Tensor) -> Tensor:
    """Bilinear enlargement along one axis as a matrix (length, cells), in the dtype and on the device of `like`."""
    eye = torch.eye(cells, dtype=like.dtype)[None]
    return F.interpolate(eye, size=length, mode="linear")[0].T.contiguous().to(like.device)


class SmoothMaximum:
    """m(u) = smax_v k(u - v) p(v) on a grid. Fong, Patrick & Vedaldi 2019, sec. 3.2.

        smax f = Σ f exp(f / T) / Σ exp(f / T),   k(d) = exp(-max(0, d / radius - 1)² / 4),   T = 1/20

    Cells v run over those within `REACH` radii of u. A p that is 1 in a single cell and 0 elsewhere gives a soft disk,
    and no p gives anything narrower.

    k takes few values on a grid, one for each distance: so exp is taken once for each cell and distance, and the
    sums over v add up shifted grids.

    Args:
        radius: radius of the kernel's flat top, in cells.
        like: tensor whose dtype and device to use.

    Attributes:
        margin: cells by which the grid of p is larger than that of m on each side: an even p is an even m.
    """

    def __init__(self, radius: float, like: Tensor) -> None:
        self.margin = int(REACH * radius)
        line = torch.arange(-self.margin, self.margin + 1)
        square = line[:, None] ** 2 + line**2  # squared distance
        kernel = torch.exp(-0.25 * (square.double().sqrt() / radius - 1).clamp(min=0) ** 2)
        near = square <= (REACH * radius) ** 2
        values, ring = torch.unique(kernel[near], return_inverse=True)
        self._values = values.to(like)[:, None, None, None]  # (J, 1, 1, 1)
        self._cells = [(j, *place) for j, place in zip(ring.tolist(), near.nonzero().tolist(), strict=True)]

    def __call__(self, p: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Mask m (N, h, w) in [0, 1] from p (N, h + 2 margin, w + 2 margin) in [0, 1], and what `pull_back` needs."""
        f = self._values * p  # (J, N, ...)
        e = torch.exp(f / TEMPERATURE)
        total = self._gather(e)
        m = self._gather(f * e) / total
        return m, (f, e, total, m)

    def pull_back(self, saved: tuple[Tensor, ...], c: Tensor) -> Tensor:
        """Derivative by m (N, h, w) -> derivative by p (N, h + 2 margin, w + 2 margin).

        ∂ smax / ∂ f_v = exp(f_v / T) (1 + (f_v - smax) / T) / Σ exp(f / T)
        """
        f, e, total, m = saved
        c = c / total
        by_f = e * (self._spread(c * (1 - m / TEMPERATURE), f) + f / TEMPERATURE * self._spread(c, f))
        by_p: Tensor = (by_f * self._values).sum(0)
        return by_p

    def _gather(self, terms: Tensor) -> Tensor:
        """Sum over v, each in the ring of its distance: (J, N, h + 2 margin, ...) -> (N, h, ...)."""
        height, width = (size - 2 * self.margin for size in terms.shape[2:])
        total = terms.new_zeros(terms.shape[1], height, width)
        for ring, row, column in self._cells:
            total += terms[ring, :, row : row + height, column : column + width]
        return total

    def _spread(self, c: Tensor, like: Tensor) -> Tensor:
        """The transpose of `_gather`: (N, h, ...) -> (J, N, h + 2 margin, ...)."""
        spread = torch.zeros_like(like)
        height, width = c.shape[1:]
        for ring, row, column in self._cells:
            spread[ring, :, row : row + height, column : column + width] += c
        return spread
