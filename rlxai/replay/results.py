"""Results of a run that a timeline adds where they exist."""

from __future__ import annotations

from collections.abc import Iterator

from rlxai.errors import RunError
from rlxai.store import Commit, Run


def newest(run: Run, kind: str) -> Iterator[Commit]:
    """The readable results of a kind, the last computed first; damaged ones are told by `rlxai verify`, not here."""
    for record in sorted(run.records(kind), key=lambda record: record.stat().st_mtime_ns, reverse=True):
        try:
            yield run.read(record)
        except RunError:
            continue
