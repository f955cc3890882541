"""Tensors from strangers: plain, of a float type that float32 holds exactly, bounded and finite."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from rlxai.errors import InvalidValue
from rlxai.networks.architecture import MAX_PARAMETERS

_EXACT = (torch.float16, torch.float32)


def to_float32(tensors: Mapping[str, Any]) -> dict[str, Tensor]:
    """Copies as contiguous float32 on the CPU; the originals are left alone and no random number is drawn.

    Raises:
        InvalidValue: not a plain dense tensor, another dtype than float16 or float32, too large, NaN or infinite.
    """
    total = 0
    for name, tensor in tensors.items():
        _check_plain(name, tensor)
        total += tensor.numel()  # before any arithmetic: stride 0 makes a tiny file a tensor of 10^12 elements
        if total > MAX_PARAMETERS:
            raise InvalidValue(f"the tensors hold more than {MAX_PARAMETERS:,} numbers in all")
    copies = {name: _copy(tensor) for name, tensor in tensors.items()}
    for name, copy in copies.items():
        if not bool(torch.isfinite(copy).all()):
            raise InvalidValue(f"tensor {name!r} holds NaN or infinity")
    return copies


def _copy(tensor: Tensor) -> Tensor:
    return tensor.detach().to("cpu", torch.float32, copy=True).contiguous()


def _check_plain(name: str, tensor: Any) -> None:
    if type(tensor) not in (Tensor, nn.Parameter):
        raise InvalidValue(f"{name!r} must be a tensor, met {type(tensor).__name__}")
    if tensor.dtype not in _EXACT:
        dtype = str(tensor.dtype).removeprefix("torch.")
        raise InvalidValue(
            f"tensor {name!r} is {dtype}; weights must be float32 or float16 "
            "(bfloat16 moves greedy actions, wider types would be rounded)"
        )
    if tensor.layout != torch.strided or tensor.is_meta or tensor.is_neg():
        raise InvalidValue(f"tensor {name!r} must be dense and hold its own values")
