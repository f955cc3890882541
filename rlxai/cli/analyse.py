"""record, explain, strategy: the pipeline over a run, each resumable, each skipping what is done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from rlxai.cli import table
from rlxai.cli.common import DEFAULT_METHOD, DEFAULT_TARGET, run_argument, snapshot_option
from rlxai.cli.engine import engine_options
from rlxai.cli.ledger_table import show_strategy
from rlxai.pipeline import StrategyPlan, measure_strategy, workflow
from rlxai.pipeline.engines.choice import KeptEngine
from rlxai.progress import meter
from rlxai.store import open_run

_PLAN = StrategyPlan()


@click.command()
@run_argument
@snapshot_option
@click.option("--games", default=1, show_default=True, help="Games per snapshot.")
@click.option("--seed", default=0, show_default=True, help="Seed of the first game.")
@click.option("--max-decisions", default=5000, show_default=True, help="A game is ended there.")
@click.option("--epsilon", default=0.0, show_default=True, help="Share of random actions.")
@engine_options
def record(
    run: Path, engine: KeptEngine, snapshots: tuple[int, ...], games: int, seed: int, max_decisions: int, epsilon: float
) -> None:
    """Let snapshots play (default: all) and keep their games bit by bit."""
    opened = open_run(run)
    with meter("record") as progress, engine:
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
@engine_options
def explain(
    run: Path,
    engine: KeptEngine,
    snapshots: tuple[int, ...],
    on: int | None,
    methods: tuple[str, ...],
    targets: tuple[str, ...],
) -> None:
    """Compute relevance maps of snapshots on the states of one recorded game.

    Without --snapshot: of the player and of a snapshot from the middle of its training.
    """
    opened = open_run(run)
    episode = workflow.best_episode(opened, on)
    panels = [opened.snapshot(step) for step in snapshots] or workflow.default_panels(opened, episode)
    with meter("explain") as progress, engine:
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
@click.option("--games", default=_PLAN.games, show_default=True, help="Games per snapshot; missing ones are played.")
@click.option("--epsilon", default=_PLAN.epsilon, show_default=True, help="Share of random actions in these.")
@click.option("--max-decisions", default=_PLAN.max_decisions, show_default=True, help="These are ended there.")
@click.option(
    "--states", default=_PLAN.states, show_default=True, help="Common states, and own states of each snapshot."
)
@click.option("--scripts", default=_PLAN.scripts, show_default=True, help="Scripted games that give common states.")
@click.option("--randoms", default=_PLAN.randoms, show_default=True, help="Random networks of the control.")
@click.option(
    "--clusters", default=_PLAN.clusters, show_default=True, help="Own states per snapshot to cluster; 0: none."
)
@click.option("--embedding", default=_PLAN.embedding, show_default=True, help="Of their picture: tsne or umap.")
@click.option("--edits", default=_PLAN.edits, show_default=True, help="Common states to edit; 0: none.")
@click.option("--rollouts", default=_PLAN.rollouts, show_default=True, help="Edited states to play on from; 0: none.")
@click.option("--events", default=_PLAN.events, show_default=True, help="Events to look around, of a kind; 0: none.")
@click.option("--units", default=_PLAN.units, show_default=True, help="States to look at single units in; 0: none.")
@click.option(
    "--claims", "claims", metavar="FILE", multiple=True, type=click.Path(path_type=Path),
    help="YAML file of a claim of your own; repeatable.",
)  # fmt: skip
@engine_options
def strategy(run: Path, engine: KeptEngine, **sizes: Any) -> None:
    """Which strategy it is, since when, and which stories about it hold: verdicts, tables, figures and a report.

    Where the relevance rests on objects, what the agent does, what edits of the state change, all beside null controls
    and with intervals over games. Snapshots with fewer games than asked for play more first.
    """
    opened = open_run(run)
    with meter("strategy") as progress, engine:
        result = measure_strategy(opened, engine, progress.report, StrategyPlan(**sizes))
    show_strategy(opened, result)
