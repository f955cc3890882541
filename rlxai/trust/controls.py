"""Explanations that explain nothing, as methods: what every score is to be compared with.

`random` is noise; it knows neither the network nor the objects. `edges` is an edge detector: it draws the image and
knows nothing of the network (Adebayo et al. 2018, section 5). They are no part of the catalogue.
"""

from __future__ import annotations

import zlib

import torch
import torch.nn.functional as F
from torch import Tensor

from rlxai.attribution import Forward, Method, Relevance, get_method

_SOBEL = ((-1.0, 0.0, 1.0), (-2.0, 0.0, 2.0), (-1.0, 0.0, 1.0))


def random_relevance(forward: Forward, weights: Tensor) -> Relevance:
    """Normal noise, drawn anew for each state from the state's own bytes, so that batches do not matter."""
    noise = [
        torch.randn(x.shape, generator=torch.Generator().manual_seed(zlib.crc32(x.contiguous().numpy().tobytes())))
        for x in forward.x
    ]
    return Relevance(torch.stack(noise).to(forward.q.dtype))


def edge_relevance(forward: Forward, weights: Tensor) -> Relevance:
    """Magnitude of Sobel's gradient of each frame, √(G_x² + G_y²)."""
    x = forward.x
    kernel = x.new_tensor(_SOBEL)[None, None]  # (1, 1, 3, 3)
    frames = F.pad(x.flatten(0, 1)[:, None], (1, 1, 1, 1), mode="replicate")  # (N C, 1, H + 2, W + 2)
    across, down = F.conv2d(frames, kernel), F.conv2d(frames, kernel.transpose(2, 3))
    return Relevance((across**2 + down**2).sqrt().view(x.shape))


RANDOM = Method(
    "random", "control", "Noise: what an explanation is worth that knows nothing.", "R ~ N(0, 1)",
    "Adebayo et al. 2018, arXiv 1810.03292", random_relevance, cost="0",
)  # fmt: skip
EDGES = Method(
    "edges", "control", "An edge detector: it shows the image, whatever the network.", "R = √(G_x² + G_y²)",
    "Adebayo et al. 2018, arXiv 1810.03292", edge_relevance, signed=False, cost="0",
)  # fmt: skip
CONTROLS = {method.name: method for method in (RANDOM, EDGES)}


def find_method(name: str) -> Method:
    """A method of the catalogue, or a control.

    Raises:
        InvalidValue: there is none of this name.
    """
    return CONTROLS.get(name) or get_method(name)
