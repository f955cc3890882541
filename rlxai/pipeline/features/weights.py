"""Task: first-layer kernels of all snapshots in numbers, and kernels and feature maps of the best in pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from rlxai.episodes import load_episode
from rlxai.features.kernels import change, direction
from rlxai.features.layers import UnitLayer, pre_activations, unit_layers
from rlxai.features.picture import in_colours, in_signs, mosaic
from rlxai.features.sheet import Strip, save_picture, sheet
from rlxai.features.weights_figure import change_figure, maps_figure
from rlxai.networks import Agent
from rlxai.pipeline.features.states import newest_last
from rlxai.pipeline.task import Progress
from rlxai.store import Attempt, Run
from rlxai.strategy import random_agent
from rlxai.strategy.saving import save_figure

_SHOWN = 16
"""Feature maps of a layer in the picture: those most active on the frame."""


@dataclass(frozen=True)
class WeightsTask:
    """Kernels of the first layer over training; pictures of one snapshot."""

    snapshots: tuple[tuple[int, str], ...]
    """(step, SHA-256 of the weights) of each."""
    step: int
    """The snapshot in the pictures."""
    state: tuple[str, int]
    """(episode task, decision) whose feature maps are drawn."""
    randoms: int

    kind = "features-weights"
    code = 1
    title = "kernels and feature maps"

    def spec(self) -> dict[str, Any]:
        """All inputs."""
        return {
            "code": self.code, "snapshots": [list(one) for one in self.snapshots], "step": self.step,
            "state": list(self.state), "randoms": self.randoms,
        }  # fmt: skip

    def execute(self, run: Run, attempt: Attempt, progress: Progress) -> None:
        """Write kernels.parquet (step, control, draw, unit, norm, change, right, down), kernels and maps as figures."""
        tables = []
        for number, (step, _) in enumerate(self.snapshots):
            agent = run.snapshot(step).load()
            tables.append(_kernel_table(agent).assign(step=step, control="none", draw=0))
            if step == self.step:
                chosen = agent
            progress(number + 1, len(self.snapshots) + 1)
        for draw in range(self.randoms):
            tables.append(_kernel_table(random_agent(chosen, draw)).assign(step=-1, control="random", draw=draw))
        table = pd.concat(tables, ignore_index=True)
        table.to_parquet(attempt.folder / "kernels.parquet", write_page_checksum=True)
        title = f"{run.name}, step {self.step:,}"
        mine = table[(table.control == "none") & (table.step == self.step)]
        layers = unit_layers(chosen)
        save_picture(_first_sheet(chosen, layers[0], mine, title), attempt.folder, "kernels")
        for layer in layers[1:]:
            if layer.spatial:
                save_picture(_deeper(chosen, layer, title), attempt.folder, f"kernels-{layer.name}")
        save_figure(change_figure(table, title=f"{run.name}: what first-layer kernels see"), attempt.folder, "change")
        save_picture(self._maps(run, chosen, layers, title), attempt.folder, "maps")
        attempt.summary = {"step": self.step, "change": float(mine.change.mean())}
        progress(1, 1)

    def _maps(self, run: Run, agent: Agent, layers: tuple[UnitLayer, ...], title: str) -> Figure:
        task, decision = self.state
        episode = load_episode(run.commit("episode", task).folder).seen_by(agent.preprocessing)
        seen = episode.observations(np.array([decision]))
        values, _ = pre_activations(agent, seen, layers)
        frame = in_colours(newest_last(seen, agent.preprocessing)[0] / 255)
        shown = {}
        for layer in layers:
            if layer.spatial:
                maps = np.maximum(values[layer.name][0], 0)
                order = np.argsort(-maps.max((1, 2)), kind="stable")[:_SHOWN]
                shown[layer.name] = (order, maps[order])
        return maps_figure(frame, shown, title=f"{title}: feature maps of one state (decision {decision:,})")


def _kernel_table(agent: Agent) -> pd.DataFrame:
    layer = unit_layers(agent)[0]
    kernels = agent.network.state_dict()[f"{layer.index}.weight"].numpy()
    right, down = direction(kernels, newest_last=agent.preprocessing.stack_order == "oldest-first")
    norms = np.sqrt((kernels.astype(np.float64) ** 2).sum((1, 2, 3)))
    return pd.DataFrame(
        {"unit": np.arange(len(kernels)), "norm": norms, "change": change(kernels), "right": right, "down": down}
    )


def _first_sheet(agent: Agent, layer: UnitLayer, table: pd.DataFrame, title: str) -> Figure:
    kernels = newest_last(agent.network.state_dict()[f"{layer.index}.weight"].numpy(), agent.preprocessing)
    strips = []
    for row in table.sort_values("change", ascending=False).itertuples():
        kernel = kernels[int(row.unit)]  # type: ignore[arg-type]
        limit = float(np.abs(kernel).max())
        drawn = [*in_signs(kernel, limit), in_signs(kernel.mean(0), limit)]
        strips.append(Strip(f"{row.unit}\nchange {row.change:.2f}", drawn))
    count = kernels.shape[1]
    caption = (
        "Each unit on a scale of its own, blue negative, orange positive; sorted by the share of energy that sees "
        f"changes only (random weights: {1 - 1 / count:.2f}).\nA kernel whose mean over frames is pale gives nothing "
        "for what stands still: it sees motion."
    )
    headings = [f"t-{count - 1 - c}" if c < count - 1 else "t" for c in range(count)] + ["mean"]
    return sheet(
        strips,
        headings,
        title=f"{title}: kernels of {layer.name}",
        caption=caption,
        columns=4,
        side=44,
        breaks=(count,),
    )


def _deeper(agent: Agent, layer: UnitLayer, title: str) -> Figure:
    kernels = agent.network.state_dict()[f"{layer.index}.weight"].numpy()  # (O, I, h, w)
    limit = float(np.quantile(np.abs(kernels), 0.999))
    picture = mosaic([list(in_signs(row, limit)) for row in kernels], 4 * kernels.shape[-1], 2)
    figure = Figure(figsize=(9, 9 * picture.shape[0] / picture.shape[1] + 0.9), layout="constrained")
    axis = figure.subplots()
    axis.imshow(picture, interpolation="nearest")
    axis.set(xticks=[], yticks=[], xlabel=f"{kernels.shape[1]} units below", ylabel=f"{len(kernels)} units")
    axis.spines[:].set_visible(False)
    figure.suptitle(f"{title}: kernels of {layer.name} (one scale)")
    return figure
