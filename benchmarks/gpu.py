"""On a GPU: 30 snapshots x 1000 frames x nine backward methods, in seconds.

    python -m benchmarks.gpu

The clock runs from observations (uint8) and networks on the card to maps on the card, summed over the stacked frames
as the replay shows them; copies of whole maps to the host would measure the bus.
"""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

import torch
from torch import Tensor, nn

from benchmarks.results import RESULTS, has, put
from benchmarks.subject import batch, best_agent, snapshots
from benchmarks.targets import NINE
from rlxai.attribution import explain_batch, forward_pass

SNAPSHOTS, FRAMES, ROUNDS = 30, 1000, 5
TITLE = "On a GPU"
AIM = 1.0
"""Seconds, on an H200-class card."""


def explain_all(network: nn.Sequential, observations: Tensor, size: int, maps: Tensor) -> None:
    """Every frame by every method.

    Args:
        network: on the observations' device.
        observations: uint8 (T, C, H, W).
        size: frames at a time.
        maps: float32 (methods, T, H, W), written.
    """
    for start in range(0, len(observations), size):
        part = slice(start, start + size)
        forward = forward_pass(network, observations[part].float() / 255)
        for j, method in enumerate(NINE):
            maps[j, part] = explain_batch(forward, method, "chosen").relevance.sum(1)


def measure(device: str, count: int = SNAPSHOTS, frames: int = FRAMES, size: int = 500) -> float:
    """Least seconds of several rounds, the first of which warms up."""
    series = snapshots()
    networks = [series[i % len(series)].load().network.to(device) for i in range(count)]
    some = torch.as_tensor(batch(best_agent(), min(frames, 250)))
    observations = some.repeat(-(-frames // len(some)), 1, 1, 1)[:frames].to(device)
    maps = observations.new_empty((len(NINE), frames, *observations.shape[2:]), dtype=torch.float32)
    best = float("inf")
    for _ in range(ROUNDS):
        _wait(device)
        start = time.perf_counter()
        for network in networks:
            explain_all(network, observations, size, maps)
        _wait(device)
        best = min(best, time.perf_counter() - start)
    return best


def section() -> str:
    """What was measured, on which card."""
    seconds = measure("cuda")
    return (
        f"{date.today().isoformat()}, {torch.cuda.get_device_name()}, torch {torch.__version__}: {SNAPSHOTS} snapshots "
        f"x {FRAMES:,} frames x {len(NINE)} backward methods in {seconds:.2f} s, "
        f"{SNAPSHOTS * FRAMES * len(NINE) / seconds:,.0f} maps per second (aim: {AIM:g} s on an H200-class card)."
    )


def main(path: Path = RESULTS) -> None:
    """Write the section; a run without a GPU leaves that of an earlier one alone."""
    if torch.cuda.is_available():
        put(path, TITLE, section())
    elif not has(path, TITLE):
        put(path, TITLE, "No GPU was at hand; `make bench` fills this in where there is one.")


def _wait(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()


if __name__ == "__main__":
    main()
