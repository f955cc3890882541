"""Cost of each method in forwards: CPU time divided by that of one forward pass of the same batch, in the same process.

    python -m benchmarks.attribution

Ratios hold across machines far better than seconds do; the minimum of several runs is taken of each.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import numpy as np
import torch

import rlxai
from rlxai.pipeline.demo import SERIES
from rlxai.resources import data_dir
from rlxai.store import open_run

BATCH = 32
REPEATS = 7
SLOW = {"occlusion": 1, "blur-perturbation": 1, "score-cam": 1, "rise": 1, "lime": 1, "sarfa": 1}
"""Repeats of methods that take hundreds of forwards."""


def cpu_seconds(work: Callable[[], object], repeats: int) -> float:
    """Least CPU time of `repeats` runs after one that warms up."""
    work()
    best = float("inf")
    for _ in range(repeats):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def main() -> None:
    torch.set_num_threads(1)
    snapshots = open_run(data_dir("checkpoints") / SERIES).snapshots()
    agent = max(snapshots, key=lambda snapshot: snapshot.meta["provenance"]["evaluation"]["mean"]).load()
    episode = rlxai.record(agent, seed=0, max_decisions=400)
    observations = episode.observations(np.linspace(10, episode.decisions - 1, BATCH).astype(int))
    inputs = agent.to_input(observations)

    def forward() -> None:
        with torch.no_grad():
            agent.network(inputs)

    unit = cpu_seconds(forward, 30)
    print(f"Nature network, batch {BATCH}, one thread, float32; one forward = {unit * 1000:.2f} ms of CPU\n")
    print(f"{'method':30}{'forwards':>10}")
    for name in rlxai.methods():
        work = partial(rlxai.attribute, agent, observations, method=name, target="chosen", batch_size=BATCH)
        try:
            print(f"{name:30}{cpu_seconds(work, SLOW.get(name, REPEATS)) / unit:10.1f}")
        except rlxai.RlxaiError as error:
            print(f"{name:30}{'-':>10}  {error}")


if __name__ == "__main__":
    main()
