"""Which snapshots of several trainings stand for the same moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Matched:
    """Snapshots of R trainings, matched."""

    moments: tuple[tuple[int, ...], ...]
    """By step, one snapshot of each training."""
    left: tuple[tuple[int, ...], ...]
    """Of each training, the steps that are in no moment."""

    @property
    def steps(self) -> list[int]:
        """Of each moment the mean of its steps, rounded."""
        return [round(sum(moment) / len(moment)) for moment in self.moments]


def match_steps(trainings: Sequence[Sequence[int]], tolerance: float) -> Matched:
    """Match snapshots one to one, the nearest first.

    Args:
        trainings: steps of the snapshots of each training.
        tolerance: two steps may differ by this share of the larger one.
    """
    first, *others = [sorted(set(steps)) for steps in trainings]
    partners = [_match(first, other, tolerance) for other in others]
    kept = [step for step in first if all(step in partner for partner in partners)]
    moments = [(step, *(partner[step] for partner in partners)) for step in kept]
    used = [set(column) for column in zip(*moments, strict=True)] or [set() for _ in trainings]
    left = [tuple(sorted(set(steps) - taken)) for steps, taken in zip(trainings, used, strict=True)]
    return Matched(tuple(moments), tuple(left))


def _match(first: Sequence[int], second: Sequence[int], tolerance: float) -> dict[int, int]:
    near = sorted(
        (abs(a - b), a, b) for a in first for b in second if abs(a - b) <= tolerance * max(a, b)
    )  # fmt: skip
    found: dict[int, int] = {}
    for _, a, b in near:
        if a not in found and b not in found.values():
            found[a] = b
    return found
