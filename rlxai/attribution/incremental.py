"""Running the network on an input changed in one place only: each layer is recomputed where the change reaches.

A change of h x w pixels reaches few outputs of a convolution; the others are in the forward pass already. Nakandala et
al. 2019, "Incremental and approximate inference for faster occlusion-based deep CNN explanations" (SIGMOD).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import cast

import torch
from torch import Tensor, nn

from rlxai.attribution.layers import Forward, Step, is_linear

CHUNK = 128
"""Samples at a time; bounds the memory."""

Change = Callable[[Tensor, Tensor, int, int, int], Tensor]
"""Pixels (P, h, w, C) that a position reaches, their samples (P,), and the position's group, row and column
-> what they are changed to."""
Place = tuple[slice, slice]
"""Rows and columns of an activation."""


def sweep(
    forward: Forward, positions: Tensor, rows: Sequence[slice], columns: Sequence[slice], change: Change
) -> Tensor:
    """Outputs of the network for each perturbation.

    Args:
        forward: the forward pass explained.
        positions: bool (N, G, r, c), the perturbations to run; the others are known to change nothing.
        rows: the rows of pixels that each row of positions reaches.
        columns: likewise.
        change: makes the perturbed pixels.

    Returns:
        (N, G, r, c, A); the unperturbed outputs where `positions` is False.
    """
    q, local = forward.q, local_steps(forward.steps)
    inputs = [channels_last(step.input) for step in (*local, forward.steps[len(local)])]
    head = _Head(forward.steps[len(local) :], inputs[-1])
    rows_reached = [_chain(changed, local, 0) for changed in rows]
    columns_reached = [_chain(changed, local, 1) for changed in columns]
    outputs = q[:, None, None, None].expand(*positions.shape, q.shape[1]).clone()
    samples = torch.split(positions.permute(1, 2, 3, 0).nonzero()[:, 3], positions.sum(0).flatten().tolist())
    for (group, row, column), present in zip(product(*map(range, positions.shape[1:])), samples, strict=True):
        places = [*zip(rows_reached[row], columns_reached[column], strict=True)]
        if any(part.start == part.stop for place in places for part in place):
            continue  # pixels at the border that no window of a convolution reaches
        for sample in torch.split(present, CHUNK):  # (P,) each
            if len(sample):
                patch = change(crop(inputs[0], sample, places[0]), sample, group, row, column)
                for step, full, before, after in zip(local, inputs, places, places[1:], strict=False):
                    patch = _rerun(step, full, sample, patch, before, after)
                outputs[sample, group, row, column] = head(sample, patch, places[-1])
    return outputs


def local_steps(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The leading steps through which a change stays in place: convolutions without padding, and ReLUs."""
    found: list[Step] = []
    for step in steps:
        convolution = isinstance(step.layer, nn.Conv2d) and is_linear(step.layer)
        if not isinstance(step.layer, nn.ReLU) and not (convolution and step.layer.padding == (0, 0)):
            break
        found.append(step)
    return tuple(found)


def reached(changed: slice, kernel: int, stride: int, length: int) -> slice:
    """The outputs of a convolution, `length` in all, whose windows hold any of the changed inputs, along one axis."""
    first = max(0, -((kernel - 1 - changed.start) // stride))
    return slice(first, max(first, min(length, (changed.stop - 1) // stride + 1)))


def _chain(changed: slice, steps: Sequence[Step], axis: int) -> list[slice]:
    """Where a change of the input reaches in the input of each step and in the last one's output, along one axis."""
    places = [changed]
    for step in steps:
        if isinstance(step.layer, nn.Conv2d):
            kernel, stride = step.layer.kernel_size[axis], step.layer.stride[axis]
            changed = reached(changed, kernel, stride, step.output.shape[2 + axis])
        places.append(changed)
    return places


def _rerun(step: Step, full: Tensor, sample: Tensor, patch: Tensor, before: Place, after: Place) -> Tensor:
    """The changed outputs of a step (P, h', w', O), from its changed inputs (P, h, w, I) and its full, old inputs."""
    if isinstance(step.layer, nn.ReLU):
        return patch.relu()
    layer = cast("nn.Conv2d", step.layer)
    rows, columns = (
        slice(out.start * stride, (out.stop - 1) * stride + kernel)
        for out, kernel, stride in zip(after, layer.kernel_size, layer.stride, strict=True)
    )  # what the windows of the changed outputs hold
    inputs = crop(full, sample, (rows, columns))
    (to_rows, from_rows), (to_columns, from_columns) = _overlap(rows, before[0]), _overlap(columns, before[1])
    inputs[:, to_rows, to_columns] = patch[:, from_rows, from_columns]
    return cast("Tensor", layer(inputs.permute(0, 3, 1, 2))).permute(0, 2, 3, 1)


def _overlap(one: slice, other: slice) -> tuple[slice, slice]:
    """Where two ranges overlap, counted from the start of each."""
    start, stop = max(one.start, other.start), min(one.stop, other.stop)
    return slice(start - one.start, stop - one.start), slice(start - other.start, stop - other.start)


def crop(values: Tensor, sample: Tensor, place: Place) -> Tensor:
    """A copy: (N, H, W, C) -> (P, h, w, C)."""
    return values[:, place[0], place[1]].index_select(0, sample)


def channels_last(a: Tensor) -> Tensor:
    """(N, C, H, W) -> (N, H, W, C); a view where the memory is laid out so already."""
    return a.permute(0, 2, 3, 1).contiguous()


class _Head:
    """The steps behind the local ones. A linear layer on flattened features is updated by the change alone."""

    def __init__(self, steps: Sequence[Step], features: Tensor) -> None:
        self._features = features  # (N, h, w, C)
        self._linear: Tensor | None = None
        self._layers = [step.layer for step in steps]
        if len(steps) > 1 and isinstance(steps[0].layer, nn.Flatten) and isinstance(steps[1].layer, nn.Linear):
            height, width, channels = features.shape[1:]
            weight = steps[1].layer.weight.detach().reshape(-1, channels, height, width)
            self._linear = weight.permute(2, 3, 1, 0).contiguous()  # (h, w, C, O)
            self._output = steps[1].output
            del self._layers[:2]

    def __call__(self, sample: Tensor, patch: Tensor, place: Place) -> Tensor:
        """Outputs (P, A) for changed features (P, h, w, C) at a place."""
        rows, columns = place
        if self._linear is None:
            a = self._features.index_select(0, sample)
            a[:, rows, columns] = patch
            a = a.permute(0, 3, 1, 2)
        else:
            change = patch - crop(self._features, sample, place)
            a = self._output.index_select(0, sample)
            for i, row in enumerate(range(rows.start, rows.stop)):
                weight = self._linear[row, columns].flatten(0, 1)  # (w C, O): a view, no copy of the weights
                a.addmm_(change[:, i].flatten(1), weight)
        for layer in self._layers:
            a = layer(a)
        return a
