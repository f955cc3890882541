"""Cards of units: exemplars that lead to their frames, optimised inputs, scores beside controls, what is lost."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from dashboards import cached_features
from dashboards.charts import units as charts
from dashboards.links import frame_link, replay_address
from dashboards.readers import unit_pictures, units
from dashboards.readers.features import Features
from dashboards.words import plain
from rlxai.features.layers import OUTPUTS, unit_layers
from rlxai.replay.listing import ReplayEpisode
from rlxai.store import Run

COLOURS = (
    "Colours tell time: what stands still is grey, what moves leaves a trail from :blue[blue] (oldest frame) to "
    ":orange[orange] (newest)."
)
LEGEND = (
    f"{COLOURS} Crops are receptive fields, computed from the architecture; click one to open its frame in Replay. "
    "Optimised inputs are one answer of many and no frame of any game: *free* starts from black, *near* from the "
    "strongest frame."
)
CHARTS = (
    "Left: scores with objects, :orange[orange] where the whole interval is above both controls; :violet[tick]: the "
    "best that masks of other states or random networks give (at the right end: beyond it). Right: over training, "
    ":violet[dashed] masks of other states, grey up to the best of random networks. A high score says where a unit "
    "fires, not what it is used for."
)
_OBJECTS = 6
"""That a card compares a unit with."""
_WIDE = 60
"""Side of a crop from which a card takes the whole width."""


@dataclass(frozen=True, eq=False)
class Shown:
    """What all cards of a page share."""

    name: str
    """Of the run, in addresses."""
    run: Run
    of: Features
    step: int
    layer: str
    object: str
    episodes: Sequence[ReplayEpisode]
    lost: Mapping[str, pd.Series]
    """Unit -> games without it."""
    optimise: int
    """Steps of the optimiser; 0 where no inputs are to be shown."""


def grid(shown: Shown, rows: pd.DataFrame) -> None:
    """Cards of some units.

    Args:
        shown: what is looked at.
        rows: of `dashboards.readers.units.listed`, in order; at least one.
    """
    names = [str(unit) for unit in rows["unit"]]
    cards = cached_features.cards(shown.run, shown.of, shown.step, shown.layer, names)
    made = None
    if shown.optimise:
        made = cached_features.optimised(shown.run, shown.of, shown.step, shown.layer, names, shown.optimise)
    scored = cached_features.scores(shown.of, shown.layer)
    mine = scored[scored["unit"].isin(names)]
    known = list(dict.fromkeys(mine["object"]))
    followed = shown.object if shown.object in known or not known else str(known[0])
    tops = _top(mine[mine["step"] == shown.step]), _top(mine[mine["object"] == followed])
    columns = 1 if cards.crops.shape[-1] >= _WIDE else 2
    records = rows.to_dict("records")
    for start in range(0, len(records), columns):
        for index, cell in enumerate(st.columns(columns), start):
            if index >= len(records):
                break
            with cell.container(border=True, height="stretch"):
                _head(shown, records[index], mine)
                _pictures(shown, cards, made, index)
                _kernels(shown, names[index])
                _charts(shown, mine, followed, names[index], tops)


def _head(shown: Shown, row: Mapping[Hashable, Any], scored: pd.DataFrame) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        title = str(row["unit"]) if shown.layer == OUTPUTS else f"{shown.layer} · {row['unit']}"
        st.markdown(f"**{plain(title)}**", width="content")
        here = scored[(scored["step"] == shown.step) & (scored["unit"] == row["unit"])]
        best = here[units.marks(here) & here["object"].isin(cached_features.tables(shown.of).objects)]
        if len(best):
            gain = best["value"] - best[["shuffled", "random"]].max(axis=1)
            name = str(best.loc[gain.idxmax(), "name"]).replace("-", " ")
            verb = "marks" if best["low"].notna().any() else "follows"
            st.badge(f"{verb} {plain(name)}", icon=":material/my_location:", color="orange")
        if row["dead"] == 1:
            st.badge("never active here", icon=":material/block:", color="gray")
    said = []
    if pd.notna(row["changed"]):
        said.append(
            f"without it {row['changed']:.1%} of decisions change ({row['changed_low']:.1%} to "
            f"{row['changed_high']:.1%})"
        )
    if str(row["unit"]) in shown.lost:
        games = shown.lost[str(row["unit"])]
        said.append(
            f"games without it: {games['difference']:+.0f} points ({games['difference_low']:+.0f} to "
            f"{games['difference_high']:+.0f}, {games['games']} games)"
        )
    if said:
        st.caption(plain(" · ".join(said)))


def _pictures(shown: Shown, cards: unit_pictures.Cards, made: np.ndarray | None, index: int) -> None:
    mine = cards.shown[cards.shown["card"] == index].sort_values("place")
    parts = {"strongest": int((mine["which"] == "top").sum()), "weakest": int((mine["which"] != "top").sum())}
    if made is not None:
        parts |= {"free": 1, "near": 1}
    with st.container(gap="xxsmall"):
        for cell, word in zip(st.columns([*parts.values()], gap=6), parts, strict=True):
            cell.markdown(f":small[:gray[{word}]]")
        cells = st.columns(sum(parts.values()), gap=6)
        for cell, row in zip(cells, mine.to_dict("records"), strict=False):
            which = "strongest" if row["which"] == "top" else "weakest"
            link = frame_link(shown.name, str(row["game"]), int(row["decision"]), shown.step, shown.episodes)
            cell.image(
                unit_pictures.stack_png(cards.crops[index, int(row["place"])]), width="stretch",
                link=replay_address(link),
                alt=f"{which} {row['rank'] + 1}: {row['value']:.3g}, decision {row['decision']}",
            )  # fmt: skip
        if made is not None:
            for cell, kind, planes in zip(cells[-2:], ("free", "near"), made[index], strict=True):
                cell.image(unit_pictures.stack_png(planes), width="stretch", alt=f"input optimised for it, {kind}")


def _kernels(shown: Shown, unit: str) -> None:
    agent = cached_features.agent(shown.run, shown.step)
    first = unit_layers(agent)[0]
    if shown.layer == first.name and first.spatial:
        left, right = st.columns(2, vertical_alignment="center")
        left.image(unit_pictures.kernel_png(agent, first, int(unit)), width="stretch", alt=f"kernel of unit {unit}")
        right.markdown(":small[:gray[kernel of each stacked frame, the oldest first, and their mean]]")


def _charts(shown: Shown, mine: pd.DataFrame, followed: str, unit: str, tops: tuple[float, float]) -> None:
    rows = mine[mine["unit"] == unit]
    here = rows[rows["step"] == shown.step]
    if here.empty:
        st.caption("Nothing to compare: it is never active on these states, or they are too few.")
        return
    left, right = st.columns(2)
    order = cached_features.tables(shown.of).objects[:_OBJECTS]
    measure = units.R2 if rows["low"].isna().all() else units.IOU
    with left.container(gap="xxsmall"):
        st.markdown(f":small[:gray[{measure} with objects]]")
        st.altair_chart(
            charts.objects_chart(here.assign(marks=units.marks(here)), order, tops[0], measure),
            alt=f"{measure} of unit {unit} with objects", key=f"objects {shown.layer} {unit}",
        )  # fmt: skip
    history = rows[rows["object"] == followed]
    with right.container(gap="xxsmall"):
        st.markdown(f":small[:gray[{measure} with the {plain(followed.replace('-', ' '))}, over training]]")
        st.altair_chart(
            charts.history_chart(history, shown.step, int(mine["step"].max()), tops[1]),
            alt=f"{measure} of unit {unit} with the {followed}: {charts.history_words(history)}",
            key=f"history {shown.layer} {unit}",
        )  # fmt: skip


def _top(rows: pd.DataFrame) -> float:
    """End of the axes of all cards of a page, which are compared with each other."""
    high, bound = (float(rows[names].max().max()) for names in (["value", "high"], ["shuffled", "random"]))
    return max(0.02, 1.05 * (high if bound != bound else max(high, min(bound, 1.8 * high))))
