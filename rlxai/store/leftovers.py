"""What killed work left behind: attempts that no record names, and files that were never given their name.

Nobody reads them, so they cost only room. Work under way looks the same from outside; it is told apart by time: a
worker writes into its attempt, or a file beside it, again and again.
"""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from rlxai.errors import RunError
from rlxai.store.commit import names
from rlxai.store.run import Run

PARTIAL = ".*.partial"
"""Names of files that are being written, see `rlxai.files.write_atomic`."""


@dataclass(frozen=True)
class Leftover:
    """One folder or file that no reader looks at."""

    path: Path
    bytes: int
    idle: float
    """Seconds since anything in it was written."""


def leftovers(run: Run) -> list[Leftover]:
    """All leftovers of a run, by path; work that is under way is among them, with a small `idle`.

    A damaged record vouches for all attempts at its task: what it named cannot be known.
    """
    records = {run.folder_of(record): record for record in run.records()}
    found = []
    for task in sorted(run.path.glob("objects/*/*")):
        if task not in records:
            found.append(task)
        elif _readable(run, records[task]):
            found += [attempt for attempt in sorted(task.iterdir()) if not names(records[task], attempt)]
    inside = tuple(found)
    found += [path for path in sorted(run.path.rglob(PARTIAL)) if not any(map(path.is_relative_to, inside))]
    return [_measured(path) for path in found]


def remove(run: Run, found: list[Leftover]) -> None:
    """Delete leftovers.

    Raises:
        RunError: one cannot be deleted; those before it are gone.
    """
    root = run.path.resolve()
    for one in found:
        try:
            if not one.path.parent.resolve().is_relative_to(root):
                raise RunError(f"{one.path}: leads out of the run; it is left alone")
            if one.path.is_dir() and not one.path.is_symlink():
                shutil.rmtree(one.path)
            else:
                one.path.unlink(missing_ok=True)
        except OSError as error:
            raise RunError(f"{one.path}: cannot be deleted ({error.strerror or error})") from None


def _readable(run: Run, record: Path) -> bool:
    try:
        run.read(record)
    except RunError:
        return False
    return True


def _measured(path: Path) -> Leftover:
    size, last = 0, 0.0
    for one in (path, *(path.rglob("*") if path.is_dir() and not path.is_symlink() else ())):
        try:
            status = os.lstat(one)
        except FileNotFoundError:  # finished, or given up, in this moment
            continue
        size += 0 if one.is_dir() else status.st_size
        last = max(last, status.st_mtime)
    return Leftover(path, size, time.time() - last)
