"""The global random number generators, kept as they are while rlxai looks at a model in training."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


@contextmanager
def generators_untouched() -> Iterator[None]:
    """Put the states of Python's, NumPy's and torch's (CPU and current CUDA device) global generators back at the end.

    rlxai draws from generators of its own; methods that users register may not.
    """
    devices = [torch.cuda.current_device()] if torch.cuda.is_initialized() else []  # type: ignore[no-untyped-call]
    python, numpy = random.getstate(), np.random.get_state()
    try:
        with torch.random.fork_rng(devices=devices):
            yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
