"""Addresses of runs: a folder, or a URL of an object store; and where the mirror of a remote run is kept."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from rlxai.errors import InvalidValue

SCHEMES = ("s3", "gs", "az", "memory", "file")
_URL = re.compile(rf"({'|'.join(SCHEMES)}):/{{1,3}}(.+)", re.DOTALL)
_CACHE = "RLXAI_CACHE"
"""Environment: folder of the mirrors, instead of `rlxai` in the user's cache folder."""
_NOTE = "address"
_ENDPOINTS = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AZURE_STORAGE_ACCOUNT_NAME", "AZURE_ENDPOINT")


def url_of(place: str | Path) -> str | None:
    """The URL that a run's address is, or None where it is a folder.

    A path that was made of a URL is mended: `Path("s3://bucket/run")` is "s3:/bucket/run". A folder that mirrors a
    remote run stands for that run, so that nothing is ever added to the mirror alone.

    Raises:
        InvalidValue: it is a URL that names no run.
    """
    found = _URL.fullmatch(str(place))
    if found is None:
        return _mirrored(Path(place))
    scheme, rest = found[1], found[2].strip("/")
    parts = rest.split("/")
    if len(parts) < 2 or any(part in ("", ".", "..") for part in parts) or "?" in rest or "#" in rest:
        raise InvalidValue(f"{place}: is no address of a run; write {scheme}://BUCKET/.../NAME")
    return f"{scheme}:///{rest}" if scheme == "file" else f"{scheme}://{rest}"


def mirror_folder(url: str) -> Path:
    """The local folder for what was read of a remote run; it may be deleted at any time.

    Equal addresses on servers of different endpoints are different runs.
    """
    where = "\n".join([url, *(os.environ.get(name, "") for name in _ENDPOINTS)])
    return _cache() / hashlib.sha256(where.encode()).hexdigest()[:16] / url.rsplit("/", 1)[1]


def note_address(folder: Path, url: str) -> None:
    """Write down which run a mirror is of."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder.parent / _NOTE).write_text(url, "utf-8")


def _mirrored(folder: Path) -> str | None:
    folder = folder.absolute()
    if folder.parent.parent != _cache():
        return None
    try:
        return (folder.parent / _NOTE).read_text("utf-8")
    except OSError:
        return None


def _cache() -> Path:
    own = os.environ.get(_CACHE)
    base = os.environ.get("XDG_CACHE_HOME", "")
    root = Path(own) if own else (Path(base) if Path(base).is_absolute() else Path.home() / ".cache") / "rlxai"
    return root.absolute() / "mirrors"
