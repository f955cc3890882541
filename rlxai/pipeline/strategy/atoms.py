"""Tasks: which objects the hidden units of a snapshot see, see `rlxai.strategy.atoms`; and all snapshots together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch

from rlxai.attribution import Target, forward_pass
from rlxai.attribution.unit_maps import unit_maps, unit_relevance
from rlxai.episodes import Episode, load_episode
from rlxai.errors import InvalidValue, RunError
from rlxai.networks import Agent
from rlxai.pipeline.engines.engine import Engine, Report
from rlxai.pipeline.selection import Selection, count, spread
from rlxai.pipeline.task import Progress
from rlxai.store import Attempt, Commit, Run
from rlxai.strategy import random_agent
from rlxai.strategy.atoms import Profile, carriers, object_means, profile, set_names
from rlxai.strategy.atoms_figure import atoms_figure, atoms_table
from rlxai.strategy.saving import save_figure

OBJECTS = {
    "breakout": ("visible-ball", "paddle", "bricks", "wall"),
    "pong": ("ball", "paddle", "opponent", "wall", "score"),
}
"""Objects of a game that are lit, as z⁺ leaves nothing on black pixels; ball and paddle first, none within another."""
MOST_UNITS = 256
"""Units of one state at most, the largest first: bounds the time in wide layers. Trained Nature networks need 50 to
120 of their 512."""
_CANDIDATES = 8
"""States that are looked at for each that is wanted."""


@dataclass(frozen=True)
class AtomsTask:
    """Profiles h(o) and c(T) of one snapshot and of random networks, on chosen states."""

    step: int
    snapshot: str
    """SHA-256 of the weights."""
    selection: Selection
    objects: tuple[str, ...]
    target: str
    randoms: int
    """Random networks of the snapshot's architecture."""

    kind = "atoms"
    code = 1

    @property
    def title(self) -> str:
        """What a person reads while it runs."""
        return f"objects that the units of step {self.step:,} see"

    def spec(self) -> dict[str, Any]:
        """All inputs."""
        return {
            "code": self.code, "step": self.step, "snapshot": self.snapshot,
            "selection": [[episode, list(decisions)] for episode, decisions in self.selection],
            "objects": list(self.objects), "target": self.target, "randoms": self.randoms,
        }  # fmt: skip

    def execute(self, run: Run, attempt: Attempt, progress: Progress) -> None:
        """Write curves.parquet, see `rlxai.strategy.curves`.

        Figures are atoms-h/<object>, atoms-c/<objects joined by +> and atoms-c-above/<likewise>; the weight of a game
        is the number of its states.
        """
        agent = run.snapshot(self.step).load()
        networks = [("none", 0, agent)] + [("random", seed, random_agent(agent, seed)) for seed in range(self.randoms)]
        total = count(self.selection) * len(networks)
        rows: list[dict[str, Any]] = []
        units: list[int] = []
        done = 0
        for game, decisions in self.selection:
            episode = load_episode(run.commit("episode", game).folder).seen_by(agent.preprocessing)
            observations, masks = episode.observations(np.array(decisions)), _masks(episode, decisions, self.objects)
            for control, draw, network in networks:
                found = []
                for counted, state in _profiles(network, observations, masks, self.target):
                    found.append(state)
                    units += [counted] if control == "none" else []
                    progress(done := done + 1, total)
                columns = {"states": "common", "control": control, "draw": draw, "step": self.step, "game": game}
                rows += [{**row, **columns} for row in _rows(found, self.objects)]
        pd.DataFrame(rows).to_parquet(attempt.folder / "curves.parquet", write_page_checksum=True)
        attempt.summary = {
            "states": len(units), "units": float(np.mean(units)), "capped": sum(n == MOST_UNITS for n in units),
            "cells": int(np.prod(agent.input_shape)),
        }  # fmt: skip


@dataclass(frozen=True)
class AtomsFigureTask:
    """The profiles of all snapshots as one table and one figure."""

    results: tuple[str, ...]
    """Tasks of kind atoms."""

    kind = "atoms-figure"
    code = 1
    title = "objects that units see over training"

    def spec(self) -> dict[str, Any]:
        """All inputs."""
        return {"code": self.code, "results": list(self.results)}

    def execute(self, run: Run, attempt: Attempt, progress: Progress) -> None:
        """Write atoms.parquet, atoms.csv, atoms.svg and atoms.png."""
        commits = [run.commit("atoms", task) for task in self.results]
        table = atoms_table(pd.concat([pd.read_parquet(commit.folder / "curves.parquet") for commit in commits]))
        table.to_parquet(attempt.folder / "atoms.parquet", write_page_checksum=True)
        table.to_csv(attempt.folder / "atoms.csv", index=False, float_format="%.6g")
        first = commits[0]
        title = f"{run.name}: objects that the hidden units see (z⁺ of {first.spec['target']})"
        save_figure(atoms_figure(table, cells=first.summary["cells"], title=title), attempt.folder, "atoms")
        attempt.summary = {"snapshots": len(commits), "states": first.summary["states"]}
        progress(1, 1)


