"""Pickles that plant code, or that are hostile with nothing but what torch's restricted unpickler allows."""

from __future__ import annotations

import base64
import io
import pickle
import random
import struct
import zipfile
from dataclasses import dataclass
from typing import Any

import torch

from tests.fuzz.guard import CANARY
from tests.fuzz.plain import NUMBERS

PAYLOADS = {
    "mkdir": f"cposix\nmkdir\n(V{CANARY}\ntR.".encode(),
    "system": f"cposix\nsystem\n(Vmkdir {CANARY}\ntR.".encode(),
    "eval": f"cbuiltins\neval\n(V__import__('os').mkdir('{CANARY}')\ntR.".encode(),
    "exec": f"cbuiltins\nexec\n(Vimport os; os.mkdir('{CANARY}')\ntR.".encode(),
    "popen": f"csubprocess\nPopen\n((lVmkdir\naV{CANARY}\natR.".encode(),
    "instance": f"(Vmkdir {CANARY}\niposix\nsystem\n.".encode(),
    "nested": b"ctorch\nload\n(V/etc/passwd\ntR.",
    "dotted": f"\x80\x04\x8c\x05posix\x8c\x05mkdir\x93(\x8c{chr(len(CANARY))}{CANARY}tR.".encode("latin-1"),
    "build": f"\x80\x02cposix\nmkdir\nU{chr(len(CANARY))}{CANARY}\x85R}}(U\x01aK\x01ub.".encode("latin-1"),
}
"""Small pickles; unpickling one makes the folder `CANARY` where it runs."""


@dataclass(frozen=True)
class Global:
    """A name that unpickling looks up."""

    name: str


@dataclass(frozen=True)
class Call:
    """A call that unpickling makes."""

    function: Any
    arguments: Any


@dataclass(frozen=True)
class Persistent:
    """A storage kept beside the pickle."""

    key: Any


@dataclass(frozen=True)
class Pairs:
    """A dict of these, whose keys only unpickling hashes."""

    items: tuple[tuple[Any, Any], ...]


def encoded(value: Any) -> bytes:
    """A pickle of protocol 2, the one that torch writes; equal tuples that are one object are written once."""
    return b"\x80\x02" + _Encoder().code(value) + b"."


class _Encoder:
    def __init__(self) -> None:
        self.memo: dict[int, int] = {}

    def code(self, value: Any) -> bytes:
        match value:
            case Global(name):
                module, _, last = name.rpartition(".")
                return f"c{module}\n{last}\n".encode()
            case Call(function, arguments):
                return self.code(function) + self.code(arguments) + b"R"
            case Persistent(key):
                return self.code(key) + b"Q"
            case tuple():
                return self._tuple(value)
            case dict():
                return self.code(Pairs(tuple(value.items())))
            case Pairs(items):
                return b"}(" + b"".join(self.code(k) + self.code(v) for k, v in items) + b"u"
            case list():
                return b"](" + b"".join(map(self.code, value)) + b"e"
            case str():
                text = value.encode("utf-8", "surrogatepass")
                return b"X" + struct.pack("<I", len(text)) + text
        return pickle.dumps(value, 2)[2:-1]  # numbers, bytes, None

    def _tuple(self, value: tuple[Any, ...]) -> bytes:
        if id(value) in self.memo:
            return b"j" + struct.pack("<I", self.memo[id(value)])
        code = b"(" + b"".join(map(self.code, value)) + b"t"
        self.memo[id(value)] = len(self.memo)
        return code + b"r" + struct.pack("<I", self.memo[id(value)])


def doubled(depth: int) -> Any:
    """A tuple of 2^depth parts in a few bytes: hashing or printing it takes as long."""
    value: Any = ("x",)
    for _ in range(depth):
        value = (value, value)
    return value


def stacked(depth: int) -> bytes:
    """Code of a tuple in a tuple in a tuple: hashing it takes as much of the machine's stack."""
    return b"K\x01" + b"\x85" * depth


