"""What the tests of learned masks share: literal formulas by autograd, and networks that look at one place only."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rlxai.attribution.blur import gaussian_rows


def reference(x: Tensor, perturbation: str, sigma: float) -> Tensor:
    """The wholly perturbed input of one sample (1, C, H, W)."""
    if perturbation == "black":
        return 0 * x
    return torch.einsum("hi,ncij,wj->nchw", gaussian_rows(x.shape[2], sigma, x), x, gaussian_rows(x.shape[3], sigma, x))


def enlarge(cells: Tensor, like: Tensor) -> Tensor:
    return F.interpolate(cells, size=like.shape[2:], mode="bilinear", align_corners=False)


def target_range(network: nn.Sequential, weights: Tensor, x: Tensor, start: Tensor) -> Tensor:
    """Σ over a 12 x 12 grid of |mean derivative by a cell's brightness|, at 8 points between the two inputs."""
    slopes = torch.zeros(1, 1, 12, 12, dtype=x.dtype)
    for level in range(8):
        cells = torch.full_like(slopes, (level + 0.5) / 8).requires_grad_()
        target = (network(start + enlarge(cells, x) * (x - start)) * weights).sum()
        slopes += torch.autograd.grad(target, cells)[0] / 8
    return slopes.abs().sum()


class Share:
    """1 + (target(x° + m (x - x°)) - target(x)) / range, of one sample (1, C, H, W)."""

    def __init__(self, network: nn.Sequential, weights: Tensor, x: Tensor, perturbation: str, sigma: float) -> None:
        self.network, self.weights, self.x = network, weights, x
        self.start = reference(x, perturbation, sigma)
        self.range = target_range(network, weights, x, self.start)

    def __call__(self, kept: Tensor) -> Tensor:
        inputs = self.start + kept * (self.x - self.start)
        return 1 + ((self.network(inputs) - self.network(self.x)) * self.weights).sum() / self.range


def looks_at(rows: slice, columns: slice, *, frame: int | None = None, size: int = 24) -> nn.Sequential:
    """A network on 2 frames whose first output is the brightness of one place; float64."""
    network = nn.Sequential(nn.Conv2d(2, 2, 1), nn.ReLU(), nn.Flatten(), nn.Linear(2 * size**2, 2)).double()
    for parameter in network.parameters():
        nn.init.zeros_(parameter)
    place = torch.zeros(2, size, size)
    place[slice(None) if frame is None else frame, rows, columns] = 1
    with torch.no_grad():
        network[0].weight.copy_(torch.eye(2)[:, :, None, None])
        network[3].weight[0] = place.flatten()
    return network.requires_grad_(False)
