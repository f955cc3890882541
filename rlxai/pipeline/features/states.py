"""The states on which units are looked at, read once for all networks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rlxai.episodes import Episode
from rlxai.errors import RunError
from rlxai.features.dissection import cells
from rlxai.features.layers import UnitLayer
from rlxai.features.receptive_field import receptive_field
from rlxai.features.tuning import object_states
from rlxai.networks import Agent, describe
from rlxai.pipeline.selection import Selection, batches
from rlxai.preprocessing import Preprocessing
from rlxai.store import Run


@dataclass(frozen=True, eq=False)
class States:
    """N chosen states of G games."""

    observations: np.ndarray
    """uint8 (N, C, H, W)."""
    games: np.ndarray
    """int64 (N,), index into `tasks`."""
    decisions: np.ndarray
    """int64 (N,)."""
    tasks: tuple[str, ...]
    """Episode of each game."""
    names: tuple[str, ...]
    """Of the K objects."""
    cells: dict[str, np.ndarray]
    """Layer -> bool (N, C, K, h, w), see `rlxai.features.dissection.cells`; planes with the newest last."""
    properties: tuple[str, ...]
    values: np.ndarray
    """float64 (N, S), see `rlxai.features.tuning.object_states`, in the newest plane."""


def read_states(run: Run, selection: Selection, agent: Agent, layers: tuple[UnitLayer, ...]) -> States:
    """Read observations and objects of chosen states.

    Args:
        run: with the episodes.
        selection: which states.
        agent: whose view and architecture.
        layers: those on whose grids the objects are wanted.

    Raises:
        RunError: the objects of the game are not known.
    """
    image = (agent.preprocessing.size, agent.preprocessing.size)
    description = describe(agent.network)
    grids = {
        layer.name: (receptive_field(description, layer.index, image), layer.shape[1:])
        for layer in layers
        if layer.spatial
    }
    seen: list[np.ndarray] = []
    where: list[tuple[int, int]] = []
    values: list[np.ndarray] = []
    on_grid: dict[str, list[np.ndarray]] = {name: [] for name in grids}
    tasks = tuple(task for task, _ in selection)
    for task, episode, decisions in batches(run, selection, agent.preprocessing):
        masks = newest_last(known_masks(run, episode, decisions), agent.preprocessing)
        seen.append(episode.observations(decisions))
        where += [(tasks.index(task), int(t)) for t in decisions]
        properties, found = object_states(masks[:, -1], episode.mask_names)
        values.append(found)
        for name, (field, shape) in grids.items():
            on_grid[name].append(cells(masks, field, (shape[0], shape[1])))
    games, times = np.array(where).T
    return States(
        np.concatenate(seen), games, times, tasks, episode.mask_names,
        {name: np.concatenate(parts) for name, parts in on_grid.items()}, properties, np.concatenate(values),
    )  # fmt: skip


def known_masks(run: Run, episode: Episode, decisions: np.ndarray) -> np.ndarray:
    """Masks of an episode, see `Episode.masks`.

    Raises:
        RunError: the objects of its game are not known.
    """
    masks = episode.masks(decisions)
    if masks is None:
        raise RunError(f"{run}: the objects of {episode.recipe.game} are not known to rlxai")
    return masks


def newest_last(planes: np.ndarray, preprocessing: Preprocessing) -> np.ndarray:
    """Stacked planes (N, C, ...) in the order of time, whatever the agent's."""
    return planes if preprocessing.stack_order == "oldest-first" else planes[:, ::-1]
