"""One training per run at a time."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rlxai.errors import RunError
from rlxai.files import make_folder

NAME = "lock"


@contextmanager
def sole_training(folder: Path) -> Iterator[None]:
    """Hold the run to whose commits `folder` belongs; the system lets go of it when the process ends, however it ends.

    Raises:
        RunError: another process is training this run.
    """
    make_folder(folder)
    with (folder / NAME).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RunError(f"{folder.parent}: is being trained by another process") from None
        yield
