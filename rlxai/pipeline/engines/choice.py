"""Engines by name, as the command line offers them."""

from __future__ import annotations

from rlxai.errors import InvalidValue
from rlxai.pipeline.engines.ray_engine import Ray
from rlxai.pipeline.engines.workers import Pool

KINDS = ("local", "ray")

KeptEngine = Pool | Ray
"""An engine that is entered: its processes or its connection stay for several calls."""


def choose_engine(
    kind: str, *, address: str | None, workers: int | None, gpus_per_task: float, stall_timeout: float
) -> KeptEngine:
    """A pool of processes on this machine, or a Ray cluster; nothing is started before it is entered.

    Raises:
        InvalidValue: the engine is unknown, or an option does not belong to it or is outside its domain.
    """
    if kind == "ray":
        return Ray(address, workers=workers, gpus_per_task=gpus_per_task, stall_timeout=stall_timeout)
    if kind != "local":
        raise InvalidValue(f"engine {kind!r} is unknown; there are {', '.join(KINDS)}")
    if address is not None or gpus_per_task:
        raise InvalidValue("an address and GPUs per task go with the engine ray; the engine local has none")
    return Pool(workers, stall_timeout=stall_timeout)
