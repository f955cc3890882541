"""Arguments that several verbs share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT_METHOD = "lrp-epsilon-plus-flat"
DEFAULT_TARGET = "advantage"


def run_argument(function: F) -> F:
    """RUN: the run folder."""
    return click.argument("run", metavar="RUN", type=click.Path(path_type=Path))(function)


def snapshot_option(function: F) -> F:
    """--snapshot STEP, repeatable."""
    return click.option(
        "--snapshot", "snapshots", metavar="STEP", type=int, multiple=True, help="Training step; repeatable."
    )(function)
