"""Speed of video export, and where the time goes.

    python -m benchmarks.video [--decisions N] [--repeats N] [--codec NAME ...]

A game of the best shipped agent with LRP maps, read from a run folder as `rlxai video` does. Two things are timed: the
whole export, and composing its pictures alone. Wall time says what a person waits for and needs an idle machine; CPU
time says what the work costs on any. Of several runs the fastest counts.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import textwrap
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from benchmarks.report import processor, table
from benchmarks.results import RESULTS, put
from rlxai.pipeline import Serial, quiet, workflow
from rlxai.pipeline.demo import SEED, SERIES
from rlxai.replay.codecs import CODECS
from rlxai.replay.export import Look, compose_video, export_video
from rlxai.resources import data_dir
from rlxai.store import Commit, Run

TITLE = "Video export"
HEADER = ("codec", "picture", "frames/s", "CPU ms/frame", "compose", "encode", "kB/frame")
METHOD, TARGET = "lrp-epsilon-plus-flat", "advantage"


@dataclass(frozen=True)
class Cost:
    """Of one piece of work, in seconds."""

    wall: float
    cpu: float


def least(work: Callable[[], object], repeats: int) -> Cost:
    """The fastest of several runs, of wall and CPU time each."""
    costs = []
    for _ in range(repeats):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        costs.append(Cost(time.perf_counter() - wall, time.process_time() - cpu))
    return Cost(min(cost.wall for cost in costs), min(cost.cpu for cost in costs))


def subject(folder: Path, decisions: int) -> tuple[Run, Commit, list[Commit]]:
    """A run with one game and its maps by an early snapshot and by the player."""
    run = workflow.copy_series(data_dir("checkpoints") / SERIES, folder / "run")
    best = max(run.snapshots(), key=lambda snapshot: float(snapshot.meta["provenance"]["evaluation"]["mean"]))
    (episode,) = workflow.record_games(run, [best], Serial(), quiet, seed=SEED, max_decisions=decisions)
    shown = workflow.default_panels(run, episode)
    maps = workflow.explain_episode(run, episode, shown, Serial(), quiet, method_names=[METHOD], targets=[TARGET])
    return run, episode, maps


def measure(
    run: Run, episode: Commit, maps: Sequence[Commit], codec: str, repeats: int, folder: Path
) -> tuple[str, ...]:
    """One line of the table."""
    path = folder / f"clip{CODECS[codec].suffixes[0]}"
    look = Look()

    def export() -> None:
        export_video(run, episode, maps, path, look=look, codec=codec)

    clip = compose_video(run, episode, maps, codec=codec, look=look)
    height, width = clip.size
    whole = least(export, repeats)
    alone = least(lambda: deque(compose_video(run, episode, maps, codec=codec, look=look), maxlen=0), repeats)
    frames, encode = clip.total, whole.cpu - alone.cpu
    return (
        CODECS[codec].title, f"{width} x {height}", f"{frames / whole.wall:,.0f}", f"{1e3 * whole.cpu / frames:.2f}",
        _share(alone.cpu, whole.cpu), _share(encode, whole.cpu), f"{path.stat().st_size / frames / 1e3:.2f}",
    )  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.video", description=__doc__)
    parser.add_argument("--decisions", type=int, default=150)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--codec", nargs="*", choices=list(CODECS), default=["h264", "av1", "vp9", "webp", "gif"])
    parser.add_argument("--out", type=Path, default=RESULTS)
    chosen = parser.parse_args(arguments)
    lines = []
    with tempfile.TemporaryDirectory() as place:
        run, episode, maps = subject(Path(place), chosen.decisions)
        wanted = [(codec, 1) for codec in chosen.codec] + [("h264", 2)] * ("h264" in chosen.codec)
        for codec, panels in wanted:
            line = measure(run, episode, maps[-panels:], codec, chosen.repeats, Path(place))
            print(*line, sep="  ", flush=True)
            lines.append(line)
    put(chosen.out, TITLE, f"{_setting()}\n\n{table(HEADER, lines)}")


def _setting() -> str:
    load = os.getloadavg()[0]
    text = (
        f"{date.today().isoformat()}. {processor()}, {os.cpu_count()} cores, load afterwards {load:.1f}. "
        "A panel is a game of 640 x 840 over a legend of 640 x 160. Frames/s are by the clock, for the whole export; "
        "with other work on the machine they say little. CPU time is of all threads; compose and encode are its shares "
        "and run beside each other."
    )
    return textwrap.fill(text, 120)


def _share(part: float, whole: float) -> str:
    return f"{100 * part / whole:.0f} %"


if __name__ == "__main__":
    main()
