"""Task: the object ledger of one network on one set of states, with its null controls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rlxai.attribution import attribute
from rlxai.errors import RunError
from rlxai.networks import Agent
from rlxai.pipeline.explain import taken_by
from rlxai.pipeline.selection import Selection, States, batches, count
from rlxai.pipeline.task import Progress
from rlxai.store import Attempt, Run
from rlxai.strategy import Ledger, concatenate, ledger, random_agent, shifted, shuffled, summarise


@dataclass(frozen=True)
class LedgerTask:
    """Where the relevance of one snapshot rests, over chosen states, with its null controls on the same states."""

    step: int
    snapshot: str
    """SHA-256 of the weights."""
    states: States
    selection: Selection
    method: str
    target: str
    randoms: int
    """Random networks of the snapshot's architecture."""
    shifts: int
    """Draws of the shifted-mask control, and of the shuffled-mask one."""

    kind = "ledger"
    code = 5

    @property
    def title(self) -> str:
        """What a person reads while it runs."""
        return f"ledger of step {self.step:,} on {self.states} states"

    def spec(self) -> dict[str, Any]:
        """All inputs."""
        return {
            "code": self.code, "step": self.step, "snapshot": self.snapshot, "states": self.states,
            "selection": [[episode, list(decisions)] for episode, decisions in self.selection],
            "method": self.method, "target": self.target, "randoms": self.randoms, "shifts": self.shifts,
        }  # fmt: skip

    def execute(self, run: Run, attempt: Attempt, progress: Progress) -> None:
        """Explain the states in batches; write the means of each object, frame and control, and those of each game."""
        agent = run.snapshot(self.step).load()
        controls = [random_agent(agent, seed) for seed in range(self.randoms)]
        draws: dict[tuple[str, int], list[Ledger]] = {}
        games: dict[str, list[Ledger]] = {}
        done, total = 0, count(self.selection)
        for game, episode, decisions in batches(run, self.selection, agent.preprocessing):
            masks = episode.masks(decisions)
            if masks is None:
                raise RunError(f"{run}: the objects of {episode.recipe.game} are not known to rlxai")
            observations = episode.observations(decisions)
            taken = taken_by(agent, episode)[decisions]
            relevance = self._relevance(agent, observations, taken)
            found = ledger(relevance, masks)
            draws.setdefault(("none", 0), []).append(found)
            games.setdefault(game, []).append(found)
            for draw in range(self.shifts):
                seed = draw * 1_000_003 + done
                draws.setdefault(("shifted", draw), []).append(ledger(shifted(relevance, seed), masks))
                draws.setdefault(("shuffled", draw), []).append(ledger(relevance, shuffled(masks, seed)))
            for draw, control in enumerate(controls):
                maps = self._relevance(control, observations, taken)
                draws.setdefault(("random", draw), []).append(ledger(maps, masks))
            done += len(decisions)
            progress(done, total)
        rows = [
            row
            for (control, draw), parts in draws.items()
            for row in _rows(concatenate(parts), episode.mask_names, control, draw)
        ]
        self._write(attempt, "ledger.parquet", rows)
        per_game = [
            {"game": game, **row}
            for game, parts in games.items()
            for row in _rows(concatenate(parts), episode.mask_names, "none", 0)
        ]
        self._write(attempt, "games.parquet", per_game)
        attempt.summary = {"decisions": total}

    def _write(self, attempt: Attempt, name: str, rows: list[dict[str, Any]]) -> None:
        columns = {"step": self.step, "states": self.states, "method": self.method, "target": self.target}
        table = pa.Table.from_pylist([{**columns, **row} for row in rows])
        pq.write_table(table, attempt.folder / name, write_page_checksum=True)

    def _relevance(self, agent: Agent, observations: np.ndarray, taken: np.ndarray) -> np.ndarray:
        given = taken if self.target == "taken" else None
        return attribute(agent, observations, method=self.method, target=self.target, taken=given).relevance


def _rows(means: Ledger, names: tuple[str, ...], control: str, draw: int) -> Iterator[dict[str, Any]]:
    frames = means.share.shape[1]
    for k, name in enumerate(names):
        for frame in (None, *range(frames)):
            summary = summarise(means, k, frame)
            yield {
                "control": control, "draw": draw, "object": name, "frame": "all" if frame is None else str(frame),
                "decisions": summary.decisions, "share": summary.share, "signed": summary.signed,
                "area": summary.area, "lift": summary.lift, "lift_signed": summary.lift_signed,
            }  # fmt: skip
