"""How many threads torch and linear algebra compute with."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from threadpoolctl import threadpool_limits

ENVIRONMENT = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""The same for libraries that are not loaded yet."""


@contextmanager
def one_thread() -> Iterator[None]:
    """Torch, BLAS and OpenMP on one thread for a while.

    Threads split sums, so another number of them rounds some convolutions and products differently: the same work
    would have other bytes on another machine, or beside other processes. And the batches of this project are too small
    to share out: beside a busy process two threads only wait for each other.
    """
    before, environment = torch.get_num_threads(), {name: os.environ.get(name) for name in ENVIRONMENT}
    with threadpool_limits(1):
        os.environ.update(ENVIRONMENT)
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(before)
            for name, value in environment.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value
