"""Task: cards of the units of one snapshot: their strongest and weakest real frames, and optimised inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from rlxai.features.layers import OUTPUTS, UnitLayer, unit_layers
from rlxai.features.picture import in_colours
from rlxai.features.sheet import Strip, save_picture, sheet
from rlxai.networks import Agent
from rlxai.pipeline.features.crops import WEAKEST, crops, shown_exemplars
from rlxai.pipeline.features.optimised import optimised_inputs
from rlxai.pipeline.task import Progress
from rlxai.store import Attempt, Run
from rlxai.strategy.figure import shown_objects

_MARKS = 0.05
"""IoU from which a card says what a channel marks."""
_FOLLOWS = 0.1
"""r² from which a card says what a neuron follows."""
CAPTION = (
    "Colours tell time: what stands still is grey, what moves leaves a trail from blue (oldest frame) to orange "
    "(newest). Crops are receptive fields, computed from the architecture.\nOptimised inputs are one answer of many, "
    "no frame of any game: 'free' starts from black, 'near' from the strongest real frame and stays close to it."
)


@dataclass(frozen=True)
class CardsTask:
    """Cards of all channels, of chosen neurons, and of the outputs."""

    step: int
    snapshot: str
    """SHA-256 of the weights."""
    exemplars: str
    """Task of kind features-units of this snapshot."""
    neurons: int
    """Of each hidden linear layer: those that the decision rests on most, see `importance`."""
    steps: int
    """Of the optimiser."""

    kind = "features-cards"
    code = 2

    @property
    def title(self) -> str:
        """What a person reads while it runs."""
        return f"cards of the units of step {self.step:,}"

    def spec(self) -> dict[str, Any]:
        """All inputs."""
        return {
            "code": self.code, "step": self.step, "snapshot": self.snapshot, "exemplars": self.exemplars,
            "neurons": self.neurons, "steps": self.steps,
        }  # fmt: skip

    def execute(self, run: Run, attempt: Attempt, progress: Progress) -> None:
        """Write cards.parquet, a row per unit; of each layer crops and optimised inputs (.npy) and a sheet.

        <layer>-crops.npy: uint8 (M, K + weakest, C, h, w) for the M rows of the layer, in their order; black where a
        unit has fewer. <layer>-optimised.npy: uint8 (M, 2, C, h, w), free and near. Newest frame last.
        """
        agent = run.snapshot(self.step).load()
        commit = run.commit("features-units", self.exemplars)
        table = pd.read_parquet(commit.folder / "exemplars.parquet")
        units = pd.read_parquet(commit.folder / "units.parquet")
        labels = card_labels(commit.folder)
        layers = unit_layers(agent)
        rows: list[pd.DataFrame] = []
        for done, name in enumerate([*(layer.name for layer in layers), OUTPUTS]):
            layer = next((one for one in layers if one.name == name), None)
            mine = table[table.layer == name]
            chosen = _chosen(agent, layer, units, mine, self.neurons)
            pictures = crops(run, agent, layer, shown_exemplars(mine, chosen), len(chosen))
            best = mine[(mine.which == "top") & (mine["rank"] == 0)].set_index("unit").value
            strongest = best[chosen].to_numpy(float)
            optimised, found = optimised_inputs(agent, layer, chosen, strongest, pictures[:, 0], self.steps)
            np.save(attempt.folder / f"{name}-crops.npy", pictures)
            np.save(attempt.folder / f"{name}-optimised.npy", optimised)
            rows.append(found.assign(layer=name, label=[labels.get((name, unit), "") for unit in chosen]))
            figure = _sheet(rows[-1], pictures, optimised, f"{run.name}, step {self.step:,}: {name}")
            save_picture(figure, attempt.folder, name)
            progress(done + 1, len(layers) + 1)
        cards = pd.concat(rows, ignore_index=True).assign(step=self.step)
        cards.to_parquet(attempt.folder / "cards.parquet", write_page_checksum=True)
        attempt.summary = {"cards": len(cards), "layers": [*(layer.name for layer in layers), OUTPUTS]}


def importance(agent: Agent, layer: UnitLayer, means: np.ndarray) -> np.ndarray:
    """How much each unit of the last hidden layer moves the choice: mean activation times spread of its weights.

        i_u = mean(a_u) std_a(w_au)

    Args:
        agent: whose network.
        layer: a hidden linear layer; of one that the outputs are not read from, the mean activation alone.
        means: float (U,), mean activations.
    """
    weights = agent.network.state_dict()
    last = weights.get(f"{layer.index + 2}.weight")
    if last is None or last.ndim != 2 or last.shape != (len(agent.actions), layer.units):
        return means
    return np.asarray(means * last.std(0, correction=0).numpy())


def card_labels(folder: Any) -> dict[tuple[str, str], str]:
    """(layer, unit) -> what it goes with most: an object and its IoU, or a property and its r²."""
    dissection = pd.read_parquet(folder / "dissection.parquet")
    shown = shown_objects(dissection.object, dissection.object.nunique())
    scored = dissection[(dissection.control == "none") & dissection.iou.notna() & dissection.object.isin(shown)]
    shuffled = dissection[dissection.control == "shuffled"].set_index(["layer", "object"]).iou
    # Objects that never move are marked by place alone: what beats masks of other states names the unit.
    limit = shuffled.reindex(pd.MultiIndex.from_frame(scored[["layer", "object"]])).to_numpy(float)
    scored = scored.assign(gain=scored.iou - limit)
    named = scored[(scored.low > limit) & (scored.iou >= _MARKS)]
    best_object = named.loc[named.groupby(["layer", "unit"]).gain.idxmax()]
    found = {
        (str(row["layer"]), str(row["unit"])): f"{row['object']}\n{row['iou']:.2f}"
        for row in best_object.to_dict("records")
    }
    tuning = pd.read_parquet(folder / "tuning.parquet")
    tuned = tuning[(tuning.control == "none") & (tuning.r2 >= _FOLLOWS)]
    best = tuned.loc[tuned.groupby(["layer", "unit"]).r2.idxmax()]
    return found | {
        (str(row["layer"]), str(row["unit"])): f"{row['property']}\nr² {row['r2']:.2f}"
        for row in best.to_dict("records")
    }


def _chosen(agent: Agent, layer: UnitLayer | None, units: pd.DataFrame, table: pd.DataFrame, neurons: int) -> list[str]:
    if layer is None:
        return list(dict.fromkeys(table.unit))
    if layer.spatial:
        return [str(unit) for unit in range(layer.units)]
    means = units[units.layer == layer.name].sort_values("unit")["mean"].to_numpy(float)
    order = np.argsort(-importance(agent, layer, means), kind="stable")
    return [str(unit) for unit in order[: min(neurons, layer.units)]]


def _sheet(cards: pd.DataFrame, crops: np.ndarray, optimised: np.ndarray, title: str) -> Figure:
    strongest = crops.shape[1] - WEAKEST
    strips = []
    for index, (unit, label) in enumerate(zip(cards.unit.astype(str), cards.label.astype(str), strict=True)):
        real, made = in_colours(crops[index] / 255), in_colours(optimised[index] / 255)
        pictures = [*real, *made]
        strips.append(Strip(f"{unit}\n{label}" if label else unit, pictures))
    headings = [*(str(rank + 1) for rank in range(strongest)), "weakest", *[""] * (WEAKEST - 1), "free", "near"]
    small = crops.shape[-1] <= 40
    columns = min(3 if small else 2, -(-len(strips) // 8))
    return sheet(
        strips, headings, title=f"{title}, strongest frames and optimised inputs", caption=CAPTION, columns=columns,
        side=44 if small else 84, breaks=(strongest, crops.shape[1]),
    )  # fmt: skip
