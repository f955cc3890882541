"""Who is still at work: a lock that lives exactly as long as the process which holds it.

Times of files tell little where clocks jump; the kernel drops a lock when its holder ends, however it ends.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rlxai.errors import RunError


class Lease:
    """A folder that is being worked in."""

    def __init__(self, folder: Path, descriptor: int) -> None:
        self._folder = folder
        self._descriptor = descriptor

    def check(self) -> None:
        """Make sure that the folder is still the one that was taken, with all that was written into it.

        Raises:
            RunError: it was deleted meanwhile, and perhaps made anew.
        """
        with suppress(OSError):
            ours, there = os.fstat(self._descriptor), self._folder.stat()
            if (ours.st_dev, ours.st_ino) == (there.st_dev, there.st_ino):
                return
        raise RunError(f"{self._folder}: was deleted while it was worked in; run the command again")


@contextmanager
def lease(folder: Path) -> Iterator[Lease]:
    """Hold a folder as long as the block lasts; `taken` says so to others on this machine."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # a file system without locks: there only age tells
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        yield Lease(folder, descriptor)
    finally:
        os.close(descriptor)


def taken(folder: Path) -> bool:
    """Whether a process of this machine holds the folder."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return False
