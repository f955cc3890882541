"""Memory does not grow with the number of decisions, measured by the kernel in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    not os.access("/proc/self/clear_refs", os.W_OK), reason="no high-water mark that can be reset: not Linux"
)
# Large blocks go back to the system when they are freed, so that the allocator's reserve does not count.
RETURNED = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "131072"}
ROOT = Path(__file__).resolve().parents[2]


def peaks(work: str, sizes: tuple[int, int]) -> list[float]:
    """Peak megabytes at both sizes."""
    nothing = {"attribute": "--explain", "explain": "--attribute"}[work]
    command = [sys.executable, "-m", "benchmarks.memory", f"--{work}", *map(str, sizes), nothing, "--out", os.devnull]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", **RETURNED}
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=250)
    assert run.returncode == 0, run.stderr
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in run.stdout.splitlines()]
    found = {int(line[1].replace(",", "")): float(line[2]) for line in lines if line[0] == work}
    return [found[size] for size in sizes]


def test_attribute_holds_its_result_and_one_batch() -> None:
    """20 000 small maps take 128 MB; anything else that is kept of each would show."""
    few, many = peaks("attribute", (200, 20_000))
    assert abs(many - few) < 8


def test_explain_holds_a_few_batches() -> None:
    """1 200 more maps of 84 x 84 would take 135 MB."""
    few, many = peaks("explain", (300, 1500))
    assert 20 < few < 250
    assert abs(many - few) < 32
