"""pytorch-grad-cam: one object for all calls, as in its documentation; its maps are normalised and NumPy's."""

from __future__ import annotations

import copy
import io
from collections.abc import Iterator
from contextlib import redirect_stderr
from typing import Any

from torch import Tensor, nn

from benchmarks.peers.libraries import load
from benchmarks.peers.peer import Peer
from benchmarks.timing import Work

CLASSES = {
    "grad-cam": "GradCAM",
    "grad-cam++": "GradCAMPlusPlus",
    "layer-cam": "LayerCAM",
    "ablation-cam": "AblationCAM",
    "score-cam": "ScoreCAM",
}
"""By our name of the method."""


def peers(network: nn.Sequential, x: Tensor, chosen: Tensor) -> Iterator[Peer]:
    """The CAMs that have a counterpart here. The network stays frozen, so that the input carries the gradient."""
    library: Any = load("pytorch_grad_cam")
    last = max(i for i, layer in enumerate(network) if isinstance(layer, nn.Conv2d)) + 1
    targets = [library.utils.model_targets.ClassifierOutputTarget(int(action)) for action in chosen]
    x = x.requires_grad_()
    for method, name in CLASSES.items():
        own = copy.deepcopy(network)  # each leaves hooks on it for as long as it lives
        cam = getattr(library, name)(model=own, target_layers=[own[last]])
        yield Peer(method, "grad-cam", name, _explain(cam, x, targets))


def _explain(cam: Any, x: Tensor, targets: list[Any]) -> Work:
    def work() -> object:
        with redirect_stderr(io.StringIO()):  # two of them draw progress bars
            return cam(input_tensor=x, targets=targets)

    return work
