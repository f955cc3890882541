"""Random masks: RISE, the average mask, weighted by what the target becomes under it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import torch
from torch import Tensor

from rlxai.attribution.effects import frame_groups, over_frames
from rlxai.attribution.layers import Forward
from rlxai.attribution.many_passes import many_passes
from rlxai.attribution.method import Method, Relevance, require
from rlxai.attribution.patches import channels_last
from rlxai.attribution.smooth_mask import enlargement

PASS_SIZE = 64
"""Masked inputs per forward pass; bounds the memory, whatever the number of samples and masks."""


def changes(forward: Forward, weights: Tensor, masks: Iterable[Tensor], groups: Tensor) -> Tensor:
    """target(x ⊙ mask) - target(x) for each mask, the same masks for all samples: (N, G, M).

    Args:
        forward: the forward pass explained.
        weights: (N, A) weights of the target.
        masks: parts of (P, H, W) each, P bounding the memory.
        groups: bool (G, C), the frames that are masked together; the others are shown.
    """
    x, q, network = channels_last(forward.x), forward.q, many_passes(forward)  # (N, H, W, C)
    found = []
    for part in masks:
        change = q.new_empty(len(x), len(groups), len(part))
        for g, group in enumerate(groups):
            spread = part[..., None].where(group, 1)  # (P, H, W, C), once for all samples
            for i in range(len(x)):
                change[i, g] = (network((x[i] * spread).permute(0, 3, 1, 2)) - q[i]) @ weights[i]
        found.append(change)
    return torch.cat(found, 2)


class SmoothMasks:
    """RISE's masks: random grids enlarged bilinearly to one cell more than the frame, and shifted at random.

    Drawn from a generator of their own; built part by part, so that any number fits in memory.
    """

    def __init__(self, count: int, cells: int, keep: float, like: Tensor, *, seed: int) -> None:
        generator = torch.Generator().manual_seed(seed)
        self._grids = (torch.rand(count, cells, cells, generator=generator, dtype=torch.float64) < keep).to(like)
        self._rows, self._columns = (_shifted_hats(length, cells, count, like, generator) for length in like.shape[2:])

    def __iter__(self) -> Iterator[Tensor]:
        """Parts of up to `PASS_SIZE` masks (P, H, W), in [0, 1]."""
        for grids, (hats, shifts), (across, shifts_across) in zip(
            torch.split(self._grids, PASS_SIZE), _parts(*self._rows), _parts(*self._columns), strict=True
        ):
            yield hats[shifts] @ grids @ across[shifts_across].mT


def _shifted_hats(
    length: int, cells: int, count: int, like: Tensor, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Bilinear enlargement along one axis (large, cells), and the pixels of it that each mask shows (count, length)."""
    cell = -(-length // cells)
    large = (cells + 1) * cell
    hats = enlargement(large, cells, like)
    shifts = torch.randint(cell, (count, 1), generator=generator)
    return hats, (shifts + torch.arange(length)).to(like.device)


def _parts(hats: Tensor, shifts: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    return ((hats, part) for part in torch.split(shifts, PASS_SIZE))


def rise(
    forward: Forward, weights: Tensor, *, masks: int, cells: int, keep: float, centred: bool, seed: int, frames: str
) -> Relevance:
    """Randomised input sampling (RISE, Petsiuk et al. 2018), signed.

    R_pixel = 1 / (M keep) Σ_k (target(x ⊙ m_k) - mean over masks) m_k,pixel: the covariance of the target with showing
    the pixel. The published average is `centred=False`; it adds the same mean target to every pixel, which for
    Q-values drowns the map in the noise of Σ_k m_k.

    Args:
        forward: the forward pass explained.
        weights: (N, A) weights of the target.
        masks: number of random masks M.
        cells: cells of the random grid along each side.
        keep: probability that a cell is shown.
        centred: whether the mean over masks is taken off the target.
        seed: of the masks, the same for all samples.
        frames: "all" masks the stacked frames alike: one map, spread evenly over them; "each" masks them one at a
            time, by the same masks, at C times the cost.

    Raises:
        InvalidValue: an option is outside its domain.
    """
    require(masks >= 1, "rise", "masks", masks, "at least 1")
    x = forward.x
    side = min(x.shape[2:])
    require(1 <= cells <= side, "rise", "cells", cells, f"1 to the frame's side, {side}")
    require(0 < keep < 1, "rise", "keep", keep, "above 0 and below 1")
    require(0 <= seed < 2**63, "rise", "seed", seed, "0 to 2^63 - 1")
    groups = frame_groups(frames, x, "rise")  # (G, C)
    drawn = SmoothMasks(masks, cells, keep, x, seed=seed)
    change = changes(forward, weights, drawn, groups)  # (N, G, M)
    offset = -change.mean(2, keepdim=True) if centred else (weights * forward.q).sum(1)[:, None, None]
    total = x.new_zeros(len(x), len(groups), *x.shape[2:])
    for part, mask in zip(torch.split(change + offset, PASS_SIZE, 2), drawn, strict=True):
        total += torch.tensordot(part, mask, 1)  # (N, G, P) (P, H, W) -> (N, G, H, W)
    return Relevance(over_frames(total / (masks * keep), x))


RISE = Method(
    name="rise",
    family="perturbation",
    summary="How the target varies with showing a pixel, over random masks.",
    formula="R = 1 / (M keep) Σ_k (target(x ⊙ m_k) - mean) m_k",
    paper="Petsiuk et al. 2018, arXiv 1806.07421",
    run=rise,
    per_frame=False,
    sampled=True,
    cost="440",
    options={"masks": 500, "cells": 7, "keep": 0.5, "centred": True, "seed": 0, "frames": "all"},
)
