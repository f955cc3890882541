"""Files of tensors in the formats of several frameworks, read without running anything and within fixed bounds."""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rlxai.errors import FileRefused, InvalidValue
from rlxai.networks.archive import MAX_TOTAL, open_archive, read_member
from rlxai.networks.state_dict import is_safetensors, read_safetensors, read_torch, refuse_pickle, select_state_dict

_KNOWN = "a snapshot of rlxai, an SB3 .zip, a CleanRL file, or tensors by torch.save, safetensors, npz or HDF5"
_HDF5 = b"\x89HDF\r\n\x1a\n"
_MAX_TENSORS = 10_000
_MAX_NAME = 1000
"""Longest name within HDF5, in characters: a thousand groups in one another take minutes."""
_NPY_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def read_tensors(data: bytes, entry: str | None = None) -> tuple[str, dict[str, Any]]:
    """The tensors of a file, whatever its format, by name in the order of the file.

    Args:
        data: the file.
        entry: which entry of a torch file; None: the only one that holds tensors.

    Returns:
        Name of the entry ("" where the file holds the tensors themselves), and tensors by name.

    Raises:
        FileRefused: damaged, oversized, of an unknown format, or it holds code.
        InvalidValue: the entry is not there, or the file has none or several and none was named.
    """
    if data.startswith(b"PK") and not _is_npz(archive := open_archive(data)):
        content = read_torch(data)
        return select_state_dict(content) if entry is None else _entry(content, entry)
    if is_safetensors(data):
        tensors: dict[str, Any] = read_safetensors(data)
    elif data.startswith(b"PK"):
        tensors = _read_npz(archive)
    elif data.startswith(_HDF5):
        tensors = _read_hdf5(data)
    else:
        refuse_pickle(data)
        kind = "a text file" if _is_text(data[:4096]) else "of unknown content, or truncated"
        raise FileRefused(f"is {kind}; known are {_KNOWN}")
    return "", tensors


def _entry(content: Any, entry: str) -> tuple[str, dict[str, Any]]:
    if not isinstance(content, Mapping) or entry not in content:
        found = ", ".join(map(str, content))[:120] if isinstance(content, Mapping) else type(content).__name__
        raise InvalidValue(f"has no entry {entry!r}; it holds {found}")
    return entry, select_state_dict({entry: content[entry]})[1]


def _is_npz(archive: zipfile.ZipFile) -> bool:
    names = archive.namelist()
    return bool(names) and all(name.endswith(".npy") for name in names)


def _read_npz(archive: zipfile.ZipFile) -> dict[str, Any]:
    if (total := sum(info.file_size for info in archive.infolist())) > MAX_TOTAL:
        raise FileRefused(f"is oversized: its arrays claim {total:,} bytes, at most {MAX_TOTAL:,} are read")
    return {name.removesuffix(".npy"): _array(name, read_member(archive, name)) for name in archive.namelist()}


def _array(name: str, data: bytes) -> Tensor:
    """An array of an npz file, read by its header alone: np.load would allocate what a forged one claims."""
    stream = io.BytesIO(data)
    try:
        read_header = _NPY_HEADERS[np.lib.format.read_magic(stream)]
        shape, by_columns, dtype = read_header(stream)
        claimed = math.prod(shape) * dtype.itemsize
    except Exception as error:  # KeyError, ValueError, SyntaxError, tokenize and recursion errors, by the damage
        raise FileRefused(f"holds a damaged array {name!r} ({str(error)[:120]})") from None
    if dtype.hasobject:
        raise FileRefused(f"holds code (pickled objects in {name!r}), which rlxai never runs")
    if min(shape, default=0) < 0 or claimed != len(data) - stream.tell():
        there = len(data) - stream.tell()
        raise FileRefused(f"holds a damaged array {name!r} ({there:,} bytes instead of {claimed:,})")
    try:
        flat = np.frombuffer(data, dtype, offset=stream.tell())
        return _tensor(name, flat.reshape(shape, order="F" if by_columns else "C"))
    except (ValueError, TypeError) as error:  # no bytes at all, or more axes than NumPy has
        raise FileRefused(f"holds a damaged array {name!r} ({str(error)[:120]})") from None


def _tensor(name: str, array: np.ndarray) -> Tensor:
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiub":
        raise FileRefused(f"holds {name!r}, which is no array of numbers")
    native = array.astype(array.dtype.newbyteorder("="))
    try:
        return torch.from_numpy(np.ascontiguousarray(native))
    except TypeError:  # such as numpy's long double
        raise FileRefused(f"holds {name!r} of type {array.dtype}, which torch does not know") from None


def _read_hdf5(data: bytes) -> dict[str, Any]:
    try:
        import h5py
    except ImportError:
        raise FileRefused('is an HDF5 file, which needs the package h5py: pip install "rlxai[hdf5]"') from None
    tensors: dict[str, Tensor] = {}
    total = visited = 0

    def visit(name: Any, item: Any) -> None:  # follows neither soft links nor links to other files
        nonlocal total, visited
        visited += 1
        if visited > _MAX_TENSORS or len(name) > _MAX_NAME:
            raise FileRefused(f"holds more than {_MAX_TENSORS:,} items, or names beyond {_MAX_NAME:,} characters")
        if not isinstance(item, h5py.Dataset) or item.dtype.kind != "f" or item.size is None:
            return
        if not isinstance(name, str):  # h5py gives the bytes of a name that is no text
            raise FileRefused(f"holds an array whose name is no text: {name[:60]!r}")
        if item.external or item.is_virtual:
            raise FileRefused(f"holds {name!r}, whose values are in another file")
        # As declared: compressed data may be far smaller, and a chunk far larger than what is used of it.
        total += max(item.size, math.prod(item.chunks or ())) * item.dtype.itemsize
        if total > MAX_TOTAL or len(tensors) >= _MAX_TENSORS:
            raise FileRefused(f"is oversized: at most {MAX_TOTAL:,} bytes in {_MAX_TENSORS:,} arrays are read")
        tensors[name] = _tensor(name, np.asarray(item[()]))

    try:
        with h5py.File(io.BytesIO(data), "r") as file:
            file.visititems(visit)
    except (OSError, RuntimeError, ValueError, KeyError, TypeError, OverflowError) as error:  # by the damage
        raise FileRefused(f"is a damaged HDF5 file ({' '.join(str(error).split())[:120]})") from None
    if not tensors:
        raise FileRefused("is an HDF5 file without arrays of real numbers")
    return tensors


def _is_text(data: bytes) -> bool:
    try:
        return data.decode().isprintable() or not any(byte < 9 for byte in data)
    except UnicodeDecodeError:
        return False
