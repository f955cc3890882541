"""A run in an object store, with a local folder in which its files are opened.

Results never change, so that what was fetched once is kept, and compared with its SHA-256 before a process first uses
it. Descriptions are small and compared with the store's whenever they are asked for.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from rlxai.errors import RunError
from rlxai.files import all_in, partial_name, sha256_file
from rlxai.store.address import mirror_folder, note_address
from rlxai.store.folder import remove_attempt
from rlxai.store.objects import Objects, Unsure
from rlxai.store.place import Entry, Files, usable

T = TypeVar("T")

_AT_ONCE = 16
"""Requests under way; each waits for the network."""
_LARGEST_DESCRIPTION = 16 * 1024 * 1024
_RUN = "run.json"


class Mirror:
    """See `rlxai.store.place.Place`.

    Raises:
        InvalidValue: the address is not usable.
        RunError: the local folder cannot be written.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.folder = mirror_folder(address)
        self._objects = Objects(address)
        self._right: set[str] = set()
        """Names of files that this process has compared with their SHA-256."""
        try:
            note_address(self.folder, address)
        except OSError as error:
            raise RunError(f"{self.folder}: cannot be written ({error.strerror})") from None

    def __str__(self) -> str:
        return self.address

    def __reduce__(self) -> tuple[type[Mirror], tuple[str]]:
        return Mirror, (self.address,)

    def bring(self, name: str) -> Path:
        """The local path of a description, fetched where it is missing or not the one that is kept."""
        path = self._local(name)
        if path.is_file() and _is_of(path, self._objects.head(name)):
            return path
        data, entry = self._objects.get(name)
        if name == _RUN and path.is_file() and path.read_bytes() != data:
            self._forget()
        self._keep(path, data, entry)
        return path

    def bring_all(self, below: str) -> None:
        """Have the descriptions below a name in the local folder, and no others."""
        wanted = (one for one in self._objects.entries(below) if one.name.endswith(".json") and usable(one.name))
        there = {one.name: one for one in wanted if one.size <= _LARGEST_DESCRIPTION}
        stale = [name for name, one in there.items() if not _is_of(self.folder / name, one)]

        def bring(name: str) -> None:
            with suppress(FileNotFoundError):  # deleted since it was listed
                self._keep(self._local(name), *self._objects.get(name))

        _at_once(bring, stale)
        for path in all_in(self.folder / below):
            if path.suffix == ".json" and path.relative_to(self.folder).as_posix() not in there:
                path.unlink(missing_ok=True)

    def bring_loose(self) -> None:
        """Have the files beside the description of the run, such as monitor.csv, as they are now."""
        for one in self._objects.top()[0]:
            path = self.folder / one.name
            if usable(one.name) and one.name != _RUN and not _is_of(path, one):
                self._stream(one.name, path, lambda piece: None)
                os.utime(path, (one.modified, one.modified))

    def fetch(self, files: Files) -> None:
        """Have committed files in the local folder; those found damaged there are fetched again."""
        _at_once(self._fetch, [(name, *entry) for name, entry in files.items() if not self._has(name, *entry)])

    def send(self, files: Files, root: Path) -> None:
        """Keep files of a local folder, and see that they have arrived with their sizes."""
        _at_once(lambda name: self._objects.put(self._usable(name), root / name), list(files))
        folder = os.path.commonpath([name.rpartition("/")[0] for name in files]) if files else ""
        there = {one.name: one.size for one in self._objects.entries(folder)} if files else {}
        for name, (size, _) in files.items():
            if there.get(name) != size:
                raise RunError(f"{self.address}/{name}: did not arrive; run the command again")
        if root == self.folder:
            self._right |= files.keys()

    def create(self, name: str, data: bytes) -> bool:
        """Keep a description if there is none of this name yet."""
        won = self._objects.put_once(name, data)
        try:
            there, entry = self._objects.get(name)
        except (FileNotFoundError, RunError) as error:
            if won:
                return True
            raise Unsure(str(error)) from None
        self._keep(self._local(name), there, entry)
        return won or there == data  # the same request once more, after an answer that was lost

    def drop(self, folder: str) -> None:
        """Delete an attempt, here and there; what cannot be deleted is a leftover."""
        remove_attempt(self.folder / folder)
        with suppress(RunError):
            self.delete([one.name for one in self._objects.entries(folder)])

    def delete(self, names: Iterable[str]) -> None:
        """Delete objects, and their copies here."""
        names = list(names)
        self._objects.delete(names)
        for name in names:
            self._right.discard(name)
            (self.folder / name).unlink(missing_ok=True)

    def top(self) -> list[str]:
        """First parts of the names of all objects."""
        objects, folders = self._objects.top()
        return [*(one.name for one in objects), *folders]

    def entries(self, below: str = "") -> Iterator[Entry]:
        """All objects below a name."""
        return self._objects.entries(below)

    def sha256(self, name: str) -> str:
        """SHA-256 of an object as it is kept in the store."""
        digest = hashlib.sha256()
        for piece in self._objects.pieces(name):
            digest.update(piece)
        return digest.hexdigest()

    def now(self) -> float:
        """The time of the store, told by an object that is made for it: clocks of machines differ, and jump."""
        name = f".clock-{os.urandom(6).hex()}"
        self._objects.put(name, b"")
        try:
            return self._objects.head(name).modified
        finally:
            self._objects.delete([name])

    def _usable(self, name: str) -> str:
        if not usable(name):
            raise RunError(f"{self.address}: {name[:200]!r} is no name of a file of a run")
        return name

    def _local(self, name: str) -> Path:
        return self.folder / self._usable(name)

    def _has(self, name: str, size: int, sha256: str) -> bool:
        path = self._local(name)
        if not path.is_file() or path.stat().st_size != size:
            return False
        if name not in self._right and sha256_file(path) != sha256:
            return False
        self._right.add(name)
        return True

    def _fetch(self, wanted: tuple[str, int, str]) -> None:
        name, size, sha256 = wanted
        where = f"{self.address}/{name}"
        digest, got = hashlib.sha256(), 0

        def take(piece: bytes) -> None:
            nonlocal got
            got += len(piece)
            if got > size:
                raise RunError(f"{where}: has more than the {size} bytes that were committed")
            digest.update(piece)

        def whole() -> None:
            if got != size:
                raise RunError(f"{where}: has {got} bytes, {size} were committed")
            if digest.hexdigest() != sha256:
                raise RunError(f"{where}: its content differs from what was committed (SHA-256)")

        self._stream(name, self._local(name), take, whole)
        self._right.add(name)

    def _stream(
        self, name: str, path: Path, take: Callable[[bytes], None], whole: Callable[[], None] = lambda: None
    ) -> None:
        partial = partial_name(path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with partial.open("wb") as file:
                for piece in self._objects.pieces(name):
                    take(piece)
                    file.write(piece)
            whole()
            partial.replace(path)
        except FileNotFoundError:
            raise RunError(f"{self.address}/{name}: is missing") from None
        except OSError as error:
            raise RunError(f"{path}: cannot be written ({error.strerror or error})") from None
        finally:
            partial.unlink(missing_ok=True)

    def _keep(self, path: Path, data: bytes, entry: Entry) -> None:
        partial = partial_name(path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            partial.write_bytes(data)
            os.utime(partial, (entry.modified, entry.modified))  # see `_is_of`, and the order of `newest_records`
            partial.replace(path)
        except OSError as error:
            raise RunError(f"{path}: cannot be written ({error.strerror or error})") from None
        finally:
            partial.unlink(missing_ok=True)

    def _forget(self) -> None:
        """Another run is at this address now."""
        aside = partial_name(self.folder)
        self.folder.rename(aside)
        shutil.rmtree(aside, ignore_errors=True)
        self.folder.mkdir(exist_ok=True)
        self._right.clear()


def _is_of(path: Path, entry: Entry) -> bool:
    """Whether a local description is the one that a listing shows."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return False
    return status.st_size == entry.size and abs(status.st_mtime - entry.modified) < 1e-3


def _at_once(function: Callable[[T], Any], items: list[T]) -> None:
    """Call a function for each item, several at a time; the first error is raised once all have ended."""
    if len(items) < 2:
        for item in items:
            function(item)
        return
    with ThreadPoolExecutor(min(_AT_ONCE, len(items))) as pool:
        waiting = [pool.submit(function, item) for item in items]
        try:
            for one in waiting:
                one.result()
        finally:
            for one in waiting:
                one.cancel()
