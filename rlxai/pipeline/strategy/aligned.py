"""Tasks: relevance on objects just before and after events of the games of one snapshot; and of all snapshots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from rlxai.attribution import Target, attribute, get_method
from rlxai.episodes import Episode, load_episode
from rlxai.errors import InvalidValue, RunError
from rlxai.games import REGISTRY, game_objects
from rlxai.games.behaviour import game_behaviour
from rlxai.networks import Agent
from rlxai.pipeline.engines.engine import Engine, Report
from rlxai.pipeline.explain import taken_by
from rlxai.pipeline.selection import parts, spread
from rlxai.pipeline.strategy.behaviour import play_of
from rlxai.pipeline.task import Progress
from rlxai.store import Attempt, Commit, Run
from rlxai.strategy import concatenate, ledger
from rlxai.strategy.aligned import Aligned, align
from rlxai.strategy.aligned_figure import aligned_figure
from rlxai.strategy.saving import save_figure

EVENTS = ("serve", "paddle-hit", "brick-hit", "tunnel-opened", "ball-above-wall", "life-lost")
"""Kinds of events, see `rlxai.games.played`; a game may lack some."""


@dataclass(frozen=True)
class AlignedTask:
    """Share and lift of each object around the events of one snapshot's own games, and around random decisions."""

    step: int
    snapshot: str
    """SHA-256 of the weights."""
    episodes: tuple[str, ...]
    """Tasks of its games, all different."""
    method: str
    target: str
    most: int
    """Events of each kind and game, evenly chosen among all."""
    window: int
    """Decisions before and after."""
    sample: int
    """Decisions of each game, evenly spaced, that the control is expected over."""

    kind = "aligned"
    code = 1

    @property
    def title(self) -> str:
        """What a person reads while it runs."""
        return f"relevance around events of step {self.step:,}"

    def spec(self) -> dict[str, Any]:
        """All inputs."""
        return {
            "code": self.code, "step": self.step, "snapshot": self.snapshot, "episodes": list(self.episodes),
            "method": self.method, "target": self.target, "most": self.most, "window": self.window,
            "sample": self.sample,
        }  # fmt: skip

    def execute(self, run: Run, attempt: Attempt, progress: Progress) -> None:
        """Write aligned.parquet: one row per event, object, measure and offset.

        Columns: step, event, offset (decisions; 0 is the decision in whose frames the event happens), object, measure
        (lift | share), value, low, high, control, difference (value - control), difference_low, difference_high,
        events and games (behind the value: those in which the object exists at that offset).
        """
        agent = run.snapshot(self.step).load()
        games = [
            load_episode(run.commit("episode", task).folder).seen_by(agent.preprocessing) for task in self.episodes
        ]
        events = [_events(game, self.most) for game in games]
        stack = agent.preprocessing.frame_stack
        samples = [_spread(game.decisions, self.sample, stack) for game in games]
        wanted = [
            _around(found, sample, game.decisions, self.window, stack)
            for game, found, sample in zip(games, events, samples, strict=True)
        ]
        total, done = sum(map(len, wanted)), 0
        columns = []
        for game, decisions in zip(games, wanted, strict=True):
            columns.append(self._columns(agent, game, decisions))
            progress(done := done + len(decisions), total)
        shares, areas = ([each[i] for each in columns] for i in range(2))
        parts = []
        for kind in EVENTS:
            at = [found.get(kind, np.zeros(0, int)) for found in events]
            for measure, below in (("lift", areas), ("share", None)):
                found = align(shares, at, self.window, areas=below, samples=samples)
                parts.append(_rows(found, games[0].mask_names).assign(event=kind, measure=measure))
        table = pd.concat(parts, ignore_index=True)
        table.insert(0, "step", self.step)
        table.to_parquet(attempt.folder / "aligned.parquet", write_page_checksum=True)
        counts = {kind: sum(len(found.get(kind, ())) for found in events) for kind in EVENTS}
        attempt.summary = {"games": len(games), "decisions": total, "events": counts}

    def _columns(self, agent: Agent, game: Episode, decisions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Share and area of each object (T, K): NaN where it does not exist, and at other decisions."""
        taken = taken_by(agent, game)
        found = []
        for part in parts(decisions):
            masks = game.masks(part)
            assert masks is not None
            given = taken[part] if self.target == "taken" else None
            result = attribute(agent, game.observations(part), method=self.method, target=self.target, taken=given)
            found.append(ledger(result.relevance, masks))
        joined = concatenate(found)
        area = joined.area.sum(axis=1)
        columns = np.full((2, game.decisions, area.shape[1]), np.nan)
        columns[:, decisions] = np.where(area > 0, [joined.share.sum(axis=1), area], np.nan)
        return columns[0], columns[1]


@dataclass(frozen=True)
class AlignedFigureTask:
    """Relevance around events of all snapshots as one table and one figure."""

    results: tuple[str, ...]
    """Tasks of kind aligned."""

    kind = "aligned-figure"
    code = 1
    title = "relevance around events over training"

    def spec(self) -> dict[str, Any]:
        """All inputs."""
        return {"code": self.code, "results": list(self.results)}

    def execute(self, run: Run, attempt: Attempt, progress: Progress) -> None:
        """Write aligned.parquet, aligned.csv, aligned.svg and aligned.png."""
        commits = [run.commit("aligned", task) for task in self.results]
        table = pd.concat([pd.read_parquet(commit.folder / "aligned.parquet") for commit in commits], ignore_index=True)
        table.to_parquet(attempt.folder / "aligned.parquet", write_page_checksum=True)
        table.to_csv(attempt.folder / "aligned.csv", index=False, float_format="%.6g")
        spec = commits[0].spec
        title = f"{run.name}: relevance around events ({spec['method']} of {spec['target']}, own games)"
        save_figure(aligned_figure(table, title=title), attempt.folder, "aligned")
        attempt.summary = {"snapshots": len(commits)}
        progress(1, 1)


def measure_aligned(
    run: Run,
    engine: Engine,
    report: Report,
    games: Mapping[int, Sequence[Commit]],
    *,
    method: str = "lrp-epsilon-plus-flat",
    target: str = "advantage",
    most: int = 8,
    window: int = 12,
    sample: int = 96,
) -> Commit:
    """Share and lift of each object around events, of all snapshots, as one table and figure.

    Args:
        run: with snapshots.
        engine: that does the tasks.
        report: see `Engine`.
        games: step -> different episodes recorded by that snapshot; snapshots without one are left out.
        method: of attribution.
        target: see `Target`.
        most: events of each kind and game.
        window: decisions before and after.
        sample: decisions of each game for the control.

    Raises:
        InvalidValue: method or target is unknown, or a number is outside its domain.
        RunError: there is no game, or objects or events of the run's game are not known.
    """
    get_method(method)
    Target.parse(target)
    if most < 1 or window < 0 or sample < 1:
        raise InvalidValue(
            f"most and sample must be at least 1 and window at least 0; met {most}, {sample} and {window}"
        )
    game = str(run.info.get("game"))
    if game_objects(game) is None or game_behaviour(game) is None:
        raise RunError(f"{run}: events and objects of {game} are not known; known are {', '.join(REGISTRY)}")
    tasks = [
        AlignedTask(
            s.step, s.sha256, tuple(sorted(commit.task for commit in games[s.step])), method, target, most, window,
            sample,
        )
        for s in run.snapshots()
        if games.get(s.step)
    ]  # fmt: skip
    if not tasks:
        raise RunError(f"{run}: no game is recorded yet; run: rlxai record {run}")
    results = engine.run(run, tasks, report)
    return engine.run(run, [AlignedFigureTask(tuple(commit.task for commit in results))], report)[0]


def _events(game: Episode, most: int) -> dict[str, np.ndarray]:
    """Decisions of the chosen events of each kind."""
    played = play_of(game)
    assert played is not None
    found = {kind: played.events[kind].decisions for kind in EVENTS if kind in played.events}
    return {kind: at[_spread(len(at), most, 0)] for kind, at in found.items() if len(at)}


def _spread(length: int, most: int, skip: int) -> np.ndarray:
    """At most so many of 0 to length - 1, evenly spaced, the first `skip` left out."""
    ((_, places),) = spread([("", length)], min(most, length), skip=skip)
    return np.array(places)


def _around(events: Mapping[str, np.ndarray], sample: np.ndarray, length: int, window: int, skip: int) -> np.ndarray:
    """Decisions to explain: those within the window of an event, and the sample; not those with planes of no game."""
    offsets = np.arange(-window, window + 1)
    near = [(at[:, None] + offsets).ravel() for at in events.values()]
    decisions = np.unique(np.concatenate([sample, *near]))
    return decisions[(decisions >= min(skip, length - 1)) & (decisions < length)]


def _rows(found: Aligned, names: tuple[str, ...]) -> pd.DataFrame:
    """One row per object and offset."""
    shape = found.mean.estimate.shape  # (K, 2k + 1)
    columns = {
        "object": np.broadcast_to(np.array(names)[:, None], shape), "offset": np.broadcast_to(found.offsets, shape),
        "value": found.mean.estimate, "low": found.mean.low, "high": found.mean.high,
        "control": found.control.estimate, "difference": found.difference.estimate,
        "difference_low": found.difference.low, "difference_high": found.difference.high,
        "events": found.events, "games": found.games,
    }  # fmt: skip
    return pd.DataFrame({name: values.ravel() for name, values in columns.items()})