def measure_atoms(
    run: Run,
    engine: Engine,
    report: Report,
    games: Sequence[Commit],
    *,
    states: int = 64,
    randoms: int = 3,
    target: str = "chosen",
) -> Commit:
    """Profiles of all snapshots on common states in which ball and paddle can be seen, as one table and figure.

    Args:
        run: with snapshots.
        engine: that does the tasks.
        report: see `Engine`.
        games: recorded episodes that the states come from, of whichever snapshots or players.
        states: about how many, the same number from each game.
        randoms: random networks, on the same states.
        target: see `Target`; of one output, so that z⁺ has one sign.

    Raises:
        InvalidValue: the target is unknown or a number is outside its domain.
        RunError: the run has no snapshot, no game shows ball and paddle, or the objects of the run's game are unknown.
    """
    Target.parse(target)
    if states < 1 or randoms < 0:
        raise InvalidValue(f"states must be at least 1 and randoms at least 0; met {states} and {randoms}")
    objects = OBJECTS.get(str(run.info.get("game")))
    if objects is None:
        raise RunError(f"{run}: objects that units may see are known of {', '.join(OBJECTS)} only")
    snapshots = run.snapshots()
    if not snapshots:
        raise RunError(f"{run}: has no snapshots yet")
    selection = visible_states(run, games, states, objects)
    tasks = [
        # All snapshots share one architecture, so the common states need the random networks only once.
        AtomsTask(s.step, s.sha256, selection, objects, target, 0 if index else randoms)
        for index, s in enumerate(snapshots)
    ]
    results = engine.run(run, tasks, report)
    return engine.run(run, [AtomsFigureTask(tuple(commit.task for commit in results))], report)[0]


def visible_states(run: Run, games: Sequence[Commit], states: int, objects: tuple[str, ...]) -> Selection:
    """Decisions at which ball and paddle are in every stacked plane, the ball apart from all other objects.

    Args:
        run: of the games.
        games: recorded episodes; those that are equal count once.
        states: about how many, evenly spread over each game, the same number from each.
        objects: ball and paddle first.

    Raises:
        RunError: there is none.
    """
    different: dict[bytes, tuple[str, Episode]] = {}
    for commit in sorted(games, key=lambda commit: commit.task):
        episode = load_episode(commit.folder)
        different.setdefault(episode.hashes.tobytes(), (commit.task, episode))
    each = max(1, states // max(1, len(different)))
    found = []
    for task, episode in different.values():
        ((_, looked_at),) = spread([(task, episode.decisions)], each * _CANDIDATES, skip=0)
        covered = _masks(episode, looked_at, objects) > 0  # (N, C, K, H, W)
        in_sight = covered[:, :, :2].any(axis=(3, 4)).reshape(len(covered), -1).all(axis=1)
        apart = ~(covered[:, :, :1] & covered[:, :, 1:]).any(axis=(1, 2, 3, 4))
        fit = np.array(looked_at)[in_sight & apart]
        if len(fit):
            chosen = np.unique(np.linspace(0, len(fit) - 1, min(each, len(fit))).round().astype(int))
            found.append((task, tuple(int(t) for t in fit[chosen])))
    if not found:
        raise RunError(f"{run}: no recorded game shows ball and paddle apart; run: rlxai record {run}")
    return tuple(found)


def _masks(episode: Episode, decisions: tuple[int, ...], objects: tuple[str, ...]) -> np.ndarray:
    """float32 (N, C, K, H, W) of the named objects."""
    masks = episode.masks(np.array(decisions))
    assert masks is not None
    return masks[:, :, [episode.mask_names.index(name) for name in objects]]


def _profiles(agent: Agent, observations: np.ndarray, masks: np.ndarray, target: str) -> Iterator[tuple[int, Profile]]:
    """Of each state: number of units in S, and the profiles."""
    forward = forward_pass(agent.network, agent.to_input(observations))
    relevance = unit_relevance(forward, Target.parse(target).weights(forward.q)).cpu().numpy()
    for state, carried in enumerate(relevance):
        units = carriers(carried)[:MOST_UNITS]
        maps = unit_maps(forward, state, torch.as_tensor(units)).cpu().numpy()
        yield len(units), profile(carried[units], object_means(maps, masks[state]))


def _rows(found: list[Profile], objects: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    sets = set_names(objects)[1:]
    for family, names, values in (
        ("atoms-h", objects, np.mean([one.h for one in found], axis=0)),
        ("atoms-c", sets, np.mean([one.c for one in found], axis=0)[1:]),
        ("atoms-c-above", sets, np.mean([one.c_above for one in found], axis=0)[1:]),
    ):
        for name, value in zip(names, values, strict=True):
            yield {"figure": f"{family}/{name}", "value": float(value), "weight": float(len(found))}
