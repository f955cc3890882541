"""evaluate: how well each snapshot plays, and the learning curve."""

from __future__ import annotations

from pathlib import Path

import click

from rlxai.cli import table
from rlxai.cli.common import run_argument, snapshot_option
from rlxai.cli.engine import engine_options
from rlxai.pipeline import evaluate as evaluation
from rlxai.pipeline import workflow
from rlxai.pipeline.engines.choice import KeptEngine
from rlxai.progress import meter
from rlxai.store import open_run


@click.command()
@run_argument
@snapshot_option
@click.option("--games", default=evaluation.GAMES, show_default=True, help="Games per snapshot.")
@click.option("--epsilon", default=evaluation.EPSILON, show_default=True, help="Share of random actions.")
@click.option("--seed", default=0, show_default=True, help="Seed of the first game; the others follow.")
@click.option(
    "--max-decisions", default=evaluation.MAX_DECISIONS, show_default=True, help="A game is ended there: half an hour."
)
@engine_options
def evaluate(
    run: Path, engine: KeptEngine, snapshots: tuple[int, ...], games: int, epsilon: float, seed: int, max_decisions: int
) -> None:
    """Let snapshots (default: all) play many games, and draw the learning curve with intervals.

    The games are those that `rlxai record` plays with the same seeds and epsilon; their frames are not kept.
    """
    opened = open_run(run)
    with meter("evaluate") as progress, engine:
        done, curve = evaluation.evaluate(
            opened, workflow.choose_snapshots(opened, snapshots), engine, progress.report,
            games=games, epsilon=epsilon, seed=seed, max_decisions=max_decisions,
        )  # fmt: skip
    table.show(
        ("step", "games", "mean", "95 % from", "to", "worst", "best"),
        [
            (c.spec["step"], games, c.summary["mean"], c.summary["low"], c.summary["high"], c.summary["min"],
             c.summary["max"])
            for c in done
        ],
    )  # fmt: skip
    if cut := sum(c.summary["cut"] for c in done):
        print(f"note: {cut} games were not over after {max_decisions:,} decisions; their score so far counts")
    if stalled := sum(c.summary["stalled"] for c in done):
        print(f"note: {stalled} games ended because the agent waited for ever; their score so far counts")
    print(f"curve and figure: {curve.folder}")
