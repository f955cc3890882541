"""A run: one folder, or prefix of an object store, with an agent's snapshots and all that was computed from them.

run.json                              write-once: schema, name, game, actions, preprocessing, recipe, provenance
monitor.csv                           training returns, where rlxai trained the agent
snapshots/step_00100000.safetensors   weights, SHA-256 in the JSON beside
commits/<kind>/<task>.json            finished tasks
objects/<kind>/<task>/<attempt>/...   their files
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from rlxai.errors import InvalidValue, RunError
from rlxai.files import listed, make_folder
from rlxai.networks import snapshot_meta
from rlxai.store import commit as commits
from rlxai.store import description
from rlxai.store.address import url_of
from rlxai.store.commit import Commit, record_name
from rlxai.store.folder import Folder
from rlxai.store.identity import task_id
from rlxai.store.lease import lease
from rlxai.store.mirror import Mirror
from rlxai.store.objects import Unsure
from rlxai.store.place import Place
from rlxai.store.snapshots import SnapshotRef

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass
class Attempt:
    """Work in progress on one task: write into `folder`, fill `summary`."""

    folder: Path
    summary: dict[str, Any] = field(default_factory=dict)


class Run:
    """A run, opened for reading and for adding results."""

    def __init__(self, path: Path | str) -> None:
        """Open an existing run.

        Args:
            path: its folder, or the URL of a run in an object store, such as s3://bucket/runs/breakout.

        Raises:
            InvalidValue: the URL or the settings of the store are not usable.
            RunError: there is no run at `path`, or its run.json is damaged or of an unknown schema.
        """
        self.place = _place(path)
        self.info = description.read(self.place)
        if isinstance(self.place, Mirror):
            self.place.bring_loose()

    @classmethod
    def create(cls, path: Path | str, info: Mapping[str, Any]) -> Run:
        """Make the run; an existing run with equal `info` is opened instead.

        Raises:
            InvalidValue: the name is not usable.
            RunError: another run, or something else, is already there.
        """
        name = str(path).rstrip("/").rsplit("/", 1)[-1] if url_of(path) else Path(path).name
        if not _NAME.fullmatch(name):
            raise InvalidValue(f"{name!r} is no name for a run: use letters, digits, '.', '_' and '-'")
        place = _place(path)
        body, created = description.create(place, name, info)
        run = cls(path)
        if not created and run.info != body:
            raise RunError(f"{run}: holds another run ({run.info['name']}); choose a new folder")
        return run

    def __str__(self) -> str:
        """What a person types to name the run."""
        return str(self.place)

    @property
    def path(self) -> Path:
        """The folder where the files of the run are opened; of a remote run, the mirror of what was read so far."""
        return self.place.folder

    @property
    def address(self) -> str:
        """What `open_run` takes in any process, on any machine that reaches it: an absolute path or a URL."""
        return self.place.address

    @property
    def remote(self) -> bool:
        """Whether it is kept in an object store."""
        return isinstance(self.place, Mirror)

    @property
    def name(self) -> str:
        """The run's name, which is its folder's."""
        return str(self.info["name"])

    @cached_property
    def snapshots_folder(self) -> Path:
        """Where a training or an import writes snapshots.

        Raises:
            RunError: the run is remote; runs are made in a folder and copied.
        """
        if self.remote:
            raise RunError(f"{self}: snapshots are written into a folder; then: rlxai copy FOLDER {self}")
        return self.path / "snapshots"

    def snapshots(self) -> list[SnapshotRef]:
        """All complete snapshots by step; one is complete once its JSON is there."""
        return sorted(map(self.read_description, self.descriptions()), key=lambda snapshot: snapshot.step)

    def descriptions(self) -> list[Path]:
        """The JSON files beside the snapshots, unread."""
        self.place.bring_all("snapshots")
        return sorted((self.path / "snapshots").glob("step_*.json"))

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
        raise InvalidValue(f"{self}: has no snapshot of step {step}; there are {steps}")

    def commits(self, kind: str) -> list[Commit]:
        """All finished tasks of a kind, in the order of their names.

        Raises:
            RunError: a record or a file of it is missing or damaged.
        """
        return [self.read(record) for record in self.records(kind)]

    def records(self, kind: str = "*") -> list[Path]:
        """The commit records of a kind, unread."""
        self.place.bring_all("commits" if kind == "*" else f"commits/{kind}")
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
            raise RunError(f"{self}: has no {kind} {task}")
        try:
            return self.read(self.place.bring(record_name(kind, task)))
        except FileNotFoundError:
            raise RunError(f"{self}/{record_name(kind, task)}: is missing") from None

    def read(self, record: Path) -> Commit:
        """One finished task by its record.

        Raises:
            RunError: the record or a file of the task is missing or damaged; of a remote run, files are looked at when
                the commit's folder is asked for.
        """
        if not self.remote:
            return commits.read(record, self.path / "objects")
        name = record.relative_to(self.path).as_posix()
        where = f"{self}/{name}"
        try:
            try:
                return commits.parse(self.place.bring(name), self.path / "objects", self.place, where)
            except RunError:
                record.unlink(missing_ok=True)  # it may be the mirror's copy that is damaged
                return commits.parse(self.place.bring(name), self.path / "objects", self.place, where)
        except FileNotFoundError:
            raise RunError(f"{where}: is missing") from None

    def folder_of(self, record: Path) -> Path:
        """The folder that holds all attempts at the task of a record."""
        return self.path / "objects" / record.parent.name / record.stem

    def find(self, kind: str, spec: Mapping[str, Any]) -> Commit | None:
        """The finished task with exactly these inputs, or None where it is still to be done."""
        try:
            return self.read(self.place.bring(record_name(kind, task_id(kind, spec))))
        except FileNotFoundError:
            return None

    def begun(self, kind: str, spec: Mapping[str, Any]) -> bool:
        """Whether this machine has begun the task and not finished it: it is at work, or was killed."""
        task = task_id(kind, spec)
        folder = self.path / "objects" / kind / task
        return any(listed(folder)) and not (self.path / record_name(kind, task)).exists()

    @contextmanager
    def attempt(self, kind: str, spec: Mapping[str, Any]) -> Iterator[Attempt]:
        """Do one task: the files written into the attempt's folder become its result when the block ends well.

        An error or interruption removes the attempt; a kill leaves it invisible.

        Raises:
            RunError: the place cannot be written, or the attempt's folder was deleted meanwhile.
        """
        task = task_id(kind, spec)
        attempt = Attempt(self.path / "objects" / kind / task / uuid.uuid4().hex[:12])
        try:
            make_folder(attempt.folder)
            with lease(attempt.folder) as held:
                yield attempt
                held.check()
                commits.publish(self.place, kind, task, spec, attempt.summary, attempt.folder)
        except BaseException as error:
            if not isinstance(error, Unsure) and not self._may_be_named(kind, task, attempt):
                self.place.drop(attempt.folder.relative_to(self.path).as_posix())
            if isinstance(error, OSError):
                where = error.filename or self
                raise RunError(f"{where}: cannot write ({error.strerror or error})") from None
            raise

    def _may_be_named(self, kind: str, task: str, attempt: Attempt) -> bool:
        """Whether the error came too late: the task is finished by this attempt, or nobody can tell."""
        try:
            return commits.winner(self.place, kind, task) == attempt.folder.name
        except RunError:
            return True

    def read_description(self, path: Path) -> SnapshotRef:
        """A snapshot by the JSON beside its weights.

        Raises:
            FileRefused: the JSON is missing or damaged.
        """
        meta = snapshot_meta(path)
        weights = path.with_suffix(".safetensors")
        return SnapshotRef(meta["step"], meta["sha256"], meta, weights, self.place if self.remote else None)


def open_run(path: str | Path) -> Run:
    """Open a run.

    Args:
        path: its folder, or the URL of a run in an object store, such as s3://bucket/runs/breakout.

    Raises:
        InvalidValue: the URL or the settings of the store are not usable.
        RunError: there is no run at `path`, or its run.json is damaged or of an unknown schema.
    """
    return Run(path)


def _place(path: Path | str) -> Place:
    if "\0" in str(path):
        raise InvalidValue("the path of a run holds a zero byte, which no file system allows")
    url = url_of(path)
    return Folder(Path(path)) if url is None else Mirror(url)
