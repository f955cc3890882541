"""Pre-images: an input that a layer cannot tell from a given one (Mahendran and Vedaldi 2015, arXiv 1412.0035).

    x* = argmin_x  ||Φ(x) - Φ(x_0)||² / ||Φ(x_0)||² + λ_α mean |x|^α + λ_TV TV(x)          (their equations 1 to 3)

What x* and x_0 have in common is in the layer's code; what differs is not, or was lost in the search. Natural
images' regularisers favour smooth grey pictures, which screens of games are not: the deep image prior (`deep_prior`)
asks the same of the weights of a convolutional generator instead.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rlxai.features.canvas import Canvas, Optimisation, search, total_variation

Code = Callable[[Tensor], Tensor]
"""Inputs (B, C, H, W) -> codes (B, ...)."""
ALPHA = 6
_CHANNELS = 16
_DARK = -3.0
"""The generator starts nearly black: on even grey no unit may be active, and the search would have no slope."""


def layer_code(network: nn.Module) -> Code:
    """Activations behind the ReLU of a layer whose values before it are `network`."""
    return lambda x: torch.relu(network(x))


def code_error(code: Tensor, wanted: Tensor) -> Tensor:
    """||Φ - Φ_0||² / ||Φ_0||² of each of B: 0 is the same code, 1 that of an input to which nothing responds."""
    squared = ((code - wanted) ** 2).flatten(1).sum(1)
    return squared / (wanted**2).flatten(1).sum(1).clamp(min=1e-12)


def invert(code: Code, wanted: Tensor, start: Tensor, how: Optimisation, *, alpha: float = 0.01) -> Tensor:
    """Search for inputs with given codes.

    Args:
        code: Φ.
        wanted: Φ(x_0), (B, ...).
        start: float (B, C, H, W) in [0, 1]; nothing of x_0 should be in it.
        how: the search; jitter and scale must be 0, as codes of convolutions are tied to places.
        alpha: weight of mean |x|^6, which holds levels down.

    Returns:
        float (B, C, H, W) in [0, 1].
    """

    def loss(canvas: Canvas) -> Tensor:
        x = canvas.middle()
        level = (x**ALPHA).mean((1, 2, 3))
        return code_error(code(x), wanted) + alpha * level + how.tv * total_variation(x)

    return search(start, how, loss)


def deep_prior(code: Code, wanted: Tensor, shape: tuple[int, int, int], *, steps: int, seed: int = 0) -> Tensor:
    """A pre-image as the output of a convolutional network with a fixed random input, whose weights are searched for.

    Deep image prior, Ulyanov et al. 2018 (arXiv 1711.10925, section 3): min_θ E(f_θ(z); Φ_0). The generator here is
    small: two doublings with 16 channels.

    Args:
        code: Φ.
        wanted: Φ(x_0) of one input, (1, ...).
        shape: (C, H, W) of the input.
        steps: of Adam.
        seed: of z and of the first weights; no global generator is touched.

    Returns:
        float (1, C, H, W) in [0, 1].
    """
    channels, height, width = shape
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        generator = _generator(channels)
        z = torch.rand(1, _CHANNELS, -(-height // 4), -(-width // 4))
    optimiser = torch.optim.Adam(generator.parameters(), 0.01)

    def shown() -> Tensor:
        made: Tensor = generator(z)[:, :, :height, :width]
        return made

    for _ in range(steps):
        optimiser.zero_grad()
        with torch.enable_grad():
            loss = code_error(code(shown()), wanted).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    with torch.no_grad():
        return shown()


def recovered(found: Tensor, true: Tensor, empty: Tensor, mask: Tensor) -> float:
    """How much of an object a pre-image shows: 1 - Σ_o (x - x_0)² / Σ_o (b - x_0)², over the object's pixels o.

    1 is all of it; 0 no more than the background b shows; below, what is there is worse than nothing. NaN where the
    object does not differ from the background.

    Args:
        found: x, float (H, W).
        true: x_0, likewise.
        empty: b, likewise.
        mask: bool (H, W).
    """
    wrong = float(((found - true)[mask] ** 2).sum())
    there = float(((empty - true)[mask] ** 2).sum())
    return 1 - wrong / there if there > 1e-6 else float("nan")


def _generator(channels: int) -> nn.Sequential:
    def block() -> list[nn.Module]:
        return [nn.Conv2d(_CHANNELS, _CHANNELS, 3, padding=1), nn.BatchNorm2d(_CHANNELS), nn.LeakyReLU(0.1)]

    last = nn.Conv2d(_CHANNELS, channels, 1)
    with torch.no_grad():
        last.bias.fill_(_DARK)  # type: ignore[union-attr]
    return nn.Sequential(*block(), _Double(), *block(), _Double(), *block(), last, nn.Sigmoid())


class _Double(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
