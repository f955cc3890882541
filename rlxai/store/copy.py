"""Copy a run from one place to another: folder to object store, back, or from one of a kind to the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from rlxai.errors import FileRefused, RlxaiError, RunError
from rlxai.files import sha256_file
from rlxai.store import commit as commits
from rlxai.store.description import FILE, IDENTITY
from rlxai.store.place import Files, usable
from rlxai.store.run import Run


@dataclass
class Copied:
    """What became of a copy."""

    run: Run
    copied: int = 0
    """Snapshots and results that were not there yet."""
    bytes: int = 0
    """Of their files."""
    present: int = 0
    """Snapshots and results that were there already."""
    problems: list[str] = field(default_factory=list)
    """One sentence on each that is damaged and was left out."""


def copy_run(source: Run, target: Path | str, progress: Callable[[int, int], None] | None = None) -> Copied:
    """Copy snapshots, results and the training log; what the target has already stays as it is.

    Every byte is compared with its SHA-256 before it is sent, and a description follows the files that it names: a copy
    that was interrupted holds whole items only, and goes on when it is asked for again. What a training needs to go on
    (resume/) belongs to the machine where it runs and is not copied.

    Args:
        source: the run.
        target: folder or URL; made where it is missing.
        progress: called with (done, total) after each item.

    Raises:
        InvalidValue: the target's name or address is not usable.
        RunError: another run is there, or it cannot be written.
    """
    there = Run.create(target, {key: value for key, value in source.info.items() if key not in IDENTITY})
    done = Copied(there)
    known = {path.relative_to(there.path).as_posix() for path in [*there.descriptions(), *there.records()]}
    items = [*source.descriptions(), *source.records()]
    for number, path in enumerate(items):
        name = path.relative_to(source.path).as_posix()
        try:
            if name in known:
                _same_snapshot(path, there.path / name)
                done.present += 1
            else:
                files = _checked(source, path, name)
                _keep(there, name, path, files, source.path)
                done.copied += 1
                done.bytes += sum(size for size, _ in files.values())
        except (FileRefused, Damaged) as error:
            done.problems.append(str(error))
        if progress:
            progress(number + 1, len(items))
    _keep_loose(source, there)
    return done


class Damaged(RunError):
    """An item of the source is not as it was committed."""


def _same_snapshot(path: Path, there: Path) -> None:
    if path.parent.name == "snapshots" and path.read_bytes() != there.read_bytes():
        raise Damaged(f"{path}: another snapshot of this step is in the copy already; snapshots are never changed")


def _checked(source: Run, path: Path, name: str) -> Files:
    """The files that a description names, here and as they should be."""
    try:
        if name.startswith("snapshots/"):
            snapshot = source.read_description(path)
            snapshot.load()
            return snapshot.files
        commit = source.read(path)
        broken = commits.problems(commit, deep=True) if commit.folder.is_dir() or commit.files else []
    except RlxaiError as error:
        raise Damaged(str(error)) from None
    for problem in broken:
        raise Damaged(problem)
    return commit.kept


def _keep(there: Run, name: str, path: Path, files: Files, root: Path) -> None:
    try:
        there.place.send(files, root)
        there.place.create(name, path.read_bytes())
    except OSError as error:
        raise RunError(f"{error.filename or there}: cannot be copied ({error.strerror or error})") from None


def _keep_loose(source: Run, there: Run) -> None:
    """Files beside the description, such as monitor.csv; they may have grown since the last copy."""
    for path in sorted(source.path.iterdir()):
        if path.is_file() and not path.is_symlink() and path.name != FILE and usable(path.name) and path.name[0] != ".":
            there.place.send({path.name: (path.stat().st_size, sha256_file(path))}, source.path)
