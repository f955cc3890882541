"""Tasks that do next to nothing, or something terrible; importable by worker processes."""

import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rlxai.errors import FileRefused
from rlxai.pipeline.task import Progress
from rlxai.store import Attempt, Run


@dataclass(frozen=True)
class Toy:
    """Writes its number."""

    number: int

    kind = "toy"

    @property
    def title(self) -> str:
        return f"{type(self).__name__.lower()} {self.number}"

    def spec(self) -> dict[str, Any]:
        return {"number": self.number}

    def execute(self, run: Run, attempt: Attempt, progress: Progress) -> None:
        self.act(progress)
        (attempt.folder / "number.txt").write_text(str(self.number))
        attempt.summary = {"pid": os.getpid(), "omp": os.environ.get("OMP_NUM_THREADS")}

    def act(self, progress: Progress) -> None:
        progress(1, 2)


@dataclass(frozen=True)
class Killer(Toy):
    """Kills its process until the marker file is there."""

    marker: str

    def act(self, progress: Progress) -> None:
        if not Path(self.marker).exists():
            Path(self.marker).touch()
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class Poison(Toy):
    """Always kills its process, leaving a file for each time."""

    folder: str

    def act(self, progress: Progress) -> None:
        (Path(self.folder) / str(os.getpid())).touch()
        os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class Hanging(Toy):
    """Does nothing for ever, unless the marker file is there."""

    marker: str

    def act(self, progress: Progress) -> None:
        while not Path(self.marker).exists():
            Path(self.marker).touch()
            time.sleep(1000)


@dataclass(frozen=True)
class Linear(Toy):
    """Writes products that BLAS rounds in another way on two threads."""

    def execute(self, run: Run, attempt: Attempt, progress: Progress) -> None:
        factors = np.random.default_rng(self.number).normal(size=(333, 517)).astype(np.float32)
        np.save(attempt.folder / "product.npy", factors @ factors.T)


@dataclass(frozen=True)
class Rooted(Toy):
    """Cannot be pickled."""

    def __getstate__(self) -> Any:
        raise TypeError("rooted")


@dataclass(frozen=True)
class Sharing(Toy):
    """Done beside others of its kind; says how many they were."""

    shares: str = "work"

    @staticmethod
    def execute_together(run: Run, tasks: Sequence["Sharing"], attempts: Sequence[Attempt], progress: Progress) -> None:
        for task, attempt in zip(tasks, attempts, strict=True):
            task.execute(run, attempt, progress)
            attempt.summary["together"] = len(tasks)


@dataclass(frozen=True)
class SharingKiller(Sharing):
    """Kills its process."""

    def act(self, progress: Progress) -> None:
        if self.number == 1:
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class Refusing(Toy):
    """Meets a bad input."""

    def act(self, progress: Progress) -> None:
        raise FileRefused(f"input {self.number}: is bad")


@dataclass(frozen=True)
class Defective(Toy):
    """Has a bug, whose exception cannot be pickled if so wished."""

    portable: bool

    def act(self, progress: Progress) -> None:
        if self.portable:
            {}["no such key"]
        raise type("HomeMade", (Exception,), {})("made at home")


@dataclass(frozen=True)
class Waiting(Toy):
    """Says who does it, then waits for the file `go`; a deaf one makes no progress meanwhile."""

    folder: str
    deaf: bool = False

    def act(self, progress: Progress) -> None:
        note = Path(self.folder) / f".{self.number}"
        note.write_text(str(os.getpid()))
        note.rename(note.with_name(f"{self.number}.pid"))
        while not (Path(self.folder) / "go").exists():
            if not self.deaf:
                progress(1, 2)
            time.sleep(0.01)
