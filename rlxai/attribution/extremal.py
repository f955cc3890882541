"""Extremal perturbations: of all smooth masks of a given area, the one that keeps the target best."""

from __future__ import annotations

import torch
from torch import Tensor

from rlxai.attribution.effects import frame_groups, over_frames, separable
from rlxai.attribution.fade import Fade, perturbed
from rlxai.attribution.layers import Forward
from rlxai.attribution.method import Method, Relevance, require
from rlxai.attribution.smooth_mask import SmoothMaximum, enlargement

NAME = "extremal-perturbation"
MOMENTUM = 0.9
PASS_SIZE = 32
"""Masks, of any samples and areas, that are learned together; bounds the memory."""
TIE = 2.0**-12
"""Mask values that round to the same multiple of this have the same rank."""


def parse_areas(areas: str) -> list[float]:
    """Areas as parts of the frame, from a list with commas.

    Raises:
        InvalidValue: not numbers above 0 and below 1.
    """
    try:
        found = [float(area) for area in areas.split(",")]
    except ValueError:
        found = []
    allowed = "numbers above 0 and below 1, with commas between them"
    require(bool(found) and all(0 < area < 1 for area in found), NAME, "areas", areas, allowed)
    return found


def ranked(m: Tensor, ones: Tensor, most: int) -> Tensor:
    """The reference r_a at each cell: 1 for the `ones` largest values of a mask, 0 for the others; (N, ...).

    |vecsort(m) - r_a|², of the mask's values in ascending order and (0, ..., 0, 1, ..., 1), is |m - ranked(m)|². Equal
    values share what falls to them: an even mask is pushed evenly, rather than by the order of its cells.

    Args:
        m: masks (N, ...).
        ones: (N,), how many cells each mask may mark, at least 1.
        most: the largest of `ones`.
    """
    key = (m.flatten(1) / TIE).round()  # (N, cells)
    threshold = key.topk(most, dim=1).values.gather(1, ones[:, None] - 1)
    above, tied = key > threshold, key == threshold
    part = (ones[:, None] - above.sum(1, keepdim=True)) / tied.sum(1, keepdim=True, dtype=m.dtype)
    return (above + tied * part).view_as(m)


