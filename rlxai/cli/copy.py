"""copy: a run from a folder into an object store, back, or anywhere else."""

from __future__ import annotations

from pathlib import Path

import click

from rlxai.errors import RunError
from rlxai.progress import meter
from rlxai.store import copy_run, open_run


@click.command()
@click.argument("source", metavar="SRC", type=click.Path(path_type=Path))
@click.argument("target", metavar="DST", type=click.Path(path_type=Path))
def copy(source: Path, target: Path) -> None:
    """Copy a run: SRC and DST are folders, or addresses such as s3://bucket/runs/breakout.

    What is in DST already stays as it is, so that an interrupted copy goes on, and a later one adds what is new. Every
    byte is compared with its SHA-256 before it is sent. The state that a training needs to go on is not copied.
    """
    opened = open_run(source)
    with meter("copy") as progress:
        done = copy_run(opened, target, lambda number, total: progress.report("copying", number, total))
    for problem in done.problems:
        print(problem)
    print(
        f"{done.run}: {done.copied} snapshots and results copied ({done.bytes / 1e6:.1f} MB), "
        f"{done.present} were there already"
    )
    if done.problems:
        raise RunError(f"{opened}: {len(done.problems)} items are broken, and not in the copy")
