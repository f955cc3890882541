"""Speed of the engines: two workers against one, cost of a task, start, Ctrl-C, and memory on long games.

    python -m benchmarks.engines [--engines serial pool ray] [--decisions N] [--rounds N] [--frames N ...] [--out FILE]

Wall-clock times, so the machine must have nothing else to do: the load before each figure is told beside it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import date
from pathlib import Path

from benchmarks.engine_tasks import Endless, Nothing
from benchmarks.memory import explain_peaks
from benchmarks.report import processor, table
from rlxai.pipeline import Pool, Serial, quiet, workflow
from rlxai.pipeline.demo import SERIES
from rlxai.pipeline.engines.engine import Engine
from rlxai.pipeline.engines.ray_engine import Ray
from rlxai.resources import data_dir
from rlxai.store import Run, open_run

OUT = Path(__file__).with_name("engines.md")
TARGET = 1.7
"""Times as fast with two workers as with one."""
METHOD = "lrp-epsilon-plus-flat"
SNAPSHOTS = 8
TRIVIAL = 300
Open = Callable[[], AbstractContextManager[Engine]]
ENGINES: dict[str, dict[int, Open]] = {
    "serial": {1: lambda: nullcontext(Serial())},
    "pool": {workers: lambda workers=workers: Pool(workers) for workers in (1, 2)},  # type: ignore[misc]
    "ray": {workers: lambda workers=workers: Ray(workers=workers) for workers in (1, 2)},  # type: ignore[misc]
}
ROOT = Path(__file__).resolve().parents[1]
Line = tuple[str, str, str, str, str]


def sweep_seconds(open_engine: Open, source: Run, folder: Path) -> tuple[float, float]:
    """(seconds to the first trivial result, seconds of the maps with workers that are warm)."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(source.path, folder)
    run = open_run(folder)
    episode = workflow.best_episode(run)
    start = time.perf_counter()
    with open_engine() as engine:
        engine.run(run, [Nothing(-1), Nothing(-2)], quiet)
        first = time.perf_counter() - start
        # One short game by each snapshot: every worker has met torch, the network and the emulator.
        workflow.record_games(run, run.snapshots(), engine, quiet, seed=7, max_decisions=5)
        start = time.perf_counter()
        workflow.explain_episode(
            run, episode, run.snapshots(), engine, quiet, method_names=[METHOD], targets=["advantage"]
        )
        return first, time.perf_counter() - start


def task_milliseconds(open_engine: Open, folder: Path) -> float:
    """Wall-clock time per task that does nothing, commit record and flushes to disk included."""
    run = Run.create(folder, {"game": "breakout"})
    with open_engine() as engine:
        engine.run(run, [Nothing(-1), Nothing(-2)], quiet)
        start = time.perf_counter()
        engine.run(run, [Nothing(number) for number in range(TRIVIAL)], quiet)
        return 1000 * (time.perf_counter() - start) / TRIVIAL


def interrupt_seconds(engine: str, folder: Path) -> float:
    """From Ctrl-C until the command and all processes of its group are gone; one of two tasks makes no progress."""
    run = Run.create(folder / "run", {"game": "breakout"})
    notes = folder / "notes"
    notes.mkdir()
    tasks = [Endless(1, str(notes), False), Endless(2, str(notes), True)]
    script = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
        "from benchmarks.engines import ENGINES; from benchmarks.engine_tasks import Endless;"
        "from rlxai.store import open_run;"
        f"run = open_run({str(run.path)!r}); tasks = {tasks!r};\n"
        f"with ENGINES[{engine!r}][2]() as engine: engine.run(run, tasks, lambda *_: None)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        while len(list(notes.iterdir())) < len(tasks):
            if parent.poll() is not None:
                raise RuntimeError("the command ended before its tasks began")
            time.sleep(0.05)
        time.sleep(1)
        start = time.perf_counter()
        os.killpg(parent.pid, signal.SIGINT)
        parent.wait(60)
        while _group_alive(parent.pid) and time.perf_counter() - start < 60:
            time.sleep(0.01)
        return time.perf_counter() - start
    finally:
        if _group_alive(parent.pid):
            os.killpg(parent.pid, signal.SIGKILL)


