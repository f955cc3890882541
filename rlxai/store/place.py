"""Where a run is kept: a folder, or an object store with a folder that mirrors it. Everything above is the same code.

Files of a run never change once they are there, so the difference is small: before a file is opened it is brought into
the local folder, and after it was written there it is sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

Files = Mapping[str, tuple[int, str]]
"""Name relative to the run, with "/" -> (size in bytes, SHA-256)."""

_PART = re.compile(r"[A-Za-z0-9_.-]{1,200}", re.ASCII)


@dataclass(frozen=True)
class Entry:
    """A file as a listing shows it."""

    name: str
    size: int
    modified: float
    """Seconds since 1970 by the clock of the place, see `Place.now`."""


class Place(Protocol):
    """What a run needs of the place where it is kept. Names are relative to the run, their parts joined by "/"."""

    @property
    def address(self) -> str:
        """What `open_run` takes on any machine that reaches the place: an absolute path, or a URL."""

    @property
    def folder(self) -> Path:
        """The folder in which files are opened and attempts are written."""

    def bring(self, name: str) -> Path:
        """The local path of a description: of the run, a snapshot or a result.

        Raises:
            FileNotFoundError: there is none of this name.
            RunError: the place cannot be read.
        """

    def bring_all(self, below: str) -> None:
        """Have the descriptions (.json) below a name in the local folder, and no others.

        Raises:
            RunError: the place cannot be read.
        """

    def fetch(self, files: Files) -> None:
        """Have committed files in the local folder.

        Raises:
            RunError: one is missing, or differs from what was committed.
        """

    def send(self, files: Files, root: Path) -> None:
        """Keep files that were written below a local folder, under the same names.

        Raises:
            OSError: one cannot be read, or the folder cannot be written.
            RunError: the place cannot be written.
        """

    def create(self, name: str, data: bytes) -> bool:
        """Keep a description if there is none of this name yet; of several writers exactly one wins.

        Returns:
            Whether this call created it.

        Raises:
            OSError: the folder cannot be written.
            Unsure: the place did not say whether it was created.
        """

    def drop(self, folder: str) -> None:
        """Delete an attempt that has lost or failed."""

    def delete(self, names: Iterable[str]) -> None:
        """Delete files.

        Raises:
            OSError: one cannot be deleted.
            RunError: the place cannot be written.
        """

    def top(self) -> list[str]:
        """Names of the files and folders directly in the place.

        Raises:
            OSError: the folder cannot be read.
            RunError: the store does not answer.
        """

    def entries(self, below: str = "") -> Iterator[Entry]:
        """All files below a name.

        Raises:
            RunError: the place cannot be read.
        """

    def sha256(self, name: str) -> str:
        """SHA-256 of a file as it is kept, whatever the local folder says.

        Raises:
            FileNotFoundError: there is none of this name.
            RunError: it cannot be read.
        """

    def now(self) -> float:
        """The time by the clock that `Entry.modified` is of."""


def usable(name: str) -> bool:
    """Whether a name from a listing or a record stays below the run and is fit for any file system."""
    parts = name.split("/")
    return len(name) <= 1000 and all(_PART.fullmatch(part) and part not in (".", "..") for part in parts)


def below(folder: PurePosixPath | str, files: Files) -> dict[str, tuple[int, str]]:
    """The same files with a folder before their names."""
    return {f"{folder}/{name}": entry for name, entry in files.items()}
