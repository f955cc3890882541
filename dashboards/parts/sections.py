"""Parts that several pages draw: charts of curves in a row, pictures of moments with their links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from dashboards import cached
from dashboards.charts import axes
from dashboards.charts.curve import Change, alternative, curve_chart
from dashboards.links import REPLAY, replay_link
from dashboards.words import badge_words, plain
from rlxai.replay.badges import UNTESTED, Key, MapBadge
from rlxai.store import Commit
from rlxai.strategy.claims.moments import Moment

LEGEND = (
    "Horizontal: training step (decisions).  :orange[●] agent, band: 95 % interval over games  :gray[●] random "
    "networks  :blue[●] shifted: the agent's maps "
    "against the objects, or the same change elsewhere  :violet[●] shuffled: objects of other decisions, or other "
    "approaches of the ball. Bands of controls run from the lowest to the highest draw."
)


@dataclass(frozen=True)
class Shown:
    """One curve as it is to be drawn."""

    figure: str
    states: str
    title: str
    axis: str
    log: bool = False
    chance: float | None = None
    change: Change | None = None


def curve_row(commit: Commit, shown: Sequence[Shown], last: int, *, columns: int = 3, shared: bool = False) -> None:
    """Charts of curves, some in a row; with `shared` all have one value axis, so that they can be compared."""
    bands = {one: cached.band(commit, one.figure, one.states) for one in shown}
    cells = st.columns(columns)
    for i, (one, band) in enumerate(bands.items()):
        if i % columns == 0 and i:
            cells = st.columns(columns)
        tables = list(bands.values()) if shared else [band]
        limits = axes.limits_of(tables, log=one.log, include=one.chance)
        if band.empty:
            cells[i % columns].caption(f"{one.title}: not measured")
            continue
        chart = curve_chart(
            band, one.title, one.axis, limits, last, log=one.log, chance=one.chance, change=one.change
        )  # fmt: skip
        cells[i % columns].altair_chart(chart, alt=alternative(band, one.title), key=f"{one.figure} {one.states}")


def gallery(
    name: str,
    shown: Sequence[tuple[Moment, str]],
    pictures: Mapping[Moment, bytes],
    method: str,
    target: str,
    columns: int,
    earned: Mapping[Key, MapBadge] | None = None,
) -> None:
    """Pictures of moments, each with a link into Replay below it.

    Args:
        name: of the run, in addresses.
        shown: moments and the texts of their links.
        pictures: PNG of each.
        method: of the relevance on the pictures.
        target: of it.
        columns: pictures in a row.
        earned: badges of the run's maps, see `rlxai.replay.badges`; None: said elsewhere.
    """
    for start in range(0, len(shown), columns):
        for cell, (moment, text) in zip(st.columns(columns), shown[start : start + columns], strict=False):
            where = f"step {moment.step:,}, decision {moment.decision:,}"
            cell.image(pictures[moment], width="stretch", alt=f"screen with relevance of {target} by {method}, {where}")
            said = f"Open {where} in Replay"
            if earned is not None:
                badge = earned.get((moment.step, method, target), UNTESTED)
                text, said = f"{text} {badge_words(badge.word, short=True)}", f"{said}. Its map: {plain(badge.why)}"
            link = replay_link(name, moment.game, moment.decision, [(moment.step, method, target)])
            cell.page_link(REPLAY, label=text, icon=":material/play_circle:", query_params=link,
                           help=said)  # fmt: skip
