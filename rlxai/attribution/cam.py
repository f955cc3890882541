"""Class activation maps: where the last convolution's channels fire, weighted by what they do to the target.

All of them read the channels A_k (h x w) of the last convolution behind its ReLU, keep raw magnitudes, and are
enlarged to the input bilinearly, corners not aligned. Here the weights come from the derivative of the target; those
that come from running the network again are in `cam_ablation`.
"""

from __future__ import annotations

from torch import Tensor, nn

from rlxai.attribution import cam_ablation
from rlxai.attribution.cam_features import channel_map, enlarge, last_features, spread
from rlxai.attribution.chain_rule import derivative
from rlxai.attribution.layers import Forward, Step, is_linear, parameters
from rlxai.attribution.method import Method, Relevance
from rlxai.attribution.modified_relu import guided
from rlxai.errors import InvalidValue


def cam(forward: Forward, weights: Tensor) -> Relevance:
    """Class activation map (Zhou et al. 2016, eq. 2): R = Σ_k w_k A_k, signed.

    w_k is the target's weight on the average of channel k, so that the map's mean, before it is enlarged, is the
    target less the output's bias. It is h w times Grad-CAM without its ReLU.

    Raises:
        InvalidValue: the layers behind the last convolution are not global average pooling, flatten and one linear.
    """
    last = last_features(forward, "cam")
    _require_average_head(forward, last)
    channel_weights = weights @ parameters(forward.steps[-1])[0]  # (N, A) @ (A, K) -> (N, K)
    return spread(channel_map(channel_weights, forward.steps[last].output, relu=False), forward.x)


def grad_cam(forward: Forward, weights: Tensor, *, relu: bool) -> Relevance:
    """Grad-CAM with raw magnitudes (Selvaraju et al. 2017).

    α_k = mean over pixels of ∂target/∂A_k, map = ReLU(Σ_k α_k A_k); `relu=False` keeps channels' evidence against
    the target.

    Raises:
        InvalidValue: the network has no convolution.
    """
    return spread(_grad_cam_map(forward, weights, "grad-cam", relu=relu), forward.x)


def grad_cam_plus_plus(forward: Forward, weights: Tensor) -> Relevance:
    """Grad-CAM++ with raw magnitudes (Chattopadhyay et al. 2018).

    R = ReLU(Σ_k w_k A_k), w_k = Σ_ij α_ij ReLU(g_ij), α_ij = g_ij² / (2 g_ij² + g_ij³ Σ_ab A_ab) with
    g = ∂target/∂A_k. Only g > 0 counts, where α = 1 / (2 + g Σ A). The paper explains exp(target), whose factor, the
    same for all channels of a sample, is left out. The 2 has no unit: maps change shape with the scale of the Q-values.

    Raises:
        InvalidValue: the network has no convolution, or none behind which a ReLU keeps Σ A from being negative.
    """
    last = last_features(forward, "grad-cam++")
    if not isinstance(forward.steps[last].layer, nn.ReLU):
        step = forward.steps[last]
        raise InvalidValue(f"grad-cam++ needs a ReLU behind the last convolution, layer {step.name}, {step.layer}")
    activations = forward.steps[last].output  # (N, K, h, w)
    slopes = derivative(forward.steps[last + 1 :], weights, "grad-cam++").relu()  # (N, K, h, w)
    alpha = 1 / (2 + slopes * activations.sum((2, 3), keepdim=True))
    return spread(channel_map((alpha * slopes).sum((2, 3)), activations, relu=True), forward.x)


def layer_cam(forward: Forward, weights: Tensor, *, relu: bool) -> Relevance:
    """Layer-CAM with raw magnitudes (Jiang et al. 2021): R = ReLU(Σ_k ReLU(∂target/∂A_k) A_k).

    Each pixel of a channel has a weight of its own. `relu=False` keeps both signs: R = Σ_k (∂target/∂A_k) A_k, known
    as HiResCAM (Draelos & Carin 2020).

    Raises:
        InvalidValue: the network has no convolution.
    """
    last = last_features(forward, "layer-cam")
    slopes = derivative(forward.steps[last + 1 :], weights, "layer-cam")  # (N, K, h, w)
    maps = ((slopes.relu() if relu else slopes) * forward.steps[last].output).sum(1)  # (N, h, w)
    return spread(maps.relu() if relu else maps, forward.x)


