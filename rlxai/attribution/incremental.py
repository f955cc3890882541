"""Running the network on an input changed in one place only: each layer is recomputed where the change reaches.

A change of h x w pixels reaches few outputs of a convolution; the others are in the forward pass already. Nakandala et
al. 2019, "Incremental and approximate inference for faster occlusion-based deep CNN explanations" (SIGMOD).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import cast

import torch
from torch import Tensor, nn

from rlxai.attribution.incremental_head import head_of
from rlxai.attribution.layers import Forward, Step
from rlxai.attribution.patches import Batch, Positions, channels_last
from rlxai.attribution.reach import Reach, local_steps, reach

CHUNK = 256
"""Perturbed samples at a time."""
MULTIPLE = 8
"""Their number is rounded up to a multiple of this: a kernel is compiled for each number, and kept."""
SAMPLES = 64
"""Samples whose perturbations are held together, for the layers behind the convolutions; bounds the memory."""

Change = Callable[[Tensor, Batch], None]
"""Perturbs in place the pixels (E, h, w, C) that the positions of a batch reach."""


def sweep(
    forward: Forward, positions: Tensor, rows: Sequence[slice], columns: Sequence[slice], change: Change
) -> Tensor:
    """Outputs of the network for each perturbation.

    Positions whose changes have the same size in every layer run together, whatever their place: a convolution of a
    few pixels and samples would spend its time on everything but arithmetic.

    Args:
        forward: the forward pass explained.
        positions: bool (N, G, r, c), the perturbations to run; the others are known to change nothing.
        rows: the rows of pixels that each row of positions reaches.
        columns: likewise.
        change: perturbs pixels.

    Returns:
        (N, G, r, c, A); the unperturbed outputs where `positions` is False.
    """
    local = local_steps(forward.steps)
    inputs = [channels_last(step.input) for step in (*local, forward.steps[len(local)])]
    outputs = forward.q[:, None, None, None].repeat(1, *positions.shape[1:], 1)
    head = head_of(forward.steps[len(local) :], inputs[-1], outputs)
    down, across = ([reach(part, local, axis) for part in along] for axis, along in enumerate((rows, columns)))
    places = Positions(down, across, positions.device)
    row_kinds, column_kinds = _kinds(down).to(positions.device), _kinds(across).to(positions.device)
    for first, group in product(range(0, len(positions), SAMPLES), range(positions.shape[1])):
        row, column, sample = positions[first : first + SAMPLES, group].permute(1, 2, 0).nonzero().unbind(1)
        present = Batch(places, group, row, column, sample + first)
        present = present.select(((row_kinds[row] >= 0) & (column_kinds[column] >= 0)).nonzero()[:, 0])
        for in_rows in _each_kind(row_kinds[present.row]):
            band = present.select(in_rows)
            head.begin(band)
            for in_columns in _each_kind(column_kinds[band.column]):
                for part in torch.split(in_columns, CHUNK):
                    index = torch.cat([part, part[-1:].expand(-len(part) % MULTIPLE)])
                    batch = band.select(index)
                    head.add(batch, index, _changed_features(batch, local, inputs, change))
            head.finish()
    return outputs


def _changed_features(batch: Batch, local: Sequence[Step], inputs: Sequence[Tensor], change: Change) -> Tensor:
    """What the perturbations of a batch make of the places that they reach, behind the local steps: (E, h, w, C)."""
    down, across = batch.first()
    patch = batch.crop(inputs[0], "changed", 0)
    change(patch, batch)
    for i, step in enumerate(local):
        if isinstance(step.layer, nn.ReLU):
            patch = patch.relu_()
            continue
        needed = batch.crop(inputs[i], "needed", i)
        batch.paste(patch[:, down.kept[i], across.kept[i]], needed, "inset", i)
        patch = cast("Tensor", step.layer(needed.permute(0, 3, 1, 2))).permute(0, 2, 3, 1)
    return patch


def _kinds(reaches: Sequence[Reach]) -> Tensor:
    """A number for each position along an axis, equal where changes are computed alike; -1 where there are none."""
    known = [*dict.fromkeys(axis.kind for axis in reaches if all(axis.sizes))]
    return torch.tensor([known.index(axis.kind) if all(axis.sizes) else -1 for axis in reaches])


def _each_kind(kinds: Tensor) -> Iterator[Tensor]:
    """Which of (E,) are of each kind that there is: integers (E',)."""
    for kind in kinds.unique():  # type: ignore[no-untyped-call]
        yield (kinds == kind).nonzero()[:, 0]
