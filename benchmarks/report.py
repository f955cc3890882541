"""The report: what was measured, on what, as a Markdown file that reads well in a terminal too."""

from __future__ import annotations

import os
import platform
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch

LIBRARIES = ("torch", "numpy", "captum", "zennit", "grad-cam")


@dataclass(frozen=True)
class Row:
    """One line of the table; costs in forwards of the batch.

    Attributes:
        method: its name.
        ours: its cost.
        peers: (library and its name, cost), fastest first.
        remark: a clause on what was measured.
    """

    method: str
    ours: float
    peers: tuple[tuple[str, float], ...] = ()
    target: float | None = None
    remark: str = ""

    @property
    def ratio(self) -> float | None:
        """Cost of the fastest peer, divided by ours."""
        return self.peers[0][1] / self.ours if self.peers else None

    def cells(self) -> tuple[str, ...]:
        """Of the table."""
        peers = ", ".join(f"{name} {figure(cost)}" for name, cost in self.peers) or "-"
        missed = self.target is not None and self.ours > self.target
        target = "-" if self.target is None else f"{figure(self.target)}{' (missed)' if missed else ''}"
        return self.method, figure(self.ours), target, peers, "-" if self.ratio is None else f"{self.ratio:.1f}"


def figure(cost: float | None) -> str:
    """Two to three digits, as the spread of the measurement allows."""
    if cost is None:
        return "-"
    return f"{cost:.1f}" if cost < 30 else f"{cost:,.0f}"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table with aligned columns; the first column to the left, the others to the right."""
    lines = [tuple(header), *map(tuple, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    rule = ("-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:]))
    padded = (
        (line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])) for line in (lines[0], rule, *lines[1:])
    )
    return "\n".join(f"| {' | '.join(cells)} |" for cells in padded)


def methods_table(rows: Iterable[Row]) -> str:
    """method | ours | target | peers | ratio."""
    return table(("method", "ours", "target", "peers", "ratio"), (row.cells() for row in rows))


def remarks(rows: Iterable[Row]) -> str:
    """The rows' remarks as a list."""
    return "\n".join(f"- `{row.method}`: {row.remark}." for row in rows if row.remark)


def setting(forward: float, batch: int) -> str:
    """Date, machine in general words, versions, batch."""
    text = (
        f"{date.today().isoformat()}. {processor()}, {os.cpu_count()} cores of which one is used, "
        f"{torch.backends.cpu.get_cpu_capability()}; {platform.system()}, Python {platform.python_version()}; "
        f"{', '.join(f'{name} {_version(name)}' for name in LIBRARIES)}. Nature network (4 x 84 x 84 to 4 actions), "
        f"batch {batch} of Breakout, float32, target `chosen`. One forward = {forward * 1000:.2f} ms of CPU; "
        f"load of the machine afterwards {os.getloadavg()[0]:.1f}."
    )
    return textwrap.fill(text, 120)


def processor() -> str:
    """Model of the CPU."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"
