"""A look at the pickle in a file of torch.save before torch's restricted unpickler runs it.

That unpickler runs no code, but what it may build has no bounds: a tuple of tuples in a hundred bytes takes hours to
hash, or the whole stack, and `bytearray(10**10)` ten gigabytes. Here the pickle is only counted, never run.
"""

from __future__ import annotations

import pickletools
import re
from typing import Any

from rlxai.errors import FileRefused

NEVER = "which rlxai never runs"
MAX_PICKLE = 512 * 1024
"""Largest pickle, in bytes: some 2,500 tensors."""
_MAX_PARTS = 1_000_000
"""Most values handled in all: each is counted once for every value it becomes a part of."""
_MAX_DEPTH = 100
_BUILDERS = re.compile(
    r"collections OrderedDict"
    r"|torch\._utils _rebuild_(tensor|tensor_v2|tensor_v3|parameter|parameter_with_state|sparse_tensor)"
    r"|torch\._utils _rebuild_meta_tensor_no_storage"
    r"|torch (Size|device|[A-Z]\w*Storage|b?float\w+|complex\w+|u?int\d+|bool)"
    r"|torch\.storage (Typed|Untyped)Storage|torch\.nn\.parameter Parameter|torch\.serialization _get_layout"
)
"""What files of tensors are built of, a small part of what torch lets a pickle call."""

_Size = tuple[int, int]
"""Of a value: parts, and how deep they are nested."""
_LEAF = (1, 1)
_MARK = (0, 0)


def check_pickle(data: bytes) -> None:
    """Refuse what names anything but the builders of tensors, or would grow beyond bounds.

    Raises:
        FileRefused: it does, or it is damaged.
    """
    stack: list[_Size] = []
    memo: dict[Any, _Size] = {}
    handled = 0
    try:
        for code, argument, _ in pickletools.genops(data):
            if code.name in ("GLOBAL", "INST") and not _BUILDERS.fullmatch(str(argument)):
                raise FileRefused(f"holds code (a pickled object of {str(argument)[:100].replace(' ', '.')}), {NEVER}")
            handled += _step(code, argument, stack, memo)
            if handled > _MAX_PARTS or (stack and stack[-1][1] > _MAX_DEPTH):
                raise FileRefused("is a tensor file whose pickle is nested beyond all bounds")
    except (ValueError, IndexError, KeyError, OverflowError) as error:  # unknown, cut off, or more taken than is there
        raise FileRefused(f"is a damaged tensor file ({str(error)[:120]})") from None


def _step(code: pickletools.OpcodeInfo, argument: Any, stack: list[_Size], memo: dict[Any, _Size]) -> int:
    """What one instruction does to the stack, as sizes; returns how many parts it handles."""
    if "PUT" in code.name or code.name == "MEMOIZE":
        memo[len(memo) if argument is None else argument] = stack[-1]
        return 1
    if "GET" in code.name:
        stack.append(memo[argument])
        return 1
    if code.name == "MARK":
        stack.append(_MARK)
        return 1
    taken = _take(code, stack)
    made: _Size = (1 + sum(size for size, _ in taken), 1 + max((depth for _, depth in taken), default=0))
    stack.extend([taken[0]] * 2 if code.name == "DUP" else [made] * len(code.stack_after))
    return made[0]


def _take(code: pickletools.OpcodeInfo, stack: list[_Size]) -> list[_Size]:
    wanted = code.stack_before
    taken = []
    if pickletools.markobject in wanted:
        while (part := stack.pop()) != _MARK:
            taken.append(part)
        wanted = wanted[: wanted.index(pickletools.markobject)]
    return taken + [stack.pop() for _ in wanted]
