"""Tensors of torch and safetensors files, read without ever running what a pickle asks for."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Mapping
from typing import Any

import safetensors.torch
import torch
from torch import Tensor

from rlxai.errors import FileRefused, InvalidValue
from rlxai.networks.archive import open_archive, read_member, repacked
from rlxai.networks.pickled import MAX_PICKLE, NEVER, check_pickle

_MAX_HEADER = 1024**2
"""Largest header of safetensors: ten thousand tensors."""
_LEGACY_MAGIC = bytes.fromhex("80028a0a6cfc9c46f9206aa850192e")
"""A pickled constant that opens every file of torch.save before version 1.6."""


def is_safetensors(data: bytes) -> bool:
    """Whether the content starts like a safetensors file: an 8-byte length, then a JSON header."""
    return data[8:9] == b"{" and 0 < int.from_bytes(data[:8], "little") <= len(data) - 8


def read_safetensors(data: bytes) -> dict[str, Tensor]:
    """Tensors of a safetensors file, by name in natural order ("10" after "9"): the file itself keeps none.

    Raises:
        FileRefused: the file is damaged.
    """
    if (length := int.from_bytes(data[:8], "little")) > _MAX_HEADER:
        raise FileRefused(f"is a safetensors file with a header of {length:,} bytes, at most {_MAX_HEADER:,} are read")
    try:
        tensors = safetensors.torch.load(data)
    except Exception as error:  # SafetensorError, and KeyError or ValueError for odd dtypes and shapes
        raise FileRefused(f"is a damaged or truncated safetensors file ({str(error)[:120]})") from None
    return {name: tensors[name] for name in sorted(tensors, key=_natural)}


def read_torch(data: bytes) -> Any:
    """The object in a file of torch.save, by torch's restricted unpickler: tensors and plain containers only.

    Args:
        data: the file, a zip archive.

    Raises:
        FileRefused: damaged, oversized, or it holds code.
    """
    archive = open_archive(data)
    members = {name.rpartition("/")[2] for name in archive.namelist()}
    if "data.pkl" not in members:
        raise FileRefused("is a zip archive of unknown content, neither of torch.save nor of SB3")
    if "constants.pkl" in members:
        raise FileRefused(f"holds code (a TorchScript program), {NEVER}")
    content = repacked(archive)
    for name in archive.namelist():
        if name.rpartition("/")[2] == "data.pkl":
            check_pickle(read_member(archive, name, MAX_PICKLE))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a stranger's file must not fill the user's screen
            return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except Exception as error:  # RuntimeError, UnpicklingError, KeyError, EOFError, MemoryError, ... by the damage
        if found := re.search(r"GLOBAL ([\w.]+)|[Tt]rying to (?:call|instantiate)[^\w]*([\w.]+)", str(error)):
            raise FileRefused(f"holds code (a pickled object of {found[1] or found[2]}), {NEVER}") from None
        raise FileRefused(f"is a damaged tensor file ({_first_line(error)})") from None


def refuse_pickle(data: bytes) -> None:
    """Refuse a bare pickle and torch's format of before version 1.6, naming which it is.

    Raises:
        FileRefused: the content is either.
    """
    if data.startswith(_LEGACY_MAGIC):
        raise FileRefused("is in torch's format of before version 1.6; load it and save it again with a current torch")
    if data[:1] == b"\x80" and data[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        raise FileRefused(f"holds code (a pickled object), {NEVER}; save a state dict by torch.save instead")


def select_state_dict(content: Any) -> tuple[str, dict[str, Any]]:
    """The one state dict in what a file holds: the content itself, or one entry such as "policy" or "model_weights".

    Returns:
        Name of the entry ("" where the content is the state dict itself), and tensors by name.

    Raises:
        InvalidValue: there is none, or more than one.
    """
    if _is_state_dict(content):
        return "", dict(content)
    entries = {key: value for key, value in content.items() if _is_state_dict(value)} if _is_map(content) else {}
    if len(entries) != 1:
        found = f"{len(entries)} state dicts ({', '.join(map(str, entries))[:80]})" if entries else "no state dict"
        raise InvalidValue(f"holds {found}; save one network's state dict alone")
    ((key, value),) = entries.items()
    return str(key), dict(value)


def _is_map(content: Any) -> bool:
    return isinstance(content, Mapping) and 0 < len(content) <= 10_000


def _is_state_dict(content: Any) -> bool:
    return _is_map(content) and all(isinstance(k, str) and isinstance(v, Tensor) for k, v in content.items())


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d{1,9})", name)]


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120] or type(error).__name__
