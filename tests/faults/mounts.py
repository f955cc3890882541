"""Small disks and disks that may only be read, made of what the kernel has; only root may ask for them."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path


@cache
def can_mount() -> bool:
    """Whether this process may mount anything."""
    if sys.platform != "linux":
        return False
    with tempfile.TemporaryDirectory() as folder:
        try:
            with small_disk(Path(folder), 64):
                return True
        except (subprocess.CalledProcessError, OSError):
            return False


@contextmanager
def small_disk(folder: Path, kilobytes: int) -> Iterator[None]:
    """A disk of so many kilobytes at an empty folder."""
    _mount("-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder))
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def enlarge(folder: Path, kilobytes: int) -> None:
    """Make a small disk larger."""
    _mount("-o", f"remount,size={kilobytes}k", str(folder))


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """A folder that can only be read for a while, also by root."""
    _mount("--bind", str(folder), str(folder))
    try:
        _mount("-o", "remount,bind,ro", str(folder))
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def _mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True, capture_output=True)
