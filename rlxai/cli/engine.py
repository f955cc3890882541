"""--engine and what belongs to it, for every verb that has tasks done."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import click

from rlxai.pipeline.engines.choice import KINDS, choose_engine
from rlxai.pipeline.engines.sweep import STALL_TIMEOUT

F = TypeVar("F", bound=Callable[..., Any])


def engine_options(function: F) -> F:
    """--engine and what belongs to it; the verb gets `engine`, to be entered."""

    @click.option(
        "--engine", "kind", type=click.Choice(KINDS), default=KINDS[0], show_default=True,
        help="Processes on this machine, or tasks of a Ray cluster.",
    )  # fmt: skip
    @click.option("--address", metavar="HOST:PORT", help="Of the Ray cluster, or auto (default: a Ray of its own).")
    @click.option("--workers", type=int, help="Tasks at a time (default: one per CPU of the machine or cluster).")
    @click.option("--gpus-per-task", default=0.0, show_default=True, help="Share of a GPU to reserve in Ray: 0 to 1.")
    @click.option(
        "--stall-timeout", metavar="SECONDS", default=STALL_TIMEOUT, show_default=True,
        help="A task without progress for so long is stopped and tried again; 0: never.",
    )  # fmt: skip
    @wraps(function)
    def with_engine(
        *arguments: Any,
        kind: str,
        address: str | None,
        workers: int | None,
        gpus_per_task: float,
        stall_timeout: float,
        **rest: Any,
    ) -> Any:
        engine = choose_engine(
            kind, address=address, workers=workers, gpus_per_task=gpus_per_task, stall_timeout=stall_timeout
        )
        return function(*arguments, engine=engine, **rest)

    return with_engine  # type: ignore[return-value]
