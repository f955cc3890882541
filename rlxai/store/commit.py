"""Commit records: the only thing readers trust.

A task writes its files under a fresh attempt folder that nobody looks at, flushes them, and then creates one small
record with the size and SHA-256 of each, if none is there yet. Killed work leaves no record and is done again; of two
workers on one task the second finds the record and drops its own attempt.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rlxai.errors import RunError
from rlxai.files import create_once, sha256_file, sync
from rlxai.store.identity import canonical, digest

SCHEMA = 1
_SMALL = 64 * 1024
_MAX_RECORD = 16 * 1024 * 1024


@dataclass(frozen=True)
class Commit:
    """One finished task: what was asked (`spec`), the result in short (`summary`), and where its files are."""

    kind: str
    task: str
    spec: dict[str, Any]
    summary: dict[str, Any]
    folder: Path
    files: dict[str, tuple[int, str]]
    """Relative path -> (size in bytes, SHA-256)."""

    @property
    def content(self) -> str:
        """SHA-256 over names and hashes of all files: equal results have equal content."""
        return digest({path: list(entry) for path, entry in self.files.items()})


def publish(
    record: Path, kind: str, task: str, spec: Mapping[str, Any], summary: Mapping[str, Any], attempt: Path
) -> bool:
    """Make the files under `attempt` the result of a task, unless another attempt was first.

    Returns:
        Whether this attempt became the result; the loser's files are removed.
    """
    files: dict[str, list[Any]] = {}
    for path in sorted(path for path in attempt.rglob("*") if path.is_file()):
        sync(path)
        files[path.relative_to(attempt).as_posix()] = [path.stat().st_size, sha256_file(path)]
    for folder in [attempt, *(path for path in attempt.rglob("*") if path.is_dir()), attempt.parent]:
        sync(folder)
    body = {
        "schema": SCHEMA, "kind": kind, "task": task, "spec": dict(spec), "summary": dict(summary),
        "attempt": attempt.name, "files": files,
    }  # fmt: skip
    record.parent.mkdir(parents=True, exist_ok=True)
    won = create_once(record, canonical({**body, "sha256": digest(body)}) + b"\n")
    if not won:
        shutil.rmtree(attempt)
    return won


def names(record: Path, attempt: Path) -> bool:
    """Whether a record exists and makes this attempt the result of its task."""
    try:
        return bool(json.loads(record.read_bytes())["attempt"] == attempt.name)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def read(record: Path, objects: Path) -> Commit:
    """Read a record and check it: its own hash, every file present with its size, small files by hash.

    Larger files carry their own checksums (zarr chunks: crc32c) or are checked in full by `problems`.

    Raises:
        RunError: the record or a file is missing, damaged, or of an unknown schema.
    """
    commit = _parse(record, objects)
    for problem in problems(commit, deep=False):
        raise RunError(problem)
    return commit


def problems(commit: Commit, *, deep: bool) -> list[str]:
    """What is wrong with a commit's files, one sentence each; `deep` hashes every byte."""
    found = []
    for name, (size, sha256) in commit.files.items():
        path = commit.folder / name
        if not path.is_file():
            found.append(f"{path}: is missing")
        elif path.stat().st_size != size:
            found.append(f"{path}: has {path.stat().st_size} bytes, {size} were committed")
        elif (deep or size <= _SMALL) and sha256_file(path) != sha256:
            found.append(f"{path}: its content differs from what was committed (SHA-256)")
    return found


def _parse(record: Path, objects: Path) -> Commit:
    try:
        if record.stat().st_size > _MAX_RECORD:
            raise RunError(f"{record}: is too large for a commit record")
        content = record.read_bytes()
        body = json.loads(content)
        exact = canonical(body) + b"\n" == content
        stated = body.pop("sha256")
        schema = body["schema"]
        if schema != SCHEMA:
            raise RunError(f"{record}: has schema {schema!r}; this version of rlxai reads schema {SCHEMA}")
        if not exact or digest(body) != stated:
            raise RunError(f"{record}: its content differs from what was committed (SHA-256)")
        folder = objects / body["kind"] / body["task"] / body["attempt"]
        files = {path: (int(size), str(sha256)) for path, (size, sha256) in body["files"].items()}
        if body["task"] != record.stem or body["kind"] != record.parent.name or not _inside(folder, objects, files):
            raise RunError(f"{record}: names files outside its own task")
        return Commit(body["kind"], body["task"], body["spec"], body["summary"], folder, files)
    except FileNotFoundError:
        raise RunError(f"{record}: is missing") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise RunError(f"{record}: is not a readable commit record") from None


def _inside(folder: Path, objects: Path, files: dict[str, tuple[int, str]]) -> bool:
    """A record from a stranger must not point outside the run."""
    root = objects.resolve()
    return all((folder / name).resolve().is_relative_to(root) for name in files)
