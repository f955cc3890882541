"""Which outputs of a chain of convolutions a change of some pixels reaches, along one axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import nn

from rlxai.attribution.layers import Step, is_linear


@dataclass(frozen=True)
class Reach:
    """Where a change reaches, along one axis.

    Attributes:
        changed: by step, the changed part of its input; last, that of the last step's output.
        needed: by step, the part of its input that its changed outputs are computed from.
        kept: by step, what of the changed part is needed, counted from the changed part's start: all, as a rule.
        inset: by step, the same counted from the needed part's start.
    """

    changed: tuple[slice, ...]
    needed: tuple[slice, ...]
    kept: tuple[slice, ...]
    inset: tuple[slice, ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Lengths of the changed parts; those of the needed parts follow from them."""
        return tuple(map(length, self.changed))

    @property
    def kind(self) -> object:
        """What must agree for changes at two places to be computed alike."""
        return self.sizes, tuple((part.start, part.stop) for part in self.kept)


def local_steps(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The leading steps through which a change stays in place: convolutions without padding, and ReLUs."""
    found: list[Step] = []
    for step in steps:
        convolution = isinstance(step.layer, nn.Conv2d) and is_linear(step.layer)
        if not isinstance(step.layer, nn.ReLU) and not (convolution and step.layer.padding == (0, 0)):
            break
        found.append(step)
    return tuple(found)


def reach(changed: slice, steps: Sequence[Step], axis: int) -> Reach:
    """Where a change of the input reaches through `local_steps`, along axis 0, the rows, or 1, the columns."""
    parts, needed = [changed], []
    for step in steps:
        if isinstance(step.layer, nn.Conv2d):
            kernel, stride = step.layer.kernel_size[axis], step.layer.stride[axis]
            changed = reached(changed, kernel, stride, step.output.shape[2 + axis])
            needed.append(slice(changed.start * stride, (changed.stop - 1) * stride + kernel))
        else:
            needed.append(changed)
        parts.append(changed)
    overlaps = [_overlap(part, need) for part, need in zip(parts, needed, strict=False)]
    kept, inset = ([pair[i] for pair in overlaps] for i in range(2))
    return Reach(tuple(parts), tuple(needed), tuple(kept), tuple(inset))


def reached(changed: slice, kernel: int, stride: int, length: int) -> slice:
    """The outputs of a convolution, `length` in all, whose windows hold any of the changed inputs, along one axis."""
    first = max(0, -((kernel - 1 - changed.start) // stride))
    return slice(first, max(first, min(length, (changed.stop - 1) // stride + 1)))


def length(part: slice) -> int:
    """How long a range is."""
    return part.stop - part.start  # type: ignore[no-any-return]


def _overlap(one: slice, other: slice) -> tuple[slice, slice]:
    """Where two ranges overlap, counted from the start of each."""
    start, stop = max(one.start, other.start), min(one.stop, other.stop)
    return slice(start - one.start, stop - one.start), slice(start - other.start, stop - other.start)
