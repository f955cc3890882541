"""Maps for tests of maps: by any network, of any outputs, with the weights of the target given."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from rlxai.attribution import Method, Target, forward_pass
from rlxai.attribution.layers import exact_arithmetic, run
from rlxai.attribution.pages import keep_freed_pages
from rlxai.networks.heads import fold_head

BATCH = 32


@dataclass(frozen=True)
class Maps:
    """Maps of N states."""

    relevance: np.ndarray
    """float32 (N, C, H, W)."""
    kept: np.ndarray | None
    """float32 (N,): relevance kept by biases and stabilisers; None for methods without such an account."""


def explain(network: nn.Sequential, x: Tensor, weights: Tensor, method: Method) -> Maps:
    """The relevance of Σ_a weights_a q_a.

    Args:
        network: explained; not changed.
        x: floats in [0, 1], (N, C, H, W).
        weights: (N, A), one for each of the network's outputs. Given rather than a target by name, so that the same
            scalar is explained for other weights of the network and for inputs that make it decide otherwise.
        method: run with its default options.
    """
    options = method.resolve({})
    relevance, kept = [], []
    for part, chosen in zip(torch.split(x, BATCH), torch.split(weights, BATCH), strict=True):
        forward = forward_pass(network, part)
        with exact_arithmetic(part.device):
            found = method.run(forward, chosen, **options)
        relevance.append(found.inputs.contiguous().numpy())
        if found.kept is not None:
            kept.append(sum(found.kept.values(), part.new_zeros(len(part))).numpy())
    return Maps(np.concatenate(relevance), np.concatenate(kept) if kept else None)


def outputs(network: nn.Sequential, x: Tensor) -> Tensor:
    """The network's outputs (N, A) for inputs (N, C, H, W), by the layers' fast paths, nothing kept."""
    keep_freed_pages()
    layers = fold_head(network)
    found = []
    with exact_arithmetic(x.device):
        for part in torch.split(x, BATCH):
            a = part
            for layer in layers:
                a = run(layer, a)
            found.append(a)
    return torch.cat(found)


def target_weights(network: nn.Sequential, x: Tensor, target: str) -> Tensor:
    """The target's weights (N, A) on the outputs."""
    return Target.parse(target).weights(outputs(network, x))
