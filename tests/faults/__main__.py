"""All fault campaigns, or those named: `python -m tests.faults [CAMPAIGN...]`; `make faults` runs all in full size.

Each campaign's row is printed when it is done, with what is needed to repeat a failure: the same seed and size take the
same steps, and every failure names its try. Exit status 1 where anything was lost, wrong or unclear.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from tests.faults import (
    test_clocks,
    test_damage,
    test_every_call,
    test_kill_explain,
    test_kill_train,
    test_no_room,
    test_object_store,
    test_readers,
    test_rivals,
    test_vanishing,
)  # fmt: skip
from tests.faults.failing import compiler
from tests.faults.jobs import JOBS
from tests.faults.mounts import can_mount
from tests.faults.page import update
from tests.faults.tally import SHOWN_FAILURES, table

Rows = Iterable[Any]


def _kill_explain(seed: int, share: float) -> Rows:
    yield test_kill_explain.campaign(seed, kills=_part(200, share))


def _kill_train(seed: int, share: float) -> Rows:
    yield test_kill_train.campaign(seed, kills=_part(50, share))


def _every_call(job: str, seed: int, share: float) -> Rows:
    if compiler() is None:
        return _skipped("needs Linux and a C compiler")
    return test_every_call.campaign(seed, share=share, jobs=[job])


def _readers(seed: int, share: float) -> Rows:
    yield test_readers.campaign(seed, kills=_part(400, share))


def _rivals(seed: int, share: float) -> Rows:
    yield test_rivals.campaign(seed, tasks=_part(250, share))


def _no_room(seed: int, share: float) -> Rows:
    return test_no_room.campaign(seed, tries=_part(20, share)) if can_mount() else _skipped("needs the right to mount")


def _clocks(seed: int, share: float) -> Rows:
    with tempfile.TemporaryDirectory() as scratch:
        yield test_clocks.campaign(Path(scratch), seed, jumps=_part(100, share))


def _damage(seed: int, share: float) -> Rows:
    return test_damage.campaign(seed, tries=_part(60, share))


def _vanishing(seed: int, share: float) -> Rows:
    yield test_vanishing.campaign(seed, tries=_part(100, share))


def _object_store(seed: int, share: float) -> Rows:
    if not (find_spec("moto") and find_spec("obstore")):
        return _skipped("needs moto and obstore")
    return (
        campaign(seed, _part(full, share))
        for campaign, full in ((test_object_store.kills, 60), (test_object_store.outages, 40))
    )


def _fuzz(seed: int, share: float) -> Rows:
    if not find_spec("tests.fuzz.campaign"):
        return _skipped("is not there")
    from tests.fuzz.campaign import rows

    return rows(count=_part(10_000, share), seed=seed)


CAMPAIGNS: dict[str, Callable[[int, float], Rows]] = {
    "kill-explain": _kill_explain,
    "kill-train": _kill_train,
    **{f"every-call-{job}": partial(_every_call, job) for job in JOBS},
    "readers": _readers,
    "rivals": _rivals,
    "no-room": _no_room,
    "clocks": _clocks,
    "damage": _damage,
    "vanishing": _vanishing,
    "object-store": _object_store,
    "fuzz": _fuzz,
}


@click.command()
@click.argument("names", metavar="[CAMPAIGN]...", nargs=-1, type=click.Choice(list(CAMPAIGNS)))
@click.option("--seed", default=0, show_default=True, help="Of everything that is drawn.")
@click.option("--share", default=1.0, show_default=True, help="Part of the full size of each campaign.")
@click.option("--write", "file", type=click.Path(path_type=Path), help="Markdown page to update.")
def main(names: tuple[str, ...], seed: int, share: float, file: Path | None) -> None:
    """Run fault campaigns and print a table."""
    rows: list[Any] = []
    for name in names or CAMPAIGNS:
        for row in CAMPAIGNS[name](seed, share):
            print(f"{name}: {row}", file=sys.stderr, flush=True)
            rows.append(row)
            if file:
                update(file, [row], seed, share)
    print(table(rows))
    failures = [failure for row in rows for failure in getattr(row, "failures", ())]
    for failure in failures[:SHOWN_FAILURES]:
        print(failure)
    raise SystemExit(any(row.lost or row.wrong or row.unclear for row in rows))


def _part(full: int, share: float) -> int:
    return max(1, round(full * share))


def _skipped(why: str) -> Iterator[Any]:
    print(f"skipped: {why}", file=sys.stderr)
    return iter(())


if __name__ == "__main__":
    main()
