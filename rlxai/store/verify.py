"""Check every byte of a run and say what is broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from rlxai.errors import RlxaiError
from rlxai.store.commit import problems
from rlxai.store.run import Run, read_description


@dataclass
class Report:
    """What a verification found."""

    checked: int = 0
    """Snapshots and finished tasks looked at."""
    problems: list[str] = field(default_factory=list)
    """One sentence per broken file, which names it."""
    unfinished: list[Path] = field(default_factory=list)
    """Leftovers of killed work: invisible to readers, harmless."""


def verify(run: Run, progress: Callable[[int, int], None] | None = None) -> Report:
    """Read every committed byte of `run` and compare it with its SHA-256.

    Args:
        run: the run.
        progress: called with (done, total) after each snapshot or task.
    """
    report = Report()
    descriptions, records = run.descriptions(), run.records()
    named: set[Path] = set()  # folders of finished tasks; a damaged record still vouches for its task's folder
    for path in [*descriptions, *records]:
        try:
            if path in descriptions:
                read_description(path).load()
            else:
                named.add(run.folder_of(path))
                commit = run.read(path)
                report.problems += problems(commit, deep=True)
        except RlxaiError as error:
            report.problems.append(str(error))
        report.checked += 1
        if progress:
            progress(report.checked, len(descriptions) + len(records))
    report.unfinished = sorted(
        [folder for folder in run.path.glob("objects/*/*") if folder not in named] + list(run.path.rglob(".*.partial"))
    )
    return report
