"""LIME: a linear model of the target over which squares of the input are shown."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from rlxai.attribution.effects import frame_groups, over_frames
from rlxai.attribution.layers import Forward
from rlxai.attribution.masks import PASS_SIZE, changes
from rlxai.attribution.method import Method, Relevance, require

MAX_CELLS = 32
"""Bounds the linear model's size: 1024 squares."""


def segments(height: int, width: int, cells: int) -> Tensor:
    """Number of the square that each pixel belongs to, cells x cells of them in reading order: integers (H, W)."""
    rows, columns = (torch.arange(length) * cells // length for length in (height, width))
    return rows[:, None] * cells + columns


def shown_squares(samples: int, squares: int, seed: int) -> Tensor:
    """Which squares each sample shows, each with probability ½, after a first one that shows all: bool (1 + M, S)."""
    generator = torch.Generator().manual_seed(seed)
    shown = torch.rand(samples, squares, generator=generator, dtype=torch.float64) < 0.5
    return torch.cat([torch.ones(1, squares, dtype=torch.bool), shown])


def proximity(shown: Tensor, kernel: float) -> Tensor:
    """Weight of each sample, exp(-d² / (2 kernel²)), d = cosine distance to showing all: (M, S) -> float64 (M,)."""
    distance = 1 - shown.double().mean(1).sqrt()  # cos(z, 1) = Σz / (√Σz √S)
    return torch.exp(-(distance**2) / (2 * kernel**2))


def ridge_fit(shown: Tensor, target: Tensor, proximity: Tensor, ridge: float, active: Tensor) -> Tensor:
    """Slopes β that minimise Σ_k π_k (y_k - β_0 - Σ_s z_ks β_s)² + ridge |β|².

    β is linear in y, so that a target of small spread gives small slopes, never zeros as a lasso does.

    Args:
        shown: z, bool (M, S).
        target: y, (N, M).
        proximity: π, (M,).
        ridge: weight of the penalty, above 0.
        active: bool (N, S), squares in the model; the slopes of the others are exactly 0.

    Returns:
        float64 (N, S).
    """
    pi = proximity.double()
    z, y = shown.double(), target.double()
    z = z - pi @ z / pi.sum()
    y = y - (y @ pi / pi.sum())[:, None]  # the intercept β_0 is not penalised
    gram, moments = (z.T * pi) @ z, (y * pi) @ z  # (S, S), (N, S)
    slopes = torch.zeros_like(moments)
    for i, use in enumerate(active):
        penalised = gram[use][:, use] + ridge * torch.eye(int(use.sum()), dtype=gram.dtype, device=gram.device)
        slopes[i, use] = torch.linalg.solve(penalised, moments[i, use])
    return slopes


def lime(
    forward: Forward, weights: Tensor, *, cells: int, samples: int, ridge: float, kernel: float, seed: int, frames: str
) -> Relevance:
    """Local surrogate (LIME, Ribeiro et al. 2016) by ridge regression on a grid of squares, signed.

    target(x with squares z shown, the rest black) ≈ β_0 + Σ_s z_s β_s, fitted over random z, those near the full
    input weighted more; R_pixel = β of the pixel's square. Squares that are black already have no effect to fit and
    get exactly 0. The ridge needs no scaling by the spread of the outputs: its slopes are linear in the target, so a
    target a thousand times smaller has a map a thousand times smaller, where a lasso's would be all zeros.

    Args:
        forward: the forward pass explained.
        weights: (N, A) weights of the target.
        cells: squares along each side.
        samples: number of random z, each square shown with probability ½.
        ridge: weight of the penalty |β|²; relative to the samples, whatever the scale of the target.
        kernel: width of the weighting, in cosine distance to the full input.
        seed: of the samples, the same for all inputs.
        frames: "all" covers squares of the stacked frames together: one map, spread evenly over them; "each" covers
            those of one frame at a time, by the same samples, at C times the cost.

    Raises:
        InvalidValue: an option is outside its domain.
    """
    x = forward.x
    side = min(MAX_CELLS, *x.shape[2:])
    require(1 <= cells <= side, "lime", "cells", cells, f"1 to {side}")
    require(samples >= 1, "lime", "samples", samples, "at least 1")
    require(ridge > 0, "lime", "ridge", ridge, "above 0")
    require(kernel >= 0.01, "lime", "kernel", kernel, "at least 0.01")
    require(0 <= seed < 2**63, "lime", "seed", seed, "0 to 2^63 - 1")
    groups = frame_groups(frames, x, "lime")  # (G, C)
    square = segments(x.shape[2], x.shape[3], cells).to(x.device)  # (H, W)
    shown = shown_squares(samples, cells**2, seed).to(x.device)  # (1 + M, S)
    masks = (part.to(x.dtype)[:, square] for part in torch.split(shown[1:], PASS_SIZE))
    change = F.pad(changes(forward, weights, masks, groups), (1, 0))  # (N, G, 1 + M); the full input changes nothing
    lit = torch.stack([(x[:, group] != 0).any(1) for group in groups], 1).flatten(2).to(x.dtype)  # (N, G, H W)
    active = lit.new_zeros(*lit.shape[:2], cells**2).index_add_(2, square.flatten(), lit) > 0
    slopes = ridge_fit(shown, change.flatten(0, 1), proximity(shown, kernel), ridge, active.flatten(0, 1))  # (N G, S)
    maps = slopes.to(x.dtype)[:, square].view(*lit.shape[:2], *square.shape)  # (N, G, H, W)
    return Relevance(over_frames(maps, x))


LIME = Method(
    name="lime",
    family="perturbation",
    summary="Slopes of a linear model of the target over which squares are shown.",
    formula="target(z) ≈ β_0 + Σ_s z_s β_s by ridge regression, R = β of the pixel's square",
    paper="Ribeiro et al. 2016, arXiv 1602.04938",
    run=lime,
    per_frame=False,
    sampled=True,
    cost="440",
    options={"cells": 12, "samples": 500, "ridge": 1.0, "kernel": 0.25, "seed": 0, "frames": "all"},
)
