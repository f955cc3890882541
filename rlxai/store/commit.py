"""Commit records: the only thing readers trust.

A task writes its files under a fresh attempt folder that nobody looks at, flushes or sends them, and then creates one
small record with the size and SHA-256 of each, if none is there yet. Killed work leaves no record and is done again; of
two workers on one task the second finds the record and drops its own attempt.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rlxai.errors import FileRefused, RunError
from rlxai.files import sha256_file
from rlxai.networks.reading import parse_json, read_bounded
from rlxai.store.identity import canonical, digest
from rlxai.store.intact import SMALL, checks_itself, holds
from rlxai.store.place import Place, below, usable
from rlxai.store.schema import Schema

SCHEMA = Schema(newest=1)
_MAX_RECORD = 16 * 1024 * 1024


@dataclass(frozen=True)
class Commit:
    """One finished task: what was asked (`spec`), the result in short (`summary`), and where its files are."""

    kind: str
    task: str
    spec: dict[str, Any]
    summary: dict[str, Any]
    files: dict[str, tuple[int, str]]
    """Relative path -> (size in bytes, SHA-256)."""
    attempt: str
    """Which of the attempts at the task it is."""
    _folder: Path = field(repr=False)
    _place: Place | None = field(default=None, repr=False, compare=False)

    @property
    def folder(self) -> Path:
        """The folder that holds the files; those of a remote run are fetched and checked first.

        Raises:
            RunError: a file is missing from the remote run, or differs from what was committed.
        """
        if self._place is not None:
            self._place.fetch(self.kept)
        return self._folder

    @property
    def content(self) -> str:
        """SHA-256 over names and hashes of all files: equal results have equal content."""
        return digest({path: list(entry) for path, entry in self.files.items()})

    @property
    def prefix(self) -> str:
        """The folder of the files, relative to the run."""
        return f"objects/{self.kind}/{self.task}/{self.attempt}"

    @property
    def kept(self) -> dict[str, tuple[int, str]]:
        """The files by their paths relative to the run."""
        return below(self.prefix, self.files)


def record_name(kind: str, task: str) -> str:
    """The name of a task's record, relative to the run."""
    return f"commits/{kind}/{task}.json"


def publish(
    place: Place, kind: str, task: str, spec: Mapping[str, Any], summary: Mapping[str, Any], attempt: Path
) -> bool:
    """Make the files under `attempt` the result of a task, unless another attempt was first.

    Returns:
        Whether this attempt became the result; the loser's files are removed.

    Raises:
        OSError: a file cannot be read or flushed.
        RunError: the place does not take them.
    """
    files: dict[str, tuple[int, str]] = {}
    for path in sorted(path for path in attempt.rglob("*") if path.is_file()):
        files[path.relative_to(attempt).as_posix()] = (path.stat().st_size, sha256_file(path))
    body = {
        "schema": SCHEMA.newest, "kind": kind, "task": task, "spec": dict(spec), "summary": dict(summary),
        "attempt": attempt.name, "files": {name: list(entry) for name, entry in files.items()},
    }  # fmt: skip
    folder = f"objects/{kind}/{task}/{attempt.name}"
    place.send(below(folder, files), place.folder)
    won = place.create(record_name(kind, task), canonical({**body, "sha256": digest(body)}) + b"\n")
    if not won:
        place.drop(folder)
    return won


def winner(place: Place, kind: str, task: str) -> str | None:
    """The attempt that a record makes the result of a task; None where there is no record.

    Raises:
        RunError: the record cannot be read.
    """
    try:
        return str(json.loads(place.bring(record_name(kind, task)).read_bytes())["attempt"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        raise RunError(f"{place.address}/{record_name(kind, task)}: is not a readable commit record") from None


def read(record: Path, objects: Path) -> Commit:
    """Read a record in a folder and check it: its own hash, every file present with its size and content.

    Zarr's chunks, most of the bytes, carry their own checksums; they are hashed by `problems` with `deep` alone.

    Raises:
        RunError: the record or a file is missing, damaged, or of an unknown schema.
    """
    commit = parse(record, objects)
    for problem in problems(commit, deep=False):
        raise RunError(problem)
    return commit


def problems(commit: Commit, *, deep: bool) -> list[str]:
    """What is wrong with a commit's files in a folder, one sentence each; `deep` hashes every byte."""
    found = []
    for name, (size, sha256) in commit.files.items():
        path = commit._folder / name
        try:
            if not path.is_file():
                found.append(f"{path}: is missing")
            elif path.stat().st_size != size:
                found.append(f"{path}: has {path.stat().st_size} bytes, {size} were committed")
            elif not (
                sha256_file(path) == sha256 if deep else (size > SMALL and checks_itself(name)) or holds(path, sha256)
            ):
                found.append(f"{path}: its content differs from what was committed (SHA-256)")
        except OSError as error:
            found.append(f"{path}: cannot be read ({error.strerror or error})")
    return found


def parse(record: Path, objects: Path, place: Place | None = None, where: object = None) -> Commit:
    """Read a record and check its own hash, not the files that it names.

    Args:
        record: its file.
        objects: the folder of all results.
        place: whence the files are fetched when the commit's folder is asked for; None where they are in it.
        where: what sentences call the record; its path by default.

    Raises:
        RunError: the record is missing, damaged, or of an unknown schema.
    """
    where = record if where is None else where
    try:
        content = read_bounded(record, _MAX_RECORD)
        body = parse_json(content)
        exact = canonical(body) + b"\n" == content
        stated = body.pop("sha256")
        SCHEMA.check(body, where)  # before the hash, which a newer version may make otherwise
        if not exact or digest(body) != stated:
            raise RunError(f"{where}: its content differs from what was committed (SHA-256)")
        body = SCHEMA.upgrade(body, where)
        files = {name: (_size(size), str(sha256)) for name, (size, sha256) in body["files"].items()}
        if (body["kind"], body["task"]) != (record.parent.name, record.stem) or not _inside(objects, body, files):
            raise RunError(f"{where}: names files outside its own task")
        if not isinstance(body["spec"], dict) or not isinstance(body["summary"], dict):
            raise TypeError
        folder = objects / body["kind"] / body["task"] / body["attempt"]
        return Commit(body["kind"], body["task"], body["spec"], body["summary"], files, body["attempt"], folder, place)
    except FileRefused as error:
        missing = str(error).startswith("no such file")
        raise RunError(f"{where}: {'is missing' if missing else 'is not a readable commit record'}") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError):
        raise RunError(f"{where}: is not a readable commit record") from None


def _size(value: object) -> int:
    if type(value) is not int or value < 0:
        raise TypeError
    return value


def _inside(objects: Path, body: Mapping[str, Any], files: dict[str, tuple[int, str]]) -> bool:
    """A record from a stranger must not point outside the run, nor into another task."""
    parts = [body["kind"], body["task"], body["attempt"]]
    if not all(usable(part) and "/" not in part for part in parts) or not all(map(usable, files)):
        return False
    root = objects.resolve()
    folder = objects.joinpath(*parts)
    return all((folder / name).resolve().is_relative_to(root) for name in files)
