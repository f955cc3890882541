"""Patches cut out of activations and pasted into others, each perturbed sample's at a place of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor

from rlxai.attribution.reach import Reach, length

Part = Literal["changed", "needed", "inset"]
"""Of a step's input, see `Reach`."""


@dataclass(frozen=True)
class Positions:
    """Where each of r x c positions reaches, along the rows and along the columns."""

    down: Sequence[Reach]
    across: Sequence[Reach]
    device: torch.device
    _corners: dict[tuple[Part, int, int], Tensor] = field(default_factory=dict)

    def corners(self, part: Part, step: int, width: int) -> Tensor:
        """Where a part begins, counted in pixels of an image so wide: integers (r c,). Looked up often, so kept."""
        key = part, step, width
        if key not in self._corners:
            top, left = ([getattr(axis, part)[step].start for axis in along] for along in (self.down, self.across))
            self._corners[key] = torch.tensor([y * width + x for y in top for x in left], device=self.device)
        return self._corners[key]


@dataclass(frozen=True)
class Batch:
    """Perturbed samples, E in all, at positions whose changes have the same size.

    Attributes:
        positions: all of them.
        group: the frames perturbed.
        row: row of the position of each, integers (E,).
        column: likewise.
        sample: which sample is perturbed, (E,).
    """

    positions: Positions
    group: int
    row: Tensor
    column: Tensor
    sample: Tensor

    def select(self, index: Tensor) -> Batch:
        """Those of integers (E',)."""
        return Batch(
            self.positions, self.group, *(of.index_select(0, index) for of in (self.row, self.column, self.sample))
        )

    def first(self) -> tuple[Reach, Reach]:
        """Where the first one reaches, along the rows and the columns."""
        return self.positions.down[int(self.row[0])], self.positions.across[int(self.column[0])]

    def crop(self, values: Tensor, part: Part, step: int) -> Tensor:
        """A copy of each one's part of activations: (N, H, W, C) -> (E, h, w, C)."""
        _, height, width, channels = values.shape
        h, w = (length(getattr(axis, part)[step]) for axis in self.first())
        start = self._corner(part, step, width).add_(self.sample, alpha=height * width)  # (E,)
        lines = start[:, None] + torch.arange(0, h * width, width, device=values.device)  # (E, h)
        runs = values.view(-1).unfold(0, w * channels, channels)  # the w pixels from each pixel on: a view
        return runs.index_select(0, lines.view(-1)).view(-1, h, w, channels)

    def paste(self, patch: Tensor, into: Tensor, part: Part, step: int) -> None:
        """Write patches (E, h, w, C) to where the part begins in values (E, H, W, C)."""
        size, h, w, channels = patch.shape
        height, width = into.shape[1:3]
        order = torch.arange(size, device=into.device)
        start = self._corner(part, step, width).add_(order, alpha=height * width)  # (E,)
        line = torch.arange(0, h * width, width, device=into.device)[:, None]
        pixels = (line + torch.arange(w, device=into.device)).view(-1)  # (h w,)
        places = (start[:, None] + pixels).view(-1)
        into.view(-1, channels).index_copy_(0, places, patch.reshape(-1, channels))

    def _corner(self, part: Part, step: int, width: int) -> Tensor:
        position = self.row * len(self.positions.across) + self.column
        return self.positions.corners(part, step, width).index_select(0, position)  # (E,)


def channels_last(a: Tensor) -> Tensor:
    """(N, C, H, W) -> (N, H, W, C); a view where the memory is laid out so already."""
    return a.permute(0, 2, 3, 1).contiguous()
