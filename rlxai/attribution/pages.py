"""Memory that one batch frees, kept for the next one."""

from __future__ import annotations

from functools import cache

import torch


@cache
def keep_freed_pages() -> None:
    """Tell glibc's allocator not to hand each batch's memory back to the system; without effect elsewhere.

    By default glibc returns what lies free beyond a threshold, and the system clears the same pages anew for the next
    batch: up to half of a method's time. The threshold is twice the largest block freed so far, if that was below
    32 MiB. A block that is never written to costs nothing. Up to 64 MiB of freed memory stay with the process.
    """
    torch.empty(2**25 - 2**16, dtype=torch.uint8)
