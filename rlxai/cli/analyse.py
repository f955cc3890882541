"""record, explain, strategy: the pipeline over a run, each resumable, each skipping what is done."""

from __future__ import annotations

from pathlib import Path

import click

from rlxai.cli import table
from rlxai.cli.common import DEFAULT_METHOD, DEFAULT_TARGET, run_argument, snapshot_option
from rlxai.cli.ledger_table import show_ledger
from rlxai.pipeline import LedgerPlan, Pool, workflow
from rlxai.progress import meter
from rlxai.store import open_run


@click.command()
@run_argument
@snapshot_option
@click.option("--games", default=1, show_default=True, help="Games per snapshot.")
@click.option("--seed", default=0, show_default=True, help="Seed of the first game.")
@click.option("--max-decisions", default=5000, show_default=True, help="A game is ended there.")
@click.option("--epsilon", default=0.0, show_default=True, help="Share of random actions.")
def record(run: Path, snapshots: tuple[int, ...], games: int, seed: int, max_decisions: int, epsilon: float) -> None:
    """Let snapshots play (default: all) and keep their games bit by bit."""
    opened = open_run(run)
    with meter("record") as progress, Pool() as engine:
        played = workflow.record_games(
            opened, workflow.choose_snapshots(opened, snapshots), engine, progress.report,
            games=games, seed=seed, max_decisions=max_decisions, epsilon=epsilon,
        )  # fmt: skip
    table.show(
        ("step", "seed", "score", "decisions", "end", "episode"),
        [
            (c.spec["step"], c.spec["seed"], c.summary["score"], c.summary["decisions"], c.summary["end"], c.task)
            for c in played
        ],
    )
    for message in dict.fromkeys(c.summary["message"] for c in played if c.summary["message"]):
        print(f"note: {message}")


@click.command()
@run_argument
@snapshot_option
@click.option("--on", metavar="STEP", type=int, help="Whose game supplies the states (default: the best game).")
@click.option(
    "--method", "methods", multiple=True, default=(DEFAULT_METHOD, "gradient-x-input", "grad-cam"), show_default=True,
    help="Attribution method; repeatable.",
)  # fmt: skip
@click.option(
    "--target", "targets", multiple=True, default=(DEFAULT_TARGET,), show_default=True,
    help="What is explained: chosen, taken, action:i, value, advantage, contrast, contrast:i:j; repeatable.",
)  # fmt: skip
def explain(
    run: Path, snapshots: tuple[int, ...], on: int | None, methods: tuple[str, ...], targets: tuple[str, ...]
) -> None:
    """Compute relevance maps of snapshots on the states of one recorded game.

    Without --snapshot: of the player and of a snapshot from the middle of its training.
    """
    opened = open_run(run)
    episode = workflow.best_episode(opened, on)
    panels = [opened.snapshot(step) for step in snapshots] or workflow.default_panels(opened, episode)
    with meter("explain") as progress, Pool() as engine:
        done = workflow.explain_episode(
            opened, episode, panels, engine, progress.report, method_names=methods, targets=targets
        )
    print(f"states: game {episode.task} of step {episode.spec['step']:,}, score {episode.summary['score']:g}")
    table.show(
        ("method", "target", "step", "maps", "p99.9 of |R|", "attribution"),
        [
            (c.spec["method"], c.spec["target"], c.spec["step"], c.summary["decisions"], c.summary["p999"], c.task)
            for c in done
        ],
    )


@click.command()
@run_argument
@click.option("--method", default=DEFAULT_METHOD, show_default=True)
@click.option("--target", default=DEFAULT_TARGET, show_default=True)
@click.option("--states", default=256, show_default=True, help="Common states, and own states of each snapshot.")
@click.option("--randoms", default=5, show_default=True, help="Random networks of the control.")
def strategy(run: Path, method: str, target: str, states: int, randoms: int) -> None:
    """Measure where the relevance rests, per object and snapshot, beside null controls.

    The states are those of the recorded games; a snapshot without one plays first.
    """
    opened = open_run(run)
    plan = LedgerPlan(method=method, target=target, states=states, randoms=randoms)
    with meter("strategy") as progress, Pool() as engine:
        result = workflow.measure_strategy(opened, engine, progress.report, plan)
    show_ledger(opened, result)
