"""The results of a run in short, and whether another run holds the very same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from rlxai.errors import RlxaiError
from rlxai.store import Run, leftovers, open_run, remove, verify
from rlxai.store.identity import digest
from tests.faults.tally import Finding

Truth = Mapping[str, str]
"""Name of each result and snapshot -> hash of all that it holds."""


def fingerprint(run: Run) -> dict[str, str]:
    """All results and snapshots of a run; neither attempts nor clocks are in it."""
    found = {f"snapshot/{snapshot.step}": digest([snapshot.sha256, snapshot.meta]) for snapshot in run.snapshots()}
    for record in run.records():
        commit = run.read(record)
        found[f"{commit.kind}/{commit.task}"] = digest([commit.spec, commit.summary, commit.content])
    return found


def readable(path: Path | str, truth: Truth, before: Truth | None = None) -> Iterator[Finding]:
    """What is amiss while work is unfinished: nothing readable may be other than true, and nothing finished may go.

    Args:
        path: of a run, or of what may become one; or the URL of a run in an object store.
        truth: of the unbroken run.
        before: what was finished before the fault.
    """
    if isinstance(path, Path) and not (path / "run.json").exists():
        if before:
            yield Finding("lost", f"{path}: is no run any more")
        return
    try:
        run = open_run(path)
        found = fingerprint(run)
        yield from (Finding("wrong", f"verify: {problem}") for problem in verify(run).problems)
    except RlxaiError as error:
        yield Finding("wrong", str(error))
        return
    yield from (Finding("wrong", f"{name} is not as in the unbroken run") for name in _differing(found, truth))
    yield from (Finding("lost", f"{name} was finished and has gone") for name in sorted(set(before or ()) - set(found)))


def finished(path: Path | str, truth: Truth) -> Iterator[Finding]:
    """What is amiss once the work is done: the results must be those of the unbroken run, every byte verified, and
    nothing but them may stay behind after a clean-up."""
    try:
        run = open_run(path)
        found = fingerprint(run)
        report = verify(run)
    except RlxaiError as error:
        yield Finding("lost", str(error))
        return
    yield from (Finding("wrong", f"{name} is not as in the unbroken run") for name in _differing(found, truth))
    yield from (Finding("lost", f"{name} is missing") for name in sorted(set(truth) - set(found)))
    yield from (Finding("wrong", f"verify: {problem}") for problem in report.problems)
    remove(run, leftovers(run))
    yield from (Finding("wrong", f"{one.path}: cannot be cleaned up") for one in leftovers(run))
    if isinstance(path, Path):
        named = {one for record in run.records() for one in (record, *_files(run, record))}
        others = [one for folder in ("objects", "commits") for one in (path / folder).rglob("*") if one.is_file()]
        yield from (Finding("wrong", f"{one}: nobody names it") for one in others if one not in named)


def one_sentence(status: int, said: str, *, allowed: tuple[int, ...] = (1,)) -> Iterator[Finding]:
    """Whether a verb failed as it should: by its status, with one line on standard error, progress aside."""
    lines = [line for line in said.splitlines() if line.strip() and " % (" not in line]
    if status not in allowed or len(lines) != 1 or not lines[0].startswith("rlxai"):
        yield Finding("unclear", f"status {status}: {said.strip()[-600:] or 'not a word'}")


def _differing(found: Truth, truth: Truth) -> list[str]:
    return sorted(name for name, content in found.items() if truth.get(name) != content)


def _files(run: Run, record: Path) -> list[Path]:
    commit = run.read(record)
    return [commit.folder / name for name in commit.files]
