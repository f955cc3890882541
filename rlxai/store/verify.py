"""Check a run and say what is broken: every byte, or only what a listing shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rlxai.errors import FileRefused, RlxaiError, RunError
from rlxai.files import sha256_file
from rlxai.store import commit as commits
from rlxai.store.leftovers import Leftover, leftovers
from rlxai.store.place import Files
from rlxai.store.run import Run


@dataclass
class Report:
    """What a verification found."""

    checked: int = 0
    """Snapshots and finished tasks looked at."""
    problems: list[str] = field(default_factory=list)
    """One sentence per broken file, which names it."""
    unfinished: list[Leftover] = field(default_factory=list)
    """Of killed work, or of work under way: invisible to readers, harmless."""


def verify(run: Run, progress: Callable[[int, int], None] | None = None, *, deep: bool = True) -> Report:
    """Compare every committed file of `run` with its record.

    What is kept in an object store is read there, not in the mirror.

    Args:
        run: the run.
        progress: called with (done, total) after each snapshot or task.
        deep: compare every byte by SHA-256; else that each file is there with its size, and the small ones' content.
    """
    report = Report()
    descriptions, records = run.descriptions(), run.records()
    sizes = {one.name: one.size for one in run.place.entries()} if run.remote else {}
    for path in [*descriptions, *records]:
        try:
            if run.remote:
                report.problems += _remote(run, path, sizes, deep)
            elif path in descriptions:
                _snapshot(run, path, deep)
            else:
                report.problems += commits.problems(commits.parse(path, run.path / "objects"), deep=deep)
        except RlxaiError as error:
            report.problems.append(str(error))
        report.checked += 1
        if progress:
            progress(report.checked, len(descriptions) + len(records))
    report.unfinished = leftovers(run)
    return report


def _snapshot(run: Run, path: Path, deep: bool) -> None:
    snapshot = run.read_description(path)
    if deep:
        snapshot.load()
    for name, (size, _) in snapshot.files.items():
        weights = run.path / name
        if not weights.is_file():
            raise FileRefused(f"{weights}: is missing")
        if weights.stat().st_size != size:
            raise FileRefused(f"{weights}: has {weights.stat().st_size} bytes, {size} were described")


def _remote(run: Run, path: Path, sizes: dict[str, int], deep: bool) -> Iterator[str]:
    """What is wrong with what one description in an object store names."""
    name = path.relative_to(run.path).as_posix()
    files: Files = run.read_description(path).files if name.startswith("snapshots/") else run.read(path).kept
    if deep:
        files = {name: (path.stat().st_size, sha256_file(path)), **files}  # the description as it is kept now, too
    for one, (size, sha256) in files.items():
        where = f"{run}/{one}"
        try:
            if one not in sizes:
                yield f"{where}: is missing"
            elif sizes[one] != size:
                yield f"{where}: has {sizes[one]} bytes, {size} were committed"
            elif deep and run.place.sha256(one) != sha256:
                yield f"{where}: its content differs from what was committed (SHA-256)"
        except FileNotFoundError:
            yield f"{where}: is missing"
        except RunError as error:
            yield str(error)
