"""Task: how easily one snapshot's decisions change, and whether maps notice a patch that changes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch

from rlxai.networks import Agent
from rlxai.pipeline.selection import Selection
from rlxai.pipeline.task import Progress
from rlxai.pipeline.trust.scores import game_rows
from rlxai.pipeline.trust.states import read_states
from rlxai.store import Attempt, Run
from rlxai.strategy.bootstrap import nan_mean
from rlxai.trust.controls import find_method
from rlxai.trust.maps import explain, outputs, target_weights
from rlxai.trust.patch import Place, adversarial_patch, noise_patch
from rlxai.trust.robustness import changed_decisions, margin, small_changes
from rlxai.trust.states import States

Patches = dict[tuple[int, Place], torch.Tensor]
"""By action and place."""


@dataclass(frozen=True)
class RobustnessTask:
    """Small changes and adversarial patches for one snapshot."""

    step: int
    snapshot: str
    """SHA-256 of the weights."""
    selection: Selection
    methods: tuple[str, ...]
    """Whose maps are asked whether they notice the patch."""
    targets: tuple[str, ...]
    patches: tuple[tuple[int, int, int], ...]
    """(row, column, size) of each, in cells."""

    kind = "trust-robustness"
    code = 1

    @property
    def title(self) -> str:
        """What a person reads while it runs."""
        return f"robustness of step {self.step:,}"

    def spec(self) -> dict[str, Any]:
        """All inputs."""
        return {
            "code": self.code, "step": self.step, "snapshot": self.snapshot,
            "selection": [[episode, list(decisions)] for episode, decisions in self.selection],
            "methods": list(self.methods), "targets": list(self.targets), "patches": [list(p) for p in self.patches],
        }  # fmt: skip

    def execute(self, run: Run, attempt: Attempt, progress: Progress) -> None:
        """Write decisions.parquet (small changes), patches.parquet and scores.parquet (what maps notice).

        Patches are found on every other game and judged on the rest.
        """
        agent = run.snapshot(self.step).load()
        states = read_states(run, agent, self.selection)
        total = len(self.methods) + 1
        places = [Place(*numbers) for numbers in self.patches]
        noise = {f"noise-patch-{at.size}": at.paste(states.x, noise_patch(len(states.x[0]), at.size)) for at in places}
        variants = {**small_changes(agent.network, states.x), **states.nudged, **noise}
        changed = changed_decisions(agent.network, states.x, variants)
        scores = {name: values.astype(np.float64) for name, values in changed.items()}
        scores["margin"] = margin(agent.network, states.x)
        self._write(attempt, "decisions", game_rows(scores, states.games))
        fit, judged = halves(states)
        patches = {
            (action, place): adversarial_patch(agent.network, fit.x, action, place)
            for action in range(len(agent.actions))
            for place in places
        }
        self._write(attempt, "patches", _successes(agent, judged, patches))
        progress(1, total)
        rows: list[dict[str, Any]] = []
        for done, method in enumerate(self.methods, start=2):
            for target in self.targets:
                found = _noticed(agent, judged, patches, method, target)
                rows += [{"method": method, "target": target, **row} for row in game_rows(found, judged.games)]
            progress(done, total)
        self._write(attempt, "scores", iter(rows), ["method", "target", "score", "game", "value"])
        attempt.summary = {"states": len(states), "judged": len(judged), "patches": len(patches)}

    def _write(
        self, attempt: Attempt, name: str, rows: Iterator[dict[str, Any]], columns: list[str] | None = None
    ) -> None:
        table = pd.DataFrame(list(rows), columns=columns).assign(step=self.step)
        table.to_parquet(attempt.folder / f"{name}.parquet", write_page_checksum=True)


def halves(states: States) -> tuple[States, States]:
    """The states of every other game, and those of the rest."""
    number = np.unique(states.games, return_inverse=True)[1]
    return states.some(np.flatnonzero(number % 2 == 0)), states.some(np.flatnonzero(number % 2 == 1))


def _successes(agent: Agent, judged: States, patches: Patches) -> Iterator[dict[str, Any]]:
    """Shares of the states in which the action is pressed: with the patch, with one of noise, and without."""
    before = outputs(agent.network, judged.x).argmax(1)
    for (action, place), patch in patches.items():
        noise = noise_patch(len(patch), place.size)
        pasted = {"patch": place.paste(judged.x, patch), "noise": place.paste(judged.x, noise)}
        hit = {name: outputs(agent.network, x).argmax(1) == action for name, x in pasted.items()}
        scores = {name: values.double().numpy() for name, values in {**hit, "without": before == action}.items()}
        for row in game_rows(scores, judged.games):
            yield {"action": agent.actions[action], "place": place.name, "size": place.size, **row}


def _noticed(agent: Agent, judged: States, patches: Patches, method: str, target: str) -> dict[str, np.ndarray]:
    """Lift of |R| on patches where they decided the action, and on noise in their place: means over patches, (N,)."""

    def lift(place: Place, patch: torch.Tensor) -> np.ndarray:
        x = place.paste(judged.x, patch)
        weights = target_weights(agent.network, x, target)
        return place.lift(explain(agent.network, x, weights, find_method(method)).relevance)

    before = outputs(agent.network, judged.x).argmax(1)
    places = {place: len(patch) for (_, place), patch in patches.items()}  # noise is the same for all actions
    of_noise = {place: lift(place, noise_patch(channels, place.size)) for place, channels in places.items()}
    lifts: dict[str, list[np.ndarray]] = {"patch/lift": [], "patch/lift-of-noise": []}
    for (action, place), patch in patches.items():
        after = outputs(agent.network, place.paste(judged.x, patch)).argmax(1)
        decided = ((after == action) & (before != action)).numpy()
        lifts["patch/lift"].append(np.where(decided, lift(place, patch), np.nan))
        lifts["patch/lift-of-noise"].append(np.where(decided, of_noise[place], np.nan))
    return {name: nan_mean(np.stack(values), 0) for name, values in lifts.items()}
