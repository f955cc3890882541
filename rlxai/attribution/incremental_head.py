"""The layers behind the convolutions, on features changed in one place only."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from rlxai.attribution.inner_product import product
from rlxai.attribution.layers import Step
from rlxai.attribution.patches import Batch


class Head(ABC):
    """Writes the outputs of perturbed samples, from their changed features, into (N, G, r, c, A)."""

    @abstractmethod
    def begin(self, band: Batch) -> None:
        """Take note of which samples come, ordered by rows of positions, whose changes have the same height."""

    @abstractmethod
    def add(self, batch: Batch, index: Tensor, patch: Tensor) -> None:
        """Take the changed features (E, h, w, C) of some of them; `index` (E,) tells which. May write over `patch`."""

    @abstractmethod
    def finish(self) -> None:
        """Have all outputs written."""


def head_of(steps: Sequence[Step], features: Tensor, outputs: Tensor) -> Head:
    """The head for the steps that read features (N, h, w, C)."""
    if len(steps) > 1 and isinstance(steps[0].layer, nn.Flatten) and isinstance(steps[1].layer, nn.Linear):
        return _LinearHead(steps[1], [step.layer for step in steps[2:]], features, outputs)
    return _AnyHead([step.layer for step in steps], features, outputs)


class _AnyHead(Head):
    """Runs all layers on all features."""

    def __init__(self, layers: Sequence[nn.Module], features: Tensor, outputs: Tensor) -> None:
        self._layers, self._features, self._outputs = nn.Sequential(*layers), features, outputs

    def begin(self, band: Batch) -> None:
        pass

    def add(self, batch: Batch, index: Tensor, patch: Tensor) -> None:
        features = self._features.index_select(0, batch.sample)
        batch.paste(patch, features, "changed", -1)
        q = self._layers(features.permute(0, 3, 1, 2))
        self._outputs[batch.sample, batch.group, batch.row, batch.column] = q

    def finish(self) -> None:
        pass


class _LinearHead(Head):
    """A linear layer on flattened features, updated by the change alone, and the layers behind it.

    The sum runs over the changed features only: W a' = W a + W (a' - a). All perturbations of one row of positions
    that change a column of features take the product with the column's weights together.
    """

    def __init__(self, step: Step, layers: Sequence[nn.Module], features: Tensor, outputs: Tensor) -> None:
        height, width, channels = features.shape[1:]
        weight = cast("nn.Linear", step.layer).weight.detach().view(-1, channels, height, width).unbind(3)
        self._weight = torch.stack([part.transpose(1, 2).flatten(1) for part in weight])  # (w, O, h C)
        self._output, self._layers = step.output, nn.Sequential(*layers)
        self._features, self._outputs = features, outputs

    def begin(self, band: Batch) -> None:
        width, channels = self._features.shape[2:]
        places = torch.tensor([(p.changed[-1].start, p.changed[-1].stop) for p in band.positions.across])
        left, right = places.to(band.column.device)[band.column].T  # (E,) each
        column = torch.arange(width, device=left.device)[:, None]
        self._band, self._left = band, left
        # A line is what one perturbation changes in one column of features. Lines are kept by row of positions, in it
        # by column of features, so that those of one product lie together.
        self._sizes = [size for size in torch.bincount(band.row).tolist() if size]
        self._changes = torch.split((column >= left) & (column < right), self._sizes, 1)  # (w, E of the row)
        line = torch.cat([part.flatten() for part in self._changes]).cumsum(0) - 1
        parts = zip(torch.split(line, [width * size for size in self._sizes]), self._changes, strict=True)
        self._line = torch.cat([numbers.view_as(part) for numbers, part in parts], 1)  # (w, E) -> number of the line
        height = band.first()[0].changed[-1]
        self._lines = self._features.new_empty(int(line[-1]) + 1, height.stop - height.start, channels)

    def add(self, batch: Batch, index: Tensor, patch: Tensor) -> None:
        change = patch.sub_(batch.crop(self._features, "changed", -1)).transpose(1, 2)  # (E, w, h, C)
        column = self._left[index][:, None] + torch.arange(change.shape[1], device=index.device)  # (E, w)
        self._lines[self._line[column, index[:, None]]] = change

    def finish(self) -> None:
        band, channels, start, line = self._band, self._features.shape[3], 0, 0
        for size, changes in zip(self._sizes, self._changes, strict=True):
            sample, row, column = (of[start : start + size] for of in (band.sample, band.row, band.column))
            rows = band.positions.down[int(row[0])].changed[-1]
            a = self._output.index_select(0, sample)  # (E, O)
            for weight, here in zip(self._weight, changes, strict=True):
                among = here.nonzero()[:, 0]
                if len(among):
                    lines = self._lines[line : line + len(among)].flatten(1)  # (E', h C)
                    a.index_add_(0, among, product(lines, weight[:, rows.start * channels : rows.stop * channels]))
                    line += len(among)
            self._outputs[sample, band.group, row, column] = self._layers(a)
            start += size
