"""Check every byte of a run and say what is broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from rlxai.errors import RlxaiError
from rlxai.store.commit import problems
from rlxai.store.leftovers import Leftover, leftovers
from rlxai.store.run import Run, read_description


@dataclass
class Report:
    """What a verification found."""

    checked: int = 0
    """Snapshots and finished tasks looked at."""
    problems: list[str] = field(default_factory=list)
    """One sentence per broken file, which names it."""
    unfinished: list[Leftover] = field(default_factory=list)
    """Of killed work, or of work under way: invisible to readers, harmless."""


def verify(run: Run, progress: Callable[[int, int], None] | None = None) -> Report:
    """Read every committed byte of `run` and compare it with its SHA-256.

    Args:
        run: the run.
        progress: called with (done, total) after each snapshot or task.
    """
    report = Report()
    descriptions, records = run.descriptions(), run.records()
    for path in [*descriptions, *records]:
        try:
            if path in descriptions:
                read_description(path).load()
            else:
                commit = run.read(path)
                report.problems += problems(commit, deep=True)
        except RlxaiError as error:
            report.problems.append(str(error))
        report.checked += 1
        if progress:
            progress(report.checked, len(descriptions) + len(records))
    report.unfinished = leftovers(run)
    return report
