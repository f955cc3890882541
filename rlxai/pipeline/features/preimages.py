"""Task: what each layer of a snapshot still knows of a few states: pre-images by two priors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from rlxai.episodes import load_episode
from rlxai.features.canvas import Optimisation
from rlxai.features.invert import code_error, deep_prior, invert, layer_code, recovered
from rlxai.features.layers import below, unit_layers
from rlxai.features.picture import in_colours
from rlxai.features.sheet import Strip, save_picture, sheet
from rlxai.networks import Agent
from rlxai.pipeline.features.states import known_masks, newest_last
from rlxai.pipeline.task import Progress
from rlxai.store import Attempt, Run

PRIORS = ("plain", "deep")
"""Total variation and |x|^6; deep image prior."""


@dataclass(frozen=True)
class PreimagesTask:
    """Pre-images of chosen states from each layer."""

    step: int
    snapshot: str
    """SHA-256 of the weights."""
    states: tuple[tuple[str, int], ...]
    """(episode task, decision)."""
    steps: int
    """Of the optimiser."""
    background: int
    """Grey level that stands for no object, 0 to 255."""

    kind = "features-preimages"
    code = 1

    @property
    def title(self) -> str:
        """What a person reads while it runs."""
        return f"pre-images of step {self.step:,}"

    def spec(self) -> dict[str, Any]:
        """All inputs."""
        return {
            "code": self.code, "step": self.step, "snapshot": self.snapshot,
            "states": [list(state) for state in self.states], "steps": self.steps, "background": self.background,
        }  # fmt: skip

    def execute(self, run: Run, attempt: Attempt, progress: Progress) -> None:
        """Write preimages.parquet (state, layer, prior, object, code_error, recovered), preimages.npy and the figure.

        preimages.npy: uint8 (states, 1 + layers x priors, C, H, W), the state itself first, the newest frame last.
        """
        agent = run.snapshot(self.step).load()
        layers = unit_layers(agent)
        rows: list[dict[str, Any]] = []
        pictures: list[list[np.ndarray]] = []
        total = len(self.states) * len(layers) * len(PRIORS)
        for number, (task, decision) in enumerate(self.states):
            seen, masks, names = self._state(run, agent, task, decision)
            true = agent.to_input(seen)
            pictures.append([seen[0]])
            for layer in layers:
                code = layer_code(below(agent, layer))
                with torch.no_grad():
                    wanted = code(true)
                for prior in PRIORS:
                    found = self._search(prior, code, wanted, true)
                    with torch.no_grad():
                        error = float(code_error(code(found), wanted))
                    pictures[-1].append((found[0] * 255).round().to(torch.uint8).numpy())
                    rows += [
                        {
                            "state": number, "layer": layer.name, "prior": prior, "object": name, "code_error": error,
                            "recovered": self._recovered(agent, found, true, masks[k]),
                        }
                        for k, name in enumerate(names)
                    ]  # fmt: skip
                    progress(sum(len(one) - 1 for one in pictures), total)
        table = pd.DataFrame(rows)
        table.to_parquet(attempt.folder / "preimages.parquet", write_page_checksum=True)
        shown = newest_last(np.array(pictures).reshape(-1, *agent.input_shape), agent.preprocessing)
        shown = np.ascontiguousarray(shown.reshape(len(pictures), -1, *agent.input_shape))
        np.save(attempt.folder / "preimages.npy", shown)
        headings = ["state", *(f"{layer.name}, {prior}" for layer in layers for prior in PRIORS)]
        errors = table.drop_duplicates(["state", "layer", "prior"])
        strips = [
            Strip(f"decision\n{decision:,}", list(in_colours(one / 255)))
            for (_, decision), one in zip(self.states, shown, strict=True)
        ]
        mean = errors.groupby("prior").code_error.mean()
        caption = (
            f"Mean error of the code, ||Φ - Φ₀||² / ||Φ₀||²: plain {mean['plain']:.3f}, deep {mean['deep']:.3f}. What "
            "is missing was thrown away by the layer, or not found by the search.\nplain: total variation and |x|⁶ "
            "(Mahendran and Vedaldi 2015); deep: deep image prior (Ulyanov et al. 2018). Colours: blue three frames "
            "ago, orange now."
        )
        title = f"{run.name}, step {self.step:,}: what each layer still knows"
        figure = sheet(strips, headings, title=title, caption=caption, columns=1, side=112)
        save_picture(figure, attempt.folder, "preimages")
        attempt.summary = {"states": len(self.states), "code_error": float(errors.code_error.mean())}

    def _search(self, prior: str, code: Any, wanted: Tensor, true: Tensor) -> Tensor:
        if prior == "deep":
            return deep_prior(code, wanted, (true.shape[1], true.shape[2], true.shape[3]), steps=self.steps)
        start = torch.full_like(true, max(self.background / 255, 0.05))
        how = Optimisation(steps=self.steps, rate=0.3, frequencies=False, tv=0.5, jitter=0, scale=0.0)
        return invert(code, wanted, start, how)

    def _recovered(self, agent: Agent, found: Tensor, true: Tensor, mask: np.ndarray) -> float:
        newest = -1 if agent.preprocessing.stack_order == "oldest-first" else 0
        empty = torch.full_like(true[0, 0], self.background / 255)
        return recovered(found[0, newest], true[0, newest], empty, torch.as_tensor(mask))

    @staticmethod
    def _state(run: Run, agent: Agent, task: str, decision: int) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
        episode = load_episode(run.commit("episode", task).folder).seen_by(agent.preprocessing)
        newest = newest_last(known_masks(run, episode, np.array([decision])), agent.preprocessing)[0, -1] > 0
        return episode.observations(np.array([decision])), newest, episode.mask_names
