"""Tasks for the benchmark of engines; in a module of their own, so that worker processes can import them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rlxai.pipeline.task import Progress
from rlxai.store import Attempt, Run


@dataclass(frozen=True)
class Nothing:
    """A task without work: what is left is the engine's and the store's."""

    number: int

    kind = "nothing"

    @property
    def title(self) -> str:
        return f"nothing {self.number}"

    def spec(self) -> dict[str, Any]:
        return {"number": self.number}

    def execute(self, run: Run, attempt: Attempt, progress: Progress) -> None:
        progress(1, 1)


@dataclass(frozen=True)
class Endless(Nothing):
    """A task that never ends, and leaves a file once it has begun; a deaf one makes no progress."""

    folder: str
    deaf: bool

    def execute(self, run: Run, attempt: Attempt, progress: Progress) -> None:
        (Path(self.folder) / str(self.number)).touch()
        while True:
            if not self.deaf:
                progress(1, 2)
            time.sleep(0.01)
