"""Damage to bytes, as disks, networks and people do it; every function takes a seeded generator."""

from __future__ import annotations

import random

_SPLICE = (1, 2, 4, 8, 64, 512, 4096)


def damaged(data: bytes, rng: random.Random, times: int | None = None) -> bytes:
    """One to four random damages: flipped bits, lost, zeroed, doubled, moved or random stretches, another ending."""
    for _ in range(times or rng.choice((1, 1, 1, 2, 4))):
        data = _DAMAGES[rng.randrange(len(_DAMAGES))](data, rng)
    return data


def _at(data: bytes, rng: random.Random) -> int:
    """A place; half of the time near one of the ends, where headers are."""
    near = rng.randrange(min(len(data), 1500) or 1)
    return rng.choice((rng.randrange(len(data) or 1), near, max(0, len(data) - 1 - near)))


def _flip(data: bytes, rng: random.Random) -> bytes:
    bad = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 8))):
        if bad:
            bad[_at(data, rng)] ^= 1 << rng.randrange(8)
    return bytes(bad)


def _truncate(data: bytes, rng: random.Random) -> bytes:
    return data[: _at(data, rng)]


def _lose(data: bytes, rng: random.Random) -> bytes:
    at = _at(data, rng)
    return data[:at] + data[at + rng.choice(_SPLICE) :]


def _zero(data: bytes, rng: random.Random) -> bytes:
    at, length = _at(data, rng), rng.choice(_SPLICE)
    return data[:at] + bytes(len(data[at : at + length])) + data[at + length :]


def _noise(data: bytes, rng: random.Random) -> bytes:
    at, length = _at(data, rng), rng.choice(_SPLICE)
    return data[:at] + rng.randbytes(len(data[at : at + length])) + data[at + length :]


def _double(data: bytes, rng: random.Random) -> bytes:
    at, length = _at(data, rng), rng.choice(_SPLICE)
    return data[:at] + data[at : at + length] + data[at:]


def _splice(data: bytes, rng: random.Random) -> bytes:
    one, other, length = _at(data, rng), _at(data, rng), rng.choice(_SPLICE)
    return data[:one] + data[other : other + length] + data[one + length :]


def _huge_number(data: bytes, rng: random.Random) -> bytes:
    """Lengths and sizes are little-endian numbers of 2, 4 or 8 bytes in most formats."""
    at, size = _at(data, rng), rng.choice((2, 4, 8))
    value = rng.choice((0, 1, 2 ** (8 * size) - 1, 2 ** (8 * size - 1), 2 ** (8 * size - 1) - 1, 10**4))
    return data[:at] + value.to_bytes(size, "little") + data[at + size :]


def _append(data: bytes, rng: random.Random) -> bytes:
    return data + rng.choice((b"\0", b"\n", data[: rng.randrange(1, 5000)], rng.randbytes(100)))


_DAMAGES = (_flip, _flip, _truncate, _lose, _zero, _noise, _double, _splice, _huge_number, _append)
