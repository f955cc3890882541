"""Ctrl-C at a moment of our choice."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Ctrl-C waits until the end of the block, so that no process is forgotten; processes started inside ignore it.

    Blocking the signal is not enough: the kernel hands it to any other thread that does not block it, such as one of
    a progress bar, and Python then interrupts the main thread all the same.
    """
    met: list[int] = []

    def hold(number: int, _frame: Any) -> None:
        met.append(number)

    mine = threading.current_thread() is threading.main_thread()  # Python interrupts no other
    handler = signal.getsignal(signal.SIGINT)
    held = mine and handler is not None
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    if held:
        signal.signal(signal.SIGINT, hold)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        if held:
            signal.signal(signal.SIGINT, handler)
        if met:
            signal.raise_signal(signal.SIGINT)
