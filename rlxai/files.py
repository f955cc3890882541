"""Files that are either wholly there or not there at all, also after a kill or a power cut."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path


def write_atomic(path: Path, data: bytes) -> None:
    """Write `data` to `path`, replacing what is there; readers see the old file or the new one, never a part.

    Args:
        path: final name; its folder must exist.
        data: the whole content.
    """
    temporary = _write_beside(path, data)
    try:
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    sync(path.parent)


def create_once(path: Path, data: bytes) -> bool:
    """Write `data` to `path` if nothing is there yet; of several writers exactly one wins.

    Returns:
        Whether this call created the file.
    """
    temporary = _write_beside(path, data)
    try:
        path.hardlink_to(temporary)
    except FileExistsError:
        return False
    finally:
        temporary.unlink()
    sync(path.parent)
    return True


def make_folder(path: Path) -> None:
    """Make a folder, and those above it, so that it survives a power cut; one that is there is left as it is."""
    missing = []
    folder = path
    while not folder.is_dir() and folder != folder.parent:
        missing.append(folder)
        folder = folder.parent
    path.mkdir(parents=True, exist_ok=True)
    for folder in reversed(missing):
        sync(folder.parent)


def listed(folder: Path) -> list[Path]:
    """What is directly in a folder, by name; nothing where the folder has gone, as others may delete it meanwhile."""
    try:
        return sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def all_in(folder: Path) -> Iterator[Path]:
    """All files and folders below a folder, in no order; links are not followed, what goes meanwhile is passed over."""
    for root, folders, names in os.walk(folder):
        yield from (Path(root, name) for name in (*folders, *names))


def sync(path: Path) -> None:
    """Flush a file's content, or a folder's entries, to disk; only then does it survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256_file(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal, read in bounded pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def partial_name(path: Path) -> Path:
    """A name beside `path` for a file that is being written; no other writer uses it."""
    return path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}.partial")


def _write_beside(path: Path, data: bytes) -> Path:
    temporary = partial_name(path)
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary
