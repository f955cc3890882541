"""Peak memory of `rlxai.attribute` and of `rlxai explain` on few and on many decisions.

    python -m benchmarks.memory [--attribute N ...] [--explain N ...] [--out FILE]

Linux only: the peak is the kernel's own high-water mark of the resident set, reset before each piece of work. The first
size of each runs once more beforehand, so that libraries and caches are not counted. In the environment,
MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=131072 makes the allocator hand back at once what is freed.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from torch import nn

import rlxai
from benchmarks.report import table
from benchmarks.results import RESULTS, put
from benchmarks.subject import best_agent, game
from rlxai.episodes import Episode, save_episode
from rlxai.networks import Agent, write_snapshot
from rlxai.pipeline import Serial, quiet, workflow
from rlxai.preprocessing import Preprocessing
from rlxai.store import Commit, Run

TITLE = "Memory"
HOW = f"""
{date.today().isoformat()}. Megabytes by which the resident memory rises at most. What `rlxai.attribute` returns is its
caller's and taken off; its frames are 20 x 20 here, so that 100,000 maps fit in memory. `rlxai explain` reads a stored
game of Breakout and writes maps, on the Nature network.
"""
METHOD = "gradient-x-input"
ACTIONS = ("NOOP", "FIRE", "RIGHT", "LEFT")
PLAYED = 140
"""Decisions of the game that is repeated to make long ones."""


def peak_mb(work: Callable[[], int]) -> float:
    """Megabytes by which the resident set rises at most while `work` runs, less the bytes that it returns."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the high-water mark starts again from here
    before = _status("VmRSS")
    mine = work()
    return (_status("VmHWM") - before - mine) / 1e6


def attribute_peak(decisions: int) -> float:
    """Of `rlxai.attribute` on a small network; observations are one frame seen many times, and take no memory."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = nn.Sequential(
            nn.Conv2d(4, 8, 8, 4), nn.ReLU(), nn.Conv2d(8, 8, 2, 1), nn.ReLU(), nn.Flatten(), nn.Linear(72, 4)
        )
        agent = Agent(network, ACTIONS, Preprocessing(size=20))
    frame = np.arange(1600, dtype=np.uint8).reshape(1, 4, 20, 20)

    def work() -> int:
        result = rlxai.attribute(agent, np.broadcast_to(frame, (decisions, *frame.shape[1:])), method=METHOD)
        kept = result.bias_by_layer or {}
        return result.relevance.nbytes + result.outputs.nbytes + sum(values.nbytes for values in kept.values())

    return peak_mb(work)


def explain_peak(run: Run, episode: Commit) -> float:
    """Of the pipeline behind `rlxai explain`, from an episode on disk to maps on disk."""

    def work() -> int:
        workflow.explain_episode(
            run, episode, run.snapshots(), Serial(), quiet, method_names=[METHOD], targets=["advantage"]
        )
        return 0

    return peak_mb(work)


class Looped:
    """The frames of a short game over and over, as those of a long one."""

    def __init__(self, frames: np.ndarray, count: int) -> None:
        self._frames = frames
        self.shape = (count, *frames.shape[1:])

    def __getitem__(self, entries: slice) -> np.ndarray:
        looped: np.ndarray = self._frames[np.arange(self.shape[0])[entries] % len(self._frames)]
        return looped


def lengthened(episode: Episode, decisions: int) -> Episode:
    """A game of so many decisions that repeats a short one; no emulator would play it."""

    def loop(values: np.ndarray, count: int = decisions) -> np.ndarray:
        return np.resize(values, (count, *values.shape[1:]))

    entries = decisions + 1
    return replace(
        episode,
        recipe=replace(episode.recipe, actions=loop(episode.recipe.actions)),
        screens=Looped(episode.screens[:], entries), ram=Looped(episode.ram[:], entries),
        hashes=loop(episode.hashes, entries), lives=loop(episode.lives, entries), chosen=loop(episode.chosen),
        taken=loop(episode.taken), rewards=loop(episode.rewards), outputs=loop(episode.outputs),
    )  # fmt: skip


def explain_peaks(sizes: Iterable[int]) -> Iterator[tuple[int, float]]:
    """One run with an episode of each length, explained one after the other."""
    agent = best_agent()
    played = game(agent, PLAYED)
    with tempfile.TemporaryDirectory() as folder:
        info = {
            "game": "breakout", "actions": list(agent.actions), "preprocessing": agent.preprocessing.to_dict(),
            "recipe": None, "provenance": {},
        }  # fmt: skip
        run = Run.create(Path(folder) / "run", info)
        write_snapshot(agent, run.snapshots_folder)
        for place, decisions in enumerate(sizes):
            with run.attempt("episode", {"decisions": decisions, "place": place}) as attempt:
                save_episode(lengthened(played, decisions), attempt.folder)
                attempt.summary = {"score": 0.0, "decisions": decisions, "end": "cap", "message": ""}
            (episode,) = (commit for commit in run.commits("episode") if commit.spec["place"] == place)
            yield decisions, explain_peak(run, episode)


def measure(attribute: Sequence[int], explain: Sequence[int]) -> Iterator[tuple[str, int, float]]:
    """Name of the work, decisions, megabytes."""
    if attribute:
        attribute_peak(attribute[0])
    for decisions in attribute:
        yield "attribute", decisions, attribute_peak(decisions)
    warm_up_first = explain_peaks([*explain[:1], *explain])
    for decisions, peak in islice(warm_up_first, 1, None):
        yield "explain", decisions, peak


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--attribute", type=int, nargs="*", default=[1_000, 10_000, 100_000], metavar="N")
    parser.add_argument("--explain", type=int, nargs="*", default=[1_000, 10_000], metavar="N")
    parser.add_argument("--out", type=Path, default=RESULTS)
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(1)
    rows = [
        (work, f"{decisions:,}", f"{peak:.1f}") for work, decisions, peak in measure(chosen.attribute, chosen.explain)
    ]
    body = table(("work", "decisions", "peak in MB"), rows)
    put(chosen.out, TITLE, f"{HOW.strip()}\n\n{body}")
    print(body)


def _status(name: str) -> int:
    """A line of the kernel's account of this process, in bytes."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


if __name__ == "__main__":
    main()
