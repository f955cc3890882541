"""The process that opens inputs: one target, one batch; a line of JSON for each input.

A process of its own, so that an input that takes it down is told from those that do not.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.fuzz.attempt import Bench
from tests.fuzz.guard import MB, Guard, limit_memory
from tests.fuzz.model import Input
from tests.fuzz.registry import find_target

HEADROOM = 3072 * MB
"""Address space beyond what is mapped when the first input comes."""


def work(
    name: str, valid: Path, count: int, seed: int, first: int, failures: Path | None
) -> Iterator[dict[str, object]]:
    """Outcomes of inputs `first` and on of a batch; those that failed are kept in the folder `failures`."""
    target = find_target(name)
    for number, given, bench in _benches(name, valid, target.inputs(valid, count, seed), first):
        if failures:
            keep(valid.with_suffix(".current"), name, given)
        outcome = bench.judge(given)
        yield {"number": number, **vars(outcome), "how": given.how}
        if failures and outcome.kind not in ("accepted", "refused"):
            keep(failures / f"{name}-{seed}-{number}.json", name, given, outcome.said)


def keep(path: Path, target: str, given: Input, said: str = "") -> None:
    """Write down an input so that `python -m tests.fuzz --repeat FILE` opens it again."""
    path.write_text(json.dumps({"target": target, "said": said, "input": given.dump()}))


def _benches(name: str, valid: Path, inputs: Iterator[Input], first: int) -> Iterator[tuple[int, Input, Bench]]:
    with tempfile.TemporaryDirectory(prefix="rlxai-fuzz-") as folder:
        os.chdir(folder)  # where planted code leaves its mark
        bench = Bench(find_target(name), valid, Path(folder), Guard(Path(folder)))
        limit_memory(HEADROOM)
        for number, given in enumerate(inputs):
            if number >= first:
                yield number, given, bench


def main() -> None:
    """Target, folder of valid files, count, seed, first and folder of failures from the command line."""
    name, valid, count, seed, first, failures = sys.argv[1:]
    for outcome in work(name, Path(valid), int(count), int(seed), int(first), Path(failures)):
        print(json.dumps(outcome), flush=True)


if __name__ == "__main__":
    main()
