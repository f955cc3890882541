"""`python -m tests.fuzz`: the campaign of hostile and broken input, printed as a table.

--count 10000        inputs in all
--seed 0             of the campaign; the same seed gives the same inputs
--target NAME        only this kind of input; repeatable
--failures FOLDER    where inputs that failed are kept (default: fuzz-failures)
--repeat FILE        open one kept input again and say what becomes of it
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from tests.fuzz.attempt import Bench
from tests.fuzz.campaign import Counts, run
from tests.fuzz.guard import Guard
from tests.fuzz.model import BAD, KINDS, Input
from tests.fuzz.registry import NAMES, find_target, prepare


def main() -> int:
    """Run the campaign, or repeat one input; status 1 where anything failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Hostile and broken input.")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--target", action="append", choices=NAMES)
    parser.add_argument("--failures", type=Path, default=Path("fuzz-failures"))
    parser.add_argument("--repeat", type=Path)
    words = parser.parse_args()
    if words.repeat:
        return repeat(words.repeat)
    names = words.target or NAMES
    print(_line(["target", "tries", *KINDS, "CPU s", "slowest s"]))
    total = Counts("all")
    for counts in run(names, words.count, words.seed, words.failures):
        print(_line(_cells(counts)), flush=True)
        for fault in counts.faults[:10]:
            print(f"    {fault['kind']} #{fault['number']} {fault['how']}: {fault['said']}", flush=True)
        total.kinds += counts.kinds
        total.seconds += counts.seconds
        total.slowest = max(total.slowest, counts.slowest)
    print(_line(_cells(total)))
    failed = sum(total.kinds[kind] for kind in BAD)
    if failed:
        print(f"{failed} failed; repeat one by: python -m tests.fuzz --repeat {words.failures}/NAME.json")
    return 1 if failed else 0


def repeat(file: Path) -> int:
    """Open a kept input once more."""
    kept = json.loads(file.read_text())
    with tempfile.TemporaryDirectory(prefix="rlxai-fuzz-") as folder:
        valid, work = Path(folder) / "valid", Path(folder) / "work"
        prepare(kept["target"], str(valid))
        work.mkdir()
        os.chdir(work)
        bench = Bench(find_target(kept["target"]), valid, work, Guard(work))
        outcome = bench.judge(Input.load(kept["input"]))
    print(f"{kept['target']}: {outcome.kind} after {outcome.seconds:.2f} s CPU: {outcome.said}")
    return 0 if outcome.kind in ("accepted", "refused") else 1


def _cells(counts: Counts) -> list[object]:
    kinds = (counts.kinds[kind] for kind in KINDS)
    return [counts.target, counts.tries, *kinds, f"{counts.seconds:.1f}", f"{counts.slowest:.2f}"]


def _line(cells: list[object]) -> str:
    return f"{cells[0]!s:<18}" + "".join(f"{cell!s:>10}" for cell in cells[1:])


if __name__ == "__main__":
    sys.exit(main())
