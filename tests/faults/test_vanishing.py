"""Files that go, and come back, while the dashboard shows the run: never zeros, never another file's bytes.

The same in a real browser is in tests/browser/test_load.py.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rlxai.store import Run
from tests.faults.tally import Finding, Tally
from tests.faults.test_damage import Served, build, other_than, player_addresses, served


def campaign(seed: int = 0, tries: int = 100) -> Tally:
    """One row.

    Args:
        seed: of the files.
        tries: files that go.
    """
    row, dice = Tally("files that go while the dashboard shows them", seed), random.Random(seed)
    with row.timed(), tempfile.TemporaryDirectory() as scratch:
        run = build(Path(scratch, "run"))
        asked = player_addresses(run)
        truth = served(run, asked)
        files = sorted(path for path in run.path.glob("objects/**/*") if path.is_file())
        for number in range(tries):
            some = dice.sample(files, dice.randint(1, 3))
            dice.shuffle(asked)
            names = ", ".join(str(path.relative_to(run.path)) for path in some)
            row.add(f"try {number}, {names}", _amiss(run, asked, truth, some))
    return row


def _amiss(run: Run, asked: list[str], truth: Served, files: list[Path]) -> Iterator[Finding]:
    aside = [path.with_name(f"{path.name}.aside") for path in files]
    for path, other in zip(files, aside, strict=True):
        path.rename(other)
    try:
        yield from other_than(truth, run, asked)
    finally:
        for path, other in zip(files, aside, strict=True):
            other.rename(path)
    again = served(run, asked)
    yield from (Finding("lost", f"{name} is not served any more") for name in truth if not again[name])
    yield from (Finding("wrong", f"{name} is other") for name in truth if again[name] and again[name] != truth[name])


def test_what_goes_while_it_is_shown_is_said_and_comes_back():
    campaign(seed=1, tries=6).require_clean()
