"""The runs a dashboard shows: set once by the launcher, read by its pages and routes in the same process."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from rlxai.store import Run

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
"""What a run or task may be called in an address."""

_runs: dict[str, Run] = {}


def named(runs: Iterable[Run]) -> dict[str, Run]:
    """Runs by a name fit for an address; equal names are told apart by a number."""
    found: dict[str, Run] = {}
    for run in runs:
        name = re.sub(r"[^A-Za-z0-9._-]+", "-", run.name).lstrip("._-") or "run"
        unique, number = name, 1
        while unique in found:
            number += 1
            unique = f"{name}-{number}"
        found[unique] = run
    return found


def show(runs: Mapping[str, Run]) -> None:
    """Make these the runs that the dashboard shows."""
    _runs.clear()
    _runs.update(runs)


def shown() -> dict[str, Run]:
    """The runs that the dashboard shows, by name."""
    return dict(_runs)
