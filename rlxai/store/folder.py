"""A run in a folder of this machine, or of a file system that several machines share."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from rlxai.files import all_in, create_once, make_folder, partial_name, sha256_file, sync
from rlxai.store.place import Entry, Files


class Folder:
    """See `rlxai.store.place.Place`; files are opened where they are kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def address(self) -> str:
        """The absolute path."""
        return str(self.folder.absolute())

    def __str__(self) -> str:
        return str(self.folder)

    def bring(self, name: str) -> Path:
        """The path of a description, which is there."""
        path = self.folder / name
        with suppress(PermissionError):  # whoever reads it says so
            path.stat()
        return path

    def bring_all(self, below: str) -> None:
        """Nothing: they are here."""

    def fetch(self, files: Files) -> None:
        """Nothing: they are here, and `commit.problems` looks at them."""

    def send(self, files: Files, root: Path) -> None:
        """Flush files, their folders, and the folders above, so that a record never outlives what it names.

        Files of another folder are copied first.
        """
        folders: dict[Path, None] = {}
        for name in files:
            path = self.folder / name
            if root != self.folder:
                _copy(root / name, path)
            sync(path)
            folders |= dict.fromkeys(path.parents[: len(Path(name).parts)])
        for folder in sorted(folders, key=lambda path: len(path.parts), reverse=True):
            sync(folder)

    def create(self, name: str, data: bytes) -> bool:
        """Write a description under another name and link it; see `rlxai.files.create_once`."""
        path = self.folder / name
        make_folder(path.parent)
        return create_once(path, data)

    def drop(self, folder: str) -> None:
        """Delete an attempt, and the folders that held nothing else."""
        remove_attempt(self.folder / folder)

    def delete(self, names: Iterable[str]) -> None:
        """Delete files."""
        for name in names:
            (self.folder / name).unlink(missing_ok=True)

    def top(self) -> list[str]:
        """Names of the files and folders directly in the run."""
        return [path.name for path in self.folder.iterdir()]

    def entries(self, below: str = "") -> Iterator[Entry]:
        """All files below a name."""
        for path in sorted(all_in(self.folder / below)):
            with suppress(FileNotFoundError):  # finished, or given up, in this moment
                status = path.lstat()
                if not path.is_dir() or path.is_symlink():
                    yield Entry(path.relative_to(self.folder).as_posix(), status.st_size, status.st_mtime)

    def sha256(self, name: str) -> str:
        """SHA-256 of a file."""
        return sha256_file(self.folder / name)

    def now(self) -> float:
        """The time of this machine."""
        return time.time()


def remove_attempt(folder: Path) -> None:
    """Delete an attempt's folder, and those of its task and kind if they hold nothing else."""
    shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):
        folder.parent.rmdir()
        folder.parent.parent.rmdir()


def _copy(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = partial_name(target)
    try:
        shutil.copyfile(path, partial)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
