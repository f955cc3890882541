"""The perturbation family: cover part of the input and see what the target loses."""

from __future__ import annotations

import torch
from torch import Tensor

from rlxai.attribution.layers import Forward
from rlxai.attribution.method import Method, Relevance, require

PASS_SIZE = 32
"""Perturbed inputs per forward pass; bounds the memory, whatever the number of samples and windows."""


def window_rows(length: int, window: int, stride: int) -> Tensor:
    """Which pixels each window covers along one axis: bool (windows, length).

    Windows start at 0, stride, 2 stride, ... until the border is covered; the last one is clipped there.
    """
    starts = torch.arange(0, max(length - window, 0) + stride, stride)[:, None]  # (windows, 1)
    pixels = torch.arange(length)
    return (pixels >= starts) & (pixels < starts + window)


def occlusion(forward: Forward, weights: Tensor, *, window: int, stride: int, value: float, frames: str) -> Relevance:
    """Occlusion by a sliding square (Zeiler & Fergus 2014).

    effect(window) = target(x) - target(x with the window set to `value`), with the weights of the unperturbed
    target; R_pixel = mean effect over the windows that cover the pixel. Windows that already hold `value`
    everywhere change nothing and are skipped: their effect is exactly 0.

    Args:
        forward: the forward pass explained.
        weights: (N, A) weights of the target.
        window: side of the square in pixels.
        stride: distance of neighbouring windows in pixels, at most `window`.
        value: what a covered pixel is set to, in [0, 1].
        frames: "all" covers the stacked frames together: one map, spread evenly over them; "each" covers them one
            at a time, at C times the cost.

    Raises:
        InvalidValue: an option is outside its domain.
    """
    require(window >= 1, "occlusion", "window", window, "at least 1")
    require(1 <= stride <= window, "occlusion", "stride", stride, f"1 to the window's side, {window}")
    require(0 <= value <= 1, "occlusion", "value", value, "0 to 1")
    require(frames in ("all", "each"), "occlusion", "frames", frames, "'all' or 'each'")
    x, q = forward.x, forward.q
    channels, height, width = x.shape[1:]
    rows = window_rows(height, window, stride).to(x.device)  # (r, H)
    columns = window_rows(width, window, stride).to(x.device)  # (c, W)
    eye = torch.eye(channels, dtype=torch.bool, device=x.device)
    covered = eye if frames == "each" else eye.any(0, keepdim=True)  # (G, C): groups of frames covered together

    different = torch.stack([(x[:, group] != value).any(1) for group in covered], 1)  # (N, G, H, W)
    changed = _separable(different.to(x.dtype), rows, columns) > 0  # (N, G, r, c)
    effects = torch.zeros(changed.shape, dtype=x.dtype, device=x.device)
    for chunk in torch.split(changed.nonzero(), PASS_SIZE):
        sample, group, row, column = chunk.unbind(1)  # (P,) each
        mask = rows[row][:, :, None] & columns[column][:, None, :]  # (P, H, W)
        mask = mask[:, None] & covered[group][:, :, None, None] if frames == "each" else mask[:, None]
        loss = q[sample] - forward.network(x[sample].masked_fill_(mask, value))  # (P, A)
        effects[sample, group, row, column] = (weights[sample] * loss).sum(1)

    count = rows.sum(0)[:, None] * columns.sum(0)  # (H, W): windows over each pixel
    maps = _separable(effects, rows.T, columns.T) / count  # (N, G, H, W)
    return Relevance((maps / channels).expand(x.shape) if frames == "all" else maps)


def _separable(values: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Sums over the pairs (row, column) selected by two bool matrices: (N, G, H, W) -> (N, G, r, c)."""
    return rows.to(values.dtype) @ values @ columns.to(values.dtype).T


OCCLUSION = Method(
    name="occlusion",
    family="perturbation",
    summary="What the target loses when a square of the input is covered.",
    formula="R = mean over windows covering the pixel of target(x) - target(x covered)",
    paper="Zeiler & Fergus 2014, arXiv 1311.2901",
    run=occlusion,
    per_frame=False,
    cost="350",
    options={"window": 9, "stride": 4, "value": 0.0, "frames": "all"},
)

METHODS = (OCCLUSION,)
