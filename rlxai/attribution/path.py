"""Gradients averaged over several inputs: along a straight path (integrated gradients), or around x (SmoothGrad).

Up to the first ReLU a network is affine, and it is the first convolution that costs most. Its response to x + δ is
that to x plus that to δ, and its transpose is linear as well. So it runs once on x, once on each δ whatever the number
of observations, and once backwards.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

import torch
from torch import Tensor, nn

from rlxai.attribution.chain_rule import derivative, rerun
from rlxai.attribution.layers import Forward, Step, apply, is_linear, parameters, per_sample
from rlxai.attribution.method import Method, Relevance, require

PASS_SIZE = 128
"""Inputs per pass: where observations are fewer, several points of each run together, at most so many."""


def split(forward: Forward) -> tuple[tuple[Step, ...], Tensor, tuple[Step, ...]]:
    """The affine layers that the network starts with, their output (N, ...), and the layers behind."""
    steps = forward.steps
    affine = (is_linear(step.layer) or isinstance(step.layer, nn.Flatten) for step in steps)
    first = next((i for i, plain in enumerate(affine) if not plain), len(steps))
    return steps[:first], steps[first].input if first < len(steps) else forward.q, steps[first:]


def response(head: Iterable[Step], change: Tensor) -> Tensor:
    """What affine layers add to their output (M, ...) when `change` (M, C, H, W) is added to the input."""
    for step in head:
        flat = isinstance(step.layer, nn.Flatten)
        change = step.layer(change) if flat else apply(step.layer, change, parameters(step)[0])
    return change


def mean_gradient(forward: Forward, weights: Tensor, points: Iterable[Tensor], method: str) -> Tensor:
    """Mean ∂target/∂x over several inputs x_k: (N, C, H, W).

    Args:
        forward: the forward pass explained.
        weights: (N, A) weights of the target, the same at all inputs.
        points: output (N, ...) of the affine layers that the network starts with, at each x_k; at least one.
        method: the name that a refusal quotes.
    """
    head, z, tail = split(forward)
    total, n = torch.zeros_like(z), 0
    points = iter(points)
    while group := list(islice(points, max(1, PASS_SIZE // max(1, len(z))))):
        m = len(group)
        c = derivative(rerun(tail, torch.cat(group)), weights.repeat(m, 1), method)  # (m N, ...)
        for part in torch.split(c, max(1, len(z))):
            total += part
        n += m
    return derivative(head, total / n, method)


def integrated_gradients(forward: Forward, weights: Tensor, *, steps: int, baseline: float) -> Relevance:
    """Integrated gradients (Sundararajan et al. 2017, eq. 1), by the midpoint rule.

        R = (x - x°) 1/n Σ_k ∂target/∂x at x° + t_k (x - x°),   t_k = (k - 1/2) / n,   k = 1 ... n

    With the exact integral Σ R = target(x) - target(x°). The ledger keeps target(x°) as "baseline", and as "quadrature"
    what the sum of n gradients misses of the integral: the completeness error, which need not shrink with every n. The
    target's weights are those of x.

    Args:
        forward: the forward pass explained.
        weights: (N, A) weights of the target.
        steps: n, gradients along the path.
        baseline: brightness of x°, the same in all pixels, in [0, 1].

    Raises:
        InvalidValue: an option is outside its domain, or a layer has no derivative.
    """
    require(steps >= 1, "integrated-gradients", "steps", steps, "at least 1")
    require(0 <= baseline <= 1, "integrated-gradients", "baseline", baseline, "0 to 1")
    head, z, tail = split(forward)
    blank = torch.full_like(forward.x[:1], baseline)  # (1, C, H, W), none for an empty batch
    z0 = rerun(head, blank)[-1].output if head else blank  # (1, ...)
    points = (torch.lerp(z0.expand_as(z), z, (k + 0.5) / steps) for k in range(steps))
    inputs = (forward.x - baseline) * mean_gradient(forward, weights, points, "integrated-gradients")

    q0 = rerun(tail, z0)[-1].output if tail else z0  # (1, A)
    at_baseline = (weights * q0).sum(1)  # (N,)
    missed = (weights * forward.q).sum(1) - at_baseline - per_sample(inputs)
    return Relevance(inputs, {"baseline": at_baseline, "quadrature": missed})


def smoothgrad(forward: Forward, weights: Tensor, *, samples: int, noise: float, seed: int) -> Relevance:
    """SmoothGrad (Smilkov et al. 2017, sec. 3): R = 1/n Σ_k ∂target/∂x at x + ε_k, ε_k ~ N(0, noise²).

    All observations get the same n draws, so that none depends on its batch; stacked frames get draws of their own.
    The target's weights are those of x.

    Args:
        forward: the forward pass explained.
        weights: (N, A) weights of the target.
        samples: n, gradients per observation.
        noise: standard deviation as a part of the input's range [0, 1].
        seed: of the draws; they are the same on every device and in every precision.

    Raises:
        InvalidValue: an option is outside its domain, or a layer has no derivative.
    """
    require(samples >= 1, "smoothgrad", "samples", samples, "at least 1")
    require(noise >= 0, "smoothgrad", "noise", noise, "at least 0")
    require(0 <= seed < 2**63, "smoothgrad", "seed", seed, "0 to 2^63 - 1")
    head, z, _ = split(forward)
    draws, shape = torch.Generator().manual_seed(seed), forward.x.shape[1:]
    # Always drawn on the CPU in single precision, then converted.
    epsilons = (noise * torch.randn(1, *shape, generator=draws, dtype=torch.float32).to(z) for _ in range(samples))
    points = (z + response(head, epsilon) for epsilon in epsilons)
    return Relevance(mean_gradient(forward, weights, points, "smoothgrad"))


INTEGRATED_GRADIENTS = Method(
    name="integrated-gradients",
    family="gradient",
    summary="The gradient averaged on the way from a blank input, times the difference to it.",
    formula="R = (x - x°) ∫ ∂target/∂x dt at x° + t (x - x°), t from 0 to 1",
    paper="Sundararajan et al. 2017, arXiv 1703.01365",
    run=integrated_gradients,
    cost="40",
    options={"steps": 32, "baseline": 0.0},
)

SMOOTHGRAD = Method(
    name="smoothgrad",
    family="gradient",
    summary="The gradient averaged over noisy copies of the input.",
    formula="R = mean of ∂target/∂x at x + ε, ε ~ N(0, noise²)",
    paper="Smilkov et al. 2017, arXiv 1706.03825",
    run=smoothgrad,
    sampled=True,
    cost="33",
    options={"samples": 25, "noise": 0.1, "seed": 0},
)

METHODS = (INTEGRATED_GRADIENTS, SMOOTHGRAD)