def measure(engines: Sequence[str], decisions: int, rounds: int, frames: Sequence[int], folder: Path) -> Iterator[Line]:
    """Lines of the table: figure, measured, target, met, load before it."""
    source = _source(folder / "source", decisions)
    for name in engines:
        load = _load()
        times = {
            workers: [sweep_seconds(open_engine, source, folder / "sweep") for _ in range(rounds)]
            for workers, open_engine in ENGINES[name].items()
        }
        most = max(times)
        yield _line(f"{name}: s to the first result", f"{min(first for first, _ in times[most]):.1f}", load)
        best = {workers: min(seconds for _, seconds in found) for workers, found in times.items()}
        for workers, seconds in best.items():
            many = f"{workers} worker{'s'[: workers > 1]}"
            yield _line(f"{name}: s for {SNAPSHOTS} x {decisions} maps, {many}", f"{seconds:.1f}", load)
        if len(best) > 1:
            ratio = best[1] / best[2]
            met = "yes" if ratio >= TARGET else "NO"
            yield (f"{name}: two workers against one", f"{ratio:.2f} times", f">= {TARGET}", met, load)
        load = _load()
        cost = min(task_milliseconds(ENGINES[name][most], folder / f"{name}-{number}") for number in range(rounds))
        yield _line(f"{name}: ms per task without work", f"{cost:.1f}", load)
        if most > 1:
            load = _load()
            (folder / name).mkdir()
            seconds = interrupt_seconds(name, folder / name)
            yield f"{name}: s from Ctrl-C to the last process", f"{seconds:.2f}", "<= 2", _met(seconds <= 2), load
    load = _load()
    for number, peak in list(explain_peaks([frames[0], *frames]))[1:] if frames else []:
        yield _line(f"a task's peak memory, {number:,} frames, MB", f"{peak:.0f}", load)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--engines", nargs="*", choices=ENGINES, default=list(ENGINES))
    parser.add_argument("--decisions", type=int, default=1000, help="of the game that is explained")
    parser.add_argument("--rounds", type=int, default=3, help="of which the best counts")
    parser.add_argument("--frames", type=int, nargs="*", default=[1_000, 10_000, 100_000], metavar="N")
    parser.add_argument("--out", type=Path, default=OUT)
    chosen = parser.parse_args(arguments)
    how = textwrap.fill(
        f"Written by `make bench-engines`. {date.today().isoformat()}. {processor()}, {os.cpu_count()} cores. "
        f"Maps of {SNAPSHOTS} shipped snapshots on one game of Breakout by {METHOD}, workers warm, the best of "
        f"{chosen.rounds} rounds. A task without work makes its folder, its commit record and the flushes to disk. "
        "Ray is one of its own on this machine. Peak memory is what `rlxai explain` adds to its process. Times are "
        "wall-clock times. The load is the kernel's average of the minute before, what went before included.",
        120,
    )
    with tempfile.TemporaryDirectory() as folder:
        lines = list(measure(chosen.engines, chosen.decisions, chosen.rounds, chosen.frames, Path(folder)))
    body = table(("figure", "measured", "target", "met", "load"), lines)
    chosen.out.write_text(f"# Speed of the engines\n\n{how}\n\n{body}\n", encoding="utf-8")
    print(body)


def _source(folder: Path, decisions: int) -> Run:
    """A run of some shipped snapshots, and one game of the last."""
    shipped = open_run(data_dir("checkpoints") / SERIES)
    run = workflow.copy_series(shipped.path, folder)
    for snapshot in run.snapshots()[:-SNAPSHOTS]:
        snapshot.path.with_suffix(".json").unlink()
    workflow.record_games(run, run.snapshots()[-1:], Serial(), quiet, max_decisions=decisions)
    return run


def _line(figure: str, measured: str, load: str) -> Line:
    return figure, measured, "-", "-", load


def _met(condition: bool) -> str:
    return "yes" if condition else "NO"


def _load() -> str:
    return f"{os.getloadavg()[0]:.1f}"


def _group_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    main()
