"""How many threads torch computes with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def one_thread() -> Iterator[None]:
    """Torch on one thread for a while.

    Threads split sums, so another number of them rounds some convolutions and products differently: the same work
    would have other bytes on another machine, or beside other processes. And the batches of this project are too small
    to share out: beside a busy process two threads only wait for each other.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
