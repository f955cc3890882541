"""Ray as rlxai uses it: imported when asked for, connected to or started, and asked for what it has."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from importlib import import_module
from io import StringIO
from typing import Any

from rlxai.errors import InvalidValue, RunError
from rlxai.pipeline.engines.interrupts import interrupts_held

INSTALL = 'pip install "rlxai[ray]"'
_ANSWER_SECONDS = 3.0
_OBJECT_STORE_BYTES = 80 * 2**20
"""Little more than Ray's least: nothing but messages goes through it."""
_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, 4, 0, 0, 0, 0, 0))
"""What opens a conversation in HTTP/2, which Ray's control service speaks: a fixed text and empty settings."""


def load() -> Any:
    """The module `ray`.

    Raises:
        InvalidValue: it is not installed.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is sent to its makers
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # its coming default; else a warning
    try:
        return import_module("ray")
    except ImportError:
        raise InvalidValue(f"the engine ray needs Ray; install it with: {INSTALL}") from None


@contextmanager
def connected(address: str | None, workers: int | None) -> Iterator[Any]:
    """Ray for a while: of the cluster at `address`, or else one of its own on this machine, with so many CPUs.

    Where this process is connected already, that connection is used, and stays.

    Args:
        address: HOST:PORT of the cluster's head, or `auto` for a cluster that this machine belongs to.
        workers: CPUs of a Ray of its own; by default those of this machine.

    Raises:
        InvalidValue: Ray is not installed, or the address is none.
        RunError: nothing answers at the address, or Ray does not start.
    """
    if address is None and "ray" not in sys.modules and "RAY_AUTH_MODE" not in os.environ:
        # Ray listens on all interfaces: of its own, it obeys only who knows this.
        os.environ.update(RAY_AUTH_MODE="token", RAY_AUTH_TOKEN=secrets.token_hex(32))
    ray = load()
    if ray.is_initialized():
        yield ray
        return
    found = None if address is None else _answering(ray, address)
    try:
        if found:
            ray.init(found, log_to_driver=False, logging_level=logging.ERROR)
        else:
            ray.init(
                "local", num_cpus=workers, include_dashboard=False, object_store_memory=_OBJECT_STORE_BYTES,
                log_to_driver=False, logging_level=logging.ERROR,
            )  # fmt: skip
    except (Exception, SystemExit) as error:
        why = _first_line(error)
        if found:
            raise RunError(f"the Ray cluster at {found} cannot be joined ({why}); is RAY_AUTH_TOKEN its own?") from None
        raise RunError(f"Ray does not start on this machine ({why})") from None
    _silence(ray)
    if not found:
        _end_autoscaler(ray)
    try:
        yield ray
    finally:
        with interrupts_held():
            ray.shutdown()


def slots(ray: Any, gpus_per_task: float) -> int:
    """Tasks that the cluster can do at a time.

    Raises:
        RunError: none at all.
    """
    found = ray.cluster_resources()
    cpus, gpus = int(found.get("CPU", 0)), found.get("GPU", 0.0)
    if cpus < 1:
        raise RunError("the Ray cluster has no CPU to do tasks with: start a node with --num-cpus of 1 or more")
    if gpus_per_task > gpus:
        raise RunError(f"the Ray cluster has {gpus:g} GPUs, and a task is to have {gpus_per_task:g} of one")
    # Tasks share a GPU, but none has parts of two.
    return min(cpus, int(gpus) * int(1 / gpus_per_task)) if gpus_per_task else cpus


def _answering(ray: Any, address: str) -> str:
    """HOST:PORT, if a service that may be Ray's answers there.

    Ray itself tries for minutes and may end the process.
    """
    if address.startswith("ray://"):
        raise InvalidValue(
            f"{address}: Ray Client is not supported; run rlxai on a node of the cluster, with --address auto"
        )
    try:
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            found = ray._private.services.canonicalize_bootstrap_address(address)
        host, port = str(found).removeprefix("[").replace("]", "").rsplit(":", 1)
        number = int(port)
    except ConnectionError:
        raise RunError("no Ray cluster runs on this machine; start one with: ray start --head") from None
    except (ValueError, OSError):
        raise InvalidValue(f"{address!r} is no address of a Ray cluster: give HOST:PORT, or auto") from None
    try:
        with socket.create_connection((host, number), timeout=_ANSWER_SECONDS) as connection:
            connection.sendall(_PREFACE)
            header = connection.recv(9)
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or error
        raise RunError(f"no Ray cluster answers at {address} ({why})") from None
    if header[3:4] != b"\x04":  # settings, in HTTP/2
        raise RunError(f"what answers at {address} is no Ray cluster")
    return str(found)


def _silence(ray: Any) -> None:
    """Ray prints the end of every worker on standard output; the engine says what is worth saying."""
    with suppress(AttributeError):
        ray._private.worker.print_to_stdstream = lambda *_arguments, **_named: None


def _end_autoscaler(ray: Any) -> None:
    """A Ray of its own has no nodes to add, and this process lets every `ray.shutdown` wait a second for its end."""
    with suppress(AttributeError, KeyError):
        for one in ray._private.worker._global_node.all_processes["monitor"]:
            one.process.kill()
            one.process.wait(_ANSWER_SECONDS)


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
