"""Meaningful perturbation: the smallest mask that destroys the target."""

from __future__ import annotations

import torch
from torch import Tensor

from rlxai.attribution.effects import frame_groups, over_frames, separable
from rlxai.attribution.fade import Fade, perturbed
from rlxai.attribution.layers import Forward
from rlxai.attribution.method import Method, Relevance, require
from rlxai.attribution.smooth_mask import enlargement

NAME = "meaningful-perturbation"
PASS_SIZE = 32
"""Masks that are learned together; bounds the memory."""
DECAY, SQUARE_DECAY, FLOOR = 0.9, 0.999, 1e-8
"""β1, β2 and ε of Adam."""
ENOUGH = 1e-3
"""A share this close to all or nothing has reached it; where masks start at it, round-off must not decide."""


def variation_slope(r: Tensor, beta: float) -> Tensor:
    """Derivative of the total variation Σ |r_u - r_v|^beta over neighbours u, v: (N, G, h, w)."""
    slope = torch.zeros_like(r)
    for axis in (2, 3):
        step = r.diff(dim=axis)
        push = beta * step.abs() ** (beta - 1) * step.sign()
        slope.narrow(axis, 1, step.shape[axis]).add_(push)
        slope.narrow(axis, 0, step.shape[axis]).sub_(push)
    return slope


