"""Networks that are asked what they make of edited states, all in one walk over these."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from rlxai.episodes.excerpt import Excerpt
from rlxai.games.edit import Edit
from rlxai.networks import Agent
from rlxai.pipeline.selection import Selection, batches, count
from rlxai.pipeline.task import Progress
from rlxai.preprocessing import Preprocessing
from rlxai.store import Run
from rlxai.strategy.intervention_tables import Answers
from rlxai.strategy.interventions import displaced


@dataclass(eq=False)
class Asked:
    """A network that is asked, as itself or as a control (random, shifted), and what it has answered so far."""

    agent: Agent
    control: str
    draw: int
    outputs: list[np.ndarray] = field(default_factory=list)
    edited: list[list[np.ndarray]] = field(default_factory=list)
    touched: list[list[np.ndarray]] = field(default_factory=list)

    def begin(self, observations: np.ndarray) -> None:
        """The next states, unedited."""
        self.outputs.append(self.agent.q_values(observations))
        self.edited.append([])
        self.touched.append([])

    def add(self, observations: np.ndarray, edited: np.ndarray, seed: Sequence[int]) -> None:
        """The same states under the next edit."""
        if self.control == "shifted":
            edited = displaced(observations, edited, seed)
        touched = (observations != edited).any(axis=(1, 2, 3))
        # All, not just the touched: outputs are rounded differently in another batch, and no effect must be exactly 0.
        self.edited[-1].append(self.agent.q_values(edited) if touched.any() else self.outputs[-1])
        self.touched[-1].append(touched)

    def answers(self) -> Answers:
        """Of all states so far."""
        return Answers(
            np.concatenate(self.outputs),
            np.concatenate([np.stack(batch) for batch in self.edited], axis=1),
            np.concatenate([np.stack(batch) for batch in self.touched], axis=1),
        )


def ask(run: Run, selection: Selection, edits: Mapping[str, Edit], asked: Sequence[Asked], progress: Progress) -> None:
    """Show states of recorded games, and each of them under every edit, to all networks; each is drawn once.

    Where a control changes the pixels instead depends on draw, name of the edit and number of the state, so that a
    further edit leaves the controls of the others as they were.
    """
    groups: dict[Preprocessing, list[Asked]] = {}
    for each in asked:
        groups.setdefault(each.agent.preprocessing, []).append(each)
    states = count(selection)
    done = 0
    for preprocessing, group in groups.items():
        seen = 0
        for _, episode, decisions in batches(run, selection, preprocessing):
            excerpt = Excerpt(episode, decisions)
            observations = excerpt.observations
            for each in group:
                each.begin(observations)
            for name, edit in edits.items():
                edited, named = excerpt.under(edit), zlib.crc32(name.encode())
                for each in group:
                    each.add(observations, edited, (each.draw, named, seen))
                done += len(observations)
                progress(done, len(groups) * len(edits) * states)
            seen += len(observations)
