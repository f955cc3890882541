"""Arguments that several verbs share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from rlxai.store import url_of

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT_METHOD = "lrp-epsilon-plus-flat"
DEFAULT_TARGET = "advantage"


def run_argument(function: F) -> F:
    """RUN: the run's folder, or its address in an object store, which `open_run` finds in the path made of it."""
    return click.argument("run", metavar="RUN", type=click.Path(path_type=Path))(function)


class NewFolder(click.Path):
    """A folder that a verb writes a run into; addresses of object stores are refused."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path."""
        if url_of(value) is not None:
            self.fail(f"{value} is no folder; make the run in one, then: rlxai copy FOLDER {value}", param, ctx)
        return super().convert(value, param, ctx)


def snapshot_option(function: F) -> F:
    """--snapshot STEP, repeatable."""
    return click.option(
        "--snapshot", "snapshots", metavar="STEP", type=int, multiple=True, help="Training step; repeatable."
    )(function)
