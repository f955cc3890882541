"""Zip archives that no honest program writes."""

from __future__ import annotations

import io
import random
import struct
import warnings
import zipfile
from collections.abc import Sequence

from tests.fuzz.mutate import damaged
from tests.fuzz.plain import NAMES

MB = 1024**2
Members = Sequence[tuple[str, bytes]]


def zipped(members: Members, compression: int = zipfile.ZIP_STORED) -> bytes:
    """An archive; names may occur twice."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        for name, data in members:
            archive.writestr(name, data)
    return buffer.getvalue()


def members(data: bytes) -> list[tuple[str, bytes]]:
    """Names and contents."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [(info.filename, archive.read(info)) for info in archive.infolist()]


def bomb(name: str, size: int) -> bytes:
    """Zeros, a thousandth of them on disk."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(name, "w", force_zip64=True) as member,
    ):
        for _ in range(size // (8 * MB)):
            member.write(bytes(8 * MB))
    return buffer.getvalue()


def forged(data: bytes, rng: random.Random) -> bytes:
    """An archive with other members, names, sizes, flags or directories than the honest one it is made of."""
    parts = members(data)
    name, _ = rng.choice(parts)
    match rng.randrange(10):
        case 0:
            return zipped([*parts, (name, rng.randbytes(50))])
        case 1:
            return zipped([*parts, (rng.choice(NAMES)[:60_000].encode("utf-8", "replace").decode(), b"x")])
        case 2:
            return zipped([(n if n != name else "../" * rng.choice((1, 9)) + n, c) for n, c in parts])
        case 3:
            return zipped(parts, rng.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)))
        case 4:
            return zipped([*parts, *((str(i), b"") for i in range(rng.choice((10, 60, 3000))))])
        case 5:
            return _sizes(data, rng)
        case 6:
            return bomb(name, rng.choice((80, 256)) * MB)
        case 7:
            return rng.choice((b"#!/bin/sh\n", b"PK\x03\x04", data[:500])) + data
        case 8:
            return zipped([(n, c) for n, c in parts if n != name])
    return zipped([(n, c if n != name else damaged(c, rng)) for n, c in parts])


def _sizes(data: bytes, rng: random.Random) -> bytes:
    """Another number in some field of the directory or of a member's header."""
    bad = bytearray(data)
    marks = (b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06")
    mark = rng.choice(marks)
    found = [at for at in range(len(bad) - 46) if bad[at : at + 4] == mark] if len(bad) < MB else [bad.rfind(mark)]
    at = rng.choice(found or [0]) + 4 + 2 * rng.randrange(20)
    value = rng.choice((0, 1, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, rng.randrange(2**32)))
    bad[at : at + 4] = struct.pack("<I", value)
    return bytes(bad)