_ALLOWED = (
    "builtins.bytearray",
    "builtins.set",
    "builtins.complex",
    "collections.Counter",
    "collections.OrderedDict",
    "_codecs.encode",
    "torch.Size",
    "torch.device",
    "torch.Tensor",
    "torch.FloatTensor",
    "torch.FloatStorage",
    "torch.storage.UntypedStorage",
    "torch.storage.TypedStorage",
    "torch.nn.parameter.Parameter",
    "torch._utils._rebuild_tensor",
    "torch._utils._rebuild_tensor_v2",
    "torch._utils._rebuild_tensor_v3",
    "torch._utils._rebuild_parameter",
    "torch._utils._rebuild_parameter_with_state",
    "torch._utils._rebuild_sparse_tensor",
    "torch._utils._rebuild_nested_tensor",
    "torch._utils._rebuild_qtensor",
    "torch._utils._rebuild_meta_tensor_no_storage",
    "torch._utils._rebuild_device_tensor_from_numpy",
    "torch._utils._rebuild_wrapper_subclass",
    "torch._tensor._rebuild_from_type_v2",
    "torch.serialization._get_layout",
    "torch.float32",
    "torch.cuda.FloatStorage",
)
"""What torch 2.13 looks up for files of tensors, as far as it can be called."""
_DTYPES = ("Float", "Half", "Double", "Long", "BFloat16", "ComplexFloat", "Bool", "Int", "QInt8", "Untyped", "Byte")


def hostile_program(rng: random.Random) -> bytes:
    """A pickle of the kind that a torch file holds, with hostile values in it."""
    match rng.randrange(8):
        case 0:
            return encoded(Pairs(((doubled(rng.choice((4, 25, 40, 300))), _tensor(rng)),)))
        case 1:
            return b"\x80\x02}" + stacked(rng.choice((50, 10_000, 3_000_000))) + b"K\x01s."
        case 2:
            return encoded({"a": _call(rng, 2)})
        case 3:
            return rng.choice(list(PAYLOADS.values()))
        case 4:
            return encoded({f"{i}.weight": _tensor(rng) for i in range(rng.choice((1, 3, 20_000)))})
        case 5:
            return encoded({"a": b"x" * rng.choice((1, 10**6)), "b": doubled(40), "c": [doubled(40)]})
    return encoded({name: _tensor(rng) for name in ("0.weight", "0.bias", "3.weight", "3.bias")})


def _call(rng: random.Random, depth: int) -> Any:
    arguments = tuple(
        _call(rng, depth - 1)
        if depth and rng.random() < 0.3
        else rng.choice((_number(rng), "x", "zlib", b"abc", (4, 4)))
        for _ in range(rng.randrange(5))
    )
    return Call(Global(rng.choice(_ALLOWED)), arguments)


def _number(rng: random.Random) -> Any:
    return rng.choice([*NUMBERS, 3, 5, 4 * 10**9])


def _tensor(rng: random.Random) -> Any:
    kind, shape = rng.choice(_DTYPES), [rng.choice((1, 2, 4, 8)) for _ in range(rng.choice((0, 1, 2, 4)))]
    size = tuple(_number(rng) if rng.random() < 0.2 else n for n in shape)
    stride = tuple(rng.choice((0, 0, 1, 2, _number(rng))) for _ in shape)
    numbers = _number(rng) if rng.random() < 0.2 else 64
    storage = Persistent(
        ("storage", Global(f"torch.{kind}Storage"), "0", rng.choice(("cpu", "cpu", "cuda:0", "meta")), numbers)
    )
    rest = (rng.choice((0, 0, 1, _number(rng))), size, stride, False, Call(Global("collections.OrderedDict"), ()))
    return Call(Global("torch._utils._rebuild_tensor_v2"), (storage, *rest))


def torch_file(program: bytes, storage: bytes = bytes(256)) -> bytes:
    """A file of torch.save with this pickle."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("archive/data.pkl", program)
        archive.writestr("archive/byteorder", "little")
        archive.writestr("archive/data/0", storage)
        archive.writestr("archive/version", "3\n")
    return buffer.getvalue()


def saved(content: Any, **options: Any) -> bytes:
    """What torch.save writes."""
    buffer = io.BytesIO()
    torch.save(content, buffer, **options)
    return buffer.getvalue()


def serialised(payload: bytes) -> dict[str, str]:
    """How SB3 keeps what is no JSON: a pickle in base64, which its own loader runs."""
    return {":type:": "<class 'dict'>", ":serialized:": base64.b64encode(payload).decode()}
