"""Task: rallies that a snapshot plays on from edited states, beside their unedited twins and null controls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from rlxai.episodes import load_episode
from rlxai.episodes.play_on import Beginning, Rally, Recorded, continuable, greedy_player, play_on, recorded_states
from rlxai.errors import RunError
from rlxai.games.edit import IDENTITY, Aim
from rlxai.games.edits import game_edits
from rlxai.networks import Agent
from rlxai.pipeline.selection import States
from rlxai.pipeline.task import Progress
from rlxai.preprocessing import Preprocessing
from rlxai.store import Attempt, Run
from rlxai.strategy import random_agent
from rlxai.strategy.rollouts import rollout_rows

DECISIONS, EPSILON = 120, 0.01
_TWIN = -1
"""Stands for a place in rallies where nothing is put anywhere."""


@dataclass(frozen=True)
class RolloutTask:
    """Rallies of one snapshot from states in which something to aim at is put at each of its places."""

    step: int
    snapshot: str
    """SHA-256 of the weights."""
    states: States
    starts: tuple[tuple[str, int], ...]
    """(episode task, how many rallies start in it, where it has so many)."""
    aim: str
    """Name in the game's `aims`."""
    decisions: int = DECISIONS
    """Of a rally, at most; it ends with the life."""
    epsilon: float = EPSILON
    seed: int = 0
    randoms: int = 0
    """Random networks of the snapshot's architecture that play the same rallies."""

    kind = "rollout"
    code = 1

    @property
    def title(self) -> str:
        """What a person reads while it runs."""
        return f"play of step {self.step:,} from edited {self.states} states"

    def spec(self) -> dict[str, Any]:
        """All inputs."""
        return {
            "code": self.code, "step": self.step, "snapshot": self.snapshot, "states": self.states,
            "starts": [list(start) for start in self.starts], "aim": self.aim, "decisions": self.decisions,
            "epsilon": self.epsilon, "seed": self.seed, "randoms": self.randoms,
        }  # fmt: skip

    @property
    def shares(self) -> tuple[str, tuple[tuple[str, int], ...]]:
        """Tasks with the same starts play up to them, and edit them, once."""
        return self.aim, self.starts

    def execute(self, run: Run, attempt: Attempt, progress: Progress) -> None:
        """Write pairs.parquet, a row per start and place, and curves.parquet, see `rlxai.strategy.rollouts`."""
        self.execute_together(run, [self], [attempt], progress)

    @staticmethod
    def execute_together(
        run: Run, tasks: Sequence[RolloutTask], attempts: Sequence[Attempt], progress: Progress
    ) -> None:
        """The same for several snapshots from the same states."""
        aim = _aim(run, tasks[0].aim)
        beginnings: dict[Preprocessing, list[_Start]] = {}
        for done, (task, attempt) in enumerate(zip(tasks, attempts, strict=True)):
            agent = run.snapshot(task.step).load()
            if agent.preprocessing not in beginnings:
                beginnings[agent.preprocessing] = list(_starts(run, tasks[0].starts, aim, agent.preprocessing))
            task._finish(attempt, agent, aim, beginnings[agent.preprocessing])
            progress(done + 1, len(tasks))

    def _finish(self, attempt: Attempt, agent: Agent, aim: Aim, starts: list[_Start]) -> None:
        players = [("none", 0, agent), *(("random", draw, random_agent(agent, draw)) for draw in range(self.randoms))]
        pairs, curves = [], []
        for control, draw, player in players:
            found = self._pairs(player, aim, starts)
            columns: dict[str, Any] = {"states": self.states, "control": control, "draw": draw, "step": self.step}
            pairs.append(found.assign(**columns))
            curves.append(rollout_rows(found, self.aim).assign(**columns))
            if control == "none":
                shifted: dict[str, Any] = columns | {"control": "shifted"}
                curves.append(rollout_rows(found, self.aim, elsewhere=True).assign(**shifted))
        for name, tables in (("pairs", pairs), ("curves", curves)):
            table = pd.concat(tables, ignore_index=True)
            table.to_parquet(attempt.folder / f"{name}.parquet", write_page_checksum=True)
        attempt.summary = {"pairs": len(pairs[0]), "starts": len(starts)}

    def _pairs(self, agent: Agent, aim: Aim, starts: list[_Start]) -> pd.DataFrame:
        """A row per start and place: what became of the edited rally and of its twin."""
        skip = agent.preprocessing.frame_skip
        rallies = {
            (number, place): Rally(
                beginning, agent.actions, skip, epsilon=self.epsilon, seed=(self.seed, number)
            )
            for number, start in enumerate(starts)
            for place, beginning in start.beginnings.items()
        }  # fmt: skip
        play_on(list(rallies.values()), greedy_player(agent), self.decisions)
        rows = []
        for number, start in enumerate(starts):
            for place in aim.places:
                row: dict[str, Any] = {"game": start.game, "decision": start.decision, "place": place}
                for name, rally in (("edited", rallies[number, place]), ("twin", rallies[number, _TWIN])):
                    ram = rally.ram
                    row |= {
                        f"reached_{name}": aim.reached(ram, place), f"used_{name}": aim.used(ram, place),
                        f"reached_opposite_{name}": aim.reached(ram, aim.opposite(place)),
                        f"used_opposite_{name}": aim.used(ram, aim.opposite(place)),
                        f"points_{name}": rally.points, f"length_{name}": rally.decisions,
                    }  # fmt: skip
                rows.append(row)
        return pd.DataFrame(rows, columns=_PAIR)  # without a row, where no recorded state allows an aim


_PAIR = [
    "game", "decision", "place",
    *(
        f"{fact}_{rally}"
        for rally in ("edited", "twin")
        for fact in ("reached", "used", "reached_opposite", "used_opposite", "points", "length")
    ),
]  # fmt: skip
"""Columns of a pair of rallies."""


@dataclass(frozen=True, eq=False)
class _Start:
    game: str
    decision: int
    beginnings: dict[int, Beginning]
    """By place."""


def _aim(run: Run, name: str) -> Aim:
    known = game_edits(run.info["game"])
    if known is None or name not in known.aims:
        raise RunError(f"{run}: in {run.info['game']} there is no {name} to aim at from edited states")
    return known.aims[name]


def _starts(run: Run, wanted: Sequence[tuple[str, int]], aim: Aim, preprocessing: Preprocessing) -> Iterator[_Start]:
    for task, count in wanted:
        episode = load_episode(run.commit("episode", task).folder).seen_by(preprocessing)
        ram = episode.ram[:][:-1, -1]  # (T, 128), of the frame that each decision is made on
        possible = continuable(episode) & np.array([aim.starts(frame) for frame in ram])
        first = np.flatnonzero(possible & ~np.concatenate([[False], possible[:-1]]))  # of each rally's every round
        size = min(count, len(first))
        chosen = first[((np.arange(size) + 0.5) / max(size, 1) * len(first)).astype(int)]  # evenly, also if it is one
        for recorded in recorded_states(episode, chosen.tolist()):
            yield _Start(task, recorded.decision, dict(_beginnings(recorded, aim)))


def _beginnings(recorded: Recorded, aim: Aim) -> Iterator[tuple[int, Beginning]]:
    yield _TWIN, recorded.under(IDENTITY)
    for place in aim.places:
        yield place, recorded.under(aim.edit(place))
