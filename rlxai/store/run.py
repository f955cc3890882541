"""A run: one folder with an agent's snapshots and everything that was computed from them.

run.json                              write-once: schema, name, game, actions, preprocessing, recipe, provenance
monitor.csv                           training returns, where rlxai trained the agent
snapshots/step_00100000.safetensors   weights, SHA-256 in the JSON beside
commits/<kind>/<task>.json            finished tasks
objects/<kind>/<task>/<attempt>/...   their files
"""

from __future__ import annotations

import json
import re
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from rlxai.errors import InvalidValue, RunError
from rlxai.files import create_once
from rlxai.networks import Agent, read_snapshot, snapshot_meta
from rlxai.store import commit as commits
from rlxai.store.commit import Commit
from rlxai.store.identity import task_id

SCHEMA = 1
_FORMAT = "rlxai-run"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True)
class SnapshotRef:
    """One snapshot of a run: its training step (decisions), file, SHA-256 and the JSON beside it."""

    step: int
    path: Path
    sha256: str
    meta: dict[str, Any]

    def load(self) -> Agent:
        """The agent, with its weights checked against the SHA-256.

        Raises:
            FileRefused: the weights are missing, damaged or do not fit their description.
        """
        return read_snapshot(self.path)


@dataclass
class Attempt:
    """Work in progress on one task: write into `folder`, fill `summary`."""

    folder: Path
    summary: dict[str, Any] = field(default_factory=dict)


