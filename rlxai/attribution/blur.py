"""Blur perturbation: smear out what is around a point, which takes away where things are but not that they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from rlxai.attribution.effects import changed_anywhere, extents, frame_groups, losses, over_frames, separable
from rlxai.attribution.incremental import sweep
from rlxai.attribution.layers import Forward
from rlxai.attribution.method import Method, Relevance, require
from rlxai.attribution.patches import Batch, channels_last

TRUNCATE = 4.0
"""Standard deviations after which a Gaussian is cut off, as in SciPy and so in the published code."""


def gaussian_rows(length: int, sigma: float, like: Tensor) -> Tensor:
    """Gaussian blur along one axis as a matrix (length, length), rows summing to 1; the border mirrors the image."""
    reach = int(TRUNCATE * sigma + 0.5)
    offsets = torch.arange(-reach, reach + 1, device=like.device)
    kernel = torch.exp(-0.5 * (offsets.to(like.dtype) / sigma) ** 2)
    pixels = torch.arange(length, device=like.device)
    sources = (pixels[:, None] + offsets) % (2 * length)  # (length, kernel)
    sources = torch.minimum(sources, 2 * length - 1 - sources)  # d c b a | a b c d | d c b a
    matrix = like.new_zeros(length, length)
    return matrix.scatter_add_(1, sources, (kernel / kernel.sum()).expand(length, -1))


@dataclass(frozen=True)
class Grid:
    """Centres of the perturbations along one axis.

    Attributes:
        mask: (r, length), weight of the blurred image at each pixel, 1 at the centre.
        reach: bool (r, length), where `mask` is above 0.
        hats: (length, r), linear interpolation from the centres to the pixels; constant beyond the last one.
    """

    mask: Tensor
    reach: Tensor
    hats: Tensor


def grid(length: int, radius: float, spacing: int, like: Tensor) -> Grid:
    """Centres at 0, spacing, 2 spacing, ... with Gaussian masks of standard deviation `radius`."""
    centres = torch.arange(0, length, spacing, device=like.device)  # (r,)
    pixels = torch.arange(length, device=like.device)
    distance = (pixels - centres[:, None]).to(like.dtype)  # (r, length)
    reach = distance.abs() <= TRUNCATE * radius
    mask = torch.exp(-0.5 * (distance / radius) ** 2) * reach
    nearest = pixels.clamp(max=int(centres[-1]))
    hats = (1 - (nearest[:, None] - centres).abs().to(like.dtype) / spacing).clamp(min=0)
    return Grid(mask, reach, hats)


def blur_outputs(
    forward: Forward, method: str, *, sigma: float, radius: float, spacing: int, frames: str
) -> tuple[Tensor, Grid, Grid]:
    """Outputs of the network with the input blurred around each point of a grid.

    x' = (1 - M) x + M blur(x), M_pixel = exp(-|pixel - centre|² / (2 radius²)). Greydanus et al. 2018, eq. 1. Points
    around which blurring changes nothing are skipped.

    Args:
        forward: the forward pass explained.
        method: name for errors.
        sigma: standard deviation of the blur in pixels.
        radius: standard deviation of the mask in pixels.
        spacing: distance of neighbouring points in pixels.
        frames: "all" or "each", the stacked frames perturbed together.

    Returns:
        Outputs (N, G, r, c, A), and the points along the rows and the columns.

    Raises:
        InvalidValue: an option is outside its domain.
    """
    x = forward.x
    side = max(x.shape[2:])
    require(0.1 <= sigma <= side, method, "sigma", sigma, f"0.1 to the frame's side, {side}")
    require(0.1 <= radius <= side, method, "radius", radius, f"0.1 to the frame's side, {side}")
    require(spacing >= 1, method, "spacing", spacing, "at least 1")
    groups = frame_groups(frames, x, method)  # (G, C)
    rows, columns = (grid(length, radius, spacing, x) for length in x.shape[2:])
    down, across = (gaussian_rows(length, sigma, x) for length in x.shape[2:])
    step = separable(x, down, across) - x  # blur(x) - x
    pixel_step = channels_last(step)
    in_rows, in_columns = extents(rows.reach), extents(columns.reach)
    masks = [_from_first(axis.mask, parts) for axis, parts in ((rows, in_rows), (columns, in_columns))]

    def perturb(pixels: Tensor, batch: Batch) -> None:
        h, w = pixels.shape[1:3]
        mask = masks[0][batch.row, :h, None] * masks[1][batch.column, None, :w]  # (E, h, w)
        pixels.addcmul_(batch.crop(pixel_step, "changed", 0), mask[..., None] * groups[batch.group])

    present = changed_anywhere(step != 0, groups, rows.reach, columns.reach)  # (N, G, r, c)
    return sweep(forward, present, in_rows, in_columns, perturb), rows, columns


def _from_first(mask: Tensor, parts: Sequence[slice]) -> Tensor:
    """Masks (r, length) moved so that the part that each reaches comes first."""
    return torch.stack([row.roll(-part.start) for row, part in zip(mask, parts, strict=True)])


def interpolate(effects: Tensor, rows: Grid, columns: Grid) -> Tensor:
    """Effects at the points (N, G, r, c) -> maps (N, G, H, W), bilinear, exact at the points."""
    return separable(effects, rows.hats, columns.hats)


def blur_perturbation(
    forward: Forward, weights: Tensor, *, sigma: float, radius: float, spacing: int, frames: str, score: str
) -> Relevance:
    """Blur perturbation (Greydanus et al. 2018).

    effect(point) = target(x) - target(x blurred around the point), signed, with the weights of the unperturbed
    target. With `score="squared"` the published ½ |q(x) - q(x')|² over all outputs, whatever the target. Effects are
    interpolated to pixels bilinearly, each staying at its own point.

    Args:
        forward: the forward pass explained.
        weights: (N, A) weights of the target.
        sigma: standard deviation of the blur in pixels.
        radius: standard deviation of the mask in pixels.
        spacing: distance of neighbouring points in pixels.
        frames: "all" blurs the stacked frames together: one map, spread evenly over them; "each" blurs them one
            at a time, at C times the cost.
        score: "target" or "squared".

    Raises:
        InvalidValue: an option is outside its domain.
    """
    require(score in ("target", "squared"), "blur-perturbation", "score", score, "'target' or 'squared'")
    outputs, rows, columns = blur_outputs(
        forward, "blur-perturbation", sigma=sigma, radius=radius, spacing=spacing, frames=frames
    )
    if score == "squared":
        effects = 0.5 * ((forward.q[:, None, None, None] - outputs) ** 2).sum(-1)  # (N, G, r, c)
    else:
        effects = losses(forward, weights, outputs)
    return Relevance(over_frames(interpolate(effects, rows, columns), forward.x))


BLUR_PERTURBATION = Method(
    name="blur-perturbation",
    family="perturbation",
    summary="What the target loses when the surroundings of a point are blurred.",
    formula="R = target(x) - target((1 - M) x + M blur(x))",
    paper="Greydanus et al. 2018, arXiv 1711.00138",
    run=blur_perturbation,
    per_frame=False,
    cost="190",
    options={"sigma": 3.0, "radius": 5.0, "spacing": 5, "frames": "all", "score": "target"},
)
