"""Task: cards of the units of one snapshot: their strongest and weakest real frames, and optimised inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from matplotlib.figure import Figure

from rlxai.episodes import load_episode
from rlxai.features.canvas import Optimisation
from rlxai.features.layers import OUTPUTS, UnitLayer, below, output_units, unit_layers
from rlxai.features.maximise import Objective, maximise, output_objective, unit_objective
from rlxai.features.picture import in_colours
from rlxai.features.receptive_field import ReceptiveField, receptive_field
from rlxai.features.sheet import Strip, save_picture, sheet
from rlxai.networks import Agent, describe
from rlxai.pipeline.features_states import newest_last
from rlxai.pipeline.task import Progress
from rlxai.store import Attempt, Run
from rlxai.strategy.figure import shown_objects

WEAKEST = 2
"""Frames of the weakest that a card shows."""
_FREE, _NEAR = 0.02, 30.0
"""Weight of the distance to the start: of free search from black, and of search that stays near a real frame."""
_MARKS = 0.05
"""IoU from which a card says what a channel marks."""
_FOLLOWS = 0.1
"""r² from which a card says what a neuron follows."""
_FLAT = 0.05
"""Level of the picture that free search starts from."""
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
    code = 1

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
            field = _field(agent, layer)
            crops = _crops(run, agent, mine, chosen, field)
            optimised, found = self._optimise(agent, layer, chosen, mine, crops)
            np.save(attempt.folder / f"{name}-crops.npy", crops)
            np.save(attempt.folder / f"{name}-optimised.npy", optimised)
            rows.append(found.assign(layer=name, label=[labels.get((name, unit), "") for unit in chosen]))
            figure = _sheet(rows[-1], crops, optimised, f"{run.name}, step {self.step:,}: {name}")
            save_picture(figure, attempt.folder, name)
            progress(done + 1, len(layers) + 1)
        cards = pd.concat(rows, ignore_index=True).assign(step=self.step)
        cards.to_parquet(attempt.folder / "cards.parquet", write_page_checksum=True)
        attempt.summary = {"cards": len(cards), "layers": [*(layer.name for layer in layers), OUTPUTS]}

    def _optimise(
        self, agent: Agent, layer: UnitLayer | None, chosen: Sequence[str], table: pd.DataFrame, crops: np.ndarray
    ) -> tuple[np.ndarray, pd.DataFrame]:
        objective = _objective(agent, layer, chosen)
        best = table[(table.which == "top") & (table["rank"] == 0)].set_index("unit").value
        strongest = np.array([float(best[unit]) for unit in chosen])
        # Inputs are handed to the network in its own order of frames, and kept with the newest last.
        real = torch.as_tensor(newest_last(crops[:, 0], agent.preprocessing).copy()).float() / 255
        with torch.no_grad():
            units_of = torch.as_tensor(np.maximum(np.abs(strongest), 1e-3), dtype=torch.float32)
            before = objective(real)
        side = int(real.shape[-1])
        pictures, columns = [], {"unit": list(chosen), "strongest": strongest}
        for name, start, near in (("free", torch.full_like(real, _FLAT), _FREE), ("near", real, _NEAR)):
            how = Optimisation(steps=self.steps, l2=near, tv=0.5, jitter=min(2, side // 8), scale=0.02)
            found = maximise(objective, start, torch.maximum(units_of, before.abs()), how)
            with torch.no_grad():
                columns[name] = objective(found).numpy().astype(float)
            columns[f"{name}_distance"] = ((found - real) ** 2).mean((1, 2, 3)).sqrt().numpy().astype(float)
            levels = (found * 255).round().to(torch.uint8).numpy()
            pictures.append(newest_last(levels, agent.preprocessing))
        return np.ascontiguousarray(np.stack(pictures, 1)), pd.DataFrame(columns)


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


def _field(agent: Agent, layer: UnitLayer | None) -> ReceptiveField:
    image = (agent.preprocessing.size, agent.preprocessing.size)
    if layer is None:
        return ReceptiveField(image, image, (0, 0), image)
    return receptive_field(describe(agent.network), layer.index, image)


def _crops(run: Run, agent: Agent, table: pd.DataFrame, chosen: Sequence[str], field: ReceptiveField) -> np.ndarray:
    kept = table[table.unit.isin(chosen) & ((table.which == "top") | (table["rank"] < WEAKEST))]
    most = int(kept[kept.which == "top"]["rank"].max()) + 1
    height, width = (min(size, full) for size, full in zip(field.size, field.image, strict=True))
    crops = np.zeros((len(chosen), most + WEAKEST, agent.preprocessing.frame_stack, height, width), np.uint8)
    place = {unit: index for index, unit in enumerate(chosen)}
    for task, rows in kept.groupby("game"):
        episode = load_episode(run.commit("episode", str(task)).folder).seen_by(agent.preprocessing)
        decisions, where = np.unique(rows.decision.to_numpy(), return_inverse=True)
        seen = newest_last(episode.observations(decisions), agent.preprocessing)
        for row, index in zip(rows.itertuples(), where, strict=True):
            box = field.box(int(row.row), int(row.column))  # type: ignore[arg-type]
            cut = seen[index][:, box[0], box[1]]
            rank = int(row.rank) if row.which == "top" else most + int(row.rank)  # type: ignore[arg-type]
            crops[place[str(row.unit)], rank, :, : cut.shape[1], : cut.shape[2]] = cut
    return crops


def _objective(agent: Agent, layer: UnitLayer | None, chosen: Sequence[str]) -> Objective:
    if layer is not None:
        return unit_objective(below(agent, layer), torch.tensor([int(unit) for unit in chosen]))
    names = output_units(agent)
    return output_objective(agent.network, torch.tensor([names.index(unit) for unit in chosen]))


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
