"""Occlusion: cover a square of the input and see what the target loses."""

from __future__ import annotations

import torch
from torch import Tensor

from rlxai.attribution.effects import changed_anywhere, extents, frame_groups, losses, over_frames, separable
from rlxai.attribution.incremental import sweep
from rlxai.attribution.layers import Forward
from rlxai.attribution.method import Method, Relevance, require
from rlxai.attribution.patches import Batch


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
    x = forward.x
    groups = frame_groups(frames, x, "occlusion")  # (G, C)
    rows = window_rows(x.shape[2], window, stride).to(x.device)  # (r, H)
    columns = window_rows(x.shape[3], window, stride).to(x.device)  # (c, W)

    def cover(pixels: Tensor, batch: Batch) -> None:
        pixels.masked_fill_(groups[batch.group], value)  # (E, h, w, C)

    present = changed_anywhere(x != value, groups, rows, columns)  # (N, G, r, c)
    effects = losses(forward, weights, sweep(forward, present, extents(rows), extents(columns), cover))
    count = rows.sum(0)[:, None] * columns.sum(0)  # (H, W): windows over each pixel
    maps = separable(effects, rows.T.to(x.dtype), columns.T.to(x.dtype)) / count  # (N, G, H, W)
    return Relevance(over_frames(maps, x))


OCCLUSION = Method(
    name="occlusion",
    family="perturbation",
    summary="What the target loses when a square of the input is covered.",
    formula="R = mean over windows covering the pixel of target(x) - target(x covered)",
    paper="Zeiler & Fergus 2014, arXiv 1311.2901",
    run=occlusion,
    per_frame=False,
    cost="60",
    options={"window": 9, "stride": 4, "value": 0.0, "frames": "all"},
)
