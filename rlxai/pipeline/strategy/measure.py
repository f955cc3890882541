"""From a run with snapshots to its strategy: play, ledgers, behaviour, clusters, edits, and what they add up to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rlxai.episodes import PLAYERS, load_episode
from rlxai.errors import RunError
from rlxai.games.behaviour import game_behaviour
from rlxai.games.objects import FURTHER, REGISTRY, game_objects
from rlxai.pipeline.engines.engine import Engine, Report
from rlxai.pipeline.episodes import EpisodeTask, ScriptTask
from rlxai.pipeline.report_sections import further_results
from rlxai.pipeline.strategy.aligned import measure_aligned
from rlxai.pipeline.strategy.atoms import measure_atoms
from rlxai.pipeline.strategy.behaviour import BehaviourTask
from rlxai.pipeline.strategy.join import StrategyTask
from rlxai.pipeline.strategy.plan import StrategyPlan, plan_clusters, plan_edits, plan_ledgers
from rlxai.pipeline.workflow import choose_snapshots, games_of
from rlxai.store import Commit, Run, SnapshotRef, scores
from rlxai.strategy.claims.claim import collect_claims

_SEEDS = 4
"""Seeds tried at most for each game that is planned."""


def measure_strategy(run: Run, engine: Engine, report: Report, plan: StrategyPlan) -> Commit:
    """All that is asked of a run: ledgers on common and own states with their controls, behaviour, clusters, claims.

    States come from all recorded games and that of the scripted player. Snapshots with fewer games than planned play
    more first.

    Raises:
        InvalidValue: the plan asks for an unknown method or target, or for nothing.
        FileRefused: a file of claims cannot be used.
        RunError: the run has no snapshot, or the objects of its game are not known.
    """
    plan.check()
    claims = collect_claims(plan.claims)
    if game_objects(str(run.info.get("game"))) is None:
        raise RunError(
            f"{run}: the objects of {run.info.get('game')} are not known, so relevance cannot be assigned "
            f"to them; games with known objects: {', '.join(REGISTRY)}; boxes for many others: {FURTHER}=ocatari"
        )
    snapshots = choose_snapshots(run, ())
    known_player = plan.script and run.info["game"] in PLAYERS
    scripts = [ScriptTask(plan.script, seed) for seed in range(plan.scripts)] if known_player else []
    scripted = engine.run(run, scripts, report)
    games = play_missing(run, snapshots, engine, report, plan)
    stack = snapshots[0].load().preprocessing.frame_stack
    known = game_behaviour(run.info["game"]) is not None
    behaviours = [BehaviourTask.of(s, tuple(c.task for c in games[s.step])) for s in snapshots] if known else []
    behaved = engine.run(run, behaviours, report)
    best = best_step(run, games)
    ledgers = engine.run(run, plan_ledgers(snapshots, games, scripted, plan, skip=stack), report)
    clusters = engine.run(run, plan_clusters(snapshots, games, best, plan, skip=stack), report)
    edits = plan_edits(run.info["game"], snapshots, games, scripted, plan, skip=stack)
    edited = engine.run(run, edits, report) if edits else []
    figures: list[Commit] = []
    curves = list(edited)
    if plan.events and known:
        aligned = measure_aligned(
            run, engine, report, games, method=plan.method, target=plan.target, most=plan.events
        )  # fmt: skip
        figures.append(aligned)
    if plan.units and scripted:  # scripted games show ball and paddle apart, which others may not
        everyone = [*scripted, *(commit for played in games.values() for commit in played)]
        atoms = measure_atoms(run, engine, report, everyone, states=plan.units)
        figures.append(atoms)
        curves += [run.commit("atoms", task) for task in atoms.spec["results"]]
    figures += further_results(run)
    task = StrategyTask(
        tuple(commit.task for commit in ledgers), tuple(commit.task for commit in behaved), _named(curves),
        tuple(commit.task for commit in clusters), _named(figures), tuple(claims), best,
    )  # fmt: skip
    return engine.run(run, [task], report)[0]


def _named(commits: Sequence[Commit]) -> tuple[tuple[str, str], ...]:
    return tuple((commit.kind, commit.task) for commit in commits)


def play_missing(
    run: Run, snapshots: Sequence[SnapshotRef], engine: Engine, report: Report, plan: StrategyPlan
) -> dict[int, list[Commit]]:
    """By step the different games of each snapshot, after those have played that had fewer than planned.

    Games may turn out to be equal, mostly without exploration; then some more seeds are tried, but not for ever.
    """
    while True:
        games = {snapshot.step: different_games(run, snapshot) for snapshot in snapshots}
        tasks = [task for s in snapshots for task in _unplayed(run, s, plan)[: max(0, plan.games - len(games[s.step]))]]
        if not tasks:
            return games
        engine.run(run, tasks, report)


def different_games(run: Run, snapshot: SnapshotRef) -> list[Commit]:
    """The recorded games of a snapshot; of games that are equal to the last byte, one."""
    found = {load_episode(commit.folder).hashes.tobytes(): commit for commit in reversed(games_of(run, snapshot))}
    return list(reversed(found.values()))


def best_step(run: Run, games: Mapping[int, Sequence[Commit]]) -> int:
    """The snapshot with the best evaluation; where there is none, with the best mean of its recorded games."""
    means = scores(run).mean or {
        step: sum(commit.summary["score"] for commit in played) / len(played) for step, played in games.items()
    }
    return max(means, key=lambda step: (means[step], -step))


def _unplayed(run: Run, snapshot: SnapshotRef, plan: StrategyPlan) -> list[EpisodeTask]:
    tasks = [
        EpisodeTask.of(snapshot, seed=seed, max_decisions=plan.max_decisions, epsilon=plan.epsilon)
        for seed in range(_SEEDS * plan.games)
    ]
    return [task for task in tasks if run.find(task.kind, task.spec()) is None]
