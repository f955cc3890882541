"""One list of peers, whatever is installed."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable

from torch import Tensor, nn

from benchmarks.peers import of_captum, of_grad_cam, of_zennit
from benchmarks.peers.peer import Peer


def collect(network: nn.Sequential, x: Tensor, chosen: Tensor) -> tuple[list[Peer], list[str]]:
    """Peers of the libraries that can be imported.

    Args:
        network: frozen; each library gets a copy of its own, for they set hooks and gradients.
        x: (N, C, H, W), the batch.
        chosen: integers (N,), the outputs explained.

    Returns:
        The peers, and a sentence for each library that is missing.
    """
    builders: tuple[Callable[[nn.Sequential, Tensor, Tensor], Iterable[Peer]], ...]
    builders = of_captum.peers, of_zennit.peers, of_grad_cam.peers
    found: list[Peer] = []
    missing: list[str] = []
    for build in builders:
        try:
            found += build(copy.deepcopy(network), x.clone(), chosen)
        except ImportError as error:
            missing.append(f"{build.__module__.rpartition('of_')[2]} is not compared with: {error}")
    return found, missing
