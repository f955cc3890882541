"""What perturbation methods share: which positions there are to perturb, and maps from what perturbing them does."""

from __future__ import annotations

import torch
from torch import Tensor

from rlxai.attribution.layers import Forward
from rlxai.attribution.method import require


def frame_groups(frames: str, like: Tensor, method: str) -> Tensor:
    """Which of the C stacked frames are perturbed together: bool (G, C).

    Args:
        frames: "all" perturbs them together, G = 1; "each" one at a time, G = C.
        like: the network's input (N, C, H, W).
        method: name for the error.

    Raises:
        InvalidValue: `frames` is neither.
    """
    require(frames in ("all", "each"), method, "frames", frames, "'all' or 'each'")
    eye = torch.eye(like.shape[1], dtype=torch.bool, device=like.device)
    return eye if frames == "each" else eye.any(0, keepdim=True)


def changed_anywhere(different: Tensor, groups: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Which perturbations change anything at all.

    Args:
        different: bool (N, C, H, W), the pixels that a perturbation would change.
        groups: bool (G, C), the frames perturbed together.
        rows: bool (r, H), the rows of pixels that each row of positions reaches.
        columns: bool (c, W), likewise.

    Returns:
        bool (N, G, r, c).
    """
    by_group = torch.stack([different[:, group].any(1) for group in groups], 1).float()  # (N, G, H, W)
    return separable(by_group, rows.float(), columns.float()) > 0


def extents(reach: Tensor) -> list[slice]:
    """The pixels from first to last that each position reaches along one axis: bool (r, length) -> r slices."""
    first, count = reach.int().argmax(1), reach.sum(1)
    return [slice(start, start + n) for start, n in zip(first.tolist(), count.tolist(), strict=True)]


def losses(forward: Forward, weights: Tensor, outputs: Tensor) -> Tensor:
    """target(x) - target(x perturbed), with the weights of the unperturbed target: (N, G, r, c, A) -> (N, G, r, c)."""
    return ((forward.q[:, None, None, None] - outputs) * weights[:, None, None, None]).sum(-1)


def separable(values: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Weighted sums whose weights are products of a row's and a column's: (N, G, H, W) -> (N, G, r, c).

    Args:
        values: (N, G, H, W).
        rows: (r, H) in the dtype of `values`.
        columns: (c, W), likewise.
    """
    return rows @ values @ columns.T


def over_frames(maps: Tensor, like: Tensor) -> Tensor:
    """Maps of groups of frames as maps of frames: (N, G, H, W) -> (N, C, H, W).

    One map for all frames is spread evenly, so that its sum over frames is the effect of perturbing them together.
    """
    return (maps / like.shape[1]).expand(like.shape) if maps.shape[1] < like.shape[1] else maps
