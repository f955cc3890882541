"""What killed work left behind: attempts that no record names, and files that were never given their name.

Nobody reads them, so they cost only room. Work under way looks the same from outside; on this machine it holds a lease,
elsewhere it is told apart by time: a worker writes into its attempt, or a file beside it, again and again. Times are
those of the place: an object store's own clock, whatever the clocks of its users say.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from rlxai.errors import RunError
from rlxai.files import all_in, listed
from rlxai.store.description import PARTIAL
from rlxai.store.lease import taken
from rlxai.store.place import Entry
from rlxai.store.run import Run


@dataclass(frozen=True)
class Leftover:
    """One folder or file that no reader looks at."""

    path: Path | str
    """Where it is: a path, or an address in an object store."""
    bytes: int
    idle: float
    """Seconds since anything in it was written; 0 where its times are in the future."""
    held: bool = False
    """Whether a process of this machine is at work in it."""
    names: tuple[str, ...] = ()
    """Its objects in the store, relative to the run."""


def leftovers(run: Run) -> list[Leftover]:
    """All leftovers of a run, by path; work that is under way is among them, with a lease or a small `idle`.

    A damaged record vouches for all attempts at its task: what it named cannot be known.
    """
    records = {f"{record.parent.name}/{record.stem}": _winner(run, record) for record in run.records()}
    found = _in_folder(run.path, records)
    return [*found, *_in_store(run, records)] if run.remote else found


def remove(run: Run, found: Iterable[Leftover]) -> None:
    """Delete leftovers, except those that a process of this machine is at work in.

    Raises:
        RunError: one cannot be deleted; those before it are gone.
    """
    root = run.path.resolve()
    for one in found:
        if isinstance(one.path, str):
            run.place.delete(one.names)
            continue
        try:
            if not one.path.parent.resolve().is_relative_to(root):
                raise RunError(f"{one.path}: leads out of the run; it is left alone")
            if _held(one.path):
                continue
            if one.path.is_dir() and not one.path.is_symlink():
                shutil.rmtree(one.path)
            else:
                one.path.unlink(missing_ok=True)
        except OSError as error:
            raise RunError(f"{one.path}: cannot be deleted ({error.strerror or error})") from None


_ANY = "*"
"""What a damaged record names: nobody can tell."""


def _winner(run: Run, record: Path) -> str:
    try:
        return run.read(record).attempt
    except RunError:
        return _ANY


def _in_folder(folder: Path, records: dict[str, str]) -> list[Leftover]:
    found = []
    for task in (task for kind in listed(folder / "objects") for task in listed(kind)):
        named = records.get(f"{task.parent.name}/{task.name}")
        if named is None:
            found.append(task)
        elif named != _ANY:
            found += [attempt for attempt in listed(task) if attempt.name != named]
    found += [one for one in sorted(folder.glob("snapshots/*.safetensors")) if not one.with_suffix(".json").exists()]
    inside = tuple(found)
    found += [
        path
        for path in sorted(all_in(folder))
        if fnmatchcase(path.name, PARTIAL) and not any(map(path.is_relative_to, inside))
    ]
    return [_measured(path) for path in found]


def _in_store(run: Run, records: dict[str, str]) -> list[Leftover]:
    attempts: dict[str, list[Entry]] = {}
    for one in run.place.entries("objects"):
        kind, task, attempt = (*one.name.split("/")[1:4], "", "", "")[:3]
        if records.get(f"{kind}/{task}", "") not in (_ANY, attempt):
            attempts.setdefault(f"objects/{kind}/{task}/{attempt}", []).append(one)
    if not attempts:
        return []
    now = run.place.now()
    return [
        Leftover(
            f"{run}/{name}", sum(one.size for one in entries), max(0.0, now - max(one.modified for one in entries)),
            names=tuple(one.name for one in entries),
        )
        for name, entries in sorted(attempts.items())
    ]  # fmt: skip


def _measured(path: Path) -> Leftover:
    size, last = 0, 0.0
    for one in (path, *(all_in(path) if path.is_dir() and not path.is_symlink() else ())):
        try:
            status = os.lstat(one)
        except FileNotFoundError:  # finished, or given up, in this moment
            continue
        size += 0 if one.is_dir() else status.st_size
        last = max(last, status.st_mtime)
    return Leftover(path, size, max(0.0, time.time() - last), _held(path))


def _held(path: Path) -> bool:
    """Whether someone is at work in an attempt, or in one of those at a task."""
    return taken(path) or (path.is_dir() and not path.is_symlink() and any(map(taken, listed(path))))
