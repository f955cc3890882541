"""SARFA: what an action in particular loses, rather than all actions together."""

from __future__ import annotations

from torch import Tensor

from rlxai.attribution.blur import blur_outputs, interpolate
from rlxai.attribution.effects import over_frames
from rlxai.attribution.layers import Forward
from rlxai.attribution.method import Method, Relevance
from rlxai.errors import InvalidValue


def one_action(weights: Tensor) -> Tensor:
    """The action that each row of weights selects: (N, A) -> bool (N, A).

    Raises:
        InvalidValue: the target is not the output of one action.
    """
    selected = weights == 1
    if not bool(((selected | (weights == 0)).all(1) & (selected.sum(1) == 1)).all()):
        raise InvalidValue("sarfa needs a target that is one action's output: chosen, taken or action:i")
    return selected


def scores(q: Tensor, outputs: Tensor, action: Tensor) -> Tensor:
    """SARFA of each perturbation, in [0, 1).

    Args:
        q: (N, A) outputs for the unperturbed input.
        outputs: (N, ..., A) outputs for the perturbed inputs.
        action: bool (N, A), the action explained.

    Returns:
        (N, ...).
    """
    shape = (len(q), *[1] * (outputs.ndim - 2), q.shape[1])
    q, action = q.view(shape), action.view(shape)
    drop = (q.softmax(-1) - outputs.softmax(-1)).where(action, 0).sum(-1)  # Δp of the action
    log_rest, log_rest_changed = (v.masked_fill(action, float("-inf")).log_softmax(-1) for v in (q, outputs))
    divergence = (log_rest.exp() * (log_rest - log_rest_changed)).masked_fill(action, 0).sum(-1)
    relevance = 1 / (1 + divergence)  # K: 1 where the other actions' preferences stay as they were
    drop = drop.clamp(min=0)
    return 2 * drop * relevance / (drop + relevance)


def sarfa(forward: Forward, weights: Tensor, *, sigma: float, radius: float, spacing: int, frames: str) -> Relevance:
    """Specific and relevant feature attribution on the blur perturbation (Puri et al. 2020).

    With p = softmax q, the explained action a, and p_rest the softmax over the other actions:

        Δp = p_a(x) - p_a(x')                              specific: the perturbation costs the action probability
        K = 1 / (1 + KL(p_rest(x) | p_rest(x')))           relevant: and leaves the others' order alone
        effect = 2 Δp K / (Δp + K) where Δp > 0, else 0

    The direction of KL is that of the published code. Perturbation and options are those of `blur-perturbation`.

    Args:
        forward: the forward pass explained.
        weights: (N, A) weights of the target, which must select one action each.
        sigma: standard deviation of the blur in pixels.
        radius: standard deviation of the mask in pixels.
        spacing: distance of neighbouring points in pixels.
        frames: "all" or "each".

    Raises:
        InvalidValue: the target is not one action's output, or an option is outside its domain.
    """
    action = one_action(weights)
    outputs, rows, columns = blur_outputs(forward, "sarfa", sigma=sigma, radius=radius, spacing=spacing, frames=frames)
    maps = interpolate(scores(forward.q, outputs, action), rows, columns)  # (N, G, H, W)
    return Relevance(over_frames(maps, forward.x))


SARFA = Method(
    name="sarfa",
    family="perturbation",
    summary="Where blurring costs the action probability, and the other actions' order is left alone.",
    formula="R = 2 Δp K / (Δp + K), K = 1 / (1 + KL of the other actions)",
    paper="Puri et al. 2020, arXiv 1912.12191",
    run=sarfa,
    signed=False,
    per_frame=False,
    cost="190",
    options={"sigma": 3.0, "radius": 5.0, "spacing": 5, "frames": "all"},
)
