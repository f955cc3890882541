"""features: what the network's units are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pandas as pd

from rlxai.cli import table
from rlxai.cli.common import run_argument
from rlxai.cli.engine import engine_options
from rlxai.features.report_words import percent
from rlxai.pipeline.engines.choice import KeptEngine
from rlxai.pipeline.features.plan import FeaturesPlan, measure_features
from rlxai.progress import meter
from rlxai.store import Commit, open_run
from rlxai.strategy.figure import shown_objects

_PLAN = FeaturesPlan()


@click.command()
@run_argument
@click.option("--games", default=_PLAN.games, show_default=True, help="Games per snapshot; missing ones are played.")
@click.option("--epsilon", default=_PLAN.epsilon, show_default=True, help="Share of random actions in games.")
@click.option("--max-decisions", default=_PLAN.max_decisions, show_default=True, help="Games are ended there.")
@click.option("--states", default=_PLAN.states, show_default=True, help="Common states to look at units in.")
@click.option("--scripts", default=_PLAN.scripts, show_default=True, help="Scripted games that give common states.")
@click.option("--exemplars", default=_PLAN.exemplars, show_default=True, help="Strongest and weakest states per unit.")
@click.option("--randoms", default=_PLAN.randoms, show_default=True, help="Random networks of the control.")
@click.option("--neurons", default=_PLAN.neurons, show_default=True, help="Cards per hidden linear layer.")
@click.option("--steps", default=_PLAN.steps, show_default=True, help="Of the optimiser of inputs; 0: none of these.")
@click.option("--preimages", default=_PLAN.preimages, show_default=True, help="States to invert; 0: none.")
@click.option("--trials", default=_PLAN.trials, show_default=True, help="Games per thing taken away; 0: none.")
@click.option("--points", default=_PLAN.points, show_default=True, help="States in embeddings and atlas; 0: none.")
@click.option(
    "--perplexity", "perplexities", type=float, multiple=True, default=_PLAN.perplexities, show_default=True,
    help="Of t-SNE; repeatable.",
)  # fmt: skip
@click.option("--side", default=_PLAN.side, show_default=True, help="Cells along each side of the atlas.")
@click.option("--seed", default=_PLAN.seed, show_default=True, help="Of embeddings, random units and the games.")
@engine_options
def features(run: Path, engine: KeptEngine, **sizes: Any) -> None:
    """What the network's units are: cards, dissection by objects, what they are worth in games, kernels, embeddings.

    Units are compared with exact object masks beside null controls; games without an object or without units are
    paired by seed. Snapshots with fewer games than asked for play more first.
    """
    opened = open_run(run)
    with meter("features") as progress, engine:
        result = measure_features(opened, engine, progress.report, FeaturesPlan(**sizes))
    show_features(result)


def show_features(result: Commit) -> None:
    """Print which units mark which objects, what taking things away costs, and where the files are."""
    best = result.summary["best"]
    found = pd.read_parquet(result.folder / "detectors.parquet")
    shown = shown_objects(found.object, found.object.nunique())
    found = found[(found.step == best) & (found.detectors > 0) & found.object.isin(shown)]
    print(f"units that mark objects, step {best:,} (IoU; detectors beat both controls with their whole interval)")
    rows = [
        (r["object"], r["layer"], str(r["unit"]), r["iou"], r["low"], r["high"], r["shuffled"], r["random"],
         int(r["detectors"]))
        for r in found.sort_values(["object", "layer"]).to_dict("records")
    ]  # fmt: skip
    header = ("object", "layer", "best unit", "IoU", "from", "to", "other states", "random", "detectors")
    table.show(header, rows) if rows else print("none does better than both")
    if "effects.parquet" in result.files:
        effects = pd.read_parquet(result.folder / "effects.parquet")
        print(f"\nscore without ... ({int(effects.games.iloc[0])} games each, differences paired by seed)")
        table.show(
            ("without", "score", "from", "to", "difference", "from", "to", "left"),
            [
                (r["condition"], r["score"], r["low"], r["high"], r["difference"], r["difference_low"],
                 r["difference_high"], percent(r["share"]))
                for r in effects.to_dict("records")
            ],
        )  # fmt: skip
    print(f"\ntables and figures: {result.folder}")
    print(f"page: {result.folder / 'features.html'}")
