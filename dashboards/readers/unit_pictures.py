"""Pictures of units: exemplars cut out of their games, optimised inputs, kernels, maps of one state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dashboards.readers.arrays import read_array
from dashboards.readers.frames import png
from rlxai.episodes import load_episode
from rlxai.features.kernels import turned
from rlxai.features.layers import UnitLayer, pre_activations, unit_layers
from rlxai.features.picture import enlarge, in_colours, in_signs, mosaic
from rlxai.networks import Agent
from rlxai.pipeline.features.crops import crops, shown_exemplars
from rlxai.pipeline.features.optimised import optimised_inputs
from rlxai.pipeline.features.states import newest_last
from rlxai.store import Commit, Run
from rlxai.store.readable import read_table
from rlxai.strategy.figure import shown_objects
from rlxai.threads import one_thread

_SMALLEST = 96
"""Pixels that a small picture is enlarged to, so that the browser does not smear it."""


@dataclass(frozen=True, eq=False)
class Cards:
    """Exemplars of some units of one layer."""

    shown: pd.DataFrame
    """See `rlxai.pipeline.features.crops.shown_exemplars`."""
    crops: np.ndarray
    """uint8 (M, places, C, h, w)."""


def layer_of(agent: Agent, name: str) -> UnitLayer | None:
    """A layer by its name; None for the outputs."""
    return next((layer for layer in unit_layers(agent) if layer.name == name), None)


def cards_of(run: Run, agent: Agent, exemplars: pd.DataFrame, layer: str, units: Sequence[str]) -> Cards:
    """Cut the exemplars of chosen units out of their games.

    Args:
        run: with the episodes.
        agent: the snapshot.
        exemplars: of this snapshot.
        layer: of the units.
        units: M of them, at least one.

    Raises:
        RunError: an episode is missing or damaged.
    """
    shown = shown_exemplars(exemplars[exemplars["layer"] == layer], units)
    return Cards(shown, crops(run, agent, layer_of(agent, layer), shown, len(units)))


def optimised_of(
    agent: Agent, cards: Cards, layer: str, units: Sequence[str], steps: int, stored: Commit | None
) -> np.ndarray:
    """Inputs optimised for chosen units, uint8 (M, 2, C, h, w): free and near; searched for where none are stored.

    Args:
        agent: the snapshot.
        cards: of the same units.
        layer: of the units.
        units: M of them.
        steps: of the optimiser.
        stored: result of kind features-cards of this very snapshot.

    Raises:
        RunError: what is stored is damaged.
    """
    known: dict[str, int] = {}
    if stored is not None and layer in stored.summary["layers"]:
        rows = read_table(stored, "cards.parquet")
        mine = rows.loc[rows["layer"] == layer, "unit"].tolist()
        known = {unit: index for index, unit in enumerate(mine)}
        if set(units) <= set(known):
            pictures = read_array(stored, f"{layer}-optimised.npy", dims=5, length=len(mine))
            return np.asarray(pictures[[known[unit] for unit in units]])
    top = cards.shown[(cards.shown["which"] == "top") & (cards.shown["rank"] == 0)].set_index("unit")["value"]
    with one_thread():
        strongest = top[list(units)].to_numpy(float)
        return optimised_inputs(agent, layer_of(agent, layer), units, strongest, cards.crops[:, 0], steps)[0]


def stack_png(planes: np.ndarray) -> bytes:
    """PNG of stacked frames uint8 (C, h, w) in one picture, see `rlxai.features.picture.in_colours`."""
    picture = in_colours(planes / 255)
    times = max(1, -(-_SMALLEST // picture.shape[0]))
    return png(enlarge(picture, times * picture.shape[0]))


def moved_weights(first: Agent, agent: Agent, layer: str) -> np.ndarray:
    """How far the weights of each unit of a layer turned between two snapshots; empty of the outputs."""
    found = layer_of(agent, layer)
    if found is None:
        return np.zeros(0)
    before, after = (one.network.state_dict()[f"{found.index}.weight"].numpy() for one in (first, agent))
    return turned(before, after)


def kernel_png(agent: Agent, layer: UnitLayer, unit: int, side: int = 44) -> bytes:
    """PNG of a first-layer kernel: each stacked frame, oldest first, and their mean; on one scale, zero white."""
    kernels = newest_last(agent.network.state_dict()[f"{layer.index}.weight"].numpy(), agent.preprocessing)
    kernel = kernels[unit]
    limit = float(np.abs(kernel).max())
    pictures = [*in_signs(kernel, limit), in_signs(kernel.mean(0), limit)]
    return png(mosaic([pictures], side))


def deeper_png(agent: Agent, layer: UnitLayer, limit: int = 64) -> bytes:
    """PNG of a deeper layer's kernels: a row per unit, a column per unit below, on one scale."""
    kernels = agent.network.state_dict()[f"{layer.index}.weight"].numpy()[:limit, :limit]
    top = float(np.quantile(np.abs(kernels), 0.999))
    return png(mosaic([list(in_signs(row, top)) for row in kernels], 4 * kernels.shape[-1], 2))


def seen_at(run: Run, agent: Agent, episode: str, decision: int) -> np.ndarray:
    """What an agent sees at a decision of a game: uint8 (C, H, W), the newest frame last.

    Raises:
        RunError: the episode is missing or damaged.
        InvalidValue: it has no such decision.
    """
    game = load_episode(run.commit("episode", episode).folder).seen_by(agent.preprocessing)
    return np.asarray(newest_last(game.observations(np.array([decision])), agent.preprocessing)[0])


@dataclass(frozen=True, eq=False)
class Maps:
    """What the layers make of one state."""

    state: np.ndarray
    """uint8 (C, H, W), the newest frame last."""
    maps: dict[str, np.ndarray]
    """Layer -> float32 (U, h, w), behind the ReLU."""


def maps_of(run: Run, agent: Agent, episode: str, decision: int) -> Maps:
    """Feature maps of a state.

    Raises:
        RunError: the episode is missing or damaged.
        InvalidValue: it has no such decision.
    """
    state = seen_at(run, agent, episode, decision)
    observation = newest_last(state[None], agent.preprocessing)
    layers = tuple(layer for layer in unit_layers(agent) if layer.spatial)
    values, _ = pre_activations(agent, observation, layers)
    maps = {name: np.maximum(found[0], 0) for name, found in values.items()}
    return Maps(state, maps)


def map_png(values: np.ndarray, limit: float, colours: np.ndarray) -> bytes:
    """PNG of one feature map float (h, w), not negative.

    Args:
        values: the map.
        limit: value of full colour.
        colours: uint8 (L, 3).
    """
    levels = np.round((len(colours) - 1) * np.clip(values / (limit or 1.0), 0, 1)).astype(np.uint8)
    picture = colours[levels]
    return png(enlarge(picture, max(1, -(-_SMALLEST // len(picture))) * len(picture)))


def preimage_table(table: pd.DataFrame) -> pd.DataFrame:
    """How much of each object comes back from each layer: rows objects, columns layers, by the better prior, in %."""
    names = shown_objects(table["object"], table["object"].nunique())
    best = table.groupby(["object", "layer", "state"], sort=False)["recovered"].max()
    shares = best.groupby(["object", "layer"]).mean().unstack()
    return shares.reindex(index=names, columns=list(dict.fromkeys(table["layer"]))).dropna(how="all")