class Run:
    """A run folder, opened for reading and for adding results."""

    def __init__(self, path: Path) -> None:
        """Open an existing run.

        Raises:
            RunError: there is no run at `path`, or its run.json is damaged or of an unknown schema.
        """
        self.path = path
        self.info = _read_info(path)

    @classmethod
    def create(cls, path: Path, info: Mapping[str, Any]) -> Run:
        """Make the run folder; an existing run with equal `info` is opened instead.

        Raises:
            InvalidValue: the folder's name is not usable.
            RunError: another run, or something else, is already there.
        """
        if not _NAME.fullmatch(path.name):
            raise InvalidValue(f"{path.name!r} is no name for a run: use letters, digits, '.', '_' and '-'")
        body = {"format": _FORMAT, "schema": SCHEMA, "name": path.name, **info}
        try:
            path.mkdir(parents=True, exist_ok=True)
            if not (path / "run.json").exists() and any(path.iterdir()):
                raise RunError(f"{path}: is not empty and not a run; choose a new folder")
            created = create_once(path / "run.json", json.dumps(body, indent=1, sort_keys=True).encode() + b"\n")
        except OSError as error:
            raise RunError(f"{path}: cannot make the run folder ({error.strerror})") from None
        run = cls(path)
        if not created and run.info != json.loads(json.dumps(body)):
            raise RunError(f"{path}: holds another run ({run.info['name']}); choose a new folder")
        return run

    @property
    def name(self) -> str:
        """The run's name, which is its folder's."""
        return str(self.info["name"])

    @cached_property
    def snapshots_folder(self) -> Path:
        """Where the snapshots are."""
        return self.path / "snapshots"

    def snapshots(self) -> list[SnapshotRef]:
        """All complete snapshots by step; one is complete once its JSON is there."""
        return sorted(map(read_description, self.descriptions()), key=lambda snapshot: snapshot.step)

    def descriptions(self) -> list[Path]:
        """The JSON files beside the snapshots, unread."""
        return sorted(self.snapshots_folder.glob("step_*.json"))

    def snapshot(self, step: int) -> SnapshotRef:
        """The snapshot of one step.

        Raises:
            InvalidValue: no such step; the sentence lists those there are.
        """
        available = self.snapshots()
        for snapshot in available:
            if snapshot.step == step:
                return snapshot
        steps = ", ".join(str(snapshot.step) for snapshot in available) or "none"
        raise InvalidValue(f"{self.path}: has no snapshot of step {step}; there are {steps}")

    def commits(self, kind: str) -> list[Commit]:
        """All finished tasks of a kind, in the order of their names.

        Raises:
            RunError: a record or a file of it is missing or damaged.
        """
        return [self.read(record) for record in self.records(kind)]

    def records(self, kind: str = "*") -> list[Path]:
        """The commit records of a kind, unread."""
        return sorted((self.path / "commits").glob(f"{kind}/*.json"))

    def newest_records(self, kind: str) -> list[Path]:
        """The commit records of a kind, unread, the last made first."""
        return sorted(self.records(kind), key=lambda record: record.stat().st_mtime_ns, reverse=True)

    def commit(self, kind: str, task: str) -> Commit:
        """One finished task by name.

        Raises:
            RunError: it is not there, or damaged.
        """
        if not _NAME.fullmatch(kind) or not _NAME.fullmatch(task):
            raise RunError(f"{self.path}: has no {kind} {task}")
        return self.read(self._record(kind, task))

    def read(self, record: Path) -> Commit:
        """One finished task by its record.

        Raises:
            RunError: the record or a file of the task is missing or damaged.
        """
        return commits.read(record, self.path / "objects")

    def folder_of(self, record: Path) -> Path:
        """The folder that holds all attempts at the task of a record."""
        return self.path / "objects" / record.parent.name / record.stem

    def find(self, kind: str, spec: Mapping[str, Any]) -> Commit | None:
        """The finished task with exactly these inputs, or None where it is still to be done."""
        record = self._record(kind, task_id(kind, spec))
        return self.read(record) if record.exists() else None

    @contextmanager
    def attempt(self, kind: str, spec: Mapping[str, Any]) -> Iterator[Attempt]:
        """Do one task: the files written into the attempt's folder become its result when the block ends well.

        An error or interruption removes the attempt; a kill leaves it invisible.
        """
        task = task_id(kind, spec)
        record = self._record(kind, task)
        attempt = Attempt(self.folder_of(record) / uuid.uuid4().hex[:12])
        try:
            attempt.folder.mkdir(parents=True)
            yield attempt
            commits.publish(record, kind, task, spec, attempt.summary, attempt.folder)
        except BaseException as error:
            if not commits.names(record, attempt.folder):  # else the error came too late: the task is finished
                shutil.rmtree(attempt.folder, ignore_errors=True)
                with suppress(OSError):  # they hold other attempts, or other tasks
                    attempt.folder.parent.rmdir()
                    attempt.folder.parent.parent.rmdir()
            if isinstance(error, OSError):
                where = error.filename or self.path
                raise RunError(f"{where}: cannot write ({error.strerror or error})") from None
            raise

    def _record(self, kind: str, task: str) -> Path:
        return self.path / "commits" / kind / f"{task}.json"


def open_run(path: str | Path) -> Run:
    """Open a run folder.

    Raises:
        RunError: there is no run at `path`, or its run.json is damaged or of an unknown schema.
    """
    return Run(Path(path))


def _read_info(path: Path) -> dict[str, Any]:
    file = path / "run.json"
    try:
        info = json.loads(file.read_bytes())
        if info["format"] != _FORMAT:
            raise ValueError
        if info["schema"] != SCHEMA:
            raise RunError(f"{file}: has schema {info['schema']!r}; this version of rlxai reads schema {SCHEMA}")
        if not isinstance(info["name"], str):
            raise TypeError
    except (FileNotFoundError, NotADirectoryError):
        raise RunError(f"{path}: is not a run (it has no run.json)") from None
    except OSError as error:
        raise RunError(f"{file}: cannot be read ({error.strerror})") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise RunError(f"{file}: is not a readable run description") from None
    # The folder's name is what users see and type; a renamed or copied run goes by its new name.
    return {**info, "name": path.resolve().name}


def read_description(path: Path) -> SnapshotRef:
    """A snapshot by the JSON beside its weights.

    Raises:
        FileRefused: the JSON is missing or damaged.
    """
    meta = snapshot_meta(path)
    return SnapshotRef(meta["step"], path.with_suffix(".safetensors"), meta["sha256"], meta)
