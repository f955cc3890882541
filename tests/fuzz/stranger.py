"""A small run of a stranger, and commit records that vouch for whatever is put into it."""

from __future__ import annotations

import functools
import hashlib
import json
from pathlib import Path
from typing import Any

from rlxai.errors import RlxaiError
from rlxai.store.identity import canonical, digest
from tests.small_run import build_small_run

RUN = "small"


def build(folder: Path) -> None:
    build_small_run(folder / RUN)


def signed(body: Any) -> bytes:
    """A commit record whose checksum fits, as anybody can write it."""
    try:
        plain = {name: value for name, value in body.items() if name != "sha256"}
        return canonical({**plain, "sha256": digest(plain)}) + b"\n"
    except (RlxaiError, AttributeError, RecursionError):
        return json.dumps(body).encode() + b"\n"


@functools.cache
def records(folder: Path, kind: str = "*") -> list[str]:
    """Paths of the commit records of a kind."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.glob(f"{RUN}/commits/{kind}/*.json"))


@functools.cache
def _body(path: Path) -> str:
    return path.read_text()


def body_of(folder: Path, record: str) -> Any:
    """What a record says."""
    return json.loads(_body(folder / record))


def committed(folder: Path, record: str, name: str, content: bytes) -> dict[str, bytes]:
    """Another content of a result's file, and the record that vouches for it."""
    body = body_of(folder, record)
    body["files"][name] = [len(content), hashlib.sha256(content).hexdigest()]
    return {f"{folder_of(body)}/{name}": content, record: signed(body)}


def folder_of(body: Any) -> str:
    """Folder of a result."""
    return f"{RUN}/objects/{body['kind']}/{body['task']}/{body['attempt']}"


def files_of(folder: Path, kind: str, ending: str) -> list[tuple[str, str]]:
    """(record, name) of the files of results of a kind that end so."""
    found = [(record, name) for record in records(folder, kind) for name in body_of(folder, record)["files"]]
    return [(record, name) for record, name in found if name.endswith(ending)]
