"""DeepLIFT: what each pixel contributes to the target's difference from that of a reference input."""

from __future__ import annotations

import torch
from torch import Tensor

from rlxai.attribution.chain_rule import derivative, rerun
from rlxai.attribution.layers import Forward, Step
from rlxai.attribution.method import Method, Relevance, require


def deeplift(forward: Forward, weights: Tensor, *, baseline: float) -> Relevance:
    """DeepLIFT with the rescale rule (Shrikumar et al. 2017, sec. 3.5.1).

    The walk of the gradient, with the ReLU's slope between reference a° and activation a in place of its derivative:

        m = (ReLU(a) - ReLU(a°)) / (a - a°), or 1[a > 0] where a = a°;   R = (x - x°) m_x

    which is max(a, a°) / |a - a°|, clamped to [0, 1].

    The slopes telescope: Σ R = target(x) - target(x°), and the ledger keeps target(x°) as "baseline". The target's
    weights are those of x.

    Args:
        forward: the forward pass explained.
        weights: (N, A) weights of the target.
        baseline: brightness of the reference x°, the same in all pixels, in [0, 1].

    Raises:
        InvalidValue: the baseline is outside [0, 1], or a layer has no derivative.
    """
    require(0 <= baseline <= 1, "deeplift", "baseline", baseline, "0 to 1")
    blank = torch.full_like(forward.x[:1], baseline)  # (1, C, H, W), none for an empty batch
    reference = {step.name: step for step in rerun(forward.steps, blank)}

    def slope(step: Step, c: Tensor) -> Tensor:
        at = reference[step.name]
        run = (step.input - at.input).abs_()  # (N, ...)
        higher = torch.maximum(step.input, at.input)
        # Clamping gives 1 or 0 on one side of zero, and for a = a° as well; across zero nothing cancels.
        return c * (higher / run.clamp_(min=torch.finfo(run.dtype).tiny)).clamp_(0, 1)

    m = derivative(forward.steps, weights, "deeplift", slope)  # (N, C, H, W)
    kept = (weights * reference[forward.steps[-1].name].output).sum(1)  # (N,)
    return Relevance((forward.x - baseline) * m, {"baseline": kept})


DEEPLIFT = Method(
    name="deeplift",
    family="gradient",
    summary="Each pixel's part in the target's difference from that of a blank input.",
    formula="R = (x - x°) m, m: the chain rule with ΔReLU(a) / Δa at each ReLU",
    paper="Shrikumar et al. 2017, arXiv 1704.02685",
    run=deeplift,
    cost="2.6",
    options={"baseline": 0.0},
)

METHODS = (DEEPLIFT,)
