"""Exemplars as pictures: what each unit saw in its strongest and weakest states, cut out by its receptive field."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rlxai.episodes import load_episode
from rlxai.features.layers import UnitLayer
from rlxai.features.receptive_field import ReceptiveField, receptive_field
from rlxai.networks import Agent, describe
from rlxai.pipeline.features.states import newest_last
from rlxai.store import Run

WEAKEST = 2
"""Frames of the weakest that a card shows."""


def field_of(agent: Agent, layer: UnitLayer | None) -> ReceptiveField:
    """The fields of a layer's units; of the outputs (None) the whole image."""
    image = (agent.preprocessing.size, agent.preprocessing.size)
    if layer is None:
        return ReceptiveField(image, image, (0, 0), image)
    return receptive_field(describe(agent.network), layer.index, image)


def shown_exemplars(table: pd.DataFrame, chosen: Sequence[str]) -> pd.DataFrame:
    """The exemplars that cards of chosen units show, with the index of the unit (`card`) and of its picture (`place`).

    Args:
        table: exemplars of one snapshot and layer, see `rlxai.pipeline.features.units`.
        chosen: units in the order of the cards.
    """
    kept = table[table.unit.isin(chosen) & ((table.which == "top") | (table["rank"] < WEAKEST))]
    most = int(kept[kept.which == "top"]["rank"].max()) + 1 if len(kept) else 0
    card = {unit: index for index, unit in enumerate(chosen)}
    place = kept["rank"] + most * (kept.which != "top")
    return kept.assign(card=kept.unit.map(card), place=place)


def crops(run: Run, agent: Agent, layer: UnitLayer | None, shown: pd.DataFrame, cards: int) -> np.ndarray:
    """Cut the exemplars out of their games.

    Args:
        run: with the episodes.
        agent: whose view.
        layer: of the units; None for the outputs.
        shown: see `shown_exemplars`; at least one row.
        cards: M, how many units there are.

    Returns:
        uint8 (M, K + weakest, C, h, w), the newest frame last; black where a unit has fewer.
    """
    field = field_of(agent, layer)
    height, width = (min(size, full) for size, full in zip(field.size, field.image, strict=True))
    most = int(shown[shown.which == "top"].place.max()) + 1
    found = np.zeros((cards, most + WEAKEST, agent.preprocessing.frame_stack, height, width), np.uint8)
    for task, rows in shown.groupby("game"):
        episode = load_episode(run.commit("episode", str(task)).folder).seen_by(agent.preprocessing)
        decisions, where = np.unique(rows.decision.to_numpy(), return_inverse=True)
        seen = newest_last(episode.observations(decisions), agent.preprocessing)
        for row, index in zip(rows.itertuples(), where, strict=True):
            box = field.box(int(row.row), int(row.column))  # type: ignore[arg-type]
            cut = seen[index][:, box[0], box[1]]
            found[int(row.card), int(row.place), :, : cut.shape[1], : cut.shape[2]] = cut  # type: ignore[arg-type]
    return found
