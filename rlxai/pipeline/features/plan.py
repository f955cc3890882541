"""From a run with snapshots to what its units are: which tasks, on which states, and in which games."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rlxai.episodes import PLAYERS
from rlxai.errors import InvalidValue, RunError
from rlxai.features.detectors import detectors
from rlxai.features.embedding import has_umap
from rlxai.features.layers import unit_layers
from rlxai.games.objects import FURTHER, REGISTRY, game_objects
from rlxai.pipeline.engines.engine import Engine, Report
from rlxai.pipeline.episodes import ScriptTask
from rlxai.pipeline.features.cards import CardsTask
from rlxai.pipeline.features.conditions import Scene, conditions, look_at
from rlxai.pipeline.features.embedding import EmbeddingTask
from rlxai.pipeline.features.games import ConditionGamesTask, EffectsTask
from rlxai.pipeline.features.join import FeaturesTask
from rlxai.pipeline.features.preimages import PreimagesTask
from rlxai.pipeline.features.units import UnitsTask
from rlxai.pipeline.features.weights import WeightsTask
from rlxai.pipeline.selection import Selection, spread
from rlxai.pipeline.strategy.measure import best_step, play_missing
from rlxai.pipeline.strategy.plan import StrategyPlan, common_states
from rlxai.pipeline.task import Task
from rlxai.pipeline.workflow import choose_snapshots
from rlxai.store import Commit, Run, SnapshotRef


@dataclass(frozen=True)
class FeaturesPlan:
    """How much to look at; with the defaults 12 snapshots take minutes on two cores."""

    games: int = 3
    """Of each snapshot, at least; missing ones are played."""
    epsilon: float = 0.01
    """Share of random actions in these."""
    max_decisions: int = 5000
    """A game is ended there."""
    states: int = 512
    """Common states, on which the units of all snapshots are looked at."""
    scripts: int = 3
    """Scripted games that give half of the common states, where the game has a scripted player."""
    exemplars: int = 6
    """Strongest and weakest states of each unit."""
    randoms: int = 3
    """Random networks on the same states."""
    neurons: int = 24
    """Cards of neurons of each hidden linear layer."""
    steps: int = 96
    """Of the optimiser, for each optimised input, and five times as many for each pre-image; 0 for neither."""
    preimages: int = 2
    """States whose pre-images are searched for; 0 for none."""
    trials: int = 16
    """Games under each condition in which something is taken away; 0 for none."""
    points: int = 768
    """Own states of the best snapshot in its embedding and atlas, and points in that of all snapshots; 0 for none."""
    perplexities: tuple[float, ...] = (5.0, 30.0, 100.0)
    side: int = 9
    """Cells along each side of the atlas."""
    seed: int = 0

    def check(self) -> None:
        """Refuse what cannot be measured before anything is computed.

        Raises:
            InvalidValue: a number is outside its domain.
        """
        least = {"games": 1, "states": 1, "exemplars": 1, "side": 1}
        for name in ("games", "states", "scripts", "exemplars", "randoms", "neurons", "steps", "preimages",
                     "trials", "points", "side", "seed"):  # fmt: skip
            value = getattr(self, name)
            if value < least.get(name, 0):
                raise InvalidValue(f"{name.replace('_', ' ')} must be at least {least.get(name, 0)}, met {value}")
        if not self.perplexities or min(self.perplexities) <= 0:
            raise InvalidValue(f"perplexities must be above 0, met {', '.join(map(str, self.perplexities)) or 'none'}")


def measure_features(run: Run, engine: Engine, report: Report, plan: FeaturesPlan) -> Commit:
    """All that is asked of a run's units; the same call again finds everything done.

    Raises:
        InvalidValue: the plan asks for something outside its domain.
        RunError: the run has no snapshot, or the objects of its game are not known.
    """
    plan.check()
    if game_objects(str(run.info.get("game"))) is None:
        raise RunError(
            f"{run}: the objects of {run.info.get('game')} are not known, so units cannot be compared with them; "
            f"games with known objects: {', '.join(REGISTRY)}; boxes for many others: {FURTHER}=ocatari"
        )
    snapshots = choose_snapshots(run, ())
    playing = StrategyPlan(games=plan.games, epsilon=plan.epsilon, max_decisions=plan.max_decisions)
    known_player = run.info["game"] in PLAYERS
    scripts = [ScriptTask(playing.script, seed) for seed in range(plan.scripts)] if known_player else []
    scripted = engine.run(run, scripts, report)
    games = play_missing(run, snapshots, engine, report, playing)
    best = run.snapshot(best_step(run, games))
    agent = best.load()
    if not any(layer.spatial for layer in unit_layers(agent)):
        raise RunError(f"{run}: the network has no convolution, so no unit has a map to compare with objects")
    skip = agent.preprocessing.frame_stack
    common = common_states(snapshots, games, scripted, plan.states, skip=skip)
    units = engine.run(
        run,
        [
            # All snapshots share one architecture, so the common states need the random networks only once.
            UnitsTask(s.step, s.sha256, common, plan.exemplars, 0 if index else plan.randoms)
            for index, s in enumerate(snapshots)
        ],
        report,
    )
    looked = dict(zip((s.step for s in snapshots), units, strict=True))[best.step]
    own = [(commit.task, int(commit.summary["decisions"])) for commit in games[best.step]]
    scene = look_at(run, agent, spread(own, 48, skip=skip))
    roles, tasks = _further(plan, snapshots, best, looked, common, spread(own, max(plan.points, 1), skip=skip), scene)
    played = _games(run, plan, best, looked, units, scene)
    done = engine.run(run, [*tasks, *played], report)
    parts = [(role, commit.kind, commit.task) for role, commit in zip(roles, done, strict=False)]
    if played:
        named = zip(played, done[len(tasks) :], strict=True)
        results = tuple((task.condition.name, task.condition.kind, commit.task) for task, commit in named)
        effects = engine.run(run, [EffectsTask(best.step, results)], report)[0]
        parts.append(("effects", effects.kind, effects.task))
    page = FeaturesTask(tuple(commit.task for commit in units), tuple(parts), best.step)
    return engine.run(run, [page], report)[0]


def _further(
    plan: FeaturesPlan, snapshots: Sequence[SnapshotRef], best: SnapshotRef, looked: Commit, common: Selection,
    own: Selection, scene: Scene,
) -> tuple[list[str], list[Task]]:  # fmt: skip
    named: dict[str, Task] = {}
    everyone = tuple((s.step, s.sha256) for s in snapshots)
    if plan.points:
        umap = has_umap()
        few = thinned(common, max(1, plan.points // len(snapshots)))
        named["embedding-all"] = EmbeddingTask(everyone, few, plan.perplexities, 0, plan.steps, umap, plan.seed)
        alone = ((best.step, best.sha256),)
        named["embedding-best"] = EmbeddingTask(
            alone, own, plan.perplexities, plan.side, plan.steps, umap, plan.seed
        )  # fmt: skip
    if plan.steps:
        named["cards"] = CardsTask(best.step, best.sha256, looked.task, plan.neurons, plan.steps)
    if plan.preimages and plan.steps:
        states = scene.fullest[: plan.preimages]
        named["preimages"] = PreimagesTask(best.step, best.sha256, states, 5 * plan.steps, scene.background)
    named["weights"] = WeightsTask(everyone, best.step, scene.fullest[0], max(plan.randoms, 1))
    return list(named), list(named.values())


def _games(
    run: Run, plan: FeaturesPlan, best: SnapshotRef, looked: Commit, units: Sequence[Commit], scene: Scene
) -> list[ConditionGamesTask]:
    if not plan.trials:
        return []
    dissection = pd.concat([pd.read_parquet(commit.folder / "dissection.parquet") for commit in units])
    limits = detectors(dissection)
    sizes: Mapping[str, int] = {layer.name: layer.units for layer in unit_layers(best.load()) if layer.spatial}
    chosen = conditions(dissection, limits[limits.step == best.step], scene, sizes, best.step, plan.seed)
    return [
        ConditionGamesTask(
            best.step, best.sha256, condition, looked.task, plan.trials, plan.epsilon, 1000 + plan.seed,
            plan.max_decisions,
        )
        for condition in chosen
    ]  # fmt: skip


def thinned(selection: Selection, states: int) -> Selection:
    """About so many of the states, evenly over all; at least one."""
    flat = [(task, decision) for task, decisions in selection for decision in decisions]
    kept = np.unique(np.linspace(0, len(flat) - 1, min(states, len(flat))).round().astype(int))
    found: dict[str, list[int]] = {}
    for index in kept:
        found.setdefault(flat[index][0], []).append(flat[index][1])
    return tuple((task, tuple(decisions)) for task, decisions in found.items())
