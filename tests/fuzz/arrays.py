"""Arrays of numpy and HDF5 files that are not what they say."""

from __future__ import annotations

import io
import random
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from tests.fuzz.mutate import damaged
from tests.fuzz.pickles import PAYLOADS
from tests.fuzz.plain import MARKUP

_DESCRIPTIONS = (
    "'>f4'",
    "'<f8'",
    "'<f2'",
    "'|O'",
    "'|V8'",
    "'<U9'",
    "'<M8[ns]'",
    "[('a', '<f4')]",
    "'<f16'",
    "'<c8'",
    "'f4,f4'",
    "'<i4'",
    "'|b1'",
    "'3f4'",
    "'|S0'",
    "'<f4' * 2",
    "None",
    "'O8'",
    "{'names': ['a'], 'formats': ['O']}",
    "'" + "f" * 5000 + "'",
)
_SHAPES = (
    "(10**12,)",
    "(1000000000000,)",
    "(2147483648, 2147483648)",
    "(-1,)",
    "(9223372036854775807,)",
    "(0,)",
    "()",
    "(1,) * 40",
    "(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)",
    "(True,)",
    "(1.0,)",
    "[4]",
    "'x'",
    "(300000000,)",
    "(4, 4, 100, 100, 100)",
    "(" * 3000,
    "-" * 9000 + "1",
    "(999999999,)",
)


def npy(data: bytes, description: str, shape: str, order: str = "False", version: int = 1) -> bytes:
    """A .npy file with this header, whatever its data."""
    header = f"{{'descr': {description}, 'fortran_order': {order}, 'shape': {shape}, }}\n".encode()
    length = struct.pack("<H" if version == 1 else "<I", min(len(header), 65535))
    return b"\x93NUMPY" + bytes((version, 0)) + length + header + data


def forged_arrays(parts: list[tuple[str, bytes]], rng: random.Random) -> list[tuple[str, bytes]]:
    """Members of an npz, one of them forged."""
    name, content = rng.choice(parts)
    body = content[content.index(b"\n") + 1 :]
    shape = content[content.index(b"(") : content.index(b")") + 1].decode()
    match rng.randrange(5):
        case 0:
            bad = npy(body, rng.choice(_DESCRIPTIONS), shape)
        case 1:
            bad = npy(body, "'<f4'", rng.choice(_SHAPES))
        case 2:
            bad = npy(rng.choice(list(PAYLOADS.values())), "'|O'", rng.choice((shape, "(1,)", "()")))
        case 3:
            bad = npy(
                body,
                rng.choice(_DESCRIPTIONS),
                rng.choice(_SHAPES),
                rng.choice(("True", "0", "x")),
                rng.choice((1, 2, 3, 9)),
            )
        case _:
            bad = damaged(content, rng)
    return [(n, c if n != name else bad) for n, c in parts]


def write_hdf5(path: Path, tensors: Mapping[str, np.ndarray]) -> None:
    """As Keras does: a group for each layer, compressed."""
    with h5py.File(path, "w") as file:
        for name, tensor in tensors.items():
            file.create_dataset(name, data=tensor, compression="gzip")


def forged_hdf5(data: bytes, rng: random.Random) -> bytes:
    """An HDF5 file with something in it that is no honest array."""
    buffer = io.BytesIO(data)
    with h5py.File(buffer, "r+") as file:
        _FORGERIES[rng.randrange(len(_FORGERIES))](file, rng)
    return damaged(buffer.getvalue(), rng) if rng.random() < 0.2 else buffer.getvalue()


def _chunk(file: Any, rng: random.Random) -> None:
    side = rng.choice((100, 10_000, 20_000))
    file.create_dataset("extra", (4, 4), "f4", chunks=(side, side), maxshape=(None, None), compression="gzip")
    file["extra"][0, 0] = 1


def _huge(file: Any, rng: random.Random) -> None:
    file.create_dataset("extra", (rng.choice((10**8, 10**12, 2**62)),), "f4", chunks=(1000,), compression="gzip")


def _elsewhere(file: Any, rng: random.Random) -> None:
    match rng.randrange(4):
        case 0:
            file["extra"] = h5py.ExternalLink("/etc/passwd", "/")
        case 1:
            file["extra"] = h5py.SoftLink("/extra")
        case 2:
            file.create_dataset("extra", (3,), "f4", external=[("/etc/passwd", 0, 12)])
        case 3:
            layout = h5py.VirtualLayout((4,), "f4")
            layout[:] = h5py.VirtualSource("/etc/passwd", "x", (4,))
            file.create_virtual_dataset("extra", layout)


def _kinds(file: Any, rng: random.Random) -> None:
    kinds: list[Any] = [
        "f2",
        "f8",
        ">f4",
        "S5",
        "i4",
        "c8",
        "f16",
    ]
    kind = rng.choice(kinds)
    place = rng.choice(("extra", "out.bias"))
    if place in file:
        del file[place]
    file.create_dataset(place, (4,), kind)


def _empty(file: Any, rng: random.Random) -> None:
    file["extra"] = h5py.Empty("f4")


def _many(file: Any, rng: random.Random) -> None:
    for number in range(rng.choice((10, 2000))):
        file.create_group(f"extra{number}")


def _deep(file: Any, rng: random.Random) -> None:
    group = file
    for _ in range(rng.choice((10, 40))):
        group = group.create_group("g" * 40)
    group["x"] = np.zeros(3, "f4")
    group["top"] = file["/"]


def _names(file: Any, rng: random.Random) -> None:
    name = rng.choice(
        ("..", "../../x", MARKUP.replace("/", "⁄"), "a" * 50_000, "\x1b[2J", "\udcff".encode("utf-8", "surrogatepass"))
    )
    file[name] = np.zeros(3, "f4")


def _numbers(file: Any, rng: random.Random) -> None:
    values = file["conv1.weight"][()]
    values[0, 0, 0, 0] = rng.choice((np.nan, np.inf, 3e38, -3e38, 1e30))
    file["conv1.weight"][...] = values


_FORGERIES = (_chunk, _huge, _elsewhere, _kinds, _empty, _many, _deep, _names, _numbers)
