"""Cost in forwards: CPU time of some work divided by that of one forward pass of the same batch, in the same process.

Ratios hold across machines far better than seconds do. The machine's speed drifts, with its temperature and with what
else runs on it; so a forward pass is timed afresh before and after every run of the work, and the least of each is
compared.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

Work = Callable[[], object]


def cpu_seconds(work: Work) -> float:
    """CPU time of this process for one run."""
    start = time.process_time()
    work()
    return time.process_time() - start


@dataclass(frozen=True)
class Meter:
    """Measures in forwards.

    Attributes:
        forward: the unit, one forward pass.
        budget: CPU-seconds to spend on each work. What takes longer runs once, and is then its own warm-up.
        most: repeats of quick work.
        units: forward passes timed around every run.
    """

    forward: Work
    budget: float
    most: int = 40
    units: int = 4

    def forwards(self, work: Work) -> float:
        """Least CPU time of several runs, in forwards."""
        unit = self.unit()
        first = best = cpu_seconds(work)
        unit = min(unit, self.unit())
        repeats = min(self.most, int(self.budget / max(first, 1e-9)))
        if repeats:  # the first run warmed up
            best = float("inf")
        for _ in range(repeats):
            best = min(best, cpu_seconds(work))
            unit = min(unit, self.unit())
        return best / unit

    def unit(self) -> float:
        """CPU-seconds of a forward pass now."""
        return min(cpu_seconds(self.forward) for _ in range(self.units))
