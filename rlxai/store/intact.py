"""Whether a file still holds what was committed; large files are hashed once as long as nobody touches them."""

from __future__ import annotations

import time
from pathlib import Path

from rlxai.files import sha256_file

SMALL = 64 * 1024
"""Bytes of a file that is hashed whenever it is looked at."""
_SETTLED_SECONDS = 2.0
"""Clocks of file systems tick in milliseconds; a file changed this recently may change again without a trace."""

_known: dict[tuple[str, str], tuple[int, ...]] = {}


def checks_itself(name: str) -> bool:
    """Whether damage to a file of a result is found by whoever reads it: chunks of zarr arrays carry a crc32c."""
    folders = name.split("/")[:-1]
    return any(folder.endswith(".zarr") for folder in folders) and not name.endswith(".json")


def holds(path: Path, sha256: str) -> bool:
    """Whether a file has this SHA-256; remembered for large files until their size, times or place change.

    Raises:
        OSError: it cannot be read.
    """
    before = path.stat()
    if before.st_size <= SMALL:
        return sha256_file(path) == sha256
    signature = (before.st_dev, before.st_ino, before.st_size, before.st_mtime_ns, before.st_ctime_ns)
    key = (str(path), sha256)
    if _known.get(key) == signature:
        return True
    right = sha256_file(path) == sha256
    if right and abs(time.time() - before.st_ctime) > _SETTLED_SECONDS:
        _known[key] = signature
    return right