def learn(
    fade: Fade,
    groups: int,
    *,
    preserve: bool,
    cell: int,
    iterations: int,
    learning_rate: float,
    l1: float,
    tv: float,
    beta: float,
    jitter: int,
    seed: int,
) -> Tensor:
    """The smallest masks that take the target away, or that keep it.

        loss = max(share, 0) + (l1 Σ_u r_u + tv Σ_uv |r_u - r_v|^beta) / cells

    with max(1 - share, 0) where the mask is what is kept. Descent by Adam on r in [0, 1], from r = 1: everything is
    taken away, or kept; the frame's mask is r enlarged bilinearly.

    Args:
        fade: of N samples.
        groups: masks per sample, G: 1 or the number of frames.
        preserve: whether the mask is what is kept.
        cell: pixels of a cell of r.
        iterations: number of steps.
        learning_rate: of Adam.
        l1: price of the whole frame.
        tv: weight of the total variation.
        beta: its exponent.
        jitter: the picture is moved at random by up to so many pixels under the mask.
        seed: of the moves, the same for all samples.

    Returns:
        (N, G, H, W), in [0, 1].
    """
    n, (height, width) = len(fade.full), fade.start.shape[2:]
    h, w = -(-height // cell), -(-width // cell)
    down, across = enlargement(height, h, fade.start), enlargement(width, w, fade.start)
    generator = torch.Generator().manual_seed(seed)
    shifts = torch.randint(-jitter, jitter + 1, (iterations, 2), generator=generator).tolist()
    size = groups * h * w
    r = fade.start.new_ones(n, groups, h, w)
    mean, square = torch.zeros_like(r), torch.zeros_like(r)
    for i, (rows, columns) in enumerate(shifts, 1):
        marked = separable(r, down, across)
        share, by_kept = fade.share(marked if preserve else 1 - marked, (rows, columns))
        open_yet = share < 1 - ENOUGH if preserve else share > ENOUGH
        # Where the mask takes away, share falls with it and is to fall: the two signs cancel.
        slope = separable(-by_kept * open_yet[:, None, None, None], down.T, across.T)
        slope += (l1 + tv * variation_slope(r, beta)) / size
        mean = DECAY * mean + (1 - DECAY) * slope
        square = SQUARE_DECAY * square + (1 - SQUARE_DECAY) * slope**2
        step = mean / (1 - DECAY**i) / ((square / (1 - SQUARE_DECAY**i)).sqrt() + FLOOR)
        r = (r - learning_rate * step).clamp(0, 1)
    return separable(r, down, across)


def meaningful_perturbation(
    forward: Forward,
    weights: Tensor,
    *,
    variant: str,
    perturbation: str,
    sigma: float,
    cell: int,
    iterations: int,
    learning_rate: float,
    l1: float,
    tv: float,
    beta: float,
    jitter: int,
    seed: int,
    frames: str,
) -> Relevance:
    """Meaningful perturbation (Fong & Vedaldi 2017, eq. 3-4): R is how much of each pixel the mask takes away.

    R = argmin over m of max(share(1 - m), 0) + l1 |m| + tv Σ |∇m|^beta, from low resolution. The target counts as a
    share of its range (see `Fade`), so that the same prices do for Q-values of any size; a pixel is worth taking away
    where its share of the range is more than `l1` times its share of the frame. As a probability cannot fall below
    0, nor is it worth anything to take away more than the whole range.

    A frame whose target no mask moves gets zeros.

    Args:
        forward: the forward pass explained.
        weights: (N, A) weights of the target.
        variant: "deletion"; or "preservation", the smallest mask that, kept alone, keeps the target.
        perturbation: pixels are taken away by a "blur", or made "black".
        sigma: standard deviation of the blur in pixels.
        cell: pixels of a cell of the mask's grid.
        iterations: number of steps.
        learning_rate: of Adam.
        l1: price of taking away the whole frame, in ranges of the target.
        tv: weight of the total variation, which makes masks smooth.
        beta: exponent of the total variation.
        jitter: the picture is moved at random by up to so many pixels under the mask at each step (paper: 4), round
            the edge. Robust against adversarial detail, but a Q-network does tell a ball 4 pixels off.
        seed: of the moves, the same for all samples.
        frames: "all" takes the same pixels away in all stacked frames: one map, spread evenly; "each" gives every
            frame its own mask, all found together.

    Raises:
        InvalidValue: an option is outside its domain, or a layer has no derivative.
    """
    x = forward.x
    require(variant in ("deletion", "preservation"), NAME, "variant", variant, "'deletion' or 'preservation'")
    side = min(x.shape[2:])
    require(1 <= cell <= side, NAME, "cell", cell, f"1 to the frame's side, {side}")
    require(iterations >= 1, NAME, "iterations", iterations, "at least 1")
    require(learning_rate > 0, NAME, "learning_rate", learning_rate, "above 0")
    require(l1 >= 0, NAME, "l1", l1, "at least 0")
    require(tv >= 0, NAME, "tv", tv, "at least 0")
    require(beta >= 1, NAME, "beta", beta, "at least 1")
    require(0 <= jitter < side, NAME, "jitter", jitter, f"0 to below the frame's side, {side}")
    require(0 <= seed < 2**63, NAME, "seed", seed, "0 to 2^63 - 1")
    groups = len(frame_groups(frames, x, NAME))
    fade = Fade.of(forward, weights, perturbed(x, perturbation, sigma, NAME), NAME)
    masks = [
        learn(
            fade.take(some), groups, preserve=variant == "preservation", cell=cell, iterations=iterations,
            learning_rate=learning_rate, l1=l1, tv=tv, beta=beta, jitter=jitter, seed=seed,
        )
        for some in torch.split(torch.arange(len(x), device=x.device), PASS_SIZE)
    ]  # fmt: skip
    return Relevance(over_frames(torch.cat(masks) * fade.moved, x))


MEANINGFUL_PERTURBATION = Method(
    name=NAME,
    family="perturbation",
    summary="The smallest mask that, blurred away, destroys the target.",
    formula="R = argmin over m: max(share of target(x - m (x - blur(x))), 0) + l1 |m| + tv Σ |∇m|^β",
    paper="Fong & Vedaldi 2017, arXiv 1704.03296",
    run=meaningful_perturbation,
    signed=False,
    per_frame=False,
    cost="320",
    options={
        "variant": "deletion",
        "perturbation": "blur",
        "sigma": 3.0,
        "cell": 4,
        "iterations": 100,
        "learning_rate": 0.1,
        "l1": 3.0,
        "tv": 1.0,
        "beta": 3.0,
        "jitter": 0,
        "seed": 0,
        "frames": "all",
    },
)