def guided_grad_cam(forward: Forward, weights: Tensor) -> Relevance:
    """Guided Grad-CAM (Selvaraju et al. 2017): Grad-CAM, enlarged, times guided backpropagation.

    Signed and per frame as guided backpropagation is; Grad-CAM only says where to look. Not linear in the target.

    Raises:
        InvalidValue: the network has no convolution.
    """
    maps = _grad_cam_map(forward, weights, "guided-grad-cam", relu=True)  # (N, h, w)
    pixels = derivative(forward.steps, weights, "guided-grad-cam", guided)  # (N, C, H, W)
    return Relevance(enlarge(maps[:, None], forward.x) * pixels)


def _grad_cam_map(forward: Forward, weights: Tensor, method: str, *, relu: bool) -> Tensor:
    """Grad-CAM before it is enlarged (N, h, w)."""
    last = last_features(forward, method)
    activations = forward.steps[last].output  # (N, K, h, w)
    return channel_map(_mean_slopes(forward.steps[last + 1 :], weights, method), activations, relu=relu)


def _mean_slopes(head: tuple[Step, ...], weights: Tensor, method: str) -> Tensor:
    """Mean over the pixels of the derivative by the head's input: (N, K)."""
    if len(head) > 1 and isinstance(head[0].layer, nn.Flatten) and isinstance(head[1].layer, nn.Linear):
        # Averaging the layer's weights instead, which are the same for all samples, spares its whole transpose.
        w = parameters(head[1])[0]  # (O, K P)
        mean = w.reshape(len(w), head[0].input.shape[1], -1).mean(2)  # (O, K)
        return derivative(head[2:], weights, method) @ mean
    return derivative(head, weights, method).mean((2, 3))


def _require_average_head(forward: Forward, last: int) -> None:
    head = forward.steps[last + 1 :]
    for step, kind in zip(head, (nn.AdaptiveAvgPool2d, nn.Flatten, nn.Linear, None), strict=False):
        partial = isinstance(step.layer, nn.AdaptiveAvgPool2d) and not is_linear(step.layer)  # leaves several pixels
        if kind is None or partial or not isinstance(step.layer, kind):
            raise InvalidValue(
                "cam needs global average pooling, flatten and one linear layer behind the last convolution, "
                f"met layer {step.name}, {step.layer}; grad-cam is its generalisation"
            )
    if len(head) < 3:
        raise InvalidValue("cam needs global average pooling, flatten and one linear layer behind the last convolution")


CAM = Method(
    name="cam",
    family="CAM",
    summary="Where the channels fire that the output weighs; only under global average pooling.",
    formula="R = Σ_k w_k A_k",
    paper="Zhou et al. 2016, arXiv 1512.04150",
    run=cam,
    per_frame=False,
    cost="1.5",
)

GRAD_CAM = Method(
    name="grad-cam",
    family="CAM",
    summary="Where the last convolution's channels fire that raise the target.",
    formula="R = ReLU(Σ_k α_k A_k), α_k = mean ∂target/∂A_k",
    paper="Selvaraju et al. 2017, arXiv 1610.02391",
    run=grad_cam,
    signed=False,
    per_frame=False,
    cost="1.3",
    options={"relu": True},
)

GRAD_CAM_PLUS_PLUS = Method(
    name="grad-cam++",
    family="CAM",
    summary="Grad-CAM with the positive derivatives alone, so that several spots of one channel all count.",
    formula="R = ReLU(Σ_k w_k A_k), w_k = Σ g⁺ / (2 + g⁺ Σ A_k), g = ∂target/∂A_k",
    paper="Chattopadhyay et al. 2018, arXiv 1710.11063",
    run=grad_cam_plus_plus,
    signed=False,
    per_frame=False,
    cost="1.5",
)

LAYER_CAM = Method(
    name="layer-cam",
    family="CAM",
    summary="Where the last convolution's channels fire and firing more would raise the target, pixel by pixel.",
    formula="R = ReLU(Σ_k ReLU(∂target/∂A_k) A_k)",
    paper="Jiang et al. 2021, IEEE TIP 30:5875",
    run=layer_cam,
    signed=False,
    per_frame=False,
    cost="1.4",
    options={"relu": True},
)

GUIDED_GRAD_CAM = Method(
    name="guided-grad-cam",
    family="CAM",
    summary="Guided backpropagation, cut out where Grad-CAM sees the target raised.",
    formula="R = (Grad-CAM enlarged) × (guided backpropagation)",
    paper="Selvaraju et al. 2017, arXiv 1610.02391",
    run=guided_grad_cam,
    cost="2.5",
)

METHODS = (CAM, GRAD_CAM, GRAD_CAM_PLUS_PLUS, LAYER_CAM, GUIDED_GRAD_CAM, *cam_ablation.METHODS)
