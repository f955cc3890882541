"""inspect, verify, clean: look at files and runs without trusting them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from rlxai.attribution import methods
from rlxai.cli import table
from rlxai.cli.common import run_argument
from rlxai.episodes import drift, load_episode
from rlxai.errors import RunError
from rlxai.networks import load_agent
from rlxai.networks.architecture import describe
from rlxai.progress import Meter, meter
from rlxai.store import Run, leftovers, open_run, remove, scores, url_of
from rlxai.store import verify as verify_run


@click.command()
@click.argument("path", metavar="PATH", type=click.Path(path_type=Path))
def inspect(path: Path) -> None:
    """Say what a run folder or a weights file holds; nothing in it is executed."""
    if url_of(path) or (path / "run.json").exists():
        _inspect_run(path)
    else:
        _inspect_agent(path)


@click.command("methods")
def list_methods() -> None:
    """List the attribution methods: family, formula, whether signed, cost."""
    table.show(
        ("method", "family", "signed", "cost in forwards", "formula"),
        [(m.name, m.family, "yes" if m.signed else "no", m.cost, m.formula) for m in methods().values()],
    )


@click.command()
@run_argument
@click.option("--fast", is_flag=True, help="Only that every file is there with its size, not its content.")
@click.option("--replay", is_flag=True, help="Also play each recorded game again and say where this emulator differs.")
def verify(run: Path, fast: bool, replay: bool) -> None:
    """Check every byte of a run against its SHA-256 and say what is broken; of a remote run, where it is kept."""
    opened = open_run(run)
    with meter("verify") as progress:
        report = verify_run(opened, lambda done, total: progress.report("reading", done, total), deep=not fast)
        drifts = _drifts(opened, progress) if replay and not report.problems else []
    for drifted in drifts:
        print(f"note: {drifted}")
    for problem in report.problems:
        print(problem)
    for leftover in report.unfinished:
        print(f"note: {leftover.path} is of interrupted work, or of work under way, and harmless")
    if report.problems:
        raise RunError(f"{opened}: {len(report.problems)} of {report.checked} items are broken")
    looked = "are there, with the sizes they had" if fast else "are as committed"
    print(f"{opened}: all {report.checked} snapshots and results {looked}")


@click.command()
@run_argument
@click.option(
    "--idle", default=60.0, show_default=True, help="Minutes without a write, after which work counts as killed."
)
@click.option("--dry-run", is_flag=True, help="Only say what would be deleted.")
def clean(run: Path, idle: float, dry_run: bool) -> None:
    """Delete what killed work left behind; results are never touched."""
    opened = open_run(run)
    found = leftovers(opened)
    old = [one for one in found if one.idle >= 60 * idle and not one.held]
    if not dry_run:
        remove(opened, old)
    for one in old:
        print(f"{'would delete' if dry_run else 'deleted'} {one.path} ({one.bytes / 1e6:.1f} MB)")
    if young := len(found) - len(old):
        print(f"note: {young} in use, or written to in the last {idle:g} minutes, may be of work under way and stay")
    size = sum(one.bytes for one in old)
    print(f"{opened}: {len(old)} leftovers, {size / 1e6:.1f} MB{' would be' if dry_run else ''} deleted")


def _drifts(run: Run, progress: Meter) -> list[str]:
    """One sentence per game that the installed emulator plays differently; replays show the stored frames anyway."""
    found = []
    games = run.commits("episode")
    for done, commit in enumerate(games):
        progress.report("playing again", done, len(games))
        if difference := drift(load_episode(commit.folder)):
            found.append(f"game {commit.task}: {difference.message}")
    return found


def _inspect_run(path: Path) -> None:
    run = open_run(path)
    score = scores(run)
    print(f"run {run.name}: game {run.info.get('game')}, actions {', '.join(run.info.get('actions') or [])}")
    table.show(
        ("step", "weights", "mean score", "SHA-256"),
        [(s.step, s.meta["dtype"], score.mean.get(s.step), s.sha256[:12]) for s in run.snapshots()],
    )
    print(f"scores: means of {score.games}")
    counts = Counter(record.parent.name for record in run.records())
    print("results: " + (", ".join(f"{number} {kind}" for kind, number in sorted(counts.items())) or "none yet"))


def _inspect_agent(path: Path) -> None:
    agent = load_agent(path)
    print(f"{path}: an agent with {len(agent.actions)} actions ({', '.join(agent.actions)}), outputs {agent.outputs}")
    print(f"game {agent.game or 'unknown'}, step {'unknown' if agent.step is None else f'{agent.step:,}'}")
    channels, height, width = agent.input_shape
    print(f"input ({channels}, {height}, {width}), weights SHA-256 {agent.digest()[:12]}")
    for layer in describe(agent.network):
        print("  " + "  ".join(f"{key} {value}" if key != "type" else str(value) for key, value in layer.items()))
