"""run.json: what the run is of, written once, with a checksum of itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fnmatch import fnmatch
from typing import Any

from rlxai.errors import FileRefused, RunError
from rlxai.files import make_folder
from rlxai.networks.reading import parse_json, read_bounded
from rlxai.store.identity import digest
from rlxai.store.place import Place
from rlxai.store.schema import Schema

FILE = "run.json"
PARTIAL = ".*.partial"
"""Names of files that are being written, see `rlxai.files.write_atomic`."""
IDENTITY = ("format", "schema", "name")
"""What of it belongs to the place, not to the work in it."""
_FORMAT = "rlxai-run"
_CHECKSUM = "checksum"
_LARGEST = 1024**2
_FIELDS: dict[str, type | tuple[type, ...]] = {
    "name": str, "game": (str, type(None)), "actions": (list, type(None)), "preprocessing": dict,
    "recipe": (dict, type(None)), "provenance": dict,
}  # fmt: skip


def _with_checksum(body: dict[str, Any]) -> dict[str, Any]:
    """Schema 1 had none."""
    return {**body, _CHECKSUM: None}


SCHEMA = Schema(newest=2, steps={1: _with_checksum})


def create(place: Place, name: str, info: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """Write the description of a new run, unless there is one.

    Returns:
        It, as `read` gives it, and whether it was written.

    Raises:
        RunError: something else than a run is there, or nothing can be written.
    """
    body = json.loads(json.dumps({"format": _FORMAT, "schema": SCHEMA.newest, "name": name, **info}))
    text = json.dumps({**body, _CHECKSUM: digest(body)}, indent=1, sort_keys=True)
    try:
        make_folder(place.folder)
        there = place.top()
        if FILE not in there and not all(fnmatch(name, PARTIAL) for name in there):
            raise RunError(f"{place}: is not empty and not a run; choose a new folder")
        return body, place.create(FILE, text.encode() + b"\n")
    except OSError as error:
        raise RunError(f"{place}: cannot make the run folder ({error.strerror})") from None


def read(place: Place) -> dict[str, Any]:
    """The description of a run, without its checksum; the name is that of the folder.

    Raises:
        RunError: there is none, it is damaged, lacks what every run has, or is of an unknown schema.
    """
    where = f"{place}/{FILE}"
    try:
        path = place.bring(FILE)
    except (FileNotFoundError, NotADirectoryError):
        raise RunError(f"{place}: is not a run (it has no {FILE})") from None
    except OSError as error:
        raise RunError(f"{where}: cannot be read ({error.strerror})") from None
    try:
        body = parse_json(read_bounded(path, _LARGEST))
        if body["format"] != _FORMAT:
            raise ValueError
        version = SCHEMA.check(body, where)
        stated = body.pop(_CHECKSUM, None)
        if (version > 1 or stated is not None) and digest(body) != stated:
            raise RunError(f"{where}: its content differs from its checksum")
        body = SCHEMA.upgrade(body, where)
        body.pop(_CHECKSUM, None)
    except FileRefused as error:
        unreadable = str(error).startswith("cannot be read")
        raise RunError(f"{where}: {error if unreadable else 'is not a readable run description'}") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise RunError(f"{where}: is not a readable run description") from None
    for key in ("name", "game"):
        if key not in body:
            raise RunError(f"{where}: is damaged: {key} is missing")
    for key, kind in _FIELDS.items():
        if key in body and not isinstance(body[key], kind):
            raise RunError(f"{where}: is damaged: {key} is of the wrong kind")
    if not all(isinstance(action, str) for action in body.get("actions") or ()):
        raise RunError(f"{where}: is damaged: it names actions that are no text")
    # The folder's name is what users see and type; a renamed or copied run goes by its new name.
    return {**body, "name": place.folder.resolve().name}