def learn(
    fade: Fade,
    areas: Tensor,
    groups: int,
    *,
    preserve: bool,
    cell: int,
    radius: float,
    iterations: int,
    learning_rate: float,
    weight: float,
) -> Tensor:
    """Masks of given areas that keep most of the target, or, taken away, leave least of it.

        loss = ∓ cells share + λ |vecsort(m) - r_a|²

    The factor `cells` lets one step size do for all grids. λ doubles after a third and again after two thirds of the
    iterations. Descent with momentum 0.9 on p in [0, 1], from p = 1/2; m is the smooth max-convolution of p, and the
    frame's mask is m enlarged bilinearly.

    Args:
        fade: of N samples.
        areas: (N,) parts of the frame.
        groups: masks per sample, G: 1 or the number of frames; the area is that of all of them together.
        preserve: whether the mask is what is kept, or what is taken away.
        cell: pixels of a cell of the grid of p and m.
        radius: of the flat top of the max-convolution's kernel, in pixels.
        iterations: number of steps.
        learning_rate: step per unit of gradient.
        weight: λ of the first third.

    Returns:
        (N, G, H, W), in [0, 1].
    """
    n, (height, width) = len(areas), fade.start.shape[2:]
    h, w = -(-height // cell), -(-width // cell)
    down, across = enlargement(height, h, fade.start), enlargement(width, w, fade.start)
    smooth = SmoothMaximum(radius / cell, fade.start)
    size = groups * h * w
    ones = (areas * size).round().long().clamp(1, size)
    most = max(ones.tolist(), default=1)
    p = fade.start.new_full((n * groups, h + 2 * smooth.margin, w + 2 * smooth.margin), 0.5)
    speed = torch.zeros_like(p)
    for i in range(iterations):
        flat, saved = smooth(p)
        m = flat.view(n, groups, h, w)
        marked = separable(m, down, across)
        # Where the mask takes away, share falls with it and is to fall: the two signs cancel.
        by_marked = -fade.share(marked if preserve else 1 - marked)[1]
        push = 2 * weight * 2 ** (3 * i // iterations)
        by_m = size * separable(by_marked, down.T, across.T) + push * (m - ranked(m, ones, most))
        speed = MOMENTUM * speed + smooth.pull_back(saved, by_m.view_as(flat))
        p = (p - learning_rate * speed).clamp(0, 1)
    return separable(smooth(p)[0].view(n, groups, h, w), down, across)


def extremal_perturbation(
    forward: Forward,
    weights: Tensor,
    *,
    areas: str,
    variant: str,
    perturbation: str,
    sigma: float,
    cell: int,
    radius: float,
    iterations: int,
    learning_rate: float,
    weight: float,
    frames: str,
) -> Relevance:
    """Extremal perturbations (Fong, Patrick & Vedaldi 2019, eq. 2-5), summed over areas.

    m_a = argmax over smooth masks m of area a of target(x° + m (x - x°)): what is kept if only a part a may be. R is
    Σ_a m_a: what counts most is in the masks of all areas. Each sample has masks of its own.

    After the paper: area term, smooth masks, momentum, doubling of λ. Otherwise: the target counts in parts of its
    range (see `Fade`), which lets one λ do for all networks; the way from x° to x is straight, as in Fong & Vedaldi
    2017, not by the width of the blur, which is the same where masks end, at 0 and 1; equal mask values rank equal.

    A frame whose target no mask moves gets zeros. Where two places do equally well, round-off may choose: in single
    precision a mask here and there changes with the batch size.

    Args:
        forward: the forward pass explained.
        weights: (N, A) weights of the target.
        areas: parts of the frame that may be marked, "0.02,0.05,0.1"; masks are no smaller than a disk, see `radius`.
        variant: "preservation"; or "deletion", the mask whose removal leaves least of the target.
        perturbation: x° is x out of focus ("blur"), or "black".
        sigma: standard deviation of the blur in pixels.
        cell: pixels of a cell of the mask's grid.
        radius: of the smallest disk's flat middle in pixels, half a cell to 4 cells; it is half gone at 2.7 radii.
        iterations: number of steps.
        learning_rate: step per unit of gradient.
        weight: λ of the area term at first; it doubles twice.
        frames: "all" marks the same pixels in all stacked frames: one map, spread evenly; "each" gives every frame
            its own mask, all found together, with the area a of the whole stack.

    Raises:
        InvalidValue: an option is outside its domain, or a layer has no derivative.
    """
    x = forward.x
    parts = parse_areas(areas)
    require(variant in ("preservation", "deletion"), NAME, "variant", variant, "'preservation' or 'deletion'")
    side = min(x.shape[2:])
    require(1 <= cell <= side, NAME, "cell", cell, f"1 to the frame's side, {side}")
    require(0.5 * cell <= radius <= 4 * cell, NAME, "radius", radius, f"half a cell to 4, {cell / 2} to {4.0 * cell}")
    require(iterations >= 1, NAME, "iterations", iterations, "at least 1")
    require(learning_rate > 0, NAME, "learning_rate", learning_rate, "above 0")
    require(weight >= 0, NAME, "weight", weight, "at least 0")
    groups = len(frame_groups(frames, x, NAME))
    fade = Fade.of(forward, weights, perturbed(x, perturbation, sigma, NAME), NAME)
    samples = torch.arange(len(x), device=x.device).repeat(len(parts))  # (A N,)
    wanted = x.new_tensor(parts).repeat_interleave(len(x))
    masks = [
        learn(
            fade.take(some), area, groups, preserve=variant == "preservation", cell=cell, radius=radius,
            iterations=iterations, learning_rate=learning_rate, weight=weight,
        )
        for some, area in zip(torch.split(samples, PASS_SIZE), torch.split(wanted, PASS_SIZE), strict=True)
    ]  # fmt: skip
    total = torch.cat(masks).view(len(parts), len(x), groups, *x.shape[2:]).sum(0)
    return Relevance(over_frames(total * fade.moved, x))


EXTREMAL_PERTURBATION = Method(
    name=NAME,
    family="perturbation",
    summary="The smooth masks of a few small areas that keep most of the target.",
    formula="R = Σ_a argmax over m of area a: target(x° + m (x - x°)), x° = blur(x)",
    paper="Fong, Patrick & Vedaldi 2019, arXiv 1910.08485",
    run=extremal_perturbation,
    signed=False,
    per_frame=False,
    cost="1300",
    options={
        "areas": "0.02,0.05,0.1",
        "variant": "preservation",
        "perturbation": "blur",
        "sigma": 3.0,
        "cell": 2,
        "radius": 2.0,
        "iterations": 100,
        "learning_rate": 5e-4,
        "weight": 20.0,
        "frames": "all",
    },
)
